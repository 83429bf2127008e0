// Package bpe turns text into CLIP's tokens and back: byte-level byte-pair encoding with the
// vocabulary of 49,408 tokens that every published CLIP shares.
//
//	"A photo of a hat"
//	  Clean   "a photo of a hat"                 repaired, one blank between words, lower case
//	  words   "a" "photo" "of" "a" "hat"         letters together, digits and the rest apart
//	  Encode  320 1125 539 320 3801              each word: bytes, merged by the learned rules
//	  Tokenize 49406 320 1125 539 320 3801 49407 0 0 … 0      start, end, padding to 77
//
// Ids 0 to 255 are bytes, 256 to 511 bytes that end a word, 512 to 49405 the merged symbols
// in the order in which they were learned, then SOT and EOT.
//
// Ids are those of openai/CLIP's simple_tokenizer.py with ftfy 6.3.1, its repair of text that
// was read by a wrong encoding ("sÃ³" for "só") included; NewDialect gives those of open_clip
// and of Hugging Face transformers. Limits: bytes that are not UTF-8 become U+FFFD; characters
// that Unicode added after version 15 count as neither letters nor digits; transformers
// normalises by Unicode 9, here it is 15, which moves some rare marks.
//
// It is not a general tokenizer and learns no vocabulary of its own. The notebook that
// teaches it is notebooks/01-clip-explained.ipynb.
package bpe

// Package gemma turns text into the tokens of Gemma's vocabulary, which SigLIP 2 has: byte-pair
// encoding of the whole text, not word by word as CLIP's.
//
//	"a photo"
//	  Normalize  "a▁photo"           blanks as ▁; lower case where the file says so
//	  merges     a ▁ p h o t o       the pair that was learned first is joined, again and again
//	  ids        a ▁photo            a character without an id becomes its bytes: <0xF0> <0x9F> …
//	  Tokenize   … ids, <eos>, <pad> …
//
// Strings that the file calls added tokens ("<eos>", runs of line feeds) are cut out before.
//
// Vocabularies are read from tokenizer.json, and what frames a text also from
// tokenizer_config.json. Ids are those of the library tokenizers 0.23 and of the GemmaTokenizer
// and Siglip2Tokenizer of transformers 5 (lab/peers/test_gemma.py). SigLIP 2 was trained on texts
// in lower case: open_clip and Siglip2Tokenizer make them so, GemmaTokenizer leaves them.
//
// It learns no merges, and decodes nothing. Notebook 02 opens such models.
package gemma

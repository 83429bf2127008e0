// Package unigram turns text into the tokens of SentencePiece's unigram models: those of SigLIP,
// and of CLIPs with the words of many languages.
//
//	"A photo, of a hat!"
//	  Canonical  "a photo of a hat"          lower case, no punctuation: SigLIP alone
//	  Normalize  "▁a▁photo▁of▁a▁hat"         the model's own table of characters, blanks as ▁
//	  Encode     ▁a ▁photo ▁of ▁a ▁hat       the most probable cut into pieces of the vocabulary
//	  Tokenize   … ids, 1 1 1 … 1            </s>, and padding by it to the context length
//
// Each piece has a logarithm of a probability; the cut whose sum is largest is found by dynamic
// programming from left to right (Viterbi). Kudo 2018, "Subword Regularization", section 3.2.
//
// Vocabularies are read from spiece.model (a protocol buffer) or tokenizer.json. Ids are those of
// sentencepiece 0.2 and of transformers' SiglipTokenizer (lab/peers/test_unigram.py). From a
// tokenizer.json the tokenizers library cuts a few texts otherwise, as it looks at whole clusters
// of marks where sentencepiece looks for the longest entry of the table.
//
// It trains no vocabulary, samples no cuts, and decodes nothing. Notebook 02 opens such models.
package unigram

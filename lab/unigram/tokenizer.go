package unigram

import (
	"regexp"
	"slices"
	"strings"

	"cliplab/lab/bpe"
)

// Dialect says what becomes of a text before it is normalised.
type Dialect int

const (
	// Plain leaves it.
	Plain Dialect = iota
	// SigLIP is transformers' SiglipTokenizer: lower case, ASCII's punctuation left out, one blank
	// for each run of them; "</s>" in a text is that token; padding is the end of text.
	SigLIP
	// OpenCLIP is open_clip's clean="canonicalize", which also repairs the text as CLIP's
	// tokenizer does and reads _ as a blank.
	OpenCLIP
	// Whitespace is open_clip's clean="whitespace": the text is repaired, and blanks are squeezed.
	Whitespace
)

// Tokenizer turns captions into rows of ids.
type Tokenizer struct {
	Model   *Model
	Dialect Dialect
}

// punctuation is Python's string.punctuation.
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// withoutPunctuation leaves out ASCII's punctuation.
func withoutPunctuation(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && strings.ContainsRune(punctuation, r) {
			return -1
		}
		return r
	}, text)
}

// squeezed has one blank between words and none at the ends.
func squeezed(text string) string {
	return strings.Join(strings.FieldsFunc(text, bpe.IsSpace), " ")
}

// Canonical is what is cut: the text as the dialect changes it first.
func (d Dialect) Canonical(text string) string {
	switch d {
	case SigLIP:
		return squeezed(withoutPunctuation(bpe.Lower(text)))
	case OpenCLIP: // in its order: Σ ends a word where punctuation is gone already
		text = strings.ReplaceAll(bpe.Repair(text), "_", " ")
		return squeezed(bpe.Lower(withoutPunctuation(text)))
	case Whitespace:
		return squeezed(bpe.Repair(text))
	}
	return text
}

// Pieces are the tokens of a text without those around it. Their places are those in what
// Model.Normalize made of the text, or of its parts between special tokens.
func (t *Tokenizer) Pieces(text string) []bpe.Piece {
	if t.Dialect == SigLIP {
		return t.siglip(blank + strings.ReplaceAll(text, blank, " "))
	}
	return t.Model.Encode(t.Dialect.Canonical(text))
}

// siglip cuts out the special tokens first. What follows one begins no word, so that the rest is
// encoded behind unkPrefix, as transformers does.
func (t *Tokenizer) siglip(text string) []bpe.Piece {
	list, special := []bpe.Piece{}, t.special()
	for text != "" {
		at := special.FindStringIndex(text)
		if at == nil {
			at = []int{len(text), len(text)}
		}
		part := text[:at[0]]
		if at[1] > at[0] {
			part = strings.TrimRightFunc(part, bpe.IsSpace)
		}
		if part != "" {
			list = append(list, t.behind(t.Dialect.Canonical(part))...)
		}
		if at[1] > at[0] {
			name := text[at[0]:at[1]]
			list = append(list, bpe.Piece{ID: int(t.Model.specials[name]), Text: name, EndsWord: true})
		}
		text = text[at[1]:]
		if at[1] > at[0] {
			text = strings.TrimLeftFunc(text, bpe.IsSpace)
		}
	}
	if len(list) > 1 && list[0].Text == blank && special.MatchString(list[1].Text) {
		list = list[1:]
	}
	return list
}

// unkPrefix stands before a text so that the blank which Normalize puts before all does not
// become a part of it.
const unkPrefix = "<unk>"

// behind is the pieces of a canonical text without those of unkPrefix before it.
func (t *Tokenizer) behind(text string) []bpe.Piece {
	all, before := t.Model.Encode(unkPrefix+text), len(t.Model.Encode(unkPrefix))
	if len(all) < before {
		return all
	}
	return all[before:]
}

// special finds the special tokens, the longest first.
func (t *Tokenizer) special() *regexp.Regexp {
	names := make([]string, 0, len(t.Model.specials))
	for name := range t.Model.specials {
		names = append(names, regexp.QuoteMeta(name))
	}
	if len(names) == 0 {
		names = append(names, `[^\s\S]`) // nothing
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(strings.Join(names, "|"))
}

// Tokenize gives each text one row of contextLength ids: its tokens, the model's end of text, and
// padding. A text that does not fit is an error, unless bpe.Truncate is given.
func (t *Tokenizer) Tokenize(texts []string, contextLength int, opts ...bpe.Option) (*bpe.Tokens,
	error) {
	f := t.Model.frame
	if t.Dialect == SigLIP || t.Dialect == OpenCLIP {
		f.Start, f.Pad = -1, f.End
	}
	return f.Tokens(texts, t.Pieces, contextLength, opts...)
}

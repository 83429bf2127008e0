package gemma

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"cliplab/lab/bpe"
)

// Tokenizer turns captions into rows of ids. It serves any number of goroutines at once.
type Tokenizer struct {
	// Clean changes a text before all, as open_clip does; nil leaves it.
	Clean func(text string) string

	ids    map[string]int
	size   int
	merges map[pair]merge

	unknown        int
	fuse, fallback bool
	bytes          [256]int // ids of bytes, with fallback

	steps       []func(string) string // of normalizing
	split       string                // words end behind it; "" for one word
	raw, normal []added               // looked for before normalizing, and after
	frame       bpe.Frame
}

// added is a token that is found as it is, wherever it stands.
type added struct {
	content           string
	id                int
	word, left, right bool // a word of its own; takes the blanks on its left, on its right
}

// Len is the number of ids.
func (t *Tokenizer) Len() int { return t.size }

// part is a piece of a text: one added token, or text that is cut further.
type part struct {
	text  string
	token int // −1 for text
}

// parts cuts the added tokens out of a text and normalizes the rest.
func (t *Tokenizer) parts(text string) []part {
	if t.Clean != nil {
		text = t.Clean(text)
	}
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // each wrong byte is \uFFFD
	}
	var list []part
	for _, p := range cut(text, t.raw) {
		if p.token >= 0 {
			list = append(list, p)
			continue
		}
		list = append(list, cut(t.normalized(p.text), t.normal)...)
	}
	return list
}

// normalized goes through the steps.
func (t *Tokenizer) normalized(text string) string {
	for _, step := range t.steps {
		text = step(text)
	}
	return text
}

// Normalize is the text that is cut.
func (t *Tokenizer) Normalize(text string) string {
	var out strings.Builder
	for _, p := range t.parts(text) {
		out.WriteString(p.text)
	}
	return out.String()
}

// Pieces are the tokens of a text without those around it, with their places in Normalize(text).
func (t *Tokenizer) Pieces(text string) []bpe.Piece {
	list, at := []bpe.Piece{}, 0
	for _, p := range t.parts(text) {
		if p.token >= 0 {
			list = append(list, bpe.Piece{ID: p.token, Text: p.text, Start: at, End: at + len(p.text),
				EndsWord: true})
		} else {
			list = t.words(list, p.text, at)
		}
		at += len(p.text)
	}
	return list
}

// words appends the pieces of each word of a text that begins at a place.
func (t *Tokenizer) words(list []bpe.Piece, text string, at int) []bpe.Piece {
	for text != "" {
		end := len(text)
		if t.split != "" {
			if i := strings.Index(text, t.split); i >= 0 {
				end = i + len(t.split)
			}
		}
		list = t.word(list, text[:end], at)
		text, at = text[end:], at+end
	}
	return list
}

// word appends the pieces of a word.
func (t *Tokenizer) word(list []bpe.Piece, word string, at int) []bpe.Piece {
	symbols := t.symbols(word)
	t.join(symbols)
	end := 0
	for _, s := range symbols {
		if s.bytes == 0 {
			continue
		}
		start := end
		end += s.bytes
		list = append(list, bpe.Piece{ID: int(s.id), Text: word[start:end], Start: at + start,
			End: at + end, EndsWord: end == len(word) || strings.HasPrefix(word[end:], blank)})
	}
	return list
}

// blank is what stands for a space.
const blank = "▁"

// symbols are the characters of a word, or bytes, or what is unknown.
func (t *Tokenizer) symbols(word string) []symbol {
	list := make([]symbol, 0, len(word))
	add := func(id, size int) { list = append(list, symbol{id: int32(id), bytes: size}) }
	lost := false // the last is unknown
	for i, r := range word {
		size := utf8.RuneLen(r)
		id, ok := t.ids[word[i:i+size]]
		switch {
		case ok:
			add(id, size)
		case t.fallback:
			for _, b := range []byte(word[i : i+size]) {
				add(t.bytes[b], 1)
			}
		case lost && t.fuse:
			list[len(list)-1].bytes += size
		default:
			add(t.unknown, size)
		}
		lost = !ok && !t.fallback
	}
	for i := range list {
		list[i].left, list[i].right = i-1, i+1
	}
	if len(list) > 0 {
		list[len(list)-1].right = -1
	}
	return list
}

// cut finds tokens from left to right, the longest of those that begin at a place.
func cut(text string, tokens []added) []part {
	var list []part
	from := 0
	for i := 0; i < len(text); {
		a, ok := at(text, i, tokens)
		if !ok {
			i++
			continue
		}
		start, end := i, i+len(a.content)
		i = end
		if a.word && (endsWord(text[:start]) || beginsWord(text[end:])) {
			continue
		}
		if a.left {
			start = max(from, len(strings.TrimRightFunc(text[:start], unicode.IsSpace)))
		}
		if a.right {
			end = len(text) - len(strings.TrimLeftFunc(text[end:], unicode.IsSpace))
		}
		if start > from {
			list = append(list, part{text[from:start], -1})
		}
		list = append(list, part{text[start:end], a.id})
		from, i = end, max(i, end)
	}
	if from < len(text) {
		list = append(list, part{text[from:], -1})
	}
	return list
}

// at is the longest token that stands at a place.
func at(text string, i int, tokens []added) (added, bool) {
	for _, a := range tokens {
		if a.content[0] == text[i] && strings.HasPrefix(text[i:], a.content) {
			return a, true
		}
	}
	return added{}, false
}

func endsWord(text string) bool {
	r, n := utf8.DecodeLastRuneInString(text)
	return n > 0 && isWord(r)
}

func beginsWord(text string) bool {
	r, n := utf8.DecodeRuneInString(text)
	return n > 0 && isWord(r)
}

// isWord is \w of regular expressions.
func isWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd, unicode.Pc, unicode.Join_Control,
		unicode.Other_Alphabetic, unicode.Nl)
}

// lowered is each character in lower case by itself: Σ never ends a word.
func lowered(text string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		if r == 'İ' {
			return r
		}
		return unicode.ToLower(r)
	}, text), "İ", "i\u0307")
}

// Tokenize gives each text one row of contextLength ids: its tokens in the model's frame, and
// padding. A text that does not fit is an error, unless bpe.Truncate is given.
func (t *Tokenizer) Tokenize(texts []string, contextLength int, opts ...bpe.Option) (*bpe.Tokens,
	error) {
	return t.frame.Tokens(texts, t.Pieces, contextLength, opts...)
}

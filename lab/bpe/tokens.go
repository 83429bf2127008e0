package bpe

import (
	"fmt"
	"strings"
)

// ContextLength is the number of positions of every published CLIP.
const ContextLength = 77

// Tokens is a batch of texts as the text tower takes them. In a notebook it shows itself:
// each piece as a chip with its id below, start, end and padding marked.
type Tokens struct {
	IDs    [][]int   // [batch, context]  SOT, the text, EOT, then padding
	Texts  []string  // [batch]           as given
	Pieces [][]Piece // [batch][…]        the tokens between SOT and EOT
	Cut    []int     // [batch]           how many tokens Truncate left out
	Frame  *Frame    // what stands around the texts; nil is SOT, EOT, and whatever pads
}

// An Option changes how Tokenize works.
type Option func(*options)

type options struct{ truncate bool }

// Truncate makes Tokenize shorten texts that do not fit: the last position keeps EOT, what
// stood there and behind it is left out.
func Truncate(o *options) { o.truncate = true }

// Tokenize gives each text one row of contextLength ids.
//
//	ids [batch, contextLength]  SOT, the text's tokens, EOT, then padding
//
// A text that does not fit is an error, unless Truncate is given; OpenCLIP always truncates.
// Rows are those of openai/CLIP's clip.tokenize, or of the tokenizer's dialect.
func (t *Tokenizer) Tokenize(texts []string, contextLength int, opts ...Option) (*Tokens, error) {
	if t.dialect == OpenCLIP {
		opts = append(opts, Truncate)
	}
	return Frame{SOT, EOT, t.dialect.pad()}.Tokens(texts, t.Pieces, contextLength, opts...)
}

// abbreviate quotes a text, its middle left out if it is long.
func abbreviate(text string) string {
	const keep = 40
	if r := []rune(text); len(r) > 2*keep {
		return fmt.Sprintf("%q … %q", string(r[:keep]), string(r[len(r)-keep/2:]))
	}
	return fmt.Sprintf("%q", text)
}

// Len is the number of texts.
func (t *Tokens) Len() int { return len(t.IDs) }

// ContextLength is the number of positions of each row.
func (t *Tokens) ContextLength() int {
	if len(t.IDs) == 0 {
		return 0
	}
	return len(t.IDs[0])
}

// Lengths gives the number of positions that each text really uses, SOT and EOT included. The
// last of them, Lengths()[i]−1, is where CLIP's text tower reads the text's features: the first
// place of the largest id, as openai/CLIP takes it.
func (t *Tokens) Lengths() []int {
	lengths, end := make([]int, len(t.IDs)), t.frame().End
	for i, row := range t.IDs {
		for j, id := range row {
			if id == end {
				lengths[i] = j + 1
				break
			}
		}
	}
	return lengths
}

// Flat gives all rows behind one another.
//
//	ids [batch × context]
func (t *Tokens) Flat() []int {
	flat := make([]int, 0, t.Len()*t.ContextLength())
	for _, row := range t.IDs {
		flat = append(flat, row...)
	}
	return flat
}

// Slice gives the texts i to j−1 as a batch of their own; it shares the rows.
func (t *Tokens) Slice(i, j int) *Tokens {
	return &Tokens{IDs: t.IDs[i:j], Texts: t.Texts[i:j], Pieces: t.Pieces[i:j], Cut: t.Cut[i:j],
		Frame: t.Frame}
}

// String shows each text as two lines, its pieces above their ids.
func (t *Tokens) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "tokens [%d, %d]\n", t.Len(), t.ContextLength())
	for i := range t.IDs {
		pieces, ids := "", ""
		for _, c := range t.chips(i) {
			width := max(textWidth(c.label), len(c.below))
			pieces += pad(c.label, width+2)
			ids += pad(c.below, width+2)
		}
		out.WriteString(strings.TrimRight(pieces, " ") + "\n")
		out.WriteString(strings.TrimRight(ids, " ") + "\n")
	}
	return strings.TrimRight(out.String(), "\n")
}

// pad appends blanks until the text is width columns wide.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-textWidth(text)))
}

// textWidth counts the columns of a text: emoji and East Asian characters take two.
func textWidth(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case r >= 0x1F000, 0x1100 <= r && r <= 0x115F, 0x2E80 <= r && r <= 0xD7A3,
			0xF900 <= r && r <= 0xFAFF, 0xFF00 <= r && r <= 0xFF60:
			n += 2
		default:
			n++
		}
	}
	return n
}

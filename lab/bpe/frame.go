package bpe

import "fmt"

// Frame is the ids that stand around a text in its row: −1 for none before it or behind it.
type Frame struct{ Start, End, Pad int }

// Tokens lays texts out in rows, whatever cuts them into pieces; see Tokenizer.Tokenize.
func (f Frame) Tokens(texts []string, pieces func(string) []Piece, contextLength int,
	opts ...Option) (*Tokens, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	around := f.around()
	if contextLength < around {
		return nil, fmt.Errorf("bpe: context of %d has no room for start and end", contextLength)
	}
	batch := &Tokens{Texts: append([]string{}, texts...), Frame: &f}
	for i, text := range texts {
		list := pieces(text)
		cut := max(0, len(list)+around-contextLength)
		if cut > 0 && !o.truncate {
			return nil, fmt.Errorf("bpe: text %d, %s, makes %d tokens with start and end, "+
				"but the context holds %d: shorten it (in Go, bpe.Truncate cuts it)",
				i, abbreviate(text), len(list)+around, contextLength)
		}
		list = list[:len(list)-cut]
		row := make([]int, 0, contextLength)
		if f.Start >= 0 {
			row = append(row, f.Start)
		}
		for _, p := range list {
			row = append(row, p.ID)
		}
		if f.End >= 0 {
			row = append(row, f.End)
		}
		for len(row) < contextLength {
			row = append(row, f.Pad)
		}
		batch.IDs = append(batch.IDs, row)
		batch.Pieces = append(batch.Pieces, list)
		batch.Cut = append(batch.Cut, cut)
	}
	return batch, nil
}

// around is how many ids are not the text's.
func (f Frame) around() int {
	n := 0
	for _, id := range []int{f.Start, f.End} {
		if id >= 0 {
			n++
		}
	}
	return n
}

// frame is what stands around the texts.
func (t *Tokens) frame() Frame {
	if t.Frame == nil {
		return Frame{SOT, EOT, PadID}
	}
	return *t.Frame
}

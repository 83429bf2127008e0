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

// Template is the post_processor of a tokenizer.json: what stands around one text.
type Template struct {
	Single []struct {
		Special *struct {
			ID string `json:"id"`
		} `json:"SpecialToken"`
	} `json:"single"`
	Specials map[string]struct {
		IDs []int `json:"ids"`
	} `json:"special_tokens"`
}

// Fill sets start and end of f to those of the template, "<bos> text <eos>" or a part of it; there
// are size ids. The error names what is no id, or more than one before or behind a text.
func (p Template) Fill(f *Frame, size int) error {
	to := &f.Start
	for _, step := range p.Single {
		if step.Special == nil {
			to = &f.End
			continue
		}
		ids := p.Specials[step.Special.ID].IDs
		if len(ids) != 1 || ids[0] < 0 || ids[0] >= size || *to >= 0 {
			return fmt.Errorf("texts are framed by %q, of id %v", step.Special.ID, ids)
		}
		*to = ids[0]
	}
	return nil
}

// frame is what stands around the texts.
func (t *Tokens) frame() Frame {
	if t.Frame == nil {
		return Frame{SOT, EOT, PadID}
	}
	return *t.Frame
}

package gemma

import (
	"errors"
	"fmt"
	"strings"
)

// readFrame keeps what stands around texts: what tokenizer_config.json says, or else the
// post-processor.
func (t *Tokenizer) readFrame(j jsonModel, c jsonConfig) error {
	t.frame.Start, t.frame.End, t.frame.Pad = -1, -1, 0
	side := c.Padding
	if j.Padding != nil {
		t.frame.Pad = j.Padding.ID
		if side == "" {
			side = strings.ToLower(j.Padding.Direction)
		}
	}
	if side == "left" {
		return errors.New("texts are padded on their left; on the right is read")
	}
	for _, f := range []struct {
		name token
		to   *int
		add  bool
	}{{c.Pad, &t.frame.Pad, true}, {c.BOS, &t.frame.Start, c.AddBOS != nil && *c.AddBOS},
		{c.EOS, &t.frame.End, c.AddEOS != nil && *c.AddEOS}} {
		if !f.add || f.name == "" {
			continue
		}
		id, ok := t.idOf(string(f.name), j.Added)
		if !ok {
			return fmt.Errorf("tokenizer_config.json names %q, which has no id", f.name)
		}
		*f.to = id
	}
	if t.frame.Pad < 0 || t.frame.Pad >= max(t.size, 1) {
		return fmt.Errorf("texts are padded with %d, but there are %d ids", t.frame.Pad, t.size)
	}
	if c.AddBOS != nil || c.AddEOS != nil || j.Processor == nil {
		return nil
	}
	return j.Processor.Fill(&t.frame, t.size)
}

// idOf is the id of a piece or an added token.
func (t *Tokenizer) idOf(name string, list []jsonAdded) (int, bool) {
	if id, ok := t.ids[name]; ok {
		return id, true
	}
	for _, a := range list {
		if a.Content == name {
			return a.ID, true
		}
	}
	return 0, false
}

package unigram

import (
	"encoding/json"
	"fmt"
	"strings"

	"cliplab/lab/bpe"
)

// jsonModel is tokenizer.json of the library tokenizers, as far as it is read.
type jsonModel struct {
	Model struct {
		Type     string   `json:"type"`
		Unknown  *int     `json:"unk_id"`
		Vocab    [][2]any `json:"vocab"`
		Fallback bool     `json:"byte_fallback"`
	} `json:"model"`
	Added []struct {
		ID      int    `json:"id"`
		Content string `json:"content"`
		Special bool   `json:"special"`
	} `json:"added_tokens"`
	Normalizer jsonStep     `json:"normalizer"`
	Splitter   jsonStep     `json:"pre_tokenizer"`
	Processor  bpe.Template `json:"post_processor"`
	Padding    *struct {
		ID int `json:"pad_id"`
	} `json:"padding"`
}

// jsonStep is a normalizer or pre-tokenizer, or a sequence of them.
type jsonStep struct {
	Type     string     `json:"type"`
	Charsmap []byte     `json:"precompiled_charsmap"`
	Prepend  string     `json:"prepend_scheme"`
	Prefix   *bool      `json:"add_prefix_space"`
	Steps    []jsonStep `json:"normalizers"`
	Splits   []jsonStep `json:"pretokenizers"`
}

// each calls do for the step itself and all within it.
func (s jsonStep) each(do func(jsonStep)) {
	do(s)
	for _, inner := range append(s.Steps, s.Splits...) {
		inner.each(do)
	}
}

// readJSON reads a unigram model of tokenizer.json.
func readJSON(data []byte) (*Model, error) {
	var j jsonModel
	var head struct {
		Model struct {
			Type string `json:"type"`
		} `json:"model"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, err
	}
	if head.Model.Type != "Unigram" {
		return nil, fmt.Errorf("a tokenizer of type %q; Unigram is read", head.Model.Type)
	}
	if err := json.Unmarshal(data, &j); err != nil {
		return nil, err
	}
	m := &Model{squeezes: true, fallback: j.Model.Fallback, specials: map[string]int32{},
		frame: bpe.Frame{Start: -1, End: -1, Pad: -1}}
	for i, v := range j.Model.Vocab {
		name, isText := v[0].(string)
		score, isNumber := v[1].(float64)
		if !isText || !isNumber {
			return nil, fmt.Errorf("piece %d is %v", i, v)
		}
		k := normal
		switch {
		case j.Model.Unknown != nil && i == *j.Model.Unknown:
			k = unknown
		case m.fallback && len(name) == 6 && strings.HasPrefix(name, "<0x"):
			k = byteValue
		}
		if err := m.add(name, float32(score), k); err != nil {
			return nil, err
		}
	}
	if err := m.readAdded(j); err != nil {
		return nil, err
	}
	var err error
	j.Normalizer.each(func(s jsonStep) {
		if len(s.Charsmap) > 0 && err == nil {
			m.chars, err = parseCharsmap(s.Charsmap)
		}
	})
	j.Splitter.each(func(s jsonStep) {
		if s.Type == "Metaspace" {
			m.prefixes = s.Prepend != "never" && (s.Prefix == nil || *s.Prefix)
		}
	})
	return m, err
}

// readAdded reads the tokens beside the vocabulary, and those that frame a text.
func (m *Model) readAdded(j jsonModel) error {
	for _, t := range j.Added {
		if t.ID < 0 || t.ID >= len(m.names) {
			continue // beyond the model: no text of a CLIP has it
		}
		if t.Special && m.kinds[t.ID] == normal {
			m.kinds[t.ID] = control
		}
		if t.Content != "" {
			m.specials[t.Content] = int32(t.ID)
		}
	}
	if err := j.Processor.Fill(&m.frame, len(m.names)); err != nil {
		return err
	}
	m.frame.Pad = m.frame.End
	if j.Padding != nil {
		m.frame.Pad = j.Padding.ID
	} else if id, ok := m.specials["<pad>"]; ok {
		m.frame.Pad = int(id)
	}
	return nil
}

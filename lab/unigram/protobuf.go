package unigram

import (
	"errors"
	"fmt"

	"cliplab/lab/bpe"
)

// Read reads a model: spiece.model, or tokenizer.json.
//
// The error says what is wrong, or what kind of model it is instead.
func Read(data []byte) (*Model, error) {
	read := readProtobuf // which begins with the tag of its first piece, 10
	if len(data) > 0 && data[0] == '{' {
		read = readJSON
	}
	m, err := read(data)
	if err == nil {
		err = m.build()
	}
	if err != nil {
		return nil, fmt.Errorf("unigram: %w", err)
	}
	return m, nil
}

// readProtobuf reads ModelProto of sentencepiece_model.proto; its numbers of fields are below.
func readProtobuf(data []byte) (*Model, error) {
	m := &Model{prefixes: true, squeezes: true, specials: map[string]int32{},
		frame: bpe.Frame{Start: -1, End: -1, Pad: -1}}
	suffix := false
	err := eachField(data, func(f field) error {
		switch f.number {
		case 1:
			return m.readPiece(f.data)
		case 2:
			return eachField(f.data, func(f field) error {
				switch {
				case f.number == 3 && f.value != 1:
					return fmt.Errorf("a model of type %d; 1, unigram, is read", f.value)
				case f.number == 24:
					suffix = f.value != 0
				case f.number == 35:
					m.fallback = f.value != 0
				}
				return nil
			})
		case 3:
			return m.readNormalizer(f.data)
		}
		return nil
	})
	if err == nil && suffix {
		err = errors.New("blanks as suffixes of words")
	}
	if err != nil {
		return nil, err
	}
	for id, name := range m.names { // as transformers' SiglipTokenizer says, not the model
		if name == "</s>" {
			m.frame.End, m.frame.Pad, m.specials[name] = id, id, int32(id)
		}
		if name == "<unk>" {
			m.specials[name] = int32(id)
		}
	}
	return m, nil
}

func (m *Model) readPiece(data []byte) error {
	name, score, k := "", float32(0), normal
	err := eachField(data, func(f field) error {
		switch f.number {
		case 1:
			name = string(f.data)
		case 2:
			score = f.asFloat()
		case 3:
			k = kind(min(f.value, 255))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return m.add(name, score, k)
}

func (m *Model) readNormalizer(data []byte) error {
	return eachField(data, func(f field) (err error) {
		switch f.number {
		case 2:
			m.chars, err = parseCharsmap(f.data)
		case 3:
			m.prefixes = f.value != 0
		case 4:
			m.squeezes = f.value != 0
		case 5:
			if f.value == 0 {
				err = errors.New("blanks that are not written ▁")
			}
		}
		return err
	})
}

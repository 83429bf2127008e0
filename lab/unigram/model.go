package unigram

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"cliplab/lab/bpe"
)

// Model is a vocabulary with its rules. It serves any number of goroutines at once.
type Model struct {
	names  []string
	scores []float32
	kinds  []kind

	all   vocabulary // pieces that texts are cut into
	fixed vocabulary // those of them that users defined
	bytes [256]int32 // ids of bytes, with fallback
	chars charsmap

	unknown            int32
	prefixes, squeezes bool // a blank before texts; no blank twice
	fallback           bool // unknown characters become bytes
	least, most        float32

	specials map[string]int32 // what is a token wherever it stands in a text: "</s>"
	frame    bpe.Frame        // around texts
}

// kind is the type of a piece in sentencepiece_model.proto.
type kind byte

const (
	normal kind = 1 + iota
	unknown
	control
	userDefined
	unused
	byteValue
)

// Len is the number of ids.
func (m *Model) Len() int { return len(m.names) }

// Name is the piece of an id, "" of none.
func (m *Model) Name(id int) string {
	if id < 0 || id >= len(m.names) {
		return ""
	}
	return m.names[id]
}

// add appends a piece.
func (m *Model) add(name string, score float32, k kind) error {
	switch {
	case name == "" || !utf8.ValidString(name):
		return fmt.Errorf("piece %d is %q", len(m.names), name)
	case score != score || math.IsInf(float64(score), 0):
		return fmt.Errorf("piece %d, %q, has the score %v", len(m.names), name, score)
	case k < normal || k > byteValue:
		return fmt.Errorf("piece %d, %q, is of type %d", len(m.names), name, k)
	}
	m.names, m.scores = append(m.names, name), append(m.scores, score)
	m.kinds = append(m.kinds, k)
	return nil
}

// build makes what is looked up.
func (m *Model) build() error {
	all, fixed := map[string]int32{}, map[string]int32{}
	m.least, m.most, m.unknown = math.MaxFloat32, -math.MaxFloat32, -1
	for i := range m.bytes {
		m.bytes[i] = -1
	}
	for id, name := range m.names {
		id := int32(id)
		switch m.kinds[id] {
		case normal:
			m.least, m.most = min(m.least, m.scores[id]), max(m.most, m.scores[id])
			all[name] = id
		case userDefined:
			all[name], fixed[name] = id, id
		case unused:
			all[name] = id
		case unknown:
			m.unknown = id
		case byteValue:
			var b byte
			if _, err := fmt.Sscanf(name, "<0x%02X>", &b); err != nil {
				return fmt.Errorf("piece %d, %q, is no byte", id, name)
			}
			m.bytes[b] = id
		}
	}
	if m.unknown < 0 {
		return errors.New("no piece stands for what is unknown")
	}
	if len(all) == 0 {
		return errors.New("it has no pieces")
	}
	if m.least > m.most { // none is normal
		m.least, m.most = 0, 0
	}
	m.all, m.fixed = newVocabulary(all), newVocabulary(fixed)
	for _, id := range m.bytes {
		if m.fallback && id < 0 {
			return errors.New("unknown characters become bytes, but not every byte has a piece")
		}
	}
	return nil
}

package lab

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"cliplab/lab/safetensors"
	"cliplab/lab/tower"
)

// Save writes the model to a safetensors file that Load opens, in half precision, with
// further metadata. What was there before stays until the file is whole. Words that are not CLIP's
// are a file beside it.
func (m *Model) Save(path string, metadata map[string]string) error {
	said := m.config()
	said.Tower = m.Config // its own rows, not one for each of CLIP's ids
	config, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("lab: save %s: %w", m.Name, err)
	}
	meta := map[string]string{metaFormat: "cliplab", metaConfig: string(config)}
	for key, value := range metadata {
		meta[key] = value
	}
	if m.vocabulary != nil {
		ids := make([]string, len(m.vocabulary.ids))
		for i, id := range m.vocabulary.ids {
			ids[i] = strconv.Itoa(id)
		}
		meta[metaTokens] = strings.Join(ids, " ")
	}
	held, err := m.params.All()
	if err != nil {
		return fmt.Errorf("lab: save %s: %w", m.Name, err)
	}
	if err := safetensors.WriteFile(path, held, safetensors.F16, meta); err != nil {
		return fmt.Errorf("lab: save %s: %w", m.Name, err)
	}
	if err := m.words.putBeside(path); err != nil {
		return fmt.Errorf("lab: save %s: %w", m.Name, err)
	}
	return nil
}

// CopyTo copies the model's parameters into those of another of the same shape, whose token
// embedding may have other rows: each token keeps its vector, new ones keep what they have.
func (m *Model) CopyTo(params map[string]*Tensor, v *Vocabulary) error {
	for name, dst := range params {
		src, err := m.params.Lend(name)
		if err != nil {
			return fmt.Errorf("lab: model %s: %w", m.Name, err)
		}
		if name == tower.TokenEmbedding && v != nil && m.vocabulary != nil {
			copyRows(dst, src, v, m.vocabulary)
			continue
		}
		if src == nil || len(src.Data) != len(dst.Data) {
			return fmt.Errorf("lab: model %s: parameter %s has another shape than %v",
				m.Name, name, dst.Shape)
		}
		copy(dst.Data, src.Data)
	}
	return nil
}

func copyRows(dst, src *Tensor, to, from *Vocabulary) {
	width := dst.Shape[1]
	for i, id := range to.ids {
		if row := from.row[id]; row > 0 {
			copy(dst.Data[(i+1)*width:(i+2)*width], src.Data[row*width:(row+1)*width])
		}
	}
}

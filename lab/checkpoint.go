package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"cliplab/lab/safetensors"
	"cliplab/lab/tower"
	"cliplab/lab/weights"
)

// Shipped is the name of the small CLIP that is compiled in. It was trained by this project
// on emoji of two artists; lab/weights/MODEL_CARD.md says what it can and cannot do.
const Shipped = "cliplab-s"

// Keys of the metadata of a checkpoint. Tensors have the names of the OpenAI state dict.
const (
	metaTokens = "token_ids" // ids of the rows of the token embedding, from row 1 on
	metaFormat = "format"
)

// Load opens a model: Shipped, or a safetensors file written by Model.Save.
//
// The error names what is missing or wrong, and which names there are.
func Load(ctx context.Context, name string) (*Model, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if name == Shipped {
		return shipped()
	}
	data, err := os.ReadFile(name)
	if os.IsNotExist(err) {
		return nil, fmt.Errorf("lab: there is no model %q: it is neither %q, which is built in, "+
			"nor a safetensors file", name, Shipped)
	}
	if err != nil {
		return nil, fmt.Errorf("lab: model %s: %w", name, err)
	}
	return decodeModel(filepath.Base(name), data)
}

// shipped decodes the built-in weights once a process.
var shipped = sync.OnceValues(func() (*Model, error) {
	return decodeModel(Shipped, weights.Shipped)
})

func decodeModel(name string, data []byte) (*Model, error) {
	file, err := safetensors.Decode(data, safetensors.Finite)
	if err != nil {
		return nil, fmt.Errorf("lab: model %s: %w", name, err)
	}
	params, err := file.Tensors()
	if err != nil {
		return nil, fmt.Errorf("lab: model %s: %w", name, err)
	}
	cfg, err := tower.ConfigOf(params)
	if err != nil {
		return nil, fmt.Errorf("lab: model %s: %w", name, err)
	}
	vocabulary, err := parseVocabulary(file.Metadata[metaTokens])
	if err != nil {
		return nil, fmt.Errorf("lab: model %s: %w", name, err)
	}
	if vocabulary != nil && vocabulary.Size() != cfg.VocabSize {
		return nil, fmt.Errorf("lab: model %s: %d token ids for a token embedding of %d rows",
			name, vocabulary.Size()-1, cfg.VocabSize)
	}
	return NewModel(name, cfg, params, vocabulary)
}

func parseVocabulary(list string) (*Vocabulary, error) {
	if list == "" {
		return nil, nil
	}
	var ids []int
	for _, field := range strings.Fields(list) {
		id, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("token id %q is no number", field)
		}
		ids = append(ids, id)
	}
	return vocabularyOf(ids), nil
}

// CopyTo copies the model's parameters into those of another of the same shape, whose token
// embedding may have other rows: each token keeps its vector, new ones keep what they have.
func (m *Model) CopyTo(params map[string]*Tensor, v *Vocabulary) error {
	for name, dst := range params {
		src := m.Params[name]
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

// Save writes the model to a safetensors file that Load opens, in half precision, with
// further metadata. What was there before stays until the file is whole.
func (m *Model) Save(path string, metadata map[string]string) error {
	meta := map[string]string{metaFormat: "cliplab"}
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
	if err := safetensors.WriteFile(path, m.Params, safetensors.F16, meta); err != nil {
		return fmt.Errorf("lab: save %s: %w", m.Name, err)
	}
	return nil
}

package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"cliplab/lab/bpe"
	"cliplab/lab/configs"
	"cliplab/lab/names"
	"cliplab/lab/safetensors"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
	"cliplab/lab/whole"
)

// SaveHuggingFace writes a folder that transformers' CLIPModel.from_pretrained and CLIPProcessor
// open, or SiglipModel and SiglipProcessor, in float32: model.safetensors, config.json,
// preprocessor_config.json and the tokenizer.
//
// A model with a vocabulary of its own (Vocabulary) is written with a row for each of CLIP's
// ids, so that any caption gives there what it gives here: ids that were never met have the
// vector of row 0.
//
// The error says what transformers has no name for, as the ResNets.
func (m *Model) SaveHuggingFace(dir string) error {
	if dir == "" {
		return fmt.Errorf("lab: save %s: the folder has no name; give one, as \"my-clip\"", m.Name)
	}
	all := m.config()
	config, preprocessor, err := all.WriteTransformers()
	if err != nil {
		return fmt.Errorf("lab: save %s: %w", m.Name, err)
	}
	files := map[string][]byte{configs.TransformersFile: config,
		configs.PreprocessorFile: preprocessor}
	if m.words != nil {
		if err := m.words.addTo(files, all.Tower.ContextLength); err != nil {
			return fmt.Errorf("lab: save %s: %w", m.Name, err)
		}
	} else if all.Tower.VocabSize == bpe.VocabSize {
		if err := addTokenizer(files, all.Tower.ContextLength); err != nil {
			return fmt.Errorf("lab: save %s: %w", m.Name, err)
		}
	}
	layout := names.Transformers
	if all.Tower.ImagePool == tower.PoolAttention {
		layout = names.TransformersSigLIP
	}
	return m.publish(dir, layout, "model.safetensors", files)
}

// SaveOpenCLIP writes a folder that open_clip.create_model_and_transforms("local-dir:…") opens,
// in float32: open_clip_model.safetensors and open_clip_config.json. Vocabularies are as in
// SaveHuggingFace.
//
// The error says what open_clip cannot be told.
func (m *Model) SaveOpenCLIP(dir string) error {
	if dir == "" {
		return fmt.Errorf("lab: save %s: the folder has no name; give one, as \"my-clip\"", m.Name)
	}
	all := m.config()
	if m.words != nil { // the folder's, whatever the name, so long as there is one
		all.Tokenizer = cmp.Or(all.Tokenizer, m.Name)
	}
	config, err := all.WriteOpenCLIP()
	if err != nil {
		return fmt.Errorf("lab: save %s: %w", m.Name, err)
	}
	layout, files := names.OpenAI, map[string][]byte{configs.OpenCLIPFile: config}
	if m.Config.ImagePool == tower.PoolAttention {
		layout = names.TimmSigLIP
	}
	if m.words != nil {
		if err := m.words.addTo(files, m.Config.ContextLength); err != nil {
			return fmt.Errorf("lab: save %s: %w", m.Name, err)
		}
	}
	return m.publish(dir, layout, openCLIPFiles[0], files)
}

// config is what publishers' files say of the model, with CLIP's whole vocabulary.
func (m *Model) config() configs.Model {
	c := configs.Model{Tower: m.Config, Pixels: m.Pixels}
	if m.words != nil {
		said := m.words.said
		c.Tokenizer, c.Canonical, c.StripSEP = said.Tokenizer, said.Canonical, said.StripSEP
	}
	_, c.LogitBias = m.LogitBias()
	if m.vocabulary != nil {
		c.Tower.VocabSize = bpe.VocabSize
	}
	return c
}

// list is the parameters of the model, with the bias of its logits where there is one.
func (m *Model) list() []tower.Param {
	list := tower.Params(m.Config)
	if _, ok := m.LogitBias(); ok {
		list = append(list, tower.Param{Name: tower.LogitBias, Shape: []int{}})
	}
	return list
}

// publish writes the weights, then the other files, each whole or not at all.
func (m *Model) publish(dir string, layout names.Layout, weights string,
	files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("lab: save %s: %w", m.Name, err)
	}
	all := map[string]*Tensor{}
	for _, p := range m.list() {
		t, err := m.params.Get(p.Name)
		if err != nil {
			return fmt.Errorf("lab: save %s: %w", m.Name, err)
		}
		if p.Name == tower.TokenEmbedding && m.vocabulary != nil {
			t = m.vocabulary.expand(t)
		}
		targets := names.Write(layout, p.Name)
		if targets == nil {
			return fmt.Errorf("lab: save %s: %s has no name for parameter %s", m.Name, layout, p.Name)
		}
		for _, to := range targets {
			all[to.Tensor] = part(t, to)
		}
	}
	err := safetensors.WriteFile(filepath.Join(dir, weights), all, safetensors.F32,
		map[string]string{metaFormat: "pt"})
	if err != nil {
		return fmt.Errorf("lab: save %s: %w", m.Name, err)
	}
	for name, text := range files {
		if err := whole.WriteBytes(filepath.Join(dir, name), text); err != nil {
			return fmt.Errorf("lab: save %s: %w", m.Name, err)
		}
	}
	return nil
}

// part is what a file keeps of a parameter: a view where it can be.
func part(t *Tensor, to names.Target) *Tensor {
	if to.From > 0 || to.To < 3 {
		rows := t.Shape[0] / 3
		t = t.Slice(to.From*rows, to.To*rows)
	}
	if to.Transposed {
		t = transposed(t)
	}
	for range to.Ones {
		t = t.Reshape(append([]int{1}, t.Shape...)...)
	}
	return t
}

// expand gives each of CLIP's ids a row.
//
//	rows   [Size, width]
//	result [bpe.VocabSize, width]
func (v *Vocabulary) expand(rows *Tensor) *Tensor {
	all := tensor.New(bpe.VocabSize, rows.Shape[1])
	for id := range bpe.VocabSize {
		copy(all.Row(id).Data, rows.Row(v.row[id]).Data)
	}
	return all
}

// addTokenizer adds the files from which transformers makes CLIP's tokenizer.
func addTokenizer(files map[string][]byte, context int) error {
	ids := make(map[string]int, bpe.VocabSize)
	for id, name := range bpe.Names() {
		ids[name] = id
	}
	const sot, eot = "<|startoftext|>", "<|endoftext|>"
	for name, value := range map[string]any{
		"vocab.json": ids,
		"tokenizer_config.json": map[string]any{
			"tokenizer_class": "CLIPTokenizer", "model_max_length": context, "do_lower_case": true,
			"errors": "replace", "add_prefix_space": false,
			"bos_token": sot, "eos_token": eot, "pad_token": eot, "unk_token": eot,
		},
		"special_tokens_map.json": map[string]any{
			"bos_token": sot, "eos_token": eot, "pad_token": eot, "unk_token": eot,
		},
	} {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		files[name] = append(text, '\n')
	}
	files["merges.txt"] = []byte("#version: 0.2\n" + strings.Join(bpe.Merges(), "\n") + "\n")
	return nil
}

package lab

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"cliplab/lab/whole"
)

// addTo adds the files from which transformers makes the tokenizer.
func (w *words) addTo(files map[string][]byte, context int) error {
	if w.path == "" {
		return nil
	}
	data, err := w.read()
	if err != nil {
		return err
	}
	name := filepath.Base(w.path)
	files[name] = data
	config, err := (place{folder: filepath.Dir(w.path)}).config(wordConfig)
	switch {
	case err != nil:
		return err
	case config != nil:
		files[wordConfig] = config
	case w.said.Canonical && name == wordFiles[0]:
		files[wordConfig] = fmt.Appendf(nil, `{"tokenizer_class": "SiglipTokenizer", `+
			`"model_max_length": %d, "do_lower_case": true, "eos_token": "</s>", `+
			`"pad_token": "</s>", "unk_token": "<unk>"}`+"\n", context)
	}
	return nil
}

// putBeside writes the vocabulary into the folder of a file of weights. It replaces no other.
func (w *words) putBeside(path string) error {
	files := map[string][]byte{}
	if w == nil {
		return nil
	}
	if err := w.addTo(files, w.said.Tower.ContextLength); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		there, err := (place{folder: dir}).file(name, wordBytes)
		if err != nil {
			return err
		}
		if there != nil && !slices.Equal(there, files[name]) {
			return fmt.Errorf("%s holds the %s of another model: choose another folder", dir, name)
		}
	}
	for name, data := range files {
		if err := whole.WriteBytes(filepath.Join(dir, name), data); err != nil {
			return err
		}
	}
	return nil
}

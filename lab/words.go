package lab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"cliplab/lab/configs"
	"cliplab/lab/hub"
	"cliplab/lab/tower"
	"cliplab/lab/unigram"
	"cliplab/lab/whole"
)

// words is how captions become tokens in a model with another vocabulary than CLIP's.
type words struct {
	said      configs.Model
	name      string // of the file of the vocabulary
	data      []byte // what is in it
	tokenizer *unigram.Tokenizer
	err       error // why there is no tokenizer: pictures can be encoded without
}

// wordFiles are the names under which publishers keep vocabularies, best first.
var wordFiles = []string{"spiece.model", "tokenizer.json"}

// wordBytes is the largest vocabulary that is read: Gemma's tokenizer.json takes 34 MB.
const wordBytes = 256 << 20

// ownWords says that a model has other words than CLIP's.
func ownWords(m configs.Model) bool {
	return m.Tokenizer != "" || m.Canonical || m.Tower.NoMask || m.Tower.TextPool != tower.PoolLargest
}

// words looks for the vocabulary beside the model, nil where it is CLIP's. What is wrong with it
// is told when a caption comes.
func (p place) words(said configs.Model) *words {
	if !ownWords(said) {
		return nil
	}
	w := &words{said: said}
	for _, folder := range []string{p.folder, p.vocabulary} {
		for _, name := range wordFiles {
			data, err := (place{folder: folder}).file(name, wordBytes)
			if err == nil && data != nil {
				w.name, w.data = name, data
				w.open()
				return w
			}
			w.err = errors.Join(w.err, err)
		}
	}
	if w.err == nil {
		w.err = missing(said)
	}
	return w
}

// missing is the error for a vocabulary that is nowhere.
func missing(said configs.Model) error {
	of := "what it was published with"
	if said.Tokenizer != "" {
		of = "those of " + said.Tokenizer
	}
	return fmt.Errorf("its words are not CLIP's: put %s or %s, %s, into its folder (pictures can "+
		"be encoded without)", wordFiles[0], wordFiles[1], of)
}

// open makes the tokenizer of the vocabulary.
func (w *words) open() {
	m, err := unigram.Read(w.data)
	if err != nil {
		w.err = fmt.Errorf("%s: %w", w.name, err)
		return
	}
	if n := w.said.Tower.VocabSize; m.Len() > n {
		w.err = fmt.Errorf("%s has %d ids, but the token embedding %d rows", w.name, m.Len(), n)
		return
	}
	w.tokenizer = &unigram.Tokenizer{Model: m}
	switch {
	case w.said.Canonical && w.said.Tokenizer != "":
		w.tokenizer.Dialect = unigram.OpenCLIP
	case w.said.Canonical:
		w.tokenizer.Dialect = unigram.SigLIP
	case w.said.Tokenizer != "":
		w.tokenizer.Dialect = unigram.Whitespace
	}
}

// tokenize is unigram's.
func (w *words) tokenize(captions []string, context int) (*Tokens, error) {
	if w.err != nil {
		return nil, w.err
	}
	return w.tokenizer.Tokenize(captions, context)
}

// fetchWords brings a vocabulary from the model's repository, or from the one that it names.
func fetchWords(ctx context.Context, client *hub.Client, repo, commit string, p *place) error {
	m, err := p.saidBeside()
	if err != nil || m == nil || !ownWords(*m) {
		return nil // what is wrong with it is told when it is opened
	}
	_, err = client.Snapshot(ctx, repo, commit, wordFiles...)
	if isNone(err) && m.Tokenizer != "" && m.Tokenizer != repo {
		p.vocabulary, err = client.Snapshot(ctx, m.Tokenizer, "", wordFiles...)
	}
	if isNone(err) {
		return nil // pictures can be encoded without
	}
	return err
}

// isNone says that a repository has no such files, or that none was fetched before.
func isNone(err error) bool {
	return errors.Is(err, hub.ErrNotCached) || errors.Is(err, hub.ErrFileNotFound)
}

// saidBeside is what the configuration in the folder says, nil for none.
func (p place) saidBeside() (*configs.Model, error) {
	if isTransformers(p.folder) {
		text, err := p.config(configs.TransformersFile)
		if err != nil || text == nil {
			return nil, err
		}
		m, err := configs.Transformers(text, nil)
		return &m, err
	}
	text, err := p.config(configs.OpenCLIPFile)
	if err != nil || text == nil {
		return nil, err
	}
	m, err := configs.OpenCLIP(text)
	return &m, err
}

// addTo adds the files from which transformers makes SigLIP's tokenizer.
func (w *words) addTo(files map[string][]byte, context int) {
	if w.data == nil {
		return
	}
	files[w.name] = w.data
	if w.said.Canonical {
		files["tokenizer_config.json"] = fmt.Appendf(nil, `{"tokenizer_class": "SiglipTokenizer", `+
			`"model_max_length": %d, "do_lower_case": true, "eos_token": "</s>", `+
			`"pad_token": "</s>", "unk_token": "<unk>"}`+"\n", context)
	}
}

// putBeside writes the vocabulary into the folder of a file of weights. It replaces no other.
func (w *words) putBeside(path string) error {
	if w == nil || w.data == nil {
		return nil
	}
	dir := filepath.Dir(path)
	there, err := (place{folder: dir}).file(w.name, wordBytes)
	switch {
	case err != nil:
		return err
	case there == nil:
		return whole.WriteBytes(filepath.Join(dir, w.name), w.data)
	case !slices.Equal(there, w.data):
		return fmt.Errorf("%s holds the %s of another model: choose another folder", dir, w.name)
	}
	return nil
}

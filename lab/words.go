package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"cliplab/lab/bpe"
	"cliplab/lab/configs"
	"cliplab/lab/gemma"
	"cliplab/lab/tower"
	"cliplab/lab/unigram"
)

// words is how captions become tokens in a model with another vocabulary than CLIP's. It is read
// when the first caption comes: Gemma's takes a second, and pictures need none.
type words struct {
	said configs.Model
	path string // of the vocabulary, "" for none

	once      sync.Once
	tokenizer interface {
		Tokenize(texts []string, contextLength int, opts ...bpe.Option) (*Tokens, error)
	}
	err error // why there is no tokenizer
}

// wordFiles are the names under which publishers keep vocabularies, best first, and wordConfig is
// what transformers says of them.
var wordFiles = []string{"spiece.model", "tokenizer.json"}

const wordConfig = "tokenizer_config.json"

// wordBytes is the largest vocabulary that is read: Gemma's tokenizer.json takes 34 MB.
const wordBytes = 256 << 20

// ownWords says that a model has other words than CLIP's.
func ownWords(m configs.Model) bool {
	return m.Tokenizer != "" || m.Canonical || m.Tower.NoMask || m.Tower.TextPool != tower.PoolLargest
}

// words looks for the vocabulary beside the model, nil where it is CLIP's.
func (p place) words(said configs.Model) *words {
	if !ownWords(said) {
		return nil
	}
	w := &words{said: said}
	for _, folder := range []string{p.folder, p.vocabulary} {
		for _, name := range wordFiles {
			if _, err := os.Stat(filepath.Join(folder, name)); folder != "" && err == nil {
				w.path = filepath.Join(folder, name)
				return w
			}
		}
	}
	return w
}

// read is what is in the file of the vocabulary.
func (w *words) read() ([]byte, error) {
	dir, name := filepath.Split(w.path)
	data, err := (place{folder: dir}).file(name, wordBytes)
	if err == nil && data == nil {
		err = fmt.Errorf("%s is there no more", w.path)
	}
	return data, err
}

// open makes the tokenizer of the vocabulary.
func (w *words) open() error {
	if w.path == "" {
		of := "what it was published with"
		if w.said.Tokenizer != "" {
			of = "those of " + w.said.Tokenizer
		}
		return fmt.Errorf("its words are not CLIP's: put %s or %s, %s, into its folder (pictures can be "+
			"encoded without)", wordFiles[0], wordFiles[1], of)
	}
	data, err := w.read()
	if err != nil {
		return err
	}
	size, name := 0, filepath.Base(w.path)
	switch kind := kindOf(data); kind {
	case "BPE":
		size, err = w.openGemma(data)
	case "", "Unigram":
		size, err = w.openUnigram(data)
	default:
		err = fmt.Errorf("it cuts texts by %s, which this lab does not; pass ids that were made "+
			"elsewhere to EncodeText", kind)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if rows := w.said.Tower.VocabSize; size > rows {
		return fmt.Errorf("%s has %d ids, but the token embedding %d rows", name, size, rows)
	}
	return nil
}

// kindOf is the type of tokenizer that a tokenizer.json holds, "" of what is none.
func kindOf(data []byte) string {
	var j struct {
		Model struct {
			Type string `json:"type"`
		} `json:"model"`
	}
	if len(data) == 0 || data[0] != '{' || json.Unmarshal(data, &j) != nil {
		return ""
	}
	return j.Model.Type
}

func (w *words) openUnigram(data []byte) (size int, err error) {
	m, err := unigram.Read(data)
	if err != nil {
		return 0, err
	}
	t := &unigram.Tokenizer{Model: m, Dialect: w.dialect()}
	w.tokenizer = t
	return m.Len(), nil
}

// openGemma reads SigLIP 2's vocabulary; open_clip cleans texts for it, transformers does not.
func (w *words) openGemma(data []byte) (size int, err error) {
	config, err := (place{folder: filepath.Dir(w.path)}).config(wordConfig)
	if err != nil {
		return 0, err
	}
	t, err := gemma.Read(data, config)
	if err != nil {
		return 0, err
	}
	if w.said.Tokenizer != "" {
		t.Clean = w.dialect().Canonical
	}
	w.tokenizer = t
	return t.Len(), nil
}

// dialect says how texts are cleaned: as the publisher's library does.
func (w *words) dialect() unigram.Dialect {
	switch {
	case w.said.Canonical && w.said.Tokenizer != "":
		return unigram.OpenCLIP
	case w.said.Canonical:
		return unigram.SigLIP
	case w.said.Tokenizer != "":
		return unigram.Whitespace
	}
	return unigram.Plain
}

// tokenize is the tokenizer's. The error says what words are missing or wrong.
func (w *words) tokenize(captions []string, context int) (*Tokens, error) {
	w.once.Do(func() { w.err = w.open() })
	if w.err != nil {
		return nil, w.err
	}
	return w.tokenizer.Tokenize(captions, context)
}

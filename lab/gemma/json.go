package gemma

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"cliplab/lab/bpe"
)

// jsonModel is tokenizer.json of the library tokenizers, as far as it is read.
type jsonModel struct {
	Model struct {
		Type     string         `json:"type"`
		Unknown  string         `json:"unk_token"`
		Fuse     bool           `json:"fuse_unk"`
		Fallback bool           `json:"byte_fallback"`
		Vocab    map[string]int `json:"vocab"`
		Merges   []jsonMerge    `json:"merges"`

		Dropout float64 `json:"dropout"`
		Prefix  string  `json:"continuing_subword_prefix"`
		Suffix  string  `json:"end_of_word_suffix"`
		Ignore  bool    `json:"ignore_merges"`
	} `json:"model"`
	Added      []jsonAdded   `json:"added_tokens"`
	Normalizer *jsonStep     `json:"normalizer"`
	Splitter   *jsonStep     `json:"pre_tokenizer"`
	Processor  *bpe.Template `json:"post_processor"`
	Padding    *struct {
		ID        int    `json:"pad_id"`
		Direction string `json:"direction"`
	} `json:"padding"`
}

type jsonAdded struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	Word       bool   `json:"single_word"`
	Left       bool   `json:"lstrip"`
	Right      bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
}

// jsonStep is a normalizer or pre-tokenizer, or a sequence of them.
type jsonStep struct {
	Type    string `json:"type"`
	Pattern struct {
		String *string `json:"String"`
	} `json:"pattern"`
	Content  string     `json:"content"`
	Prepend  string     `json:"prepend"`
	Behavior string     `json:"behavior"`
	Invert   bool       `json:"invert"`
	Steps    []jsonStep `json:"normalizers"`
}

// jsonMerge is two pieces that are joined: ["a", "b"], or "a b" in older files.
type jsonMerge [2]string

// UnmarshalJSON takes both.
func (m *jsonMerge) UnmarshalJSON(data []byte) error {
	var pair []string
	if json.Unmarshal(data, &pair) != nil {
		var one string
		if err := json.Unmarshal(data, &one); err != nil {
			return fmt.Errorf("merge %.40s is no pair", data)
		}
		pair = strings.Split(one, " ")
	}
	if len(pair) != 2 {
		return fmt.Errorf("merge %.40s is of %d parts, want 2", data, len(pair))
	}
	*m = jsonMerge(pair)
	return nil
}

// jsonConfig is tokenizer_config.json of transformers, as far as it is read.
type jsonConfig struct {
	Class   string `json:"tokenizer_class"`
	AddBOS  *bool  `json:"add_bos_token"`
	AddEOS  *bool  `json:"add_eos_token"`
	BOS     token  `json:"bos_token"`
	EOS     token  `json:"eos_token"`
	Pad     token  `json:"pad_token"`
	Padding string `json:"padding_side"`
}

// token is the text of a token: "<eos>", or {"content": "<eos>"}.
type token string

// UnmarshalJSON takes both, and null.
func (t *token) UnmarshalJSON(data []byte) error {
	var object struct {
		Content string `json:"content"`
	}
	if json.Unmarshal(data, &object) == nil {
		*t = token(object.Content)
		return nil
	}
	return json.Unmarshal(data, (*string)(t))
}

// Read reads tokenizer.json and, unless it is nil, tokenizer_config.json.
//
// The error says what is wrong, or what kind of tokenizer it is instead.
func Read(tokenizer, config []byte) (*Tokenizer, error) {
	t, err := read(tokenizer, config)
	if err != nil {
		return nil, fmt.Errorf("gemma: %w", err)
	}
	return t, nil
}

func read(tokenizer, config []byte) (*Tokenizer, error) {
	var j jsonModel
	err := json.Unmarshal(tokenizer, &j)
	if kind := j.Model.Type; kind != "" && kind != "BPE" {
		return nil, fmt.Errorf("a tokenizer of type %q; BPE is read", kind)
	}
	if err != nil {
		return nil, err
	}
	var c jsonConfig
	if config != nil {
		if err := json.Unmarshal(config, &c); err != nil {
			return nil, fmt.Errorf("tokenizer_config.json: %w", err)
		}
	}
	t := &Tokenizer{ids: j.Model.Vocab}
	for _, part := range []func() error{
		func() error { return t.readModel(j) },
		func() error { return t.readNormalizer(j.Normalizer, c.Class == "Siglip2Tokenizer") },
		func() error { return t.readSplitter(j.Splitter) },
		func() error { return t.readAdded(j.Added) },
		func() error { return t.readFrame(j, c) },
	} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readModel makes the table of merges.
func (t *Tokenizer) readModel(j jsonModel) error {
	m := j.Model
	if m.Dropout != 0 || m.Prefix != "" || m.Suffix != "" || m.Ignore {
		return errors.New("merges by chance, marks within words and ignore_merges are not read")
	}
	for name, id := range m.Vocab {
		if id < 0 || id > mostIDs {
			return fmt.Errorf("piece %q has the id %d", name, id)
		}
		t.size = max(t.size, id+1)
	}
	var ok bool
	if t.unknown, ok = m.Vocab[m.Unknown]; !ok && !m.Fallback {
		return fmt.Errorf("what is unknown is %q, which has no id, and does not become bytes", m.Unknown)
	}
	t.fuse, t.fallback = m.Fuse, m.Fallback
	for b := range t.bytes {
		id, ok := m.Vocab[fmt.Sprintf("<0x%02X>", b)]
		if !ok && m.Fallback {
			return fmt.Errorf("unknown characters become bytes, but byte %d has no id", b)
		}
		t.bytes[b] = id
	}
	t.merges = make(map[pair]merge, len(m.Merges))
	for rank, both := range m.Merges {
		left, okLeft := m.Vocab[both[0]]
		right, okRight := m.Vocab[both[1]]
		id, ok := m.Vocab[both[0]+both[1]]
		if !ok || !okLeft || !okRight {
			return fmt.Errorf("merge %d, %.40q and %.40q, is of pieces without ids", rank, both[0], both[1])
		}
		t.merges[pair{int32(left), int32(right)}] = merge{int32(rank), int32(id)}
	}
	return nil
}

// mostIDs is far above Gemma's 256000.
const mostIDs = 1 << 24

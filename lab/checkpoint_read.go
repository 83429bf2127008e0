package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"cliplab/lab/configs"
	"cliplab/lab/cores"
	"cliplab/lab/names"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// Keys of the metadata of a checkpoint of the lab's own.
const (
	metaTokens = "token_ids" // ids of the rows of the token embedding, from row 1 on
	metaConfig = "config"    // what configs.Model says, as JSON
	metaFormat = "format"
)

// model reads the parameters, whoever named them, and puts the model together.
func (c checkpoint) model(ctx context.Context, p place) (*Model, error) {
	plan, err := names.Read(c.Names())
	if err != nil {
		return nil, err
	}
	if len(plan.Unused) > 0 {
		return nil, fmt.Errorf("tensor %s belongs to no CLIP that can be built here (%d such)",
			plan.Unused[0], len(plan.Unused))
	}
	said, from, err := c.said(plan.Layout, p)
	if err != nil {
		return nil, err
	}
	params, err := c.params(ctx, plan)
	if err != nil {
		return nil, err
	}
	if said == nil {
		cfg, err := tower.ConfigOf(params)
		if err != nil {
			return nil, err
		}
		model := configs.Of(cfg)
		said, from = &model, "the shapes of the other tensors"
	}
	if err := agree(*said, from, params, plan, c); err != nil {
		return nil, err
	}
	vocabulary, err := parseVocabulary(c.metadata[metaTokens])
	if err != nil {
		return nil, err
	}
	if vocabulary != nil && vocabulary.Size() != said.Tower.VocabSize {
		return nil, fmt.Errorf("%d token ids for a token embedding of %d rows",
			vocabulary.Size()-1, said.Tower.VocabSize)
	}
	m, err := NewModel(p.name, said.Tower, params, vocabulary)
	if err != nil {
		return nil, err
	}
	m.Pixels = said.Pixels
	return m, c.attach(m, plan)
}

// attach keeps what is needed to give mapped parameters back, and to see that the file is
// still what was opened. A file that none is a view of is closed.
func (c checkpoint) attach(m *Model, plan *names.Plan) error {
	mapped := map[string]string{} // parameter to tensor
	if c.file != nil {
		for param, s := range plan.Sources {
			if len(s.Tensors) == 1 && !s.Transposed && c.file.Mapped(s.Tensors[0]) {
				mapped[param] = s.Tensors[0]
			}
		}
	}
	if len(mapped) == 0 {
		return c.Close()
	}
	m.unchanged = c.file.Unchanged
	m.release = func(param string) {
		if t, ok := mapped[param]; ok {
			c.file.Release(t)
		}
	}
	return nil
}

// said is what the file or a configuration beside it says of the model, and where; nil when
// nothing does.
func (c checkpoint) said(layout names.Layout, p place) (*configs.Model, string, error) {
	if text := c.metadata[metaConfig]; text != "" {
		var m configs.Model
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return nil, "", fmt.Errorf("the configuration in its metadata: %w", err)
		}
		return &m, "its metadata", m.Tower.Check()
	}
	if layout != names.Transformers {
		text, err := p.config(configs.OpenCLIPFile)
		if err != nil || text == nil {
			return nil, "", err
		}
		m, err := configs.OpenCLIP(text)
		return &m, configs.OpenCLIPFile, err
	}
	text, err := p.config(configs.TransformersFile)
	if err != nil || text == nil {
		return nil, "", err
	}
	preprocessor, err := p.config(configs.PreprocessorFile)
	if err != nil {
		return nil, "", err
	}
	m, err := configs.Transformers(text, preprocessor)
	return &m, configs.TransformersFile, err
}

// params reads all parameters by OpenAI's names, several at a time.
func (c checkpoint) params(ctx context.Context, plan *names.Plan) (map[string]*Tensor, error) {
	all := slices.Sorted(maps.Keys(plan.Sources))
	read := make([]*Tensor, len(all))
	errs := make([]error, len(all))
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(cores.Count(), len(all)) {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				if errs[i] = ctx.Err(); errs[i] == nil {
					read[i], errs[i] = c.param(plan.Sources[all[i]])
				}
				if errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	params := make(map[string]*Tensor, len(all))
	for i, name := range all {
		if errs[i] != nil { // the first by name: they are begun in that order
			return nil, errs[i]
		}
		params[name] = read[i]
	}
	for _, name := range []string{tower.LogitScale, tower.LogitBias} {
		if t := params[name]; t != nil && len(t.Data) == 1 {
			params[name] = t.Reshape() // some have the shape [1]
		}
	}
	return params, nil
}

// param makes a parameter of what the file has.
func (c checkpoint) param(s names.Source) (*Tensor, error) {
	if len(s.Tensors) > 1 {
		return c.stack(s.Tensors)
	}
	t, err := c.Tensor(s.Tensors[0])
	if err != nil {
		return nil, err
	}
	for i := 0; i < s.Ones && len(t.Shape) > 0 && t.Shape[0] == 1; i++ {
		t = t.Reshape(t.Shape[1:]...)
	}
	if !s.Transposed {
		return t, nil
	}
	if len(t.Shape) != 2 {
		return nil, fmt.Errorf("tensor %s has shape %v, want a matrix", s.Tensors[0], t.Shape)
	}
	return transposed(t), nil
}

// stack reads tensors behind one another, which differ in their rows alone.
func (c checkpoint) stack(parts []string) (*Tensor, error) {
	shape := slices.Clone(c.Shape(parts[0]))
	if len(shape) == 0 {
		return nil, fmt.Errorf("tensor %s is a single number", parts[0])
	}
	for _, part := range parts[1:] {
		other := c.Shape(part)
		if len(other) != len(shape) || !slices.Equal(other[1:], shape[1:]) {
			return nil, fmt.Errorf("tensor %s has shape %v, and %s %v", parts[0],
				c.Shape(parts[0]), part, other)
		}
		shape[0] += other[0]
	}
	t, row := tensor.New(shape...), 0
	for _, part := range parts {
		next := row + c.Shape(part)[0]
		if err := c.Into(t.Slice(row, next).Data, part); err != nil {
			return nil, err
		}
		row = next
	}
	return t, nil
}

// transposed is a matrix with rows and columns changed.
func transposed(t *Tensor) *Tensor {
	rows, cols := t.Shape[0], t.Shape[1]
	u := tensor.New(cols, rows)
	for i := range rows {
		for j, v := range t.Data[i*cols : (i+1)*cols] {
			u.Data[j*rows+i] = v
		}
	}
	return u
}

// agree tells where a configuration and the tensors differ: a shape, a tensor too few or too
// many. Errors use the file's names.
func agree(said configs.Model, from string, params map[string]*Tensor, plan *names.Plan,
	c checkpoint) error {
	cfg := said.Tower
	blocks := cfg.VisionLayers + cfg.TextLayers
	for _, n := range cfg.VisionStages {
		blocks += n
	}
	if blocks > len(params) {
		return fmt.Errorf("%d layers by %s, but there are only %d tensors", blocks, from, len(params))
	}
	wanted, list := map[string]bool{}, tower.Params(cfg)
	if said.LogitBias || params[tower.LogitBias] != nil { // it is enough that it is there
		list = append(list, tower.Param{Name: tower.LogitBias, Shape: []int{}})
	}
	for _, p := range list {
		wanted[p.Name] = true
		t := params[p.Name]
		if t == nil {
			return fmt.Errorf("tensor %s is missing, by %s there is one of shape %v",
				inFile(plan, p.Name), from, p.Shape)
		}
		if !slices.Equal(t.Shape, p.Shape) {
			return fmt.Errorf("tensor %s has shape %v, by %s it has %v", inFile(plan, p.Name),
				t.Shape, from, p.Shape)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if !wanted[name] {
			return fmt.Errorf("tensor %s of shape %v has no place in the model, by %s",
				inFile(plan, name), params[name].Shape, from)
		}
	}
	return c.resolution(cfg, plan.Prefix)
}

// inFile is what a parameter is called in the file; of several tensors, the first.
func inFile(plan *names.Plan, param string) string {
	if s := plan.Sources[param]; len(s.Tensors) == 1 {
		return s.Tensors[0]
	}
	all := names.Write(plan.Layout, param)
	switch len(all) {
	case 0:
		return param
	case 1:
		return plan.Prefix + all[0].Tensor
	}
	return fmt.Sprintf("%s%s (with the %d that follow it in %s)", plan.Prefix, all[0].Tensor,
		len(all)-1, param)
}

// resolution compares the numbers that OpenAI's archives carry beside the parameters.
func (c checkpoint) resolution(cfg tower.Config, prefix string) error {
	for name, want := range map[string]int{"input_resolution": cfg.ImageSize,
		"context_length": cfg.ContextLength, "vocab_size": cfg.VocabSize} {
		if shape := c.Shape(prefix + name); shape == nil {
			continue
		}
		t, err := c.Tensor(prefix + name)
		if err != nil {
			return err
		}
		if len(t.Data) == 1 && int(t.Data[0]) != want {
			return fmt.Errorf("tensor %s is %v, but the model has %d", name, t.Data[0], want)
		}
	}
	return nil
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

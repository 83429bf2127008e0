package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cliplab/lab/configs"
	"cliplab/lab/names"
	"cliplab/lab/params"
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
	set, err := c.params(ctx, plan)
	if err != nil {
		return nil, err
	}
	shapes := set.Shapes()
	if said == nil {
		cfg, err := tower.ConfigOf(shapes)
		if err != nil {
			return nil, err
		}
		model := configs.Of(cfg)
		if cfg.ImagePool == tower.PoolAttention {
			model = configs.OfSigLIP(cfg)
		}
		said, from = &model, "the shapes of the other tensors"
	}
	if err := agree(*said, from, shapes, plan, c); err != nil {
		return nil, err
	}
	if err := p.resize(said, set, plan.Layout); err != nil {
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
	m, err := newModel(p.name, said.Tower, set, vocabulary)
	if err != nil {
		return nil, err
	}
	m.Pixels, m.words = said.Pixels, p.words(*said)
	if set.Whole() {
		return m, c.Close()
	}
	if c.file != nil {
		m.unchanged = c.file.Unchanged
	}
	return m, nil
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
	if layout != names.Transformers && layout != names.TransformersSigLIP {
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

// resize makes the model one for pictures of the size that was asked for.
func (p place) resize(said *configs.Model, set *params.Set, layout names.Layout) error {
	own := said.Tower.ImageSize
	if p.size == 0 || p.size == own {
		return nil
	}
	how := tower.Antialiased
	if layout == names.Transformers || layout == names.TransformersSigLIP {
		how = tower.FourTaps
	}
	positions := tensor.New(0)
	if !said.Tower.IsResNet() {
		var err error
		if positions, err = set.Lend(tower.VisualPositions); err != nil {
			return err
		}
	}
	resized, positions, err := tower.Resized(said.Tower, positions, p.size, how)
	if err != nil {
		return err
	}
	set.Put(tower.VisualPositions, positions)
	said.Tower, said.Pixels.Size = resized, p.size
	said.Pixels.Short = (said.Pixels.Short*p.size + own/2) / own // as much is cut off
	return nil
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
		var value [1]float32
		if volume(c.Shape(prefix+name)) != 1 {
			continue
		}
		if err := c.Range(value[:], prefix+name, 0); err != nil {
			return err
		}
		if int(value[0]) != want {
			return fmt.Errorf("tensor %s is %v, but the model has %d", name, value[0], want)
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

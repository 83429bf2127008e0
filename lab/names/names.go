package names

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Layout is whose names a file has.
type Layout string

// The layouts.
const (
	OpenAI       Layout = "OpenAI"       // openai/CLIP, and open_clip where it follows it
	OpenCLIP     Layout = "open_clip"    // open_clip's custom text towers: text. before
	Transformers Layout = "transformers" // Hugging Face transformers, CLIPModel
)

// Source is what a parameter is made of: one tensor, or three whose rows follow one another,
// each transposed if so said.
type Source struct {
	Tensors    []string
	Transposed bool
}

// Plan says how the parameters of a CLIP are read from a file, by OpenAI's names.
type Plan struct {
	Layout  Layout
	Prefix  string // that all names begin with, as "module."
	Sources map[string]Source
	Unused  []string // tensors that belong to no parameter, sorted
}

// prefixes are what wrappers put before every name.
var prefixes = []string{"module.", "_orig_mod.", "clip.", "clip_model.", "model."}

// Read finds whose names a file has and what each parameter is made of. The error says what
// the file holds instead of a CLIP.
func Read(file []string) (*Plan, error) {
	p := &Plan{Sources: map[string]Source{}}
	p.Layout, p.Prefix = recognise(file)
	if p.Layout == "" {
		return nil, fmt.Errorf("names: no CLIP among the %d tensors: none is called %s or %s; "+
			"the first are %s", len(file), "visual.conv1.weight",
			"vision_model.embeddings.patch_embedding.weight", few(file))
	}
	for _, full := range file {
		if err := checkNumbers(full, len(file)); err != nil {
			return nil, err
		}
		name, ok := strings.CutPrefix(full, p.Prefix)
		if !ok || !p.add(name, full) {
			if !extra(full) {
				p.Unused = append(p.Unused, full)
			}
		}
	}
	slices.Sort(p.Unused)
	return p, p.whole()
}

// checkNumbers refuses block 1000000 of a file of ten tensors: who counts blocks by their largest
// number would make room for all.
func checkNumbers(name string, tensors int) error {
	for part := range strings.SplitSeq(name, ".") {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			continue
		}
		if n, err := strconv.Atoi(part); err != nil || n >= tensors {
			return fmt.Errorf("names: tensor %.80q has number %.20s in a file of %d tensors: "+
				"others before it are missing", name, part, tensors)
		}
	}
	return nil
}

// recognise looks for the first layer of an image tower, with each prefix.
func recognise(file []string) (Layout, string) {
	has := map[string]bool{}
	for _, name := range file {
		has[name] = true
	}
	starts := append([]string{""}, prefixes...)
	for _, p := range prefixes {
		starts = append(starts, prefixes[0]+p, p+prefixes[0])
	}
	for _, start := range starts {
		switch {
		case has[start+"visual.conv1.weight"] && has[start+"text.token_embedding.weight"]:
			return OpenCLIP, start
		case has[start+"visual.conv1.weight"] || has[start+"token_embedding.weight"]:
			return OpenAI, start
		case has[start+outer[2].hf] || has[start+outer[6].hf]:
			return Transformers, start
		}
	}
	return "", ""
}

// add puts a tensor to the parameter that it belongs to.
func (p *Plan) add(name, full string) bool {
	switch p.Layout {
	case Transformers:
		return p.addTransformers(name, full)
	case OpenCLIP:
		if rest, ok := strings.CutPrefix(name, "text."); ok {
			if !isText(rest) {
				return false
			}
			name = rest
		}
	}
	if !known(name) {
		return false
	}
	p.Sources[name] = Source{Tensors: []string{full}}
	return true
}

// known tells a parameter's name from others. Those of a ResNet are taken as they are: its
// tower says which it wants.
func known(name string) bool {
	if extra(name) {
		return false
	}
	return strings.HasPrefix(name, "visual.") || isText(name) || name == "logit_scale"
}

func isText(name string) bool {
	for _, start := range textTower {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

func (p *Plan) addTransformers(name, full string) bool {
	for _, e := range outer {
		if to, ok := e.translate(name, e.hf, e.openai); ok {
			p.Sources[to] = Source{[]string{full}, e.transposed}
			return true
		}
	}
	for _, t := range towers {
		number, rest, ok := cutBlock(name, t.hf)
		if !ok {
			continue
		}
		block := t.openai + number + "."
		for _, e := range inner {
			if to, ok := e.translate(rest, e.hf, e.openai); ok {
				p.Sources[block+to] = Source{Tensors: []string{full}}
				return true
			}
		}
		for _, f := range fused {
			if i := slices.Index(f.hf[:], rest); i >= 0 {
				s := p.Sources[block+f.openai]
				if s.Tensors == nil {
					s.Tensors = make([]string, 3)
				}
				s.Tensors[i] = full
				p.Sources[block+f.openai] = s
				return true
			}
		}
	}
	return false
}

// whole tells whether there are two towers, and all three of queries, keys and values.
func (p *Plan) whole() error {
	_, vision := p.Sources["visual.conv1.weight"]
	_, text := p.Sources["token_embedding.weight"]
	switch {
	case !text:
		return fmt.Errorf("names: the file holds the image tower of a CLIP alone, in the names of %s: "+
			"its text tower is missing", p.Layout)
	case !vision:
		return fmt.Errorf("names: the file holds the text tower of a CLIP alone, in the names of %s: "+
			"its image tower is missing", p.Layout)
	}
	for name, s := range p.Sources {
		for i, t := range s.Tensors {
			if t == "" {
				return fmt.Errorf("names: tensor %s of %s is missing", [3]string{"q_proj", "k_proj",
					"v_proj"}[i], name)
			}
		}
	}
	return nil
}

// Target is a tensor to write: rows Begin/Parts to (Begin+1)/Parts of a parameter, transposed if
// so said.
type Target struct {
	Tensor       string
	Begin, Parts int
	Transposed   bool
}

// Write is what a layout keeps of a parameter with OpenAI's name; nil when it has no name for it,
// as transformers has none for a ResNet's.
func Write(layout Layout, name string) []Target {
	switch layout {
	case OpenAI, OpenCLIP:
		if layout == OpenCLIP && isText(name) {
			name = "text." + name
		}
		return []Target{{Tensor: name, Parts: 1}}
	}
	for _, e := range outer {
		if to, ok := e.translate(name, e.openai, e.hf); ok {
			return []Target{{Tensor: to, Parts: 1, Transposed: e.transposed}}
		}
	}
	for _, t := range towers {
		number, rest, ok := cutBlock(name, t.openai)
		if !ok {
			continue
		}
		block := t.hf + number + "."
		for _, e := range inner {
			if to, ok := e.translate(rest, e.openai, e.hf); ok {
				return []Target{{Tensor: block + to, Parts: 1}}
			}
		}
		for _, f := range fused {
			if rest == f.openai {
				return []Target{{block + f.hf[0], 0, 3, false}, {block + f.hf[1], 1, 3, false},
					{block + f.hf[2], 2, 3, false}}
			}
		}
	}
	return nil
}

// few lists the first names.
func few(names []string) string {
	sorted := slices.Sorted(slices.Values(names))
	if len(sorted) > 3 {
		return fmt.Sprintf("%q …", sorted[:3])
	}
	return fmt.Sprintf("%q", sorted)
}

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

	TransformersSigLIP Layout = "transformers' SigLIP" // its SiglipModel
	TimmSigLIP         Layout = "open_clip's SigLIP"   // timm's image tower, open_clip's text tower
)

// Source is what a parameter is made of: one tensor, or several whose rows follow one another,
// each transposed if so said.
type Source struct {
	Tensors    []string
	Transposed bool
	Ones       int // dimensions of 1 that the tensor has before those of the parameter
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
		case has[start+"visual.trunk.attn_pool.latent"] && has[start+"text.token_embedding.weight"]:
			return TimmSigLIP, start
		case has[start+"vision_model.head.probe"]:
			return TransformersSigLIP, start
		case has[start+"visual.conv1.weight"] && has[start+"text.token_embedding.weight"]:
			return OpenCLIP, start
		case has[start+"visual.conv1.weight"] || has[start+"token_embedding.weight"]:
			return OpenAI, start
		case has[start+"vision_model.embeddings.patch_embedding.weight"] ||
			has[start+"text_model.embeddings.token_embedding.weight"]:
			return Transformers, start
		}
	}
	return "", ""
}

// add puts a tensor to the parameter that it belongs to.
func (p *Plan) add(name, full string) bool {
	switch p.Layout {
	case Transformers, TransformersSigLIP:
		return p.translate(name, full)
	case OpenCLIP, TimmSigLIP:
		if p.Layout == TimmSigLIP && p.translate(name, full) {
			return true
		}
		rest, ok := strings.CutPrefix(name, "text.")
		if ok && !isText(rest) || !ok && p.Layout == TimmSigLIP && !isLogit(name) {
			return false
		}
		name = rest
	}
	if name == "text_projection.weight" { // with a bias it is a layer, the other way round
		p.Sources["text_projection"] = Source{Tensors: []string{full}, Transposed: true}
		return true
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
	return strings.HasPrefix(name, "visual.") || isText(name) || isLogit(name)
}

func isLogit(name string) bool { return name == "logit_scale" || name == "logit_bias" }

func isText(name string) bool {
	for _, start := range textTower {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// translate adds a tensor by the names of a dialect.
func (p *Plan) translate(name, full string) bool {
	d := dialectOf(p.Layout)
	if p.addOf(d.outer, d.joins, "", name, full) {
		return true
	}
	for _, t := range d.towers {
		number, rest, ok := cutBlock(name, t.file)
		if ok && p.addOf(t.inner, t.joins, t.openai+number+".", rest, full) {
			return true
		}
	}
	return false
}

// addOf adds a tensor to a parameter whose name begins with start.
func (p *Plan) addOf(list []entry, joins []join, start, name, full string) bool {
	for _, e := range list {
		if to, ok := translate(name, e.file, e.openai); ok {
			p.Sources[start+to] = Source{[]string{full}, e.transposed, e.ones}
			return true
		}
	}
	for _, j := range joins {
		i := slices.IndexFunc(j.parts, func(p part) bool { return p.name == name })
		if i >= 0 {
			s := p.Sources[start+j.openai]
			if s.Tensors == nil {
				s.Tensors = make([]string, len(j.parts))
			}
			s.Tensors[i] = full
			p.Sources[start+j.openai] = s
			return true
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
		if i := slices.Index(s.Tensors, ""); i >= 0 {
			return fmt.Errorf("names: tensor %s%s is missing, a part of %s", p.Prefix,
				Write(p.Layout, name)[i].Tensor, name)
		}
	}
	return nil
}

// Target is a tensor to write: some thirds of the rows of a parameter, transposed if so said.
type Target struct {
	Tensor     string
	From, To   int // thirds; 0 to 3 is all
	Transposed bool
	Ones       int // dimensions of 1 before those of the parameter
}

// Write is what a layout keeps of a parameter with OpenAI's name; nil when it has no name for it,
// as transformers has none for a ResNet's.
func Write(layout Layout, name string) []Target {
	if layout == OpenAI {
		return []Target{{Tensor: name, To: 3}}
	}
	if layout == OpenCLIP || layout == TimmSigLIP && (isText(name) || isLogit(name)) {
		return []Target{custom(layout, name)}
	}
	d := dialectOf(layout)
	if t := targets(d.outer, d.joins, "", name); t != nil {
		return t
	}
	for _, t := range d.towers {
		if number, rest, ok := cutBlock(name, t.openai); ok {
			return targets(t.inner, t.joins, t.file+number+".", rest)
		}
	}
	return nil
}

// custom is a name of open_clip's custom models.
func custom(layout Layout, name string) Target {
	to := Target{Tensor: name, To: 3}
	if isText(name) {
		to.Tensor = "text." + name
		if layout == TimmSigLIP && name == "text_projection" {
			to.Tensor, to.Transposed = to.Tensor+".weight", true
		}
	}
	return to
}

func targets(list []entry, joins []join, start, name string) []Target {
	for _, e := range list {
		if to, ok := translate(name, e.openai, e.file); ok {
			return []Target{{start + to, 0, 3, e.transposed, e.ones}}
		}
	}
	var all []Target
	for _, j := range joins {
		if j.openai == name {
			from := 0
			for _, p := range j.parts {
				all = append(all, Target{Tensor: start + p.name, From: from, To: from + p.thirds})
				from += p.thirds
			}
		}
	}
	return all
}

// few lists the first names.
func few(names []string) string {
	sorted := slices.Sorted(slices.Values(names))
	if len(sorted) > 3 {
		return fmt.Sprintf("%q …", sorted[:3])
	}
	return fmt.Sprintf("%q", sorted)
}

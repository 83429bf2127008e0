package cuda

import (
	"slices"
	"strings"

	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// weights are all parameters in one array, with their gradients and means in others of the same
// layout: group after group what learns, then what is frozen.
type weights struct {
	list       []placed
	offsets    map[string]int // in numbers
	groups     []group
	total      int // numbers that learn
	all        int
	w, g, m, v pointer
	half       pointer // bf16, a copy of w for products; 0 in other precisions
	sum        pointer // of the gradients of all chunks; g where there is one
}

// group is parameters that AdamW treats alike.
type group struct {
	from, n int // numbers
	decays  bool
	factor  float64 // of the learning rate
}

type placed struct {
	tower.Param
	offset, size int
}

// alignment of a parameter in numbers: cuBLASLt takes arrays to start at multiples of 256 bytes, in
// bf16 as well.
const alignment = 128

// logitBias is the name of SigLIP's learned bias, a scalar beside the parameters of a tower.
const logitBias = "logit_bias"

// layOut places the parameters of a model.
func layOut(c tower.Config, o Options) *weights {
	ws := &weights{offsets: map[string]int{}}
	params := tower.Params(c)
	if o.Sigmoid {
		params = append(params, tower.Param{Name: logitBias, Shape: []int{}})
	}
	groupOf := func(p tower.Param) group {
		g := group{decays: len(p.Shape) > 1, factor: 1}
		if o.RateOf != nil {
			g.factor = o.RateOf(p.Name)
		}
		return g
	}
	learns := func(p tower.Param) bool { return o.Frozen == nil || !o.Frozen(p.Name) }
	var kinds []group
	for _, p := range params {
		if g := groupOf(p); learns(p) && !slices.Contains(kinds, g) {
			kinds = append(kinds, g)
		}
	}
	for _, kind := range kinds {
		g := kind
		g.from = ws.all
		ws.add(params, func(p tower.Param) bool { return learns(p) && groupOf(p) == kind })
		g.n = ws.all - g.from
		ws.groups = append(ws.groups, g)
	}
	ws.total = ws.all
	ws.add(params, func(p tower.Param) bool { return !learns(p) })
	return ws
}

// add places those of the parameters that are wanted.
func (ws *weights) add(params []tower.Param, wanted func(p tower.Param) bool) {
	for _, p := range params {
		if wanted(p) {
			size := tensor.New(p.Shape...).Len()
			ws.list = append(ws.list, placed{p, ws.all, size})
			ws.offsets[p.Name] = ws.all
			ws.all += (size + alignment - 1) / alignment * alignment
		}
	}
}

// place takes memory and copies the parameters in; gradients and means start at zero. With chunks
// there are gradients of one and of all.
func (ws *weights) place(a *arena, params map[string]*tensor.Tensor, chunks bool,
	p Precision) {
	ws.w, ws.g = a.take("weights", ws.all), a.take("gradients", ws.all)
	ws.m = a.take("means of gradients", ws.total)
	ws.v = a.take("means of squared gradients", ws.total)
	ws.sum = ws.g
	if chunks {
		ws.sum = a.take("gradients of all chunks", ws.all)
	}
	for _, at := range []struct {
		p pointer
		n int
	}{{ws.w, ws.all}, {ws.g, ws.all}, {ws.sum, ws.all}, {ws.m, ws.total}, {ws.v, ws.total}} {
		a.g.do(func() error { return a.g.stream.Clear(at.p, uint64(at.n*number)) })
	}
	if p == BF16 {
		ws.half = a.take("weights in bf16", half(ws.all))
	}
	ws.load(a.g, params)
}

// load copies the parameters in.
func (ws *weights) load(g *GPU, params map[string]*tensor.Tensor) {
	ws.write(g, ws.w, params, ws.list)
	if ws.half != 0 {
		g.each("to_bf16", ws.all, ws.half, ws.w)
	}
}

// matrix is a weight as products read it.
func (ws *weights) matrix(name string) pointer {
	if ws.half != 0 {
		return ws.half + pointer(ws.offsets[name]*number/2)
	}
	return ws.weight(name)
}

// write copies tensors into an array of the layout.
func (ws *weights) write(g *GPU, to pointer, from map[string]*tensor.Tensor, list []placed) {
	for _, p := range list {
		g.do(func() error {
			return g.stream.Write(to+pointer(p.offset*number), from[p.Name].Data)
		})
	}
}

// read copies an array of the layout out.
func (ws *weights) read(g *GPU, from pointer, list []placed) (map[string]*tensor.Tensor, error) {
	params := map[string]*tensor.Tensor{}
	for _, p := range list {
		t := tensor.New(p.Shape...)
		g.do(func() error { return g.stream.Read(t.Data, from+pointer(p.offset*number)) })
		params[p.Name] = t
	}
	return params, g.Err()
}

// learned are the parameters that learn.
func (ws *weights) learned() []placed {
	for i, p := range ws.list {
		if p.offset >= ws.total {
			return ws.list[:i]
		}
	}
	return ws.list
}

func (ws *weights) weight(name string) pointer { return ws.w + pointer(ws.offsets[name]*number) }

func (ws *weights) grad(name string) pointer { return ws.g + pointer(ws.offsets[name]*number) }

// whole is the gradient of the whole batch.
func (ws *weights) whole(name string) pointer { return ws.sum + pointer(ws.offsets[name]*number) }

// learns tells whether a tower has a parameter that learns.
func (ws *weights) learns(image bool) bool {
	return slices.ContainsFunc(ws.learned(), func(p placed) bool {
		return p.Name != logitBias && p.Name != tower.LogitScale &&
			strings.HasPrefix(p.Name, "visual.") == image
	})
}

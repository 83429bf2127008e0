package cuda

import (
	"errors"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
)

// arena is the device memory of one owner, given back as a whole.
type arena struct {
	g       *GPU
	buffers []*driver.Buffer
	pinned  []*driver.Pinned
}

// take is memory for n numbers; what says for what, should there be no room.
func (a *arena) take(what string, n int) pointer {
	var b *driver.Buffer
	a.g.do(func() (err error) {
		if b, err = a.g.context.Alloc(what, uint64(max(n, 1)*number)); err == nil {
			a.buffers = append(a.buffers, b)
		}
		return err
	})
	if b == nil {
		return 0
	}
	return b.Pointer
}

// pin is pinned memory of the host for n numbers.
func (a *arena) pin(what string, n int) *driver.Pinned {
	p := &driver.Pinned{}
	a.g.do(func() (err error) {
		var got *driver.Pinned
		if got, err = a.g.context.Pin(what, max(n, 1)*number); err == nil {
			p = got
			a.pinned = append(a.pinned, p)
		}
		return err
	})
	return p
}

func (a *arena) free() (err error) {
	for _, b := range a.buffers {
		err = errors.Join(err, b.Free())
	}
	for _, p := range a.pinned {
		err = errors.Join(err, p.Free())
	}
	a.buffers, a.pinned = nil, nil
	return err
}

// weights are all parameters in one array, with their gradients and means in others of the same
// layout: first what decays, then what does not, then what is frozen.
type weights struct {
	list            []placed
	offsets         map[string]int // in numbers
	decaying, total int            // numbers that decay; all that learn
	all             int
	w, g, m, v      pointer
}

type placed struct {
	tower.Param
	offset, size int
}

// alignment of a parameter in numbers, for wide loads and for cuBLAS.
const alignment = 64

// layOut places the parameters of a model.
func layOut(c tower.Config, frozen func(string) bool) *weights {
	ws := &weights{offsets: map[string]int{}}
	add := func(want func(p tower.Param) bool) {
		for _, p := range tower.Params(c) {
			if want(p) {
				size := tensor.New(p.Shape...).Len()
				ws.list = append(ws.list, placed{p, ws.all, size})
				ws.offsets[p.Name] = ws.all
				ws.all += (size + alignment - 1) / alignment * alignment
			}
		}
	}
	learns := func(p tower.Param) bool { return frozen == nil || !frozen(p.Name) }
	add(func(p tower.Param) bool { return learns(p) && len(p.Shape) > 1 })
	ws.decaying = ws.all
	add(func(p tower.Param) bool { return learns(p) && len(p.Shape) < 2 })
	ws.total = ws.all
	add(func(p tower.Param) bool { return !learns(p) })
	return ws
}

// place takes memory and copies the parameters in; gradients and means start at zero.
func (ws *weights) place(a *arena, params map[string]*tensor.Tensor) {
	ws.w, ws.g = a.take("weights", ws.all), a.take("gradients", ws.all)
	ws.m = a.take("means of gradients", ws.total)
	ws.v = a.take("means of squared gradients", ws.total)
	for _, at := range []struct {
		p pointer
		n int
	}{{ws.w, ws.all}, {ws.g, ws.all}, {ws.m, ws.total}, {ws.v, ws.total}} {
		a.g.do(func() error { return a.g.stream.Clear(at.p, uint64(at.n*number)) })
	}
	ws.write(a.g, ws.w, params, ws.list)
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

package lab

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"unsafe"

	"cliplab/lab/ops"
	"cliplab/lab/tensor"
	"cliplab/lab/tower"
	"cliplab/lab/trace"
)

// noticed is up to how many parameters a model looks at all numbers before it encodes, to see
// whether they changed: half a millisecond.
const noticed = 4 << 20

// packed is a model's encoder, and what it was made from.
type packed struct {
	mu        sync.Mutex
	encoder   *tower.Encoder
	precision ops.Precision
	mark      uint64
}

// encoder is the packed model, made anew when parameters or the precision changed. It panics when
// a mapped file is no longer what was opened: to look at what was cut off would end the program.
func (m *Model) encoder() *tower.Encoder {
	p := &m.packed
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.unchanged != nil {
		if err := m.unchanged(); err != nil {
			panic(fmt.Sprintf("lab: model %s: %v", m.Name, err))
		}
	}
	mark := m.mark()
	if p.encoder != nil && p.precision == m.Precision && p.mark == mark {
		return p.encoder
	}
	e, err := tower.NewEncoder(m.Params, m.Config, m.Precision)
	if err != nil {
		panic(fmt.Sprintf("lab: model %s: %v", m.Name, err))
	}
	e.Release = m.release
	p.encoder, p.precision, p.mark = e, m.Precision, mark
	return e
}

// Changed says that numbers in Params were changed: what was packed of them is dropped. Only
// models of more than 4 million parameters need to be told.
func (m *Model) Changed() {
	m.packed.mu.Lock()
	m.packed.encoder = nil
	m.packed.mu.Unlock()
}

// mark changes when a parameter is replaced, and with any number of a small model.
func (m *Model) mark() uint64 {
	total := 0
	for _, t := range m.Params {
		total += t.Len()
	}
	h := uint64(len(m.Params))
	for _, name := range slices.Sorted(maps.Keys(m.Params)) {
		data := m.Params[name].Data
		h = mix(h, uint64(uintptr(unsafe.Pointer(unsafe.SliceData(data)))))
		if total <= noticed {
			h = mix(h, sumOf(data))
		}
	}
	return h
}

// prime is FNV's, which spreads a changed bit over those above it.
const prime = 1099511628211

func mix(h, x uint64) uint64 { return (h ^ x) * prime }

// sumOf hashes numbers by their bits, in four chains that a processor runs side by side.
func sumOf(x []float32) uint64 {
	a, b, c, d := uint64(1), uint64(2), uint64(3), uint64(4)
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a = mix(a, uint64(math.Float32bits(x[i])))
		b = mix(b, uint64(math.Float32bits(x[i+1])))
		c = mix(c, uint64(math.Float32bits(x[i+2])))
		d = mix(d, uint64(math.Float32bits(x[i+3])))
	}
	for ; i < len(x); i++ {
		a = mix(a, uint64(math.Float32bits(x[i])))
	}
	return mix(mix(mix(a, b), c), d)
}

// Trace is the record of one run of a tower; see package lab/trace.
type Trace = trace.Trace

// TraceImage sends pictures through the vision tower and keeps the points whose names match one
// of the patterns, or all points without any: "visual.transformer.resblocks.*.attn.weights". A
// trace of all points of ViT-B/32 takes 9 MB a picture.
//
//	pixels [n, 3, size, size]
//
// It panics when a pattern is malformed.
func (m *Model) TraceImage(pixels *Tensor, patterns ...string) *Trace {
	t := newTrace(patterns)
	m.encoder().TraceImage(tensor.New(pixels.Shape[0], m.Config.EmbedDim), pixels, t)
	return t
}

// TraceText sends captions through the text tower and keeps the points whose names match one of
// the patterns, or all points without any: "transformer.resblocks.*". Tokens behind the end of
// the longest caption are not computed.
//
//	tokens [n, context]
func (m *Model) TraceText(tokens *Tokens, patterns ...string) *Trace {
	t := newTrace(patterns)
	m.encoder().TraceText(tensor.New(len(tokens.IDs), m.Config.EmbedDim), m.rows(tokens), t)
	return t
}

func newTrace(patterns []string) *Trace {
	t, err := trace.New(patterns...)
	if err != nil {
		panic(err.Error())
	}
	return t
}

package lab

import (
	"fmt"
	"sync"

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
// the file is no longer what was opened.
func (m *Model) encoder() *tower.Encoder {
	p := &m.packed
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.unchanged != nil {
		if err := m.unchanged(); err != nil {
			panic(fmt.Sprintf("lab: model %s: %v", m.Name, err))
		}
	}
	mark := m.params.Mark(noticed)
	if p.encoder != nil && p.precision == m.Precision && p.mark == mark {
		return p.encoder
	}
	e, err := tower.NewEncoderOf(m.params, m.Config, m.Precision)
	if err != nil {
		panic(fmt.Sprintf("lab: model %s: %v", m.Name, err))
	}
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
	return checked(t)
}

// TraceText sends captions through the text tower and keeps the points whose names match one of
// the patterns, or all points without any: "transformer.resblocks.*". Tokens behind the end of
// the longest caption are not computed.
//
//	tokens [n, context]
func (m *Model) TraceText(tokens *Tokens, patterns ...string) *Trace {
	t := newTrace(patterns)
	m.encoder().TraceText(tensor.New(len(tokens.IDs), m.Config.EmbedDim), m.rows(tokens), t)
	return checked(t)
}

// checked panics where the patterns fit nothing: an empty trace would be a riddle.
func checked(t *trace.Trace) *trace.Trace {
	if err := t.Missed(); err != nil {
		panic(err.Error())
	}
	return t
}

func newTrace(patterns []string) *Trace {
	t, err := trace.New(patterns...)
	if err != nil {
		panic(err.Error())
	}
	return t
}

package tower

import (
	"math"
	"sync"
	"sync/atomic"

	"cliplab/lab/ops"
)

// layer is a linear map or a convolution over cells, packed when it is first used.
type layer struct {
	weight, bias string // bias "" is none
	from         int    // first row of the weights and the bias that is used
	in, out      int
	turned       bool   // the weights are [in, out]: a projection
	side         int    // of a convolution of side² cells: weights [out, in/side², side, side]
	norm         string // of a batch norm, which is folded into weights and bias
	gain         string // of layer scale, folded in too; "" is none

	packing sync.Mutex
	packed  atomic.Bool
	matrix  *ops.Matrix
	add     []float32
}

// apply is dst = act(x·Wᵀ + b) + residual; dst may be residual.
//
//	dst, residual [rows, out]
//	x             [rows, in]
func (e *Encoder) apply(l *layer, dst, x, residual []float32, rows int, act ops.Activation) {
	if !l.packed.Load() {
		e.pack(l)
	}
	l.matrix.Apply(dst, x, l.add, residual, rows, act)
}

// get is a parameter that stays in memory.
func (e *Encoder) get(name string) []float32 {
	t, err := e.params.Get(name)
	if err != nil {
		panic("tower: " + err.Error())
	}
	if t == nil {
		panic("tower: parameter " + name + " is missing")
	}
	return t.Data
}

// part is n values of a parameter from place from on, in *buf where they are not in memory.
func (e *Encoder) part(buf *[]float32, name string, from, n int) []float32 {
	values, err := e.params.Part(buf, name, from, n)
	if err != nil {
		panic("tower: " + err.Error())
	}
	return values
}

// borrowed is memory for one layer's weights while they are packed.
var borrowed = sync.Pool{New: func() any { return new([]float32) }}

func (e *Encoder) pack(l *layer) {
	l.packing.Lock()
	defer l.packing.Unlock()
	if l.packed.Load() { // by another goroutine meanwhile
		return
	}
	buf := borrowed.Get().(*[]float32)
	defer borrowed.Put(buf)
	w := e.part(buf, l.weight, l.from*l.in, l.out*l.in)
	if l.bias != "" {
		l.add = e.get(l.bias)[l.from : l.from+l.out]
	}
	if l.side > 1 {
		w = channelsLast(w, l.out, l.in, l.side)
	}
	if l.norm != "" {
		w = e.fold(l, w)
	}
	if l.gain != "" {
		w = e.scale(l, w)
	}
	switch {
	case !l.turned:
		l.matrix = ops.Pack(w, l.out, l.in, e.precision)
	case e.precision == ops.I8: // one product for each picture or text: not worth the error
		l.matrix = ops.PackTransposed(w, l.in, l.out, ops.F32)
	default:
		l.matrix = ops.PackTransposed(w, l.in, l.out, e.precision)
	}
	l.packed.Store(true)
}

// channelsLast turns the weights of a convolution to the order in which its input lies, channels
// innermost.
//
//	w      [out, channels, side, side], in is channels·side²
//	result [out, side, side, channels]
func channelsLast(w []float32, out, in, side int) []float32 {
	cells := side * side
	channels, turned := in/cells, make([]float32, len(w))
	for o := range out {
		from, to := w[o*in:(o+1)*in], turned[o*in:(o+1)*in]
		for c := range channels {
			for k := range cells {
				to[k*channels+c] = from[c*cells+k]
			}
		}
	}
	return turned
}

// fold makes one layer of a convolution and the batch norm behind it, which at inference is a
// gain and a shift of each output: (x − mean)/√(var + ε)·γ + β.
func (e *Encoder) fold(l *layer, w []float32) []float32 {
	gamma, beta := e.get(l.norm+".weight"), e.get(l.norm+".bias")
	mean, variance := e.get(l.norm+".running_mean"), e.get(l.norm+".running_var")
	folded := make([]float32, len(w))
	l.add = make([]float32, l.out)
	for o := range l.out {
		gain := float64(gamma[o]) / math.Sqrt(float64(variance[o])+ops.BatchNormEpsilon)
		for i := o * l.in; i < (o+1)*l.in; i++ {
			folded[i] = float32(float64(w[i]) * gain)
		}
		l.add[o] = float32(float64(beta[o]) - float64(float64(mean[o])*gain)) // not fused
	}
	return folded
}

// scale makes one layer of a linear map and the gain of each of its outputs.
func (e *Encoder) scale(l *layer, w []float32) []float32 {
	gamma, add := e.get(l.gain), l.add
	scaled := make([]float32, len(w))
	l.add = make([]float32, l.out)
	for o, gain := range gamma {
		for i := o * l.in; i < (o+1)*l.in; i++ {
			scaled[i] = w[i] * gain
		}
		l.add[o] = add[o] * gain
	}
	return scaled
}

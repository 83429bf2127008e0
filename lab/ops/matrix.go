package ops

import (
	"fmt"
	"math"

	"cliplab/lab/ops/plain"
	"cliplab/lab/ops/simd"
)

// Matrix is a layer's weights, packed once to be applied many times. It serves any number of
// goroutines at once, and every engine.
type Matrix struct {
	out, in   int
	precision Precision
	steps     int       // words along in
	words     []float32 // in panels of outputs, see pack.go
	scale     []float32 // of I8: a step for each output,
	sums      []int32   // and the sum of its whole numbers
}

// Pack copies w into a Matrix; w may go away afterwards.
//
//	w [out, in]
func Pack(w []float32, out, in int, p Precision) *Matrix {
	need("Pack", "w", w, out, in)
	return newMatrix(view{w, 1, in}, out, in, p)
}

// PackTransposed is Pack of the transpose, for projections x·W.
//
//	w [in, out]
func PackTransposed(w []float32, in, out int, p Precision) *Matrix {
	need("PackTransposed", "w", w, in, out)
	return newMatrix(view{w, out, 1}, out, in, p)
}

// newMatrix packs b [in, out].
func newMatrix(b view, out, in int, precision Precision) *Matrix {
	if precision < F32 || precision > I8 {
		panic(fmt.Sprintf("ops: Pack: no precision %d", precision))
	}
	m := &Matrix{out: out, in: in, precision: precision, steps: ceil(in, perWord[precision])}
	m.words = make([]float32, ceil(out, panel)*panel*m.steps)
	if len(m.words) == 0 {
		return m
	}
	fast := engines[len(engines)-1].(*blocked) // all engines read the same words
	if precision == F32 {
		fast.packColumns(m.words, b, out, in)
		return m
	}
	if precision == I8 {
		m.scale, m.sums = make([]float32, ceil(out, panel)*panel), make([]int32, ceil(out, panel)*panel)
	}
	spans(ceil(out, panel), max(1, chunk/(in*panel)), func(lo, hi int) {
		s := borrow()
		for j := lo; j < hi; j++ {
			m.roundPanel(fast.Set, b, j, s)
		}
		scratches.Put(s)
	})
	return m
}

// roundPanel rounds 32 outputs to words that lie along in, and turns them into a panel.
func (m *Matrix) roundPanel(set *simd.Set, b view, j int, s *scratch) {
	at := j * panel
	columns := min(panel, m.out-at)
	if b.cs == 1 { // the outputs of w [in, out] are brought together first
		turned := grow(&s.b, columns*m.in)
		for p := range m.in {
			for c, v := range b.data[p*b.rs+at : p*b.rs+at+columns] {
				turned[c*m.in+p] = v
			}
		}
		b, at = view{turned, 1, m.in}, 0
	}
	stride := ceil(m.in, 16) * 16 / perWord[m.precision]
	rounded := grow(&s.a, columns*stride)
	for c := range columns {
		x, to := &b.data[(at+c)*b.cs], rounded[c*stride:(c+1)*stride]
		if m.precision == BF16 {
			set.ToBF16(&to[0], x, m.in)
			continue
		}
		lo, hi, poison := set.RowRange(x, m.in)
		scale, inverse := plain.WeightScale(max(-lo, hi), poison)
		set.ToU8(&to[0], x, inverse, 128, m.in)
		m.scale[j*panel+c], m.sums[j*panel+c] = scale, signed(to[:m.steps], m.in)
	}
	packAll(set, m.words[j*panel*m.steps:], view{rounded, 1, stride}, columns, m.steps)
}

// signed takes 128 from each of n bytes, leaves 0 beyond them, and gives the sum.
func signed(words []float32, n int) (sum int32) {
	for i, w := range words {
		bits := math.Float32bits(w) ^ 0x80808080
		if over := 4*(i+1) - n; over > 0 {
			bits &= math.MaxUint32 >> (8 * over)
		}
		words[i] = math.Float32frombits(bits)
		sum += int32(int8(bits)) + int32(int8(bits>>8)) + int32(int8(bits>>16)) + int32(int8(bits>>24))
	}
	return sum
}

// unpack is W [out, in] as it was rounded.
func (m *Matrix) unpack() []float32 {
	w := make([]float32, m.out*m.in)
	per := perWord[m.precision]
	for i := range w {
		o, p := i/m.in, i%m.in
		step := p / per
		first := step / blockDepth * blockDepth
		strip := o%panel/half*half*min(blockDepth, m.steps-first) + (step-first)*half
		bits := math.Float32bits(m.words[(o/panel*m.steps+first)*panel+strip+o%half])
		switch m.precision {
		case F32:
			w[i] = math.Float32frombits(bits)
		case BF16:
			w[i] = math.Float32frombits(bits >> (16 * (p % 2)) << 16)
		case I8:
			w[i] = m.scale[o] * float32(int8(bits>>(8*(p%4))))
		}
	}
	return w
}

// Bytes is the memory that the packed weights take.
func (m *Matrix) Bytes() int { return 4 * (len(m.words) + len(m.scale) + len(m.sums)) }

// Apply is dst = act(x·Wᵀ + bias) + residual; bias and residual may be nil. dst may be residual,
// but not x. It takes no memory once its scratch has grown.
//
//	dst, residual [rows, out]
//	x             [rows, in]
//	bias          [out]
func (m *Matrix) Apply(dst, x, bias, residual []float32, rows int, act Activation) {
	need("Apply", "dst", dst, rows, m.out)
	need("Apply", "x", x, rows, m.in)
	may("Apply", "bias", bias, m.out)
	may("Apply", "residual", residual, rows, m.out)
	if act < Identity || act > ReLUActivation {
		panic(fmt.Sprintf("ops: Apply: no activation %d", act))
	}
	if len(dst) > 0 {
		engine.Apply(m, dst, x, bias, residual, rows, act)
	}
}

func (e *blocked) Apply(m *Matrix, dst, x, bias, residual []float32, rows int, act Activation) {
	if m.in == 0 {
		plainEngine{}.Apply(m, dst, x, bias, residual, rows, act)
		return
	}
	p := products.Get().(*product)
	// Kinds of words are in the order of precisions.
	*p = product{Set: e.Set, kind: simd.Kind(m.precision), m: rows, n: m.out, k: m.steps, dst: dst,
		ld: m.out, a: view{x, m.in, 1}, depth: m.in, b: m.words, from: source{bias, 0},
		residual: residual, act: act, scale: m.scale, sums: m.sums}
	p.multiply()
	*p = product{}
	products.Put(p)
}

package ops

import (
	"fmt"

	"cliplab/lab/ops/plain"
)

// Precision is how a packed matrix keeps its weights, and what its inputs are rounded to.
type Precision int

// F32 is exact; BF16 rounds weights and inputs to bfloat16 and sums in float32; I8 keeps weights
// as int8 with a scale for each output and rounds each row of inputs to 8 bits on the way.
const (
	F32 Precision = iota
	BF16
	I8
)

// Activation is what a layer does to each of its outputs.
type Activation int

// Identity leaves them; the others are the ops of their names, ReLU is max(0, x).
const (
	Identity Activation = iota
	QuickGELUActivation
	GELUActivation
	ReLUActivation
)

// Matrix is a layer's weights, packed once to be applied many times. It serves any number of
// goroutines, and every engine.
type Matrix struct {
	out, in   int
	precision Precision
	w         []float32
}

// Pack copies w into a Matrix; w may go away afterwards.
//
//	w [out, in]
func Pack(w []float32, out, in int, p Precision) *Matrix {
	need("Pack", "w", w, out, in)
	if p < F32 || p > I8 {
		panic(fmt.Sprintf("ops: Pack: no precision %d", p))
	}
	return &Matrix{out: out, in: in, precision: p, w: append([]float32(nil), w...)}
}

// PackTransposed is Pack of the transpose, for projections x·W.
//
//	w [in, out]
func PackTransposed(w []float32, in, out int, p Precision) *Matrix {
	need("PackTransposed", "w", w, in, out)
	turned := make([]float32, len(w))
	for i := range in {
		for j := range out {
			turned[j*in+i] = w[i*out+j]
		}
	}
	return Pack(turned, out, in, p)
}

// Bytes is the memory that the packed weights take.
func (m *Matrix) Bytes() int { return 4 * len(m.w) }

// Apply is dst = act(x·Wᵀ + bias) + residual; bias and residual may be nil. dst may be residual,
// but not x.
//
//	dst, residual [rows, out]
//	x             [rows, in]
//	bias          [out]
func (m *Matrix) Apply(dst, x, bias, residual []float32, rows int, act Activation) {
	need("Apply", "dst", dst, rows, m.out)
	need("Apply", "x", x, rows, m.in)
	may("Apply", "bias", bias, m.out)
	may("Apply", "residual", residual, rows, m.out)
	if act == Identity {
		Linear(dst, x, m.w, bias, residual, rows, m.in, m.out)
		return
	}
	sum := dst
	if residual != nil {
		sum = make([]float32, len(dst))
	}
	Linear(sum, x, m.w, bias, nil, rows, m.in, m.out)
	switch act {
	case QuickGELUActivation:
		QuickGELU(sum, sum)
	case GELUActivation:
		GELU(sum, sum)
	case ReLUActivation:
		plain.ReLU(sum, sum)
	default:
		panic(fmt.Sprintf("ops: Apply: no activation %d", act))
	}
	if residual != nil {
		Add(dst, sum, residual)
	}
}

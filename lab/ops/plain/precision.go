package plain

import (
	"fmt"
	"math"
)

// Precision is how a layer's weights are kept, and what its inputs are rounded to.
type Precision int

// F32 is exact; BF16 rounds weights and inputs to bfloat16 and sums in float32; I8 keeps weights
// as int8 with a scale for each output and rounds each row of inputs to 8 bits on the way.
const (
	F32 Precision = iota
	BF16
	I8
)

// String is the name in tables and on the command line: f32, bf16 or i8.
func (p Precision) String() string {
	names := [...]string{"f32", "bf16", "i8"}
	if p < 0 || int(p) >= len(names) {
		return fmt.Sprintf("precision %d", int(p))
	}
	return names[p]
}

// Activation is what a layer does to each of its outputs.
type Activation int

// Identity leaves them; the others are the ops of their names.
const (
	Identity Activation = iota
	QuickGELUActivation
	GELUActivation
	ReLUActivation
)

// Apply is dst = act(x·Wᵀ + bias) + residual, with x and W rounded; bias and residual may be nil.
//
//	dst, residual [rows, out]
//	x             [rows, in]
//	w             [out, in]
//	bias          [out]
func Apply[F Float](dst, x, w, bias, residual []F, rows, in, out int, p Precision,
	act Activation) {
	x, w = append([]F(nil), x...), append([]F(nil), w...)
	switch p {
	case BF16:
		RoundBF16(x, x)
		RoundBF16(w, w)
	case I8:
		for r := range rows {
			RoundRow(x[r*in : (r+1)*in])
		}
		for o := range out {
			RoundWeights(w[o*in : (o+1)*in])
		}
	}
	sum := make([]F, rows*out)
	Linear(sum, x, w, bias, nil, rows, in, out)
	switch act {
	case QuickGELUActivation:
		QuickGELU(sum, sum)
	case GELUActivation:
		GELU(sum, sum)
	case ReLUActivation:
		ReLU(sum, sum)
	}
	for i, v := range sum {
		if residual != nil {
			v += residual[i]
		}
		dst[i] = v
	}
}

// RoundBF16 rounds to the 8 leading binary digits that bfloat16 keeps, to even where two are as
// near.
func RoundBF16[F Float](dst, x []F) {
	for i, v := range x {
		bits := math.Float32bits(float32(v))
		if v == v {
			bits += 0x7fff + bits>>16&1
		}
		dst[i] = F(math.Float32frombits(bits &^ 0xffff))
	}
}

// RoundRow rounds a row of inputs to scale·(q − zero), q in 0..255. The row's least and largest
// number, and 0, set scale and zero. A row with NaN or Inf becomes NaN.
func RoundRow[F Float](x []F) {
	var lo, hi, poison float32
	for _, v := range x {
		lo, hi, poison = min(lo, float32(v)), max(hi, float32(v)), poison+float32(v)*0
	}
	scale, inverse, zero := RowScale(lo, hi, poison)
	for i, v := range x {
		q := math.RoundToEven(float64(float32(v)*inverse)) + float64(zero)
		x[i] = F(scale) * F(min(max(q, 0), 255)-float64(zero))
	}
}

// RowScale is what a row of inputs from lo ≤ 0 to hi ≥ 0 is quantised by: a step, its inverse,
// and the number that stands for 0. In float32 whatever F is, so that all agree on each q.
func RowScale(lo, hi, poison float32) (scale, inverse float32, zero int32) {
	scale = (hi-lo)/255 + poison
	if scale == 0 {
		return 0, 0, 0
	}
	inverse = 1 / scale
	if z := math.RoundToEven(float64(-lo * inverse)); z > 0 {
		zero = int32(min(z, 255))
	}
	return scale, inverse, zero
}

// RoundWeights rounds an output's weights to scale·q, q in −127..127.
func RoundWeights[F Float](w []F) {
	var largest, poison float32
	for _, v := range w {
		largest = max(largest, float32(v), float32(-v))
		poison += float32(v) * 0
	}
	scale, inverse := WeightScale(largest, poison)
	for i, v := range w {
		q := math.RoundToEven(float64(float32(v) * inverse))
		w[i] = F(scale) * F(min(max(q, -127), 127))
	}
}

// WeightScale is the step, and its inverse, of weights up to ±largest.
func WeightScale(largest, poison float32) (scale, inverse float32) {
	scale = largest/127 + poison
	if scale == 0 {
		return 0, 0
	}
	return scale, 1 / scale
}

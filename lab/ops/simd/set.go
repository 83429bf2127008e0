package simd

import "unsafe"

// Set is one instruction set's kernels. Pointers stand for the first of as many elements as the
// loop in the comment touches; nothing is checked. dst may be one of the inputs, elementwise.
type Set struct {
	Name string

	// Tiles are the blocks of a matrix product by the Kind of their words, then by height less
	// one. All are TileColumns wide: 32, 16 or a divisor of 16. Narrow are as many of Float32s,
	// NarrowColumns wide, with which edges waste less: 24, 8 or none.
	Tiles                      [3][]Tile
	Narrow                     []Tile
	TileColumns, NarrowColumns int
	// Transpose: dst[j·ldd+i] = src[i·lds+j], i < m, j < n, both at least 8.
	Transpose func(dst *float32, ldd int, src *float32, lds, m, n int)
	// ScatterRows: dst[j·stride+i] = src[w·j+i] for i < w, j < panels, with w the height of the
	// tallest tile of float32.
	ScatterRows func(dst *float32, stride int, src *float32, panels int)
	// ScatterColumns: dst[j·stride+i/16·half+i%16] = src[32·j+i] for i < 32, j < panels.
	ScatterColumns func(dst *float32, stride, half int, src *float32, panels int)

	Add   func(dst, a, b *float32, n int)             // dst = a + b
	Axpy  func(dst, x *float32, alpha float32, n int) // dst += alpha · x
	Scale func(dst, x *float32, alpha float32, n int) // dst = alpha · x
	Dot   func(a, b *float32, n int) (sum float32)    // Σ a · b

	// SoftmaxRow: dst = exp(alpha·(x − top)) / sum, alpha > 0.
	SoftmaxRow func(dst, x *float32, alpha float32, n int) (top, sum float32)
	// SoftmaxTile: SoftmaxRow in place on the first n + more·i of row i, at x[i·ldx], i < rows, and
	// zeros from there up to wide, a multiple of 16.
	SoftmaxTile func(x *float32, ldx int, alpha float32, rows, n, more, wide int)
	// SoftmaxGradRow: dx = alpha · p · (dy − Σ dy·p).
	SoftmaxGradRow func(dx, dy, p *float32, alpha float32, n int)

	// QuickGELU: dst = x · σ(1.702 x); QuickGELUGrad: dx = dy · its derivative at x.
	QuickGELU     func(dst, x *float32, n int)
	QuickGELUGrad func(dx, dy, x *float32, n int)
	// GELU: dst = x · Φ(x), Φ the normal distribution; GELUGrad: dx = dy · its derivative at x.
	GELU     func(dst, x *float32, n int)
	GELUGrad func(dx, dy, x *float32, n int)

	// LayerNormRow: dst = (x − μ)/σ · gamma + beta; stats = {μ, 1/σ}.
	LayerNormRow func(dst, x, gamma, beta *float32, n int, eps float32, stats *float32)
	// LayerNormGradRow: dx = (g − mean g − x̂·mean(g·x̂))/σ, g = dy·gamma.
	LayerNormGradRow func(dx, dy, x, gamma *float32, n int, stats *float32)
	// LayerNormParamGradRow: dgamma += dy · x̂, dbeta += dy.
	LayerNormParamGradRow func(dgamma, dbeta, dy, x *float32, n int, stats *float32)

	// Finish by activation: identity, QuickGELU, GELU, ReLU. rows and n are at least 1.
	Finish [4]Finish
	// ToBF16: dst[i] = bfloat16(x[i]), to nearest even, two in a word; ToU8: dst[i] =
	// uint8(round(inverse·x[i]) + zero), saturated, four in a word. Both fill up with zeros to a
	// multiple of 16 numbers.
	ToBF16 func(dst, x *float32, n int)
	ToU8   func(dst, x *float32, inverse float32, zero int32, n int)
	// RowRange: lo = min(0, x), hi = max(0, x), poison = Σ 0·x.
	RowRange func(x *float32, n int) (lo, hi, poison float32)
	// Dequantize: c[i·ldc+j] = (c − zero[i]·columnSum[j])·scale[i]·columnScale[j] + bias[j], with
	// int32 in c before.
	Dequantize func(c *float32, ldc int, scale *float32, zero *int32, columnScale *float32,
		columnSum *int32, bias *float32, rows, n int)

	// AdamW: one step; c = {scale of dw, β₁, 1−β₁, β₂, 1−β₂, 1/√(1−β₂ᵗ), ε, lr/(1−β₁ᵗ), 1−lr·decay}.
	AdamW func(w, m, v, dw *float32, n int, c *float32)
}

// Kind is what the words of a product hold, and so how many steps of its depth are in one.
type Kind int

// Float32s are one to a word, Bfloat16s two, Int8s four: unsigned in A, signed in B, with sums
// in int32.
const (
	Float32s Kind = iota
	Bfloat16s
	Int8s
)

// PanelColumns is how many columns of B tiles read at most, in two halves of HalfColumns.
const (
	PanelColumns = 32
	HalfColumns  = 16
)

// Tile computes a block of so many rows, all TileColumns: c[i·ldc+j] = from[i·ldf+j] +
// Σₚ a[i·ai+p·ak] · b[p·bk+j/16·bh+j%16], p = 0..k−1 ascending. from may be c, to add, or a row
// with ldf 0; nil is zero. Sizes and strides are in words. On the way it fetches what comes next,
// from the address next on, ahead bytes each step, two cache lines at most, and out[i·ldo+j], which
// is written after it, unless out is nil.
type Tile func(k int, a *float32, ai, ak int, b *float32, bk, bh int, c *float32, ldc int,
	from *float32, ldf int, next uintptr, ahead int, out *float32, ldo int)

// Finish carries sums to where they belong, and may overwrite them:
// dst[i·ldd+j] = f(x[i·ldx+j]) + residual[i·ldr+j].
type Finish func(dst *float32, ldd int, x *float32, ldx int, residual *float32, ldr, rows, n int)

// Sets are those that this machine can run, the best one last. The first is in Go and runs
// everywhere; on other machines than amd64 and with build tag noasm it is the only one.
func Sets() []*Set { return append([]*Set{&portable}, assembled()...) }

// slice is n elements from p on.
func slice(p *float32, n int) []float32 { return unsafe.Slice(p, n) }

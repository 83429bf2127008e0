package simd

import "unsafe"

// Set is one instruction set's kernels. Pointers stand for the first of as many elements as the
// loop in the comment touches; nothing is checked. dst may be one of the inputs, elementwise.
type Set struct {
	Name string

	// TileRows and TileColumns are the block that Tile computes, always whole.
	TileRows, TileColumns int

	// Tile: c[i·ldc+j] = from[i·ldf+j] + Σₚ a[p·TileRows+i] · b[p·TileColumns+j], p = 0..k−1
	// ascending. from may be c, to add, or a row with ldf 0; nil is zero.
	Tile func(k int, a, b, c *float32, ldc int, from *float32, ldf int)
	// Transpose8: dst[j·ldd+i] = src[i·lds+j], i, j = 0..7.
	Transpose8 func(dst *float32, ldd int, src *float32, lds int)
	// ScatterRows: dst[j·stride+i] = src[w·j+i] for i < w, j < panels, with w = TileRows;
	// ScatterColumns: the same with w = TileColumns.
	ScatterRows, ScatterColumns func(dst *float32, stride int, src *float32, panels int)

	Add   func(dst, a, b *float32, n int)             // dst = a + b
	Axpy  func(dst, x *float32, alpha float32, n int) // dst += alpha · x
	Scale func(dst, x *float32, alpha float32, n int) // dst = alpha · x
	Dot   func(a, b *float32, n int) (sum float32)    // Σ a · b

	// SoftmaxRow: dst = exp(alpha·(x − top)) / sum, alpha > 0.
	SoftmaxRow func(dst, x *float32, alpha float32, n int) (top, sum float32)
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

	// AdamW: one step; c = {scale of dw, β₁, 1−β₁, β₂, 1−β₂, 1/√(1−β₂ᵗ), ε, lr/(1−β₁ᵗ), 1−lr·decay}.
	AdamW func(w, m, v, dw *float32, n int, c *float32)
}

// Sets are those that this machine can run, the best one last. The first is in Go and runs
// everywhere; on other machines than amd64 and with build tag noasm it is the only one.
func Sets() []*Set { return append([]*Set{&portable}, assembled()...) }

// slice is n elements from p on.
func slice(p *float32, n int) []float32 { return unsafe.Slice(p, n) }

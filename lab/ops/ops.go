package ops

// Gemm is the matrix product dst = A·B, or dst += A·B with add.
//
//	dst [m, n]
//	a   [m, k], or [k, m] with transA
//	b   [k, n], or [n, k] with transB
func Gemm(dst, a, b []float32, m, n, k int, transA, transB, add bool) {
	need("Gemm", "dst", dst, m, n)
	need("Gemm", "a", a, m, k)
	need("Gemm", "b", b, k, n)
	engine.Gemm(dst, a, b, m, n, k, transA, transB, add)
}

// Linear is dst = x·Wᵀ + bias + residual; bias and residual may be nil.
//
//	dst, residual [rows, out]
//	x             [rows, in]
//	w             [out, in]
//	bias          [out]
func Linear(dst, x, w, bias, residual []float32, rows, in, out int) {
	need("Linear", "dst", dst, rows, out)
	need("Linear", "x", x, rows, in)
	need("Linear", "w", w, out, in)
	may("Linear", "bias", bias, out)
	may("Linear", "residual", residual, rows, out)
	engine.Linear(dst, x, w, bias, residual, rows, in, out)
}

// LinearGrad is dx = dy·W, dw = dyᵀ·x and dbias = Σ dy over the rows; the gradient of residual
// is dy itself. What is nil is not computed.
//
//	dx [rows, in], dw [out, in], dbias [out]
//	dy [rows, out]
func LinearGrad(dx, dw, dbias, dy, x, w []float32, rows, in, out int) {
	need("LinearGrad", "dy", dy, rows, out)
	if dx != nil {
		Gemm(dx, dy, w, rows, in, out, false, false, false)
	}
	if dw != nil {
		Gemm(dw, dy, x, out, in, rows, true, false, false)
	}
	if dbias != nil {
		ColumnSums(dbias, dy, rows, out)
	}
}

// ColumnSums is dst[j] = Σᵢ x[i, j]: the gradient of what was added to every row.
//
//	dst [columns]
//	x   [rows, columns]
func ColumnSums(dst, x []float32, rows, columns int) {
	need("ColumnSums", "dst", dst, columns)
	need("ColumnSums", "x", x, rows, columns)
	engine.ColumnSums(dst, x, rows, columns)
}

// Add is dst = a + b, elementwise.
func Add(dst, a, b []float32) {
	need("Add", "a", a, len(dst))
	need("Add", "b", b, len(dst))
	engine.Add(dst, a, b)
}

// Scale is dst = α·x, elementwise.
func Scale(dst, x []float32, alpha float32) {
	need("Scale", "x", x, len(dst))
	engine.Scale(dst, x, alpha)
}

// SumSquares is Σ xᵢ², for the length of a gradient.
func SumSquares(x []float32) float64 { return engine.SumSquares(x) }

// LayerNorm is dst = (x − μ)/σ · gamma + beta per row, with σ² = mean (x − μ)² + 1e-5.
// stats keeps μ and 1/σ for the gradient.
//
//	dst, x      [rows, width]
//	stats       [rows, 2]
//	gamma, beta [width]
func LayerNorm(dst, stats, x, gamma, beta []float32, rows, width int) {
	need("LayerNorm", "dst", dst, rows, width)
	need("LayerNorm", "stats", stats, rows, 2)
	need("LayerNorm", "x", x, rows, width)
	need("LayerNorm", "gamma", gamma, width)
	need("LayerNorm", "beta", beta, width)
	if len(dst) > 0 {
		engine.LayerNorm(dst, stats, x, gamma, beta, rows, width)
	}
}

// LayerNormGrad is the gradient of LayerNorm by x, plus skip unless that is nil: what reaches x
// around the norm, by the residual connection.
//
//	dx, dy, x, skip [rows, width]
func LayerNormGrad(dx, dy, x, gamma, stats, skip []float32, rows, width int) {
	need("LayerNormGrad", "dx", dx, rows, width)
	need("LayerNormGrad", "dy", dy, rows, width)
	need("LayerNormGrad", "x", x, rows, width)
	need("LayerNormGrad", "gamma", gamma, width)
	need("LayerNormGrad", "stats", stats, rows, 2)
	may("LayerNormGrad", "skip", skip, rows, width)
	if len(dx) > 0 {
		engine.LayerNormGrad(dx, dy, x, gamma, stats, skip, rows, width)
	}
}

// LayerNormParamGrad is the gradient by gamma, Σ dy·(x − μ)/σ, and by beta, Σ dy, over the rows.
func LayerNormParamGrad(dgamma, dbeta, dy, x, stats []float32, rows, width int) {
	need("LayerNormParamGrad", "dgamma", dgamma, width)
	need("LayerNormParamGrad", "dbeta", dbeta, width)
	need("LayerNormParamGrad", "dy", dy, rows, width)
	need("LayerNormParamGrad", "x", x, rows, width)
	need("LayerNormParamGrad", "stats", stats, rows, 2)
	engine.LayerNormParamGrad(dgamma, dbeta, dy, x, stats, rows, width)
}

// Normalize divides each row by its Euclidean length and keeps the lengths. As in CLIP nothing
// is added to the length: a row of zeros becomes NaN.
//
//	dst, x [rows, width]
//	norms  [rows]
func Normalize(dst, norms, x []float32, rows, width int) {
	need("Normalize", "dst", dst, rows, width)
	need("Normalize", "norms", norms, rows)
	need("Normalize", "x", x, rows, width)
	if len(dst) > 0 {
		engine.Normalize(dst, norms, x, rows, width)
	}
}

// NormalizeGrad is dx = (dy − y·(y·dy)) / |x|, y being what Normalize gave.
func NormalizeGrad(dx, dy, y, norms []float32, rows, width int) {
	need("NormalizeGrad", "dx", dx, rows, width)
	need("NormalizeGrad", "dy", dy, rows, width)
	need("NormalizeGrad", "y", y, rows, width)
	need("NormalizeGrad", "norms", norms, rows)
	if len(dx) > 0 {
		engine.NormalizeGrad(dx, dy, y, norms, rows, width)
	}
}

// QuickGELU is dst = x · σ(1.702 x).
func QuickGELU(dst, x []float32) {
	need("QuickGELU", "x", x, len(dst))
	engine.QuickGELU(dst, x)
}

// QuickGELUGrad is dx = dy · σ · (1 + 1.702 x (1 − σ)), σ = σ(1.702 x).
func QuickGELUGrad(dx, dy, x []float32) {
	need("QuickGELUGrad", "dy", dy, len(dx))
	need("QuickGELUGrad", "x", x, len(dx))
	engine.QuickGELUGrad(dx, dy, x)
}

// GELU is dst = x · Φ(x), Φ the normal distribution.
func GELU(dst, x []float32) {
	need("GELU", "x", x, len(dst))
	engine.GELU(dst, x)
}

// GELUGrad is dx = dy · (Φ(x) + x φ(x)).
func GELUGrad(dx, dy, x []float32) {
	need("GELUGrad", "dy", dy, len(dx))
	need("GELUGrad", "x", x, len(dx))
	engine.GELUGrad(dx, dy, x)
}

package plain

// Gemm is the matrix product dst = A·B, or dst += A·B with add.
//
//	dst [m, n]
//	a   [m, k], or [k, m] with transA
//	b   [k, n], or [n, k] with transB
func Gemm[F Float](dst, a, b []F, m, n, k int, transA, transB, add bool) {
	at := func(x []F, cols, i, j int, transposed bool) F {
		if transposed {
			return x[j*cols+i]
		}
		return x[i*cols+j]
	}
	aCols, bCols := k, n
	if transA {
		aCols = m
	}
	if transB {
		bCols = k
	}
	for i := range m {
		for j := range n {
			var sum F
			for p := range k {
				sum += at(a, aCols, i, p, transA) * at(b, bCols, p, j, transB)
			}
			if add {
				sum += dst[i*n+j]
			}
			dst[i*n+j] = sum
		}
	}
}

// Linear is dst = x·Wᵀ + bias + residual; bias and residual may be nil. Its gradients are
// dx = dy·W, dW = dyᵀ·x (Gemm), dbias = ColumnSums(dy) and dresidual = dy.
//
//	dst, residual [rows, out]
//	x             [rows, in]
//	w             [out, in]
//	bias          [out]
func Linear[F Float](dst, x, w, bias, residual []F, rows, in, out int) {
	Gemm(dst, x, w, rows, out, in, false, true, false)
	for i := range dst {
		if bias != nil {
			dst[i] += bias[i%out]
		}
		if residual != nil {
			dst[i] += residual[i]
		}
	}
}

// ColumnSums is dst[j] = Σᵢ x[i, j]: the gradient of what was added to every row.
//
//	dst [columns]
//	x   [rows, columns]
func ColumnSums[F Float](dst, x []F, rows, columns int) {
	for j := range columns {
		dst[j] = 0
		for i := range rows {
			dst[j] += x[i*columns+j]
		}
	}
}

// Add is dst = a + b, elementwise.
func Add[F Float](dst, a, b []F) {
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

// Scale is dst = α·x.
func Scale[F Float](dst, x []F, alpha F) {
	for i, v := range x {
		dst[i] = alpha * v
	}
}

// SumSquares is Σ xᵢ².
func SumSquares[F Float](x []F) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

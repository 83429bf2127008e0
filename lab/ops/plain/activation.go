package plain

import "math"

// QuickGELU is dst = x · σ(1.702 x), the activation of OpenAI's CLIP.
func QuickGELU[F Float](dst, x []F) {
	for i, v := range x {
		dst[i] = v / (1 + exp(-1.702*v))
	}
}

// QuickGELUGrad is dx = dy · σ · (1 + 1.702 x (1 − σ)), with σ = σ(1.702 x).
func QuickGELUGrad[F Float](dx, dy, x []F) {
	for i, v := range x {
		sigma := 1 / (1 + exp(-1.702*v))
		dx[i] = dy[i] * sigma * (1 + 1.702*v*(1-sigma))
	}
}

// GELU is dst = x · Φ(x), Φ the normal distribution: the activation of open_clip's own models.
//
// Hendrycks and Gimpel 2016, "Gaussian Error Linear Units".
func GELU[F Float](dst, x []F) {
	for i, v := range x {
		dst[i] = v * normal(v)
	}
}

// GELUGrad is dx = dy · (Φ(x) + x φ(x)), φ the normal density.
func GELUGrad[F Float](dx, dy, x []F) {
	for i, v := range x {
		density := exp(-v*v/2) / F(math.Sqrt(2*math.Pi))
		dx[i] = dy[i] * (normal(v) + v*density)
	}
}

// TanhGELU is dst = x · ½(1 + tanh(√(2/π)(x + 0.044715 x³))), an approximation of GELU: the
// activation of SigLIP.
func TanhGELU[F Float](dst, x []F) {
	for i, v := range x {
		z := math.Sqrt(2/math.Pi) * (float64(v) + 0.044715*float64(v)*float64(v)*float64(v))
		dst[i] = F(float64(v) / 2 * (1 + math.Tanh(z)))
	}
}

// ReLU is dst = max(0, x).
func ReLU[F Float](dst, x []F) {
	for i, v := range x {
		dst[i] = max(0, v)
	}
}

func normal[F Float](x F) F { return F(math.Erfc(-float64(x)/math.Sqrt2) / 2) }

// Softmax turns each row into probabilities:
//
//	pᵢ = exp(α(zᵢ − max z)) / Σⱼ exp(α(zⱼ − max z))
//
//	dst, x [rows, columns]
func Softmax[F Float](dst, x []F, alpha F, rows, columns int) {
	for r := range rows {
		softmaxRow(dst[r*columns:(r+1)*columns], x[r*columns:(r+1)*columns], alpha)
	}
}

// softmaxRow gives the largest entry and the sum that it divided by: for ln Σ exp αz.
func softmaxRow[F Float](dst, x []F, alpha F) (top, sum F) {
	top = F(math.Inf(-1))
	for _, z := range x {
		top = max(top, z)
	}
	for i, z := range x {
		dst[i] = exp(alpha * (z - top))
		sum += dst[i]
	}
	for i := range x {
		dst[i] /= sum
	}
	return top, sum
}

// SoftmaxGrad is dx = α p (dy − Σ dy·p) per row.
//
//	dx, dy, p [rows, columns]
func SoftmaxGrad[F Float](dx, dy, p []F, alpha F, rows, columns int) {
	for r := range rows {
		var mean F
		for at := r * columns; at < (r+1)*columns; at++ {
			mean += dy[at] * p[at]
		}
		for at := r * columns; at < (r+1)*columns; at++ {
			dx[at] = alpha * p[at] * (dy[at] - mean)
		}
	}
}

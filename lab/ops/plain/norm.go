package plain

// Epsilon keeps σ from zero in LayerNorm; the value of CLIP and of PyTorch's default.
const Epsilon = 1e-5

// LayerNorm is dst = (x − μ)/σ · gamma + beta per row, with σ² = mean (x − μ)² + Epsilon.
// It keeps μ and 1/σ for the gradient.
//
//	dst, x      [rows, width]
//	stats       [rows, 2]     μ and 1/σ
//	gamma, beta [width]
//
// Ba et al. 2016, "Layer Normalization", equation 4.
func LayerNorm[F Float](dst, stats, x, gamma, beta []F, rows, width int) {
	for r := range rows {
		row, out := x[r*width:(r+1)*width], dst[r*width:(r+1)*width]
		var mean, variance F
		for _, v := range row {
			mean += v
		}
		mean /= F(width)
		for _, v := range row {
			variance += (v - mean) * (v - mean)
		}
		inverse := 1 / sqrt(variance/F(width)+Epsilon)
		stats[2*r], stats[2*r+1] = mean, inverse
		for i, v := range row {
			out[i] = (v-mean)*inverse*gamma[i] + beta[i]
		}
	}
}

// LayerNormGrad is the gradient by x:
//
//	dx = (g − mean g − x̂ · mean(g·x̂)) / σ, with g = dy·gamma and x̂ = (x − μ)/σ
//
// plus skip, unless that is nil: what reaches x around the norm, by the residual connection.
//
//	dx, dy, x, skip [rows, width]
func LayerNormGrad[F Float](dx, dy, x, gamma, stats, skip []F, rows, width int) {
	for r := range rows {
		mean, inverse := stats[2*r], stats[2*r+1]
		var meanG, meanGX F
		for i := range width {
			g := dy[r*width+i] * gamma[i]
			meanG += g / F(width)
			meanGX += g * (x[r*width+i] - mean) * inverse / F(width)
		}
		for i := range width {
			at := r*width + i
			g, xhat := dy[at]*gamma[i], (x[at]-mean)*inverse
			d := (g - meanG - xhat*meanGX) * inverse
			if skip != nil {
				d += skip[at]
			}
			dx[at] = d
		}
	}
}

// LayerNormParamGrad is dgamma = Σ dy·x̂ and dbeta = Σ dy over the rows.
func LayerNormParamGrad[F Float](dgamma, dbeta, dy, x, stats []F, rows, width int) {
	for i := range width {
		dgamma[i], dbeta[i] = 0, 0
		for r := range rows {
			at := r*width + i
			dgamma[i] += dy[at] * (x[at] - stats[2*r]) * stats[2*r+1]
			dbeta[i] += dy[at]
		}
	}
}

// Normalize divides each row by its Euclidean length, and keeps the lengths. As in CLIP nothing
// is added to the length: a row of zeros becomes NaN.
//
//	dst, x [rows, width]
//	norms  [rows]
func Normalize[F Float](dst, norms, x []F, rows, width int) {
	for r := range rows {
		row := x[r*width : (r+1)*width]
		var sum F
		for _, v := range row {
			sum += v * v
		}
		norms[r] = sqrt(sum)
		for i, v := range row {
			dst[r*width+i] = v / norms[r]
		}
	}
}

// NormalizeGrad is dx = (dy − y·(y·dy)) / |x|: what points along the row has no effect.
//
//	dx, dy, y [rows, width]
//	norms     [rows]
func NormalizeGrad[F Float](dx, dy, y, norms []F, rows, width int) {
	for r := range rows {
		var along F
		for i := range width {
			along += y[r*width+i] * dy[r*width+i]
		}
		for i := range width {
			at := r*width + i
			dx[at] = (dy[at] - y[at]*along) / norms[r]
		}
	}
}

package ops

import "math"

// BatchNormEpsilon keeps σ from zero in batch norms: PyTorch's default.
const BatchNormEpsilon = 1e-5

// batchNormMomentum is how much of a batch goes into the running statistics: PyTorch's default.
const batchNormMomentum = 0.1

// BatchNorm is (x − μ)/σ · gamma + beta of each channel over all rows of cells, with
// σ² = variance + BatchNormEpsilon, and what its gradient needs. μ and variance are those of the
// batch (Measure), or running ones (Take), which count as constants.
//
// The sums over rows are in float64, of parts whose sizes depend on the rows alone: they are the
// same for any number of goroutines.
//
// Ioffe and Szegedy 2015, algorithms 1 and 2.
type BatchNorm struct {
	rows, width int
	measured    bool

	mean, inverse  []float32 // μ and 1/σ
	variance       []float64 // of the batch, biased
	sums, products []float64 // Σ and Σ of products with x − μ or x, over all rows
	parts          []float64 // the same of each part
}

// NewBatchNorm makes room for the statistics of rows of width channels.
func NewBatchNorm(rows, width int) *BatchNorm {
	n := &BatchNorm{rows: rows, width: width, mean: make([]float32, width),
		inverse: make([]float32, width), variance: make([]float64, width),
		sums: make([]float64, width), products: make([]float64, width)}
	n.parts = make([]float64, n.count()*2*width)
	return n
}

// normParts is into how many parts rows are cut at most. It must not depend on the machine.
const normParts = 32

// size is the rows of a part.
func (n *BatchNorm) size() int { return max(16, ceil(n.rows, normParts)) }

func (n *BatchNorm) count() int { return ceil(n.rows, n.size()) }

// reduce leaves in sums and products what part adds up for some rows.
func (n *BatchNorm) reduce(part func(sums, products []float64, lo, hi int)) {
	w, size := n.width, n.size()
	tasks(n.count(), func(i int, _ *scratch) {
		p := n.parts[i*2*w : (i+1)*2*w]
		clear(p)
		part(p[:w], p[w:], i*size, min(n.rows, (i+1)*size))
	})
	clear(n.sums)
	clear(n.products)
	for i := range n.count() {
		p := n.parts[i*2*w : (i+1)*2*w]
		for c := range w {
			n.sums[c] += p[c]
			n.products[c] += p[w+c]
		}
	}
}

// Measure takes the statistics of a batch: μ and the biased variance of each channel.
//
//	x [rows, width]
func (n *BatchNorm) Measure(x []float32) {
	need("BatchNorm.Measure", "x", x, n.rows, n.width)
	n.reduce(func(sums, squares []float64, lo, hi int) {
		for r := lo; r < hi; r++ {
			row := x[r*n.width:][:n.width]
			sums, squares := sums[:len(row)], squares[:len(row)]
			for c, v := range row {
				wide := float64(v)
				sums[c] += wide
				squares[c] += wide * wide // exact, fused or not
			}
		}
	})
	for c, sum := range n.sums {
		mean := sum / float64(n.rows)
		n.variance[c] = max(0, n.products[c]/float64(n.rows)-float64(mean*mean))
		n.mean[c] = float32(mean)
		n.inverse[c] = float32(1 / math.Sqrt(n.variance[c]+BatchNormEpsilon))
	}
	n.measured = true
}

// Take takes running statistics.
//
//	mean, variance [width]
func (n *BatchNorm) Take(mean, variance []float32) {
	need("BatchNorm.Take", "mean", mean, n.width)
	need("BatchNorm.Take", "variance", variance, n.width)
	copy(n.mean, mean)
	for c, v := range variance {
		n.inverse[c] = float32(1 / math.Sqrt(float64(v)+BatchNormEpsilon))
	}
	n.measured = false
}

// Move moves running statistics a tenth of the way to those measured last. As in PyTorch the
// variance that goes in is the unbiased one, of rows − 1.
//
//	mean, variance [width]
func (n *BatchNorm) Move(mean, variance []float32) {
	need("BatchNorm.Move", "mean", mean, n.width)
	need("BatchNorm.Move", "variance", variance, n.width)
	unbiased := float64(n.rows) / float64(n.rows-1)
	for c := range mean {
		mean[c] += float32(batchNormMomentum * (float64(n.mean[c]) - float64(mean[c])))
		variance[c] += float32(batchNormMomentum *
			(float64(n.variance[c]*unbiased) - float64(variance[c])))
	}
}

// Apply is the norm; residual, which is added to it, may be nil. With relu what is below zero
// becomes zero in the end.
//
//	dst, x, residual [rows, width]
//	gamma, beta      [width]
func (n *BatchNorm) Apply(dst, x, residual, gamma, beta []float32, relu bool) {
	need("BatchNorm.Apply", "dst", dst, n.rows, n.width)
	need("BatchNorm.Apply", "x", x, n.rows, n.width)
	may("BatchNorm.Apply", "residual", residual, n.rows, n.width)
	need("BatchNorm.Apply", "gamma", gamma, n.width)
	need("BatchNorm.Apply", "beta", beta, n.width)
	least := float32(math.Inf(-1))
	if relu {
		least = 0
	}
	rowSpans(n.rows, n.width, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			at := r * n.width
			row, to := x[at:at+n.width], dst[at:at+n.width]
			if residual == nil {
				n.row(to, row, gamma, beta, least)
			} else {
				n.rowAround(to, row, residual[at:at+n.width], gamma, beta, least)
			}
		}
	})
}

// row rounds after each operation, so that all machines do alike.
func (n *BatchNorm) row(dst, x, gamma, beta []float32, least float32) {
	mean, inverse := n.mean[:len(x)], n.inverse[:len(x)]
	dst, gamma, beta = dst[:len(x)], gamma[:len(x)], beta[:len(x)]
	for c, v := range x {
		unit := float32((v - mean[c]) * inverse[c])
		dst[c] = max(float32(unit*gamma[c])+beta[c], least)
	}
}

func (n *BatchNorm) rowAround(dst, x, residual, gamma, beta []float32, least float32) {
	mean, inverse, residual := n.mean[:len(x)], n.inverse[:len(x)], residual[:len(x)]
	dst, gamma, beta = dst[:len(x)], gamma[:len(x)], beta[:len(x)]
	for c, v := range x {
		unit := float32((v - mean[c]) * inverse[c])
		dst[c] = max(float32(unit*gamma[c])+beta[c]+residual[c], least)
	}
}

// ParamGrad is the gradient by gamma, Σ dy·(x − μ)/σ, and by beta, Σ dy. Where y is given, which
// is what Apply with relu gave, dy counts only where that is above zero. Grad needs the sums, and
// comes after.
//
//	dgamma, dbeta [width]
//	dy, x, y      [rows, width]
func (n *BatchNorm) ParamGrad(dgamma, dbeta, dy, x, y []float32) {
	need("BatchNorm.ParamGrad", "dgamma", dgamma, n.width)
	need("BatchNorm.ParamGrad", "dbeta", dbeta, n.width)
	need("BatchNorm.ParamGrad", "dy", dy, n.rows, n.width)
	need("BatchNorm.ParamGrad", "x", x, n.rows, n.width)
	may("BatchNorm.ParamGrad", "y", y, n.rows, n.width)
	n.reduce(func(sums, products []float64, lo, hi int) {
		for r := lo; r < hi; r++ {
			at := r * n.width
			row, up := x[at:at+n.width], dy[at:at+n.width]
			sums, products, mean := sums[:len(row)], products[:len(row)], n.mean[:len(row)]
			up = up[:len(row)]
			if y == nil {
				for c, v := range row {
					wide := float64(up[c])
					sums[c] += wide
					products[c] += wide * float64(v-mean[c]) // exact, fused or not
				}
				continue
			}
			open := y[at:][:len(row)]
			for c, v := range row {
				if !(open[c] <= 0) {
					wide := float64(up[c])
					sums[c] += wide
					products[c] += wide * float64(v-mean[c])
				}
			}
		}
	})
	for c := range dgamma {
		dgamma[c] = float32(n.products[c] * float64(n.inverse[c]))
		dbeta[c] = float32(n.sums[c])
	}
}

// Grad is the gradient by x. Of measured statistics, which depend on x, it is, after ParamGrad,
//
//	dx = gamma/σ · (dy − dbeta/rows − (x − μ)/σ · dgamma/rows)
//
// and of running ones gamma/σ · dy. y is that of ParamGrad.
//
//	dx, dy, x, y [rows, width]
//	gamma        [width]
func (n *BatchNorm) Grad(dx, dy, x, y, gamma []float32) {
	need("BatchNorm.Grad", "dx", dx, n.rows, n.width)
	need("BatchNorm.Grad", "dy", dy, n.rows, n.width)
	need("BatchNorm.Grad", "x", x, n.rows, n.width)
	may("BatchNorm.Grad", "y", y, n.rows, n.width)
	need("BatchNorm.Grad", "gamma", gamma, n.width)
	s := borrow()
	defer scratches.Put(s)
	mean, tilt, gain := grow(&s.a, n.width), grow(&s.b, n.width), grow(&s.c, n.width)
	clear(mean)
	clear(tilt)
	for c, inverse := range n.inverse {
		gain[c] = float32(gamma[c] * inverse)
		if n.measured {
			wide := float64(inverse)
			mean[c] = float32(n.sums[c] / float64(n.rows))
			tilt[c] = float32(n.products[c] * float64(wide*wide) / float64(n.rows))
		}
	}
	rowSpans(n.rows, n.width, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			at := r * n.width
			row, up, to := x[at:at+n.width], dy[at:][:n.width], dx[at:][:n.width]
			center, mean, tilt, gain := n.mean[:len(row)], mean[:len(row)], tilt[:len(row)],
				gain[:len(row)]
			for c, v := range row {
				g := up[c]
				if y != nil && y[at+c] <= 0 {
					g = 0
				}
				to[c] = (g - mean[c] - float32((v-center[c])*tilt[c])) * gain[c]
			}
		}
	})
}

// ReLUGrad is dx = dy where y, which a ReLU gave, is above zero, and else 0.
func ReLUGrad(dx, dy, y []float32) {
	need("ReLUGrad", "dy", dy, len(dx))
	need("ReLUGrad", "y", y, len(dx))
	spans(len(dx), chunk, func(lo, hi int) {
		up, open, to := dy[lo:hi], y[lo:hi], dx[lo:hi]
		for i, v := range up {
			if open[i] <= 0 {
				v = 0
			}
			to[i] = v
		}
	})
}

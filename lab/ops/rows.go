package ops

import (
	"math"
	"sync"

	"cliplab/lab/cores"
	"cliplab/lab/ops/plain"
)

// chunk is how many numbers an elementwise task takes: 64 KiB each of input and output.
const chunk = 16 << 10

// ColumnSums lets each task take some columns and go down all rows.
func (e *blocked) ColumnSums(dst, x []float32, rows, columns int) {
	e.columnSums(dst, view{x, columns, 1}, rows)
}

func (e *blocked) columnSums(dst []float32, x view, rows int) {
	columnSpans(rows, len(dst), func(lo, hi int) {
		clear(dst[lo:hi])
		for r := range rows {
			e.Set.Add(&dst[lo], &dst[lo], &x.data[r*x.rs+lo], hi-lo)
		}
	})
}

// columnSpans splits columns into one piece for each goroutine, whole cache lines wide. Each
// column is summed down its rows whatever the pieces are.
func columnSpans(rows, columns int, f func(lo, hi int)) {
	if columns == 0 {
		return
	}
	pieces := min(cores.Count(), ceil(rows*columns, chunk))
	spans(columns, ceil(ceil(columns, max(1, pieces)), 16)*16, f)
}

// Add is elementwise.
func (e *blocked) Add(dst, a, b []float32) {
	spans(len(dst), chunk, func(lo, hi int) { e.Set.Add(&dst[lo], &a[lo], &b[lo], hi-lo) })
}

// SumSquares sums blocks of fixed size in float32, and the blocks in order in float64.
func (e *blocked) SumSquares(x []float32) float64 {
	s := borrow()
	parts := grow(&s.d, ceil(len(x), chunk))
	spans(len(x), chunk, func(lo, hi int) { parts[lo/chunk] = e.Dot(&x[lo], &x[lo], hi-lo) })
	var sum float64
	for _, p := range parts {
		sum += float64(p)
	}
	scratches.Put(s)
	return sum
}

// normWork is LayerNorm cut into tasks. It is no closure, since inference takes no memory.
type normWork struct {
	*blocked
	dst, stats, x, gamma, beta []float32
	rows, width, size          int // size is the rows of a task
}

var normWorks = sync.Pool{New: func() any { return new(normWork) }}

func (w *normWork) run(i int, _ *scratch) {
	for r := i * w.size; r < min(w.rows, (i+1)*w.size); r++ {
		w.LayerNormRow(&w.dst[r*w.width], &w.x[r*w.width], &w.gamma[0], &w.beta[0], w.width,
			plain.Epsilon, &w.stats[2*r])
	}
}

func (e *blocked) LayerNorm(dst, stats, x, gamma, beta []float32, rows, width int) {
	w := normWorks.Get().(*normWork)
	*w = normWork{e, dst, stats, x, gamma, beta, rows, width, rowsOfTask(width)}
	share(ceil(rows, w.size), cores.Count(), w)
	*w = normWork{}
	normWorks.Put(w)
}

func (e *blocked) LayerNormGrad(dx, dy, x, gamma, stats, skip []float32, rows, width int) {
	rowSpans(rows, width, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			at := r * width
			e.LayerNormGradRow(&dx[at], &dy[at], &x[at], &gamma[0], width, &stats[2*r])
			if skip != nil {
				e.Set.Add(&dx[at], &dx[at], &skip[at], width)
			}
		}
	})
}

func (e *blocked) LayerNormParamGrad(dgamma, dbeta, dy, x, stats []float32, rows, width int) {
	columnSpans(rows, width, func(lo, hi int) {
		clear(dgamma[lo:hi])
		clear(dbeta[lo:hi])
		for r := range rows {
			at := r*width + lo
			e.LayerNormParamGradRow(&dgamma[lo], &dbeta[lo], &dy[at], &x[at], hi-lo, &stats[2*r])
		}
	})
}

func (e *blocked) Normalize(dst, norms, x []float32, rows, width int) {
	rowSpans(rows, width, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			row := &x[r*width]
			norms[r] = float32(math.Sqrt(float64(e.Dot(row, row, width))))
			for i := r * width; i < (r+1)*width; i++ {
				dst[i] = x[i] / norms[r]
			}
		}
	})
}

func (e *blocked) NormalizeGrad(dx, dy, y, norms []float32, rows, width int) {
	rowSpans(rows, width, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			at := r * width
			along := e.Dot(&y[at], &dy[at], width)
			for i := at; i < at+width; i++ {
				// The conversion keeps arm64 from fusing: all machines round alike.
				dx[i] = (dy[i] - float32(y[i]*along)) / norms[r]
			}
		}
	})
}

func (e *blocked) QuickGELU(dst, x []float32) {
	spans(len(dst), chunk, func(lo, hi int) { e.Set.QuickGELU(&dst[lo], &x[lo], hi-lo) })
}

func (e *blocked) QuickGELUGrad(dx, dy, x []float32) {
	spans(len(dx), chunk, func(lo, hi int) {
		e.Set.QuickGELUGrad(&dx[lo], &dy[lo], &x[lo], hi-lo)
	})
}

func (e *blocked) GELU(dst, x []float32) {
	spans(len(dst), chunk, func(lo, hi int) { e.Set.GELU(&dst[lo], &x[lo], hi-lo) })
}

func (e *blocked) GELUGrad(dx, dy, x []float32) {
	spans(len(dx), chunk, func(lo, hi int) { e.Set.GELUGrad(&dx[lo], &dy[lo], &x[lo], hi-lo) })
}

func (e *blocked) Softmax(dst, x []float32, alpha float32, rows, columns int) {
	rowSpans(rows, columns, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			e.SoftmaxRow(&dst[r*columns], &x[r*columns], alpha, columns)
		}
	})
}

func (e *blocked) SoftmaxGrad(dx, dy, p []float32, alpha float32, rows, columns int) {
	rowSpans(rows, columns, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			at := r * columns
			e.SoftmaxGradRow(&dx[at], &dy[at], &p[at], alpha, columns)
		}
	})
}

func (e *blocked) AdamW(w, m, v, g []float32, a AdamW) {
	var c [9]float32
	for i, x := range a.Constants() {
		c[i] = float32(x)
	}
	spans(len(w), chunk, func(lo, hi int) {
		e.Set.AdamW(&w[lo], &m[lo], &v[lo], &g[lo], hi-lo, &c[0])
	})
}

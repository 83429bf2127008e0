package ops

import "math"

func (e *blocked) Logits(logits, image, text []float32, t float32, n, d int) {
	e.Gemm(logits, image, text, n, n, d, false, true, false)
	e.Scale(logits, logits, float32(math.Exp(float64(t))))
}

func (e *blocked) LogitsGrad(dimage, dtext, dlogits, logits, image, text []float32, t float32,
	n, d int) (dt float32) {
	e.Gemm(dimage, dlogits, text, n, d, n, false, false, false)
	e.Gemm(dtext, dlogits, image, n, d, n, true, false, false)
	scale := float32(math.Exp(float64(t)))
	e.Scale(dimage, dimage, scale)
	e.Scale(dtext, dtext, scale)
	for i := range n {
		dt += e.Dot(&dlogits[i*n], &logits[i*n], n)
	}
	return dt
}

// CrossEntropy takes rows as they lie and columns by way of a transpose.
func (e *blocked) CrossEntropy(dlogits, logits []float32, n int) Losses {
	s := borrow()
	work := grow(&s.d, n*n+2*n)
	columns, losses := work[:n*n], work[n*n:]
	e.diagonal(dlogits, losses[:n], logits, n)
	e.transpose(columns, logits, n)
	e.diagonal(columns, losses[n:], columns, n)
	rowSpans(n, n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for j := range n {
				dlogits[i*n+j] = (dlogits[i*n+j] + columns[j*n+i]) / float32(2*n)
			}
		}
	})
	var sum Losses
	for i := range n {
		sum.PerImage += float64(losses[i]) / float64(n)
		sum.PerText += float64(losses[n+i]) / float64(n)
	}
	scratches.Put(s)
	return sum
}

// diagonal gives −ln softmax(row i)ᵢ and, in dst, its gradient by the row: p − 1 at i.
func (e *blocked) diagonal(dst, losses, logits []float32, n int) {
	rowSpans(n, n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			right := logits[i*n+i]
			top, sum := e.SoftmaxRow(&dst[i*n], &logits[i*n], 1, n)
			losses[i] = float32(math.Log(float64(sum)) + float64(top-right))
			dst[i*n+i]--
		}
	})
}

func (e *blocked) transpose(dst, x []float32, n int) {
	rowSpans(n, n, func(lo, hi int) {
		packTurned(e.Set, dst[lo*n:hi*n], view{x[lo:], 1, n}, n, n, span{0, hi - lo})
	})
}

// Scale is elementwise.
func (e *blocked) Scale(dst, x []float32, alpha float32) {
	spans(len(x), chunk, func(lo, hi int) { e.Set.Scale(&dst[lo], &x[lo], alpha, hi-lo) })
}

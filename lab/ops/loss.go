package ops

import "math"

// ContrastiveLoss takes rows as they lie and columns by way of a transpose.
func (e *blocked) ContrastiveLoss(logits, dlogits, image, text []float32, t float32,
	n, d int) Losses {
	if n == 0 {
		return Losses{PerImage: math.NaN(), PerText: math.NaN()}
	}
	e.Gemm(logits, image, text, n, n, d, false, true, false)
	e.scale(logits, float32(math.Exp(float64(t))))
	s := scratches.Get().(*scratch)
	work := grow(&s.d, n*n+2*n)
	columns, losses := work[:n*n], work[n*n:]
	e.crossEntropy(dlogits, losses[:n], logits, n)
	e.transpose(columns, logits, n)
	e.crossEntropy(columns, losses[n:], columns, n)
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

// crossEntropy gives −ln softmax(row i)ᵢ and, in dst, its gradient by the row: p − 1 at i.
func (e *blocked) crossEntropy(dst, losses, logits []float32, n int) {
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
		e.pack(dst[lo*n:hi*n], view{x[lo:], 1, n}, hi-lo, n, n)
	})
}

func (e *blocked) scale(x []float32, alpha float32) {
	spans(len(x), chunk, func(lo, hi int) { e.Set.Scale(&x[lo], &x[lo], alpha, hi-lo) })
}

func (e *blocked) ContrastiveLossGrad(dimage, dtext, dlogits, logits, image, text []float32,
	t, g float32, n, d int) (dt float32) {
	e.Gemm(dimage, dlogits, text, n, d, n, false, false, false)
	e.Gemm(dtext, dlogits, image, n, d, n, true, false, false)
	scale := g * float32(math.Exp(float64(t)))
	e.scale(dimage, scale)
	e.scale(dtext, scale)
	for i := range n {
		dt += e.Dot(&dlogits[i*n], &logits[i*n], n)
	}
	return g * dt
}

package ops

import (
	"math"

	"cliplab/lab/ops/plain"
)

// SigmoidLoss is SigLIP's loss of logits whose truth is the diagonal: N² questions with the
// answers yes and no, instead of 2N choices among N.
//
//	zᵢⱼ = logitsᵢⱼ + bias, yᵢⱼ = +1 where i = j, else −1
//	loss = −1/N Σᵢⱼ ln σ(yᵢⱼ zᵢⱼ)
//
// dlogits is its gradient by the logits, and dbias that by the bias, their sum.
//
//	logits, dlogits [N, N]
//
// Zhai et al. 2023, algorithm 1.
func SigmoidLoss(dlogits, logits []float32, bias float32, n int) (loss float64, dbias float32) {
	need("SigmoidLoss", "logits", logits, n, n)
	need("SigmoidLoss", "dlogits", dlogits, n, n)
	return sigmoidLoss(engine, dlogits, logits, bias, n)
}

// sigmoidJudge is an engine with a sigmoid loss of its own.
type sigmoidJudge interface {
	SigmoidLoss(dlogits, logits []float32, bias float32, n int) (loss float64, dbias float32)
}

func sigmoidLoss(e Engine, dlogits, logits []float32, bias float32, n int) (float64, float32) {
	if own, ok := e.(sigmoidJudge); ok {
		return own.SigmoidLoss(dlogits, logits, bias, n)
	}
	return sigmoidRows(dlogits, logits, bias, n)
}

// SigmoidLoss is the judge's.
func (plainEngine) SigmoidLoss(dlogits, logits []float32, bias float32, n int) (float64, float32) {
	return plain.SigmoidLoss(dlogits, logits, bias, n)
}

// group is how many logarithms of 1..2 are taken as one of their product, which stays within
// 2^group, far below float64's largest 2^1024.
const group = 512

// sigmoidRows shares rows out. One exponential serves loss and gradient, and the logarithms of
// a row are taken in groups. Rows are summed in order, whoever computed them.
func sigmoidRows(dlogits, logits []float32, bias float32, n int) (loss float64, dbias float32) {
	type sums struct{ loss, grad float64 }
	rows := make([]sums, n)
	rowSpans(n, n, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			var s sums
			product, dst := 1.0, dlogits[i*n:(i+1)*n]
			for j, logit := range logits[i*n : (i+1)*n] {
				y := -1.0
				if i == j {
					y = 1
				}
				x := y * (float64(logit) + float64(bias))
				e := math.Exp(-math.Abs(x)) // σ(−x) is e/(1+e) where x > 0, else 1/(1+e)
				share := 1.0
				if x > 0 {
					share = e
				} else {
					s.loss -= x
				}
				g := -y * share / (1 + e) / float64(n)
				dst[j] = float32(g)
				s.grad += g
				if product *= 1 + e; j%group == group-1 {
					s.loss, product = s.loss+math.Log(product), 1
				}
			}
			s.loss += math.Log(product)
			rows[i] = s
		}
	})
	var total sums
	for _, s := range rows {
		total.loss += s.loss / float64(n)
		total.grad += s.grad
	}
	return total.loss, float32(total.grad)
}

package plain

import "math"

// SigmoidLoss is SigLIP's loss: each pair of a picture and a text is a question of its own, with
// the answer yes on the diagonal and no elsewhere.
//
//	zᵢⱼ = logitsᵢⱼ + bias, yᵢⱼ = +1 where i = j, else −1
//	loss = −1/N Σᵢⱼ ln σ(yᵢⱼ zᵢⱼ)
//
// dlogits is its gradient, −yᵢⱼ σ(−yᵢⱼ zᵢⱼ)/N; that by the bias is the sum of dlogits.
//
//	logits, dlogits [N, N]
//
// Zhai et al. 2023, "Sigmoid Loss for Language Image Pre-Training", algorithm 1.
func SigmoidLoss[F Float](dlogits, logits []F, bias F, n int) (loss float64, dbias F) {
	var sum float64 // of n² numbers, most of them alike: in float32 it would stray
	for i, logit := range logits {
		z := float64(logit) + float64(bias)
		y := -1.0
		if i%(n+1) == 0 { // the diagonal
			y = 1
		}
		// ln σ(x) = min(x, 0) − ln(1 + e^−|x|) does not overflow.
		x := y * z
		loss -= (min(x, 0) - math.Log1p(math.Exp(-math.Abs(x)))) / float64(n)
		dlogits[i] = F(-y / (1 + math.Exp(x)) / float64(n))
		sum += float64(dlogits[i])
	}
	return loss, F(sum)
}

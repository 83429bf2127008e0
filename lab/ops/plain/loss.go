package plain

import "math"

// Losses are the two halves of CLIP's loss, in nats. The loss is their mean.
type Losses struct {
	PerImage float64 // cross-entropy along rows: which text belongs to an image
	PerText  float64 // cross-entropy along columns: which image belongs to a text
}

// Mean is the loss that training minimises.
func (l Losses) Mean() float64 { return (l.PerImage + l.PerText) / 2 }

// ContrastiveLoss compares all images with all texts of a batch; pair i is image i and text i.
//
//	logits = eᵗ · I·Tᵀ
//	PerImage = −1/N Σᵢ ln softmax(row i)ᵢ, PerText = −1/N Σᵢ ln softmax(column i)ᵢ
//
// dlogits is the gradient of the mean: (softmax of rows + softmax of columns − 2·1)/2N.
//
//	logits, dlogits [N, N]  rows are images
//	image, text     [N, D]  unit features
//	t               the learned logarithm of the logit scale
//
// Radford et al. 2021, figure 3.
func ContrastiveLoss[F Float](logits, dlogits, image, text []F, t F, n, d int) Losses {
	Gemm(logits, image, text, n, n, d, false, true, false)
	for i := range logits {
		logits[i] *= exp(t)
	}
	var losses Losses
	clear(dlogits)
	line, probs := make([]F, n), make([]F, n)
	add := func(loss *float64, i int, at func(j int) int) {
		for j := range n {
			line[j] = logits[at(j)]
		}
		top, sum := softmaxRow(probs, line, 1)
		*loss += (math.Log(float64(sum)) + float64(top) - float64(line[i])) / float64(n)
		probs[i]--
		for j := range n {
			dlogits[at(j)] += probs[j] / F(2*n)
		}
	}
	for i := range n {
		add(&losses.PerImage, i, func(j int) int { return i*n + j })
		add(&losses.PerText, i, func(j int) int { return j*n + i })
	}
	return losses
}

// ContrastiveLossGrad carries g, the gradient of the mean loss, to the features and to t:
//
//	dI = g eᵗ · dlogits·T, dT = g eᵗ · dlogitsᵀ·I, dt = g Σ dlogits·logits
//
//	dimage, dtext [N, D]
func ContrastiveLossGrad[F Float](dimage, dtext, dlogits, logits, image, text []F, t, g F,
	n, d int) (dt F) {
	Gemm(dimage, dlogits, text, n, d, n, false, false, false)
	Gemm(dtext, dlogits, image, n, d, n, true, false, false)
	for i := range dimage {
		dimage[i] *= g * exp(t)
		dtext[i] *= g * exp(t)
	}
	for i, d := range dlogits {
		dt += g * d * logits[i]
	}
	return dt
}

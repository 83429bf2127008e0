package plain

import "math"

// Losses are the two halves of CLIP's loss, in nats. The loss is their mean.
type Losses struct {
	PerImage float64 // cross-entropy along rows: which text belongs to an image
	PerText  float64 // cross-entropy along columns: which image belongs to a text
}

// Mean is the loss that training minimises.
func (l Losses) Mean() float64 { return (l.PerImage + l.PerText) / 2 }

// Logits compares all images with all texts: logits = eᵗ · I·Tᵀ.
//
//	logits      [N, N]  rows are images, columns texts
//	image, text [N, D]  unit features
//	t           the learned logarithm of the logit scale
func Logits[F Float](logits, image, text []F, t F, n, d int) {
	Gemm(logits, image, text, n, n, d, false, true, false)
	for i := range logits {
		logits[i] *= exp(t)
	}
}

// LogitsGrad carries the gradient by the logits to features and t:
//
//	dI = eᵗ · dlogits·T, dT = eᵗ · dlogitsᵀ·I, dt = Σ dlogits·logits
//
//	dimage, dtext [N, D]
func LogitsGrad[F Float](dimage, dtext, dlogits, logits, image, text []F, t F, n, d int) (dt F) {
	Gemm(dimage, dlogits, text, n, d, n, false, false, false)
	Gemm(dtext, dlogits, image, n, d, n, true, false, false)
	for i := range dimage {
		dimage[i] *= exp(t)
		dtext[i] *= exp(t)
	}
	for i, g := range dlogits {
		dt += g * logits[i]
	}
	return dt
}

// CrossEntropy judges logits by the truth that text i belongs to image i:
//
//	PerImage = −1/N Σᵢ ln softmax(row i)ᵢ, PerText = −1/N Σᵢ ln softmax(column i)ᵢ
//
// dlogits is the gradient of their mean: (softmax of rows + softmax of columns − 2·1)/2N.
//
//	logits, dlogits [N, N]
//
// Radford et al. 2021, figure 3.
func CrossEntropy[F Float](dlogits, logits []F, n int) Losses {
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

package lab

import (
	"fmt"
	"math"
)

// Loss is the symmetric cross-entropy of a batch, in nats, with its two parts kept apart.
type Loss struct {
	PerImage float64 // −mean ln p(right text | image), softmax along rows
	PerText  float64 // −mean ln p(right image | text), softmax along columns
	Mean     float64 // (PerImage + PerText) / 2, what training minimises
	Chance   float64 // ln N, the loss of a model that knows nothing
}

// String gives the parts beside the level of chance.
func (l Loss) String() string {
	return fmt.Sprintf("per image %.4f, per text %.4f, mean %.4f (chance: ln N = %.4f)",
		l.PerImage, l.PerText, l.Mean, l.Chance)
}

// ContrastiveLoss compares both softmaxes with the truth, which is the diagonal: text i
// belongs to image i.
//
//	PerImage = −1/N Σᵢ ln softmax(rows)ᵢᵢ
//	PerText  = −1/N Σᵢ ln softmax(columns)ᵢᵢ
//	Mean     = (PerImage + PerText) / 2
//
//	logitsPerImage [n, n]
//
// The paper, figure 3.
func ContrastiveLoss(logitsPerImage *Tensor) Loss {
	n, m := matrix("ContrastiveLoss", logitsPerImage)
	if n != m || n == 0 {
		panic(fmt.Sprintf("lab: ContrastiveLoss wants as many texts as images, not %v",
			logitsPerImage.Shape))
	}
	loss := Loss{
		PerImage: diagonalCrossEntropy(logitsPerImage),
		PerText:  diagonalCrossEntropy(Transpose(logitsPerImage)),
		Chance:   math.Log(float64(n)),
	}
	loss.Mean = (loss.PerImage + loss.PerText) / 2
	return loss
}

// CrossEntropy is −ln p of the right class, one number for each row.
//
//	logits [n, m]
//	labels n class numbers in 0..m−1
func CrossEntropy(logits *Tensor, labels []int) []float64 {
	n, m := matrix("CrossEntropy", logits)
	if len(labels) != n {
		panic(fmt.Sprintf("lab: CrossEntropy: %d labels for logits %v", len(labels), logits.Shape))
	}
	losses := make([]float64, n)
	for i, label := range labels {
		if label < 0 || label >= m {
			panic(fmt.Sprintf("lab: CrossEntropy: label %d of row %d is not in 0..%d", label, i, m-1))
		}
		row := logits.Data[i*m : (i+1)*m]
		losses[i] = logSumExp(row) - float64(row[label])
	}
	return losses
}

func diagonalCrossEntropy(logits *Tensor) float64 {
	labels := make([]int, logits.Shape[0])
	for i := range labels {
		labels[i] = i
	}
	return mean(CrossEntropy(logits, labels))
}

// logSumExp is ln Σⱼ exp zⱼ in float64, without overflow.
func logSumExp[F float32 | float64](z []F) float64 {
	largest := math.Inf(-1)
	for _, x := range z {
		largest = max(largest, float64(x))
	}
	var sum float64
	for _, x := range z {
		sum += math.Exp(float64(x) - largest)
	}
	return largest + math.Log(sum)
}

func mean(xs []float64) float64 {
	var sum float64
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

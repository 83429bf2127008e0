package lab

import (
	"fmt"
	"math"

	"cliplab/lab/tensor"
)

const (
	// InitialLogLogitScale is where the learned t starts: ln(1/0.07) = 2.659260,
	// a temperature of 0.07 (the paper, section 2.5).
	InitialLogLogitScale = 2.6592600369327783
	// MaxLogLogitScale is where t is clamped: ln 100, so that logits are never scaled by
	// more than 100 (the paper, section 2.5).
	MaxLogLogitScale = 4.605170185988092
)

// LogitScale is exp(t), the multiplier of the cosines; 1/exp(t) is the temperature.
func LogitScale(logLogitScale float64) float64 { return math.Exp(logLogitScale) }

// Logits multiplies the cosines by the logit scale exp(t).
//
//	similarity [n, m]  cosines in −1..1
//	result     [n, m]  LogitsPerImage; its transpose is LogitsPerText
//
// Pass exp(t), as Model.LogitScale gives it, not t itself: at t = 2.66 the scale is 14.3.
func Logits(similarity *Tensor, logitScale float64) *Tensor {
	n, m := matrix("Logits", similarity)
	if math.IsNaN(logitScale) || math.IsInf(logitScale, 0) {
		panic(fmt.Sprintf("lab: Logits: logit scale is %v; it must be a finite number", logitScale))
	}
	logits := tensor.New(n, m)
	for i, cosine := range similarity.Data {
		logits.Data[i] = float32(logitScale * float64(cosine))
	}
	return logits
}

// AddBias adds SigLIP's learned bias b, near −10 when training begins: most pairs do not match.
//
//	logits, result [n, m]
//
// Zhai et al. 2023, section 3.2.
func AddBias(logits *Tensor, b float64) *Tensor {
	n, m := matrix("AddBias", logits)
	sum := tensor.New(n, m)
	for i, z := range logits.Data {
		sum.Data[i] = float32(float64(z) + b)
	}
	return sum
}

// Sigmoid turns each logit into the probability that its image and text match, whatever else is
// compared: 1/(1 + exp(−z)). The rows sum to anything.
//
//	logits, result [n, m]
func Sigmoid(logits *Tensor) *Tensor {
	n, m := matrix("Sigmoid", logits)
	probs := tensor.New(n, m)
	for i, z := range logits.Data {
		probs.Data[i] = float32(1 / (1 + math.Exp(-float64(z))))
	}
	return probs
}

// Transpose swaps rows and columns: LogitsPerText is the transpose of LogitsPerImage.
//
//	t      [n, m]
//	result [m, n]
func Transpose(t *Tensor) *Tensor {
	n, m := matrix("Transpose", t)
	out := tensor.New(m, n)
	for i := range n {
		for j := range m {
			out.Data[j*n+i] = t.Data[i*m+j]
		}
	}
	return out
}

// SoftmaxRows turns each row into probabilities: for every image, over all texts.
//
//	pᵢⱼ = exp(zᵢⱼ − maxⱼ zᵢⱼ) / Σⱼ exp(zᵢⱼ − maxⱼ zᵢⱼ)
//
//	logits [n, m]
//	result [n, m]  each row sums to 1
func SoftmaxRows(logits *Tensor) *Tensor {
	n, m := matrix("SoftmaxRows", logits)
	probs := tensor.New(n, m)
	for i := range n {
		softmax(probs.Data[i*m:(i+1)*m], logits.Data[i*m:(i+1)*m])
	}
	return probs
}

// SoftmaxColumns turns each column into probabilities: for every text, over all images.
//
//	logits [n, m]
//	result [n, m]  each column sums to 1
func SoftmaxColumns(logits *Tensor) *Tensor {
	return Transpose(SoftmaxRows(Transpose(logits)))
}

// Softmax turns scores into probabilities that sum to 1, in the order of the scores.
func Softmax(scores []float64) []float64 {
	z := make([]float32, len(scores))
	for i, s := range scores {
		z[i] = float32(s)
	}
	p := make([]float32, len(scores))
	softmax(p, z)
	out := make([]float64, len(scores))
	for i, x := range p {
		out[i] = float64(x)
	}
	return out
}

// softmax subtracts the maximum first, so that exp never overflows.
func softmax(dst, z []float32) {
	if len(z) == 0 {
		return
	}
	largest := z[0]
	for _, x := range z {
		largest = max(largest, x)
	}
	var sum float64
	for _, x := range z {
		sum += math.Exp(float64(x - largest))
	}
	for j, x := range z {
		dst[j] = float32(math.Exp(float64(x-largest)) / sum)
	}
}

// RowSums is Σⱼ xᵢⱼ of each row; of a per-image softmax, all ones.
func RowSums(t *Tensor) []float64 {
	n, m := matrix("RowSums", t)
	sums := make([]float64, n)
	for i := range n {
		for _, x := range t.Data[i*m : (i+1)*m] {
			sums[i] += float64(x)
		}
	}
	return sums
}

// ColumnSums is Σᵢ xᵢⱼ of each column; of a per-text softmax, all ones.
func ColumnSums(t *Tensor) []float64 { return RowSums(Transpose(t)) }

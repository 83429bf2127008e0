package exercise

import (
	"fmt"
	"math"
	"slices"

	"cliplab/lab"
	"cliplab/lab/tensor"
)

// batch is what logits are made of.
type batch struct {
	image, text   *lab.Tensor
	logLogitScale float64
}

func logitsBy(f func(image, text *lab.Tensor, t float64) *lab.Tensor) func(batch) answer {
	return func(b batch) answer {
		return reading([]string{"image", "text"}, []*lab.Tensor{b.image, b.text},
			func(c []*lab.Tensor) *lab.Tensor { return f(c[0], c[1], b.logLogitScale) })
	}
}

// cosines times a number made of t.
func cosinesBy(f func(t float64) float64) func(batch) answer {
	return logitsBy(func(image, text *lab.Tensor, t float64) *lab.Tensor {
		return lab.Logits(lab.Similarity(lab.Normalize(image), lab.Normalize(text)), f(t))
	})
}

// Logits is the exercise of lesson one, sections 5 to 7: from features to logits per image.
//
//	image  [n, d]  features of pictures, of any length
//	text   [m, d]  features of captions, of any length
//	t      the learned number; exp(t) is the logit scale
//	result [n, m]  rows are pictures
func Logits(mine func(image, text *lab.Tensor, t float64) *lab.Tensor) *Feedback {
	return logits.check(mine != nil, logitsBy(mine))
}

var logits = question[batch]{
	name: "Logits",
	hint: "Unit features of both, their dot products with pictures as rows, times math.Exp(t).",
	cases: []batch{
		{tensor.From([]float32{3, 4, 0, 2}, 2, 2), tensor.From([]float32{1, 0, 0, 5, 1, 1}, 3, 2), 2},
		{random(11, 3, 6, 0.5), random(12, 4, 6, 0.5), 2.66},
		{random(13, 5, 4, 0), random(14, 2, 4, 1), 4.6},
	},
	show: func(b batch) string {
		return fmt.Sprintf("image = %v\ntext = %v\nt = %v", b.image, b.text, b.logLogitScale)
	},
	want: cosinesBy(lab.LogitScale),
	wrongs: []wrong[batch]{
		{"neither side is normalised: these are dot products of raw features, not cosines",
			logitsBy(func(image, text *lab.Tensor, t float64) *lab.Tensor {
				return lab.Logits(products(image, text), math.Exp(t))
			})},
		{"the captions' features are not normalised",
			logitsBy(func(image, text *lab.Tensor, t float64) *lab.Tensor {
				return lab.Logits(products(lab.Normalize(image), text), math.Exp(t))
			})},
		{"the pictures' features are not normalised",
			logitsBy(func(image, text *lab.Tensor, t float64) *lab.Tensor {
				return lab.Logits(products(image, lab.Normalize(text)), math.Exp(t))
			})},
		{"you multiply by t; the logit scale is exp(t)",
			cosinesBy(func(t float64) float64 { return t })},
		{"you multiply by the temperature 1/exp(t), which makes cosines smaller still; divide by it, " +
			"or multiply by exp(t)", cosinesBy(func(t float64) float64 { return math.Exp(-t) })},
		{"you divide by t; the logit scale is exp(t), and it multiplies",
			cosinesBy(func(t float64) float64 { return 1 / t })},
		{"you multiply by 100, the clamp; the logit scale is learned, and comes as t",
			cosinesBy(func(float64) float64 { return 100 })},
		{"you add to the cosines; the logit scale multiplies them",
			logitsBy(func(image, text *lab.Tensor, t float64) *lab.Tensor {
				return lab.AddBias(lab.Similarity(lab.Normalize(image), lab.Normalize(text)), math.Exp(t))
			})},
		{"you add t to the cosines; exp(t) multiplies them",
			logitsBy(func(image, text *lab.Tensor, t float64) *lab.Tensor {
				return lab.AddBias(lab.Similarity(lab.Normalize(image), lab.Normalize(text)), t)
			})},
		{"these are probabilities: logits go into the softmax, they do not come out of it",
			logitsBy(func(image, text *lab.Tensor, t float64) *lab.Tensor {
				s := lab.Similarity(lab.Normalize(image), lab.Normalize(text))
				return lab.SoftmaxRows(lab.Logits(s, math.Exp(t)))
			})},
		{"these are cosines: the logit scale is missing",
			cosinesBy(func(float64) float64 { return 1 })},
		{"these are dot products of raw features: normalisation and logit scale are missing",
			logitsBy(func(image, text *lab.Tensor, _ float64) *lab.Tensor { return products(image, text) })},
		{"rows are captions here: that is logits per text, the transpose",
			func(b batch) answer {
				per := lab.Similarity(lab.Normalize(b.text), lab.Normalize(b.image))
				return of(lab.Logits(per, math.Exp(b.logLogitScale)))
			}},
	},
}

// products are the dot products of rows [n, m].
func products(a, b *lab.Tensor) *lab.Tensor {
	out := tensor.New(a.Shape[0], b.Shape[0])
	for i := range a.Shape[0] {
		for j := range b.Shape[0] {
			var dot float64
			for k, x := range a.Row(i).Data {
				dot += float64(x) * float64(b.Row(j).Data[k])
			}
			out.Data[i*b.Shape[0]+j] = float32(dot)
		}
	}
	return out
}

// Softmax is the exercise of lesson one, section 8: which caption belongs to this picture?
//
//	logits [n, m]  rows are pictures
//	result [n, m]  probabilities, each row adds up to 1
func Softmax(mine func(logits *lab.Tensor) *lab.Tensor) *Feedback {
	return softmax.check(mine != nil, named("logits", mine))
}

var softmax = question[*lab.Tensor]{
	name: "Softmax",
	hint: "pᵢⱼ = exp(zᵢⱼ − max zᵢ) / Σₖ exp(zᵢₖ − max zᵢ): taking the row's largest logit away " +
		"changes no probability, and exp no longer overflows.",
	cases: []*lab.Tensor{tensor.From([]float32{0, 1, 2, 3, 1, 1}, 2, 3), random(15, 3, 4, 0),
		random(16, 4, 2, 1), tensor.From([]float32{1000, 1001, 998, 5, 0, 1}, 2, 3)},
	show: matrixText("logits"),
	want: giving(lab.SoftmaxRows),
	wrongs: []wrong[*lab.Tensor]{
		{"the logits come back as they went in", giving(identity)},
		{"columns add up to 1 here: that answers which picture belongs to a caption",
			giving(lab.SoftmaxColumns)},
		{"right for small logits, but exp(1000) overflows to +Inf, and Inf/Inf is no number: take the " +
			"row's largest logit away first", giving(func(x *lab.Tensor) *lab.Tensor {
			return share(exponential(x))
		})},
		{"the whole matrix adds up to 1 here; each row must", giving(func(x *lab.Tensor) *lab.Tensor {
			return lab.SoftmaxRows(x.Reshape(1, x.Len())).Reshape(x.Shape...)
		})},
		{"the exponential is missing: logits were divided by their sum", giving(share)},
		{"the numbers are not divided by their sum", giving(exponential)},
		{"these are logarithms of probabilities: take exp of them",
			giving(func(x *lab.Tensor) *lab.Tensor {
				out := lab.SoftmaxRows(x)
				for i := range out.Shape[0] {
					logs := logProbabilities(x.Row(i).Data)
					for j := range logs {
						out.Row(i).Data[j] = float32(logs[j])
					}
				}
				return out
			})},
		{"this is a sigmoid of each logit by itself, SigLIP's way: rows do not add up to 1",
			giving(lab.Sigmoid)},
		{"this is 1 for the largest logit and 0 for the others; a softmax is softer",
			giving(func(x *lab.Tensor) *lab.Tensor {
				out := tensor.New(x.Shape...)
				for i := range x.Shape[0] {
					row := x.Row(i).Data
					out.Row(i).Data[slices.Index(row, slices.Max(row))] = 1
				}
				return out
			})},
		{"softmax was applied twice: probabilities went in for logits",
			giving(func(x *lab.Tensor) *lab.Tensor { return lab.SoftmaxRows(lab.SoftmaxRows(x)) })},
	},
}

func exponential(x *lab.Tensor) *lab.Tensor {
	out := x.Clone()
	for i, v := range out.Data {
		out.Data[i] = float32(math.Exp(float64(v)))
	}
	return out
}

func share(x *lab.Tensor) *lab.Tensor { return scaled(x, sum) }

// logProbabilities of a row: zⱼ − max z − ln Σₖ exp(zₖ − max z).
func logProbabilities(z []float32) []float64 {
	top, total := largest(z), 0.0
	for _, v := range z {
		total += math.Exp(float64(v) - top)
	}
	out := make([]float64, len(z))
	for j, v := range z {
		out[j] = float64(v) - top - math.Log(total)
	}
	return out
}

// Loss is the exercise of lesson one, section 9: the mean of both cross-entropies, in nats.
//
//	logits [n, n]  pair i on the diagonal
func Loss(mine func(logits *lab.Tensor) float64) *Feedback {
	return loss.check(mine != nil, func(x *lab.Tensor) answer { return number(mine(x.Clone())) })
}

// lossBy is a number made of the two halves and their batch.
func lossBy(f func(perImage, perText float64, n int) float64) func(*lab.Tensor) answer {
	return func(x *lab.Tensor) answer {
		l := lab.ContrastiveLoss(x)
		return number(f(l.PerImage, l.PerText, x.Shape[0]))
	}
}

var loss = question[*lab.Tensor]{
	name: "Loss",
	hint: "−ln pᵢᵢ, averaged over the batch; once with the softmax along rows, once along columns; " +
		"the mean of both.",
	cases: []*lab.Tensor{tensor.From([]float32{2, 0, 1, 3}, 2, 2), random(17, 4, 4, 0),
		random(18, 3, 3, 2), random(19, 8, 8, 0)},
	show: matrixText("logits"),
	want: lossBy(func(image, text float64, _ int) float64 { return (image + text) / 2 }),
	wrongs: []wrong[*lab.Tensor]{
		{"nothing is computed yet", func(*lab.Tensor) answer { return number(0) }},
		{"this is the half per picture alone: the softmax along columns is missing",
			lossBy(func(image, _ float64, _ int) float64 { return image })},
		{"this is the half per caption alone: the softmax along rows is missing",
			lossBy(func(_, text float64, _ int) float64 { return text })},
		{"both halves are added; the loss is their mean, so it is twice too large",
			lossBy(func(image, text float64, _ int) float64 { return image + text })},
		{"this is the sum over the batch; the loss is its mean, so that it does not grow with n",
			lossBy(func(image, text float64, n int) float64 { return (image + text) / 2 * float64(n) })},
		{"the minus is missing: ln of a probability is negative, a surprise is positive",
			lossBy(func(image, text float64, _ int) float64 { return -(image + text) / 2 })},
		{"this is in bits, by the logarithm to base 2; CLIP counts in nats, by math.Log",
			lossBy(func(image, text float64, _ int) float64 { return (image + text) / 2 / math.Ln2 })},
		{"this is by the logarithm to base 10; CLIP counts in nats, by math.Log",
			lossBy(func(image, text float64, _ int) float64 { return (image + text) / 2 / math.Ln10 })},
		{"this is divided by n twice: the mean was taken of a mean",
			lossBy(func(image, text float64, n int) float64 { return (image + text) / 2 / float64(n) })},
		{"these are logits of the right pairs: the softmax is missing",
			func(x *lab.Tensor) answer { return number(-raw(x)) }},
		{"this is −ln of the mean probability; the loss is the mean of −ln p",
			func(x *lab.Tensor) answer {
				return number(-math.Log(diagonal(x, func(p float64) float64 { return p })))
			}},
		{"these are probabilities of the right pairs: the logarithm is missing",
			func(x *lab.Tensor) answer { return number(diagonal(x, func(p float64) float64 { return p })) }},
		{"you average 1 − p; cross-entropy is −ln p, which punishes certain mistakes far more",
			func(x *lab.Tensor) answer {
				return number(diagonal(x, func(p float64) float64 { return 1 - p }))
			}},
	},
}

// raw is the mean of the diagonal.
func raw(x *lab.Tensor) (mean float64) {
	n := x.Shape[0]
	for i := range n {
		mean += x.At(i, i) / float64(n)
	}
	return mean
}

// diagonal is the mean of f over the probabilities of the right pairs, both ways.
func diagonal(logits *lab.Tensor, f func(p float64) float64) float64 {
	rows, columns, total := lab.SoftmaxRows(logits), lab.SoftmaxColumns(logits), 0.0
	n := logits.Shape[0]
	for i := range n {
		total += f(rows.At(i, i)) + f(columns.At(i, i))
	}
	return total / float64(2*n)
}

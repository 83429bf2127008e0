package exercise

import (
	"fmt"
	"math"
	"math/rand/v2"

	"cliplab/lab"
	"cliplab/lab/tensor"
)

// random is a matrix of normally distributed numbers around a mean, the same for each seed.
func random(seed uint64, rows, columns int, mean float64) *lab.Tensor {
	rng := rand.New(rand.NewPCG(seed, 0xe8e))
	t := tensor.New(rows, columns)
	for i := range t.Data {
		t.Data[i] = float32(mean + rng.NormFloat64())
	}
	return t
}

// scaled is f of each row's numbers, by which the row is divided.
func scaled(x *lab.Tensor, f func(row []float32) float64) *lab.Tensor {
	out := x.Clone()
	for i := range out.Shape[0] {
		row := out.Row(i).Data
		by := float32(f(x.Row(i).Data))
		for j := range row {
			row[j] /= by
		}
	}
	return out
}

func sum(xs []float32) (s float64) {
	for _, x := range xs {
		s += float64(x)
	}
	return s
}

func squares(xs []float32) (s float64) {
	for _, x := range xs {
		s += float64(x) * float64(x)
	}
	return s
}

func largest(xs []float32) float64 {
	top := math.Inf(-1)
	for _, x := range xs {
		top = max(top, float64(x))
	}
	return top
}

func absolute(xs []float32) (s float64) {
	for _, x := range xs {
		s += math.Abs(float64(x))
	}
	return s
}

// centred takes each row's mean away.
func centred(x *lab.Tensor) *lab.Tensor {
	out := x.Clone()
	for i := range out.Shape[0] {
		row := out.Row(i).Data
		m := float32(sum(row) / float64(len(row)))
		for j := range row {
			row[j] -= m
		}
	}
	return out
}

type tensorMap = func(*lab.Tensor) *lab.Tensor

func giving(f tensorMap) func(*lab.Tensor) answer { return named("the argument", f) }

func named(name string, f tensorMap) func(*lab.Tensor) answer {
	return func(x *lab.Tensor) answer {
		return reading([]string{name}, []*lab.Tensor{x}, func(c []*lab.Tensor) *lab.Tensor {
			return f(c[0])
		})
	}
}

func identity(x *lab.Tensor) *lab.Tensor { return x }

func matrixText(name string) func(*lab.Tensor) string {
	return func(x *lab.Tensor) string { return name + " = " + x.String() }
}

// Normalize is the exercise of lesson one, section 5: rows of length 1.
//
//	features [n, d]
//	result   [n, d]  each row divided by its length
func Normalize(mine func(features *lab.Tensor) *lab.Tensor) *Feedback {
	return normalizing.check(mine != nil, named("features", mine))
}

var normalizing = question[*lab.Tensor]{
	name: "Normalize",
	hint: "v̂ = v / √(Σⱼ vⱼ²): one length for each row. features.Row(i).Data is row i as a slice, " +
		"and features.Clone() a matrix to write into.",
	cases: []*lab.Tensor{tensor.From([]float32{3, 4, 0, 0, 6, 8}, 2, 3), random(1, 3, 5, 0.5),
		random(2, 1, 8, 0), random(3, 4, 2, -1)},
	show: matrixText("features"),
	want: giving(lab.Normalize),
	wrongs: []wrong[*lab.Tensor]{
		{"the features come back as they went in", giving(identity)},
		{"you divide by the sum of a row; its length is the root of the sum of squares",
			giving(func(x *lab.Tensor) *lab.Tensor { return scaled(x, sum) })},
		{"you divide by the sum of the absolute values, the L1 norm; CLIP uses L2, the root of the " +
			"sum of squares", giving(func(x *lab.Tensor) *lab.Tensor { return scaled(x, absolute) })},
		{"you divide by the squared length: the root is missing",
			giving(func(x *lab.Tensor) *lab.Tensor { return scaled(x, squares) })},
		{"you divide by d, the number of columns", giving(func(x *lab.Tensor) *lab.Tensor {
			return scaled(x, func(row []float32) float64 { return float64(len(row)) })
		})},
		{"this is a softmax: it makes probabilities that add up to 1, not a vector of length 1",
			giving(lab.SoftmaxRows)},
		{"the mean was taken away first, as in a layer norm; CLIP only divides",
			giving(func(x *lab.Tensor) *lab.Tensor { return lab.Normalize(centred(x)) })},
		{"you divide by the largest number of a row", giving(func(x *lab.Tensor) *lab.Tensor {
			return scaled(x, largest)
		})},
		{"you divide by the length of the whole matrix; each row has a length of its own",
			giving(func(x *lab.Tensor) *lab.Tensor {
				return scaled(x, func([]float32) float64 { return math.Sqrt(squares(x.Data)) })
			})},
		{"you normalise columns; a feature is a row", giving(func(x *lab.Tensor) *lab.Tensor {
			return lab.Transpose(lab.Normalize(lab.Transpose(x)))
		})},
		{"you multiply by the length instead of dividing", giving(func(x *lab.Tensor) *lab.Tensor {
			return scaled(x, func(row []float32) float64 { return 1 / math.Sqrt(squares(row)) })
		})},
		{"you divide by the root mean square: Σ vⱼ² is not divided by d",
			giving(func(x *lab.Tensor) *lab.Tensor {
				return scaled(x, func(row []float32) float64 {
					return math.Sqrt(squares(row) / float64(len(row)))
				})
			})},
	},
}

// change is two features before and after something was added to a picture.
type change struct{ with, without *lab.Tensor }

func changing(f func(with, without *lab.Tensor) *lab.Tensor) func(change) answer {
	return func(c change) answer {
		return reading([]string{"with", "without"}, []*lab.Tensor{c.with, c.without},
			func(c []*lab.Tensor) *lab.Tensor { return f(c[0], c[1]) })
	}
}

func minus(a, b *lab.Tensor) *lab.Tensor {
	out := a.Clone()
	for i, x := range b.Data {
		out.Data[i] -= x
	}
	return out
}

// Difference is the exercise of lesson one, section 12: the direction that the hat has added.
//
//	with, without [1, d]  features of two pictures, of any length
//	result        [1, d]  of length 1
func Difference(mine func(with, without *lab.Tensor) *lab.Tensor) *Feedback {
	return differing.check(mine != nil, changing(mine))
}

var differing = question[change]{
	name: "Difference",
	hint: "Normalise both features, take without from with, normalise what is left.",
	cases: []change{{tensor.From([]float32{3, 4}, 1, 2), tensor.From([]float32{2, 0}, 1, 2)},
		{random(4, 1, 6, 1), random(5, 1, 6, 1)}, {random(6, 1, 3, 0), random(7, 1, 3, 2)}},
	show: func(c change) string {
		return fmt.Sprintf("with = %v\nwithout = %v", c.with, c.without)
	},
	want: changing(func(with, without *lab.Tensor) *lab.Tensor {
		return lab.Delta(lab.Normalize(with), lab.Normalize(without))
	}),
	wrongs: []wrong[change]{
		{"you give back the picture with the hat, not what the hat has changed",
			changing(func(with, _ *lab.Tensor) *lab.Tensor { return with })},
		{"the order is turned round: it is with minus without",
			changing(func(with, without *lab.Tensor) *lab.Tensor {
				return lab.Delta(lab.Normalize(without), lab.Normalize(with))
			})},
		{"the features are not normalised before they are subtracted: the longer one outweighs",
			changing(lab.Delta)},
		{"the difference is not normalised: its length is not 1",
			changing(func(with, without *lab.Tensor) *lab.Tensor {
				return minus(lab.Normalize(with), lab.Normalize(without))
			})},
		{"nothing is normalised, neither the features nor their difference", changing(minus)},
		{"you add the features; what the hat has added is a difference",
			changing(func(with, without *lab.Tensor) *lab.Tensor {
				return lab.MeanRow(lab.Stack(lab.Normalize(with), lab.Normalize(without)))
			})},
	},
}

// Ensemble is the exercise of lesson one, section 11: one direction for a class from the features
// of several prompts.
//
//	prompts [n, d]  features of n sentences about the class, of any length
//	result  [1, d]  of length 1
func Ensemble(mine func(prompts *lab.Tensor) *lab.Tensor) *Feedback {
	return ensembling.check(mine != nil, named("prompts", mine))
}

var ensembling = question[*lab.Tensor]{
	name: "Ensemble",
	hint: "The paper, section 3.1.4: the mean of unit features, and that is normalised again.",
	cases: []*lab.Tensor{tensor.From([]float32{3, 4, 2, 0}, 2, 2), random(8, 4, 5, 1),
		random(9, 7, 3, 0.5)},
	show: matrixText("prompts"),
	want: giving(func(x *lab.Tensor) *lab.Tensor { return lab.MeanRow(lab.Normalize(x)) }),
	wrongs: []wrong[*lab.Tensor]{
		{"all prompts come back; a class needs one direction", giving(identity)},
		{"you take one prompt only", giving(func(x *lab.Tensor) *lab.Tensor {
			return lab.Normalize(x.Slice(0, 1))
		})},
		{"the prompts are not normalised before they are averaged: a long one counts more",
			giving(lab.MeanRow)},
		{"the mean is not normalised: the mean of unit vectors is shorter than 1",
			giving(func(x *lab.Tensor) *lab.Tensor { return mean(lab.Normalize(x)) })},
		{"nothing is normalised, neither prompts nor mean", giving(mean)},
		{"you add up and do not normalise: the result is longer than 1",
			giving(func(x *lab.Tensor) *lab.Tensor {
				return scaled(mean(lab.Normalize(x)), func([]float32) float64 {
					return 1 / float64(x.Shape[0])
				})
			})},
	},
}

// mean of rows [1, d].
func mean(x *lab.Tensor) *lab.Tensor {
	out := tensor.New(1, x.Shape[1])
	for i := range x.Shape[0] {
		for j, v := range x.Row(i).Data {
			out.Data[j] += v / float32(x.Shape[0])
		}
	}
	return out
}

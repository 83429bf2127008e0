package exercise

import (
	"fmt"
	"math"
	"slices"

	"cliplab/lab/train"
)

// moment is a step of a run.
type moment struct {
	step, steps, warmup int
	base                float64
}

type rate = func(step, steps, warmup int, base float64) float64

func rateBy(f rate) func(moment) answer {
	return func(m moment) answer { return number(f(m.step, m.steps, m.warmup, m.base)) }
}

// LearningRate is the exercise of lesson three: linear warm-up, then half a cosine down to 0.
//
//	step    0 … steps−1
//	warmup  steps of growth; the last of them has the whole rate
//	base    the largest rate
func LearningRate(mine func(step, steps, warmup int, base float64) float64) *Feedback {
	return learningRate.check(mine != nil, rateBy(mine))
}

var learningRate = question[moment]{
	name: "LearningRate",
	hint: "While step < warmup: base·(step+1)/warmup. Then base·½(1 + cos(π·p)), where p runs from " +
		"0 at the end of the warm-up to 1 at the end of the run. In Go, divide float64s: 3/10 is 0.",
	cases: []moment{{0, 100, 10, 1}, {4, 100, 10, 1}, {9, 100, 10, 1}, {10, 100, 10, 1},
		{40, 100, 10, 1}, {55, 100, 10, 0.5}, {99, 100, 10, 1}, {3, 8, 2, 0.25}},
	show: func(m moment) string {
		return fmt.Sprintf("step = %d, steps = %d, warmup = %d, base = %g", m.step, m.steps, m.warmup,
			m.base)
	},
	want: rateBy(train.LearningRate),
	wrongs: []wrong[moment]{
		{"nothing is computed yet", rateBy(func(int, int, int, float64) float64 { return 0 })},
		{"the rate never changes", rateBy(func(_, _, _ int, base float64) float64 { return base })},
		{"the warm-up is missing: the cosine starts at once",
			rateBy(func(s, n, _ int, b float64) float64 { return cosine(s, n, b) })},
		{"the warm-up is right, and then the rate stays: the cosine is missing",
			rateBy(func(s, _, w int, b float64) float64 { return min(1, float64(s+1)/float64(w)) * b })},
		{"the first step has rate 0 and learns nothing: grow by (step+1)/warmup",
			rateBy(func(s, n, w int, b float64) float64 {
				if s < w {
					return b * float64(s) / float64(w)
				}
				return train.LearningRate(s, n, w, b)
			})},
		{"the cosine counts from the start of the run: it jumps down where the warm-up ends",
			rateBy(func(s, n, w int, b float64) float64 {
				if s < w {
					return train.LearningRate(s, n, w, b)
				}
				return cosine(s, n, b)
			})},
		{"the cosine falls below 0, where gradients would be climbed: it is ½(1 + cos)",
			rateBy(func(s, n, w int, b float64) float64 {
				if s < w {
					return train.LearningRate(s, n, w, b)
				}
				return 2*train.LearningRate(s, n, w, b) - b
			})},
		{"the ½ is missing: the rate is twice base where the cosine begins",
			rateBy(func(s, n, w int, b float64) float64 {
				if s < w {
					return train.LearningRate(s, n, w, b)
				}
				return 2 * train.LearningRate(s, n, w, b)
			})},
		{"whole numbers were divided: (step+1)/warmup is 0 until the last step of the warm-up",
			rateBy(func(s, n, w int, b float64) float64 {
				if s < w {
					return b * float64((s+1)/w)
				}
				return train.LearningRate(s, n, w, b)
			})},
		{"it falls along a line; CLIP's falls along a cosine",
			rateBy(func(s, n, w int, b float64) float64 {
				if s < w {
					return train.LearningRate(s, n, w, b)
				}
				return b * float64(n-s) / float64(n-w)
			})},
	},
}

func cosine(step, steps int, base float64) float64 {
	return base / 2 * (1 + math.Cos(math.Pi*float64(step)/float64(steps)))
}

// Floor is the exercise of lesson three: the lowest loss that captions which come more than once
// allow. A pair whose caption stands m times in the batch is a draw among m.
//
//	captions of a batch
//	result   nats, the mean of ln m over the pairs
func Floor(mine func(captions []string) float64) *Feedback {
	return floor.check(mine != nil, func(c []string) answer { return number(mine(slices.Clone(c))) })
}

// floorBy is a number made of how often each pair's caption stands in its batch.
func floorBy(f func(counts []float64) float64) func([]string) answer {
	return func(captions []string) answer {
		count := map[string]float64{}
		for _, c := range captions {
			count[c]++
		}
		counts := make([]float64, len(captions))
		for i, c := range captions {
			counts[i] = count[c]
		}
		return number(f(counts))
	}
}

// average of f over the counts.
func average(f func(m float64) float64) func([]float64) float64 {
	return func(counts []float64) float64 {
		total := 0.0
		for _, m := range counts {
			total += f(m)
		}
		return total / float64(len(counts))
	}
}

// once is the sum of f over captions, each counted once.
func once(counts []float64, f func(m float64) float64) (total float64) {
	for _, m := range counts {
		total += f(m) / m
	}
	return total
}

var floor = question[[]string]{
	name: "Floor",
	hint: "Count each caption, with a map from string to int. Then go over the pairs, not over " +
		"the map: each pays ln of its caption's count.",
	cases: [][]string{{"cat", "cat", "dog", "cup"}, {"a", "b", "c"}, {"x", "x", "x", "x", "y", "y"},
		{"p", "p", "p", "q", "r", "r", "s", "t"}},
	show: func(c []string) string { return fmt.Sprintf("captions = %q", c) },
	want: func(captions []string) answer {
		least, _, _ := train.Floor(captions)
		return number(least)
	},
	wrongs: []wrong[[]string]{
		{"nothing is computed yet, or only captions that differ were thought of",
			floorBy(func([]float64) float64 { return 0 })},
		{"this is the loss of guessing, ln n: a model can do better than that",
			floorBy(func(counts []float64) float64 { return math.Log(float64(len(counts))) })},
		{"each caption is counted once and divided by the number of pairs; a caption that stands m " +
			"times is paid for by m pairs", floorBy(func(counts []float64) float64 {
			return once(counts, math.Log) / float64(len(counts))
		})},
		{"this is the mean over captions; the loss is a mean over pairs",
			floorBy(func(counts []float64) float64 {
				return once(counts, math.Log) / once(counts, func(float64) float64 { return 1 })
			})},
		{"this is the sum over the batch; the loss is its mean", floorBy(func(counts []float64) float64 {
			return average(math.Log)(counts) * float64(len(counts))
		})},
		{"this is ln of the mean count; it is the mean of the logarithms",
			floorBy(func(counts []float64) float64 {
				return math.Log(average(func(m float64) float64 { return m })(counts))
			})},
		{"this is the mean count: the logarithm is missing",
			floorBy(average(func(m float64) float64 { return m }))},
		{"this is the mean of m − 1, the number of twins; the price of a draw among m is ln m",
			floorBy(average(func(m float64) float64 { return m - 1 }))},
		{"this is ln of pairs by captions that differ, as if all came equally often",
			floorBy(func(counts []float64) float64 {
				return math.Log(float64(len(counts)) / once(counts, func(float64) float64 { return 1 }))
			})},
		{"this is in bits; CLIP counts in nats, by math.Log", floorBy(average(math.Log2))},
		{"this is the share of pairs that have a twin; three of a kind cost more than two",
			floorBy(average(func(m float64) float64 {
				if m > 1 {
					return 1
				}
				return 0
			}))},
	},
}

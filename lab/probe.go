package lab

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"

	"cliplab/lab/tensor"
)

// Probe asks what the difference of two pictures means: a person with a hat minus the same
// person without. Its direction is compared with words.
type Probe struct {
	Words   []string
	Delta   *Tensor   // [1, embed]  unit length: with − without
	Cosines []float64 // cosine of Delta with each word
	With    []float64 // baseline: cosine of the picture with, with each word
	Without []float64 // baseline: cosine of the picture without, with each word
}

// Probe encodes both pictures, normalises both, subtracts (with minus without, in this
// order), normalises the difference, and takes its cosine with every word.
//
// The two pictures alone are kept as baselines: a hat word that scores high on the picture
// with the hat says only that there is a hat in it.
func (m *Model) Probe(with, without image.Image, words ...string) (*Probe, error) {
	text, err := m.WordFeatures(words...)
	if err != nil {
		return nil, err
	}
	unit := Normalize(m.EncodeImage(m.Preprocess(with, without)))
	return NewProbe(unit.Slice(0, 1), unit.Slice(1, 2), words, text), nil
}

// NewProbe is Model.Probe for pictures and words that are encoded already.
//
//	with, without [1, embed]  unit features
//	text          [words, embed]  unit features
func NewProbe(with, without *Tensor, words []string, text *Tensor) *Probe {
	delta := Delta(with, without)
	return &Probe{
		Words:   words,
		Delta:   delta,
		Cosines: float64s(Similarity(delta, text), 0),
		With:    float64s(Similarity(with, text), 0),
		Without: float64s(Similarity(without, text), 0),
	}
}

// WordFeatures encodes the words as captions and normalises them.
//
//	result [words, embed]  unit features
func (m *Model) WordFeatures(words ...string) (*Tensor, error) {
	if len(words) == 0 {
		return nil, fmt.Errorf("lab: a probe needs at least one word to compare with")
	}
	tokens, err := m.Tokenize(words...)
	if err != nil {
		return nil, err
	}
	return Normalize(m.EncodeText(tokens)), nil
}

// Delta is the direction from the second row to the first: (with − without) / ‖with − without‖.
// The sign matters: swap the arguments and every cosine changes its sign.
//
//	with, without [n, d]  unit features
//	result        [n, d]  unit length
func Delta(with, without *Tensor) *Tensor {
	n, d := matrix("Delta", with)
	if r, c := matrix("Delta", without); r != n || c != d {
		panic(fmt.Sprintf("lab: Delta of features %v and %v", with.Shape, without.Shape))
	}
	delta := tensor.New(n, d)
	for i := range delta.Data {
		delta.Data[i] = with.Data[i] - without.Data[i]
	}
	return Normalize(delta)
}

// Softmax shows what a logit scale makes of the cosines. The scale is typed by hand: 10, 14.3
// or 100 give quite different percentages of the same cosines, so the percentage is no
// confidence.
func (p *Probe) Softmax(logitScale float64) []float64 {
	z := make([]float64, len(p.Cosines))
	for i, c := range p.Cosines {
		z[i] = logitScale * c
	}
	return Softmax(z)
}

// Best is the word with the largest cosine.
func (p *Probe) Best() string {
	best := 0
	for i, c := range p.Cosines {
		if c > p.Cosines[best] {
			best = i
		}
	}
	return p.Words[best]
}

// String lists the words with their cosines.
func (p *Probe) String() string {
	s := "delta (with − without)"
	for i, w := range p.Words {
		s += fmt.Sprintf("  %s %+.3f", w, p.Cosines[i])
	}
	return s
}

// MeanRow is the mean of the rows, normalised: the common direction of several deltas.
//
//	rows   [n, d]
//	result [1, d]  unit length
func MeanRow(rows *Tensor) *Tensor {
	n, d := matrix("MeanRow", rows)
	sum := tensor.New(1, d)
	for i := range n {
		for j := range d {
			sum.Data[j] += rows.Data[i*d+j]
		}
	}
	return Normalize(sum)
}

// Stack puts rows of equal width under one another.
//
//	rows   [nᵢ, d] each
//	result [Σ nᵢ, d]
func Stack(rows ...*Tensor) *Tensor {
	if len(rows) == 0 {
		panic("lab: Stack of nothing")
	}
	_, d := matrix("Stack", rows[0])
	var data []float32
	for _, r := range rows {
		if _, c := matrix("Stack", r); c != d {
			panic(fmt.Sprintf("lab: Stack of widths %d and %d", d, c))
		}
		data = append(data, r.Data...)
	}
	return tensor.From(data, len(data)/d, d)
}

// SignFlip is the p-value of the mean of xs being above 0, by permutation: if the effect were
// nothing, each sign could as well be the other. p = (b+1)/(m+1) for b of m random flips
// whose mean is at least as large, so it is never 0 (Phipson and Smyth 2010).
func SignFlip(xs []float64, rounds int, seed uint64) float64 {
	rng := rand.New(rand.NewPCG(seed, 0x5167))
	observed := mean(xs)
	atLeast := 0
	for range rounds {
		var sum float64
		for _, x := range xs {
			if rng.IntN(2) == 0 {
				x = -x
			}
			sum += x
		}
		if sum/float64(len(xs)) >= observed-1e-12*math.Abs(observed) {
			atLeast++
		}
	}
	return float64(atLeast+1) / float64(rounds+1)
}

// Center subtracts the mean row from every row and normalises again. Text features share a
// large common part; without it, words differ more clearly.
//
//	features [n, d]
//	result   [n, d]  rows of length 1
func Center(features *Tensor) *Tensor {
	n, d := matrix("Center", features)
	centre := make([]float64, d)
	for i, x := range features.Data {
		centre[i%d] += float64(x) / float64(n)
	}
	out := tensor.New(n, d)
	for i, x := range features.Data {
		out.Data[i] = float32(float64(x) - centre[i%d])
	}
	return Normalize(out)
}

// Directions is the difference that each word makes to a caption, the counterpart of a
// difference of pictures: "a person with a hat" minus "a person", of length 1.
//
//	template a caption with {} for the word
//	base     the caption without it
//	result   [words, embed]  unit length
//
// Gal et al. 2021 (StyleGAN-NADA) compare directions of texts and images so.
func (m *Model) Directions(template, base string, words ...string) (*Tensor, error) {
	captions, err := Prompts(template, words)
	if err != nil {
		return nil, err
	}
	text, err := m.WordFeatures(append(captions, base)...)
	if err != nil {
		return nil, err
	}
	n := len(words)
	rows := make([]*Tensor, n)
	for i := range rows {
		rows[i] = Delta(text.Slice(i, i+1), text.Slice(n, n+1))
	}
	return Stack(rows...), nil
}

// Against compares the same difference with other text features, one for each word.
//
//	text [words, embed]  unit length
func (p *Probe) Against(text *Tensor) *Probe {
	q := *p
	q.Cosines = float64s(Similarity(p.Delta, text), 0)
	return &q
}

package exercise

import (
	"fmt"
	"math"
	"slices"

	"cliplab/lab"
	"cliplab/lab/tensor"
)

// head is one head's queries, keys and values.
type head struct{ q, k, v *lab.Tensor }

func attendingBy(f func(q, k, v *lab.Tensor) *lab.Tensor) func(head) answer {
	return func(h head) answer {
		return reading([]string{"q", "k", "v"}, []*lab.Tensor{h.q, h.k, h.v},
			func(c []*lab.Tensor) *lab.Tensor { return f(c[0], c[1], c[2]) })
	}
}

// Attention is the exercise of lesson two: one head of the text tower, under its causal mask.
//
//	q, k, v [T, d]  a query, a key and a value for each token
//	result  [T, d]  softmax(q·kᵀ/√d)·v, where no token sees those behind it
func Attention(mine func(q, k, v *lab.Tensor) *lab.Tensor) *Feedback {
	return attending.check(mine != nil, attendingBy(mine))
}

var attending = question[head]{
	name: "Attention",
	hint: "Scores are dot products of queries (rows) with keys, divided by √d. Above the diagonal " +
		"they become −∞ before the softmax of each row; the result is the sum of the values, so weighed.",
	cases: []head{{tensor.From([]float32{1, 0, 0, 2}, 2, 2), tensor.From([]float32{1, 1, 0, 1}, 2, 2),
		tensor.From([]float32{1, 0, 0, 1}, 2, 2)},
		{random(21, 4, 3, 0), random(22, 4, 3, 0), random(23, 4, 3, 0)},
		{random(24, 6, 5, 0.5), random(25, 6, 5, 0), random(26, 6, 5, 1)}},
	show: func(h head) string { return fmt.Sprintf("q = %v\nk = %v\nv = %v", h.q, h.k, h.v) },
	want: attendingBy(attention{}.of),
	wrongs: []wrong[head]{
		{"the values come back as they went in", attendingBy(func(_, _, v *lab.Tensor) *lab.Tensor {
			return v
		})},
		{"every token sees every other: the causal mask is missing, as in the image tower",
			attendingBy(attention{visible: func(int, int) bool { return true }}.of)},
		{"the causal mask is missing, and so is the division by √d", attendingBy(attention{
			visible: func(int, int) bool { return true }, scale: func(int) float64 { return 1 }}.of)},
		{"the mask is turned round: a token sees those behind it, and not those before",
			attendingBy(attention{visible: func(i, j int) bool { return j >= i }}.of)},
		{"a token does not see itself",
			attendingBy(attention{visible: func(i, j int) bool { return j < i || i == 0 && j == 0 }}.of)},
		{"the scores are not divided by √d",
			attendingBy(attention{scale: func(int) float64 { return 1 }}.of)},
		{"the scores are divided by d instead of √d",
			attendingBy(attention{scale: func(d int) float64 { return 1 / float64(d) }}.of)},
		{"the scores are multiplied by √d instead of divided",
			attendingBy(attention{scale: func(d int) float64 { return math.Sqrt(float64(d)) }}.of)},
		{"masked after the softmax: what is left of a row no longer adds up to 1",
			attendingBy(attention{late: true}.of)},
		{"masked scores are 0 instead of −∞: exp(0) is 1, so that the future still counts",
			attendingBy(attention{hidden: func(float64) float64 { return 0 }}.of)},
		{"these are keys asking queries: the scores are transposed",
			attendingBy(func(q, k, v *lab.Tensor) *lab.Tensor { return attention{}.of(k, q, v) })},
	},
}

// attention is the textbook's, in float64, with what may be done wrongly; the zero value is right.
type attention struct {
	visible func(token, other int) bool
	scale   func(d int) float64
	hidden  func(score float64) float64
	late    bool // the mask comes after the softmax
}

func (a attention) of(q, k, v *lab.Tensor) *lab.Tensor {
	if a.visible == nil {
		a.visible = func(i, j int) bool { return j <= i }
	}
	if a.scale == nil {
		a.scale = func(d int) float64 { return 1 / math.Sqrt(float64(d)) }
	}
	if a.hidden == nil {
		a.hidden = func(float64) float64 { return math.Inf(-1) }
	}
	tokens, d := q.Shape[0], q.Shape[1]
	out, scores := tensor.New(tokens, d), products(q, k)
	for i := range tokens {
		z := make([]float64, tokens)
		for j := range z {
			z[j] = scores.At(i, j) * a.scale(d)
			if !a.late && !a.visible(i, j) {
				z[j] = a.hidden(z[j])
			}
		}
		sums := make([]float64, d)
		for j, p := range lab.Softmax(z) {
			if a.late && !a.visible(i, j) {
				continue
			}
			for c, x := range v.Row(j).Data {
				sums[c] += p * float64(x)
			}
		}
		for c, x := range sums {
			out.Row(i).Data[c] = float32(x)
		}
	}
	return out
}

// EndOfText is the exercise of lesson two: which token's vector becomes the caption's feature?
//
//	ids    [T]  the ids of a caption as model.Tokenize gives them: start, pieces, end, padding
//	result the position of the end of text, 0 … T−1
func EndOfText(mine func(ids []int) int) *Feedback {
	return endOfText.check(mine != nil, func(ids []int) answer {
		return number(float64(mine(slices.Clone(ids))))
	})
}

func positionBy(f func(ids []int) int) func([]int) answer {
	return func(ids []int) answer { return number(float64(f(ids))) }
}

const (
	startID = 49406 // openai/CLIP, simple_tokenizer.py
	endID   = 49407
)

var endOfText = question[[]int]{
	name: "EndOfText",
	hint: "The end of text has the largest id that there is, 49407. openai/CLIP takes the argmax, " +
		"the first place of the largest.",
	cases: [][]int{
		{startID, 320, 2368, endID, 0, 0, 0, 0},
		{startID, 320, 2368, 593, 320, 1253, 3801, endID},
		{startID, endID, 0, 0, 0},
		{startID, 530, 518, 2368, 2368, endID, endID, endID}, // padded as Hugging Face does
	},
	show: func(ids []int) string { return fmt.Sprint("ids = ", ids) },
	want: positionBy(func(ids []int) int { return slices.Index(ids, endID) }),
	wrongs: []wrong[[]int]{
		{"nothing is computed yet: position 0 is the start, which has seen nothing but itself",
			positionBy(func([]int) int { return 0 })},
		{"the last position is padding, except in a caption that fills the row",
			positionBy(func(ids []int) int { return len(ids) - 1 })},
		{"this is the last end: where a row is padded with ends, the first one counts",
			positionBy(func(ids []int) int {
				last := 0
				for i, id := range ids {
					if id == endID {
						last = i
					}
				}
				return last
			})},
		{"one too far: positions count from 0",
			positionBy(func(ids []int) int { return slices.Index(ids, endID) + 1 })},
		{"this is the last piece of the caption; its feature is taken at the end of text, one on",
			positionBy(func(ids []int) int { return slices.Index(ids, endID) - 1 })},
		{"this is the first padding, one behind the end, and nowhere in a row that is full",
			positionBy(func(ids []int) int { return slices.Index(ids, 0) })},
		{"this is one before the first padding, which a row that is full does not have",
			positionBy(func(ids []int) int { return slices.Index(ids, 0) - 1 })},
		{"this is the id, not its position", positionBy(func([]int) int { return endID })},
		{"this counts the ids that are not 0, and so is one too far, or more where padding is not 0",
			positionBy(func(ids []int) int {
				n := 0
				for _, id := range ids {
					if id != 0 {
						n++
					}
				}
				return n
			})},
	},
}

// Tokens is the exercise of lesson two: how long is the sequence that a vision transformer works
// on?
//
//	size, patch  pixels; patch divides size
//	result       tokens, the class token included
func Tokens(mine func(size, patch int) int) *Feedback {
	return tokens.check(mine != nil, countBy(mine))
}

type picture struct{ size, patch int }

func countBy(f func(size, patch int) int) func(picture) answer {
	return func(p picture) answer { return number(float64(f(p.size, p.patch))) }
}

var tokens = question[picture]{
	name:  "Tokens",
	hint:  "size/patch patches in a row, as many rows, and one token that stands for the whole.",
	cases: []picture{{64, 8}, {224, 32}, {224, 14}, {336, 14}, {32, 32}},
	show:  func(p picture) string { return fmt.Sprintf("size = %d, patch = %d", p.size, p.patch) },
	want:  countBy(func(s, p int) int { return 1 + s/p*(s/p) }),
	wrongs: []wrong[picture]{
		{"nothing is computed yet", countBy(func(int, int) int { return 0 })},
		{"the class token is missing", countBy(func(s, p int) int { return s / p * (s / p) })},
		{"this is one row of patches; there are as many rows",
			countBy(func(s, p int) int { return s / p })},
		{"one row of patches and the class token; there are as many rows",
			countBy(func(s, p int) int { return 1 + s/p })},
		{"these are the pixels of a patch", countBy(func(_, p int) int { return p * p })},
		{"two tokens too many: a picture has no start and end, only a class token",
			countBy(func(s, p int) int { return 2 + s/p*(s/p) })},
		{"the pixels were divided by the side of a patch; a patch covers patch·patch of them",
			countBy(func(s, p int) int { return s * s / p })},
		{"the patches of a row are size/patch; patch itself is counted in pixels",
			countBy(func(_, p int) int { return 1 + p*p })},
		{"this is right for 64 and 8 only", countBy(func(int, int) int { return 65 })},
		{"three colours make no three tokens: a patch holds its three channels",
			countBy(func(s, p int) int { return 1 + 3*(s/p)*(s/p) })},
	},
}

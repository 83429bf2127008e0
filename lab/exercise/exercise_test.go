package exercise

import (
	"strings"
	"testing"

	"cliplab/lab"
	"cliplab/lab/tensor"
	"cliplab/lab/train"
)

// judge proves of an exercise that its solution passes, and that each known mistake fails and is
// told by its own message.
func judge[A any](t *testing.T, q question[A]) {
	t.Run(q.name, func(t *testing.T) {
		if f := q.check(true, q.want); !f.Passed || f.Right != len(q.cases) {
			t.Errorf("the solution fails: %v", f)
		}
		said := map[string]bool{}
		for _, w := range q.wrongs {
			f := q.check(true, w.give)
			if f.Passed || f.Mistake != w.says || said[w.says] {
				t.Errorf("passed %t; %q is taken for %q", f.Passed, w.says, f.Mistake)
			}
			said[w.says] = true
			for _, part := range []string{w.says, "yours", "want", q.hint} {
				if !strings.Contains(f.String(), part) {
					t.Errorf("%q is missing in the feedback\n%v", part, f)
				}
			}
		}
		f := q.check(true, func(A) answer { panic("oh") })
		if f.Passed || f.Yours != "panic: oh" {
			t.Errorf("a panic gives %v", f)
		}
	})
}

func TestExercises(t *testing.T) {
	judge(t, normalizing)
	judge(t, differing)
	judge(t, ensembling)
	judge(t, logits)
	judge(t, softmax)
	judge(t, loss)
	judge(t, attending)
	judge(t, endOfText)
	judge(t, tokens)
	judge(t, learningRate)
	judge(t, floor)
}

// Functions of the lab, as a student would call them, are right.
func TestSolutions(t *testing.T) {
	for _, f := range []*Feedback{
		Normalize(lab.Normalize), Softmax(lab.SoftmaxRows), LearningRate(train.LearningRate),
		Loss(func(z *lab.Tensor) float64 { return lab.ContrastiveLoss(z).Mean }),
		Logits(func(image, text *lab.Tensor, t float64) *lab.Tensor {
			return lab.Logits(lab.Similarity(lab.Normalize(image), lab.Normalize(text)), lab.LogitScale(t))
		}),
		Tokens(func(size, patch int) int { return size*size/patch/patch + 1 }),
	} {
		if !f.Passed {
			t.Error(f)
		}
	}
}

// What is no known mistake still says what is wrong with the result.
func TestUnknownMistakes(t *testing.T) {
	for want, f := range map[string]*Feedback{
		"returns nil": Normalize(func(*lab.Tensor) *lab.Tensor { return nil }),
		"shape [1 6]": Normalize(func(x *lab.Tensor) *lab.Tensor { return x.Reshape(1, x.Len()) }),
		"holds +Inf":  Normalize(func(x *lab.Tensor) *lab.Tensor { return scaled(x, zero) }),
		"the sign": Normalize(func(x *lab.Tensor) *lab.Tensor {
			return minus(tensor.New(x.Shape...), lab.Normalize(x))
		}),
		"no function": Normalize(nil),
		"writes over features": Normalize(func(x *lab.Tensor) *lab.Tensor {
			copy(x.Data, lab.Normalize(x).Data)
			return x
		}),
		"not a mistake":    Loss(func(*lab.Tensor) float64 { return 42 }),
		"stops with a pan": Tokens(func(size, _ int) int { return []int{size}[size] }),
	} {
		if f.Passed || !strings.Contains(f.String(), want) {
			t.Errorf("%q is not in\n%v", want, f)
		}
		if page := f.MIMEBundle()["text/html"].(string); !strings.Contains(page, "<details>") {
			t.Errorf("no hint in %s", page)
		}
	}
}

func zero([]float32) float64 { return 0 }

// A student who writes over the argument harms nobody: each case comes as a copy.
func TestArgumentsAreCopies(t *testing.T) {
	spoil := func(x *lab.Tensor) *lab.Tensor { clear(x.Data); return x }
	for range 2 {
		Normalize(spoil)
		Softmax(spoil)
	}
	if f := Normalize(lab.Normalize); !f.Passed {
		t.Error(f)
	}
}

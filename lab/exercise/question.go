package exercise

import (
	"fmt"
	"math"
	"slices"

	"cliplab/lab"
	"cliplab/lab/tensor"
)

// question is an exercise over arguments of type A.
type question[A any] struct {
	name   string
	hint   string
	cases  []A // the first is small enough to be read
	show   func(A) string
	want   func(A) answer
	wrongs []wrong[A]
}

// wrong is a known mistake: what to say of it, and what it gives.
type wrong[A any] struct {
	says string
	give func(A) answer
}

// answer is what a function gave: numbers of a shape, or why there are none.
type answer struct {
	shape []int // nil of a single number
	data  []float64
	none  string
	wrote string // the argument that was written over, "" when none was
}

func number(x float64) answer { return answer{data: []float64{x}} }

func of(t *lab.Tensor) answer {
	if t == nil {
		return answer{none: "nil"}
	}
	a := answer{shape: slices.Clone(t.Shape), data: make([]float64, len(t.Data))}
	for i, x := range t.Data {
		a.data[i] = float64(x)
	}
	return a
}

// tolerance is relative, and absolute below 1: float32 sums of another order differ by less.
const tolerance = 1e-4

// same says whether two answers agree. What is no number agrees with what is none.
func (a answer) same(b answer) bool {
	return a.none == "" && b.none == "" && slices.Equal(a.shape, b.shape) &&
		slices.EqualFunc(a.data, b.data, func(x, y float64) bool {
			return x == y || math.IsNaN(x) && math.IsNaN(y) ||
				math.Abs(x-y) <= tolerance*max(1, math.Abs(y))
		})
}

// String is the answer as its value prints.
func (a answer) String() string {
	switch {
	case a.none != "":
		return a.none
	case a.shape == nil:
		return fmt.Sprintf("%.5g", a.data[0])
	}
	t := tensor.New(a.shape...)
	for i, x := range a.data {
		t.Data[i] = float32(x)
	}
	return t.String()
}

// check asks mine all cases and judges the answers.
func (q question[A]) check(given bool, mine func(A) answer) *Feedback {
	if !given {
		return &Feedback{Exercise: q.name, Cases: len(q.cases), Mistake: "no function was given",
			Hint: q.hint, Input: q.show(q.cases[0]), Yours: "nothing",
			Want: q.want(q.cases[0]).String()}
	}
	f := &Feedback{Exercise: q.name, Cases: len(q.cases), Passed: true}
	yours := make([]answer, len(q.cases))
	for i, c := range q.cases {
		yours[i] = attempt(mine, c)
		if want := q.want(c); f.Passed && !yours[i].same(want) {
			f.Passed, f.Right, f.Hint = false, i, q.hint
			f.Input, f.Yours, f.Want = q.show(c), yours[i].String(), want.String()
			f.Mistake = general(yours[i], want)
		}
	}
	if f.Passed {
		f.Right = len(q.cases)
		if w := yours[0].wrote; w != "" {
			f.Passed, f.Hint = false, q.hint
			f.Input, f.Yours, f.Want = q.show(q.cases[0]), yours[0].String(), yours[0].String()
			f.Mistake = fmt.Sprintf("the numbers are right, but your function writes over %s, which "+
				"its caller still needs: write into %[1]s.Clone() or a tensor of its own", w)
		}
		return f
	}
	for _, w := range q.wrongs {
		made := true
		for i, c := range q.cases {
			made = made && yours[i].same(w.give(c))
		}
		if made {
			f.Mistake = w.says
			break
		}
	}
	return f
}

// reading gives f copies of tensors, and notes which of them it writes over.
func reading(names []string, args []*lab.Tensor, f func(copies []*lab.Tensor) *lab.Tensor) answer {
	copies := make([]*lab.Tensor, len(args))
	for i, x := range args {
		copies[i] = x.Clone()
	}
	a := of(f(copies))
	for i, x := range args {
		if !slices.Equal(copies[i].Data, x.Data) {
			a.wrote = names[i]
		}
	}
	return a
}

// attempt is one call; a panic is an answer too.
func attempt[A any](mine func(A) answer, c A) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{none: fmt.Sprintf("panic: %v", r)}
		}
	}()
	return mine(c)
}

// general says what can be said of any answer that is not right, "" when that is nothing.
func general(yours, want answer) string {
	switch {
	case yours.none == "nil":
		return "your function returns nil: it must return its result"
	case yours.none != "":
		return "your function stops with a panic on this case"
	case !slices.Equal(yours.shape, want.shape):
		return fmt.Sprintf("your result has shape %v, wanted is %v", yours.shape, want.shape)
	}
	for i, x := range yours.data {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Sprintf("your result holds %v: somewhere a number overflows or is divided by zero", x)
		}
		if math.Abs(x+want.data[i]) > tolerance*max(1, math.Abs(x)) {
			return ""
		}
	}
	return "the sign is wrong: every number is the negative of what is wanted"
}

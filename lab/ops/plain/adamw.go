package plain

import "math"

// AdamW holds the settings of one step of AdamW. Step counts from 1.
type AdamW struct {
	LearningRate, Beta1, Beta2, Epsilon, WeightDecay float64
	GradScale                                        float64 // multiplies the gradient first
	Step                                             int
}

// Constants are the factors of the update, in the order in which it uses them:
// GradScale, β₁, 1−β₁, β₂, 1−β₂, 1/√(1−β₂ᵗ), ε, lr/(1−β₁ᵗ), 1−lr·decay.
func (a AdamW) Constants() [9]float64 {
	t := float64(a.Step)
	return [9]float64{a.GradScale, a.Beta1, 1 - a.Beta1, a.Beta2, 1 - a.Beta2,
		1 / math.Sqrt(1-math.Pow(a.Beta2, t)), a.Epsilon,
		a.LearningRate / (1 - math.Pow(a.Beta1, t)), 1 - a.LearningRate*a.WeightDecay}
}

// Update is one step of AdamW on w, with g its gradient, m and v the running means of g and g².
//
//	m = β₁m + (1−β₁)g, v = β₂v + (1−β₂)g²
//	w = (1 − lr·decay)w − lr · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε)
//
// Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2.
func Update[F Float](w, m, v, g []F, a AdamW) {
	c := a.Constants()
	for i := range w {
		grad := F(c[0]) * g[i]
		m[i] = F(c[1])*m[i] + F(c[2])*grad
		v[i] = F(c[3])*v[i] + F(c[4])*grad*grad
		w[i] = F(c[8])*w[i] - F(c[7])*m[i]/(sqrt(v[i])*F(c[5])+F(c[6]))
	}
}

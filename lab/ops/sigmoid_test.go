package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"cliplab/lab/ops/plain"
)

// Huge logits give their size as loss and neither infinities nor NaN; NaN stays NaN.
func TestSigmoidSpecialValues(t *testing.T) {
	for _, e := range Engines() {
		d := make([]float32, 4)
		loss, dbias := sigmoidLoss(e, d, []float32{-1e30, 1e30, -1e30, 1e30}, 0, 2)
		if math.Abs(loss/1e30-1) > 1e-6 || math.IsNaN(float64(dbias)) {
			t.Errorf("%s: loss %v, bias gradient %v", e.Name(), loss, dbias)
		}
		nan := float32(math.NaN())
		if loss, _ := sigmoidLoss(e, d, []float32{0, nan, 0, 0}, 0, 2); !math.IsNaN(loss) {
			t.Errorf("%s: loss of NaN is %v", e.Name(), loss)
		}
	}
}

// The judge's gradients are those of central differences in float64.
func TestSigmoidDifferences(t *testing.T) {
	const n, step = 6, 1e-6
	rng := rand.New(rand.NewPCG(3, 3))
	z, d, scratch := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	for i := range z {
		z[i] = 3 * rng.NormFloat64()
	}
	bias := -1.5
	_, dbias := plain.SigmoidLoss(d, z, bias, n)
	at := func() float64 {
		loss, _ := plain.SigmoidLoss(scratch, z, bias, n)
		return loss
	}
	check := func(name string, x *float64, got float64) {
		start := *x
		*x = start + step
		up := at()
		*x = start - step
		down := at()
		*x = start
		if want := (up - down) / (2 * step); math.Abs(got-want) > 1e-8 {
			t.Errorf("gradient of %s is %v, differences give %v", name, got, want)
		}
	}
	for i := range z {
		check(fmt.Sprint("logit ", i), &z[i], d[i])
	}
	check("the bias", &bias, dbias)
}

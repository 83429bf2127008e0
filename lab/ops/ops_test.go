package ops

import (
	"math"
	"os"
	"os/exec"
	"testing"
)

// Without the environment variable the fastest engine runs; a wrong name is not passed over.
func TestUse(t *testing.T) {
	defer Use(Current().Name())
	for _, e := range Engines() {
		if err := Use(e.Name()); err != nil || Current().Name() != e.Name() {
			t.Errorf("Use(%q): %v, in use is %s", e.Name(), err, Current().Name())
		}
	}
	if err := Use("abacus"); err == nil {
		t.Error("Use accepts an engine that is not there")
	}
	if os.Getenv("CLIPLAB_OPS") != "" {
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=TestUse")
	cmd.Env = append(os.Environ(), "CLIPLAB_OPS=abacus")
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("CLIPLAB_OPS=abacus runs:\n%s", out)
	}
}

func TestMisusePanics(t *testing.T) {
	x := make([]float32, 6)
	for want, f := range map[string]func(){
		"ops: Gemm: b holds 6 numbers, its shape is [3 3]": func() {
			Gemm(x, x, x, 2, 3, 3, false, false, false)
		},
		"ops: Embedding: ids[1] is 3, not in 0..2": func() {
			Embedding(make([]float32, 4), []int{0, 3}, x, x[:4], 2, 2)
		},
		"ops: Attention: width 2 is no multiple of 4": func() {
			Attention(x, x, x, Heads{Batch: 1, Tokens: 1, Width: 2, Heads: 4})
		},
		"ops: Softmax: alpha is 0, not above 0":                   func() { Softmax(x, x, 0, 2, 3) },
		"ops: Patches: no patch of size 4 in a picture of size 3": func() { Patches(x, x, 1, 3, 4) },
		"ops: LayerNorm: gamma holds 6 numbers, its shape is [3]": func() {
			LayerNorm(x, x[:4], x, x, x[:3], 2, 3)
		},
		"ops: Update: step 0, the first is 1": func() { Update(x, x, x, x, AdamW{}) },
		"ops: EndOfText: 6 ids for 2 texts of 4 tokens": func() {
			EndOfText(make([]int, 2), make([]int, 6), 4)
		},
		"ops: Logits: logits holds 6 numbers, its shape is [2 2]": func() {
			ContrastiveLoss(x, x, x, x, 0, 2, 3)
		},
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %v", got, want)
				}
			}()
			f()
		}()
	}
}

// The vectorised exponential stays within 4 units in the last place of a float32 through the
// sigmoid of QuickGELU: 2 of its own, and the roundings of 1 + e, the quotient and the product.
func TestExponentialAccuracy(t *testing.T) {
	const n = 1 << 18
	x, y := make([]float32, n), make([]float32, n)
	for i := range x {
		x[i] = 40 * (float32(i)/(n/2) - 1)
	}
	for _, e := range Engines() {
		e.QuickGELU(y, x)
		worst := 0.0
		for i, v := range x {
			want := float64(v) / (1 + math.Exp(-1.702*float64(v)))
			// The product 1.702·x is itself rounded: an error of half a unit of it moves e^z by
			// |z|·2⁻²⁴ of its size.
			slack := 1 + math.Abs(1.702*float64(v))*max(0, -math.Copysign(1, float64(v)))
			ulp := math.Max(math.Abs(want)*0x1p-23, 0x1p-149)
			worst = max(worst, math.Abs(float64(y[i])-want)/ulp/slack)
		}
		if worst > 4 {
			t.Errorf("%s: QuickGELU is off by %.1f units in the last place", e.Name(), worst)
		}
	}
}

// GELU is right to 4 units in the last place of 1 + |x|, and its derivative to 8: the polynomial's
// 6e-8, and the rounding of x²/2 where that is large and the result is small.
func TestGELUAccuracy(t *testing.T) {
	const n = 1 << 16
	x, y, d, ones := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range x {
		x[i], ones[i] = 15*(float32(i)/(n/2)-1), 1
	}
	for _, e := range Engines() {
		e.GELU(y, x)
		e.GELUGrad(d, ones, x)
		for i, v := range x {
			z := float64(v)
			phi := math.Erfc(-z/math.Sqrt2) / 2
			slope := phi + z*math.Exp(-z*z/2)/math.Sqrt(2*math.Pi)
			ulp := 0x1p-23 * (1 + math.Abs(z))
			if math.Abs(float64(y[i])-z*phi) > 4*ulp || math.Abs(float64(d[i])-slope) > 8*ulp {
				t.Fatalf("%s: GELU(%v) is %v with slope %v, want %v and %v", e.Name(), v, y[i], d[i],
					z*phi, slope)
			}
		}
	}
}

// e^x of softmax overflows nowhere and reaches the numbers below the smallest normal one.
func TestSoftmaxRange(t *testing.T) {
	for _, e := range Engines() {
		for _, z := range []float64{0, 1, 20, 80, 87.5, 95, 103, 110, 1000} {
			x, y := []float32{0, float32(-z)}, make([]float32, 2)
			e.Softmax(y, x, 1, 1, 2)
			want := math.Exp(-z) / (1 + math.Exp(-z))
			if math.Abs(float64(y[1])-want) > 4e-7*want+0x1p-149 {
				t.Errorf("%s: softmax of (0, %v) gives %v, want %v", e.Name(), -z, y[1], want)
			}
		}
	}
}

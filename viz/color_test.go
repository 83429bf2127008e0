package viz

import (
	"image/color"
	"math"
	"testing"
)

// TestMapsAreUniform: lightness changes by the same small amount from step to step, so that
// equal steps of the numbers look equal and a grey print keeps the order.
func TestMapsAreUniform(t *testing.T) {
	for name, m := range map[string][]color.RGBA{
		"sequential": sequential, "positive": positive, "negative": negative,
	} {
		step := (toOKLab(m[0])[0] - toOKLab(m[len(m)-1])[0]) / float64(len(m)-1)
		for i := 1; i < len(m); i++ {
			got := toOKLab(m[i-1])[0] - toOKLab(m[i])[0]
			// 8-bit channels round lightness by up to about 0.003
			if got < -.001 || math.Abs(got-step) > .006 {
				t.Errorf("%s: step %d darkens by %.4f, want about %.4f", name, i, got, step)
			}
		}
	}
	if mid := diverging[len(diverging)/2]; mid != white {
		t.Errorf("0 is %v, want white", mid)
	}
}

// TestNumbersReadable: numbers on every colour of the maps reach the contrast that WCAG 2.1
// asks of text, 4.5:1; so do names of series and small print on white.
func TestNumbersReadable(t *testing.T) {
	for _, m := range [][]color.RGBA{sequential, diverging} {
		for _, c := range m {
			if k := contrast(readable(c), c); k < 4.5 {
				t.Errorf("text on %v has contrast %.2f", c, k)
			}
		}
	}
	for _, c := range okabeIto {
		if k := contrast(darker(c), white); k < 4.5 {
			t.Errorf("name in %v has contrast %.2f", darker(c), k)
		}
	}
	for _, c := range []color.RGBA{ink, muted} {
		if k := contrast(c, white); k < 7 {
			t.Errorf("text in %v has contrast %.2f", c, k)
		}
	}
	if k := contrast(muted, panel); k < 4.5 {
		t.Errorf("placeholder has contrast %.2f", k)
	}
}

// TestSeriesApart: for common colour blindness, too, series colours stay apart. Simulation:
// Viénot, Brettel, Mollon 1999, on linear RGB.
func TestSeriesApart(t *testing.T) {
	blind := map[string][3][3]float64{
		"protan": {{.11238, .88762, 0}, {.11238, .88762, 0}, {.00401, -.00401, 1}},
		"deutan": {{.29275, .70725, 0}, {.29275, .70725, 0}, {-.02234, .02234, 1}},
	}
	for name, m := range blind {
		see := func(c color.RGBA) [3]float64 {
			v := [3]float64{linear(c.R), linear(c.G), linear(c.B)}
			var o [3]float64
			for i := range o {
				o[i] = m[i][0]*v[0] + m[i][1]*v[1] + m[i][2]*v[2]
			}
			return toOKLab(color.RGBA{gamma(o[0]), gamma(o[1]), gamma(o[2]), 255})
		}
		for i := range okabeIto {
			for j := range i {
				a, b := see(okabeIto[i]), see(okabeIto[j])
				d := math.Sqrt(sq(a[0]-b[0]) + sq(a[1]-b[1]) + sq(a[2]-b[2]))
				if d < .06 {
					t.Errorf("%s: colours %d and %d are only %.3f apart", name, i, j, d)
				}
			}
		}
	}
}

func sq(x float64) float64 { return x * x }

func TestScale(t *testing.T) {
	for _, c := range []struct {
		values   []float64
		lo, hi   float64
		p        Palette
		min, max float64
		want     Palette
	}{
		{[]float64{.1, .9}, 0, 0, Auto, 0, 1, Sequential},
		{[]float64{.1, .2}, 0, 0, Auto, 0, .2, Sequential},
		{[]float64{3, 87}, 0, 0, Auto, 0, 100, Sequential},
		{[]float64{-.2, .72}, 0, 0, Auto, -.8, .8, Diverging},
		{[]float64{-.2, .72}, -1, 1, Auto, -1, 1, Diverging},
		{[]float64{.2, .72}, -1, 1, Auto, -1, 1, Diverging},
		{[]float64{0, 0}, 0, 0, Auto, 0, 1, Sequential},
		{[]float64{math.NaN()}, 0, 0, Diverging, -1, 1, Diverging},
	} {
		s := newScale(c.values, c.lo, c.hi, c.p)
		if math.Abs(s.min-c.min)+math.Abs(s.max-c.max) > 1e-9 || s.palette != c.want {
			t.Errorf("scale of %v: %+v, want %v..%v", c.values, s, c.min, c.max)
		}
	}
	s := newScale([]float64{-1, 1}, 0, 0, Auto)
	if s.color(0) != white || s.color(-9) != diverging[0] || s.color(9) != positive[128] {
		t.Errorf("0 is %v, ends %v %v", s.color(0), s.color(-9), s.color(9))
	}
}

func TestOKLabRoundTrip(t *testing.T) {
	for _, c := range append(okabeIto, white, ink) {
		if back := fromOKLab(toOKLab(c)); back != c {
			t.Errorf("%v comes back as %v", c, back)
		}
	}
}

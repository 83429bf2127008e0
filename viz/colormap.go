package viz

import (
	"image/color"
	"math"
)

// Palette chooses how numbers become colours.
type Palette int

const (
	// Auto is Diverging when a value is negative and Sequential otherwise.
	Auto Palette = iota
	// Sequential runs evenly from white to dark blue: probabilities, counts.
	Sequential
	// Diverging is white at 0, blue above and orange below: cosines, logits, channels.
	Diverging
)

// scale maps the values min..max to colours.
type scale struct {
	min, max float64
	palette  Palette // Sequential or Diverging
}

// newScale covers the finite values unless lo and hi, not both 0, say otherwise. A diverging
// scale is symmetric, so that white is always 0.
func newScale(values []float64, lo, hi float64, p Palette) scale {
	vmin, vmax := finiteRange(values)
	if p == Auto {
		p = Sequential
		if vmin < 0 || lo < 0 {
			p = Diverging
		}
	}
	s := scale{min: lo, max: hi, palette: p}
	if lo == 0 && hi == 0 {
		s.min, s.max = niceRange(vmin, vmax, p)
	}
	if p == Diverging {
		s.max = math.Max(math.Abs(s.min), math.Abs(s.max))
		s.min = -s.max
	}
	return s
}

// niceRange widens to round numbers, and to 0..1 or 0..100 % where the values look like shares.
func niceRange(lo, hi float64, p Palette) (float64, float64) {
	if p == Diverging {
		top := math.Max(math.Abs(lo), math.Abs(hi))
		return 0, roundUp(top)
	}
	if lo >= 0 {
		lo = 0
	}
	if hi <= lo {
		hi = lo + 1
	}
	if lo == 0 && hi > 0.5 && hi <= 1.0001 { // a float32 softmax may end a hair above 1
		return 0, 1
	}
	return lo, roundUp(hi)
}

// roundUp gives the next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8} {
		if v <= step*unit*(1+1e-6) {
			return step * unit
		}
	}
	return 10 * unit
}

// color of a value; values beyond the ends take the colour of the end. NaN has none.
func (s scale) color(v float64) color.RGBA {
	f := (v - s.min) / (s.max - s.min)
	f = math.Max(0, math.Min(1, f))
	if s.palette == Diverging {
		return diverging[int(f*float64(len(diverging)-1)+0.5)]
	}
	return sequential[int(f*float64(len(sequential)-1)+0.5)]
}

// merge covers both scales.
func (s scale) merge(t scale) scale {
	m := scale{min: math.Min(s.min, t.min), max: math.Max(s.max, t.max), palette: s.palette}
	if t.palette == Diverging {
		m.palette = Diverging
	}
	if m.palette == Diverging {
		m.max = math.Max(-m.min, m.max)
		m.min = -m.max
	}
	return m
}

// The maps, 256 steps each (the diverging one 257, so that white has a step of its own). They
// are built in OKLab (B. Ottosson, 2020) so that lightness changes by the same amount from
// each step to the next.
var (
	sequential = ramp(256, white,
		color.RGBA{0xcf, 0xe8, 0xc4, 255}, color.RGBA{0x5f, 0xb8, 0xb0, 255},
		color.RGBA{0x1f, 0x78, 0xa8, 255}, color.RGBA{0x0b, 0x2a, 0x66, 255})
	positive = ramp(129, white,
		color.RGBA{0x9c, 0xcb, 0xe8, 255}, color.RGBA{0x2b, 0x83, 0xc0, 255},
		color.RGBA{0x06, 0x3a, 0x78, 255})
	negative = ramp(129, white,
		color.RGBA{0xf9, 0xc7, 0x8d, 255}, color.RGBA{0xdb, 0x7a, 0x25, 255},
		color.RGBA{0x7d, 0x2e, 0x02, 255})
	diverging = joinHalves(negative, positive)
)

func joinHalves(down, up []color.RGBA) []color.RGBA {
	all := make([]color.RGBA, 0, len(down)+len(up)-1)
	for i := len(down) - 1; i > 0; i-- {
		all = append(all, down[i])
	}
	return append(all, up...)
}

// ramp passes through the stops in n steps of equal lightness; the stops' lightness must fall.
func ramp(n int, stops ...color.RGBA) []color.RGBA {
	lab := make([][3]float64, len(stops))
	for i, c := range stops {
		lab[i] = toOKLab(c)
	}
	first, last := lab[0][0], lab[len(lab)-1][0]
	out := make([]color.RGBA, n)
	for i, k := 0, 0; i < n; i++ {
		want := first + (last-first)*float64(i)/float64(n-1)
		for k < len(lab)-2 && lab[k+1][0] > want {
			k++
		}
		f := (lab[k][0] - want) / (lab[k][0] - lab[k+1][0])
		f = math.Max(0, math.Min(1, f))
		a := lab[k][1] + f*(lab[k+1][1]-lab[k][1])
		b := lab[k][2] + f*(lab[k+1][2]-lab[k][2])
		out[i] = fromOKLab([3]float64{want, a, b})
	}
	return out
}

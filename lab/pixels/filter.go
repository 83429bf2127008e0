package pixels

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Filter says how the pixels around a place are weighted when the size of a picture changes.
// All but Nearest widen when a picture shrinks, so that every pixel counts (antialiasing).
type Filter int

// The filters of Pillow, CLIP's first.
const (
	Bicubic Filter = iota
	Nearest
	Box
	Bilinear
	Hamming
	Lanczos
)

// filters are the kernels by Filter: how far they reach to either side of a pixel, and their
// value at a distance from it.
//
// Source: Pillow, src/libImaging/Resample.c.
var filters = [...]struct {
	name   string
	pillow int // its number in Pillow
	reach  float64
	kernel func(x float64) float64
}{
	Bicubic:  {"bicubic", 3, 2, cubic},
	Nearest:  {"nearest", 0, 0, nil},
	Box:      {"box", 4, 0.5, box},
	Bilinear: {"bilinear", 2, 1, triangle},
	Hamming:  {"hamming", 5, 1, hamming},
	Lanczos:  {"lanczos", 1, 3, lanczos},
}

// String is the name of the filter, in lower case.
func (f Filter) String() string {
	if f < 0 || int(f) >= len(filters) {
		return fmt.Sprintf("filter %d", int(f))
	}
	return filters[f].name
}

// Pillow is the filter's number in Pillow.
func (f Filter) Pillow() int { return filters[f].pillow }

// ParseFilter finds a filter by its name, as open_clip_preprocess_cfg's "interpolation" gives
// it, or by its number in Pillow, as preprocessor_config.json's "resample" does.
func ParseFilter(name string) (Filter, error) {
	for f, k := range filters {
		if strings.EqualFold(name, k.name) || name == strconv.Itoa(k.pillow) {
			return Filter(f), nil
		}
	}
	return 0, fmt.Errorf("pixels: unknown filter %q: want bicubic (3), nearest (0), box (4), "+
		"bilinear (2), hamming (5) or lanczos (1)", name)
}

// precision is the number of fraction bits of a weight: 32, less 8 for the byte and 2 for
// sums beyond its range. Source: Pillow, src/libImaging/Resample.c.
const precision = 22

// weights says how one line of pixels becomes a line of another length: output i is the sum of
// taps[i] times the input from start[i] on.
type weights struct {
	start []int
	taps  [][]int32 // fixed point, precision bits; each row sums to about 1
}

// reach gives the first input that is used and the one behind the last.
func (w weights) reach() (from, to int) {
	n := len(w.start) - 1
	return w.start[0], w.start[n] + len(w.taps[n])
}

// move makes all inputs lie n places further on.
func (w weights) move(n int) {
	for i := range w.start {
		w.start[i] += n
	}
}

// newWeights gives the weights from in pixels to out pixels, for outputs from to to−1. When
// the size stays, nothing changes.
func (f Filter) newWeights(in, out, from, to int) weights {
	switch {
	case in == out:
		return identity(from, to)
	case f == Nearest:
		return nearest(in, out, from, to)
	}
	scale := float64(in) / float64(out)
	widen := max(scale, 1)
	support := filters[f].reach * widen
	w := weights{start: make([]int, 0, to-from), taps: make([][]int32, 0, to-from)}
	values := make([]float64, 2*int(math.Ceil(support))+1)
	room := make([]int32, (to-from)*len(values)) // for all taps
	for i := from; i < to; i++ {
		center := (float64(i) + 0.5) * scale
		first := max(0, int(center-support+0.5))
		last := min(in, int(center+support+0.5))
		sum := 0.0
		for x := first; x < last; x++ {
			v := filters[f].kernel((float64(x) - center + 0.5) * (1 / widen))
			values[x-first] = v
			sum += v
		}
		taps := room[: last-first : last-first]
		room = room[last-first:]
		for j := range taps {
			v := values[j]
			if sum != 0 {
				v /= sum
			}
			taps[j] = fixed(v)
		}
		w.start = append(w.start, first)
		w.taps = append(w.taps, taps)
	}
	return w
}

// identity are weights that change nothing: one tap of 1.
func identity(from, to int) weights {
	w := weights{}
	for i := from; i < to; i++ {
		w.start = append(w.start, i)
		w.taps = append(w.taps, one)
	}
	return w
}

// one is the tap of 1.
var one = []int32{1 << precision}

// nearest are weights that pick one pixel. Places are summed up, not multiplied, because
// Pillow's are (src/libImaging/Geometry.c, ImagingScaleAffine).
func nearest(in, out, from, to int) weights {
	w := weights{}
	scale := float64(in) / float64(out)
	place := scale * 0.5
	for i := range to {
		if i >= from {
			w.start = append(w.start, min(int(place), in-1))
			w.taps = append(w.taps, one)
		}
		place += scale
	}
	return w
}

// fixed rounds a weight, halves away from zero.
func fixed(v float64) int32 {
	scaled := float64(v * (1 << precision))
	if v < 0 {
		return int32(scaled - 0.5)
	}
	return int32(scaled + 0.5)
}

// cubic is the bicubic kernel of Keys 1981 with a = −0.5.
//
//	|x| < 1   (a+2)|x|³ − (a+3)|x|² + 1
//	|x| < 2   a|x|³ − 5a|x|² + 8a|x| − 4a
//
// The conversions keep compilers from fusing multiply and add, which would round differently.
func cubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return float64(float64(float64(float64(float64(a+2)*x)-(a+3))*x)*x) + 1
	case x < 2:
		return (float64((float64((x-5)*x)+8)*x) - 4) * a
	}
	return 0
}

// box is 1 for half a pixel to either side.
func box(x float64) float64 {
	if -0.5 < x && x <= 0.5 {
		return 1
	}
	return 0
}

// triangle falls from 1 to 0 in a straight line.
func triangle(x float64) float64 { return max(0, 1-math.Abs(x)) }

// hamming is a sinc under Hamming's window, whose two numbers Pillow rounds to float32.
func hamming(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x == 0:
		return 1
	case x >= 1:
		return 0
	}
	x *= math.Pi
	const a, b = float32(0.54), float32(0.46)
	return math.Sin(x) / x * (float64(float64(b)*math.Cos(x)) + float64(a))
}

// lanczos is a sinc under a wider sinc.
func lanczos(x float64) float64 {
	if -3 <= x && x < 3 {
		return sinc(x) * sinc(x/3)
	}
	return 0
}

// sinc is sin(πx)/(πx).
func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}

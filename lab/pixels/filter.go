package pixels

import "math"

// precision is the number of fraction bits of a weight: 32, less 8 for the byte and 2 for
// sums beyond its range. Source: Pillow, src/libImaging/Resample.c.
const precision = 22

// weights says how one line of pixels becomes a line of another length: output i is the sum of
// taps[i] times the input from start[i] on.
type weights struct {
	start []int
	taps  [][]int32 // fixed point, precision bits; each row sums to about 1
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

// newWeights gives the weights from in pixels to out pixels, for outputs from to to−1. When the
// picture shrinks the kernel widens by the same factor, so that every input counts
// (antialiasing).
func newWeights(in, out, from, to int) weights {
	scale := float64(in) / float64(out)
	widen := max(scale, 1)
	support := 2 * widen // the kernel reaches 2 pixels to either side
	w := weights{start: make([]int, 0, to-from), taps: make([][]int32, 0, to-from)}
	values := make([]float64, 2*int(math.Ceil(support))+1)
	for i := from; i < to; i++ {
		center := (float64(i) + 0.5) * scale
		first := max(0, int(center-support+0.5))
		last := min(in, int(center+support+0.5))
		sum := 0.0
		for x := first; x < last; x++ {
			v := cubic((float64(x) - center + 0.5) * (1 / widen))
			values[x-first] = v
			sum += v
		}
		taps := make([]int32, last-first)
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

// fixed rounds a weight, halves away from zero.
func fixed(v float64) int32 {
	scaled := float64(v * (1 << precision))
	if v < 0 {
		return int32(scaled - 0.5)
	}
	return int32(scaled + 0.5)
}

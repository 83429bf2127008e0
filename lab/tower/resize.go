package tower

import (
	"fmt"
	"math"

	"cliplab/lab/tensor"
)

// Interpolation is how the places of patches are made for another number of patches.
type Interpolation int

const (
	// Antialiased is open_clip's resize_pos_embed and timm's resample_abs_pos_embed: Keys' kernel
	// with a = −½, as wide as an old cell or a new one, whichever is wider.
	Antialiased Interpolation = iota
	// FourTaps is transformers' interpolate_pos_encoding: Keys' kernel with a = −¾ over the four
	// old cells around a new one, however wide that is; those at the border are repeated.
	FourTaps
)

// mostPatches a side are more than any model has; a mistyped size is not made room for.
const mostPatches = 1024

// Resized is the configuration and the positions of a transformer for pictures of another size:
// those of the patches are interpolated, that of the class token stays.
//
//	positions [T, C]  VisualPositions of c
//
// The error says what cannot be resized, as a ResNet's, or the size that no patch fits in.
func Resized(c Config, positions *tensor.Tensor, size int, how Interpolation) (Config,
	*tensor.Tensor, error) {
	to := c
	to.ImageSize = size
	if c.IsResNet() {
		return c, nil, fmt.Errorf("tower: a ResNet reads pictures of %d pixels alone, not %d",
			c.ImageSize, size)
	}
	if err := to.Check(); err != nil {
		return c, nil, err
	}
	from, grid, w, first := c.Grid(), to.Grid(), c.VisionWidth, c.Sequence()-c.Patches()
	switch {
	case grid > mostPatches:
		return c, nil, fmt.Errorf("tower: pictures of %d pixels have %d patches a side; %d are most",
			size, grid, mostPatches)
	case len(positions.Data) != c.Sequence()*w:
		return c, nil, fmt.Errorf("tower: positions have shape %v, want [%d %d]", positions.Shape,
			c.Sequence(), w)
	case from == grid:
		return to, positions, nil
	}
	taps := cubicTaps(from, grid, how)
	rows := make([]float32, from*grid*w) // columns resized
	for y := range from {
		resample(rows[y*grid*w:][:grid*w], positions.Data[(first+y*from)*w:][:from*w], taps, w)
	}
	resized := tensor.New(to.Sequence(), w)
	copy(resized.Data, positions.Data[:first*w])
	resample(resized.Data[first*w:], rows, taps, grid*w)
	return to, resized, nil
}

// tap is how much of an old cell a new one has.
type tap struct {
	cell   int
	weight float64
}

// resample is dst[i] = Σ weight·x[cell] over the taps of i, of lines of some numbers.
func resample(dst, x []float32, taps [][]tap, line int) {
	for i, of := range taps {
		for c := range line {
			var sum float64
			for _, t := range of {
				sum += float64(t.weight * float64(x[t.cell*line+c]))
			}
			dst[i*line+c] = float32(sum)
		}
	}
}

// cubicTaps are those of torch's interpolate with mode="bicubic", align_corners=False, and
// antialias as how says.
func cubicTaps(from, to int, how Interpolation) [][]tap {
	scale := float64(from) / float64(to)
	taps := make([][]tap, to)
	for i := range taps {
		center := scale * (float64(i) + .5)
		if how == FourTaps {
			near := math.Floor(center - .5)
			for j := near - 1; j <= near+2; j++ {
				cell := min(max(int(j), 0), from-1)
				taps[i] = append(taps[i], tap{cell, cubic(center-.5-j, -.75)})
			}
			continue
		}
		wide, sum := max(scale, 1), 0.
		last := min(from, int(center+2*wide+.5))
		for j := max(0, int(center-2*wide+.5)); j < last; j++ {
			weight := cubic((float64(j)-center+.5)/wide, -.5)
			taps[i], sum = append(taps[i], tap{j, weight}), sum+weight
		}
		for j := range taps[i] {
			taps[i][j].weight /= sum
		}
	}
	return taps
}

// cubic is Keys' kernel (1981, "Cubic Convolution Interpolation", equation 15 for a = −½).
func cubic(x, a float64) float64 {
	switch x = math.Abs(x); {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

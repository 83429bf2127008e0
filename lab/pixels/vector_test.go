package pixels

import (
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"testing"

	"cliplab/lab/pixels/simd"
)

// TestVector compares the kernels with the plain loops over sizes that divide nothing, down to
// one pixel, and with parts of a result.
func TestVector(t *testing.T) {
	if !simd.Available() {
		t.Skip("this machine cannot run the kernels of package simd")
	}
	defer func(before bool) { vector = before }(vector)
	sizes := [][2]int{{1, 1}, {1, 9}, {9, 1}, {8, 4}, {7, 3}, {31, 33}, {64, 64}, {130, 61}}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 30 {
		sizes = append(sizes, [2]int{1 + rng.IntN(200), 1 + rng.IntN(200)})
	}
	for _, from := range sizes {
		src := synthetic(from[0], from[1])
		for i := range src.Pix {
			if rng.IntN(3) == 0 {
				src.Pix[i] = byte(255 * rng.IntN(2)) // edges overshoot and clip
			}
		}
		for range 4 {
			to := sizes[rng.IntN(len(sizes))]
			box := image.Rect(rng.IntN(to[0]), rng.IntN(to[1]), to[0], to[1])
			passes := Passes(rng.IntN(2))
			vector = false
			want := Bicubic.resample(src, to[0], to[1], box, passes)
			vector = true
			got := Bicubic.resample(src, to[0], to[1], box, passes)
			if !slices.Equal(got.Pix, want.Pix) {
				t.Errorf("%v to %v, part %v: the kernels give other bytes", from, to, box)
			}
		}
	}
}

// TestPlain runs the comparison with Pillow on the plain loops.
func TestPlain(t *testing.T) {
	defer func(before bool) { vector = before }(vector)
	vector = false
	TestPillowFiles(t)
	TestPillowSteps(t)
}

// BenchmarkResize is 640×480 to 298×224, by the kernels and by the loops.
func BenchmarkResize(b *testing.B) {
	defer func(before bool) { vector = before }(vector)
	img := synthetic(640, 480)
	for _, fast := range []bool{false, simd.Available()} {
		b.Run(fmt.Sprintf("vector=%v", fast), func(b *testing.B) {
			vector = fast
			for b.Loop() {
				ResizeShort(img, 224)
			}
		})
	}
}

package jpeg

import (
	"math/rand/v2"
	"slices"
	"testing"

	"cliplab/lab/pixels/jpeg/simd"
)

// both runs f by the plain loops and by the kernels.
func both(t *testing.T, f func() []byte) (plain, kernels []byte) {
	t.Helper()
	if !simd.Available() {
		t.Skip("this machine cannot run the kernels of package simd")
	}
	defer func(before bool) { vector = before }(vector)
	vector = false
	plain = f()
	vector = true
	return plain, f()
}

// TestInverse compares the transform over blocks sparse and full, with values that clip.
func TestInverse(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var b block
		spread := 1 << rng.IntN(12)
		for range 1 + rng.IntN(64) {
			b[rng.IntN(64)] = int16(rng.IntN(2*spread) - spread)
		}
		plain, kernels := both(t, func() []byte {
			dst := make([]byte, 9*8+3)
			inverse(dst, 9, &b, 8)
			return dst
		})
		if !slices.Equal(plain, kernels) {
			t.Fatalf("%v\n plain %v\n kernels %v", b, plain, kernels)
		}
	}
}

// TestLines compares upsampling and colours over widths that divide nothing; room behind the
// lines stays untouched.
func TestLines(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for n := 3; n < 150; n++ {
		src := make([]byte, 3*n)
		for i := range src {
			src[i] = byte(rng.UintN(256))
			if n%3 == 0 {
				src[i] = byte(255 * rng.IntN(2))
			}
		}
		a, b, c := src[:n], src[n:2*n], src[2*n:]
		for name, f := range map[string]func(dst []byte){
			"widen":     func(dst []byte) { widen(dst, a) },
			"widenBoth": func(dst []byte) { widenBoth(dst, a, b) },
			"rgb":       func(dst []byte) { newChroma().rgb(dst[:4*n], a, b, c) },
		} {
			plain, kernels := both(t, func() []byte {
				dst := make([]byte, 4*n+64)
				f(dst)
				return dst
			})
			if !slices.Equal(plain, kernels) {
				t.Fatalf("%s of %d: plain %v\n kernels %v", name, n, plain, kernels)
			}
		}
	}
}

// TestColors compares all chroma at some luma with the plain loops.
func TestColors(t *testing.T) {
	for _, l := range []byte{0, 16, 128, 200, 255} {
		lum, u, v := make([]byte, 1<<16), make([]byte, 1<<16), make([]byte, 1<<16)
		for i := range lum {
			lum[i], u[i], v[i] = l, byte(i), byte(i>>8)
		}
		plain, kernels := both(t, func() []byte {
			dst := make([]byte, 4<<16)
			newChroma().rgb(dst, lum, u, v)
			return dst
		})
		if !slices.Equal(plain, kernels) {
			t.Fatalf("luma %d: the kernel gives other colours", l)
		}
	}
}

// TestPlain runs the comparison with Pillow on the plain loops.
func TestPlain(t *testing.T) {
	defer func(before bool) { vector = before }(vector)
	vector = false
	TestPillow(t)
}

package pages

import "testing"

// Arrays of any length are zeros that can be written, and whoever stands beside them keeps his.
func TestFloats(t *testing.T) {
	for _, n := range []int{0, 1, huge/16 - 1, huge / 16, huge, 3*huge/4 + 5} {
		before, x, after := []float32{1}, Floats(n), []float32{2}
		if len(x) != n {
			t.Fatalf("%d numbers, want %d", len(x), n)
		}
		for i := range x {
			if x[i] != 0 {
				t.Fatalf("number %d of %d is %v", i, n, x[i])
			}
			x[i] = 3
		}
		if before[0] != 1 || after[0] != 2 {
			t.Error("neighbours changed")
		}
	}
}

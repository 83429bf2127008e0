package viz

import (
	"math"
	"testing"
)

// TestPCA: two clouds that differ along (3, 4, 0) and spread along (4, −3, 0) by less. The
// components are those two directions, and the third dimension is empty.
func TestPCA(t *testing.T) {
	a := Table([]float64{3 + .4, 4 - .3, 7}, []float64{3 - .4, 4 + .3, 7})
	b := Table([]float64{-3 + .4, -4 - .3, 7}, []float64{-3 - .4, -4 + .3, 7})
	clouds, share := PCA([]string{"texts", "images"}, a, b)
	if math.Abs(share-1) > 1e-9 {
		t.Errorf("the plane shows %v of the variance, want all", share)
	}
	for i, want := range []float64{-5, 5} {
		for k := range 2 {
			// along the first axis ±5; along the second ±0.5, both signs in each cloud
			x, y := clouds[i].X[k], clouds[i].Y[k]
			if math.Abs(x-want) > 1e-9 || math.Abs(math.Abs(y)-.5) > 1e-9 {
				t.Errorf("%s %d at (%v, %v), want (%v, ±0.5)", clouds[i].Name, k, x, y, want)
			}
		}
	}
	if clouds[0].Y[0] >= 0 || clouds[0].Y[1] <= 0 {
		t.Errorf("second axis %v: want opposite signs, the first point below", clouds[0].Y)
	}
}

// TestPCASmall: fewer rows than components, and rows without any spread.
func TestPCASmall(t *testing.T) {
	for name, m := range map[string]Matrix{
		"two rows": waves(2, 6), "equal rows": Table([]float64{1, 2}, []float64{1, 2}),
	} {
		clouds, share := PCA([]string{name}, m)
		if len(clouds[0].X) != 2 || share < 0 || share > 1.0001 || math.IsNaN(clouds[0].Y[0]) {
			t.Errorf("%s: %v, share %v", name, clouds, share)
		}
		checkLayout(t, Scatter(clouds))
	}
}

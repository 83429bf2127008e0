package viz

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// PCA projects the rows of several matrices on their common first two principal components,
// ready for Scatter: image and text features side by side in the plane that shows most of
// their spread.
//
//	names  [S]               one for each matrix
//	sets   S × [rows, dim]   the same dim for all
//	share                    the part of the whole variance that the plane shows, 0..1
//
// The sign of a component is free; it is chosen so that the first matrix lies to the left and
// below. It panics when dims differ, or with fewer than 2 rows or 2 columns in all.
func PCA(names []string, sets ...Matrix) (clouds []Points, share float64) {
	match(len(sets), "matrix", len(names), "name", false)
	var flat []float64
	rows, dim := 0, 0
	counts := make([]int, len(sets))
	for i, m := range sets {
		r, c, v := values("PCA", m)
		if i > 0 && c != dim {
			panicf("viz: PCA of rows of %d and of %d numbers", dim, c)
		}
		rows, dim, flat, counts[i] = rows+r, c, append(flat, v...), r
	}
	if rows < 2 || dim < 2 {
		panicf("viz: PCA of %s of %s", count(rows, "row"), count(dim, "number"))
	}
	all := mat.NewDense(rows, dim, flat)
	var pc stat.PC
	if !pc.PrincipalComponents(all, nil) {
		panicf("viz: PCA of %d × %d values does not converge", rows, dim)
	}
	vars := pc.VarsTo(nil)
	total := 0.0
	for _, v := range vars {
		total += v
	}
	if total > 0 {
		share = vars[0] / total
		if len(vars) > 1 {
			share += vars[1] / total
		}
	}
	for i, n := range counts {
		clouds = append(clouds,
			Points{Name: names[i], X: make([]float64, n), Y: make([]float64, n)})
	}
	project(clouds, all, &pc)
	return clouds, share
}

// project fills X and Y with the centred rows along the first two components.
func project(clouds []Points, all *mat.Dense, pc *stat.PC) {
	var axes mat.Dense
	pc.VectorsTo(&axes)
	rows, dim := all.Dims()
	centre := make([]float64, dim)
	for j := range dim {
		centre[j] = stat.Mean(mat.Col(nil, j, all), nil)
	}
	_, have := axes.Dims()
	for k := range min(2, have) {
		along := make([]float64, rows)
		for i := range rows {
			for j := range dim {
				along[i] += (all.At(i, j) - centre[j]) * axes.At(j, k)
			}
		}
		sign := 1.0
		if first := mean(along[:len(clouds[0].X)]); first > 1e-9 ||
			math.Abs(first) <= 1e-9 && along[0] > 0 {
			sign = -1
		}
		i := 0
		for _, c := range clouds {
			to := c.X
			if k == 1 {
				to = c.Y
			}
			for p := range to {
				to[p] = sign * along[i]
				i++
			}
		}
	}
}

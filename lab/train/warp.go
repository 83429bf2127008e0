package train

import (
	"image"
	"math/rand/v2"
)

// knots is the number of points a side at which a bend is drawn.
const knots = 4

// bend shifts the places of a picture smoothly: no two artists draw quite the same outline.
type bend struct{ dx, dy [knots][knots]float64 }

func (a Augment) bend(r image.Rectangle, rng *rand.Rand) *bend {
	var b bend
	if a.Warp == 0 {
		return &b
	}
	spread := a.Warp * float64(max(r.Dx(), r.Dy()))
	for i := range knots {
		for j := range knots {
			b.dx[i][j] = rng.NormFloat64() * spread
			b.dy[i][j] = rng.NormFloat64() * spread
		}
	}
	return &b
}

// at interpolates the shift at a pixel of the output.
func (b *bend) at(x, y, size int) (dx, dy float64) {
	u := float64(x) / float64(size-1) * (knots - 1)
	v := float64(y) / float64(size-1) * (knots - 1)
	j, i := min(int(u), knots-2), min(int(v), knots-2)
	u, v = u-float64(j), v-float64(i)
	mix := func(d *[knots][knots]float64) float64 {
		top := d[i][j]*(1-u) + d[i][j+1]*u
		return top*(1-v) + (d[i+1][j]*(1-u)+d[i+1][j+1]*u)*v
	}
	return mix(&b.dx), mix(&b.dy)
}

// blur takes the mean of each pixel with its neighbours, in place.
//
//	planes [3, size, size]
func blur(planes []float32, size int) {
	row := make([]float32, size)
	line := func(at func(int) *float32) {
		for i := range size {
			row[i] = *at(i)
		}
		for i := range size {
			*at(i) = (row[max(i-1, 0)] + 2*row[i] + row[min(i+1, size-1)]) / 4
		}
	}
	for k := range 3 {
		plane := planes[k*size*size : (k+1)*size*size]
		for y := range size {
			line(func(x int) *float32 { return &plane[y*size+x] })
		}
		for x := range size {
			line(func(y int) *float32 { return &plane[y*size+x] })
		}
	}
}

// coarsen replaces each square of n × n pixels by its mean and goes over to the next one
// smoothly, in place: what differs between artists are mostly the details.
//
//	planes [3, size, size]
func coarsen(planes []float32, size, n int) {
	side := (size + n - 1) / n
	means := make([]float32, side*side)
	for k := range 3 {
		plane := planes[k*size*size : (k+1)*size*size]
		for i := range side {
			for j := range side {
				means[i*side+j] = squareMean(plane, size, i*n, j*n, n)
			}
		}
		for y := range size {
			i, v := between(y, n, side)
			for x := range size {
				j, u := between(x, n, side)
				m := means[i*side+j:]
				down := min(1, side-1-i) * side
				right := min(1, side-1-j)
				top := m[0]*(1-u) + m[right]*u
				plane[y*size+x] = top*(1-v) + (m[down]*(1-u)+m[down+right]*u)*v
			}
		}
	}
}

// squareMean is the mean of the n × n pixels at y, x, as far as they lie in the plane.
func squareMean(plane []float32, size, y, x, n int) float32 {
	var sum float32
	rows, columns := min(n, size-y), min(n, size-x)
	for r := range rows {
		for _, v := range plane[(y+r)*size+x : (y+r)*size+x+columns] {
			sum += v
		}
	}
	return sum / float32(rows*columns)
}

// between says which of side squares of n pixels has its centre before pixel x, and how far
// from there to the next one's the pixel is.
func between(x, n, side int) (square int, share float32) {
	at := max(0, (float32(x)+0.5)/float32(n)-0.5)
	square = min(int(at), side-1)
	return square, at - float32(square)
}

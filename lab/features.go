package lab

import (
	"fmt"
	"math"

	"cliplab/lab/tensor"
)

// Tensor is a dense float32 array in row-major order; see package lab/tensor.
type Tensor = tensor.Tensor

// Norms is the L2 length of each row: ‖xᵢ‖ = √ Σⱼ xᵢⱼ².
//
//	features [n, d]
//	result   n lengths
func Norms(features *Tensor) []float64 {
	n, d := matrix("Norms", features)
	norms := make([]float64, n)
	for i := range n {
		var sum float64
		for _, x := range features.Data[i*d : (i+1)*d] {
			sum += float64(x) * float64(x)
		}
		norms[i] = math.Sqrt(sum)
	}
	return norms
}

// Normalize divides each row by its L2 length, so that features become unit features and
// only their direction is left. The argument is not changed.
//
//	features [n, d]
//	result   [n, d]  rows of length 1
//
// A row of zeros has no direction: Normalize panics and names the row.
func Normalize(features *Tensor) *Tensor {
	n, d := matrix("Normalize", features)
	unit := tensor.New(n, d)
	for i, norm := range Norms(features) {
		if norm == 0 {
			panic(fmt.Sprintf("lab: Normalize: row %d has length 0 and so no direction; "+
				"remove the row or look where it became zero", i))
		}
		for j := range d {
			unit.Data[i*d+j] = float32(float64(features.Data[i*d+j]) / norm)
		}
	}
	return unit
}

// Similarity is the dot product of every image row with every text row. For unit features
// that is the cosine of the angle between them, in −1..1.
//
//	image  [n, d]  unit features
//	text   [m, d]  unit features
//	result [n, m]  rows images, columns texts
func Similarity(image, text *Tensor) *Tensor {
	n, d := matrix("Similarity", image)
	m, e := matrix("Similarity", text)
	if d != e {
		panic(fmt.Sprintf("lab: image features %v and text features %v differ in dim 1",
			image.Shape, text.Shape))
	}
	similarity := tensor.New(n, m)
	for i := range n {
		for j := range m {
			similarity.Data[i*m+j] = float32(dot(
				image.Data[i*d:(i+1)*d], text.Data[j*d:(j+1)*d]))
		}
	}
	return similarity
}

// dot is Σₖ aₖ·bₖ, summed in float64.
func dot(a, b []float32) float64 {
	var sum float64
	for k, x := range a {
		sum += float64(x) * float64(b[k])
	}
	return sum
}

// matrix gives the two dimensions of t, or panics in the name of the stage that needs them.
func matrix(stage string, t *Tensor) (rows, cols int) {
	if t == nil || len(t.Shape) != 2 {
		panic(fmt.Sprintf("lab: %s wants a matrix [rows, columns], not %s", stage, shapeOf(t)))
	}
	return t.Shape[0], t.Shape[1]
}

func shapeOf(t *Tensor) string {
	if t == nil {
		return "nil"
	}
	return fmt.Sprintf("shape %v", t.Shape)
}

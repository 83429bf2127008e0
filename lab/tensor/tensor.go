package tensor

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Tensor is a row-major, contiguous array of float32. len(Data) is the product of Shape; a
// tensor of no dimensions holds one number.
type Tensor struct {
	Shape []int
	Data  []float32
}

// most is how many values New makes at most: 64 GiB. Beyond what a machine has, Go ends the
// program.
const most = 1 << 34

// New makes a tensor of zeros. It panics when the shape is larger than any that fits in memory.
func New(shape ...int) *Tensor {
	if volume(shape) > most {
		panic(fmt.Sprintf("tensor: shape %v has more than %d values, 64 GiB", shape, most))
	}
	return &Tensor{Shape: append([]int{}, shape...), Data: make([]float32, volume(shape))}
}

// From makes a tensor that shares data. It panics when data does not fill the shape.
func From(data []float32, shape ...int) *Tensor {
	if volume(shape) != len(data) {
		panic(fmt.Sprintf("tensor: shape %v holds %d values, data has %d",
			shape, volume(shape), len(data)))
	}
	return &Tensor{Shape: append([]int{}, shape...), Data: data}
}

// Len is the number of values.
func (t *Tensor) Len() int { return len(t.Data) }

// Dims gives rows and columns of a 2-D tensor; a 1-D tensor is one row. With At and T it makes
// a Tensor a gonum mat.Matrix.
func (t *Tensor) Dims() (r, c int) {
	switch len(t.Shape) {
	case 1:
		return 1, t.Shape[0]
	case 2:
		return t.Shape[0], t.Shape[1]
	}
	panic(fmt.Sprintf("tensor: shape %v is no matrix", t.Shape))
}

// At is the value in row i, column j of a 2-D tensor.
func (t *Tensor) At(i, j int) float64 {
	r, c := t.Dims()
	if i < 0 || i >= r || j < 0 || j >= c {
		panic(fmt.Sprintf("tensor: index [%d, %d] outside shape %v", i, j, t.Shape))
	}
	return float64(t.Data[i*c+j])
}

// T is the transpose as a view, for gonum.
func (t *Tensor) T() mat.Matrix { return mat.Transpose{Matrix: t} }

// Row is the i-th part along the first dimension, as a view: row i of a matrix, picture i of a
// batch [n, 3, h, w].
func (t *Tensor) Row(i int) *Tensor {
	rows := t.Slice(i, i+1)
	return &Tensor{Shape: rows.Shape[1:], Data: rows.Data}
}

// Slice is parts i to j−1 along the first dimension, as a view.
func (t *Tensor) Slice(i, j int) *Tensor {
	if len(t.Shape) == 0 || i < 0 || j < i || j > t.Shape[0] {
		panic(fmt.Sprintf("tensor: rows %d to %d outside shape %v", i, j, t.Shape))
	}
	size := volume(t.Shape[1:])
	shape := append([]int{j - i}, t.Shape[1:]...)
	return &Tensor{Shape: shape, Data: t.Data[i*size : j*size : j*size]}
}

// Reshape is the same data under another shape, as a view. One dimension may be −1: it takes
// what the others leave.
func (t *Tensor) Reshape(shape ...int) *Tensor {
	shape = append([]int{}, shape...)
	for i, n := range shape {
		if n != -1 {
			continue
		}
		shape[i] = 1
		if rest := volume(shape); rest > 0 && len(t.Data)%rest == 0 {
			shape[i] = len(t.Data) / rest
		}
	}
	if volume(shape) != len(t.Data) {
		panic(fmt.Sprintf("tensor: shape %v does not reshape to %v: %d values", t.Shape, shape,
			len(t.Data)))
	}
	return &Tensor{Shape: shape, Data: t.Data}
}

// Clone is a copy that shares nothing.
func (t *Tensor) Clone() *Tensor {
	return From(append(make([]float32, 0, len(t.Data)), t.Data...), t.Shape...)
}

// Stats gives the smallest, mean and largest value; NaN values make the mean NaN and are
// otherwise skipped. All are NaN for a tensor without values.
func (t *Tensor) Stats() (smallest, mean, largest float64) {
	smallest, largest = math.Inf(1), math.Inf(-1)
	var sum float64
	for _, x := range t.Data {
		v := float64(x)
		sum += v
		if v < smallest {
			smallest = v
		}
		if v > largest {
			largest = v
		}
	}
	if len(t.Data) == 0 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	return smallest, sum / float64(len(t.Data)), largest
}

func volume(shape []int) int {
	v := 1
	for _, n := range shape {
		if n < 0 {
			panic(fmt.Sprintf("tensor: negative dimension in shape %v", shape))
		}
		if n > 0 && v > math.MaxInt/n {
			panic(fmt.Sprintf("tensor: shape %v has more values than an int counts", shape))
		}
		v *= n
	}
	return v
}

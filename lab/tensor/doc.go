// Package tensor is the lab's host tensor: a shape and a row-major slice of float32, that
// prints so that one sees what is inside.
//
//	x := tensor.New(2, 3)                              // zeros
//	y := tensor.From([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
//	y.Row(1)                                           // a view, [3]
//	fmt.Println(y)                                     // shape, range, mean, a corner of values
//
// A tensor of two dimensions is a gonum mat.Matrix, so gonum, gonum/plot and viz take it as it
// stands. In a notebook it shows as a table tinted by value.
//
// It is not a numeric library: no broadcasting, no strides, no gradients. Arithmetic is package
// lab/ops, gradients are package lab/graph. Notebook 01 shows its first tensors in step 2.
package tensor

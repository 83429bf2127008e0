package tensor_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"cliplab/lab/tensor"
)

func ExampleTensor() {
	x := tensor.From([]float32{0.5, -1, 2, 0, 1.25, 3}, 2, 3)
	fmt.Println(x)
	fmt.Println("row 1 sums to", mat.Sum(x.Slice(1, 2)))
	// Output:
	// [2, 3] float32  min -1  mean 0.9583  max 3
	//   0.5000      -1       2
	//        0  1.2500       3
	// row 1 sums to 4.25
}

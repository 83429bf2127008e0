package ops_test

import (
	"fmt"

	"cliplab/lab/ops"
)

// Two images and two texts whose pairs point the same way: the more the logit scale, the surer.
func ExampleContrastiveLoss() {
	image := []float32{1, 0, 0, 1} // two unit features
	text := []float32{1, 0, 0, 1}
	logits, dlogits := make([]float32, 4), make([]float32, 4)
	for _, t := range []float32{0, 2.6593, 4.6052} { // scales 1, 14.3 and 100
		loss := ops.ContrastiveLoss(logits, dlogits, image, text, t, 2, 2)
		fmt.Printf("logits %.1f  loss %.4f\n", logits, loss.Mean())
	}
	// Output:
	// logits [1.0 0.0 0.0 1.0]  loss 0.3133
	// logits [14.3 0.0 0.0 14.3]  loss 0.0000
	// logits [100.0 0.0 0.0 100.0]  loss 0.0000
}

func ExampleLinear() {
	x := []float32{1, 2}             // one row of two
	w := []float32{1, 0, 0, 1, 1, 1} // three outputs: x₀, x₁, x₀ + x₁
	y := make([]float32, 3)
	ops.Linear(y, x, w, []float32{10, 20, 30}, nil, 1, 2, 3)
	fmt.Println(y)
	// Output: [11 22 33]
}

package ops

import "fmt"

// need panics unless an array holds as many numbers as its shape.
func need(op, name string, x []float32, dims ...int) {
	want := 1
	for _, d := range dims {
		want *= d
		if d < 0 {
			want = -1
			break
		}
	}
	if len(x) != want {
		shape := append([]int(nil), dims...) // a copy, so that dims need no allocation
		panic(fmt.Sprintf("ops: %s: %s holds %d numbers, its shape is %v", op, name, len(x), shape))
	}
}

// may is need for an array that can be nil.
func may(op, name string, x []float32, dims ...int) {
	if x != nil {
		need(op, name, x, dims...)
	}
}

// numbers panics unless there are n indices, all in 0..limit−1.
func numbers(op, name string, index []int, n, limit int) {
	if len(index) != n {
		panic(fmt.Sprintf("ops: %s: %d %s, want %d", op, len(index), name, n))
	}
	for i, v := range index {
		if v < 0 || v >= limit {
			panic(fmt.Sprintf("ops: %s: %s[%d] is %d, not in 0..%d", op, name, i, v, limit-1))
		}
	}
}

func whole(op, name string, n, part int) {
	if part <= 0 || n%part != 0 {
		panic(fmt.Sprintf("ops: %s: %s %d is no multiple of %d", op, name, n, part))
	}
}

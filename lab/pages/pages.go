package pages

// huge is the size of a large page of amd64 and arm64, bytes; arrays from a quarter of it on are
// worth a call.
const huge = 2 << 20

// Floats are n zeros, on large pages if the system is willing.
func Floats(n int) []float32 {
	x := make([]float32, n)
	if 4*n >= huge/4 {
		wish(x)
	}
	return x
}

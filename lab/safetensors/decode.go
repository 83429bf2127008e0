package safetensors

import "fmt"

// Decode converts stored values to float32; src holds len(dst) values of the type.
//
// It panics when src has another length.
func (d DType) Decode(dst []float32, src []byte) {
	if d.Size() == 0 || len(src) != len(dst)*d.Size() {
		panic(fmt.Sprintf("safetensors: %d bytes for %d values of type %q", len(src), len(dst), d))
	}
	d.decode(dst, src)
}

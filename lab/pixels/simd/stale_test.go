package simd

import (
	"testing"

	"cliplab/lab/generated"
)

// The committed assembly is what the generator writes.
func TestGeneratedIsFresh(t *testing.T) {
	const again = "./lab/pixels/simd"
	generated.Fresh(t, "./gen", "zkernels_amd64.s", "zkernels_amd64.go", again, "-pkg", "simd")
}

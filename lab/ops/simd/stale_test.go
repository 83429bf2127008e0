package simd

import (
	"testing"

	"cliplab/lab/generated"
)

// The committed assembly is what the generators write; avo asks for the package's name.
func TestGeneratedIsFresh(t *testing.T) {
	const again = "./lab/ops/simd"
	generated.Fresh(t, "./gen", "zkernels_amd64.s", "zkernels_amd64.go", again, "-pkg", "simd")
	generated.Fresh(t, "./gen/neon", "zkernels_arm64.s", "zkernels_arm64.go", again)
}

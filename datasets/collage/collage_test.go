package collage

import (
	"math/rand/v2"
	"testing"
)

func BenchmarkTraining(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	Training("noto", rng)
	Training("fluent", rng)
	for b.Loop() {
		Training("noto", rng)
	}
}

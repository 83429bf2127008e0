package recipe

import (
	"math/rand/v2"
	"testing"
)

// The same seed must give the same batch, and no composite may say what another one says.
func TestBatchesAreRepeatable(t *testing.T) {
	source := NewMixed()
	first := source.Batch(64, rand.New(rand.NewPCG(1, 2)))
	second := source.Batch(64, rand.New(rand.NewPCG(1, 2)))
	for i := range first {
		if first[i].Caption != second[i].Caption {
			t.Fatalf("example %d is %q and then %q", i, first[i].Caption, second[i].Caption)
		}
	}
	if len(first) != 64 {
		t.Errorf("%d examples, want 64", len(first))
	}
}

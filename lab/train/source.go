package train

import (
	"image"
	"math/rand/v2"
)

// Example is one picture with its caption.
type Example struct {
	Picture image.Image
	Caption string
}

// Source gives batches to train on. A batch should not hold two examples that the same
// caption fits: contrastive training takes each for a wrong answer of the other.
type Source interface {
	// Batch draws n examples. The same state of rng gives the same batch.
	Batch(n int, rng *rand.Rand) []Example
	// Captions lists every caption that Batch can draw, for the vocabulary.
	Captions() []string
}

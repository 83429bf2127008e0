package recipe

import (
	"image"
	"math/rand/v2"

	"cliplab/datasets/collage"
	"cliplab/lab/train"
)

// Composites is the usual share of a batch that is composed of several drawings.
const Composites = 0.2

// Mixed draws batches of single drawings and of composites of the training artists. It is the
// source of the model that ships.
type Mixed struct {
	// Composites is how much of a batch is put together from several drawings: a person with
	// a hat, a cat beside a cup.
	Composites float64

	// Pairs is how often a composite of a person and a thing comes with the same person alone, as a
	// harder negative: what tells the two apart is the thing.
	Pairs float64

	emoji *Emoji
}

// NewMixed is the whole training data.
func NewMixed() *Mixed {
	return &Mixed{Composites: Composites, emoji: NewEmoji()}
}

// SetNeighbours sets the share of single drawings that come with their neighbours; see Emoji.
func (m *Mixed) SetNeighbours(share float64) { m.emoji.Neighbours = share }

// Batch implements train.Source. No two composites of a batch have the same caption.
func (m *Mixed) Batch(n int, rng *rand.Rand) []train.Example {
	composites := int(float64(n) * m.Composites)
	batch := m.emoji.Batch(n-composites, rng)
	said := map[string]bool{}
	for _, e := range batch {
		said[e.Caption] = true
	}
	add := func(picture *image.NRGBA, caption string) bool {
		if said[caption] || len(batch) == n {
			return false
		}
		said[caption] = true
		batch = append(batch, train.Example{Picture: picture, Caption: caption})
		return true
	}
	for len(batch) < n {
		artist := collage.TrainingArtists[rng.IntN(len(collage.TrainingArtists))]
		c := collage.Training(artist, rng)
		if add(c.Picture, c.Caption) && c.Without != nil && rng.Float64() < m.Pairs {
			add(c.Without, c.Person)
		}
	}
	return batch
}

// Captions implements train.Source.
func (m *Mixed) Captions() []string {
	return append(m.emoji.Captions(), collage.TrainingCaptions()...)
}

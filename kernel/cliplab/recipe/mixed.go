package recipe

import (
	"math/rand/v2"

	"cliplab/datasets/collage"
	"cliplab/datasets/emoji"
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

	emoji   *Emoji
	artists []string
}

// NewMixed is the whole training data.
func NewMixed() *Mixed {
	m := &Mixed{Composites: Composites, emoji: NewEmoji()}
	for _, artist := range emoji.Artists { // those whose heads are measured
		if artist != emoji.HeldOutArtist {
			m.artists = append(m.artists, artist)
		}
	}
	return m
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
	for len(batch) < n {
		artist := m.artists[rng.IntN(len(m.artists))]
		picture, caption := collage.Training(artist, rng)
		if said[caption] {
			continue
		}
		said[caption] = true
		batch = append(batch, train.Example{Picture: picture, Caption: caption})
	}
	return batch
}

// Captions implements train.Source.
func (m *Mixed) Captions() []string {
	return append(m.emoji.Captions(), collage.TrainingCaptions()...)
}

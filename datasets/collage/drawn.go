package collage

import (
	"image"
	"sync"

	"github.com/disintegration/imaging"

	"cliplab/datasets/emoji"
	"cliplab/datasets/redrawn"
)

// drawn is an artist's drawing of a concept, nil where he made none, and whether it may be
// trained on.
func drawn(artist, id string) (picture *image.NRGBA, trained bool) {
	if pair, ok := emoji.Find(artist, id); ok {
		return pair.NRGBA(), pair.Trained()
	}
	d, ok := redrawings()[[2]string{artist, id}]
	if !ok {
		return nil, false
	}
	concept, known := emoji.Find(emoji.Artists[0], id)
	return imaging.Clone(d.Picture), known && !concept.HeldOut
}

// redrawings are the other artists' drawings by artist and concept.
var redrawings = sync.OnceValue(func() map[[2]string]redrawn.Drawing {
	m := map[[2]string]redrawn.Drawing{}
	for _, d := range redrawn.All() {
		m[[2]string{d.Artist, d.Concept}] = d
	}
	return m
})

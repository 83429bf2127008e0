package emoji

import (
	"image"
	"slices"
	"sync"
)

// Artists of this package: Noto and Fluent are trained on, with those of package redrawn; Twemoji
// is held out.
var Artists = []string{"noto", "fluent", "twemoji"}

// HeldOutArtist is the artist none of whose pictures is trained on.
const HeldOutArtist = "twemoji"

// Concept is one meaning with its words.
type Concept struct {
	ID       string // code points in lower case hex, joined by -
	Emoji    string // the character itself
	Label    string // short name: "top hat"
	Tags     []string
	Group    string // "objects"
	Subgroup string // "clothing"
	Class    string // one of Classes, or empty
	HeldOut  bool   // left out of training for every artist

	n int // place on the sheets
}

// Pair is one picture with its words.
type Pair struct {
	Concept
	Artist string
}

// Picture is the drawing, 64 × 64 with a transparent ground: a copy that may be drawn upon.
func (p Pair) Picture() image.Image { return picture(p.Artist, p.n) }

// NRGBA is Picture with its pixels at hand.
func (p Pair) NRGBA() *image.NRGBA { return picture(p.Artist, p.n) }

// View is the drawing without a copy, a window on its artist's sheet: do not draw upon it.
func (p Pair) View() *image.NRGBA { return view(p.Artist, p.n) }

// Caption is the label.
func (p Pair) Caption() string { return p.Label }

// Captions lists all that may be said of the picture, the label first: then the class as a
// phrase ("a cat"), then the phrases written by hand that hold for this artist's drawing.
func (p Pair) Captions() []string {
	captions := []string{p.Label}
	if p.Class != "" {
		captions = append(captions, Article(p.Class)+" "+p.Class)
	}
	for _, w := range words()[p.ID] {
		if w.artists == nil || slices.Contains(w.artists, p.Artist) {
			captions = append(captions, w.caption)
		}
	}
	return captions
}

// Trained says whether the pair may be trained on: its artist and its concept are not held out.
func (p Pair) Trained() bool { return p.Artist != HeldOutArtist && !p.HeldOut }

// Concepts lists all concepts in Unicode's order.
var Concepts = sync.OnceValue(func() []Concept {
	class := map[string]string{}
	for name, ids := range classes() {
		for _, id := range ids {
			class[id] = name
		}
	}
	var concepts []Concept
	for i, f := range table("concepts.tsv", 6) {
		concepts = append(concepts, Concept{
			ID: f[0], Emoji: f[1], Label: f[2], Tags: list(f[3]),
			Group: f[4], Subgroup: f[5], Class: class[f[0]],
			HeldOut: heldOut(f[0]) && class[f[0]] == "", n: i,
		})
	}
	return concepts
})

// Of lists the pairs of one artist, and decodes nothing yet.
func Of(artist string) []Pair {
	pairs := make([]Pair, 0, len(Concepts()))
	for _, c := range Concepts() {
		pairs = append(pairs, Pair{c, artist})
	}
	return pairs
}

var byID = sync.OnceValue(func() map[string]Concept {
	m := map[string]Concept{}
	for _, c := range Concepts() {
		m[c.ID] = c
	}
	return m
})

// Find is the pair of an artist for a concept's code points, "1f3a9" for the top hat.
func Find(artist, id string) (Pair, bool) {
	c, ok := byID()[id]
	return Pair{c, artist}, ok && slices.Contains(Artists, artist)
}

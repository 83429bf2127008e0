package emoji

import (
	"hash/fnv"
	"image"
	"strings"
	"sync"
)

// Artists in the order of training: Noto and Fluent are trained on, Twemoji is held out.
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
	HeldOut  bool   // left out of training for every artist

	n int // place on the sheets
}

// Pair is one picture with its words.
type Pair struct {
	Concept
	Artist string
}

// Picture is the drawing, 64 × 64 with a transparent ground.
func (p Pair) Picture() image.Image { return picture(p.Artist, p.n) }

// Caption is the label.
func (p Pair) Caption() string { return p.Label }

// Concepts lists all concepts in Unicode's order.
var Concepts = sync.OnceValue(func() []Concept {
	table, err := files.ReadFile("data/concepts.tsv")
	if err != nil {
		panic("emoji: " + err.Error())
	}
	var concepts []Concept
	for i, line := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		if i == 0 {
			continue // the heading
		}
		f := strings.Split(line, "\t")
		concepts = append(concepts, Concept{
			ID: f[0], Emoji: f[1], Label: f[2], Tags: strings.Split(f[3], ", "),
			Group: f[4], Subgroup: f[5], HeldOut: heldOut(f[0]), n: i - 1,
		})
	}
	return concepts
})

// heldOut picks one concept in twenty by a hash of its code points, so that the split needs
// no list and never moves.
func heldOut(id string) bool {
	h := fnv.New32a()
	h.Write([]byte(id))
	return h.Sum32()%20 == 7
}

// Of lists the pairs of one artist.
func Of(artist string) []Pair {
	var pairs []Pair
	for _, c := range Concepts() {
		pairs = append(pairs, Pair{c, artist})
	}
	return pairs
}

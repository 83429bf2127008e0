package datasets

import (
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"cliplab/datasets/emoji"
)

// Splits of the pairs. Only Train is trained on.
const (
	Train      = "train"                  // a training artist's drawing of a trained concept
	NewConcept = "new concept"            // a training artist's drawing of a held-out concept
	NewArtist  = "new artist"             // the held-out artist's drawing of a trained concept
	NewBoth    = "new artist and concept" // the held-out artist's drawing of a held-out concept
)

// Pair is a picture with its words.
type Pair struct {
	ID       string // code points of an emoji, or the name of a photograph or a cut-out
	Caption  string
	Captions []string // all that may be said of it, Caption first
	Tags     []string
	Artist   string // noto, fluent, twemoji; photo; openclipart
	Split    string
	Group    string // "food-drink"
	Class    string // one of ClassNames, or empty
	Image    image.Image
}

// Set is a list of pairs. Its methods narrow it down and can be chained:
//
//	cats := datasets.Emoji().Artist("twemoji").Class("cat")
type Set []Pair

// Emoji lists all drawings of all artists, artist by artist. The pictures are decoded when
// their pixels are first asked for.
func Emoji() Set { return slices.Clone(drawings()) }

var drawings = sync.OnceValue(func() Set {
	set := make(Set, 0, len(emoji.Artists)*len(emoji.Concepts()))
	for _, artist := range emoji.Artists {
		for _, p := range emoji.Of(artist) {
			captions := p.Captions()
			set = append(set, Pair{
				ID: p.ID, Caption: captions[0], Captions: captions, Tags: p.Tags, Artist: artist,
				Split: splitOf(p), Group: p.Group, Class: p.Class, Image: &drawing{Pair: p},
			})
		}
	}
	return set
})

func splitOf(p emoji.Pair) string {
	switch {
	case p.Trained():
		return Train
	case p.Artist != emoji.HeldOutArtist:
		return NewConcept
	case p.HeldOut:
		return NewBoth
	default:
		return NewArtist
	}
}

// drawing is an emoji's picture, a window on its sheet, which is decoded when pixels are first
// asked for. The pixels are shared: drawing upon what NRGBA gives is forbidden.
type drawing struct{ emoji.Pair }

func (d drawing) NRGBA() *image.NRGBA     { return d.View() }
func (d drawing) ColorModel() color.Model { return color.NRGBAModel }
func (d drawing) Bounds() image.Rectangle { return image.Rect(0, 0, emoji.Side, emoji.Side) }
func (d drawing) At(x, y int) color.Color { return d.View().NRGBAAt(x, y) }

// Where keeps the pairs for which keep is true.
func (s Set) Where(keep func(Pair) bool) Set {
	var kept Set
	for _, p := range s {
		if keep(p) {
			kept = append(kept, p)
		}
	}
	return kept
}

// Pairs keeps the pairs that pass all filters.
func (s Set) Pairs(filters ...func(Pair) bool) []Pair {
	for _, f := range filters {
		s = s.Where(f)
	}
	return s
}

// Artist keeps the drawings of the artists.
func (s Set) Artist(names ...string) Set {
	return s.Where(func(p Pair) bool { return slices.Contains(names, p.Artist) })
}

// Split keeps the pairs of the splits.
func (s Set) Split(names ...string) Set {
	return s.Where(func(p Pair) bool { return slices.Contains(names, p.Split) })
}

// Group keeps the pairs of the groups, such as "animals-nature" or "food-drink".
func (s Set) Group(names ...string) Set {
	return s.Where(func(p Pair) bool { return slices.Contains(names, p.Group) })
}

// Class keeps the pairs of the everyday classes.
func (s Set) Class(names ...string) Set {
	return s.Where(func(p Pair) bool { return slices.Contains(names, p.Class) })
}

// Search keeps the pairs that have the word in one of their captions or tags.
func (s Set) Search(word string) Set {
	word = strings.ToLower(word)
	return s.Where(func(p Pair) bool {
		for _, text := range slices.Concat(p.Captions, p.Tags) {
			if slices.Contains(strings.FieldsFunc(strings.ToLower(text), notLetter), word) {
				return true
			}
		}
		return false
	})
}

func notLetter(r rune) bool { return strings.ContainsRune(" ,.:;!?-()’'", r) }

// Sample draws n different pairs, all of them where there are fewer. The same seed draws the
// same.
func (s Set) Sample(n int, seed uint64) Set {
	rng := rand.New(rand.NewPCG(seed, 0))
	var drawn Set
	for _, i := range rng.Perm(len(s)) {
		if len(drawn) >= n {
			break
		}
		drawn = append(drawn, s[i])
	}
	return drawn
}

// Images lists the pictures.
func (s Set) Images() []image.Image {
	images := make([]image.Image, len(s))
	for i, p := range s {
		images[i] = p.Image
	}
	return images
}

// Captions lists the first caption of each pair.
func (s Set) Captions() []string {
	captions := make([]string, len(s))
	for i, p := range s {
		captions[i] = p.Caption
	}
	return captions
}

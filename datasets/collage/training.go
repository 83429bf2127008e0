package collage

import (
	"image"
	"math/rand/v2"
	"sync"

	"cliplab/datasets/sheet"
)

// things may lie beside a person or an animal: a plain word and its drawings.
var things = []struct {
	word string
	ids  []string
}{
	{"cup", []string{"2615", "1f375", "1f964", "1f9cb"}},
	{"boat", []string{"26f5", "1f6a4", "1f6f6", "1f6e5", "26f4", "1f6f3"}},
	{"cat", []string{"1f408", "1f408-200d-2b1b", "1f431"}},
	{"dog", []string{"1f415", "1f436", "1f429"}},
	{"hat", []string{"1f3a9", "1f452", "1f9e2"}},
	{"tree", []string{"1f332", "1f333", "1f334"}},
	{"car", []string{"1f697", "1f699", "1f695"}},
	{"flower", []string{"1f33b", "1f337", "1f33c", "1f339"}},
	{"bird", []string{"1f426", "1f989", "1f99c"}},
	{"house", []string{"1f3e0", "1f3e1"}},
	{"ball", []string{"1f3c0", "26be", "1f94e"}},
	{"apple", []string{"1f34e", "1f34f"}},
	{"book", []string{"1f4d5", "1f4d8", "1f4d7"}},
	{"clock", []string{"23f0", "1f570"}},
	{"scarf", []string{scarfID}},
	{"bag", []string{"1f45c", "1f392"}},
	{"umbrella", []string{"2602"}},
	{"guitar", []string{"1f3b8"}},
}

const scarfID = "1f9e3"

// wardrobe is all that one artist's composites are made of, decoded once.
type wardrobe struct {
	persons  []Person
	framed   []*image.NRGBA
	heads    []Head
	hats     []headwear
	glasses  []Thing
	scarf    Thing            // without a picture where the artist drew none
	things   [][]*image.NRGBA // of things, empty where the artist drew none
	drawings []*image.NRGBA   // of persons, without a frame
}

// TrainingArtists are those of whose drawings Training composes: their heads are measured.
var TrainingArtists = []string{
	"noto", "fluent", "fluent-flat", "fluent-3d", "noto-2015", "openmoji",
}

// wardrobes are those of TrainingArtists, each opened when it is first asked for.
var wardrobes = func() map[string]func() *wardrobe {
	m := map[string]func() *wardrobe{}
	for _, artist := range TrainingArtists {
		m[artist] = sync.OnceValue(func() *wardrobe { return newWardrobe(artist) })
	}
	return m
}()

func newWardrobe(artist string) *wardrobe {
	cut := func(id string) *image.NRGBA {
		picture, trained := drawn(artist, id)
		if !trained {
			return nil
		}
		return sheet.Trim(picture)
	}
	w := &wardrobe{}
	for _, p := range Persons(artist) {
		if _, trained := drawn(artist, p.ID); !trained {
			continue
		}
		framed, head := p.Framed(1)
		w.persons, w.heads = append(w.persons, p), append(w.heads, head)
		w.framed, w.drawings = append(w.framed, framed), append(w.drawings, sheet.Trim(p.Picture()))
	}
	for _, h := range headwears()[artist] {
		if h.dress() {
			w.hats = append(w.hats, h)
		}
	}
	for _, id := range []string{"1f453", "1f576"} {
		w.glasses = append(w.glasses,
			Thing{Name: "glasses", Picture: cut(id), Fit: 0.9, Centre: 0.5, Seat: 0.5})
	}
	w.scarf = Thing{Name: "scarf", Picture: cut(scarfID), Fit: 0.9, Centre: 0.5, Seat: 0.2}
	for _, t := range things {
		var some []*image.NRGBA
		for _, id := range t.ids {
			if picture := cut(id); picture != nil {
				some = append(some, picture)
			}
		}
		w.things = append(w.things, some)
	}
	return w
}

// Composite is a picture put together, with its caption.
type Composite struct {
	Picture *image.NRGBA
	Caption string

	// Where something was added to a person: the same person without it, not to be drawn upon, and
	// her caption.
	Without *image.NRGBA
	Person  string
}

// Training draws one composite of a training artist: a person with a hat, with glasses, with a
// thing beside, bare-headed, or two things together. The same state of rng gives the same
// picture. It panics for an artist who is none of TrainingArtists, so that the held-out one
// cannot slip in.
func Training(artist string, rng *rand.Rand) Composite {
	open := wardrobes[artist]
	if open == nil {
		panic("collage: " + artist + " is no training artist")
	}
	w := open()
	switch r := rng.Float64(); {
	case r < 0.40:
		return w.withHat(rng)
	case r < 0.52:
		return w.bare(rng)
	case r < 0.62:
		return w.withGlasses(rng)
	case r < 0.67 && w.scarf.Picture != nil:
		return w.withScarf(rng)
	case r < 0.87:
		return w.withThing(rng)
	default:
		return w.twoThings(rng)
	}
}

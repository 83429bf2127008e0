package collage

import (
	"fmt"
	"image"
	"sync"

	"cliplab/datasets/emoji"
	"cliplab/datasets/hats"
	"cliplab/datasets/sheet"
)

// WithWithout is a pair of pictures that differ in one thing.
type WithWithout struct {
	Name    string // "woman with red hair, blue-fedora"
	Kind    string // "emoji" or "photo" for hats, else one of ControlKinds
	Person  string // caption of the person: "a woman with red hair"
	Thing   string // what was added: "a blue hat with a black band"
	Without image.Image
	With    image.Image
}

// scale of the pairs: their hats are sharper than the drawings' 64 pixels.
const scale = 2

// wearers are the held-out artist's persons of the hat probe, one hat each, in this order.
var wearers = []string{
	"1f469", "1f468", "1f9d1", "1f467", "1f466", "1f475", "1f474",
	"1f469-200d-1f9b0", "1f468-200d-1f9b1", "1f471-200d-2640", "1f468-200d-1f9b2",
	"1f469-200d-1f9b3", "1f64d-200d-2642", "1f64e-200d-2640", "1f937-200d-2642",
	"1f481-200d-2640", "1f468-200d-2695", "1f935-200d-2640", "1f9d2", "1f471-200d-2642",
}

// Wearers lists the persons of the hat probe: drawings of the held-out artist.
func Wearers() []Person {
	byID := map[string]Person{}
	for _, p := range Persons(emoji.HeldOutArtist) {
		byID[p.ID] = p
	}
	some := make([]Person, len(wearers))
	for i, id := range wearers {
		some[i] = byID[id]
	}
	return some
}

// HatPairs lists the with/without pairs of the hat probe: twenty persons of the held-out
// artist with one cut-out hat each (Kind "emoji"), then the photographs of the astronaut and
// the cat with two hats each (Kind "photo"). Neither hats nor persons are trained on.
var HatPairs = sync.OnceValue(func() []WithWithout {
	var pairs []WithWithout
	all := hats.Of("hat")
	for i, p := range Wearers() {
		pairs = append(pairs, withHat(p, all[(7*i+4)%len(all)], "emoji"))
	}
	for _, p := range Persons("photo") {
		for _, name := range []string{"red-fedora", "top-hat"} {
			hat, _ := hats.Find(name)
			pairs = append(pairs, withHat(p, hat, "photo"))
		}
	}
	return pairs
})

func withHat(p Person, c hats.Cutout, kind string) WithWithout {
	framed, head := p.Framed(scale)
	t := thingOf(c)
	return WithWithout{
		Name: p.Who + ", " + c.Name, Kind: kind, Person: p.Caption(), Thing: c.Caption,
		Without: framed, With: Wear(framed, t.Picture, head.Hat(t)),
	}
}

func thingOf(c hats.Cutout) Thing {
	return Thing{Name: c.Name, Picture: c.Picture(), Fit: c.Fit, Centre: c.Centre, Seat: c.Seat}
}

// heldOutThing is a drawing of the held-out artist, trimmed, twice as large.
func heldOutThing(id string, fit, seat float64) Thing {
	pair, ok := emoji.Find(emoji.HeldOutArtist, id)
	if !ok {
		panic(fmt.Sprintf("collage: no drawing %s", id))
	}
	return Thing{Name: pair.Label, Picture: sheet.Trim(pair.NRGBA()), Fit: fit, Centre: 0.5,
		Seat: seat}
}

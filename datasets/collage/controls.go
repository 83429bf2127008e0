package collage

import (
	"fmt"
	"image"
	"slices"
	"sync"

	"github.com/disintegration/imaging"

	"cliplab/datasets/hats"
)

// ControlKinds are the changes that are no hat on a head, each made to every person of the hat
// probe: a word that rises for these as much as for a hat says nothing of hats.
var ControlKinds = []string{
	"glasses", "sunglasses", "scarf", "bow tie", "crown", "cup beside", "boat behind",
	"cat beside", "hat beside", "brighter", "darker", "crop", "shift",
}

// ControlPairs lists the pairs of the kinds, of all ControlKinds where none is named. An
// unknown kind gives no pairs.
func ControlPairs(kinds ...string) []WithWithout {
	if len(kinds) == 0 {
		kinds = ControlKinds
	}
	var pairs []WithWithout
	for _, kind := range kinds {
		if !slices.Contains(ControlKinds, kind) {
			continue
		}
		for i, p := range Wearers() {
			framed, head := p.Framed(scale)
			with, thing := change(kind, framed, head, i)
			pairs = append(pairs, WithWithout{
				Name: fmt.Sprintf("%s, %s", p.Who, kind), Kind: kind, Person: p.Caption(),
				Thing: thing, Without: framed, With: with,
			})
		}
	}
	return pairs
}

// extras are the things of the controls, none of them trained on.
var extras = sync.OnceValue(func() map[string][]Thing {
	m := map[string][]Thing{
		"glasses":    {heldOutThing("1f453", 0.95, 0.5)},
		"sunglasses": {heldOutThing("1f576", 0.95, 0.5)},
		"scarf":      {heldOutThing("1f9e3", 0.9, 0.2)},
		"cat beside": {heldOutThing("1f408", 0, 1), heldOutThing("1f408-200d-2b1b", 0, 1)},
	}
	for kind, of := range map[string]string{
		"bow tie": "tie", "crown": "crown", "cup beside": "cup", "boat behind": "boat",
		"hat beside": "hat",
	} {
		for _, c := range hats.Of(of) {
			t := thingOf(c)
			t.Name = c.Caption
			m[kind] = append(m[kind], t)
		}
	}
	return m
})

// change makes the i-th person's change of a kind, and says what was added.
func change(kind string, framed *image.NRGBA, head Head, i int) (image.Image, string) {
	side := float64(framed.Rect.Dx())
	var t Thing
	if things := extras()[kind]; len(things) > 0 {
		t = things[i%len(things)]
	}
	switch kind {
	case "glasses", "sunglasses":
		return Wear(framed, t.Picture, head.Glasses(t)), t.Name
	case "scarf", "bow tie":
		return Wear(framed, t.Picture, head.Neck(t)), t.Name
	case "crown":
		return Wear(framed, t.Picture, head.Hat(t)), t.Name
	case "cup beside", "cat beside", "hat beside":
		width := within(t.Picture, 0.36*side, 0.36*side)
		at := Placement{X: 0.8 * side, Y: 0.97 * side, Width: width, Centre: 0.5, Seat: 1}
		return Wear(framed, t.Picture, at), t.Name
	case "boat behind":
		width := within(t.Picture, 0.44*side, 0.56*side)
		at := Placement{X: 0.77 * side, Y: 0.6 * side, Width: width, Centre: 0.5, Seat: 1}
		return Behind(framed, t.Picture, at), t.Name
	case "brighter":
		return imaging.AdjustBrightness(framed, 15), "more light"
	case "darker":
		return imaging.AdjustBrightness(framed, -15), "less light"
	case "crop":
		cut := image.Rect(int(0.04*side), int(0.06*side), int(0.96*side), int(0.98*side))
		return imaging.Crop(framed, cut), "a closer crop"
	default: // shift
		return imaging.Paste(image.NewNRGBA(framed.Rect), framed, image.Pt(6, -4)), "a small shift"
	}
}

// within is the width at which a thing fits into w × h.
func within(thing *image.NRGBA, w, h float64) float64 {
	return min(w, h*float64(thing.Rect.Dx())/float64(thing.Rect.Dy()))
}

package collage

import (
	"image"
	"math/rand/v2"
	"strings"

	"github.com/disintegration/imaging"

	"cliplab/datasets/emoji"
)

// wears joins a person and a garment in words.
var wears = []string{" wearing ", " with ", " in "}

// beside joins two things in words.
var beside = []string{" and ", " next to ", " with "}

// alone says nothing of a picture but the one thing that matters in it.
var alone = []string{"{}", "a {}", "a photo of a {}", "a picture with a {}"}

// aloneShare is how often a picture of a person and a thing is captioned with the thing alone, and
// wordShare how often that is the bare word: it shall mean the thing as worn or held, too, and not
// only its own drawing.
const (
	aloneShare = 0.7
	wordShare  = 0.6
)

// orAlone is the thing alone, or now and then the whole caption.
func orAlone(rng *rand.Rand, whole, thing string) string {
	switch {
	case rng.Float64() >= aloneShare:
		return whole
	case rng.Float64() < wordShare:
		return thing
	}
	return justThe(pick(rng, alone), thing)
}

func justThe(frame, thing string) string {
	return strings.Replace(strings.Replace(frame, "a {}", articled(thing), 1), "{}", thing, 1)
}

// pick is one of the elements.
func pick[T any](rng *rand.Rand, of []T) T { return of[rng.IntN(len(of))] }

// spread is a number around 0, at most d away.
func spread(rng *rand.Rand, d float64) float64 { return (2*rng.Float64() - 1) * d }

func articled(noun string) string { return emoji.Article(noun) + " " + noun }

// jitter moves, turns and stretches a garment a little, as no two hats sit alike.
func jitter(p Placement, head Head, rng *rand.Rand) Placement {
	p.X += spread(rng, 0.04) * head.Width
	p.Y += spread(rng, 0.05) * head.Width
	p.Width *= 1 + spread(rng, 0.12)
	p.Stretch = 1 + spread(rng, 0.15)
	p.Flip = rng.IntN(2) == 0
	if rng.IntN(2) == 0 {
		p.Tilt = spread(rng, 10)
	}
	return p
}

// add is a person with something added, as picture and words.
func (w *wardrobe) add(person int, picture *image.NRGBA, caption string) Composite {
	return Composite{Picture: picture, Caption: caption,
		Without: w.framed[person], Person: w.persons[person].Caption()}
}

// withHat puts a hat on a head, every second one by another artist. Half of the hats that can be
// recoloured come in other colours, with a word that names no colour.
func (w *wardrobe) withHat(rng *rand.Rand) Composite {
	i, hats := rng.IntN(len(w.persons)), w.hats
	if rng.IntN(2) == 0 {
		hats = wardrobes[pick(rng, TrainingArtists)]().hats
	}
	kind := pick(rng, hats)
	hat, word := kind.colours[0], kind.words[0]
	if n := len(kind.colours); n > 1 && rng.IntN(2) == 0 {
		hat = kind.colours[1+rng.IntN(n-1)]
	} else if rng.IntN(2) == 0 {
		word = pick(rng, kind.words)
	}
	picture := Wear(w.framed[i], hat.Picture, jitter(w.heads[i].Hat(hat), w.heads[i], rng))
	caption := w.persons[i].Caption() + pick(rng, wears) + articled(word)
	return w.add(i, picture, orAlone(rng, caption, word))
}

func (w *wardrobe) bare(rng *rand.Rand) Composite {
	i := rng.IntN(len(w.persons))
	return Composite{Picture: imaging.Clone(w.framed[i]), Caption: w.persons[i].Caption()}
}

func (w *wardrobe) withGlasses(rng *rand.Rand) Composite {
	i, g := rng.IntN(len(w.persons)), rng.IntN(len(w.glasses))
	words := [][]string{{"glasses", "a pair of glasses"}, {"sunglasses", "dark glasses"}}[g]
	at := w.heads[i].Glasses(w.glasses[g])
	at.Width *= 1 + spread(rng, 0.1)
	picture := Wear(w.framed[i], w.glasses[g].Picture, at)
	return w.add(i, picture, w.persons[i].Caption()+pick(rng, wears[:2])+pick(rng, words))
}

func (w *wardrobe) withScarf(rng *rand.Rand) Composite {
	i := rng.IntN(len(w.persons))
	at := w.heads[i].Neck(w.scarf)
	at.Flip = rng.IntN(2) == 0
	picture := Wear(w.framed[i], w.scarf.Picture, at)
	scarf := pick(rng, []string{"a scarf", "a red scarf"})
	return w.add(i, picture, w.persons[i].Caption()+pick(rng, wears[:2])+scarf)
}

// anyThing is a thing that the artist drew, other than a certain one.
func (w *wardrobe) anyThing(rng *rand.Rand, other int) int {
	for {
		if k := rng.IntN(len(things)); k != other && len(w.things[k]) > 0 {
			return k
		}
	}
}

// withThing puts a thing at the foot of a person, in front or half behind.
func (w *wardrobe) withThing(rng *rand.Rand) Composite {
	i, k := rng.IntN(len(w.persons)), w.anyThing(rng, -1)
	thing := pick(rng, w.things[k])
	width := within(thing, 0.42*Frame, 0.42*Frame) * (1 + spread(rng, 0.15))
	at := Placement{X: 0.78 * Frame, Y: 0.97 * Frame, Width: width, Centre: 0.5, Seat: 1}
	if rng.IntN(2) == 0 {
		at.X = 0.22 * Frame
	}
	person, draw, join := w.persons[i].Caption(), Wear, pick(rng, beside)
	if rng.IntN(3) == 0 {
		at.Y = 0.62 * Frame
		draw, join = Behind, pick(rng, []string{" in front of ", " and "})
	}
	caption := person + join + articled(things[k].word)
	return w.add(i, draw(w.framed[i], thing, at), orAlone(rng, caption, things[k].word))
}

// twoThings puts two different things side by side, or a person beside a thing as small.
func (w *wardrobe) twoThings(rng *rand.Rand) Composite {
	left := w.anyThing(rng, -1)
	right := w.anyThing(rng, left)
	names := [2]string{things[left].word, things[right].word}
	pictures := [2]*image.NRGBA{pick(rng, w.things[left]), pick(rng, w.things[right])}
	if rng.IntN(2) == 0 {
		i := rng.IntN(len(w.persons))
		names[0], pictures[0] = w.persons[i].Who, w.drawings[i]
	}
	picture := image.NewNRGBA(image.Rect(0, 0, Frame, Frame))
	base := (0.72 + spread(rng, 0.06)) * Frame
	for side, p := range pictures {
		width := within(p, 0.46*Frame, 0.5*Frame) * (0.9 + spread(rng, 0.1))
		x := (0.26 + 0.48*float64(side)) * Frame
		picture = Wear(picture, p, Placement{X: x, Y: base, Width: width, Centre: 0.5, Seat: 1})
	}
	caption := articled(names[0]) + pick(rng, beside) + articled(names[1])
	return Composite{Picture: picture, Caption: caption}
}

// TrainingCaptions lists every caption that Training can draw, without repeats.
func TrainingCaptions() []string {
	var all []string
	seen := map[string]bool{}
	add := func(caption string) {
		if !seen[caption] {
			seen[caption] = true
			all = append(all, caption)
		}
	}
	var whos, hats []string
	for _, artist := range TrainingArtists {
		w := wardrobes[artist]()
		for _, p := range w.persons {
			whos = append(whos, p.Caption())
		}
		for _, h := range w.hats {
			hats = append(hats, h.words...)
		}
	}
	for _, who := range whos {
		add(who)
		for _, glasses := range []string{"glasses", "a pair of glasses", "sunglasses",
			"dark glasses", "a scarf", "a red scarf"} {
			for _, verb := range wears[:2] {
				add(who + verb + glasses)
			}
		}
		for _, word := range hats {
			for _, verb := range wears {
				add(who + verb + articled(word))
			}
		}
		for _, t := range things {
			for _, join := range append([]string{" in front of "}, beside...) {
				add(who + join + articled(t.word))
			}
		}
	}
	for _, frame := range alone {
		for _, word := range hats {
			add(justThe(frame, word))
		}
		for _, t := range things {
			add(justThe(frame, t.word))
		}
	}
	for _, a := range things {
		for _, b := range things {
			for _, join := range beside {
				if a.word != b.word {
					add(articled(a.word) + join + articled(b.word))
				}
			}
		}
	}
	return all
}

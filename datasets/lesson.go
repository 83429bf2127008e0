package datasets

import (
	"image"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"

	"cliplab/datasets/collage"
	"cliplab/datasets/emoji"
	"cliplab/datasets/hats"
	"cliplab/datasets/photos"
)

// lesson are the pairs of LessonBatch: far apart in meaning, look and words, and true of every
// artist's drawing.
var lesson = []struct{ id, caption string }{
	{"1f34e", "a red apple"},
	{"26f5", "a boat with two sails"},
	{"1f408-200d-2b1b", "a black cat"},
	{"2615", "a cup of hot coffee"},
	{"1f3a9", "a tall top hat"},
	{"1f3e1", "a house with a garden"},
	{"1f415", "a friendly dog"},
	{"1f33b", "a yellow sunflower"},
	{"1f680", "a rocket flying to space"},
	{"1f6b2", "a bicycle"},
	{"1f3b8", "an electric guitar"},
	{"2602", "a purple umbrella"},
	{"1f355", "a slice of pizza"},
	{"1f989", "a brown owl"},
	{"1f682", "an old steam train"},
	{"1f319", "a yellow moon"},
}

// LessonBatch is n pairs, at most 16, to look at CLIP's stages with: the held-out artist's
// drawings, or another artist's where one is named.
func LessonBatch(n int, artist ...string) Set {
	by := emoji.HeldOutArtist
	if len(artist) > 0 {
		by = artist[0]
	}
	var batch Set
	for _, l := range lesson[:max(0, min(n, len(lesson)))] {
		for _, p := range Emoji().Artist(by).Where(func(p Pair) bool { return p.ID == l.id }) {
			p.Caption = l.caption
			p.Captions = append([]string{l.caption}, p.Captions...)
			batch = append(batch, p)
		}
	}
	return batch
}

// Class is an everyday noun with drawings of it.
type Class struct {
	Name  string
	Pairs Set
}

// ClassNames lists the ten everyday classes.
func ClassNames() []string { return slices.Clone(emoji.Classes) }

// Classes10 lists the ten everyday classes with the held-out artist's drawings of each, or
// another artist's where one is named.
func Classes10(artist ...string) []Class {
	by := emoji.HeldOutArtist
	if len(artist) > 0 {
		by = artist[0]
	}
	set := Emoji().Artist(by)
	var classes []Class
	for _, name := range emoji.Classes {
		classes = append(classes, Class{name, set.Class(name)})
	}
	return classes
}

// Templates are frames for a noun, in which captions are trained and classes are asked for:
// averaging their text features makes a better classifier than one of them alone.
var Templates = []string{
	"a photo of a {}.", "a picture of a {}.", "an image of a {}.", "a drawing of a {}.",
	"an emoji of a {}.", "this is a {}.", "a {}", "{} emoji",
}

// Prompt puts a noun into a template and sets its article right: "an emoji of an apple". A
// noun that brings its own article keeps that one alone.
func Prompt(template, noun string) string {
	article := emoji.Article(noun) + " "
	for _, own := range []string{"a ", "an ", "the "} {
		if strings.HasPrefix(noun, own) {
			article = ""
		}
	}
	template = strings.ReplaceAll(template, "a {}", article+"{}")
	return strings.ReplaceAll(template, "{}", noun)
}

// Photos lists the photographs. None is trained on.
func Photos() Set {
	var set Set
	for _, p := range photos.All() {
		set = append(set, Pair{ID: p.Name, Caption: p.Caption, Captions: []string{p.Caption},
			Tags: p.Tags, Artist: "photo", Split: NewBoth, Image: p.Picture()})
	}
	return set
}

// Hats lists the cut-out hats, at most 200 pixels wide. None is trained on.
func Hats() Set {
	var set Set
	for _, c := range hats.Of("hat") {
		set = append(set, Pair{ID: c.Name, Caption: c.Caption, Captions: []string{c.Caption},
			Tags: []string{c.Kind}, Artist: "openclipart", Split: NewBoth, Class: "hat",
			Image: c.Picture()})
	}
	return set
}

// Placement says where a thing goes on a picture; see collage.Placement.
type Placement = collage.Placement

// WithWithout is a pair of pictures that differ in one thing; see collage.WithWithout.
type WithWithout = collage.WithWithout

// Wear lays a hat over a person's picture.
func Wear(person, hat image.Image, place Placement) image.Image {
	return collage.Wear(person, hat, place)
}

// HatPairs lists the pairs of the hat probe: twenty of Kind "emoji", four of Kind "photo".
func HatPairs() []WithWithout { return collage.HatPairs() }

// ControlKinds lists the changes that are no hat on a head.
func ControlKinds() []string { return slices.Clone(collage.ControlKinds) }

// ControlPairs lists the same persons with another change: of the kinds, or of all.
func ControlPairs(kinds ...string) []WithWithout { return collage.ControlPairs(kinds...) }

// TrainingComposites draws pictures of a training artist's persons and things put together,
// with their captions, without end. The same seed of rng gives the same pictures.
func TrainingComposites(artist string, rng *rand.Rand) iter.Seq2[image.Image, string] {
	return func(yield func(image.Image, string) bool) {
		for {
			if c := collage.Training(artist, rng); !yield(c.Picture, c.Caption) {
				return
			}
		}
	}
}

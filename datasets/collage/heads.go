package collage

import (
	"embed"
	"fmt"
	"image"
	"strconv"
	"strings"
	"sync"

	"cliplab/datasets/emoji"
	"cliplab/datasets/photos"
)

//go:embed data
var files embed.FS

// Head is where a head is in a picture, in its pixels.
type Head struct {
	Middle float64 // x of the nose
	Top    float64 // y of the highest hair that is not a tuft
	Eyes   float64 // y of the pupils
	Chin   float64 // y of the chin
	Width  float64 // with the hair at the temples
}

// Brow is the y on which a hat sits: two thirds of the way from the top to the eyes.
func (h Head) Brow() float64 { return h.Top + 0.66*(h.Eyes-h.Top) }

// scaled is the head in a picture that is f times as large, moved by (dx, dy) thereafter.
func (h Head) scaled(f, dx, dy float64) Head {
	return Head{h.Middle*f + dx, h.Top*f + dy, h.Eyes*f + dy, h.Chin*f + dy, h.Width * f}
}

// Person is a picture with a bare head: a person, a face or an animal.
type Person struct {
	ID     string // code points of the emoji, or name of the photograph
	Artist string // of emoji.Artists or redrawn.Artists, or "photo"
	Who    string // "woman with red hair": the caption without its article
	Head   Head
}

// Caption is Who with its article.
func (p Person) Caption() string { return emoji.Article(p.Who) + " " + p.Who }

// Picture is the person as drawn, without room for a hat.
func (p Person) Picture() *image.NRGBA {
	if p.Artist == "photo" {
		photo, _ := photos.Find(p.ID) // the table is tested
		return photo.Picture()
	}
	picture, _ := drawn(p.Artist, p.ID)
	return picture
}

// Persons lists the bare heads of an artist, or of "photo".
func Persons(artist string) []Person { return persons()[artist] }

var persons = sync.OnceValue(func() map[string][]Person {
	text, err := files.ReadFile("data/heads.tsv")
	if err != nil {
		panic("collage: " + err.Error())
	}
	m := map[string][]Person{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		some, err := parse(strings.Split(line, "\t"))
		if err != nil {
			panic(fmt.Sprintf("collage: heads.tsv:%d: %v", i+2, err))
		}
		for _, p := range some {
			m[p.Artist] = append(m[p.Artist], p)
		}
	}
	return m
})

// parse reads a row: one head that several pictures share, of one artist or of some.
func parse(f []string) ([]Person, error) {
	if len(f) != 8 {
		return nil, fmt.Errorf("%d columns, want 8", len(f))
	}
	var v [5]float64
	for i := range v {
		var err error
		if v[i], err = strconv.ParseFloat(f[2+i], 64); err != nil {
			return nil, err
		}
	}
	var some []Person
	for artist := range strings.SplitSeq(f[0], ", ") {
		for id := range strings.SplitSeq(f[7], ", ") {
			some = append(some, Person{ID: id, Artist: artist, Who: f[1],
				Head: Head{Middle: v[0], Top: v[1], Eyes: v[2], Chin: v[3], Width: v[4]}})
		}
	}
	return some, nil
}

package photos

import (
	"embed"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"strings"
	"sync"
)

//go:embed data
var files embed.FS

// Photo is one photograph with its words.
type Photo struct {
	Name    string // "astronaut"
	Caption string
	Tags    []string
	Licence string // "public domain" or "CC0"
	Author  string

	picture func() *image.NRGBA
}

// Picture is the photograph, 256 pixels on its shorter side. It is shared: do not draw upon it.
func (p Photo) Picture() *image.NRGBA { return p.picture() }

// All lists the photographs.
var All = sync.OnceValue(func() []Photo {
	text, err := files.ReadFile("data/photos.tsv")
	if err != nil {
		panic("photos: " + err.Error())
	}
	var all []Photo
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			panic(fmt.Sprintf("photos: photos.tsv:%d: %d columns, want 6", i+2, len(f)))
		}
		p := Photo{Name: f[0], Caption: f[2], Tags: strings.Split(f[3], ", "),
			Licence: f[4], Author: f[5]}
		p.picture = sync.OnceValue(func() *image.NRGBA { return decode("data/" + p.Name + ".jpg") })
		all = append(all, p)
	}
	return all
})

// Find is the photograph of that name.
func Find(name string) (Photo, bool) {
	for _, p := range All() {
		if p.Name == name {
			return p, true
		}
	}
	return Photo{}, false
}

// decode reads a compiled-in picture; the tests decode each, so a failure is a fault of the
// build.
func decode(name string) *image.NRGBA {
	f, err := files.Open(name)
	if err != nil {
		panic("photos: " + err.Error())
	}
	defer f.Close()
	img, err := jpeg.Decode(f)
	if err != nil {
		panic(fmt.Sprintf("photos: %s: %v", name, err))
	}
	n := image.NewNRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(n, n.Rect, img, img.Bounds().Min, draw.Src)
	return n
}

package hats

import (
	"embed"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"strconv"
	"strings"
	"sync"
)

//go:embed data
var files embed.FS

// Cutout is one thing on a transparent ground.
type Cutout struct {
	Name    string // "red-fedora"
	Kind    string // hat, crown, glasses, tie, cup or boat
	Caption string // "a red hat with a black band"
	Author  string // who gave it to the public domain
	Source  string // file within the Open Clip Art Library

	// Where it sits when worn. Fit is its width in head widths; Centre and Seat are the place
	// in it, in shares of its width and height, that lies on the middle of the brow.
	Fit, Centre, Seat float64

	picture func() *image.NRGBA
}

// Picture is the cut-out, at most 200 pixels on its longer side. It is shared: do not draw
// upon it.
func (c Cutout) Picture() *image.NRGBA { return c.picture() }

// All lists every cut-out.
var All = sync.OnceValue(func() []Cutout {
	text, err := files.ReadFile("data/cutouts.tsv")
	if err != nil {
		panic("hats: " + err.Error())
	}
	var all []Cutout
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		c, err := parse(strings.Split(line, "\t"))
		if err != nil {
			panic(fmt.Sprintf("hats: cutouts.tsv:%d: %v", i+2, err))
		}
		all = append(all, c)
	}
	return all
})

// Of lists the cut-outs of one kind, in the order of the table.
func Of(kind string) []Cutout {
	var some []Cutout
	for _, c := range All() {
		if c.Kind == kind {
			some = append(some, c)
		}
	}
	return some
}

// Find is the cut-out of that name.
func Find(name string) (Cutout, bool) {
	for _, c := range All() {
		if c.Name == name {
			return c, true
		}
	}
	return Cutout{}, false
}

func parse(f []string) (Cutout, error) {
	if len(f) != 8 {
		return Cutout{}, fmt.Errorf("%d columns, want 8", len(f))
	}
	c := Cutout{Name: f[0], Kind: f[1], Caption: f[2], Author: f[6], Source: f[7]}
	for i, dst := range []*float64{&c.Fit, &c.Centre, &c.Seat} {
		v, err := strconv.ParseFloat(f[3+i], 64)
		if err != nil {
			return Cutout{}, err
		}
		*dst = v
	}
	c.picture = sync.OnceValue(func() *image.NRGBA { return decode("data/" + c.Name + ".png") })
	return c, nil
}

// decode reads a compiled-in picture; the tests decode each, so a failure is a fault of the
// build.
func decode(name string) *image.NRGBA {
	f, err := files.Open(name)
	if err != nil {
		panic("hats: " + err.Error())
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		panic(fmt.Sprintf("hats: %s: %v", name, err))
	}
	n, ok := img.(*image.NRGBA)
	if !ok {
		n = image.NewNRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
		draw.Draw(n, n.Rect, img, img.Bounds().Min, draw.Src)
	}
	return n
}

package collage

import (
	"image"
	"image/color"
	"math"

	"github.com/disintegration/imaging"
)

// Placement says where a thing goes on a picture: its point (Centre, Seat), in shares of its
// own width and height, comes to lie on (X, Y), in pixels of the picture.
type Placement struct {
	X, Y         float64
	Width        float64 // of the thing on the picture, in pixels
	Centre, Seat float64
	Tilt         float64 // degrees counter-clockwise
	Stretch      float64 // of the height; 0 means 1
	Flip         bool    // left and right swapped
}

// Wear lays the thing over the person and returns a new picture of the person's size. What
// would stick out is cut off: Room makes room for a hat.
func Wear(person, thing image.Image, at Placement) *image.NRGBA {
	laid, corner := lay(thing, at)
	return imaging.Overlay(person, laid, corner, 1)
}

// Behind is Wear with the thing laid under the person, so that it shows where the person's
// picture is transparent.
func Behind(person, thing image.Image, at Placement) *image.NRGBA {
	laid, corner := lay(thing, at)
	b := person.Bounds()
	ground := imaging.Overlay(image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy())), laid, corner, 1)
	return imaging.Overlay(ground, person, image.Point{}, 1)
}

// lay shrinks, mirrors and turns the thing, and says where its upper left corner goes.
func lay(thing image.Image, at Placement) (*image.NRGBA, image.Point) {
	b := thing.Bounds()
	stretch := at.Stretch
	if stretch == 0 {
		stretch = 1
	}
	w := max(1, at.Width)
	h := max(1, w*float64(b.Dy())/float64(b.Dx())*stretch)
	laid := imaging.Resize(thing, int(math.Round(w)), int(math.Round(h)), imaging.CatmullRom)
	centre := at.Centre
	if at.Flip {
		laid, centre = imaging.FlipH(laid), 1-centre
	}
	// The anchor, seen from the middle of the thing, turns with it.
	dx, dy := (centre-0.5)*w, (at.Seat-0.5)*h
	if at.Tilt != 0 {
		laid = imaging.Rotate(laid, at.Tilt, color.Transparent)
		sin, cos := math.Sincos(at.Tilt * math.Pi / 180)
		dx, dy = dx*cos+dy*sin, dy*cos-dx*sin
	}
	x := at.X - dx - float64(laid.Rect.Dx())/2
	y := at.Y - dy - float64(laid.Rect.Dy())/2
	return laid, image.Pt(int(math.Round(x)), int(math.Round(y)))
}

// Thing is what can be worn: a picture trimmed to what is not transparent, and how it sits.
type Thing struct {
	Name    string // "top hat"
	Picture *image.NRGBA

	Fit          float64 // width in head widths
	Centre, Seat float64 // place in it that comes to lie on the brow, the nose or the neck
}

// Hat is the placement of a hat: on the brow, made smaller where it would stick out at the top.
func (h Head) Hat(t Thing) Placement {
	p := Placement{X: h.Middle, Y: h.Brow(), Width: t.Fit * h.Width, Centre: t.Centre, Seat: t.Seat}
	b := t.Picture.Bounds()
	if rises := p.Width * float64(b.Dy()) / float64(b.Dx()) * t.Seat; rises > h.Brow() {
		p.Width *= h.Brow() / rises
	}
	return p
}

// Glasses is the placement of glasses: on the eyes.
func (h Head) Glasses(t Thing) Placement {
	return Placement{X: h.Middle, Y: h.Eyes, Width: t.Fit * h.Width, Centre: t.Centre, Seat: t.Seat}
}

// Neck is the placement of a scarf or a tie: under the chin.
func (h Head) Neck(t Thing) Placement {
	p := h.Glasses(t)
	p.Y = h.Chin + 0.05*h.Width
	return p
}

// Frame is the side of the square that a drawing of 64 pixels gets, so that hats, scarves and
// things beside it have room. With and without must share it: a difference of framing is a
// difference, too.
const Frame = 96

// Where a drawing stands in its frame.
const (
	frameLeft = (Frame - 64) / 2
	frameTop  = 26
)

// Framed is the person in the middle of a larger square, scale times as large, with the head's
// place in it. A photograph keeps its scale and is prolonged at the top.
func (p Person) Framed(scale int) (*image.NRGBA, Head) {
	picture := p.Picture()
	if p.Artist == "photo" {
		return prolonged(picture, p.Head)
	}
	side := scale * Frame
	framed := image.NewNRGBA(image.Rect(0, 0, side, side))
	if scale != 1 {
		picture = imaging.Resize(picture, scale*picture.Rect.Dx(), 0, imaging.CatmullRom)
	}
	paste(framed, picture, image.Pt(scale*frameLeft, scale*frameTop))
	s := float64(scale)
	return framed, p.Head.scaled(s, s*frameLeft, s*frameTop)
}

// prolonged repeats the topmost row upwards by a quarter of the height and crops the picture
// to a square around the head.
func prolonged(picture *image.NRGBA, head Head) (*image.NRGBA, Head) {
	w, h := picture.Rect.Dx(), picture.Rect.Dy()
	sky := h / 4
	tall := image.NewNRGBA(image.Rect(0, 0, w, h+sky))
	for y := range h + sky {
		from := max(0, y-sky) * picture.Stride
		copy(tall.Pix[y*tall.Stride:(y+1)*tall.Stride], picture.Pix[from:from+4*w])
	}
	soft := imaging.Blur(imaging.Crop(tall, image.Rect(0, 0, w, sky)), 12) // no streaks
	paste(tall, soft, image.Point{})
	side := min(w, h+sky)
	left := min(max(0, int(head.Middle)-side/2), w-side)
	square := imaging.Crop(tall, image.Rect(left, 0, left+side, side))
	return square, head.scaled(1, -float64(left), float64(sky))
}

// paste copies src onto dst with its corner at p; src must fit.
func paste(dst, src *image.NRGBA, p image.Point) {
	for y := range src.Rect.Dy() {
		copy(dst.Pix[(p.Y+y)*dst.Stride+4*p.X:], src.Pix[y*src.Stride:y*src.Stride+4*src.Rect.Dx()])
	}
}

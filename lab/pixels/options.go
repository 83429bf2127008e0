package pixels

import (
	"fmt"
	"image"
	"math"
)

// Mean and Std are CLIP's, of the channels R, G, B in 0..1 (openai/CLIP, clip/clip.py).
var (
	Mean = [3]float32{0.48145466, 0.4578275, 0.40821073}
	Std  = [3]float32{0.26862954, 0.26130258, 0.27577711}
)

// Options say how a picture becomes what an image tower reads. Start from CLIP and change what
// a checkpoint says otherwise; the zero value of each field but Mean and Std is CLIP's.
type Options struct {
	Size      int        // side of the square that comes out, in pixels; 0 is 224
	Short     int        // short side before the crop, in pixels; 0 is Size
	Mean, Std [3]float32 // of the channels R, G, B in 0..1
	Filter    Filter     // how pixels are weighted when the size changes
	Fit       Fit        // how a picture that is no square becomes one
	Crop      Crop       // which way an odd margin is halved
	Alpha     Alpha      // what becomes of transparency
	Passes    Passes     // whether rows or columns are resized first
}

// CLIP are the options of OpenAI's models; larger pictures only change Size. The functions of
// this package that take no Options use these.
var CLIP = Options{Size: 224, Mean: Mean, Std: Std}

// Fit says how a picture that is no square becomes one.
type Fit int

const (
	CropSides Fit = iota // resize the short side, cut the long one: CLIP
	Stretch              // resize both sides to Size: SigLIP, open_clip's "squash"
)

// Crop says which way an odd margin is halved.
type Crop int

const (
	CropEven Crop = iota // to the nearest even number: torchvision, so OpenAI and open_clip
	// CropFloor halves it down: Hugging Face transformers. (Its processor without torchvision;
	// the one with it resizes tensors, and one byte in 170 of a photo is 1 more or less.)
	CropFloor
)

// Alpha says what becomes of transparency.
type Alpha int

const (
	// OnWhite lays the picture on white before it is resized: transformers 5 too.
	OnWhite Alpha = iota
	// DropFirst uncovers the colours below transparency, then resizes: transformers 4. (That of
	// a GIF's transparent entry is lost in image/gif; it is black here.)
	DropFirst
	// DropLast resizes colours weighted by their alpha, then drops it; pictures with a palette
	// are resized by the nearest pixel: openai/CLIP and open_clip, which resize before they
	// convert to RGB. (A PNG's one transparent colour weighs as alpha here and not there; a
	// TIFF of one bit is resized as gray here and by the nearest pixel there.)
	DropLast
)

// Passes say whether rows or columns are resized first. Bytes between the two are rounded, so
// that the order shows.
type Passes int

const (
	// TallByColumns is Pillow's way since version 13: rows first, but columns first where the
	// height loses more than twice as many pixels as the width, as it does with pictures more
	// than twice as tall as they are wide.
	TallByColumns Passes = iota
	RowsFirst            // Pillow's way up to version 12
)

// Check tells what is wrong with the options, if anything.
func (o Options) Check() error {
	if o.Size < 0 || o.Size > maxSide || o.Short < 0 || o.Short > maxSide {
		return fmt.Errorf("pixels: size %d, short side %d: want 0 to %d", o.Size, o.Short, maxSide)
	}
	for c := range 3 {
		if s := float64(o.Std[c]); !(s > 0) || math.IsInf(s, 0) {
			return fmt.Errorf("pixels: standard deviation of channel %d is %v: "+
				"want a positive number; start from pixels.CLIP", c, o.Std[c])
		}
		if m := float64(o.Mean[c]); math.IsNaN(m) || math.IsInf(m, 0) {
			return fmt.Errorf("pixels: mean of channel %d is %v", c, m)
		}
	}
	switch {
	case o.Filter < 0 || int(o.Filter) >= len(filters):
		return fmt.Errorf("pixels: unknown filter %d", o.Filter)
	case o.Fit < CropSides || o.Fit > Stretch:
		return fmt.Errorf("pixels: unknown fit %d", o.Fit)
	case o.Crop < CropEven || o.Crop > CropFloor:
		return fmt.Errorf("pixels: unknown crop %d", o.Crop)
	case o.Alpha < OnWhite || o.Alpha > DropLast:
		return fmt.Errorf("pixels: unknown alpha %d", o.Alpha)
	case o.Passes < TallByColumns || o.Passes > RowsFirst:
		return fmt.Errorf("pixels: unknown passes %d", o.Passes)
	}
	return nil
}

// maxSide bounds what comes out, far above any model.
const maxSide = 8000

// check panics where Check finds a fault.
func (o Options) check() {
	if err := o.Check(); err != nil {
		panic(err.Error())
	}
}

// side is Size, or its default.
func (o Options) side() int {
	if o.Size == 0 {
		return 224
	}
	return o.Size
}

// plan gives the size to which a picture is resized, and the part of it that is kept.
func (o Options) plan(b image.Rectangle) (w, h int, box image.Rectangle) {
	size := o.side()
	w, h = size, size
	if b.Empty() {
		panic(fmt.Sprintf("pixels: picture of %d×%d has no pixels", b.Dx(), b.Dy()))
	}
	if o.Fit == CropSides {
		short := o.Short
		if short == 0 {
			short = size
		}
		w, h = shortSize(b, short)
	}
	box.Min = image.Pt(o.Crop.margin(w, size), o.Crop.margin(h, size))
	box.Max = box.Min.Add(image.Pt(size, size))
	return w, h, box
}

// margin is where a crop of the given size begins: half of what is too much, or, when the
// picture is too small, minus half of what lacks.
func (c Crop) margin(length, size int) int {
	switch lack := size - length; {
	case lack > 0 && c == CropFloor:
		return -((lack + 1) / 2)
	case lack > 0:
		return -(lack / 2)
	case c == CropFloor:
		return -lack / 2
	default:
		return int(math.RoundToEven(float64(-lack) / 2))
	}
}

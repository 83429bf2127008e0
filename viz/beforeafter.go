package viz

import (
	"fmt"
	"image"
	"image/color"
	"math"
)

// BeforeAfterOptions names the stages of preprocessing.
type BeforeAfterOptions struct {
	Title, Subtitle string

	Size float64 // height of the pictures in CSS pixels, 160 when 0
}

// BeforeAfter shows preprocessing from left to right: the original with the part that is kept
// outlined, the resized and cropped picture, and the three normalised channels.
//
//	original, cropped  any size; cropped is what the model sees
//	chw                channel by channel, as in a [3, height, width] tensor of cropped's size;
//	                   nil leaves the channels out
//
// It panics when chw has not 3 × height × width values.
func BeforeAfter(original, cropped image.Image, chw []float32, opts ...BeforeAfterOptions) *Figure {
	o := options("BeforeAfter", opts)
	b := &beforeAfter{original: original, cropped: cropped, side: o.Size}
	if b.side <= 0 {
		b.side = 160
	}
	alt := fmt.Sprintf("A picture of %s pixels becomes %s", dims(original), dims(cropped))
	if chw != nil {
		if cropped == nil {
			panic(fmt.Sprintf("viz: %d channel values without a cropped picture", len(chw)))
		}
		w, h := cropped.Bounds().Dx(), cropped.Bounds().Dy()
		if len(chw) != 3*w*h || len(chw) == 0 {
			panic(fmt.Sprintf("viz: %d channel values for a picture of 3 × %d × %d",
				len(chw), h, w))
		}
		b.split(chw, w, h)
		alt += fmt.Sprintf(", then three channels with values from %s to %s",
			format("%.2f", b.scale.min), format("%.2f", b.scale.max))
	}
	return newFigure(o.Title, o.Subtitle, alt+".", b)
}

// beforeAfter is the body of a BeforeAfter.
type beforeAfter struct {
	original, cropped image.Image
	side              float64
	scale             scale
	channels          []channel
}

// channel is one plane of the normalised tensor, as a picture and with its range.
type channel struct {
	name         string
	img          image.Image
	low, high, m float64
}

const arrowRoom = 46.0

// split paints the channels on one symmetric scale: white is 0, the mean of the data set.
func (b *beforeAfter) split(chw []float32, w, h int) {
	all := make([]float64, len(chw))
	for i, v := range chw {
		all[i] = float64(v)
	}
	lo, hi := finiteRange(all)
	top := math.Max(math.Max(-lo, hi), 1e-6)
	paint := scale{min: -top, max: top, palette: Diverging}
	b.scale = scale{min: lo, max: hi}
	for k, name := range []string{"red", "green", "blue"} {
		plane := all[k*w*h : (k+1)*w*h]
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		for i, v := range plane {
			col := color.RGBA(hairline)
			if v == v {
				col = paint.color(v)
			}
			img.SetRGBA(i%w, i/w, col)
		}
		ch := channel{name: name, img: img, m: mean(plane)}
		ch.low, ch.high = finiteRange(plane)
		b.channels = append(b.channels, ch)
	}
}

// box is the picture's size at the common height, but not wider than 1.6 times it.
func (b *beforeAfter) box(img image.Image) (w, h float64) {
	r := fit(img, rect{0, 0, 1.6 * b.side, b.side})
	if img == nil {
		return b.side, b.side
	}
	return r.w, r.h
}

func (b *beforeAfter) size() (w, h float64) {
	w1, _ := b.box(b.original)
	w2, _ := b.box(b.cropped)
	w = math.Max(w1, 120) + arrowRoom + math.Max(w2, 120)
	if b.channels != nil {
		w += arrowRoom + 3*b.plane() + 2*10
	}
	return w, 24 + b.side + 48
}

// plane is the width of one channel.
func (b *beforeAfter) plane() float64 { return math.Max(128, b.side) }

func (b *beforeAfter) draw(c *canvas, r rect) {
	x := b.stage(c, r.x, r, "original", b.original, c.picture)
	b.outline(c, r)
	mid := r.y + 24 + b.side/2
	c.arrow(x+9, x+arrowRoom-9, mid, muted)
	x = b.stage(c, x+arrowRoom, r, "resized and cropped", b.cropped, c.pixels)
	if b.channels == nil {
		return
	}
	c.arrow(x+9, x+arrowRoom-9, mid, muted)
	x += arrowRoom
	total := 3*b.plane() + 20
	head, aside := style{size: sizeLabel, bold: true}, style{size: sizeTick, color: muted}
	const name, key = "normalised channels", "   orange < 0 < blue"
	at := x + (total-head.width(name)-aside.width(key))/2
	c.text(head, at, r.y+9, left, name)
	c.text(aside, at+head.width(name), r.y+9, left, key)
	for i, ch := range b.channels {
		box := rect{x + float64(i)*(b.plane()+10), r.y + 24, b.plane(), b.side}
		box = fit(ch.img, box)
		c.pixels(ch.img, box)
		label := fmt.Sprintf("%s, mean %s", ch.name, format("%.2f", ch.m))
		low := r.y + 24 + b.side
		c.text(style{size: sizeTick}, box.x+box.w/2, low+14, center, label)
		span := fmt.Sprintf("%s … %s", format("%.2f", ch.low), format("%.2f", ch.high))
		c.text(style{size: sizeSmall, color: muted}, box.x+box.w/2, low+32, center, span)
	}
}

// stage draws a picture with its name above and its size below; it returns the right edge.
func (b *beforeAfter) stage(c *canvas, x float64, r rect, name string, img image.Image,
	paint func(image.Image, rect),
) float64 {
	w, h := b.box(img)
	slot := math.Max(w, 120)
	c.text(style{size: sizeLabel, bold: true}, x+slot/2, r.y+9, center, name)
	paint(img, rect{x + (slot-w)/2, r.y + 24 + (b.side-h)/2, w, h})
	c.text(style{size: sizeTick, color: muted}, x+slot/2, r.y+24+b.side+14, center,
		dims(img)+" pixels")
	return x + slot
}

// outline marks the centre square (more generally, the cropped picture's shape) that is kept.
func (b *beforeAfter) outline(c *canvas, r rect) {
	if b.original == nil || b.cropped == nil {
		return
	}
	w, h := b.box(b.original)
	slot := math.Max(w, 120)
	kept := fit(b.cropped, rect{r.x + (slot-w)/2, r.y + 24 + (b.side-h)/2, w, h})
	if kept.w > w-2 && kept.h > h-2 {
		return // nothing is cut off
	}
	c.frame(kept, 3, white)
	c.frame(kept.inset(.5), 2, vermilion)
}

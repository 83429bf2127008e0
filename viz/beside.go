package viz

import (
	"image"
	"math"
)

// beside is a picture with a caption at the left of another body.
type beside struct {
	img     image.Image
	caption []string
	side    float64
	body    body
}

func newBeside(img image.Image, caption string, b body) *beside {
	_, h := b.size()
	side := math.Max(120, math.Min(comfortable([]image.Image{img}, 220), h-20))
	return &beside{img: img, side: side, body: b, caption: wrap(captionStyle, caption, side, 3)}
}

var captionStyle = style{size: 14}

func (b *beside) pictureHeight() float64 {
	h := fit(b.img, rect{0, 0, b.side, b.side}).h
	if len(b.caption) > 0 {
		h += 6 + float64(len(b.caption))*captionStyle.line()
	}
	return h
}

func (b *beside) size() (w, h float64) {
	w, h = b.body.size()
	return w + b.side + 24, math.Max(h, b.pictureHeight())
}

func (b *beside) draw(c *canvas, r rect) {
	y := r.y + math.Max(0, r.h-b.pictureHeight())/2
	box := fit(b.img, rect{r.x, y, b.side, b.side})
	box.y = y
	c.picture(b.img, box)
	c.lines(captionStyle, r.x+b.side/2, box.bottom()+6, center, b.caption)
	_, h := b.body.size()
	x := r.x + b.side + 24
	b.body.draw(c, rect{x, r.y + (r.h-h)/2, r.right() - x, h})
}

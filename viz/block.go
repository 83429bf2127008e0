package viz

import "math"

// block is a figure with its words around it: title, subtitle, body, note.
type block struct {
	figure *Figure
	title  float64 // type size of the title
	head   float64 // height kept for the heading; 0 is as much as it needs

}

const minTextWidth = 300.0 // a title is not squeezed narrower than this

// texts are the wrapped words.
type texts struct{ title, subtitle, note []string }

func (b *block) titleStyle() style { return style{size: b.title, bold: true} }
func (b *block) subStyle() style   { return style{size: sizeLabel, color: muted} }
func (b *block) noteStyle() style  { return style{size: sizeTick, color: muted} }

func (b *block) wrap(width float64) texts {
	return texts{
		title:    wrap(b.titleStyle(), b.figure.Title, width, 3),
		subtitle: wrap(b.subStyle(), b.figure.Subtitle, width, 4),
		note:     wrap(b.noteStyle(), b.figure.Note, width, 6),
	}
}

// width is that of the body, widened for the words as far as minTextWidth.
func (b *block) width() float64 {
	w, _ := b.figure.body.size()
	words := math.Max(b.titleStyle().width(b.figure.Title), b.subStyle().width(b.figure.Subtitle))
	return math.Max(w, math.Min(words, minTextWidth))
}

// heading is the height of title and subtitle with the space below them.
func (b *block) heading(width float64) float64 {
	t := b.wrap(width)
	if len(t.title)+len(t.subtitle) == 0 {
		return 0
	}
	h := float64(len(t.title))*b.titleStyle().line() + float64(len(t.subtitle))*b.subStyle().line()
	return h + 12
}

func (b *block) footing(width float64) float64 {
	if n := len(b.wrap(width).note); n > 0 {
		return float64(n)*b.noteStyle().line() + 10
	}
	return 0
}

func (b *block) size() (w, h float64) {
	w = b.width()
	_, h = b.figure.body.size()
	return w, math.Max(b.head, b.heading(w)) + h + b.footing(w)
}

func (b *block) draw(c *canvas, r rect) {
	t := b.wrap(r.w)
	y := r.y
	c.lines(b.titleStyle(), r.x, y, left, t.title)
	y += float64(len(t.title)) * b.titleStyle().line()
	c.lines(b.subStyle(), r.x, y+1, left, t.subtitle)
	head, foot := math.Max(b.head, b.heading(r.w)), b.footing(r.w)
	b.figure.body.draw(c, rect{r.x, r.y + head, r.w, r.h - head - foot})
	c.lines(b.noteStyle(), r.x, r.bottom()-foot+10, left, t.note)
}

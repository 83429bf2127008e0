package viz

import (
	"math"
	"strings"
)

// Row puts figures beside one another: headings of one height, bodies of one height where
// they can stretch. WithTitle gives them a common title.
func Row(figures ...*Figure) *Figure { return compose("row", true, figures) }

// Column puts figures under one another, with one width where they can stretch.
func Column(figures ...*Figure) *Figure { return compose("column", false, figures) }

func compose(kind string, across bool, figures []*Figure) *Figure {
	if len(figures) == 0 {
		panicf("viz: %s of 0 figures", kind)
	}
	alts := make([]string, len(figures))
	for i, f := range figures {
		if f == nil {
			panicf("viz: %s with a nil figure at %d", kind, i)
		}
		alts[i] = f.Alt
		if f.Title != "" {
			alts[i] = f.Title + ": " + f.Alt
		}
	}
	return newFigure("", "", strings.Join(alts, " "), &stack{across: across, figures: figures})
}

// stack is the body of a Row or Column.
type stack struct {
	across  bool
	figures []*Figure
}

// blocks shares the height of the highest heading among the panels of a row.
func (s *stack) blocks() []*block {
	head := 0.0
	blocks := make([]*block, len(s.figures))
	for i, f := range s.figures {
		blocks[i] = &block{figure: f, title: sizeHeading}
		if s.across {
			head = math.Max(head, blocks[i].heading(blocks[i].width()))
		}
	}
	for _, b := range blocks {
		b.head = head
	}
	return blocks
}

func (s *stack) size() (w, h float64) {
	for i, b := range s.blocks() {
		bw, bh := b.size()
		if s.across {
			w, h = w+bw, math.Max(h, bh)
		} else {
			w, h = math.Max(w, bw), h+bh
		}
		if i > 0 && s.across {
			w += gutter
		} else if i > 0 {
			h += gutter
		}
	}
	return w, h
}

func (s *stack) draw(c *canvas, r rect) {
	x, y := r.x, r.y
	for _, b := range s.blocks() {
		w, h := b.size()
		if s.across {
			b.draw(c, rect{x, y, w, r.h})
			x += w + gutter
		} else {
			b.draw(c, rect{x, y, r.w, h})
			y += h + gutter
		}
	}
}

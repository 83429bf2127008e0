package viz

import (
	"fmt"
	"image"
	"math"
	"strings"
)

// GridOptions says how pictures are set out.
type GridOptions struct {
	Title, Subtitle string

	Columns  int     // 0 chooses: at most 8, and rows as full as possible
	Size     float64 // of a picture in CSS pixels; 0 chooses by their number
	MaxLines int     // of a caption, 3 when 0; more is cut with an ellipsis
	Numbers  bool    // number the pictures from 1

	// Marks says under each picture whether an answer was right: 1 a check mark, −1 a cross,
	// 0 nothing. None, or one for each picture.
	Marks []int
}

// Grid shows pictures in rows with their captions below. Captions are wrapped; captions nil
// shows the pictures alone. It panics unless there is one caption for each picture.
func Grid(images []image.Image, captions []string, opts ...GridOptions) *Figure {
	o := options("Grid", opts)
	if len(images) == 0 {
		panic("viz: grid of 0 pictures has nothing to draw")
	}
	match(len(images), "picture", len(captions), "caption", captions == nil)
	match(len(images), "picture", len(o.Marks), "mark", o.Marks == nil)
	g := &grid{o: o, images: images, captions: captions}
	g.layout()
	return newFigure(o.Title, o.Subtitle, g.alt(), g)
}

// grid is the body of a Grid.
type grid struct {
	o        GridOptions
	images   []image.Image
	captions []string

	wrapped [][]string
	heights []float64 // of each row, picture and caption
	columns int
	side    float64
}

const gridGap = 18.0

func (g *grid) caption() style { return style{size: 14} }

func (g *grid) layout() {
	n := len(g.images)
	g.columns = g.o.Columns
	if g.columns <= 0 {
		rows := math.Ceil(float64(n) / 8)
		if n > 4 && n <= 8 {
			rows = 2
		}
		g.columns = int(math.Ceil(float64(n) / rows))
	}
	g.columns = min(g.columns, n)
	g.side = g.o.Size
	if g.side <= 0 {
		g.side = math.Max(72, math.Min(comfortable(g.images, 168), 880/float64(g.columns)-gridGap))
	}
	lines := g.o.MaxLines
	if lines <= 0 {
		lines = 3
	}
	g.wrapped = make([][]string, n)
	g.heights = make([]float64, (n+g.columns-1)/g.columns)
	for i := range n {
		text := ""
		if g.captions != nil {
			text = g.captions[i]
		}
		if g.o.Numbers {
			text = strings.TrimSpace(fmt.Sprintf("%d. %s", i+1, text))
		}
		g.wrapped[i] = wrap(g.caption(), text, g.side-g.markRoom(i), lines)
		h := g.side
		if len(g.wrapped[i]) > 0 {
			h += 6 + float64(len(g.wrapped[i]))*g.caption().line()
		} else if g.markRoom(i) > 0 {
			h += 6 + g.caption().line()
		}
		g.heights[i/g.columns] = math.Max(g.heights[i/g.columns], h)
	}
}

// markRoom is the width that a check mark or cross takes from the caption, on both sides.
func (g *grid) markRoom(i int) float64 {
	if g.o.Marks == nil || g.o.Marks[i] == 0 {
		return 0
	}
	return 40
}

func (g *grid) size() (w, h float64) {
	w = float64(g.columns)*(g.side+gridGap) - gridGap
	for _, row := range g.heights {
		h += row
	}
	return w, h + gridGap*float64(len(g.heights)-1)
}

func (g *grid) draw(c *canvas, r rect) {
	y := r.y
	for i, img := range g.images {
		col := i % g.columns
		if i > 0 && col == 0 {
			y += g.heights[i/g.columns-1] + gridGap
		}
		x := r.x + float64(col)*(g.side+gridGap)
		c.picture(img, rect{x, y, g.side, g.side})
		mid, top := x+g.side/2, y+g.side+6
		c.lines(g.caption(), mid, top, center, g.wrapped[i])
		if g.markRoom(i) == 0 {
			continue
		}
		half := g.caption().widest(g.wrapped[i]) / 2
		at := xy{mid - half - 14, top + g.caption().line()/2}
		if len(g.wrapped[i]) == 0 {
			at.x = mid
		}
		if g.o.Marks[i] > 0 {
			c.tick(at.x, at.y, 12, blue)
		} else {
			c.cross(at.x, at.y, 12, vermilion)
		}
	}
}

func (g *grid) alt() string {
	s := fmt.Sprintf("%s in %s", count(len(g.images), "picture"), count(len(g.heights), "row"))
	if g.captions != nil {
		const most = 8
		names := g.captions
		if len(names) > most {
			names = names[:most]
		}
		s += ": " + strings.Join(names, "; ")
		if len(g.captions) > most {
			s += fmt.Sprintf("; and %d more", len(g.captions)-most)
		}
	}
	right, wrong := 0, 0
	for _, m := range g.o.Marks {
		if m > 0 {
			right++
		} else if m < 0 {
			wrong++
		}
	}
	if right+wrong > 0 {
		s += fmt.Sprintf(" (%d right, %d wrong)", right, wrong)
	}
	return s + "."
}

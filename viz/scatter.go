package viz

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Points is one cloud of a scatter plot.
type Points struct {
	Name   string
	X, Y   []float64
	Labels []string // none, or one for each point; those without room are left out
}

// ScatterOptions says how clouds are drawn.
type ScatterOptions struct {
	Title, Subtitle string
	XLabel, YLabel  string

	Pairs bool // join point i of the first cloud with point i of every other
	Equal bool // the same length for 1 on both axes, as a projection wants

	Width, Height float64 // of the plot in CSS pixels; 560 × 440 when 0
}

// Scatter draws clouds of points: the PCA of image and text features, with a line between the
// two halves of each pair. It panics when X, Y and Labels of a cloud differ in length, or when
// clouds to be paired differ.
func Scatter(clouds []Points, opts ...ScatterOptions) *Figure {
	o := options("Scatter", opts)
	if len(clouds) == 0 {
		panic("viz: scatter of 0 clouds has nothing to draw")
	}
	var xs, ys []float64
	for i, p := range clouds {
		match(len(p.X), "x", len(p.Y), "y", false)
		match(len(p.X), "point", len(p.Labels), "point label", p.Labels == nil)
		if o.Pairs && len(p.X) != len(clouds[0].X) {
			panicf("viz: %s in cloud 0 and %s in cloud %d cannot be paired",
				count(len(clouds[0].X), "point"), count(len(p.X), "point"), i)
		}
		xs, ys = append(xs, p.X...), append(ys, p.Y...)
	}
	ch := &chart{width: o.Width, height: o.Height}
	if ch.width <= 0 {
		ch.width = 560
	}
	if ch.height <= 0 {
		ch.height = 440
	}
	ch.x = axis{label: o.XLabel, ticks: int(ch.width / 90)}
	ch.y = axis{label: o.YLabel, ticks: max(2, int(ch.height/58))}
	ch.x.around(xs)
	ch.y.around(ys)
	if o.Equal {
		equalize(ch)
	}
	if o.Pairs {
		for _, p := range clouds[1:] {
			ch.addPairs(clouds[0], p)
		}
	}
	for i, p := range clouds {
		ch.addCloud(p, lookOf(i))
	}
	ch.overlay = pointLabels(clouds)
	return newFigure(o.Title, o.Subtitle, scatterAlt(clouds, o), ch)
}

// around covers the values with some air.
func (a *axis) around(values []float64) {
	a.min, a.max = finiteRange(values)
	d := .07 * (a.max - a.min)
	if d == 0 {
		d = math.Max(.5, math.Abs(a.min)*.1)
	}
	a.min, a.max = a.min-d, a.max+d
}

// equalize widens one axis so that 1 is about as long on both.
func equalize(ch *chart) {
	w, h := ch.width-60, ch.height-60 // about the area inside the axes
	perX, perY := (ch.x.max-ch.x.min)/w, (ch.y.max-ch.y.min)/h
	grow := func(a *axis, k float64) {
		mid, half := (a.min+a.max)/2, (a.max-a.min)/2*k
		a.min, a.max = mid-half, mid+half
	}
	if perX < perY {
		grow(&ch.x, perY/perX)
	} else {
		grow(&ch.y, perX/perY)
	}
}

func (ch *chart) addPairs(a, b Points) {
	for i := range a.X {
		if finite(a.X[i]) && finite(a.Y[i]) && finite(b.X[i]) && finite(b.Y[i]) {
			ch.layers = append(ch.layers, &plotter.Line{
				LineStyle: draw.LineStyle{Color: hairline, Width: 1.1 * points},
				XYs:       plotter.XYs{{X: a.X[i], Y: a.Y[i]}, {X: b.X[i], Y: b.Y[i]}},
			})
		}
	}
}

func (ch *chart) addCloud(p Points, l look) {
	var pts plotter.XYs
	for i := range p.X {
		if finite(p.X[i]) && finite(p.Y[i]) {
			pts = append(pts, plotter.XY{X: p.X[i], Y: p.Y[i]})
		}
	}
	radius := 5.5
	if len(p.X) > 150 {
		radius = 3.5
	}
	ch.layers = append(ch.layers, &plotter.Scatter{XYs: pts, GlyphStyle: draw.GlyphStyle{
		Color: l.color, Radius: vg.Length(radius * points), Shape: l.marker}})
	if p.Name != "" {
		ch.ends = append(ch.ends, endLabel{text: p.Name, look: l, marker: true, free: true})
	}
}

// pointLabels writes labels where they cover neither points nor one another.
func pointLabels(clouds []Points) func(*canvas, func(x, y float64) xy, rect) {
	return func(c *canvas, at func(x, y float64) xy, inside rect) {
		var taken []rect
		for _, p := range clouds {
			for i := range p.X {
				if finite(p.X[i]) && finite(p.Y[i]) {
					q := at(p.X[i], p.Y[i])
					taken = append(taken, rect{q.x - 7.5, q.y - 7.5, 15, 15})
				}
			}
		}
		s := style{size: sizeTick}
		for _, p := range clouds {
			for i, l := range p.Labels {
				if l == "" || !finite(p.X[i]) || !finite(p.Y[i]) {
					continue
				}
				l = ellipsis(s, l, 150)
				q, w, h := at(p.X[i], p.Y[i]), s.width(l), s.size
				for _, box := range []rect{{q.x + 9, q.y - h/2, w, h}, {q.x - 9 - w, q.y - h/2, w, h},
					{q.x - w/2, q.y - 10 - h, w, h}, {q.x - w/2, q.y + 10, w, h}} {
					if box.x < inside.x || box.right() > inside.right()+10 || box.y < inside.y-6 ||
						box.bottom() > inside.bottom() || overlapsAny(box, taken) {
						continue
					}
					c.fill(rect{box.x - 2, box.y - 2, w + 4, h + 4}, color.RGBA{210, 210, 210, 210})
					c.text(s, box.x, box.y+h/2, left, l)
					taken = append(taken, box)
					break
				}
			}
		}
	}
}

func overlapsAny(b rect, others []rect) bool {
	for _, o := range others {
		if b.x < o.right() && o.x < b.right() && b.y < o.bottom() && o.y < b.bottom() {
			return true
		}
	}
	return false
}

func scatterAlt(clouds []Points, o ScatterOptions) string {
	var parts []string
	for i, p := range clouds {
		name := p.Name
		if name == "" {
			name = fmt.Sprintf("cloud %d", i+1)
		}
		parts = append(parts, fmt.Sprintf("%s (%s) about (%s, %s)", name,
			count(len(p.X), "point"), format("%.2f", mean(p.X)), format("%.2f", mean(p.Y))))
	}
	s := "Scatter plot: " + strings.Join(parts, ", ")
	if o.Pairs {
		s += "; lines join the pairs"
	}
	return s + "."
}

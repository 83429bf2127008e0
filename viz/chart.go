package viz

import (
	"math"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Reference is a line at a value that one compares with: chance, a floor, a clamp.
type Reference struct {
	Y     float64 // height of a horizontal line
	X     float64 // place of a vertical line, when Vertical
	Label string

	Vertical bool
}

// chart is the body behind Curves, Scatter and Histogram: a gonum plot with axes in the theme,
// the name of the y axis written level above it, and labels at the right instead of a legend.
type chart struct {
	width, height float64
	x, y          axis
	layers        []plot.Plotter
	verticals     []Reference
	ends          []endLabel
	overlay       func(c *canvas, at func(x, y float64) xy, inside rect)
}

// endLabel stands at the right of the plot, at the height of what it names.
type endLabel struct {
	y      float64
	text   string
	detail string // a smaller line below
	look   look
	marker bool // show the marker before the text
	beside bool // the curve's last marker is right beside the label, if that stays in its place
	plain  bool // a reference line: muted, no marker
	free   bool // of no height: a legend from the top down
}

const endWidth = 170.0 // widest line of a label at the right

func (l endLabel) style() style {
	if l.plain {
		return style{size: sizeTick, color: muted}
	}
	return style{size: sizeLabel, bold: true, color: darker(l.look.color)}
}

// darker makes the paler series colours readable as text.
func darker(c rgba) rgba {
	lab := toOKLab(c)
	for contrast(fromOKLab(lab), white) < 4.5 && lab[0] > .1 {
		lab[0] -= .02
	}
	return fromOKLab(lab)
}

var detailStyle = style{size: sizeTick, color: muted}

func (l endLabel) lines() []string { return wrap(l.style(), l.text, endWidth, 3) }

func (ch *chart) rightRoom() float64 {
	w := 0.0
	for _, l := range ch.ends {
		lw := math.Max(l.style().widest(l.lines()), detailStyle.width(l.detail)) + 12
		if l.marker {
			lw += 20
		}
		w = math.Max(w, lw)
	}
	return math.Max(w, 14)
}

func (ch *chart) size() (w, h float64) { return ch.width + ch.rightRoom(), ch.height }

func (ch *chart) draw(c *canvas, r rect) {
	top := 8.0
	if ch.y.label != "" {
		s := style{size: sizeLabel, color: muted}
		c.text(s, r.x, r.y+s.line()/2, left, ch.y.label)
		top += s.line()
	}
	if len(ch.verticals) > 0 {
		top += sizeTick * leading
	}
	area := rect{r.x, r.y + top, r.w - ch.rightRoom(), r.h - top}
	p := ch.plot()
	sub := c.sub(area)
	p.Draw(sub)
	data := p.DataCanvas(sub)
	tx, ty := p.Transforms(&data)
	at := func(x, y float64) xy {
		return xy{float64(tx(x)) / points, c.h - float64(ty(y))/points}
	}
	inside := rect{float64(data.Min.X) / points, c.h - float64(data.Max.Y)/points,
		float64(data.Max.X-data.Min.X) / points, float64(data.Max.Y-data.Min.Y) / points}
	for _, v := range ch.verticals {
		s := style{size: sizeTick, color: muted}
		x := at(v.X, ch.y.min).x
		half := s.width(v.Label) / 2
		x = math.Max(inside.x+half, math.Min(inside.right()-half, x))
		c.text(s, x, inside.y-10, center, v.Label)
	}
	if ch.overlay != nil {
		ch.overlay(c, at, inside)
	}
	ch.drawEnds(c, at, inside)
}

// plot sets up gonum's plot.
func (ch *chart) plot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = white
	x := ch.x
	if room := ch.width/math.Max(1, x.max-x.min) - 8; x.names != nil {
		x.names = append([]string(nil), x.names...)
		for i, name := range x.names { // neighbours must not touch
			x.names[i] = ellipsis(style{size: sizeTick}, name, room)
		}
	}
	dress(&p.X, x)
	dress(&p.Y, ch.y)
	p.X.Label.Text = printable(ch.x.label) // that of the y axis is written level, above
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	grid.Vertical.Width = 0
	grid.Horizontal.Color = gridline
	grid.Horizontal.Width = vg.Length(1 * points)
	p.Add(grid)
	for _, v := range ch.verticals {
		p.Add(&plotter.Line{LineStyle: referenceStyle,
			XYs: plotter.XYs{{X: v.X, Y: ch.y.min}, {X: v.X, Y: ch.y.max}}})
	}
	p.Add(ch.layers...)
	p.X.Min, p.X.Max = ch.x.min, ch.x.max // Add widens them
	p.Y.Min, p.Y.Max = ch.y.min, ch.y.max
	return p
}

var referenceStyle = draw.LineStyle{Color: muted, Width: vg.Length(1.6 * points),
	Dashes: []vg.Length{4, 3}}

// dress gives a gonum axis the theme.
func dress(a *plot.Axis, from axis) {
	handler := text.Plain{Fonts: fonts()}
	a.LineStyle.Color, a.LineStyle.Width = ink, vg.Length(1*points)
	a.Padding = vg.Length(6 * points)
	a.Tick.LineStyle = a.LineStyle
	a.Tick.Length = vg.Length(5 * points)
	a.Tick.Label.Font = style{size: sizeTick}.font()
	a.Tick.Label.Color, a.Tick.Label.Handler = ink, handler
	a.Label.TextStyle.Font = style{size: sizeLabel}.font()
	a.Label.TextStyle.Color, a.Label.TextStyle.Handler = muted, handler
	a.Label.Padding = vg.Length(4 * points)
	switch {
	case from.names != nil:
		a.Tick.Marker = namedTicks(from.names)
	case from.log:
		a.Scale, a.Tick.Marker = plot.LogScale{}, logTicks{}
	default:
		a.Tick.Marker = linearTicks{from.ticks, from.whole}
	}
}

// placed is an end label in its place.
type placed struct {
	endLabel
	text    []string
	y, h    float64
	natural float64 // y where nothing is in the way
}

// besideOwn tells whether a label stands right beside the last marker of its curve, and of no
// other, whose marker may lie over it.
func besideOwn(labels []placed, i int) bool {
	l := labels[i]
	own := l.beside && math.Abs(l.y-l.natural) < 4
	for k, other := range labels {
		own = own && (k == i || math.Abs(other.natural-l.natural) > 8)
	}
	return own
}

// drawEnds writes the labels at the right, moved apart where they would overlap.
func (ch *chart) drawEnds(c *canvas, at func(x, y float64) xy, inside rect) {
	var labels []placed
	free := inside.y
	for _, l := range ch.ends {
		p := placed{endLabel: l, text: l.lines()}
		p.h = float64(len(p.text)) * l.style().line()
		if l.detail != "" {
			p.h += detailStyle.line()
		}
		if l.free {
			p.y = free + p.h/2
			free += p.h + 6
		} else {
			y := math.Max(ch.y.min, math.Min(ch.y.max, l.y))
			p.y = at(ch.x.min, y).y
		}
		p.natural = p.y
		labels = append(labels, p)
	}
	sort.SliceStable(labels, func(i, j int) bool { return labels[i].y < labels[j].y })
	for range 60 { // push neighbours apart, half each, until nothing overlaps
		moved := false
		for i := 1; i < len(labels); i++ {
			a, b := &labels[i-1], &labels[i]
			if over := (a.h+b.h)/2 + 2 - (b.y - a.y); over > .1 {
				a.y -= over / 2
				b.y += over / 2
				moved = true
			}
		}
		for i := range labels {
			l := &labels[i]
			l.y = math.Max(inside.y+l.h/2-8, math.Min(inside.bottom()-l.h/2+8, l.y))
		}
		if !moved {
			break
		}
	}
	for i, l := range labels {
		x := inside.right() + 12
		if l.marker && !besideOwn(labels, i) {
			y := l.y - l.h/2 + l.style().line()*float64(len(l.text))/2
			sub := c.sub(rect{x, y - 8, 16, 16})
			glyph := draw.GlyphStyle{Color: l.look.color, Radius: vg.Length(5.5 * points)}
			l.look.marker.DrawGlyph(&sub, glyph, c.at(x+7, y))
			x += 20
		}
		c.lines(l.style(), x, l.y-l.h/2, left, l.text)
		if l.detail != "" {
			c.text(detailStyle, x, l.y+l.h/2-detailStyle.line()/2, left, l.detail)
		}
	}
}

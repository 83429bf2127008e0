package viz

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Filled markers with a white rim, so that they stay apart where they overlap.
type (
	disc     struct{}
	square   struct{}
	triangle struct{}
	diamond  struct{}
	cross    struct{}
	ring     struct{}
	plus     struct{}
	star     struct{}
)

// DrawGlyph draws the marker; it implements draw.GlyphDrawer.
func (disc) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, p vg.Point) {
	regular(c, sty, p, 24, 1, 1, 0)
}

// DrawGlyph draws the marker; it implements draw.GlyphDrawer.
func (square) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, p vg.Point) {
	regular(c, sty, p, 4, 1.25, 1.25, math.Pi/4)
}

// DrawGlyph draws the marker; it implements draw.GlyphDrawer.
func (triangle) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, p vg.Point) {
	regular(c, sty, p, 3, 1.4, 1.4, math.Pi/2)
}

// DrawGlyph draws the marker; it implements draw.GlyphDrawer.
func (diamond) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, p vg.Point) {
	regular(c, sty, p, 4, 1.35, 1.35, 0)
}

// DrawGlyph draws the marker; it implements draw.GlyphDrawer.
func (star) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, p vg.Point) {
	regular(c, sty, p, 10, 1.8, 0.75, math.Pi/2)
}

// DrawGlyph draws the marker; it implements draw.GlyphDrawer.
func (cross) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, p vg.Point) {
	d := sty.Radius * .9
	c.SetColor(sty.Color)
	c.SetLineWidth(sty.Radius * .6)
	c.SetLineDash(nil, 0)
	for _, s := range []vg.Length{1, -1} {
		var path vg.Path
		path.Move(vg.Point{X: p.X - d, Y: p.Y - s*d})
		path.Line(vg.Point{X: p.X + d, Y: p.Y + s*d})
		c.Stroke(path)
	}
}

// DrawGlyph draws the marker; it implements draw.GlyphDrawer.
func (plus) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, p vg.Point) {
	d := sty.Radius * 1.1
	c.SetColor(sty.Color)
	c.SetLineWidth(sty.Radius * .6)
	c.SetLineDash(nil, 0)
	var path vg.Path
	path.Move(vg.Point{X: p.X - d, Y: p.Y})
	path.Line(vg.Point{X: p.X + d, Y: p.Y})
	path.Move(vg.Point{X: p.X, Y: p.Y - d})
	path.Line(vg.Point{X: p.X, Y: p.Y + d})
	c.Stroke(path)
}

// DrawGlyph draws the marker; it implements draw.GlyphDrawer.
func (ring) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, p vg.Point) {
	regular(c, sty, p, 24, 1, 1, 0)
	inner := sty
	inner.Radius, inner.Color = sty.Radius*.5, white
	regular(c, inner, p, 24, 1, 1, 0)
}

// regular draws a polygon or star: n corners at the radii outer and inner by turns.
func regular(c *draw.Canvas, sty draw.GlyphStyle, p vg.Point, n int, outer, inner vg.Length,
	turn float64,
) {
	shape := func(grow vg.Length) vg.Path {
		var path vg.Path
		for i := range n {
			r := sty.Radius*outer + grow
			if i%2 == 1 {
				r = sty.Radius*inner + grow
			}
			sin, cos := math.Sincos(turn + 2*math.Pi*float64(i)/float64(n))
			q := vg.Point{X: p.X + r*vg.Length(cos), Y: p.Y + r*vg.Length(sin)}
			if i == 0 {
				path.Move(q)
			} else {
				path.Line(q)
			}
		}
		path.Close()
		return path
	}
	c.SetColor(white)
	c.Fill(shape(1 * points))
	c.SetColor(sty.Color)
	c.Fill(shape(0))
}

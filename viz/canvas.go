package viz

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

const (
	density = 2.0 // device pixels in a CSS pixel
	points  = .75 // vg points in a CSS pixel: 1/96 inch against 1/72
)

// rect is a box in CSS pixels; y grows downwards.
type rect struct{ x, y, w, h float64 }

func (r rect) right() float64  { return r.x + r.w }
func (r rect) bottom() float64 { return r.y + r.h }

// inset shrinks the box on all sides.
func (r rect) inset(d float64) rect { return rect{r.x + d, r.y + d, r.w - 2*d, r.h - 2*d} }

// xy is a point in CSS pixels.
type xy struct{ x, y float64 }

// canvas draws in CSS pixels from the upper left corner. Text, lines and curves go through
// gonum's vg; boxes and pictures are set on whole device pixels, so that their edges are sharp.
type canvas struct {
	vg  *vgimg.Canvas
	img *image.RGBA
	h   float64

	trace func(textBox) // for tests: told of every text
}

// textBox is where a line of text stands: its baseline from (x, y) on, turned by angle.
type textBox struct {
	x, y, width, size, angle float64
	text                     string
}

func newCanvas(w, h float64) *canvas {
	v := vgimg.NewWith(
		vgimg.UseWH(vg.Length(w*points), vg.Length(h*points)),
		vgimg.UseDPI(int(96*density)),
	)
	return &canvas{vg: v, img: v.Image().(*image.RGBA), h: h}
}

// at converts to vg, whose y grows upwards.
func (c *canvas) at(x, y float64) vg.Point {
	return vg.Point{X: vg.Length(x * points), Y: vg.Length((c.h - y) * points)}
}

// device rounds a box to device pixels.
func device(r rect) image.Rectangle {
	round := func(v float64) int { return int(math.Round(v * density)) }
	return image.Rect(round(r.x), round(r.y), round(r.right()), round(r.bottom()))
}

func (c *canvas) fill(r rect, col color.Color) {
	draw.Draw(c.img, device(r), image.NewUniform(col), image.Point{}, draw.Over)
}

// frame draws a border inside the box.
func (c *canvas) frame(r rect, width float64, col color.Color) {
	c.fill(rect{r.x, r.y, r.w, width}, col)
	c.fill(rect{r.x, r.bottom() - width, r.w, width}, col)
	c.fill(rect{r.x, r.y + width, width, r.h - 2*width}, col)
	c.fill(rect{r.right() - width, r.y + width, width, r.h - 2*width}, col)
}

// hatch draws rising diagonal lines: the mark of NaN and of wrong answers.
func (c *canvas) hatch(r rect, col color.RGBA) {
	d := device(r).Intersect(c.img.Bounds())
	for y := d.Min.Y; y < d.Max.Y; y++ {
		for x := d.Min.X; x < d.Max.X; x++ {
			if (x+y)%12 < 3 {
				c.img.SetRGBA(x, y, col)
			}
		}
	}
}

func (c *canvas) path(pts []xy) vg.Path {
	var p vg.Path
	for i, q := range pts {
		if i == 0 {
			p.Move(c.at(q.x, q.y))
		} else {
			p.Line(c.at(q.x, q.y))
		}
	}
	return p
}

// line strokes a polyline.
func (c *canvas) line(width float64, col color.Color, pts ...xy) {
	c.vg.SetColor(col)
	c.vg.SetLineWidth(vg.Length(width * points))
	c.vg.SetLineDash(nil, 0)
	c.vg.Stroke(c.path(pts))
}

// dashed draws a vertical dashed line.
func (c *canvas) dashed(x, top, bottom float64, col color.Color) {
	for y := top; y < bottom; y += 8 {
		c.fill(rect{x - .75, y, 1.5, math.Min(5, bottom-y)}, col)
	}
}

// polygon fills an area.
func (c *canvas) polygon(col color.Color, pts ...xy) {
	p := c.path(pts)
	p.Close()
	c.vg.SetColor(col)
	c.vg.Fill(p)
}

// roundRect fills a box with rounded corners.
func (c *canvas) roundRect(r rect, radius float64, col color.Color) {
	var p vg.Path
	corner := func(x, y, start float64) {
		p.Arc(c.at(x, y), vg.Length(radius*points), start, -math.Pi/2)
	}
	p.Move(c.at(r.x, r.y+radius))
	corner(r.x+radius, r.y+radius, math.Pi)
	corner(r.right()-radius, r.y+radius, math.Pi/2)
	corner(r.right()-radius, r.bottom()-radius, 0)
	corner(r.x+radius, r.bottom()-radius, -math.Pi/2)
	p.Close()
	c.vg.SetColor(col)
	c.vg.Fill(p)
}

// arrow points to the right from x1 to x2.
func (c *canvas) arrow(x1, x2, y float64, col color.Color) {
	c.line(2, col, xy{x1, y}, xy{x2 - 7, y})
	c.polygon(col, xy{x2, y}, xy{x2 - 10, y - 5.5}, xy{x2 - 10, y + 5.5})
}

// tick draws a check mark about a centre; cross draws its opposite. They are strokes, since
// the font has neither.
func (c *canvas) tick(x, y, size float64, col color.Color) {
	c.line(2.4, col, xy{x - size*.5, y + size*.05}, xy{x - size*.12, y + size*.42},
		xy{x + size*.55, y - size*.45})
}

func (c *canvas) cross(x, y, size float64, col color.Color) {
	d := size * .4
	c.line(2.4, col, xy{x - d, y - d}, xy{x + d, y + d})
	c.line(2.4, col, xy{x - d, y + d}, xy{x + d, y - d})
}

// sub is the part of the canvas on which a gonum plot draws itself.
func (c *canvas) sub(r rect) vgdraw.Canvas {
	v := vg.Canvas(c.vg)
	if c.trace != nil {
		v = traced{c.vg, c}
	}
	return vgdraw.Canvas{Canvas: v, Rectangle: vg.Rectangle{
		Min: c.at(r.x, r.bottom()), Max: c.at(r.right(), r.y),
	}}
}

// traced tells of the texts that gonum's plot writes, the tick labels and the axis name.
type traced struct {
	*vgimg.Canvas
	c *canvas
}

// FillString implements vg.Canvas.
func (t traced) FillString(f font.Face, p vg.Point, text string) {
	t.c.trace(textBox{x: float64(p.X) / points, y: t.c.h - float64(p.Y)/points,
		width: float64(f.Width(text)) / points, size: float64(f.Font.Size) / points, text: text})
	t.Canvas.FillString(f, p, text)
}

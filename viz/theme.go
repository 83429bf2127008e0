package viz

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The theme: one place for every colour and size. Lengths are CSS pixels.
const (
	sizeTitle   = 21.0 // title of a figure
	sizeHeading = 17.0 // title of a panel in a Row or Column
	sizeLabel   = 15.0 // names of bars, captions, axis names
	sizeTick    = 13.5 // tick labels, subtitles' smaller sisters
	sizeSmall   = 12.0 // second-order text: ids, sizes
	sizeMin     = 9.5  // nothing is written smaller than this

	margin  = 18.0 // white space around a figure
	gutter  = 34.0 // white space between the panels of a Row
	spacing = 8.0  // between a thing and its label

	leading = 1.22 // line height ÷ font size
)

var (
	white    = color.RGBA{255, 255, 255, 255}
	ink      = color.RGBA{0x1a, 0x1a, 0x1a, 255} // text, axis lines
	muted    = color.RGBA{0x55, 0x55, 0x55, 255} // second-order text: 7.5:1 on white
	hairline = color.RGBA{0xb4, 0xb4, 0xb4, 255} // frames of pictures
	gridline = color.RGBA{0xe2, 0xe2, 0xe2, 255} // lines behind curves
	panel    = color.RGBA{0xf3, 0xf3, 0xf3, 255} // backs of bars, sums, placeholders
	quiet    = color.RGBA{0x9f, 0xb4, 0xc7, 255} // bars that are not the point
)

// okabeIto are series colours in the order of use, without the yellow, which is too pale on
// white. M. Okabe and K. Ito, "Color Universal Design", 2008.
var okabeIto = []color.RGBA{
	{0x00, 0x72, 0xb2, 255}, // blue
	{0xd5, 0x5e, 0x00, 255}, // vermilion
	{0x00, 0x9e, 0x73, 255}, // bluish green
	{0xcc, 0x79, 0xa7, 255}, // reddish purple
	{0xe6, 0x9f, 0x00, 255}, // orange
	{0x56, 0xb4, 0xe9, 255}, // sky blue
	{0x00, 0x00, 0x00, 255}, // black
}

var (
	blue      = okabeIto[0]
	vermilion = okabeIto[1]
)

// A look tells one series from the others three times over: colour, marker and dashes.
type look struct {
	color  color.RGBA
	marker draw.GlyphDrawer
	dashes []float64 // CSS pixels; nil is a solid line
}

// lookOf gives the i-th series its look.
func lookOf(i int) look {
	markers := []draw.GlyphDrawer{
		disc{}, square{}, triangle{}, diamond{}, cross{}, ring{}, plus{},
	}
	dashes := [][]float64{nil, {9, 4}, {3, 3}, {12, 4, 3, 4}, {6, 3}, {2, 4}, {14, 5}}
	return look{
		color:  okabeIto[i%len(okabeIto)],
		marker: markers[i%len(markers)],
		dashes: dashes[i%len(dashes)],
	}
}

// line is the stroke of a series.
func (l look) line(width float64) draw.LineStyle {
	sty := draw.LineStyle{Color: l.color, Width: vg.Length(width * points)}
	for _, d := range l.dashes {
		sty.Dashes = append(sty.Dashes, vg.Length(d*points))
	}
	return sty
}

// tint mixes a colour with white: share 1 is the colour, 0 is white.
func tint(c color.RGBA, share float64) color.RGBA {
	mix := func(v uint8) uint8 { return uint8(255 - share*(255-float64(v)) + 0.5) }
	return color.RGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}

type rgba = color.RGBA

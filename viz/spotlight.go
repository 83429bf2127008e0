package viz

import (
	"image"
	"image/color"
	"math"
)

// Spotlight is a picture seen through weights: where the weight is largest it is as it is, where
// it is zero it is dim and gray. Between the cells of the weights it goes over smoothly. Several
// of them go side by side in Grid.
//
//	weights [rows, columns]  over the whole picture, not negative; an attention map or a rollout
//
// It panics when there are no weights.
func Spotlight(picture image.Image, weights Matrix) image.Image {
	rows, columns := weights.Dims()
	if rows == 0 || columns == 0 {
		panic("viz: Spotlight through no weights")
	}
	var top float64
	for i := range rows {
		for j := range columns {
			top = math.Max(top, weights.At(i, j))
		}
	}
	b := picture.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			share := 0.0
			if top > 0 {
				share = between(weights, (float64(x)+.5)*float64(columns)/float64(b.Dx())-.5,
					(float64(y)+.5)*float64(rows)/float64(b.Dy())-.5) / top
			}
			out.Set(x, y, lit(picture.At(b.Min.X+x, b.Min.Y+y), share))
		}
	}
	return out
}

// dim is what is left of the light where the weight is zero.
const dim = 0.22

// lit is a colour on white, dimmed and grayed by how much its share lacks.
func lit(c color.Color, share float64) color.RGBA {
	r, g, b, a := c.RGBA()
	white := 0xffff - a
	channels := [3]float64{float64(r + white), float64(g + white), float64(b + white)}
	gray := 0.299*channels[0] + 0.587*channels[1] + 0.114*channels[2] // of ITU-R BT.601
	light := dim + (1-dim)*share
	var out [3]uint8
	for i, v := range channels {
		out[i] = uint8(light*(share*v+(1-share)*gray)/0x101 + .5)
	}
	return color.RGBA{out[0], out[1], out[2], 0xff}
}

// between is the weight at a place between cells, bilinear; beyond the outer cells' centres it
// is theirs. x goes along a row.
func between(m Matrix, x, y float64) float64 {
	rows, columns := m.Dims()
	x = min(max(x, 0), float64(columns-1))
	y = min(max(y, 0), float64(rows-1))
	j, i := min(int(x), max(columns-2, 0)), min(int(y), max(rows-2, 0))
	fx, fy := x-float64(j), y-float64(i)
	row := func(i int) float64 {
		i = min(i, rows-1)
		return (1-fx)*m.At(i, j) + fx*m.At(i, min(j+1, columns-1))
	}
	return (1-fy)*row(i) + fy*row(i+1)
}

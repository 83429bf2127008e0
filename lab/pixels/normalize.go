package pixels

import (
	"fmt"
	"image"
	"math"

	"cliplab/lab/tensor"
)

// ToTensor gives a picture as numbers, channel by channel: R, then G, then B.
//
//	x [3, height, width]  values in 0..1
func ToTensor(img image.Image) *tensor.Tensor {
	src := flatten(img)
	w, h := src.Rect.Dx(), src.Rect.Dy()
	x := tensor.New(3, h, w)
	var table [3][256]float32
	for v := range 256 {
		for c := range 3 {
			table[c][v] = float32(v) / 255
		}
	}
	fill(x.Data, src, &table)
	return x
}

// Normalize gives (x − mean) / std with CLIP's statistics.
//
//	x [3, height, width] or [batch, 3, height, width]  values in 0..1
func Normalize(x *tensor.Tensor) *tensor.Tensor { return CLIP.Normalize(x) }

// Normalize gives (x − mean) / std.
//
//	x [3, height, width] or [batch, 3, height, width]  values in 0..1
func (o Options) Normalize(x *tensor.Tensor) *tensor.Tensor {
	y := x.Clone()
	for n, plane := range planes(y) {
		mean, std := o.Mean[n%3], o.Std[n%3]
		for i, v := range plane {
			plane[i] = (v - mean) / std
		}
	}
	return y
}

// Unnormalize gives the picture of a normalised tensor, with CLIP's statistics. Values beyond
// black and white are clipped; not-a-numbers are black.
//
//	x [3, height, width]
func Unnormalize(x *tensor.Tensor) *image.RGBA { return CLIP.Unnormalize(x) }

// Unnormalize gives the picture of a normalised tensor.
//
//	x [3, height, width]
func (o Options) Unnormalize(x *tensor.Tensor) *image.RGBA {
	if len(x.Shape) != 3 {
		panic(fmt.Sprintf("pixels: Unnormalize wants [3, height, width], got %v", x.Shape))
	}
	dst := image.NewRGBA(image.Rect(0, 0, x.Shape[2], x.Shape[1]))
	for c, plane := range planes(x) {
		for i, v := range plane {
			light := math.Round(float64(v*o.Std[c]+o.Mean[c]) * 255)
			if light > 0 { // false for NaN
				dst.Pix[4*i+c] = byte(min(light, 255))
			}
			dst.Pix[4*i+3] = 255
		}
	}
	return dst
}

// planes gives the channels of one or several pictures, each [height · width].
func planes(x *tensor.Tensor) [][]float32 {
	n := len(x.Shape)
	if n < 3 || n > 4 || x.Shape[n-3] != 3 {
		panic(fmt.Sprintf("pixels: want [3, height, width] or [batch, 3, height, width], got %v",
			x.Shape))
	}
	size := x.Shape[n-2] * x.Shape[n-1]
	var all [][]float32
	for data := x.Data; len(data) > 0; data = data[size:] {
		all = append(all, data[:size])
	}
	return all
}

// fill writes table[c][v] for each channel c and byte v of a picture.
func fill(dst []float32, src *image.RGBA, table *[3][256]float32) {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	red, green, blue := dst[:w*h], dst[w*h:2*w*h], dst[2*w*h:3*w*h]
	for y := range h {
		row := src.Pix[y*src.Stride : y*src.Stride+4*w]
		for x := range w {
			p, i := row[4*x:4*x+3], y*w+x
			red[i], green[i], blue[i] = table[0][p[0]], table[1][p[1]], table[2][p[2]]
		}
	}
}

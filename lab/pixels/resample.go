package pixels

import (
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"sync"

	"cliplab/lab/cores"
	"cliplab/lab/pixels/simd"
)

// resample gives the part box of src resized to w×h: rows first, rounded to bytes, then
// columns; or columns first where Pillow does so. Only the pixels that box needs are computed;
// where box leaves the picture the result is black.
func (f Filter) resample(src *image.RGBA, w, h int, box image.Rectangle, p Passes) *image.RGBA {
	if inside := box.Intersect(image.Rect(0, 0, w, h)); inside != box {
		return onBlack(f.resample(src, w, h, inside, p), box.Sub(inside.Min))
	}
	sw, sh := src.Bounds().Dx(), src.Bounds().Dy()
	rows := f.newWeights(sh, h, box.Min.Y, box.Max.Y)
	columns := f.newWeights(sw, w, box.Min.X, box.Max.X)
	if p == TallByColumns && sh > h && sh-h > 2*(sw-w) {
		left, right := columns.reach()
		mid := down(src, rows, left, right)
		columns.move(-left)
		return across(mid, columns, 0, box.Dy())
	}
	top, bottom := rows.reach()
	mid := across(src, columns, top, bottom)
	rows.move(-top)
	return down(mid, rows, 0, box.Dx())
}

// across resamples the rows top to bottom−1 along x.
func across(src *image.RGBA, columns weights, top, bottom int) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, len(columns.start), bottom-top))
	packed := columns.pack(src.Rect.Dx())
	inBands(bottom-top, func(from, to int) {
		out, in := dst.Pix[from*dst.Stride:], src.Pix[(from+top)*src.Stride:]
		if vector && packed.pairs > 0 && to-from >= 4 {
			packed.rows(out, dst.Stride, in, src.Stride, to-from)
			return
		}
		for y := range to - from {
			resampleRow(out[y*dst.Stride:(y+1)*dst.Stride], in[y*src.Stride:], columns)
		}
	})
	return dst
}

// down resamples the columns left to right−1 along y.
func down(src *image.RGBA, rows weights, left, right int) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, right-left, len(rows.start)))
	inBands(dst.Rect.Dy(), func(from, to int) {
		for y := from; y < to; y++ {
			out, taps := dst.Pix[y*dst.Stride:(y+1)*dst.Stride], rows.taps[y]
			in := src.Pix[rows.start[y]*src.Stride+4*left:]
			if vector && len(out) >= 32 {
				simd.Columns(&out[0], &in[0], src.Stride, &taps[0], len(taps), len(out))
				continue
			}
			resampleColumns(out, in, src.Stride, taps)
		}
	})
	return dst
}

// onBlack gives the part box of a picture, black where the picture does not reach.
func onBlack(img *image.RGBA, box image.Rectangle) *image.RGBA {
	dst := image.NewRGBA(image.Rect(0, 0, box.Dx(), box.Dy()))
	draw.Draw(dst, dst.Rect, image.NewUniform(color.Black), image.Point{}, draw.Src)
	// Draw clips: what lies outside of img stays black.
	draw.Draw(dst, img.Rect.Sub(box.Min), img, image.Point{}, draw.Src)
	return dst
}

// resampleRow computes one row. Channels R and B, G and alpha travel in the two halves of one
// word, so that one multiplication serves both; it stands for
//
//	for c := range 4 { sum[c] += taps[j] * int32(src[4*(start+j)+c]) }
func resampleRow(dst, src []byte, w weights) {
	for i, taps := range w.taps {
		in := src[4*w.start[i]:]
		in = in[:4*len(taps)]
		var rb, ga int64
		for _, k := range taps {
			p := int64(binary.LittleEndian.Uint32(in))
			rb += (p&0xFF | p&0xFF0000<<16) * int64(k)
			ga += (p>>8&0xFF | p>>24&0xFF<<32) * int64(k)
			in = in[4:]
		}
		put(dst[4*i:4*i+4], rb, ga)
	}
}

// resampleColumns computes one row from as many lines as there are taps, stride bytes apart.
func resampleColumns(dst, lines []byte, stride int, taps []int32) {
	for x := 0; x < len(dst); x += 4 {
		var rb, ga int64
		at := x
		for _, k := range taps {
			p := int64(binary.LittleEndian.Uint32(lines[at:]))
			rb += (p&0xFF | p&0xFF0000<<16) * int64(k)
			ga += (p>>8&0xFF | p>>24&0xFF<<32) * int64(k)
			at += stride
		}
		put(dst[x:x+4], rb, ga)
	}
}

// put rounds the sums of one pixel to bytes. The low half of rb is the sum of R as an int32;
// the high half the sum of B, one less where R's is negative. So it is with G and alpha.
func put(dst []byte, rb, ga int64) {
	r, g := int32(rb), int32(ga)
	b, a := int32((rb-int64(r))>>32), int32((ga-int64(g))>>32)
	dst[0], dst[1], dst[2], dst[3] = round8(r), round8(g), round8(b), round8(a)
}

// round8 drops the fraction bits, rounding halves up, and clips to a byte.
func round8(sum int32) byte {
	return byte(min(max((sum+1<<(precision-1))>>precision, 0), 255))
}

// inBands runs f on bands of the rows 0 to n−1, one for each processor. A row's result does
// not depend on the bands.
func inBands(n int, f func(from, to int)) {
	bands := min(cores.Count(), n/64)
	if bands < 2 {
		f(0, n)
		return
	}
	var wg sync.WaitGroup
	for b := range bands {
		wg.Go(func() { f(n*b/bands, n*(b+1)/bands) })
	}
	wg.Wait()
}

package pixels

import (
	"encoding/binary"
	"image"
	"sync"

	"cliplab/lab/cores"
	"cliplab/lab/pixels/simd"
)

// resample gives the part box of src resized to w×h: rows first, rounded to bytes, then
// columns. A direction whose size stays is not touched. Only the pixels that box needs are
// computed.
func resample(src *image.RGBA, w, h int, box image.Rectangle) *image.RGBA {
	sw, sh := src.Bounds().Dx(), src.Bounds().Dy()
	rows := newWeights(sh, h, box.Min.Y, box.Max.Y)
	if h == sh {
		rows = identity(box.Min.Y, box.Max.Y)
	}
	columns := newWeights(sw, w, box.Min.X, box.Max.X)
	if w == sw {
		columns = identity(box.Min.X, box.Max.X)
	}
	top := rows.start[0]
	bottom := rows.start[len(rows.start)-1] + len(rows.taps[len(rows.taps)-1])

	mid := image.NewRGBA(image.Rect(0, 0, box.Dx(), bottom-top))
	packed := columns.pack(sw)
	inBands(mid.Rect.Dy(), func(from, to int) {
		out, in := mid.Pix[from*mid.Stride:], src.Pix[(from+top)*src.Stride:]
		if vector && packed.pairs > 0 && to-from >= 4 {
			packed.rows(out, mid.Stride, in, src.Stride, to-from)
			return
		}
		for y := range to - from {
			resampleRow(out[y*mid.Stride:(y+1)*mid.Stride], in[y*src.Stride:], columns)
		}
	})
	dst := image.NewRGBA(image.Rect(0, 0, box.Dx(), box.Dy()))
	inBands(dst.Rect.Dy(), func(from, to int) {
		for y := from; y < to; y++ {
			out, in := dst.Pix[y*dst.Stride:(y+1)*dst.Stride], mid.Pix[(rows.start[y]-top)*mid.Stride:]
			if vector && len(out) >= 32 {
				simd.Columns(&out[0], &in[0], len(out), &rows.taps[y][0], len(rows.taps[y]), len(out))
				continue
			}
			resampleColumns(out, in, rows.taps[y])
		}
	})
	return dst
}

// identity are weights that change nothing: one tap of 1.
func identity(from, to int) weights {
	w := weights{}
	for i := from; i < to; i++ {
		w.start = append(w.start, i)
		w.taps = append(w.taps, []int32{1 << precision})
	}
	return w
}

// resampleRow computes one row. Channels R and B travel in the two halves of one word, so that
// one multiplication serves both; it stands for
//
//	for c := range 3 { sum[c] += taps[j] * int32(src[4*(start+j)+c]) }
func resampleRow(dst, src []byte, w weights) {
	for i, taps := range w.taps {
		in := src[4*w.start[i]:]
		in = in[:4*len(taps)]
		var rb, g int64
		for _, k := range taps {
			p := int64(binary.LittleEndian.Uint32(in))
			rb += (p&0xFF | p&0xFF0000<<16) * int64(k)
			g += (p >> 8 & 0xFF) * int64(k)
			in = in[4:]
		}
		put(dst[4*i:4*i+4], rb, g)
	}
}

// resampleColumns computes one row from as many rows of lines as there are taps. Both slices
// hold whole rows of len(dst) bytes.
func resampleColumns(dst, lines []byte, taps []int32) {
	stride := len(dst)
	for x := 0; x < stride; x += 4 {
		var rb, g int64
		at := x
		for _, k := range taps {
			p := int64(binary.LittleEndian.Uint32(lines[at:]))
			rb += (p&0xFF | p&0xFF0000<<16) * int64(k)
			g += (p >> 8 & 0xFF) * int64(k)
			at += stride
		}
		put(dst[x:x+4], rb, g)
	}
}

// put rounds the sums of one pixel to bytes. The low half of rb is the sum of R as an int32;
// the high half the sum of B, one less where R's is negative.
func put(dst []byte, rb, g int64) {
	r := int32(rb)
	b := int32((rb - int64(r)) >> 32)
	dst[0], dst[1], dst[2], dst[3] = round8(r), round8(int32(g)), round8(b), 0xFF
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

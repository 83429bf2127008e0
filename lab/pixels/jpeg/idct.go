package jpeg

import "cliplab/lab/pixels/jpeg/simd"

// block holds the 64 dequantised coefficients of 8×8 samples, row by row.
type block [64]int16

// Constants of the inverse cosine transform, ×2¹³. Source: Loeffler, Ligtenberg, Moschytz 1989,
// as libjpeg's accurate integer method ("islow") uses them.
const (
	c0298631336 = 2446
	c0390180644 = 3196
	c0541196100 = 4433
	c0765366865 = 6270
	c0899976223 = 7373
	c1175875602 = 9633
	c1501321110 = 12299
	c1847759065 = 15137
	c1961570560 = 16069
	c2053119869 = 16819
	c2562915447 = 20995
	c3072711026 = 25172
)

// lines transforms one line of eight values; the results are 2¹³ times as large.
func lines(x0, x1, x2, x3, x4, x5, x6, x7 int32) (y0, y1, y2, y3, y4, y5, y6, y7 int32) {
	z := (x2 + x6) * c0541196100
	e2 := z - x6*c1847759065
	e3 := z + x2*c0765366865
	e0 := (x0 + x4) << 13
	e1 := (x0 - x4) << 13
	a0, a3, a1, a2 := e0+e3, e0-e3, e1+e2, e1-e2

	z5 := (x7 + x3 + x5 + x1) * c1175875602
	z1 := -(x7 + x1) * c0899976223
	z2 := -(x5 + x3) * c2562915447
	z3 := z5 - (x7+x3)*c1961570560
	z4 := z5 - (x5+x1)*c0390180644
	b0 := x7*c0298631336 + z1 + z3
	b1 := x5*c2053119869 + z2 + z4
	b2 := x3*c3072711026 + z2 + z3
	b3 := x1*c1501321110 + z1 + z4
	return a0 + b3, a1 + b2, a2 + b1, a3 + b0, a3 - b0, a2 - b1, a1 - b2, a0 - b3
}

// inverse writes the 8×8 samples of a block: columns first, kept 2² times too large, then rows.
// rows is how many rows of coefficients may differ from zero.
func inverse(dst []byte, stride int, c *block, rows int) {
	if rows == 0 {
		flat(dst, stride, c[0])
		return
	}
	if vector && len(dst) >= 7*stride+8 {
		simd.Inverse(&dst[0], stride, (*[64]int16)(c))
		return
	}
	var w [64]int32
	for i := range 8 {
		x0 := int32(c[i])
		if rows == 1 {
			v := x0 << 2
			w[i], w[8+i], w[16+i], w[24+i] = v, v, v, v
			w[32+i], w[40+i], w[48+i], w[56+i] = v, v, v, v
			continue
		}
		x1, x2, x3, x4 := int32(c[8+i]), int32(c[16+i]), int32(c[24+i]), int32(c[32+i])
		x5, x6, x7 := int32(c[40+i]), int32(c[48+i]), int32(c[56+i])
		if x1|x2|x3|x4|x5|x6|x7 == 0 {
			v := x0 << 2
			w[i], w[8+i], w[16+i], w[24+i] = v, v, v, v
			w[32+i], w[40+i], w[48+i], w[56+i] = v, v, v, v
			continue
		}
		const half, shift = 1 << 10, 11
		y0, y1, y2, y3, y4, y5, y6, y7 := lines(x0, x1, x2, x3, x4, x5, x6, x7)
		w[i], w[8+i], w[16+i] = (y0+half)>>shift, (y1+half)>>shift, (y2+half)>>shift
		w[24+i], w[32+i], w[40+i] = (y3+half)>>shift, (y4+half)>>shift, (y5+half)>>shift
		w[48+i], w[56+i] = (y6+half)>>shift, (y7+half)>>shift
	}
	for i := range 8 {
		x := w[8*i : 8*i+8 : 8*i+8]
		d := dst[i*stride : i*stride+8 : i*stride+8]
		y0, y1, y2, y3, y4, y5, y6, y7 := lines(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])
		d[0], d[1], d[2], d[3] = sample(y0), sample(y1), sample(y2), sample(y3)
		d[4], d[5], d[6], d[7] = sample(y4), sample(y5), sample(y6), sample(y7)
	}
}

// sample drops what two passes put on, 2¹³·2²·2³, and moves the middle from 0 to 128.
func sample(y int32) byte {
	const half, shift = 1 << 17, 18
	return clip((y+half)>>shift + 128)
}

// clip brings a value into 0..255.
func clip(v int32) byte {
	if uint32(v) > 255 {
		v = ^(v >> 31) & 255 // 0 for a negative one, else 255
	}
	return byte(v)
}

// flat writes the samples of a block that has a mean and nothing else.
func flat(dst []byte, stride int, mean int16) {
	v := uint64(clip((int32(mean)+4)>>3+128)) * 0x0101010101010101
	for i := range 8 {
		put8(dst[i*stride:], v)
	}
}

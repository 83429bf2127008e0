package jpeg

import (
	"encoding/binary"

	"cliplab/lab/pixels/jpeg/simd"
)

// chroma holds what Cr and Cb add to Y, and clipping to a byte.
//
//	R = Y + 1.402·Cr    G = Y − 0.34414·Cb − 0.71414·Cr    B = Y + 1.772·Cb
//
// in 16-bit fixed point, Cb and Cr less 128. Source: JFIF 1.02, with libjpeg's rounding.
type chroma struct {
	crRed, cbBlue, crGreen, cbGreen [256]int32
	clip                            [1024]byte // by value + 256, for −256..767
}

func newChroma() *chroma {
	const half = 1 << 15
	t := &chroma{}
	for i := range int32(256) {
		x := i - 128
		t.crRed[i] = (91881*x + half) >> 16
		t.cbBlue[i] = (116130*x + half) >> 16
		t.crGreen[i] = -46802 * x
		t.cbGreen[i] = -22554*x + half
	}
	for i := range t.clip {
		t.clip[i] = clip(int32(i) - 256)
	}
	return t
}

// rgb writes a line of RGBA.
func (t *chroma) rgb(dst, lum, cb, cr []byte) {
	n := len(dst) / 4
	lum, cb, cr = lum[:n], cb[:n], cr[:n]
	if vector && n >= 16 {
		simd.RGB(&dst[0], &lum[0], &cb[0], &cr[0], n)
		return
	}
	for i, v := range lum {
		b, r := cb[i], cr[i]
		y := int32(v) + 256
		red := uint32(t.clip[(y+t.crRed[r])&1023])
		green := uint32(t.clip[(y+(t.cbGreen[b]+t.crGreen[r])>>16)&1023])
		blue := uint32(t.clip[(y+t.cbBlue[b])&1023])
		binary.LittleEndian.PutUint32(dst[4*i:], red|green<<8|blue<<16|0xFF<<24)
	}
}

// interleave writes a line of three planes as RGBA.
func interleave(dst []byte, planes [][]byte) {
	for i := range len(dst) / 4 {
		dst[4*i], dst[4*i+1], dst[4*i+2], dst[4*i+3] = planes[0][i], planes[1][i], planes[2][i], 255
	}
}

// inks makes a line of what was stored for C, M, Y one of CMYK. Files hold paper, not ink, as
// Adobe's do, and Pillow takes all for such; out of Y, Cb, Cr come R, G, B, which are paper
// once more turned.
func inks(dst, black []byte, ycc bool) {
	for i := range len(dst) / 4 {
		if !ycc {
			dst[4*i], dst[4*i+1], dst[4*i+2] = ^dst[4*i], ^dst[4*i+1], ^dst[4*i+2]
		}
		dst[4*i+3] = ^black[i]
	}
}

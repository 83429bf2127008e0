package pixels

import (
	"encoding/binary"
	"image"
	"image/color"
)

// flatten gives a picture as opaque 8-bit RGB whose corner is (0, 0), laid on white. It returns
// img itself when it is that already, so the result is only for reading.
func flatten(img image.Image) *image.RGBA {
	b := img.Bounds()
	if m, ok := img.(*image.RGBA); ok && b.Min == (image.Point{}) && isOpaque(m) {
		return m
	}
	dst := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		row := dst.Pix[y*dst.Stride : (y+1)*dst.Stride]
		switch m := img.(type) {
		case *image.NRGBA:
			nrgbaRow(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.Gray:
			grayRow(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.CMYK:
			cmykRow(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.YCbCr:
			ycbcrRow(row, m, b.Min.X, b.Min.Y+y)
		default:
			anyRow(row, img, b.Min.X, b.Min.Y+y)
		}
	}
	return dst
}

// isOpaque is m.Opaque, two pixels at a time.
func isOpaque(m *image.RGBA) bool {
	for y := range m.Rect.Dy() {
		row := m.Pix[y*m.Stride : y*m.Stride+4*m.Rect.Dx()]
		all := ^uint64(0)
		for ; len(row) >= 8; row = row[8:] {
			all &= binary.LittleEndian.Uint64(row)
		}
		if len(row) == 4 {
			all &= uint64(row[3])<<24 | 0xFF<<56
		}
		if all&(0xFF<<56|0xFF<<24) != 0xFF<<56|0xFF<<24 {
			return false
		}
	}
	return true
}

// nrgbaRow lays a row of straight RGBA on white.
func nrgbaRow(dst, src []byte) {
	for i := 0; i < len(dst); i += 4 {
		s, d := src[i:i+4:i+4], dst[i:i+4:i+4]
		d[0], d[1], d[2], d[3] = onWhite(s[0], s[3]), onWhite(s[1], s[3]), onWhite(s[2], s[3]), 255
	}
}

// grayRow repeats each gray three times.
func grayRow(dst, src []byte) {
	for i := range len(dst) / 4 {
		d, g := dst[4*i:4*i+4], src[i]
		d[0], d[1], d[2], d[3] = g, g, g, 255
	}
}

// cmykRow converts ink to light: (1 − ink)·(1 − black), rounded as Pillow does.
func cmykRow(dst, src []byte) {
	for i := 0; i < len(dst); i += 4 {
		light := 255 - src[i+3]
		for c := range 3 {
			dst[i+c] = light - div255(uint32(src[i+c])*uint32(light))
		}
		dst[i+3] = 255
	}
}

// ycbcrRow converts a row of a JPEG.
func ycbcrRow(dst []byte, m *image.YCbCr, x, y int) {
	for i := 0; i < len(dst); i += 4 {
		yi, ci := m.YOffset(x, y), m.COffset(x, y)
		dst[i], dst[i+1], dst[i+2] = color.YCbCrToRGB(m.Y[yi], m.Cb[ci], m.Cr[ci])
		dst[i+3] = 255
		x++
	}
}

// anyRow converts a row of any picture, through its colours.
func anyRow(dst []byte, img image.Image, x, y int) {
	for i := 0; i < len(dst); i += 4 {
		d := dst[i : i+4 : i+4]
		switch c := img.At(x, y).(type) {
		case color.NRGBA: // palettes, WebP with alpha
			d[0], d[1], d[2] = onWhite(c.R, c.A), onWhite(c.G, c.A), onWhite(c.B, c.A)
		default:
			r, g, b, a := c.RGBA() // 16 bit, multiplied by alpha
			white := 0xFFFF - a
			d[0], d[1], d[2] = byte((r+white)>>8), byte((g+white)>>8), byte((b+white)>>8)
		}
		d[3] = 255
		x++
	}
}

// onWhite is c·α + 255·(1 − α), rounded.
func onWhite(c, alpha byte) byte {
	return div255(uint32(c)*uint32(alpha) + 255*uint32(255-alpha))
}

// div255 is x/255 rounded, for x up to 255².
func div255(x uint32) byte {
	x += 128
	return byte((x + x>>8) >> 8)
}

package pixels

import (
	"encoding/binary"
	"image"
	"image/color"
)

// flatten gives a picture as opaque 8-bit RGB whose corner is (0, 0), laid on white. It returns
// img itself when it is that already, so the result is only for reading.
func flatten(img image.Image) *image.RGBA { return withAlpha(img, onWhite) }

// withAlpha gives a picture as 8-bit RGB whose corner is (0, 0); settle makes of each row of
// straight RGBA what is wanted. Like flatten it may return img itself.
func withAlpha(img image.Image, settle func(row []byte)) *image.RGBA {
	b := img.Bounds()
	if m, ok := img.(*image.RGBA); ok && b.Min == (image.Point{}) && isOpaque(m) {
		return m
	}
	dst := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	palette := straightPalette(img)
	for y := range b.Dy() {
		row := dst.Pix[y*dst.Stride : (y+1)*dst.Stride]
		switch m := img.(type) {
		case *image.NRGBA:
			copy(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
			settle(row)
		case *image.NRGBA64:
			highBytes(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
			settle(row)
		case *image.RGBA:
			copy(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
			straighten(row)
			settle(row)
		case *image.Paletted:
			paletteRow(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):], palette)
			settle(row)
		case *image.Gray:
			grayRow(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.CMYK:
			cmykRow(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.YCbCr:
			ycbcrRow(row, m, b.Min.X, b.Min.Y+y)
		default:
			anyRow(row, img, b.Min.X, b.Min.Y+y)
			settle(row)
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

// highBytes drops the low byte of 16-bit channels.
func highBytes(dst, src []byte) {
	for i := range dst {
		dst[i] = src[2*i]
	}
}

// straightPalette holds the colours of a picture with a palette, nil for others. Numbers
// beyond the palette are black.
func straightPalette(img image.Image) *[256][4]byte {
	m, ok := img.(*image.Paletted)
	if !ok {
		return nil
	}
	var table [256][4]byte
	for i := range table {
		table[i] = [4]byte{3: 255}
	}
	for i, c := range m.Palette[:min(256, len(m.Palette))] {
		straight(table[i][:], c)
	}
	return &table
}

// paletteRow looks colours up.
func paletteRow(dst, src []byte, palette *[256][4]byte) {
	for i := range len(dst) / 4 {
		copy(dst[4*i:4*i+4], palette[src[i]][:])
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

// ycbcrRow converts a row of luma and chroma, each pixel with the nearest chroma.
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
		straight(dst[i:i+4], img.At(x, y))
		x++
	}
}

// straight writes a colour as R, G, B, alpha of 8 bits, colours not multiplied by alpha; of
// more bits the high ones are kept.
func straight(dst []byte, c color.Color) {
	switch c := c.(type) {
	case color.NRGBA:
		dst[0], dst[1], dst[2], dst[3] = c.R, c.G, c.B, c.A
		return
	case color.RGBA:
		dst[0], dst[1], dst[2], dst[3] = c.R, c.G, c.B, c.A
		straighten(dst[:4])
		return
	}
	r, g, b, a := c.RGBA() // 16 bits, multiplied by alpha
	if a != 0 && a != 0xFFFF {
		r, g, b = r*0xFFFF/a, g*0xFFFF/a, b*0xFFFF/a
	}
	dst[0], dst[1], dst[2], dst[3] = byte(r>>8), byte(g>>8), byte(b>>8), byte(a>>8)
}

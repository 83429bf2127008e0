package pixels

import "image"

// webpColors gives the colours of a lossy WebP as libwebp does, and so Pillow: luma of 16 to
// 235, chroma interpolated with weights 9, 3, 3, 1. (x/image hands out planes, which image
// takes for those of JPEG, with luma of 0 to 255.) Other pictures stay.
//
// Source: libwebp, src/dsp/yuv.h and src/dsp/upsampling.c.
func webpColors(img image.Image) image.Image {
	switch m := img.(type) {
	case *image.YCbCr:
		dst := image.NewRGBA(m.Rect)
		webpLines(dst.Pix, m)
		for i := 3; i < len(dst.Pix); i += 4 {
			dst.Pix[i] = 255
		}
		return dst
	case *image.NYCbCrA:
		dst := image.NewNRGBA(m.Rect)
		webpLines(dst.Pix, &m.YCbCr)
		for y := range m.Rect.Dy() {
			for x := range m.Rect.Dx() {
				dst.Pix[y*dst.Stride+4*x+3] = m.A[y*m.AStride+x]
			}
		}
		return dst
	}
	return img
}

// webpLines writes R, G, B of all lines. Each lies a quarter of the way from its own line of
// chroma to the next above or below.
func webpLines(dst []byte, m *image.YCbCr) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	last := (h - 1) / 2
	for y := range h {
		near := y / 2
		far := max(near-1, 0)
		if y&1 == 1 {
			far = min(near+1, last)
		}
		line := func(plane []byte, i int) []byte { return plane[i*m.CStride:][:(w+1)/2] }
		us := webpWiden(line(m.Cb, near), line(m.Cb, far))
		vs := webpWiden(line(m.Cr, near), line(m.Cr, far))
		for x, l := range m.Y[y*m.YStride:][:w] {
			webpColor(dst[4*(y*w+x):], int(l), int(us[x]), int(vs[x]))
		}
	}
}

// webpWiden doubles a line of chroma. With a the sample nearest to a place, b and c those beside
// it in the same line and column, d the one across, it is (9a + 3b + 3c + d)/16, in libwebp's
// two steps: (a + b + c + d + 2(b + c))/8, then half of that and a.
func webpWiden(near, far []byte) []byte {
	out := make([]byte, 2*len(near))
	edge := func(i int) byte { return byte((3*int(near[i]) + int(far[i]) + 2) >> 2) }
	out[0], out[len(out)-1] = edge(0), edge(len(near)-1)
	for i := range len(near) - 1 {
		a, b, c, d := int(near[i]), int(near[i+1]), int(far[i]), int(far[i+1])
		all := a + b + c + d + 8
		out[2*i+1] = byte(((all+2*(b+c))>>3 + a) >> 1)
		out[2*i+2] = byte(((all+2*(a+d))>>3 + b) >> 1)
	}
	return out
}

// webpColor writes R, G, B in 14-bit fixed point.
func webpColor(dst []byte, y, u, v int) {
	light := y * 19077 >> 8
	dst[0] = webpClip(light + v*26149>>8 - 14234)
	dst[1] = webpClip(light - u*6419>>8 - v*13320>>8 + 8708)
	dst[2] = webpClip(light + u*33050>>8 - 17685)
}

// webpClip drops six fraction bits.
func webpClip(v int) byte { return byte(min(max(v>>6, 0), 255)) }

package jpeg

import (
	"encoding/binary"

	"cliplab/lab/pixels/jpeg/simd"
)

func put8(dst []byte, v uint64) { binary.LittleEndian.PutUint64(dst, v) }

// row gives line y of a component at full size, in dst or as part of the plane. Where chroma
// has half as many samples it is interpolated with weights ¾ and ¼ in each direction, as
// libjpeg's "fancy upsampling" does; other ratios repeat samples.
//
//	len(dst) ≥ 2·⌈width/2⌉, or the width rounded up to a multiple of the ratio
func (c *component) row(dst []byte, y int) []byte {
	switch {
	case c.across == 1 && c.down == 1:
		return c.line(y)
	case c.across == 2 && c.down == 1 && c.width > 2:
		widen(dst, c.line(y))
	case c.across == 1 && c.down == 2:
		near, far, lower := c.neighbours(y)
		// The upper of two rows rounds halves down, the lower up.
		bias := uint(1)
		if lower {
			bias = 2
		}
		for i := range near {
			dst[i] = byte((3*uint(near[i]) + uint(far[i]) + bias) >> 2)
		}
	case c.across == 2 && c.down == 2 && c.width > 2:
		near, far, _ := c.neighbours(y)
		widenBoth(dst, near, far)
	default:
		for i, v := range c.line(y / c.down) {
			for j := range c.across {
				dst[i*c.across+j] = v
			}
		}
	}
	return dst
}

// line is line y of the component's own samples, without those that only fill blocks up.
func (c *component) line(y int) []byte { return c.plane[y*c.stride:][:c.width] }

// neighbours gives the line of samples nearest to line y of the picture and the next nearest,
// below it (lower) or above; at the edges that is the same line.
func (c *component) neighbours(y int) (near, far []byte, lower bool) {
	lower = y&1 == 1
	i, j := y/2, y/2-1
	if lower {
		j = y/2 + 1
	}
	return c.line(i), c.line(min(max(j, 0), c.height-1)), lower
}

// widen doubles a line of more than two samples: each gives (3·itself + its left neighbour +
// 1)/4 and (3·itself + its right neighbour + 2)/4, the ends themselves.
func widen(dst, src []byte) {
	n := len(src)
	dst = dst[: 2*n : 2*n]
	inner := n - 1
	if vector && n >= 18 {
		simd.Widen(&dst[0], &src[0], n)
		inner = 1 // the rest is done
	}
	left, v := uint(src[0]), uint(src[0])
	for i := range inner {
		right := uint(src[i+1])
		dst[2*i] = byte((3*v + left + 1) >> 2)
		dst[2*i+1] = byte((3*v + right + 2) >> 2)
		left, v = v, right
	}
	left, v = uint(src[n-2]), uint(src[n-1])
	dst[2*n-2] = byte((3*v + left + 1) >> 2)
	dst[2*n-1] = src[n-1]
}

// widenBoth doubles the line that lies a quarter of the way from near to far: sums
// s = 3·near + far, then (3·s + left sum + 8)/16 and (3·s + right sum + 7)/16.
func widenBoth(dst, near, far []byte) {
	n := len(near)
	far, dst = far[:n:n], dst[:2*n:2*n]
	inner := n - 1
	if vector && n >= 18 {
		simd.WidenBoth(&dst[0], &near[0], &far[0], n)
		inner = 1 // the rest is done
	}
	sum := func(i int) uint { return 3*uint(near[i]) + uint(far[i]) }
	left, v := sum(0), sum(0)
	for i := range inner {
		right := sum(i + 1)
		dst[2*i] = byte((3*v + left + 8) >> 4)
		dst[2*i+1] = byte((3*v + right + 7) >> 4)
		left, v = v, right
	}
	left, v = sum(n-2), sum(n-1)
	dst[2*n-2] = byte((3*v + left + 8) >> 4)
	dst[2*n-1] = byte((4*v + 7) >> 4)
}

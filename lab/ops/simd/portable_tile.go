package simd

import (
	"math"
	"unsafe"
)

// portableTiles are 1×4 to 4×4, which the compiler keeps in registers.
var portableTiles = [3][]Tile{
	tilesOf(tileFloats), tilesOf(tileBF16s), tilesOf(tileInt8s),
}

// tilesOf makes a tile of each height from one that computes a row.
func tilesOf(row func(k int, a *float32, ak int, b *float32, bk int, c, from *float32)) []Tile {
	var all []Tile
	for rows := 1; rows <= 4; rows++ {
		all = append(all, func(k int, a *float32, ai, ak int, b *float32, bk, _ int, c *float32,
			ldc int, from *float32, ldf int, _ uintptr, _ int, _ *float32, _ int) {
			for i := range rows {
				var start *float32
				if from != nil {
					start = at(from, i*ldf)
				}
				row(k, at(a, i*ai), ak, b, bk, at(c, i*ldc), start)
			}
		})
	}
	return all
}

// at is the word i places on from p.
func at(p *float32, i int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), 4*i)) }

// steps are the words that a tile touches when it takes so many strides: the last takes width.
func steps(p *float32, k, stride, width int) []float32 { return slice(p, (k-1)*stride+width) }

func tileFloats(k int, a *float32, ak int, b *float32, bk int, c, from *float32) {
	var s0, s1, s2, s3 float32
	if k > 0 {
		x, y := steps(a, k, ak, 1), steps(b, k, bk, 4)
		for p := range k {
			v, row := x[p*ak], y[p*bk:p*bk+4]
			s0 += v * row[0]
			s1 += v * row[1]
			s2 += v * row[2]
			s3 += v * row[3]
		}
	}
	storeRow(c, from, s0, s1, s2, s3)
}

func tileBF16s(k int, a *float32, ak int, b *float32, bk int, c, from *float32) {
	var s [4]float32
	if k > 0 {
		x, y := steps(a, k, ak, 1), steps(b, k, bk, 4)
		for p := range k {
			even, odd := pair(x[p*ak])
			for j, w := range y[p*bk : p*bk+4] {
				e, o := pair(w)
				s[j] += odd * o
				s[j] += even * e
			}
		}
	}
	storeRow(c, from, s[0], s[1], s[2], s[3])
}

func tileInt8s(k int, a *float32, ak int, b *float32, bk int, c, from *float32) {
	var s [4]int32
	if k > 0 {
		x, y := steps(a, k, ak, 1), steps(b, k, bk, 4)
		for p := range k {
			u := math.Float32bits(x[p*ak])
			for j, w := range y[p*bk : p*bk+4] {
				v := math.Float32bits(w)
				s[j] += int32(u&255)*int32(int8(v)) + int32(u>>8&255)*int32(int8(v>>8)) +
					int32(u>>16&255)*int32(int8(v>>16)) + int32(u>>24)*int32(int8(v>>24))
			}
		}
	}
	out := unsafe.Slice((*int32)(unsafe.Pointer(c)), 4)
	for j := range s {
		if from != nil {
			s[j] += unsafe.Slice((*int32)(unsafe.Pointer(from)), 4)[j]
		}
		out[j] = s[j]
	}
}

func storeRow(c, from *float32, s0, s1, s2, s3 float32) {
	if from != nil {
		old := slice(from, 4)
		s0, s1, s2, s3 = s0+old[0], s1+old[1], s2+old[2], s3+old[3]
	}
	out := slice(c, 4)
	out[0], out[1], out[2], out[3] = s0, s1, s2, s3
}

// pair are the two bfloat16s of a word.
func pair(w float32) (even, odd float32) {
	bits := math.Float32bits(w)
	return math.Float32frombits(bits << 16), math.Float32frombits(bits &^ 0xffff)
}

package ops

import (
	"cliplab/lab/ops/plain"
	"cliplab/lab/ops/simd"
)

// operand is how tiles read some rows of A: word p of row i of the tile at row r is
// data[r·row + i·ai + p·ak].
type operand struct {
	data        []float32
	row, ai, ak int
}

// held are the rows that a scratch's a holds, rounded: of which product, from which row on, and
// what Int8s were quantised by.
type held struct {
	product int64
	first   span // row and word
	scale   [blockRows]float32
	zero    [blockRows]int32
}

// take says that a has to be filled anew with rows from lo on, words from k on.
func (h *held) take(product int64, lo, k int) bool {
	if h.product == product && h.first == (span{lo, k}) {
		return false
	}
	h.product, h.first = product, span{lo, k}
	return true
}

// rowStride is at least n words, an odd number of cache lines: the rows of a tile fall into
// different sets of the first cache.
func rowStride(n int) int { return ceil(n, 16)*16 + 16*(1-ceil(n, 16)%2) }

// longRow is from where on a copy of rows costs more than it spares.
const longRow = 512

// left gives rows of A to the tiles: copied to where they do not collide, packed or rounded.
func (p *product) left(rows, along span, s *scratch) operand {
	if p.kind != simd.Float32s {
		return p.rounded(rows, s)
	}
	at := rows.lo*p.a.rs + along.lo*p.a.cs
	depth, high := along.hi-along.lo, rows.hi-rows.lo
	if !p.packs() {
		// Long rows that do not collide as they lie are read there at an even pace.
		if high == 1 || depth >= longRow && !collide(p.a.rs) {
			return operand{p.a.data[at:], p.a.rs, p.a.rs, 1}
		}
		stride := rowStride(depth)
		to := grow(&s.a, high*stride)
		if s.held.take(p.id, rows.lo, along.lo) {
			for r := range high {
				copy(to[r*stride:r*stride+depth], p.a.data[at+r*p.a.rs:])
			}
		}
		return operand{to, stride, stride, 1}
	}
	to := grow(&s.a, ceil(high, p.high)*p.high*depth)
	packRows(p.Set, to, view{p.a.data[at:], 1, p.a.cs}, high, depth, p.high)
	return operand{to, depth, 1, p.high}
}

// rounded converts rows of A to words of bfloat16 or bytes. The next task of the same rows finds
// them done.
func (p *product) rounded(rows span, s *scratch) operand {
	stride := rowStride(ceil(p.depth, 16) * 16 / perWord[p.kind])
	high := rows.hi - rows.lo
	a := grow(&s.a, high*stride)
	if h := &s.held; h.take(p.id, rows.lo, 0) {
		for r := range high {
			x := &p.a.data[(rows.lo+r)*p.a.rs]
			if p.kind == simd.Bfloat16s {
				p.ToBF16(&a[r*stride], x, p.depth)
				continue
			}
			var inverse float32
			h.scale[r], inverse, h.zero[r] = plain.RowScale(p.RowRange(x, p.depth))
			p.ToU8(&a[r*stride], x, inverse, h.zero[r], p.depth)
		}
	}
	return operand{a, stride, stride, 1}
}

// perWord is how many numbers a word holds.
var perWord = [...]int{simd.Float32s: 1, simd.Bfloat16s: 2, simd.Int8s: 4}

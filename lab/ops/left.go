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
	first   int
	scale   [blockRows]float32
	zero    [blockRows]int32
}

// left gives rows of A to the tiles: as they lie where the tiles can read them, else packed or
// rounded in scratch.
func (p *product) left(rows, along span, s *scratch) operand {
	if p.kind != simd.Float32s {
		return p.rounded(rows, s)
	}
	at := rows.lo*p.a.rs + along.lo*p.a.cs
	if !p.packs() {
		return operand{p.a.data[at:], p.a.rs, p.a.rs, 1}
	}
	depth, high := along.hi-along.lo, rows.hi-rows.lo
	to := grow(&s.a, ceil(high, p.high)*p.high*depth)
	pack(p.Set, to, view{p.a.data[at:], p.a.cs, 1}, depth, high, p.high, span{0, depth})
	return operand{to, depth, 1, p.high}
}

// rounded converts rows of A to words of bfloat16 or bytes. The next task of the same rows finds
// them done.
func (p *product) rounded(rows span, s *scratch) operand {
	// An odd number of cache lines, so that the rows of a tile fall into different sets.
	stride := ceil(ceil(p.depth, 16)*16/perWord[p.kind], 16) * 16
	if stride/16%2 == 0 {
		stride += 16
	}
	high := rows.hi - rows.lo
	a := grow(&s.a, high*stride)
	h := &s.held
	if h.product != p.id || h.first != rows.lo {
		h.product, h.first = p.id, rows.lo
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

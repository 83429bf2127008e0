package ops

import "unsafe"

// right is an operand B of small products: where its panels stand, and the words from step to
// step.
type right struct {
	data []float32
	at   panels
	step int
}

// inRows are whole rows so many words apart, of which a tile may read any columns.
func inRows(data []float32, step int) right { return right{data, panels{panel, half}, step} }

// turned is the transpose [k, n] of x.
func (w *headsWork) turned(x view, n, k int, buf *[]float32) right {
	_, _, columns := w.cover(n)
	ld := rowStride(columns)
	to := grow(buf, k*ld)
	packTurned(w.Set, to, view{x.data, 1, x.rs}, n, ld, span{0, k})
	return inRows(to, ld)
}

// straight is x [k, n] itself, if tiles cover just its columns and its rows fit the first cache, or
// packed.
func (w *headsWork) straight(x view, n, k int, buf *[]float32) right {
	if _, _, columns := w.cover(n); columns == n && k <= 96 && !collide(x.rs) {
		return inRows(x.data, x.rs)
	}
	to, at := grow(buf, ceil(n, panel)*panel*k), panels{panel * k, half * k}
	pack(w.Set, to, at, x, n, span{0, k})
	return right{to, at, half}
}

// collide says that rows so many words apart fall into one or two sets of the first cache (64
// sets of 64 bytes), which holds 8 lines of a set, and a tile reads up to 14 rows at once.
func collide(stride int) bool { return stride%512 == 0 }

// cover is by how many tiles, and how many of them narrow, n columns are covered, and so how many
// columns they compute.
func (e *blocked) cover(n int) (tiles, narrow, columns int) {
	tiles = ceil(n, e.TileColumns)
	less := e.TileColumns - e.NarrowColumns
	narrow = min(tiles, (tiles*e.TileColumns-n)/less)
	return tiles, narrow, tiles*e.TileColumns - narrow*less
}

// tile is dst[i·ldc+j] = Σₚ a[i·ai+p·ak]·b(p, j), i < rows of one tile, j < n.
func (w *headsWork) tile(rows, k int, a []float32, ai, ak int, b right, dst []float32, ldc, n int,
	meanwhile fetches, s *scratch) {
	tiles, narrow, _ := w.cover(n)
	if b.step == half { // panels end with the only narrow tile that they allow
		narrow = min(narrow, 1)
	}
	f, wide := w.Tiles[0][rows-1], w.TileColumns
	next, on, out := uintptr(unsafe.Pointer(&a[0])), 0, (*float32)(nil)
	for i, j := 0, 0; i < tiles; i, j = i+1, j+wide {
		if i == tiles-narrow {
			f, wide = w.Narrow[rows-1], w.NarrowColumns
		}
		if meanwhile.next != nil {
			next, on = meanwhile.next.take(k)
		}
		if meanwhile.dst {
			out = &dst[j]
		}
		from := &b.data[j/panel*b.at.panel+j%panel/half*b.at.half+j%half]
		if j+wide <= n {
			f(k, &a[0], ai, ak, from, b.step, b.at.half, &dst[j], ldc, nil, 0, next, on, out, ldc)
			continue
		}
		edge := grow(&s.c, rows*wide)
		f(k, &a[0], ai, ak, from, b.step, b.at.half, &edge[0], wide, nil, 0, next, on, out, ldc)
		for i := range rows {
			copy(dst[i*ldc+j:i*ldc+n], edge[i*wide:])
		}
	}
}

// fetches are what tiles bring to the caches meanwhile: where they write, if that is in memory, and
// what the next head reads.
type fetches struct {
	dst  bool
	next *ahead
}

// tileHigh is the height of tiles that share out the tokens evenly.
func (w *headsWork) tileHigh() int {
	return ceil(w.Tokens, ceil(w.Tokens, len(w.Tiles[0])))
}

// scoreStride is from row to row of scores, with room for whole tiles and registers.
func (w *headsWork) scoreStride() int {
	_, _, columns := w.cover(w.Tokens)
	return rowStride(columns)
}

// seen is how many tokens the last of the rows from r to r+rows looks at.
func (w *headsWork) seen(r, rows int) int { return w.Heads.Visible(r + rows - 1) }

// ahead is what the next head reads, which comes to the caches while tiles compute: with each of
// their steps two lines of a row. Nothing of it is read but by fetches.
type ahead struct {
	parts    [5]far
	n        int // parts
	part     int // where it stands,
	row, col int // in words
}

// far is a matrix in memory.
type far struct {
	at                  uintptr
	rows, cols, rowStep int // of words
}

func (w *headsWork) ahead(a *ahead, i int) {
	q, k, v := headViews(w.qkv, w.Heads, i)
	d, t := w.Width/w.Heads.Heads, w.Tokens
	*a = ahead{}
	add := func(x view, rows, cols int) {
		a.parts[a.n] = far{uintptr(unsafe.Pointer(&x.data[0])), rows, cols, x.rs}
		a.n++
	}
	if w.dy != nil {
		add(v, t, d)
		add(view{w.dy[headOffset(w.Heads, i):], w.Width, 1}, t, d)
		add(k, t, d)
		add(view{w.probs[i*t*t:], panel, 1}, t*t/panel, panel)
		add(q, t, d)
		return
	}
	for _, x := range []view{k, q, v} {
		add(x, t, d)
	}
}

// take is from where a tile of so many steps fetches, and how many bytes on at each.
func (a *ahead) take(steps int) (from uintptr, on int) {
	if a.part == a.n {
		return a.parts[0].at, 0
	}
	x := &a.parts[a.part]
	from = x.at + uintptr(4*(a.row*x.rowStep+a.col))
	if a.row += steps; a.row >= x.rows {
		a.row, a.col = 0, a.col+panel
	}
	if a.col >= x.cols {
		a.col, a.part = 0, a.part+1
	}
	return from, 4 * x.rowStep
}

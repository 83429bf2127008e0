package ops

import (
	"sync"
	"unsafe"

	"cliplab/lab/cores"
)

// headsWork is an attention, forward or backward, cut into tasks: some heads each, one after
// another. Head i%Heads of sequence i/Heads is number i.
type headsWork struct {
	*blocked
	Heads
	dst, probs, qkv []float32
	dy              []float32 // of the gradient, which goes to dst
	bare            bool      // no softmax between the products
	each            int       // heads of a task
}

var headsWorks = sync.Pool{New: func() any { return new(headsWork) }}

func (w headsWork) share() {
	job := headsWorks.Get().(*headsWork)
	*job = w
	all, workers := w.Batch*w.Heads.Heads, cores.Count()
	job.each = max(1, all/(8*workers))
	share(ceil(all, job.each), workers, job)
	*job = headsWork{}
	headsWorks.Put(job)
}

// Attention keeps nothing between the products but the rows of a tile.
func (e *blocked) Attention(dst, probs, qkv []float32, h Heads) {
	headsWork{blocked: e, Heads: h, dst: dst, probs: probs, qkv: qkv}.share()
}

// AttentionProducts is Attention that leaves the softmax out.
func (e *blocked) AttentionProducts(dst, qkv []float32, h Heads) {
	h.Causal = false
	headsWork{blocked: e, Heads: h, dst: dst, qkv: qkv, bare: true}.share()
}

// AttentionGrad: dV = Pᵀ·dy; dP = dy·Vᵀ, dS its softmax gradient; dQ = dS·K, dK = dSᵀ·Q, the
// 1/√d being in dS already.
func (e *blocked) AttentionGrad(dqkv, dy, qkv, probs []float32, h Heads) {
	headsWork{blocked: e, Heads: h, dst: dqkv, dy: dy, probs: probs, qkv: qkv}.share()
}

// run is task i.
func (w *headsWork) run(i int, s *scratch) {
	for head, end := i*w.each, min((i+1)*w.each, w.Batch*w.Heads.Heads); head < end; head++ {
		w.head(head, head+1 < end, s)
	}
}

// head is one head; more says that the next one follows.
func (w *headsWork) head(i int, more bool, s *scratch) {
	switch {
	case w.dy != nil:
		w.backward(i, s)
	case more:
		next := w.ahead(i + 1)
		w.forward(i, &next, s)
	default:
		w.forward(i, nil, s)
	}
}

// ahead is what the next head reads, which comes to the caches while tiles compute: with each of
// their steps two lines of a row. Nothing of it is read but by fetches.
type ahead struct {
	parts         [3]uintptr // keys, queries and values
	rows, columns int        // of each
	stride        int        // bytes from row to row
	part, row, at int        // where it stands; at a column
}

func (w *headsWork) ahead(i int) ahead {
	q, k, v := headViews(w.qkv, w.Heads, i)
	a := ahead{rows: w.Tokens, columns: w.Width / w.Heads.Heads, stride: 4 * q.rs}
	for i, x := range []view{k, q, v} {
		a.parts[i] = uintptr(unsafe.Pointer(&x.data[0]))
	}
	return a
}

// take is from where a tile of so many steps fetches, and how many bytes on at each.
func (a *ahead) take(steps int) (from uintptr, on int) {
	if a.part == len(a.parts) {
		return a.parts[0], 0
	}
	from = a.parts[a.part] + uintptr(a.row*a.stride+4*a.at)
	if a.row += steps; a.row >= a.rows {
		a.row, a.at = 0, a.at+panel
	}
	if a.at >= a.columns {
		a.at, a.part = 0, a.part+1
	}
	return from, a.stride
}

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

func (w *headsWork) forward(i int, next *ahead, s *scratch) {
	d, t := w.Width/w.Heads.Heads, w.Tokens
	q, k, v := headViews(w.qkv, w.Heads, i)
	keys, values := w.turned(k, t, d, &s.b), w.straight(v, d, t, &s.d)
	dst, high, lds := w.dst[headOffset(w.Heads, i):], w.tileHigh(), w.scoreStride()
	work, scale := grow(&s.a, high*(lds+d)), float32(w.Heads.Scale())
	more := w.seen(0, 2) - w.seen(0, 1) // what a row sees more than the one before
	scores := work[:high*lds]
	for r := 0; r < t; r += high {
		rows := min(high, t-r)
		seen := w.seen(r, rows)
		queries := view{q.data[r*q.rs:], q.rs, 1}
		if collide(q.rs) {
			queries = view{work[high*lds:], d, 1}
			for j := range rows {
				copy(queries.data[j*d:(j+1)*d], q.data[(r+j)*q.rs:])
			}
		}
		_, _, columns := w.cover(seen)
		w.tile(rows, d, queries.data, queries.rs, 1, keys, scores, lds, columns, fetches{}, s)
		if !w.bare {
			w.SoftmaxTile(&scores[0], lds, scale, rows, w.Heads.Visible(r), more, ceil(seen, 16)*16)
		}
		for j := range rows {
			if w.probs != nil {
				to := w.probs[(i*t+r+j)*t:][:t]
				clear(to[copy(to, scores[j*lds:j*lds+seen]):])
			}
		}
		w.tile(rows, seen, scores, lds, 1, values, dst[r*w.Width:], w.Width, d, fetches{true, next}, s)
	}
}

func (w *headsWork) backward(i int, s *scratch) {
	d, t, stride := w.Width/w.Heads.Heads, w.Tokens, 3*w.Width
	q, k, v := headViews(w.qkv, w.Heads, i)
	dq, dk, dv := headViews(w.dst, w.Heads, i)
	dy := view{w.dy[headOffset(w.Heads, i):], w.Width, 1}
	p := w.probs[i*t*t : (i+1)*t*t]
	high, lds := w.tileHigh(), w.scoreStride()
	ds, scale := grow(&s.a, t*lds), float32(w.Heads.Scale())
	values, keys := w.turned(v, t, d, &s.b), w.straight(k, d, t, &s.d)
	for r := 0; r < t; r += high {
		rows := min(high, t-r)
		seen := w.seen(r, rows)
		_, _, columns := w.cover(seen)
		w.tile(rows, d, dy.data[r*dy.rs:], dy.rs, 1, values, ds[r*lds:], lds, columns, fetches{}, s)
		for j := r; j < r+rows; j++ {
			row, n := ds[j*lds:(j+1)*lds], w.Heads.Visible(j)
			w.SoftmaxGradRow(&row[0], &row[0], &p[j*t], scale, n)
			clear(row[n:])
		}
		w.tile(rows, seen, ds[r*lds:], lds, 1, keys, dq.data[r*stride:], stride, d,
			fetches{dst: true}, s)
	}
	w.across(dv.data, p, t, w.straight(dy, d, t, &s.b), s)
	w.across(dk.data, ds, lds, w.straight(q, d, t, &s.d), s)
}

// across is dst = Aᵀ·B for A [T, T] in rows of lda: of every token what those that see it give.
func (w *headsWork) across(dst, a []float32, lda int, b right, s *scratch) {
	high, stride := w.tileHigh(), 3*w.Width
	for r := 0; r < w.Tokens; r += high {
		first := 0
		if w.Causal {
			first = r
		}
		from := b
		from.data = b.data[first*b.step:]
		w.tile(min(high, w.Tokens-r), w.Tokens-first, a[first*lda+r:], 1, lda, from,
			dst[r*stride:], stride, w.Width/w.Heads.Heads, fetches{dst: true}, s)
	}
}

// headViews are queries, keys and values [T, d] of task i within the packed array.
func headViews(qkv []float32, h Heads, i int) (q, k, v view) {
	at := i/h.Heads*h.Tokens*3*h.Width + i%h.Heads*(h.Width/h.Heads)
	part := func(at int) view { return view{qkv[at:], 3 * h.Width, 1} }
	return part(at), part(at + h.Width), part(at + 2*h.Width)
}

// headOffset is where the output of task i starts in [B, T, C].
func headOffset(h Heads, i int) int {
	return i/h.Heads*h.Tokens*h.Width + i%h.Heads*(h.Width/h.Heads)
}

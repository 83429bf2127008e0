package ops

import (
	"sync"
	"unsafe"

	"cliplab/lab/cores"
	"cliplab/lab/ops/simd"
)

// turned is a product whose A lies along its columns, as in gradients of weights: k is long, and
// dst small. Tiles read both sides where they lie, line after line of each: to pack them would
// take a seventh of the time, as what is packed serves few tiles.
type turned struct {
	*simd.Set
	m, n, k    int
	dst, from  source
	a, b       view
	rows, wide int // of a task: one of them is m or n
}

var turneds = sync.Pool{New: func() any { return new(turned) }}

// slim is the shorter side of dst up to which packing does not pay.
const slim = 256

// turns says that a product can be a turned one: whole panels, and lines of A and B that do not
// collide in the caches.
func turns(a, b view, m, n int) bool {
	return a.cs != 1 && b.cs == 1 && n%panel == 0 && min(m, n) <= slim && !collide(a.cs) &&
		!collide(b.rs)
}

// multiply splits the longer side.
func (t *turned) multiply() {
	tallest, workers := len(t.Tiles[simd.Float32s]), cores.Count()
	if t.m*t.n*t.k < 1<<19 {
		workers = 1
	}
	t.rows, t.wide = t.m, t.n
	if t.m > t.n {
		t.rows = ceil(ceil(t.m, workers), tallest) * tallest
	} else {
		t.wide = ceil(ceil(t.n, workers), panel) * panel
	}
	share(ceil(t.m, t.rows)*ceil(t.n, t.wide), workers, t)
}

// run is a task: block after block of k, each added to dst.
func (t *turned) run(i int, _ *scratch) {
	across := ceil(t.n, t.wide)
	r0, c0 := i/across*t.rows, i%across*t.wide
	rows, columns := span{r0, min(t.m, r0+t.rows)}, span{c0, min(t.n, c0+t.wide)}
	from := t.from
	for k := 0; k < t.k; k += blockDepth {
		for j := columns.lo; j < columns.hi; j += t.TileColumns {
			t.column(j, rows, span{k, min(t.k, k+blockDepth)}, from)
		}
		from = t.dst
	}
}

// column goes down the tiles of one panel.
func (t *turned) column(j int, rows, along span, from source) {
	tiles := t.Tiles[simd.Float32s]
	b := &t.b.data[along.lo*t.b.rs+j]
	for r := rows.lo; r < rows.hi; r += len(tiles) {
		var start *float32
		if from.data != nil {
			start = &from.data[r*from.ld+j]
		}
		c := &t.dst.data[r*t.dst.ld+j]
		tiles[min(len(tiles), rows.hi-r)-1](along.hi-along.lo, &t.a.data[along.lo*t.a.cs+r], 1, t.a.cs,
			b, t.b.rs, half, c, t.dst.ld, start, from.ld, uintptr(unsafe.Pointer(c)), 0, c, t.dst.ld)
	}
}

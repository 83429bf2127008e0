package ops

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"cliplab/lab/cores"
	"cliplab/lab/ops/simd"
)

// product is one matrix product, dst = act(A·B + from) + residual, cut into tasks: each takes
// some rows over some panels of columns. Depths are in words, of 1, 2 or 4 numbers.
type product struct {
	*simd.Set
	kind     simd.Kind
	m, n, k  int
	dst      []float32 // [m, n], in rows of ld
	ld       int
	a        view      // [m, depth], in float32 whatever the kind
	depth    int       // numbers along k
	b        []float32 // in panels, see pack.go
	from     source    // bias, or what the product is added to
	residual []float32 // [m, n] or none
	act      Activation
	scale    []float32 // of Int8s: a step for each column of B,
	sums     []int32   // and the sum of its whole numbers

	id             int64 // tells apart whose rows a scratch holds
	rows, groups   int   // a task's rows, and the pieces that all panels are cut into
	wide, deep     int   // a piece's panels; words along k before the next panel
	high, rowTasks int   // rows of a tile
}

const (
	panel = simd.PanelColumns
	half  = simd.HalfColumns
	// blockDepth is how many words along k are summed in registers before they are added to dst:
	// 16 KiB of half a panel. All sets use the same, so that all sum in the same order.
	blockDepth = 256
	// blockRows bounds a task, so that its rows stay in the second cache over all panels.
	blockRows  = 112
	blockWords = 128 << 10
	// finishPanels is how many panels go from scratch to dst together.
	finishPanels = 2
	// lowRows is the height of tiles that fetch weights as fast as memory gives them: up to twice
	// as many rows wait for them.
	lowRows = 8
	// panelDepth bounds the words along k of a sum without a scratch of its own.
	panelDepth = 4 * blockDepth
)

var (
	products = sync.Pool{New: func() any { return new(product) }}
	serials  atomic.Int64
)

// view is a matrix within an array: element (i, j) is data[i·rs + j·cs]. One of rs, cs is 1.
type view struct {
	data   []float32
	rs, cs int
}

// source is what a product is added to: element (i, j) is data[i·ld + j]. No data is zero.
type source struct {
	data []float32
	ld   int
}

// multiply plans and runs a product.
func (p *product) multiply() {
	p.plan(cores.Count())
	workers := cores.Count()
	if p.m*p.n*p.k < 1<<19 { // some 10 µs
		workers = 1
	}
	share(p.rowTasks*p.groups, workers, p)
}

// plan cuts the work: few equal blocks of rows, and, when these are too few for all workers to
// end together whatever neighbours on the machine take, blocks of columns.
func (p *product) plan(workers int) {
	p.id = serials.Add(1)
	tallest := len(p.Tiles[p.kind])
	p.deep = p.k
	if p.act == Identity && p.residual == nil && p.kind == simd.Float32s {
		p.deep = min(p.k, panelDepth)
	}
	most := max(tallest, min(blockRows, blockWords/max(1, p.deep)))
	blocks := ceil(p.m, most)
	if workers > 1 && p.m >= 2*workers*tallest {
		blocks = ceil(blocks, workers) * workers
	}
	p.rows = ceil(p.m, blocks)
	p.rowTasks = ceil(p.m, p.rows)
	p.high = ceil(p.rows, ceil(p.rows, tallest))
	if p.m <= 2*lowRows {
		p.high = min(p.high, max(lowRows, ceil(p.m, 2)))
	}
	if p.packs() {
		p.high = tallest
	}
	panels := ceil(p.n, panel)
	p.groups = 1
	if workers > 1 {
		p.groups = min(panels, ceil(4*workers, p.rowTasks))
	}
	p.wide = ceil(panels, p.groups)
	p.groups = ceil(panels, p.wide)
}

// packs says that A lies along its columns, and is turned for the tiles.
func (p *product) packs() bool { return p.kind == simd.Float32s && p.a.cs != 1 }

// run is task i.
func (p *product) run(i int, s *scratch) {
	rows := span{lo: i / p.groups * p.rows}
	rows.hi = min(p.m, rows.lo+p.rows)
	first := i % p.groups * p.wide
	for k := 0; k < p.k; k += p.deep {
		along := span{k, min(p.k, k+p.deep)}
		left := p.left(rows, along, s)
		for j, end := first, min(first+p.wide, ceil(p.n, panel)); j < end; j += finishPanels {
			p.panels(span{j, min(end, j+finishPanels)}, rows, along, left, s)
		}
	}
}

// panels computes some rows of some panels of columns, each straight in dst where it fits and
// nothing follows, else in scratch. What is in scratch is finished for all of them at once: rows
// of dst lie in pages of their own, and each visit has to find them.
func (p *product) panels(js span, rows, along span, left operand, s *scratch) {
	high := rows.hi - rows.lo
	stride := rowStride(finishPanels * panel)
	var scratch []float32
	done := js.lo
	for j := js.lo; j < js.hi; j++ {
		columns := min(panel, p.n-j*panel)
		straight := columns == panel && p.act == Identity && p.residual == nil &&
			p.kind != simd.Int8s
		c := source{p.dst[rows.lo*p.ld+j*panel:], p.ld}
		if straight {
			done = j + 1
		} else {
			scratch = grow(&s.c, high*stride)
			c = source{scratch[(j-js.lo)*panel:], stride}
		}
		p.panel(j, columns, c, rows, along, left)
	}
	if done < js.hi {
		at := done * panel
		p.finish(source{scratch[(done-js.lo)*panel:], stride}, at, min(p.n, js.hi*panel)-at, rows, s)
	}
}

// panel computes some rows of 32 columns in c.
func (p *product) panel(j, columns int, c source, rows, along span, left operand) {
	at := j * panel
	from := source{p.dst[rows.lo*p.ld+at:], p.ld}
	if along.lo == 0 {
		from = source{}
		if p.from.data != nil && p.kind != simd.Int8s {
			from = source{p.from.data[rows.lo*p.from.ld+at:], p.from.ld}
		}
	}
	if columns < panel && from.data != nil { // from holds no more than these columns
		for r := range rows.hi - rows.lo {
			copy(c.data[r*c.ld:r*c.ld+panel], from.data[r*from.ld:r*from.ld+columns])
		}
		from = c
	}
	for k := along.lo; k < along.hi; k += blockDepth {
		p.block(c, from, left, span{k, min(k+blockDepth, along.hi)}, along.lo, j, columns, rows)
		from = c
	}
}

// block adds some words along k, which stand side by side in B. Each tile fetches its share of the
// block after it, so that weights come from memory at an even pace; those of the last block also
// the lines of dst.
func (p *product) block(c, from source, left operand, along span, first, j, columns int,
	rows span) {
	depth, high, tile := along.hi-along.lo, rows.hi-rows.lo, p.Tiles[p.kind]
	b := p.b[(j*p.k+along.lo)*panel:][:depth*panel]
	ahead := ceil(4*panel, ceil(columns, p.TileColumns)*ceil(high, p.high))
	next := uintptr(unsafe.Pointer(&b[0])) + uintptr(4*len(b)) // may be beyond: only to fetch
	for sub := 0; sub < columns; sub += p.TileColumns {
		at := &b[sub/half*half*depth+sub%half]
		for r := 0; r < high; r += p.high {
			var start, out *float32
			if from.data != nil {
				start = &from.data[r*from.ld+sub]
			}
			if along.hi == p.k {
				out = &p.dst[(rows.lo+r)*p.ld+j*panel+sub]
			}
			tile[min(p.high, high-r)-1](depth, &left.data[r*left.row+(along.lo-first)*left.ak],
				left.ai, left.ak, at, half, half*depth, &c.data[r*c.ld+sub], c.ld, start, from.ld,
				next, ahead, out, p.ld)
			next += uintptr(depth * ahead)
		}
	}
}

// zeros stands for the bias and the residual that are not there.
var zeros [finishPanels * panel]float32

// finish carries sums from scratch to dst.
func (p *product) finish(c source, at, columns int, rows span, s *scratch) {
	high := rows.hi - rows.lo
	if p.kind == simd.Int8s {
		bias := &zeros[0]
		if p.from.data != nil {
			bias = &p.from.data[at]
		}
		p.Dequantize(&c.data[0], c.ld, &s.held.scale[0], &s.held.zero[0], &p.scale[at], &p.sums[at],
			bias, high, columns)
	}
	residual, ldr := &zeros[0], 0
	if p.residual != nil {
		residual, ldr = &p.residual[rows.lo*p.n+at], p.n
	}
	p.Finish[p.act](&p.dst[rows.lo*p.ld+at], p.ld, &c.data[0], c.ld, residual, ldr, high, columns)
}

// ceil is n/size, rounded up.
func ceil(n, size int) int { return (n + size - 1) / size }

type span struct{ lo, hi int }

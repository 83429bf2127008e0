package ops

import (
	"unsafe"

	"cliplab/lab/cores"
	"cliplab/lab/ops/simd"
)

// blocked is the engine of the fast paths: work is cut into blocks that fit the caches, blocks
// are spread over goroutines, and a Set's kernels do the arithmetic.
type blocked struct{ *simd.Set }

// Name is the name of the instruction set.
func (e *blocked) Name() string { return e.Set.Name }

// The blocks of a matrix product. All sets use the same depth, so that all sum in the same
// order: within a block one after another, then block after block.
const (
	blockDepth = 256 // of k: a panel of B, 256×32, is 32 KiB
	blockRows  = 120 // of A: 120×256 are 120 KiB, in the second cache; a multiple of 4, 6 and 12
)

// view is a matrix within an array: element (i, j) is data[i·rs + j·cs]. One of rs, cs is 1.
type view struct {
	data   []float32
	rs, cs int
}

func matrix(data []float32, columns int, transposed bool, rows int) view {
	if transposed {
		return view{data, 1, rows}
	}
	return view{data, columns, 1}
}

// Gemm packs all of B into panels, then lets goroutines take blocks of rows.
func (e *blocked) Gemm(dst, a, b []float32, m, n, k int, transA, transB, add bool) {
	var from source
	if add {
		from = source{dst, n}
	}
	e.gemm(dst, matrix(a, k, transA, m), matrix(b, n, transB, k), m, n, k, from)
}

// Linear is one product that starts from bias or residual; with both, from their sum in dst.
func (e *blocked) Linear(dst, x, w, bias, residual []float32, rows, in, out int) {
	var from source
	switch {
	case bias == nil && residual == nil:
	case residual == nil:
		from = source{bias, 0}
	case bias == nil:
		from = source{residual, out}
	case out > 0:
		rowSpans(rows, out, func(lo, hi int) {
			for r := lo; r < hi; r++ {
				e.Set.Add(&dst[r*out], &residual[r*out], &bias[0], out)
			}
		})
		from = source{dst, out}
	}
	e.gemm(dst, matrix(x, in, false, rows), matrix(w, out, true, in), rows, out, in, from)
}

// source is what a product is added to: element (i, j) is data[i·ld + j]. No data is zero.
type source struct {
	data []float32
	ld   int
}

func (s source) at(i, j int) (*float32, int) {
	if s.data == nil {
		return nil, 0
	}
	return &s.data[i*s.ld+j], s.ld
}

func (e *blocked) gemm(dst []float32, a, b view, m, n, k int, from source) {
	if m == 0 || n == 0 {
		return
	}
	if k == 0 {
		for i := range m {
			row := dst[i*n : (i+1)*n]
			if from.data == nil {
				clear(row)
			} else {
				copy(row, from.data[i*from.ld:])
			}
		}
		return
	}
	panels := ceil(n, e.TileColumns)
	shared := scratches.Get().(*scratch)
	packed := grow(&shared.b, panels*e.TileColumns*k)
	e.packColumns(packed, b, n, k, spans)
	// Four blocks for each goroutine even out what neighbours on the machine take away.
	workers := cores.Count()
	rows := min(blockRows, ceil(ceil(m, 4*workers), e.TileRows)*e.TileRows)
	blocks := ceil(m, rows)
	groups := min(panels, ceil(workers, blocks)) // few rows: split the columns as well
	wide := ceil(panels, groups)
	tasks(blocks*groups, func(i int, s *scratch) {
		r, g := i/groups*rows, i%groups*wide
		e.block(dst, n, a, packed, s, span{r, min(m, r+rows)}, span{g, min(panels, g+wide)}, n, k, from)
	})
	scratches.Put(shared)
}

// serial is gemm on the calling goroutine, with dst inside a larger array: row i at i·ldc.
func (e *blocked) serial(dst []float32, ldc int, a, b view, m, n, k int, s *scratch) {
	panels := ceil(n, e.TileColumns)
	packed := grow(&s.b, panels*e.TileColumns*k)
	e.packColumns(packed, b, n, k, func(n, _ int, f func(lo, hi int)) { f(0, n) })
	for r := 0; r < m; r += blockRows {
		e.block(dst, ldc, a, packed, s, span{r, min(m, r+blockRows)}, span{0, panels}, n, k, source{})
	}
}

type span struct{ lo, hi int }

// block computes some rows of dst, over some panels of columns.
func (e *blocked) block(dst []float32, ldc int, a view, packed []float32, s *scratch,
	rows, panels span, n, k int, from source) {
	mr, nr := e.TileRows, e.TileColumns
	all := ceil(n, nr)
	for k0 := 0; k0 < k; k0 += blockDepth {
		depth := min(blockDepth, k-k0)
		part := view{a.data[rows.lo*a.rs+k0*a.cs:], a.cs, a.rs}
		ablock := grow(&s.a, ceil(rows.hi-rows.lo, mr)*mr*depth)
		e.pack(ablock, part, depth, rows.hi-rows.lo, mr, span{0, depth})
		for p := panels.lo; p < panels.hi; p++ {
			bpanel := packed[(k0*all+p*depth)*nr:]
			columns := min(nr, n-p*nr)
			for r := rows.lo; r < rows.hi; r += mr {
				apanel := ablock[(r-rows.lo)*depth:]
				c, high := dst[r*ldc+p*nr:], min(mr, rows.hi-r)
				start, ldf := from.at(r, p*nr)
				if columns == nr && high == mr {
					e.Tile(depth, &apanel[0], &bpanel[0], &c[0], ldc, start, ldf)
				} else {
					e.edge(c, ldc, apanel, bpanel, s, depth, high, columns, start, ldf)
				}
			}
		}
		from = source{dst, ldc} // the next block of depth adds to this one
	}
}

// edge computes a tile that sticks out of dst in scratch, and copies what belongs.
func (e *blocked) edge(dst []float32, ldc int, a, b []float32, s *scratch, depth, rows, columns int,
	from *float32, ldf int) {
	nr := e.TileColumns
	tile := grow(&s.c, e.TileRows*nr)
	e.Tile(depth, &a[0], &b[0], &tile[0], nr, nil, 0)
	for i := range rows {
		to, sums := dst[i*ldc:i*ldc+columns], tile[i*nr:i*nr+columns]
		if from == nil {
			copy(to, sums)
			continue
		}
		for j, old := range unsafe.Slice(from, i*ldf+columns)[i*ldf:] {
			to[j] = sums[j] + old
		}
	}
}

// ceil is n/size, rounded up.
func ceil(n, size int) int { return (n + size - 1) / size }

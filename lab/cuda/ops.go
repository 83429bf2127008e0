package cuda

import (
	"fmt"
	"unsafe"

	"cliplab/lab/cuda/driver"
)

// pointer is an array of float32 on the device, or of int32 where said; 0 stands for nil.
type pointer = driver.Pointer

const number = 4 // bytes of a float32 and an int32

// product is the argument of the kernels of gemm.cu.
type product struct {
	c, a, b, bias, residual            pointer
	m, n, k, ars, acs, brs, bcs, added int32
	slice                              int32 // of k, for one block
	_                                  int32
}

// gemm is c = a·b + bias + residual, or c += with add.
//
//	c, residual [m, n]
//	a           [m, k], or [k, m] with transA
//	b           [k, n], or [n, k] with transB
//	bias        [n]
func (g *GPU) gemm(c, a, b, bias, residual pointer, m, n, k int, transA, transB, add bool,
	p Precision) {
	rounded := g.rounded
	g.rounded = false
	if m == 0 || n == 0 {
		return
	}
	if int(blocks(m, 64)) > maxGrid {
		g.do(func() error { return fmt.Errorf("cuda: product of %d rows: smaller chunks", m) })
		return
	}
	if int64(max(m, n))*int64(k) >= 1<<32 {
		g.do(func() error { return fmt.Errorf("cuda: product %d×%d×%d: offsets over 32 bits", m, n, k) })
		return
	}
	if g.usesBLAS() && k > 0 {
		g.library(c, a, b, m, n, k, transA, transB, add, p, rounded)
		if bias != 0 || residual != 0 {
			g.each("bias_residual", m*n, c, bias, residual, int32(n))
		}
		return
	}
	arg := &product{c: c, a: a, b: b, bias: bias, residual: residual, m: int32(m), n: int32(n),
		k: int32(k), ars: int32(k), acs: 1, brs: int32(n), bcs: 1, slice: int32(k)}
	if transA {
		arg.ars, arg.acs = 1, int32(m)
	}
	if transB {
		arg.brs, arg.bcs = 1, int32(k)
	}
	if add {
		arg.added = 1
	}
	name, tile, threads := "gemm_f32", 64, uint32(256)
	if p != F32 {
		name, threads = "gemm_"+p.String()+"_64", 128
		if int(blocks(m, 128)*blocks(n, 128)) >= g.info.Multiprocessors {
			name, tile, threads = "gemm_"+p.String()+"_128", 128, 256
		}
	}
	grid := [3]uint32{blocks(n, tile), blocks(m, tile), 1}
	if bias == 0 && residual == 0 && !add {
		arg.slice, grid[2] = g.slices(int(grid[0]*grid[1]), k)
	}
	if grid[2] > 1 {
		arg.c = g.scratch("slices of a product", int(grid[2])*m*n*number)
	}
	g.launch(name, grid, [3]uint32{threads, 1, 1}, unsafe.Pointer(arg))
	if grid[2] > 1 {
		g.addParts(c, arg.c, int(grid[2]), m*n)
	}
}

// leastSlice is how deep a slice of k is at least: below, adding up costs more than it saves.
const leastSlice = 256

// slices cuts k where there are fewer tiles than the card has multiprocessors, as in gradients of
// weights. A slice is a multiple of 32 deep.
func (g *GPU) slices(tiles, k int) (depth int32, count uint32) {
	want := min(g.info.Multiprocessors/max(1, tiles), k/leastSlice)
	if want < 2 {
		return int32(k), 1
	}
	slice := (k/want + 31) / 32 * 32
	return int32(slice), blocks(k, slice)
}

// library is the product by cuBLAS. bf16 wants its operands in memory as such; rounded says that
// the last product had the same left operand, whose copy is still there.
func (g *GPU) library(c, a, b pointer, m, n, k int, transA, transB, add bool, p Precision,
	rounded bool) {
	kind := driver.Float32
	if p == BF16 {
		kind = driver.Bfloat16
		a2, b2 := g.scratch("left operand", 2*m*k), g.scratch("right operand", 2*k*n)
		if !rounded {
			g.each("to_bf16", m*k, a2, a)
		}
		g.each("to_bf16", k*n, b2, b)
		a, b = a2, b2
	}
	g.do(func() error {
		return g.blas.Gemm(c, a, b, m, n, k, transA, transB, add, kind, p == TF32)
	})
}

// columnSums is dst[j] = Σᵢ x[i, j], in two launches where rows are many.
func (g *GPU) columnSums(dst, x pointer, rows, columns int) {
	if columns == 0 {
		return
	}
	g.columns(rows, columns, func(grid [3]uint32, chunk int, partial bool) {
		to := dst
		if partial {
			to = g.scratch("partial sums", int(grid[1])*columns*number)
		}
		g.launch("column_sums", grid, columnBlock, to, x, int32(rows), int32(columns), int32(chunk))
		if partial {
			g.addParts(dst, to, int(grid[1]), columns)
		}
	})
}

var columnBlock = [3]uint32{32, 8, 1}

// chunkRows is how many rows a block adds up; with fewer blocks a card would idle, with more
// there would be many partial sums.
const chunkRows = 256

func (g *GPU) columns(rows, columns int, f func(grid [3]uint32, chunk int, partial bool)) {
	chunk := chunkRows
	for (rows+chunk-1)/chunk > 1<<15 {
		chunk *= 2
	}
	parts := max(1, (rows+chunk-1)/chunk)
	f([3]uint32{blocks(columns, 32), uint32(parts), 1}, chunk, parts > 1)
}

func (g *GPU) addParts(dst, parts pointer, count, columns int) {
	g.launch("column_sums", [3]uint32{blocks(columns, 32), 1, 1}, columnBlock, dst, parts,
		int32(count), int32(columns), int32(count))
}

// layerNormParamGrad is as in ops; both sums are made at once.
func (g *GPU) layerNormParamGrad(dgamma, dbeta, dy, x, stats pointer, rows, width int) {
	if width == 0 {
		return
	}
	g.columns(rows, width, func(grid [3]uint32, chunk int, partial bool) {
		to, to2 := dgamma, dbeta
		if partial {
			to = g.scratch("partial sums", 2*int(grid[1])*width*number)
			to2 = to + pointer(int(grid[1])*width*number)
		}
		g.launch("layer_norm_param_grad", grid, columnBlock, to, to2, dy, x, stats, int32(rows),
			int32(width), int32(chunk))
		if partial {
			g.addParts(dgamma, to, int(grid[1]), width)
			g.addParts(dbeta, to2, int(grid[1]), width)
		}
	})
}

// layerNorm is as in ops.
func (g *GPU) layerNorm(dst, stats, x, gamma, beta pointer, rows, width int) {
	g.eachRow("layer_norm", rows, dst, stats, x, gamma, beta, int32(rows), int32(width))
}

// layerNormGrad is as in ops; skip may be 0.
func (g *GPU) layerNormGrad(dx, dy, x, gamma, stats, skip pointer, rows, width int) {
	g.eachRow("layer_norm_grad", rows, dx, dy, x, gamma, stats, skip, int32(rows), int32(width))
}

// activation is QuickGELU, or GELU where exact.
func (g *GPU) activation(dst, x pointer, n int, exact bool) {
	if exact {
		g.each("gelu", n, dst, x)
	} else {
		g.each("quick_gelu", n, dst, x)
	}
}

func (g *GPU) activationGrad(dx, dy, x pointer, n int, exact bool) {
	if exact {
		g.each("gelu_grad", n, dx, dy, x)
	} else {
		g.each("quick_gelu_grad", n, dx, dy, x)
	}
}

// segments are token positions sorted by id, for embedding_grad: order holds positions, those of
// ids[s] from starts[s] to starts[s+1]−1.
type segments struct{ order, starts, ids []int32 }

// sortIDs makes segments of those positions that keep says; each id once, in order of first use.
func sortIDs(all []int32, keep func(i int) bool) segments {
	var s segments
	place, counts := map[int32]int{}, []int32{}
	for i, id := range all {
		if !keep(i) {
			continue
		}
		p, ok := place[id]
		if !ok {
			p = len(counts)
			place[id], counts, s.ids = p, append(counts, 0), append(s.ids, id)
		}
		counts[p]++
	}
	s.starts = make([]int32, len(counts)+1)
	for i, n := range counts {
		s.starts[i+1] = s.starts[i] + n
	}
	next := append([]int32(nil), s.starts...)
	s.order = make([]int32, s.starts[len(counts)])
	for i, id := range all {
		if keep(i) {
			p := place[id]
			s.order[next[p]] = int32(i)
			next[p]++
		}
	}
	return s
}

// embeddingGrad adds to dtable. The pointers of segments are int32; count is a bound of how many
// there are.
func (g *GPU) embeddingGrad(dtable, dy, order, starts, ids, actual pointer, count, width int) {
	if count > 0 && width > 0 {
		g.launch("embedding_grad", [3]uint32{uint32(count), blocks(width, 32), 1}, columnBlock, dtable,
			dy, order, starts, ids, actual, int32(width))
	}
}

package cuda

import "cliplab/lab/cuda/driver"

// pointer is an array of float32 on the device, or of int32 where said; 0 stands for nil.
type pointer = driver.Pointer

const number = 4 // bytes of a float32 and an int32

// half is how many numbers' memory so many of bf16 take.
func half(n int) int { return (n + 1) / 2 }

// low is the name of a kernel for arrays in bf16 where an op has some.
func low(name string, bf16 bool) string {
	if bf16 {
		return name + "_bf16"
	}
	return name
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

// columnSums is dst[j] = Σᵢ x[i, j], in two launches where rows are many.
func (g *GPU) columnSums(dst, x pointer, rows, columns int, bf16 bool) {
	if columns == 0 {
		return
	}
	g.columns(rows, columns, func(grid [3]uint32, chunk int, partial bool) {
		to := dst
		if partial {
			to = g.scratch("partial sums", int(grid[1])*columns*number)
		}
		g.launch(low("column_sums", bf16), grid, columnBlock, to, x, int32(rows), int32(columns),
			int32(chunk))
		if partial {
			g.addParts(dst, 0, to, int(grid[1]), columns, 0)
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

// addParts adds up rows of split + more numbers: the first sums are dst, the others dst2.
func (g *GPU) addParts(dst, dst2, parts pointer, count, split, more int) {
	columns, width := split+more, 32
	flat := count < 8 || columns >= 1<<16
	if flat {
		width = 256
	}
	g.launch("add_parts", [3]uint32{blocks(columns, width), 1, 1}, columnBlock, dst, dst2, parts,
		int32(count), int32(split), int32(columns), flag(flat))
}

// layerNormParamGrad is as in ops; both sums are made at once. dy may be bf16.
func (g *GPU) layerNormParamGrad(dgamma, dbeta, dy, x, stats pointer, rows, width int, bf16 bool) {
	if width == 0 {
		return
	}
	g.columns(rows, width, func(grid [3]uint32, chunk int, partial bool) {
		to, to2 := dgamma, dbeta
		if partial {
			to = g.scratch("partial sums", 2*int(grid[1])*width*number)
			to2 = at(to, width)
		}
		g.launch(low("layer_norm_param_grad", bf16), grid, columnBlock, to, to2, dy, x, stats,
			int32(rows), int32(width), int32(chunk))
		if partial {
			g.addParts(dgamma, dbeta, to, int(grid[1]), width, width)
		}
	})
}

// layerNorm is as in ops; dst may be bf16.
func (g *GPU) layerNorm(dst, stats, x, gamma, beta pointer, rows, width int, bf16 bool) {
	g.eachRow(low("layer_norm", bf16), rows, dst, stats, x, gamma, beta, int32(rows), int32(width))
}

// layerNormGrad is as in ops; skip may be 0, and may be dx. Of dy in bf16 there is a copy of dx in
// bf16.
func (g *GPU) layerNormGrad(dx, copied, dy, x, gamma, stats, skip pointer, rows, width int,
	bf16 bool) {
	args := []any{dx, copied, dy, x, gamma, stats, skip, int32(rows), int32(width)}
	if !bf16 {
		args = append(args[:1], args[2:]...)
	}
	g.eachRow(low("layer_norm_grad", bf16), rows, args...)
}

// backChunk is how many rows a block of layer_norm_back serves, backWidth how wide they may be.
const backChunk, backWidth = 64, 2048

// layerNormBack is layerNormGrad and layerNormParamGrad of dy in bf16.
func (g *GPU) layerNormBack(dx, copied, dgamma, dbeta, dy, x, gamma, stats, skip pointer,
	rows, width int) {
	if width > backWidth || rows == 0 {
		g.layerNormParamGrad(dgamma, dbeta, dy, x, stats, rows, width, true)
		g.layerNormGrad(dx, copied, dy, x, gamma, stats, skip, rows, width, true)
		return
	}
	chunk := backChunk
	for (rows+chunk-1)/chunk > 2048 {
		chunk *= 2
	}
	count := blocks(rows, chunk)
	parts := g.scratch("partial sums", 2*int(count)*width*number)
	g.launch("layer_norm_back", [3]uint32{count, 1, 1}, sumBlock, dx, copied, parts, dy, x, gamma,
		stats, skip, int32(rows), int32(width), int32(chunk))
	g.addParts(dgamma, dbeta, parts, int(count), width, width)
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

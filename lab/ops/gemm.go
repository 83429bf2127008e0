package ops

import "cliplab/lab/ops/simd"

// blocked is the engine of the fast paths: work is cut into blocks that fit the caches, blocks
// are spread over goroutines, and a Set's kernels do the arithmetic.
type blocked struct{ *simd.Set }

// Name is the name of the instruction set.
func (e *blocked) Name() string { return e.Set.Name }

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
	e.gemm(source{dst, n}, matrix(a, k, transA, m), matrix(b, n, transB, k), m, n, k, from)
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
	e.gemm(source{dst, out}, matrix(x, in, false, rows), matrix(w, out, true, in), rows, out, in, from)
}

// gemm is dst = A·B + from, in rows of dst.ld.
func (e *blocked) gemm(dst source, a, b view, m, n, k int, from source) {
	if m == 0 || n == 0 {
		return
	}
	if k == 0 {
		for i := range m {
			row := dst.data[i*dst.ld : i*dst.ld+n]
			if from.data == nil {
				clear(row)
			} else {
				copy(row, from.data[i*from.ld:])
			}
		}
		return
	}
	if turns(a, b, m, n) {
		t := turneds.Get().(*turned)
		*t = turned{Set: e.Set, m: m, n: n, k: k, dst: dst, from: from, a: a, b: b}
		t.multiply()
		*t = turned{}
		turneds.Put(t)
		return
	}
	shared := borrow()
	packed := grow(&shared.b, ceil(n, panel)*panel*k)
	e.packColumns(packed, b, n, k)
	p := products.Get().(*product)
	*p = product{Set: e.Set, m: m, n: n, k: k, dst: dst.data, ld: dst.ld, a: a, depth: k,
		b: packed, from: from}
	p.multiply()
	*p = product{}
	products.Put(p)
	scratches.Put(shared)
}

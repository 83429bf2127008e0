package cuda

import (
	"fmt"
	"unsafe"

	"cliplab/lab/cuda/driver"
)

// fused is what is done to a product on its way out; the zero value is nothing.
//
//	c = act(a·b + bias) + residual, or c += with add
//
// bias [n] and residual [m, n] may be 0, and are float32; bias16 is bias in bf16, for cuBLASLt.
type fused struct {
	bias, residual pointer
	bias16         pointer
	add            bool
	half           bool // c is bf16
	act            act
	pre            pointer // bf16 [m, n], what the activation gets
	sums           pointer // [m], of aᵀ's rows, with transA: of a gradient that is a bias's
}

// act is an activation, or the factor that its gradient is: of these pre is read. They are fused in
// bf16 only.
type act int32

const (
	plainAct act = iota
	quickAct
	exactAct
	quickSlope
	exactSlope
)

// product is the argument of the kernels of gemm.cu.
type product struct {
	c, a, b, bias, residual            pointer
	m, n, k, ars, acs, brs, bcs, added int32
	slice                              int32 // of k, for one block
	_                                  int32
}

// product16 is that of gemm_bf16.cu.
type product16 struct {
	c, a, b, bias, residual, pre, sums              pointer
	m, n, k, lda, ldb, added, slice, bf16, act, end int32
}

// gemm is c = a·b, and what is fused with it. In bf16 a and b are that in memory, in the other
// precisions all is float32.
//
//	c [m, n]
//	a [m, k], or [k, m] with transA
//	b [k, n], or [n, k] with transB
func (g *GPU) gemm(c, a, b pointer, m, n, k int, transA, transB bool, f fused, p Precision) {
	switch {
	case m == 0 || n == 0:
		return
	case int(blocks(m, 64)) > maxGrid:
		g.do(func() error { return fmt.Errorf("cuda: product of %d rows: smaller chunks", m) })
		return
	case int64(max(m, n))*int64(k) >= 1<<32:
		g.do(func() error { return fmt.Errorf("cuda: product %d×%d×%d: offsets over 32 bits", m, n, k) })
		return
	case g.usesBLAS() && k > 0:
		g.library(c, a, b, m, n, k, transA, transB, f, p)
		return
	}
	if p != BF16 && f.sums != 0 {
		g.columnSums(f.sums, a, k, m, false)
		f.sums = 0
	}
	slices := 1 // at most
	if f == (fused{sums: f.sums}) {
		slices = max(1, k/leastSlice)
	}
	large := int(blocks(m, 128)*blocks(n, 128))*slices >= g.info.Multiprocessors
	name, tile, threads := "gemm_f32", 64, uint32(256)
	if p != F32 {
		name, threads = "gemm_"+p.String()+"_64", 128
		if p == BF16 {
			name = "gemm_bf16_" + form(transA) + form(transB) + "_64"
		}
		if large {
			name, tile, threads = name[:len(name)-2]+"128", 128, 256
		}
	}
	grid := [3]uint32{blocks(n, tile), blocks(m, tile), 1}
	slice := int32(k)
	if slices > 1 {
		slice, grid[2] = g.slices(int(grid[0]*grid[1]), k)
	}
	to, more := c, 0
	if f.sums != 0 {
		more = m
	}
	if grid[2] > 1 {
		to = g.scratch("slices of a product", int(grid[2])*(m*n+more)*number)
	}
	arg := unsafe.Pointer(product32(to, a, b, m, n, k, transA, transB, f, slice))
	if p == BF16 {
		arg = unsafe.Pointer(product16Of(to, a, b, m, n, k, transA, transB, f, slice))
	}
	g.launch(name, grid, [3]uint32{threads, 1, 1}, arg)
	if grid[2] > 1 {
		g.addParts(c, f.sums, to, int(grid[2]), m*n, more)
	}
}

// form is how a matrix lies, in the names of kernels: turned or not.
func form(turned bool) string {
	if turned {
		return "t"
	}
	return "n"
}

func product32(c, a, b pointer, m, n, k int, transA, transB bool, f fused,
	slice int32) *product {
	p := &product{c: c, a: a, b: b, bias: f.bias, residual: f.residual, m: int32(m), n: int32(n),
		k: int32(k), ars: int32(k), acs: 1, brs: int32(n), bcs: 1, added: flag(f.add), slice: slice}
	if transA {
		p.ars, p.acs = 1, int32(m)
	}
	if transB {
		p.brs, p.bcs = 1, int32(k)
	}
	return p
}

func product16Of(c, a, b pointer, m, n, k int, transA, transB bool, f fused,
	slice int32) *product16 {
	p := &product16{c: c, a: a, b: b, bias: f.bias, residual: f.residual, pre: f.pre, sums: f.sums,
		m: int32(m), n: int32(n), k: int32(k), lda: int32(k), ldb: int32(n), added: flag(f.add),
		slice: slice, bf16: flag(f.half), act: int32(f.act)}
	if transA {
		p.lda = int32(m)
	}
	if transB {
		p.ldb = int32(k)
	}
	return p
}

func flag(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// library is the product by cuBLAS: by cuBLASLt where that can finish it, else finished by launches
// of its own.
func (g *GPU) library(c, a, b pointer, m, n, k int, transA, transB bool, f fused, p Precision) {
	in, out := driver.Float32, driver.Float32
	if p == BF16 {
		in = driver.Bfloat16
	}
	if f.half {
		out = driver.Bfloat16
	}
	if p == BF16 && g.finished(c, a, b, m, n, k, transA, transB, f, out) {
		return
	}
	if f.sums != 0 {
		g.columnSums(f.sums, a, k, m, p == BF16)
	}
	if g.plan != nil {
		g.plan.launches["cuBLAS"]++
	}
	g.do(func() error {
		return g.blas.Gemm(c, a, b, m, n, k, transA, transB, f.add, in, out, p == TF32)
	})
	switch {
	case f.bias == 0 && f.residual == 0 && f.act == plainAct:
	case p == BF16:
		f.add = false // it is
		g.finish(c, a, b, m, n, k, f)
	default:
		g.each("bias_residual", m*n, c, f.bias, f.residual, int32(n))
	}
}

// finish does what is fused with a product that lies in c.
func (g *GPU) finish(c, a, b pointer, m, n, k int, f fused) {
	p := product16Of(c, a, b, m, n, k, false, false, f, 0)
	g.each("finish_bf16", m*((n+1)/2), unsafe.Pointer(p))
}

// finished is the product by cuBLASLt, which knows bias, residual and sums; activations follow. It
// tells whether that was possible.
func (g *GPU) finished(c, a, b pointer, m, n, k int, transA, transB bool, f fused,
	out driver.Number) (done bool) {
	if f.add || f.bias == 0 && f.residual == 0 && f.sums == 0 && f.act == plainAct {
		return false
	}
	to, bias := c, f.bias
	if f.half && bias != 0 {
		bias = f.bias16
		if bias == 0 {
			return false
		}
	}
	if f.residual != 0 && (f.half || f.act != plainAct) {
		return false
	}
	if f.act == quickAct || f.act == exactAct {
		to = f.pre
	}
	if g.plan != nil && g.plan.lt {
		g.plan.launches["cuBLASLt"]++
		done = true
	}
	g.do(func() (err error) {
		done, err = g.blas.Finish(driver.Finished{C: to, A: a, B: b, Bias: bias, Residual: f.residual,
			Sums: f.sums, M: m, N: n, K: k, TransA: transA, TransB: transB, Out: out})
		return err
	})
	switch {
	case !done:
	case f.act == quickAct:
		g.each("quick_gelu_bf16", m*n, c, f.pre)
	case f.act == exactAct:
		g.each("gelu_bf16", m*n, c, f.pre)
	case f.act != plainAct:
		g.finish(c, a, b, m, n, k, fused{half: f.half, act: f.act, pre: f.pre})
	}
	return done
}

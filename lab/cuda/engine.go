package cuda

import (
	"fmt"
	"math"
	"unsafe"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/ops"
	"cliplab/lab/ops/plain"
)

// Engine runs single ops of lab/ops on a GPU, each with its arrays copied there and back: to
// judge the kernels by the suite of the CPU's engines, not to be fast. Packed matrices (Apply)
// stay with the CPU. Failures panic, as the seam has no errors.
//
// Arrays lie between guard cells on the device; an op that writes to one panics.
type Engine struct {
	ops.Engine // for Apply
	gpu        *GPU
	precision  Precision
}

// Engine makes an engine of the GPU with products in a precision.
func (g *GPU) Engine(p Precision) *Engine { return &Engine{ops.Current(), g, p} }

// Name is that of the device and the precision.
func (e *Engine) Name() string { return e.gpu.Name() + " " + e.precision.String() }

// array is a host array with its place on the device; half as wide there where it is bf16.
type array struct {
	host      []float32
	buffer    *driver.Buffer
	out, half bool
}

const (
	guardCells = 64
	guardValue = float32(-1232) // as such in bf16, too
)

// frame holds the arrays of one op.
type frame struct {
	g      *GPU
	arrays []array
}

func (e *Engine) frame() *frame { return &frame{g: e.gpu} }

// in copies an array to the device; nil stays 0.
func (f *frame) in(x []float32) pointer { return f.numbers(x, false, false) }

// out is in for an array that the op writes, or changes.
func (f *frame) out(x []float32) pointer { return f.numbers(x, true, false) }

// numbers is in or out, of bf16 where half.
func (f *frame) numbers(x []float32, out, half bool) pointer {
	if x == nil {
		return 0
	}
	all := make([]float32, len(x)+2*guardCells)
	for i := range guardCells {
		all[i], all[len(all)-1-i] = guardValue, guardValue
	}
	copy(all[guardCells:], x)
	first := pointer(guardCells * number)
	if half {
		all, first = packed(all), first/2
	}
	var b *driver.Buffer
	f.g.do(func() (err error) {
		if b, err = f.g.context.Alloc("array of an op", uint64(len(all)*number)); err == nil {
			f.arrays = append(f.arrays, array{x, b, out, half})
			err = f.g.stream.Write(b.Pointer, all)
		}
		return err
	})
	if b == nil {
		return 0
	}
	return b.Pointer + first
}

// ints copies indices to the device.
func (f *frame) ints(x []int32) pointer {
	var b *driver.Buffer
	f.g.do(func() (err error) {
		if b, err = f.g.context.Alloc("indices of an op", uint64(max(1, len(x))*number)); err == nil {
			f.arrays = append(f.arrays, array{nil, b, false, false})
			err = f.g.stream.WriteInts(b.Pointer, x)
		}
		return err
	})
	if b == nil {
		return 0
	}
	return b.Pointer
}

// done copies results back, looks at the guards and frees everything.
func (f *frame) done(op string) {
	for _, a := range f.arrays {
		if a.host != nil {
			f.back(op, a)
		}
		if err := a.buffer.Free(); err != nil && f.g.err == nil {
			f.g.err = err
		}
	}
	if err := f.g.Err(); err != nil {
		panic(fmt.Sprintf("cuda: %s: %v", op, err))
	}
}

// back reads an array, and copies it to the host's where the op writes to it.
func (f *frame) back(op string, a array) {
	n := len(a.host) + 2*guardCells
	all := make([]float32, n)
	if a.half {
		all = make([]float32, (n+1)/2)
	}
	f.g.do(func() error { return f.g.stream.Read(all, a.buffer.Pointer) })
	if f.g.err != nil {
		return
	}
	if a.half {
		all = unpacked(all, n)
	}
	for i := range guardCells {
		if all[i] != guardValue || all[n-1-i] != guardValue {
			panic(fmt.Sprintf("cuda: %s wrote beside an array", op))
		}
	}
	if a.out {
		copy(a.host, all[guardCells:])
	}
}

// packed are numbers rounded to bf16, two in the place of one float32.
func packed(x []float32) []float32 {
	words := make([]float32, (len(x)+1)/2)
	to, short := halves(words), make([]float32, len(x))
	plain.RoundBF16(short, x)
	for i, v := range short {
		to[i] = uint16(math.Float32bits(v) >> 16)
	}
	return words
}

// unpacked are n numbers as packed leaves them.
func unpacked(words []float32, n int) []float32 {
	x := make([]float32, n)
	for i, v := range halves(words)[:n] {
		x[i] = math.Float32frombits(uint32(v) << 16)
	}
	return x
}

func halves(words []float32) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(words))), 2*len(words))
}

func ints(x []int) []int32 {
	y := make([]int32, len(x))
	for i, v := range x {
		y[i] = int32(v)
	}
	return y
}

// Gemm is as in ops.
func (e *Engine) Gemm(dst, a, b []float32, m, n, k int, transA, transB, add bool) {
	f, half := e.frame(), e.precision == BF16
	e.gpu.gemm(f.out(dst), f.numbers(a, false, half), f.numbers(b, false, half), m, n, k, transA,
		transB, fused{add: add}, e.precision)
	f.done("Gemm")
}

// Linear is as in ops.
func (e *Engine) Linear(dst, x, w, bias, residual []float32, rows, in, out int) {
	f, half := e.frame(), e.precision == BF16
	e.gpu.gemm(f.out(dst), f.numbers(x, false, half), f.numbers(w, false, half), rows, out, in, false,
		true, fused{bias: f.in(bias), residual: f.in(residual)}, e.precision)
	f.done("Linear")
}

// ColumnSums is as in ops.
func (e *Engine) ColumnSums(dst, x []float32, rows, columns int) {
	f := e.frame()
	e.gpu.columnSums(f.out(dst), f.in(x), rows, columns, false)
	f.done("ColumnSums")
}

// Add is as in ops.
func (e *Engine) Add(dst, a, b []float32) {
	f := e.frame()
	e.gpu.each("add", len(dst), f.out(dst), f.in(a), f.in(b))
	f.done("Add")
}

// Scale is as in ops.
func (e *Engine) Scale(dst, x []float32, alpha float32) {
	f := e.frame()
	e.gpu.each("scale", len(dst), f.out(dst), f.in(x), alpha)
	f.done("Scale")
}

// SumSquares is as in ops, rounded to float32 parts of 24 digits twice to cross over.
func (e *Engine) SumSquares(x []float32) float64 {
	f := e.frame()
	result := make([]float32, 4) // two float64
	at := f.out(result)
	e.gpu.sumSquares(at, f.in(x), len(x))
	f.done("SumSquares")
	return float64FromWords(result[0], result[1])
}

// float64FromWords is a float64 of the device, read as two float32.
func float64FromWords(low, high float32) float64 {
	return math.Float64frombits(uint64(math.Float32bits(high))<<32 | uint64(math.Float32bits(low)))
}

// LayerNorm is as in ops.
func (e *Engine) LayerNorm(dst, stats, x, gamma, beta []float32, rows, width int) {
	f := e.frame()
	e.gpu.layerNorm(f.out(dst), f.out(stats), f.in(x), f.in(gamma), f.in(beta), rows, width,
		false)
	f.done("LayerNorm")
}

// LayerNormGrad is as in ops.
func (e *Engine) LayerNormGrad(dx, dy, x, gamma, stats, skip []float32, rows, width int) {
	f := e.frame()
	e.gpu.layerNormGrad(f.out(dx), 0, f.in(dy), f.in(x), f.in(gamma), f.in(stats), f.in(skip), rows,
		width, false)
	f.done("LayerNormGrad")
}

// LayerNormParamGrad is as in ops.
func (e *Engine) LayerNormParamGrad(dgamma, dbeta, dy, x, stats []float32, rows, width int) {
	f := e.frame()
	e.gpu.layerNormParamGrad(f.out(dgamma), f.out(dbeta), f.in(dy), f.in(x), f.in(stats), rows, width,
		false)
	f.done("LayerNormParamGrad")
}

// Normalize is as in ops.
func (e *Engine) Normalize(dst, norms, x []float32, rows, width int) {
	f := e.frame()
	e.gpu.eachRow("normalize", rows, f.out(dst), f.out(norms), f.in(x), int32(rows), int32(width))
	f.done("Normalize")
}

// NormalizeGrad is as in ops.
func (e *Engine) NormalizeGrad(dx, dy, y, norms []float32, rows, width int) {
	f := e.frame()
	e.gpu.eachRow("normalize_grad", rows, f.out(dx), f.in(dy), f.in(y), f.in(norms), int32(rows),
		int32(width))
	f.done("NormalizeGrad")
}

// QuickGELU is as in ops.
func (e *Engine) QuickGELU(dst, x []float32) { e.activation(dst, x, false) }

// GELU is as in ops.
func (e *Engine) GELU(dst, x []float32) { e.activation(dst, x, true) }

func (e *Engine) activation(dst, x []float32, exact bool) {
	f := e.frame()
	e.gpu.activation(f.out(dst), f.in(x), len(x), exact)
	f.done("activation")
}

// QuickGELUGrad is as in ops.
func (e *Engine) QuickGELUGrad(dx, dy, x []float32) { e.activationGrad(dx, dy, x, false) }

// GELUGrad is as in ops.
func (e *Engine) GELUGrad(dx, dy, x []float32) { e.activationGrad(dx, dy, x, true) }

func (e *Engine) activationGrad(dx, dy, x []float32, exact bool) {
	f := e.frame()
	e.gpu.activationGrad(f.out(dx), f.in(dy), f.in(x), len(x), exact)
	f.done("gradient of activation")
}

// Softmax is as in ops.
func (e *Engine) Softmax(dst, x []float32, alpha float32, rows, columns int) {
	f := e.frame()
	e.gpu.eachRow("softmax", rows, f.out(dst), f.in(x), alpha, int32(rows), int32(columns))
	f.done("Softmax")
}

// SoftmaxGrad is as in ops.
func (e *Engine) SoftmaxGrad(dx, dy, p []float32, alpha float32, rows, columns int) {
	f := e.frame()
	e.gpu.eachRow("softmax_grad", rows, f.out(dx), f.in(dy), f.in(p), alpha, int32(rows),
		int32(columns))
	f.done("SoftmaxGrad")
}

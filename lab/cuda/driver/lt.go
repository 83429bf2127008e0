package driver

import (
	"errors"
	"unsafe"
)

// LtFunctions are those of cuBLASLt that are used, with their C signatures; status 0 is success.
// Where cuBLAS is found and it is not, products are finished by kernels of ours.
type LtFunctions struct {
	Create            func(handle *Handle) int32
	Destroy           func(handle Handle) int32
	DescCreate        func(desc *Handle, compute, scale int32) int32
	DescDestroy       func(desc Handle) int32
	DescSet           func(desc Handle, attribute int32, value unsafe.Pointer, bytes uint64) int32
	LayoutCreate      func(layout *Handle, kind int32, rows, columns uint64, ld int64) int32
	LayoutDestroy     func(layout Handle) int32
	PreferenceCreate  func(preference *Handle) int32
	PreferenceDestroy func(preference Handle) int32
	PreferenceSet     func(preference Handle, attribute int32, value unsafe.Pointer,
		bytes uint64) int32
	Heuristic func(handle, desc, a, b, c, d, preference Handle, wanted int32,
		results unsafe.Pointer, found *int32) int32
	Matmul func(handle, desc Handle, alpha unsafe.Pointer, a Pointer, layoutA Handle, b Pointer,
		layoutB Handle, beta unsafe.Pointer, c Pointer, layoutC Handle, d Pointer, layoutD Handle,
		algorithm unsafe.Pointer, workspace Pointer, bytes uint64, stream Handle) int32
}

// Numbers of cublasLt.h: attributes of a product and of a preference, and epilogues.
const (
	ltTransA         = 3
	ltTransB         = 4
	ltEpilogue       = 7
	ltBiasPointer    = 8
	ltMaxWorkspace   = 1
	ltEpilogueNone   = 1
	ltEpilogueBias   = 4
	ltEpilogueBGradB = 512

	// CUBLAS_STATUS_INVALID_VALUE and CUBLAS_STATUS_NOT_SUPPORTED: it has no way to do that.
	ltInvalid      = 7
	ltNotSupported = 15
)

// Finished is a product of bf16 that cuBLASLt finishes on its way out; all row-major.
//
//	c [m, n] = a·b + bias + residual
//	a [m, k], or [k, m] with TransA; b [k, n], or [n, k] with TransB; both bf16
//	bias [n], of the kind of c, and residual [m, n], float32 as c is then; either may be 0
//	sums [m], of a's rows, float32 as c is then; 0, or alone
type Finished struct {
	C, A, B, Bias, Residual, Sums Pointer
	M, N, K                       int
	TransA, TransB                bool
	Out                           Number
}

// ltKey is what a plan depends on.
type ltKey struct {
	m, n, k                  int
	transA, transB, residual bool
	out                      Number
	epilogue                 uint32
}

// ltResult is cublasLtMatmulHeuristicResult_t.
type ltResult struct {
	algorithm [8]uint64
	workspace uint64
	state     int32
	waves     float32
	_         [4]int32
}

// ltPlan is how cuBLASLt makes products of one key; desc 0 says that it does not.
type ltPlan struct {
	desc    Handle
	a, b, c Handle // layouts
	result  ltResult
}

// lt is an open cuBLASLt.
type lt struct {
	f          LtFunctions
	handle     Handle
	stream     Handle
	preference Handle
	plans      map[ltKey]*ltPlan
}

// openLt makes cuBLASLt ready, where its functions are at hand.
func (b *BLAS) openLt(s *Stream) error {
	if b.f.Lt == nil {
		return nil
	}
	l := &lt{f: *b.f.Lt, stream: s.handle, plans: map[ltKey]*ltPlan{}}
	if err := b.call("cublasLtCreate", func() int32 { return l.f.Create(&l.handle) }); err != nil {
		return err
	}
	b.lt = l
	bytes := uint64(workspaceBytes)
	return errors.Join(
		b.call("cublasLtMatmulPreferenceCreate", func() int32 {
			return l.f.PreferenceCreate(&l.preference)
		}),
		b.call("cublasLtMatmulPreferenceSetAttribute", func() int32 {
			return l.f.PreferenceSet(l.preference, ltMaxWorkspace, unsafe.Pointer(&bytes), 8)
		}))
}

// Finish makes a product and finishes it. It tells whether cuBLASLt is there and can; who calls
// goes another way else, always the same for the same shape.
func (b *BLAS) Finish(p Finished) (bool, error) {
	l := b.lt
	if l == nil {
		return false, nil
	}
	plan, err := b.plan(p)
	if err != nil || plan.desc == 0 {
		return false, err
	}
	alpha, beta, before := float32(1), float32(0), p.C
	if p.Residual != 0 {
		beta, before = 1, p.Residual
	}
	if err := b.bias(plan, p); err != nil {
		return false, err
	}
	// To cuBLASLt, which is column-major, our rows are columns, and cᵀ = bᵀ·aᵀ.
	refused := false
	err = b.call("cublasLtMatmul", func() int32 {
		status := l.f.Matmul(l.handle, plan.desc, unsafe.Pointer(&alpha), p.B, plan.a, p.A, plan.b,
			unsafe.Pointer(&beta), before, plan.c, p.C, plan.c, unsafe.Pointer(&plan.result.algorithm),
			b.workspace.Pointer, workspaceBytes, l.stream)
		if refused = status == ltInvalid || status == ltNotSupported; refused {
			return 0
		}
		return status
	})
	if refused && err == nil {
		err = l.forget(b, plan)
	}
	return !refused, err
}

// bias sets where a product's bias is, or goes.
func (b *BLAS) bias(plan *ltPlan, p Finished) error {
	pointer := max(p.Bias, p.Sums)
	if pointer == 0 {
		return nil
	}
	return b.call("cublasLtMatmulDescSetAttribute", func() int32 {
		return b.lt.f.DescSet(plan.desc, ltBiasPointer, unsafe.Pointer(&pointer), 8)
	})
}

// plan is that of a product, made the first time.
func (b *BLAS) plan(p Finished) (*ltPlan, error) {
	key := ltKey{m: p.M, n: p.N, k: p.K, transA: p.TransA, transB: p.TransB,
		residual: p.Residual != 0, out: p.Out, epilogue: ltEpilogueNone}
	switch {
	case p.Sums != 0:
		key.epilogue = ltEpilogueBGradB
	case p.Bias != 0:
		key.epilogue = ltEpilogueBias
	}
	l := b.lt
	if plan := l.plans[key]; plan != nil {
		return plan, nil
	}
	plan := &ltPlan{}
	l.plans[key] = plan
	set := func(attribute int32, value uint32) func() int32 {
		return func() int32 { return l.f.DescSet(plan.desc, attribute, unsafe.Pointer(&value), 4) }
	}
	// Of a matrix [rows, columns] in our order they make one of [columns, rows].
	layout := func(to *Handle, kind Number, rows, columns int) func() int32 {
		return func() int32 {
			return l.f.LayoutCreate(to, int32(kind), uint64(columns), uint64(rows), int64(columns))
		}
	}
	turn := func(turned bool, rows, columns int) (int, int) {
		if turned {
			return columns, rows
		}
		return rows, columns
	}
	rowsA, columnsA := turn(p.TransA, p.M, p.K)
	rowsB, columnsB := turn(p.TransB, p.K, p.N)
	err := errors.Join(
		b.call("cublasLtMatmulDescCreate", func() int32 { // CUBLAS_COMPUTE_32F, CUDA_R_32F
			return l.f.DescCreate(&plan.desc, 68, int32(Float32))
		}),
		b.call("cublasLtMatmulDescSetAttribute", set(ltTransA, uint32(flag(p.TransB)))),
		b.call("cublasLtMatmulDescSetAttribute", set(ltTransB, uint32(flag(p.TransA)))),
		b.call("cublasLtMatmulDescSetAttribute", set(ltEpilogue, key.epilogue)),
		b.call("cublasLtMatrixLayoutCreate", layout(&plan.a, Bfloat16, rowsB, columnsB)),
		b.call("cublasLtMatrixLayoutCreate", layout(&plan.b, Bfloat16, rowsA, columnsA)),
		b.call("cublasLtMatrixLayoutCreate", layout(&plan.c, p.Out, p.M, p.N)))
	if err != nil {
		return nil, err
	}
	if err := b.bias(plan, p); err != nil { // whose alignment counts
		return nil, err
	}
	var found, status int32
	err = b.call("cublasLtMatmulAlgoGetHeuristic", func() int32 {
		status = l.f.Heuristic(l.handle, plan.desc, plan.a, plan.b, plan.c, plan.c, l.preference, 1,
			unsafe.Pointer(&plan.result), &found)
		return 0
	})
	if err == nil && (status != 0 || found < 1 || plan.result.state != 0) {
		err = l.forget(b, plan) // not a failure: there is no algorithm for it
	}
	return plan, err
}

// forget gives a plan back.
func (l *lt) forget(b *BLAS, plan *ltPlan) (err error) {
	if plan.desc != 0 {
		err = b.call("cublasLtMatmulDescDestroy", func() int32 { return l.f.DescDestroy(plan.desc) })
	}
	for _, x := range []*Handle{&plan.a, &plan.b, &plan.c} {
		if *x != 0 {
			err = errors.Join(err, b.call("cublasLtMatrixLayoutDestroy", func() int32 {
				return l.f.LayoutDestroy(*x)
			}))
		}
		*x = 0
	}
	plan.desc = 0
	return err
}

// closeLt gives everything back.
func (b *BLAS) closeLt() (err error) {
	l := b.lt
	if l == nil {
		return nil
	}
	for _, plan := range l.plans {
		err = errors.Join(err, l.forget(b, plan))
	}
	if l.preference != 0 {
		err = errors.Join(err, b.call("cublasLtMatmulPreferenceDestroy", func() int32 {
			return l.f.PreferenceDestroy(l.preference)
		}))
	}
	b.lt = nil
	return errors.Join(err, b.call("cublasLtDestroy", func() int32 { return l.f.Destroy(l.handle) }))
}

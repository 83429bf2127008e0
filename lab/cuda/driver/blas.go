package driver

import (
	"errors"
	"fmt"
	"unsafe"
)

// BLASFunctions are those of cuBLAS that are used, with their C signatures; status 0 is success.
type BLASFunctions struct {
	Create       func(handle *Handle) int32
	Destroy      func(handle Handle) int32
	GetVersion   func(handle Handle, version *int32) int32
	SetStream    func(handle, stream Handle) int32
	SetWorkspace func(handle Handle, workspace Pointer, bytes uint64) int32
	GemmEx       func(handle Handle, transA, transB, m, n, k int32, alpha unsafe.Pointer, a Pointer,
		typeA, lda int32, b Pointer, typeB, ldb int32, beta unsafe.Pointer, c Pointer,
		typeC, ldc, compute, algorithm int32) int32

	Lt *LtFunctions // where its sister is found, too
}

// withBLAS is an API that has a cuBLAS of its own, as a simulated device may.
type withBLAS interface{ BLAS() (BLASFunctions, error) }

// Number is a type of numbers in memory, cudaDataType.
type Number int32

// Numbers of products.
const (
	Float32  Number = 0
	Bfloat16 Number = 14
)

// BLAS is NVIDIA's library of matrix products, where it is found; it is never needed.
type BLAS struct {
	Path      string
	Version   int
	f         BLASFunctions
	context   *Context
	handle    Handle
	workspace *Buffer
	lt        *lt
}

// workspaceBytes is what cuBLAS asks for on recent devices.
const workspaceBytes = 32 << 20

// BLAS opens cuBLAS for a stream: from CLIPLAB_CUBLAS, where the loader finds it, or in the
// wheels of a Python environment. The error says where it looked.
func (c *Context) BLAS(s *Stream) (*BLAS, error) {
	b := &BLAS{Path: "simulated", context: c}
	var err error
	if own, ok := c.driver.api.(withBLAS); ok {
		b.f, err = own.BLAS()
	} else {
		b.f, b.Path, err = openBLAS()
	}
	if err != nil {
		return nil, err
	}
	if err := b.call("cublasCreate", func() int32 { return b.f.Create(&b.handle) }); err != nil {
		return nil, err
	}
	c.count("cuBLAS", 1)
	b.workspace, err = c.Alloc("workspace of cuBLAS", workspaceBytes)
	if err == nil {
		var version int32
		err = errors.Join(
			b.call("cublasGetVersion", func() int32 { return b.f.GetVersion(b.handle, &version) }),
			b.call("cublasSetStream", func() int32 { return b.f.SetStream(b.handle, s.handle) }),
			b.call("cublasSetWorkspace", func() int32 {
				return b.f.SetWorkspace(b.handle, b.workspace.Pointer, workspaceBytes)
			}))
		b.Version = int(version)
	}
	if err == nil {
		err = b.openLt(s)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *BLAS) call(name string, f func() int32) error {
	var status int32
	err := b.context.call(func(API) Result { status = f(); return Success }, name, "")
	if err == nil && status != 0 {
		err = fmt.Errorf("driver: %s: status %d", name, status)
	}
	return err
}

// Close gives the library's memory back.
func (b *BLAS) Close() error {
	if b == nil || b.handle == 0 {
		return nil
	}
	err := errors.Join(b.closeLt(), b.destroy())
	b.handle = 0
	b.context.count("cuBLAS", -1)
	return errors.Join(err, b.workspace.Free())
}

func (b *BLAS) destroy() error {
	return b.call("cublasDestroy", func() int32 { return b.f.Destroy(b.handle) })
}

// Gemm is c [m, n] = a·b, or c += a·b with add; all row-major, sums in float32. a is [m, k], or
// [k, m] with transA; b is [k, n], or [n, k] with transB; both are of kind in, c is of kind out.
// With fast, float32 operands are rounded to tf32 and go through tensor cores.
func (b *BLAS) Gemm(c, a, bb Pointer, m, n, k int, transA, transB, add bool, in, out Number,
	fast bool) error {
	alpha, beta := float32(1), float32(0)
	if add {
		beta = 1
	}
	lda, ldb := k, n
	if transA {
		lda = m
	}
	if transB {
		ldb = k
	}
	// CUBLAS_COMPUTE_32F is 68, CUBLAS_COMPUTE_32F_FAST_TF32 77, CUBLAS_GEMM_DEFAULT −1.
	compute := int32(68)
	if fast {
		compute = 77
	}
	// cuBLAS is column-major: to it our rows are columns, and cᵀ = bᵀ·aᵀ.
	return b.call("cublasGemmEx", func() int32 {
		return b.f.GemmEx(b.handle, flag(transB), flag(transA), int32(n), int32(m), int32(k),
			unsafe.Pointer(&alpha), bb, int32(in), int32(ldb), a, int32(in), int32(lda),
			unsafe.Pointer(&beta), c, int32(out), int32(n), compute, -1)
	})
}

func flag(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

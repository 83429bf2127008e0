package sim

import (
	"encoding/binary"
	"errors"
	"math"
	"unsafe"

	"cliplab/lab/cuda/driver"
)

// blas is a handle of the stand-in for cuBLAS: its products go into a stream as kernels do.
type blas struct{ stream driver.Handle }

// Numbers of cublas_api.h and library_types.h.
const (
	blasInvalidValue = 7
	realFloat32      = 0
	realBfloat16     = 14
	compute32F       = 68
	computeFastTF32  = 77
)

// BLAS is the stand-in, where Options want one. It knows of cuBLAS what package driver calls.
func (m *Machine) BLAS() (f driver.BLASFunctions, err error) {
	if !m.options.BLAS {
		return f, errors.New("sim: no cuBLAS on this machine")
	}
	of := func(handle driver.Handle, then func(b *blas)) int32 {
		leave, _ := m.enterContext("blas")
		defer leave()
		b, r := object[*blas](m, handle)
		if r != driver.Success {
			return 1 // CUBLAS_STATUS_NOT_INITIALIZED
		}
		then(b)
		return 0
	}
	f.Create = func(handle *driver.Handle) int32 {
		leave, _ := m.enterContext("blas")
		defer leave()
		*handle = m.put(&blas{})
		return 0
	}
	f.Destroy = func(handle driver.Handle) int32 {
		return of(handle, func(*blas) { delete(m.objects, handle) })
	}
	f.GetVersion = func(handle driver.Handle, version *int32) int32 {
		return of(handle, func(*blas) { *version = 120900 })
	}
	f.SetStream = func(handle, stream driver.Handle) int32 {
		return of(handle, func(b *blas) { b.stream = stream })
	}
	f.SetWorkspace = func(handle driver.Handle, _ driver.Pointer, _ uint64) int32 {
		return of(handle, func(*blas) {})
	}
	f.GemmEx = m.gemmEx
	if m.options.BLASLt {
		f.Lt = m.lt()
	}
	return f, nil
}

// operand is a matrix in column-major order.
type operand struct {
	at     driver.Pointer
	kind   int32
	ld     int32
	turned bool
	fast   bool // cut to tf32
}

// gemmEx is C = αop(A)·op(B) + βC, [m, n], all column-major, put into the handle's stream.
func (m *Machine) gemmEx(handle driver.Handle, transA, transB, rows, columns, k int32,
	alpha unsafe.Pointer, a driver.Pointer, typeA, lda int32, b driver.Pointer, typeB, ldb int32,
	beta unsafe.Pointer, c driver.Pointer, typeC, ldc, compute, algorithm int32) int32 {
	leave, _ := m.enterContext("blas")
	defer leave()
	h, r := object[*blas](m, handle)
	if r != driver.Success {
		return 1
	}
	wide := func(trans, plain, turned int32) int32 {
		if trans != 0 {
			return turned
		}
		return plain
	}
	low := typeC == realBfloat16 && typeA == typeC
	if typeC != realFloat32 && !low || typeA != typeB ||
		compute != compute32F && compute != computeFastTF32 ||
		algorithm != -1 || lda < wide(transA, rows, k) || ldb < wide(transB, k, columns) || ldc < rows ||
		rows < 1 || columns < 1 {
		return blasInvalidValue
	}
	fast := compute == computeFastTF32
	size := uint64(4)
	if typeC == realBfloat16 {
		size = 2
	}
	left := operand{a, typeA, lda, transA != 0, fast}
	right := operand{b, typeB, ldb, transB != 0, fast}
	alphaIs, betaIs, memory := *(*float32)(alpha), *(*float32)(beta), m.memory()
	r = m.enqueue(h.stream, work{what: "gemm", run: func() driver.Result {
		x, y := left.numbers(memory, int(rows), int(k)), right.numbers(memory, int(k), int(columns))
		to := memory.slice(c, size*uint64(int(ldc)*(int(columns)-1)+int(rows)))
		if x == nil || y == nil || to == nil {
			return m.fail(driver.IllegalAddress, "cublasGemmEx: numbers beyond an allocation")
		}
		for j := range int(columns) {
			for i := range int(rows) {
				sum := float32(0)
				for p := range int(k) {
					sum += x[i*int(k)+p] * y[p*int(columns)+j]
				}
				sum *= alphaIs
				cell := to[int(size)*(i+j*int(ldc)):]
				if betaIs != 0 {
					sum += betaIs * read(cell, typeC)
				}
				write(cell, typeC, sum)
			}
		}
		return driver.Success
	}})
	if r != driver.Success {
		return 14 // CUBLAS_STATUS_INTERNAL_ERROR
	}
	return 0
}

// read is the number that a cell starts with.
func read(cell []byte, kind int32) float32 {
	if kind == realBfloat16 {
		return math.Float32frombits(uint32(binary.LittleEndian.Uint16(cell)) << 16)
	}
	return math.Float32frombits(binary.LittleEndian.Uint32(cell))
}

// write rounds to bfloat16 where a cell is that, ties to even.
func write(cell []byte, kind int32, x float32) {
	bits := math.Float32bits(x)
	switch {
	case kind != realBfloat16:
		binary.LittleEndian.PutUint32(cell, bits)
	case x != x:
		binary.LittleEndian.PutUint16(cell, 0x7fff)
	default:
		binary.LittleEndian.PutUint16(cell, uint16((bits+0x7fff+bits>>16&1)>>16))
	}
}

// numbers are op(matrix) [rows, columns], row after row; nil where they are beyond an allocation.
func (o operand) numbers(m *memory, rows, columns int) []float32 {
	high, wide, size := rows, columns, 4
	if o.turned {
		high, wide = columns, rows
	}
	if o.kind == realBfloat16 {
		size = 2
	}
	data := m.slice(o.at, uint64(size*(int(o.ld)*(wide-1)+high)))
	if data == nil {
		return nil
	}
	all := make([]float32, rows*columns)
	for i := range rows {
		for j := range columns {
			at := i + j*int(o.ld)
			if o.turned {
				at = j + i*int(o.ld)
			}
			bits := uint32(0)
			if o.kind == realBfloat16 {
				bits = uint32(binary.LittleEndian.Uint16(data[2*at:])) << 16
			} else if bits = binary.LittleEndian.Uint32(data[4*at:]); o.fast {
				bits = (bits + 1<<12) &^ (1<<13 - 1)
			}
			all[i*columns+j] = math.Float32frombits(bits)
		}
	}
	return all
}

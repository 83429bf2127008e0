package sim

import (
	"unsafe"

	"cliplab/lab/cuda/driver"
)

// The stand-in for cuBLASLt: products of bf16 with their epilogues, as cublasLt.h has them. It
// knows what package driver calls, and refuses what it does not know.
type (
	ltHandle struct{}
	ltDesc   struct {
		turnA, turnB, epilogue int32
		bias                   driver.Pointer
	}
	ltLayout struct {
		kind          int32
		rows, columns int
		ld            int
	}
	ltPreference struct{ workspace uint64 }
)

// lt are its functions.
func (m *Machine) lt() *driver.LtFunctions {
	within := func(f func() int32) int32 {
		leave, r := m.enterContext("blas")
		defer leave()
		if r != driver.Success {
			return 1
		}
		return f()
	}
	add := func(to *driver.Handle, o any) int32 {
		return within(func() int32 { *to = m.put(o); return 0 })
	}
	drop := func(h driver.Handle) int32 {
		return within(func() int32 {
			if m.objects[h] == nil {
				return blasInvalidValue
			}
			delete(m.objects, h)
			return 0
		})
	}
	f := &driver.LtFunctions{Destroy: drop, DescDestroy: drop, LayoutDestroy: drop,
		PreferenceDestroy: drop, Matmul: m.ltMatmul}
	f.Create = func(h *driver.Handle) int32 { return add(h, &ltHandle{}) }
	f.DescCreate = func(h *driver.Handle, compute, scale int32) int32 {
		if compute != compute32F || scale != realFloat32 {
			return blasInvalidValue
		}
		return add(h, &ltDesc{epilogue: 1})
	}
	f.LayoutCreate = func(h *driver.Handle, kind int32, rows, columns uint64, ld int64) int32 {
		if ld < int64(rows) {
			return blasInvalidValue
		}
		return add(h, &ltLayout{kind, int(rows), int(columns), int(ld)})
	}
	f.PreferenceCreate = func(h *driver.Handle) int32 { return add(h, &ltPreference{}) }
	f.PreferenceSet = func(h driver.Handle, attribute int32, value unsafe.Pointer, n uint64) int32 {
		return within(func() int32 {
			p, r := object[*ltPreference](m, h)
			if r != driver.Success || attribute != 1 || n != 8 {
				return blasInvalidValue
			}
			p.workspace = *(*uint64)(value)
			return 0
		})
	}
	f.DescSet = func(h driver.Handle, attribute int32, value unsafe.Pointer, n uint64) int32 {
		return within(func() int32 {
			d, r := object[*ltDesc](m, h)
			if r != driver.Success {
				return blasInvalidValue
			}
			return d.set(attribute, value, n)
		})
	}
	f.Heuristic = func(handle, desc, a, b, c, d, preference driver.Handle, wanted int32,
		results unsafe.Pointer, found *int32) int32 {
		return within(func() int32 {
			p, r := object[*ltPreference](m, preference)
			if r != driver.Success || p.workspace == 0 || wanted != 1 {
				return blasInvalidValue
			}
			// As hardware may, it has no algorithm for some shapes.
			if l, r := object[*ltLayout](m, d); r != driver.Success || l.rows%2 > 0 {
				return 15 // CUBLAS_STATUS_NOT_SUPPORTED
			}
			*found = 1
			(*[12]uint64)(results)[0] = ltAlgorithm
			return 0
		})
	}
	return f
}

// ltAlgorithm marks what Heuristic has given.
const ltAlgorithm = 0xa190

func (d *ltDesc) set(attribute int32, value unsafe.Pointer, n uint64) int32 {
	switch {
	case attribute == 3 && n == 4:
		d.turnA = *(*int32)(value)
	case attribute == 4 && n == 4:
		d.turnB = *(*int32)(value)
	case attribute == 7 && n == 4:
		d.epilogue = *(*int32)(value)
	case attribute == 8 && n == 8:
		d.bias = *(*driver.Pointer)(value)
	default:
		return blasInvalidValue
	}
	return 0
}

// ltMatmul is D = αop(A)·op(B) + βC, all column-major, and its epilogue, put into the stream.
func (m *Machine) ltMatmul(handle, desc driver.Handle, alpha unsafe.Pointer, a driver.Pointer,
	layoutA driver.Handle, b driver.Pointer, layoutB driver.Handle, beta unsafe.Pointer,
	c driver.Pointer, layoutC driver.Handle, d driver.Pointer, layoutD driver.Handle,
	algorithm unsafe.Pointer, workspace driver.Pointer, bytes uint64, stream driver.Handle) int32 {
	leave, _ := m.enterContext("blas")
	defer leave()
	_, r := object[*ltHandle](m, handle)
	how, r2 := object[*ltDesc](m, desc)
	la, r3 := object[*ltLayout](m, layoutA)
	lb, r4 := object[*ltLayout](m, layoutB)
	lc, r5 := object[*ltLayout](m, layoutC)
	ld, r6 := object[*ltLayout](m, layoutD)
	if max(r, r2, r3, r4, r5, r6) != driver.Success || *(*uint64)(algorithm) != ltAlgorithm ||
		la.kind != realBfloat16 || lb.kind != realBfloat16 || *lc != *ld || bytes == 0 || workspace == 0 {
		return blasInvalidValue
	}
	if ld.rows%8 == 2 { // and may find out late
		return 15
	}
	rows, columns, k := ld.rows, ld.columns, la.columns
	if how.turnA != 0 {
		k = la.rows
	}
	left := operand{a, la.kind, int32(la.ld), how.turnA != 0, false}
	right := operand{b, lb.kind, int32(lb.ld), how.turnB != 0, false}
	scale, before, as, memory := *(*float32)(alpha), *(*float32)(beta), *how, m.memory()
	r = m.enqueue(stream, work{what: "matmul", run: func() driver.Result {
		x, y := left.numbers(memory, rows, k), right.numbers(memory, k, columns)
		from, to := ld.slice(memory, c), ld.slice(memory, d)
		if x == nil || y == nil || from == nil || to == nil {
			return m.fail(driver.IllegalAddress, "cublasLtMatmul: numbers beyond an allocation")
		}
		if as.epilogue == 512 && !sumDown(memory, as.bias, ld.kind, y, k, columns) {
			return m.fail(driver.IllegalAddress, "cublasLtMatmul: sums beyond an allocation")
		}
		var bias []byte
		size := ld.size()
		if as.epilogue == 4 {
			if bias = memory.slice(as.bias, uint64(size*rows)); bias == nil {
				return m.fail(driver.IllegalAddress, "cublasLtMatmul: a bias beyond an allocation")
			}
		}
		for j := range columns {
			for i := range rows {
				sum := float32(0)
				for p := range k {
					sum += x[i*k+p] * y[p*columns+j]
				}
				sum *= scale
				at := size * (i + j*ld.ld)
				if before != 0 {
					sum += before * read(from[at:], ld.kind)
				}
				if bias != nil {
					sum += read(bias[size*i:], ld.kind)
				}
				write(to[at:], ld.kind, sum)
			}
		}
		return driver.Success
	}})
	if r != driver.Success {
		return 14 // CUBLAS_STATUS_INTERNAL_ERROR
	}
	return 0
}

// sumDown leaves the sums over the depth of the right operand, CUBLASLT_EPILOGUE_BGRADB.
func sumDown(memory *memory, to driver.Pointer, kind int32, y []float32, k, columns int) bool {
	l := ltLayout{kind, columns, 1, columns}
	sums := l.slice(memory, to)
	if sums == nil {
		return false
	}
	for j := range columns {
		sum := 0.0
		for p := range k {
			sum += float64(y[p*columns+j])
		}
		write(sums[l.size()*j:], kind, float32(sum))
	}
	return true
}

func (l *ltLayout) size() int {
	if l.kind == realBfloat16 {
		return 2
	}
	return 4
}

// slice is the memory of a matrix.
func (l *ltLayout) slice(memory *memory, at driver.Pointer) []byte {
	return memory.slice(at, uint64(l.size()*(l.ld*(l.columns-1)+l.rows)))
}

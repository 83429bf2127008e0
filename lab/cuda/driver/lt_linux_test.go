//go:build linux && (amd64 || arm64) && !nocuda

package driver

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"
)

// finishes are products that cuBLASLt finishes, by its stand-in: rows and columns, the bias, what
// is added, and the sums. Numbers are such that bf16 holds them.
func finishes(t *testing.T, c *Context) {
	t.Helper()
	s, err := c.Stream()
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.BLAS(s)
	if err != nil {
		t.Fatal(err)
	}
	x, err := c.Alloc("matrices", 256)
	if err != nil {
		t.Fatal(err)
	}
	const m, n, k = 2, 4, 3
	left, right := []float32{1, 2, 3, 4, 5, 6}, []float32{1, 0, 2, 1, 3, 1, 0, 2, 1, 1, 4, 0}
	product := []float32{10, 5, 14, 5, 25, 11, 32, 14}
	bias, residual := []float32{1, 2, 3, 4}, []float32{8, 7, 6, 5, 4, 3, 2, 1}
	turned := []float32{1, 4, 2, 5, 3, 6} // left, as [k, m]
	at := func(i int) Pointer { return x.Pointer + Pointer(32*i) }
	for form, p := range []Finished{{Bias: at(3)}, {Bias: at(3), Residual: at(4)}, {Residual: at(4)},
		{TransA: true, Sums: at(5)}} {
		a := left
		if p.TransA {
			a = turned
		}
		p.C, p.A, p.B, p.M, p.N, p.K, p.Out = at(2), at(0), at(1), m, n, k, Float32
		got, sums := make([]float32, m*n), make([]float32, m)
		var done bool
		err := errors.Join(s.Write(at(0), pairs(a)), s.Write(at(1), pairs(right)), s.Write(at(3), bias),
			s.Write(at(4), residual), func() (err error) { done, err = b.Finish(p); return err }(),
			s.Read(got, at(2)), s.Read(sums, at(5)))
		want := slices.Clone(product)
		for i := range want {
			if p.Bias != 0 {
				want[i] += bias[i%n]
			}
			if p.Residual != 0 {
				want[i] += residual[i]
			}
		}
		if err != nil || !done || !slices.Equal(got, want) ||
			p.Sums != 0 && !slices.Equal(sums, []float32{6, 15}) {
			t.Errorf("form %d gives %v, sums %v, %v, want %v", form, got, sums, err, want)
		}
		if err := errors.Join(b.closeLt(), b.openLt(s)); err != nil { // the stand-in has one plan
			t.Error(err)
		}
	}
	if err := errors.Join(b.Close(), x.Free(), s.Close()); err != nil {
		t.Error(err)
	}
}

// pairs are numbers in bf16, two in the place of a float32.
func pairs(x []float32) []float32 {
	y := make([]float32, (len(x)+1)/2)
	to := unsafe.Slice((*uint16)(unsafe.Pointer(&y[0])), 2*len(y))
	for i := range x {
		to[i] = uint16(*(*uint32)(unsafe.Pointer(&x[i])) >> 16)
	}
	return y
}

// A cuBLAS that is found has its sister beside it, which takes the numbers of attributes and their
// sizes: this needs no device.
func TestFoundBLASLt(t *testing.T) {
	f, path, err := openBLAS()
	if err != nil {
		t.Skip(err)
	}
	if f.Lt == nil {
		t.Fatalf("%s has no cuBLASLt with all functions beside it", path)
	}
	var desc, layout, preference Handle
	word, long := uint32(1), uint64(1<<20)
	set := func(attribute int32, value unsafe.Pointer, bytes uint64) int32 {
		return f.Lt.DescSet(desc, attribute, value, bytes)
	}
	epilogue := uint32(ltEpilogueBGradB)
	for i, status := range []int32{f.Lt.DescCreate(&desc, 68, 0),
		set(ltTransA, unsafe.Pointer(&word), 4), set(ltTransB, unsafe.Pointer(&word), 4),
		set(ltEpilogue, unsafe.Pointer(&epilogue), 4), set(ltBiasPointer, unsafe.Pointer(&long), 8),
		f.Lt.LayoutCreate(&layout, int32(Bfloat16), 8, 4, 8), f.Lt.PreferenceCreate(&preference),
		f.Lt.PreferenceSet(preference, ltMaxWorkspace, unsafe.Pointer(&long), 8),
		f.Lt.PreferenceDestroy(preference), f.Lt.LayoutDestroy(layout), f.Lt.DescDestroy(desc)} {
		if status != 0 {
			t.Errorf("%s: call %d gives status %d", path, i, status)
		}
	}
	t.Log(filepath.Base(path))
}

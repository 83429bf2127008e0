//go:build linux && (amd64 || arm64) && !nocuda

package driver

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Where there is no libcuda, the error says where it was looked for.
func TestNoLibrary(t *testing.T) {
	old := places
	defer func() { places = old }()
	places = []string{"libcuda-of-nowhere.so.1", "/nowhere/libcuda.so.1"}
	if _, err := system(); !errors.Is(err, ErrNoDriver) ||
		!strings.Contains(err.Error(), "no libcuda.so.1 found") ||
		!strings.Contains(err.Error(), "/nowhere/libcuda.so.1") {
		t.Errorf("got %v", err)
	}
}

// Names and arguments of all functions are those of NVIDIA's cuda.h: a stand-in for libcuda that
// is compiled against it gets what it expects. CLIPLAB_CUDA_H is the folder of cuda.h, which the
// wheel nvidia-cuda-runtime-cu12 has (nvidia/cuda_runtime/include), or folders, between colons.
func TestAgainstHeader(t *testing.T) {
	include := os.Getenv("CLIPLAB_CUDA_H")
	if include == "" {
		t.Skip("CLIPLAB_CUDA_H is not set to the folder of cuda.h")
	}
	lib := compile(t, "libcuda", include)
	blas := compile(t, "libcublas", include)
	lt := compile(t, "libcublasLt", include)
	if err := os.Rename(lt, filepath.Join(filepath.Dir(blas), filepath.Base(lt))); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CLIPLAB_CUBLAS", blas)
	old := places
	defer func() { places = old }()
	places = []string{lib}
	api, err := system()
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(api)
	if err != nil {
		t.Fatal(err)
	}
	want := Info{Name: "stand-in 40", Memory: 5 << 32, Major: 9, Multiprocessors: 132, Clock: 1980000,
		Pools: true}
	if got := d.Devices(); len(got) != 1 || got[0] != want || d.Version() != "12.9" {
		t.Errorf("devices %+v, version %s", got, d.Version())
	}
	c, err := d.Context(0)
	if err != nil {
		t.Fatal(err)
	}
	callAll(t, c)
	products(t, c)
	finishes(t, c)
	var short *MemoryError
	if _, err := c.Alloc("much", 1<<50); !errors.As(err, &short) || short.Free != 3<<32 {
		t.Errorf("got %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func compile(t *testing.T, name string, include ...string) string {
	t.Helper()
	lib := filepath.Join(t.TempDir(), name+".so.1")
	args := []string{"-shared", "-fPIC", "-o", lib, "testdata/" + name + ".c"}
	for _, folders := range include {
		for _, folder := range filepath.SplitList(folders) {
			args = append(args, "-I"+folder)
		}
	}
	out, err := exec.Command("cc", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return lib
}

// products are all forms of Gemm by the stand-in of cuBLAS: that rows and columns are handed over
// the right way.
func products(t *testing.T, c *Context) {
	t.Helper()
	s, err := c.Stream()
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.BLAS(s)
	if err != nil {
		t.Fatal(err)
	}
	x, err := c.Alloc("matrices", 4*(6+12+8))
	if err != nil {
		t.Fatal(err)
	}
	const m, n, k = 2, 4, 3
	left, right := []float32{1, 2, 3, 4, 5, 6}, []float32{1, 0, 2, 1, 3, 1, 0, 2, 1, 1, 4, 0}
	want := []float32{10, 5, 14, 5, 25, 11, 32, 14}
	for form := range 8 {
		ta, tb, add := form&1 > 0, form&2 > 0, form&4 > 0
		a, bb, dst := left, right, []float32{1, 1, 1, 1, 1, 1, 1, 1}
		if ta {
			a = []float32{1, 4, 2, 5, 3, 6}
		}
		if tb {
			bb = []float32{1, 3, 1, 0, 1, 1, 2, 0, 4, 1, 2, 0}
		}
		err := errors.Join(s.Write(x.Pointer, a), s.Write(x.Pointer+24, bb), s.Write(x.Pointer+72, dst),
			b.Gemm(x.Pointer+72, x.Pointer, x.Pointer+24, m, n, k, ta, tb, add, Float32, Float32, form > 3),
			s.Read(dst, x.Pointer+72))
		for i := range dst {
			if add {
				dst[i]--
			}
		}
		if err != nil || !slices.Equal(dst, want) {
			t.Errorf("form %d gives %v, %v, want %v", form, dst, err, want)
		}
	}
	if err := errors.Join(b.Close(), x.Free(), s.Close()); err != nil || b.Version != 120900 {
		t.Errorf("version %d, %v", b.Version, err)
	}
}

func callAll(t *testing.T, c *Context) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Stream()
	must(err)
	x, err := c.Alloc("numbers", 64)
	must(err)
	p, err := c.Pin("numbers", 64)
	must(err)
	e, err := c.Event()
	must(err)
	m, err := c.Load("test", []byte(".version 7.8"))
	must(err)
	f, err := m.Function("add")
	must(err)
	must(f.Launch(s, [3]uint32{1, 2, 3}, [3]uint32{4, 5, 6}, Args(x, float32(7))))
	got := make([]float32, 7)
	must(s.Read(got, x.Pointer))
	if !slices.Equal(got, []float32{1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("the launch got %v", got)
	}
	must(errors.Join(s.Write(x.Pointer, []float32{9, 8}), s.Copy(x.Pointer+8, x.Pointer, 8),
		s.Clear(x.Pointer, 4), s.Receive(p, x.Pointer, 16)))
	if got := p.Float32s()[:4]; !slices.Equal(got, []float32{0, 8, 9, 8}) {
		t.Errorf("copies leave %v", got)
	}
	must(errors.Join(s.Send(x.Pointer, p, 64), e.Record(s), s.Wait(e), e.Synchronize()))
	if d, err := e.Since(e); err != nil || d.Microseconds() != 2500 {
		t.Errorf("%v, %v between events", d, err)
	}
	g, err := s.Capture(func() error { return nil })
	must(err)
	must(errors.Join(g.Update(s, func() error { return nil }), g.Launch(s), g.Close(), e.Close(),
		m.Close(), p.Free(), x.Free(), s.Close()))
}

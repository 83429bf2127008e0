//go:build linux && (amd64 || arm64) && !nocuda

package driver

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Names, numbers and arguments of NCCL's functions are those of NVIDIA's nccl.h. CLIPLAB_NCCL_H is
// its folder, in the wheel nvidia-nccl-cu12 nvidia/nccl/include; CLIPLAB_CUDA_H those of cuda.h,
// crt/host_config.h and nv/target, of nvidia-cuda-runtime-cu12, nvidia-cuda-nvcc-cu12 and
// nvidia-cuda-cccl-cu12, between colons.
func TestAgainstNCCLHeader(t *testing.T) {
	cuda, nccl := os.Getenv("CLIPLAB_CUDA_H"), os.Getenv("CLIPLAB_NCCL_H")
	if cuda == "" || nccl == "" {
		t.Skip("CLIPLAB_CUDA_H and CLIPLAB_NCCL_H are not set to the folders of cuda.h and nccl.h")
	}
	old := places
	defer func() { places = old }()
	places = []string{compile(t, "libcuda", cuda)}
	lib := compile(t, "libnccl", cuda, nccl)
	t.Setenv("CLIPLAB_NCCL", lib)
	api, err := system()
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(api)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Context(0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Stream()
	if err != nil {
		t.Fatal(err)
	}
	x, err := c.Alloc("numbers", 64)
	if err != nil {
		t.Fatal(err)
	}
	g, err := NewGroup([]*Context{c, c}) // one device twice, which only a stand-in allows
	if err != nil {
		t.Fatal(err)
	}
	if g.Path != lib || g.Version < 20000 || !strings.HasPrefix(g.String(), "NCCL 2.") {
		t.Errorf("%s, version %d", g, g.Version)
	}
	half := func(rank int) Pointer { return x.Pointer + Pointer(rank*32) }
	got := make([]float32, 16)
	err = errors.Join(s.Write(x.Pointer, []float32{1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4}),
		g.AllGather(half, 2, []*Stream{s, s}), g.Err(), s.Read(got, x.Pointer))
	if want := []float32{1, 2, 3, 4}; err != nil || !slices.Equal(got[:4], want) ||
		!slices.Equal(got[8:12], want) {
		t.Errorf("gathered are %v, %v", got, err)
	}
	err = errors.Join(s.Write(half(1), []float32{10, 20, 30, 40}),
		g.AllReduce(half, 4, []*Stream{s, s}), s.Read(got, x.Pointer))
	if want := []float32{11, 22, 33, 44}; err != nil || !slices.Equal(got[:4], want) ||
		!slices.Equal(got[8:12], want) {
		t.Errorf("sums are %v, %v", got, err)
	}
	g.f.GroupStart()
	r := g.f.AllReduce(x.Pointer, x.Pointer, 1, ncclFloat32, 1, g.comms[0], s.handle)
	if err := g.check("AllReduce", r); err == nil {
		t.Error("a product is taken for a sum")
	}
	g.f.GroupEnd()
	if err := errors.Join(g.Close(), x.Free(), s.Close(), c.Close()); err != nil {
		t.Error(err)
	}
}

// A library that is found, in CLIPLAB_NCCL or in a Python environment, has all functions.
func TestFoundNCCL(t *testing.T) {
	f, path, err := openNCCL()
	if err != nil {
		t.Skip(err)
	}
	var version int32
	if r := f.GetVersion(&version); r != 0 || version < 20000 || f.GetErrorString(5) == "" {
		t.Errorf("%s: version %d, result %d, %q", path, version, r, f.GetErrorString(5))
	}
	t.Log(path, version, f.GetErrorString(5))
}

// Without NCCL the error says where it was looked for, wheels of the environment included.
func TestNoNCCL(t *testing.T) {
	env := t.TempDir()
	lib := filepath.Join(env, "lib/python3.99/site-packages/nvidia/nccl/lib/libnccl.so.2")
	if err := os.MkdirAll(filepath.Dir(lib), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(lib, []byte("no library"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(env, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(env, "bin/python3"), []byte("#!"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CLIPLAB_NCCL", "")
	before := os.Getenv("PATH")
	for _, where := range [][2]string{{env, before}, {"", filepath.Join(env, "bin")}} {
		t.Setenv("VIRTUAL_ENV", where[0])
		t.Setenv("PATH", where[1])
		found := libraryPlaces("CLIPLAB_NCCL", []string{"libnccl.so.2"}, []string{"nvidia/nccl/lib"},
			"libnccl.so.*")
		if !slices.Contains(found, lib) {
			t.Errorf("the places are %v, want %s among them", found, lib)
		}
	}
	t.Setenv("CLIPLAB_NCCL", lib)
	if _, _, err := openNCCL(); err == nil || !strings.Contains(err.Error(), lib) ||
		!strings.Contains(err.Error(), "through the host") {
		t.Errorf("got %v", err)
	}
}

package cuda

import (
	"errors"
	"fmt"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/kernels"
)

// Precision is how products of matrices and attention are calculated. Sums, norms, softmax, the
// loss, weights and their means, gradients by weights, and what passes by the layers from block to
// block, with its gradient, are float32 in all of them.
type Precision int

// F32 is exact; TF32 rounds the operands of products to 10 binary digits behind the first, BF16
// to 7, and both use tensor cores. With BF16 all other activations and their gradients are bfloat16
// in memory, and products read a copy of the weights that is.
const (
	F32 Precision = iota
	TF32
	BF16
)

func (p Precision) String() string { return [...]string{"fp32", "tf32", "bf16"}[p] }

// ParsePrecision is the precision of a name, "fp32", "tf32" or "bf16"; "" is fp32.
func ParsePrecision(name string) (Precision, error) {
	for _, p := range []Precision{F32, TF32, BF16} {
		if name == p.String() {
			return p, nil
		}
	}
	if name == "" {
		return F32, nil
	}
	return F32, fmt.Errorf("cuda: no precision %q; there are fp32, tf32 and bf16", name)
}

// GPU is an open device with the kernels loaded, and one stream for all work. Not for use by
// several goroutines at once.
//
// Ops are methods named as in lab/ops, on device memory. The first failure is kept, later ops do
// nothing, and Err gives it.
type GPU struct {
	context   *driver.Context
	stream    *driver.Stream
	module    *driver.Module
	functions map[string]*driver.Function
	blas      *driver.BLAS
	scratches map[string]*driver.Buffer
	retired   []*driver.Buffer // scratch that was too small; captured work may still name it
	info      driver.Info
	plan      *plan // where only memory is added up
	err       error
}

// open makes a GPU of a device of a driver.
func open(d *driver.Driver, ordinal int) (*GPU, error) {
	context, err := d.Context(ordinal)
	if err != nil {
		return nil, err
	}
	g := &GPU{context: context, info: context.Info, functions: map[string]*driver.Function{},
		scratches: map[string]*driver.Buffer{}}
	ptx, err := kernels.PTX()
	if err == nil {
		g.stream, err = context.Stream()
	}
	if err == nil {
		g.module, err = context.Load("kernels of lab/cuda", ptx)
	}
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	return g, nil
}

// UseBLAS makes cuBLAS calculate products from now on, if it is found; else own kernels go on,
// and the error says where it was looked for.
func (g *GPU) UseBLAS() (err error) {
	if g.blas == nil {
		g.blas, err = g.context.BLAS(g.stream)
	}
	return err
}

// usesBLAS tells whether products are cuBLAS's.
func (g *GPU) usesBLAS() bool { return g.blas != nil || g.plan != nil && g.plan.blas }

// Name is the device's name and what products run on.
func (g *GPU) Name() string {
	if g.blas != nil {
		return fmt.Sprintf("%s, cuBLAS %d", g.context.Info.Name, g.blas.Version)
	}
	return g.context.Info.Name
}

// Err is the first failure since the last call, or what the device reports when its work is done.
func (g *GPU) Err() error {
	if err := g.taken(); err != nil {
		return err
	}
	return g.stream.Synchronize()
}

// Close gives everything back. It is an error when something of the device is still in use.
func (g *GPU) Close() error {
	err := g.blas.Close()
	for _, b := range g.scratches {
		err = errors.Join(err, b.Free())
	}
	for _, b := range g.retired {
		err = errors.Join(err, b.Free())
	}
	err = errors.Join(err, g.module.Close(), g.stream.Close())
	return errors.Join(err, g.context.Close())
}

// taken is the first failure since the last call, without waiting for the device.
func (g *GPU) taken() error {
	err := g.err
	g.err = nil
	return err
}

// do runs a step unless an earlier one failed.
func (g *GPU) do(f func() error) {
	if g.err == nil && g.plan == nil {
		g.err = f()
	}
}

// launch puts a kernel into the stream.
func (g *GPU) launch(name string, grid, block [3]uint32, args ...any) {
	if g.plan != nil {
		g.plan.launches[name]++
		return
	}
	g.do(func() error {
		f := g.functions[name]
		if f == nil {
			var err error
			if f, err = g.module.Function(name); err != nil {
				return err
			}
			g.functions[name] = f
		}
		return f.Launch(g.stream, grid, block, driver.Args(args...))
	})
}

// each launches a kernel with one thread for each of n elements; n is its last argument.
func (g *GPU) each(name string, n int, args ...any) {
	if n > 0 {
		g.launch(name, [3]uint32{blocks(n, 256), 1, 1}, [3]uint32{256, 1, 1},
			append(args, uint64(n))...)
	}
}

// eachRow launches a kernel with one warp for each row.
func (g *GPU) eachRow(name string, rows int, args ...any) {
	if rows > 0 {
		g.launch(name, [3]uint32{blocks(rows, 8), 1, 1}, [3]uint32{256, 1, 1}, args...)
	}
}

func blocks(n, size int) uint32 { return uint32((n + size - 1) / size) }

// scratch is memory of at least so many bytes that keeps its contents only until the next op
// that asks for the same.
func (g *GPU) scratch(what string, bytes int) driver.Pointer {
	if g.plan != nil {
		g.plan.scratch[what] = max(g.plan.scratch[what], bytes, 4)
		return 1
	}
	b := g.scratches[what]
	if b != nil && b.Bytes >= uint64(bytes) {
		return b.Pointer
	}
	g.do(func() (err error) {
		if b != nil {
			g.retired = append(g.retired, b)
		}
		b, err = g.context.Alloc(what, uint64(max(bytes, 4)))
		if err == nil {
			g.scratches[what] = b
		}
		return err
	})
	if g.err != nil {
		return 0
	}
	return b.Pointer
}

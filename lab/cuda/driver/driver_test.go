package driver_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cliplab/lab/cuda/driver"
	"cliplab/lab/cuda/sim"
)

// add is a kernel that adds a number to each of 32, and far reads where no memory is.
const code = `.version 7.8
.target sm_80
.address_size 64
.visible .entry add(
	.param .u64 add_param_0,
	.param .f32 add_param_1
)
{
	ld.param.u64 %rd1, [add_param_0];
	ld.param.f32 %f1, [add_param_1];
	mov.u32 %r1, %tid.x;
	mul.wide.u32 %rd2, %r1, 4;
	add.s64 %rd3, %rd1, %rd2;
	ld.global.f32 %f2, [%rd3];
	add.f32 %f3, %f2, %f1;
	st.global.f32 [%rd3], %f3;
	ret;
}
`

// eachContext runs a test on a simulated device, and on a real one where there is one.
func eachContext(t *testing.T, f func(t *testing.T, c *driver.Context, add *driver.Function)) {
	run := func(t *testing.T, d *driver.Driver) {
		c, err := d.Context(0)
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Load("test", []byte(code))
		if err != nil {
			t.Fatal(err)
		}
		add, err := m.Function("add")
		if err != nil {
			t.Fatal(err)
		}
		f(t, c, add)
		if err := errors.Join(m.Close(), c.Close()); err != nil {
			t.Error(err)
		}
	}
	t.Run("simulated", func(t *testing.T) {
		machine := sim.New(sim.Options{})
		d, err := driver.New(machine)
		if err != nil {
			t.Fatal(err)
		}
		run(t, d)
		if left := machine.Left(); left != "" {
			t.Errorf("not given back: %s", left)
		}
	})
	t.Run("device", func(t *testing.T) {
		d, err := driver.Open()
		if err != nil {
			t.Skip(err)
		}
		run(t, d)
	})
}

// bench is what most tests need: two streams, a buffer of 32 numbers, pinned memory as large.
type bench struct {
	t    *testing.T
	c    *driver.Context
	add  *driver.Function
	a, b *driver.Stream
	x    *driver.Buffer
	host *driver.Pinned
}

func newBench(t *testing.T, c *driver.Context, add *driver.Function) *bench {
	k := &bench{t: t, c: c, add: add}
	var errs [4]error
	k.a, errs[0] = c.Stream()
	k.b, errs[1] = c.Stream()
	k.x, errs[2] = c.Alloc("numbers", 128)
	k.host, errs[3] = c.Pin("numbers", 128)
	k.must(errors.Join(errs[:]...))
	return k
}

func (k *bench) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *bench) plus(s *driver.Stream, n float32) {
	k.t.Helper()
	k.must(k.add.Launch(s, [3]uint32{1, 1, 1}, [3]uint32{32, 1, 1}, driver.Args(k.x, n)))
}

func (k *bench) want(s *driver.Stream, n float32) {
	k.t.Helper()
	got := make([]float32, 32)
	k.must(s.Read(got, k.x.Pointer))
	if slices.Max(got) != n || slices.Min(got) != n {
		k.t.Errorf("numbers are %v, want all %v", got, n)
	}
}

func (k *bench) close() {
	k.must(errors.Join(k.x.Free(), k.host.Free(), k.a.Close(), k.b.Close()))
}

// A stream keeps its order, pinned memory is read when the stream comes to it, and an event holds
// one stream for another.
func TestOrder(t *testing.T) {
	eachContext(t, func(t *testing.T, c *driver.Context, add *driver.Function) {
		k := newBench(t, c, add)
		e, err := c.Event()
		k.must(err)
		start, err := c.Event()
		k.must(err)
		k.must(start.Record(k.a))
		for i := range k.host.Float32s() {
			k.host.Float32s()[i] = 5
		}
		k.must(k.a.Send(k.x.Pointer, k.host, 128))
		k.plus(k.a, 1)
		k.must(e.Record(k.a))
		k.must(k.b.Wait(e))
		k.plus(k.b, 2)
		k.want(k.b, 8)
		k.must(e.Synchronize())
		if d, err := e.Since(start); err != nil || d <= 0 {
			t.Errorf("between the events are %v, %v", d, err)
		}
		k.must(k.b.Clear(k.x.Pointer, 128))
		k.must(k.b.Receive(k.host, k.x.Pointer, 128))
		k.must(k.b.Synchronize())
		if got := k.host.Float32s()[31]; got != 0 {
			t.Errorf("cleared memory holds %v", got)
		}
		k.must(errors.Join(e.Close(), start.Close()))
		k.close()
	})
}

// A captured graph does nothing until it is launched, reads pinned memory anew each time, and
// follows the events within it; an update changes arguments, but not which kernels.
func TestGraph(t *testing.T) {
	eachContext(t, func(t *testing.T, c *driver.Context, add *driver.Function) {
		k := newBench(t, c, add)
		fork, err := c.Event()
		k.must(err)
		join, err := c.Event()
		k.must(err)
		work := func(first float32) func() error {
			return func() error {
				k.must(k.a.Send(k.x.Pointer, k.host, 128))
				k.plus(k.a, first)
				k.must(fork.Record(k.a))
				k.must(k.b.Wait(fork))
				k.plus(k.b, 10)
				k.must(join.Record(k.b))
				return k.a.Wait(join)
			}
		}
		g, err := k.a.Capture(work(1))
		k.must(err)
		for _, from := range []float32{100, 200} {
			for i := range k.host.Float32s() {
				k.host.Float32s()[i] = from
			}
			k.must(g.Launch(k.a))
			k.want(k.a, from+11)
		}
		k.must(g.Update(k.a, work(3)))
		k.must(g.Launch(k.a))
		k.want(k.a, 213)
		var failed *driver.Error
		err = g.Update(k.a, func() error { k.plus(k.a, 1); return nil })
		if !errors.As(err, &failed) || failed.Code != driver.GraphUpdateFailure {
			t.Errorf("an update of another shape gives %v", err)
		}
		_, err = k.a.Capture(func() error { return k.a.Synchronize() })
		if !errors.As(err, &failed) || failed.Code != driver.CaptureUnsupported {
			t.Errorf("waiting within a capture gives %v", err)
		}
		_, err = k.a.Capture(func() error {
			k.must(fork.Record(k.a))
			k.must(k.b.Wait(fork))
			k.plus(k.b, 1)
			return nil
		})
		if !errors.As(err, &failed) || failed.Code != driver.CaptureUnjoined {
			t.Errorf("a capture that leaves a stream behind gives %v", err)
		}
		k.plus(k.a, 1) // the stream goes on
		k.want(k.a, 214)
		k.must(errors.Join(g.Close(), fork.Close(), join.Close()))
		k.close()
	})
}

// Too much memory is an error with the numbers.
func TestOutOfMemory(t *testing.T) {
	eachContext(t, func(t *testing.T, c *driver.Context, _ *driver.Function) {
		_, err := c.Alloc("all there is", 1<<50)
		var short *driver.MemoryError
		if !errors.As(err, &short) || short.Needed != 1<<50 || short.Free == 0 ||
			!strings.Contains(err.Error(), "all there is") {
			t.Errorf("got %v", err)
		}
		b, err := c.Alloc("some", 1024)
		if err != nil || c.InUse() != 1024 {
			t.Errorf("%v, %d bytes in use", err, c.InUse())
		}
		if err := b.Free(); err != nil {
			t.Error(err)
		}
	})
}

// Every call of the driver that fails is an error that names it, and what was made before is given
// back, but what the failed call itself was to give back.
func TestEachCallFails(t *testing.T) {
	api := reflect.TypeFor[driver.API]()
	for i := range api.NumMethod() {
		call := api.Method(i).Name
		if strings.HasPrefix(call, "GetError") {
			continue // these say what failed
		}
		t.Run(call, func(t *testing.T) {
			machine := sim.New(sim.Options{})
			machine.Fail(call, 1, driver.InvalidValue)
			err := everything(machine)
			var failed *driver.Error
			if !errors.As(err, &failed) || failed.Code != driver.InvalidValue ||
				!strings.HasPrefix(failed.Call, "cu"+call) || failed.Name != "CUDA_ERROR_INVALID_VALUE" {
				t.Errorf("got %v", err)
			}
			if left := machine.Left(); left != "" && !givesBack(call) {
				t.Errorf("not given back: %s", left)
			}
		})
	}
	if err := everything(sim.New(sim.Options{})); err != nil {
		t.Errorf("without a fault: %v", err)
	}
}

func givesBack(call string) bool {
	for _, what := range []string{"Free", "Destroy", "Unload", "Release"} {
		if strings.Contains(call, what) {
			return true
		}
	}
	return false
}

// everything uses all of a device, and gives all back whatever fails.
func everything(machine *sim.Machine) (err error) {
	d, err := driver.New(machine)
	if err != nil {
		return err
	}
	c, err := d.Context(0)
	if err != nil {
		return err
	}
	try := func(e error) bool { err = errors.Join(err, e); return e == nil }
	defer func() { try(c.Close()) }()
	m, e := c.Load("test", []byte(code))
	if !try(e) {
		return err
	}
	defer func() { try(m.Close()) }()
	s, e := c.Stream()
	if !try(e) {
		return err
	}
	defer func() { try(s.Close()) }()
	x, e := c.Alloc("numbers", 128)
	if !try(e) {
		return err
	}
	defer func() { try(x.Free()) }()
	p, e := c.Pin("numbers", 128)
	if !try(e) {
		return err
	}
	defer func() { try(p.Free()) }()
	v, e := c.Event()
	if !try(e) {
		return err
	}
	defer func() { try(v.Close()) }()
	f, e := m.Function("add")
	if !try(e) {
		return err
	}
	work := func() error {
		return errors.Join(s.Send(x.Pointer, p, 128),
			f.Launch(s, [3]uint32{1, 1, 1}, [3]uint32{32, 1, 1}, driver.Args(x, float32(1))))
	}
	_, _, e = c.Memory()
	if !try(errors.Join(e, v.Record(s), s.Wait(v), v.Synchronize(), s.Clear(x.Pointer, 128),
		s.Copy(x.Pointer, x.Pointer+64, 64), s.Receive(p, x.Pointer, 128), s.Synchronize())) {
		return err
	}
	if _, e := v.Since(v); !try(e) {
		return err
	}
	g, e := s.Capture(work)
	if !try(e) {
		return err
	}
	defer func() { try(g.Close()) }()
	try(errors.Join(g.Update(s, work), g.Launch(s), s.Synchronize()))
	return err
}

// What a kernel does wrong is told with the kernel, the place and the thread, and stays.
func TestIllegalAddress(t *testing.T) {
	machine := sim.New(sim.Options{})
	d, err := driver.New(machine)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := d.Context(0)
	m, _ := c.Load("test", []byte(code))
	add, _ := m.Function("add")
	k := newBench(t, c, add)
	k.must(add.Launch(k.a, [3]uint32{1, 1, 1}, [3]uint32{33, 1, 1}, driver.Args(k.x, float32(1))))
	err = k.a.Synchronize()
	for _, want := range []string{"CUDA_ERROR_ILLEGAL_ADDRESS (700)", "add, block [0 0 0]", "warp 1",
		"4 bytes at address", "restart the kernel"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	if err := k.b.Synchronize(); err == nil {
		t.Error("a device that is lost goes on")
	}
}

// A driver that is too old, no device, and one that is too small are told apart.
func TestWhyNot(t *testing.T) {
	_, err := driver.New(sim.New(sim.Options{Version: 11040}))
	if !errors.Is(err, driver.ErrNoDriver) ||
		!strings.Contains(err.Error(), "CUDA 11.4, which is older than 11.8 (driver 520)") {
		t.Errorf("an old driver gives %v", err)
	}
	if _, err = driver.New(sim.New(sim.Options{Devices: -1})); !errors.Is(err, driver.ErrNoDriver) ||
		!strings.Contains(err.Error(), "CUDA_ERROR_NO_DEVICE") {
		t.Errorf("no device gives %v", err)
	}
	d, err := driver.New(sim.New(sim.Options{Major: 7, Minor: 5}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = d.Context(0); err == nil ||
		!strings.Contains(err.Error(), "compute capability 7.5 is older than 8.0") {
		t.Errorf("an old device gives %v", err)
	}
	if _, err = d.Context(1); err == nil {
		t.Error("there is a second device")
	}
	for n, want := range map[uint64]string{12: "12 bytes", 1536: "1.5 KiB", 3 << 30: "3.0 GiB"} {
		if got := driver.Bytes(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
}

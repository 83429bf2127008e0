package driver

import (
	"fmt"
	"runtime"
	"unsafe"
)

// Module is loaded code.
type Module struct {
	context *Context
	handle  Handle
}

// Load compiles PTX for the device; the driver keeps the result on disk for the next time.
func (c *Context) Load(what string, ptx []byte) (*Module, error) {
	m := &Module{context: c}
	image := append(append([]byte(nil), ptx...), 0)
	err := c.call(func(api API) Result { return api.ModuleLoadData(&m.handle, image) },
		"ModuleLoadData", "%s, %d bytes of PTX, for compute capability %d.%d", what, len(ptx),
		c.Info.Major, c.Info.Minor)
	if err != nil {
		return nil, err
	}
	c.count("module", 1)
	return m, nil
}

// Close unloads it.
func (m *Module) Close() error {
	if m == nil || m.handle == 0 {
		return nil
	}
	err := m.context.call(func(api API) Result { return api.ModuleUnload(m.handle) },
		"ModuleUnload", "")
	if err == nil {
		m.handle = 0
		m.context.count("module", -1)
	}
	return err
}

// Function is a kernel.
type Function struct {
	Name    string
	context *Context
	handle  Handle
}

// Function finds a kernel by name.
func (m *Module) Function(name string) (*Function, error) {
	f := &Function{Name: name, context: m.context}
	err := m.context.call(func(api API) Result {
		return api.ModuleGetFunction(&f.handle, m.handle, name)
	}, "ModuleGetFunction", "%s", name)
	return f, err
}

// Launch puts a kernel into a stream. args are pointers to the arguments, in order, each as wide
// as the kernel has it: Args makes them. They are read before Launch returns.
func (f *Function) Launch(s *Stream, grid, block [3]uint32, args []unsafe.Pointer) error {
	return f.context.call(func(api API) Result {
		return api.LaunchKernel(f.handle, grid, block, 0, s.handle, args)
	}, "LaunchKernel", "%s, grid %v, block %v", f.Name, grid, block)
}

// Args makes a kernel's arguments of device pointers, buffers, int32, float32 and uint64; an
// unsafe.Pointer points to an argument of another type, a struct as C has it.
func Args(values ...any) []unsafe.Pointer {
	args := make([]unsafe.Pointer, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case *Buffer:
			p := new(Pointer)
			if v != nil {
				*p = v.Pointer
			}
			args[i] = unsafe.Pointer(p)
		case Pointer:
			args[i] = unsafe.Pointer(&v)
		case int32:
			args[i] = unsafe.Pointer(&v)
		case float32:
			args[i] = unsafe.Pointer(&v)
		case uint64:
			args[i] = unsafe.Pointer(&v)
		case unsafe.Pointer:
			args[i] = v
		default:
			panic(fmt.Sprintf("driver: an argument of type %T is not known", v))
		}
	}
	runtime.KeepAlive(values)
	return args
}

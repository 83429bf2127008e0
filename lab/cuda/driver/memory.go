package driver

import (
	"errors"
	"fmt"
	"unsafe"
)

// Buffer is memory of the device, Float32s numbers or bytes of other kinds.
type Buffer struct {
	Pointer
	Bytes   uint64
	What    string
	context *Context
}

// Alloc takes memory from the device's pool. When there is not enough, the error is a
// MemoryError. A buffer of no bytes has pointer 0.
func (c *Context) Alloc(what string, bytes uint64) (*Buffer, error) {
	b := &Buffer{Bytes: bytes, What: what, context: c}
	if bytes == 0 {
		return b, nil
	}
	err := c.call(func(api API) Result {
		return api.MemAllocAsync(&b.Pointer, bytes, c.memory.handle)
	}, "MemAllocAsync", "%s, %d bytes", what, bytes)
	if err == nil {
		if err = c.memory.Synchronize(); err != nil { // so that every stream may use it
			return nil, errors.Join(err, c.freeAsync(b))
		}
	}
	var failed *Error
	if errors.As(err, &failed) && failed.Code == OutOfMemory {
		free, total, _ := c.Memory()
		return nil, &MemoryError{What: what, Needed: bytes, Free: free, Total: total,
			Device: c.Info.Name}
	}
	if err != nil {
		return nil, err
	}
	c.count("buffer", 1)
	c.mu.Lock()
	c.bytes += bytes
	c.mu.Unlock()
	return b, nil
}

// Free gives memory back. The streams that use it must have come to its last use.
func (b *Buffer) Free() error {
	if b == nil || b.Pointer == 0 {
		return nil
	}
	c := b.context
	err := c.freeAsync(b)
	if err == nil {
		b.Pointer = 0
		c.count("buffer", -1)
		c.mu.Lock()
		c.bytes -= b.Bytes
		c.mu.Unlock()
		err = c.memory.Synchronize()
	}
	return err
}

func (c *Context) freeAsync(b *Buffer) error {
	return c.call(func(api API) Result { return api.MemFreeAsync(b.Pointer, c.memory.handle) },
		"MemFreeAsync", "%s, %d bytes", b.What, b.Bytes)
}

// Pinned is memory of the host that copies of a stream may read and write while the program goes
// on.
type Pinned struct {
	Bytes   []byte
	context *Context
}

// Pin takes pinned memory.
func (c *Context) Pin(what string, bytes int) (*Pinned, error) {
	var p unsafe.Pointer
	err := c.call(func(api API) Result { return api.MemHostAlloc(&p, uint64(bytes), 0) },
		"MemHostAlloc", "%s, %d bytes", what, bytes)
	if err != nil {
		return nil, err
	}
	c.count("pinned memory", 1)
	return &Pinned{unsafe.Slice((*byte)(p), bytes), c}, nil
}

// Float32s is the memory as numbers.
func (p *Pinned) Float32s() []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(p.Bytes))), len(p.Bytes)/4)
}

// Int32s is the memory as indices.
func (p *Pinned) Int32s() []int32 {
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(p.Bytes))), len(p.Bytes)/4)
}

// Free gives it back.
func (p *Pinned) Free() error {
	if p == nil || p.Bytes == nil {
		return nil
	}
	err := p.context.call(func(api API) Result {
		return api.MemFreeHost(unsafe.Pointer(unsafe.SliceData(p.Bytes)))
	}, "MemFreeHost", "%d bytes", len(p.Bytes))
	if err == nil {
		p.Bytes = nil
		p.context.count("pinned memory", -1)
	}
	return err
}

// Write copies numbers to the device and waits until they are there.
func (s *Stream) Write(dst Pointer, src []float32) error {
	return s.write(dst, unsafe.Pointer(unsafe.SliceData(src)), 4*len(src))
}

// WriteInts copies indices to the device and waits until they are there.
func (s *Stream) WriteInts(dst Pointer, src []int32) error {
	return s.write(dst, unsafe.Pointer(unsafe.SliceData(src)), 4*len(src))
}

func (s *Stream) write(dst Pointer, src unsafe.Pointer, bytes int) error {
	if bytes == 0 {
		return nil
	}
	err := s.context.call(func(api API) Result {
		return api.MemcpyHtoDAsync(dst, src, uint64(bytes), s.handle)
	}, "MemcpyHtoDAsync", "%d bytes", bytes)
	return errors.Join(err, s.Synchronize())
}

// Read copies numbers from the device, when all before on the stream is done, and waits.
func (s *Stream) Read(dst []float32, src Pointer) error {
	if len(dst) == 0 {
		return nil
	}
	err := s.context.call(func(api API) Result {
		return api.MemcpyDtoHAsync(unsafe.Pointer(unsafe.SliceData(dst)), src, 4*uint64(len(dst)),
			s.handle)
	}, "MemcpyDtoHAsync", "%d bytes", 4*len(dst))
	return errors.Join(err, s.Synchronize())
}

// Send copies pinned memory to the device, in the order of the stream; the first bytes of it.
func (s *Stream) Send(dst Pointer, src *Pinned, bytes int) error {
	if bytes > len(src.Bytes) {
		return fmt.Errorf("driver: send %d bytes of pinned memory of %d", bytes, len(src.Bytes))
	}
	return s.context.call(func(api API) Result {
		return api.MemcpyHtoDAsync(dst, unsafe.Pointer(unsafe.SliceData(src.Bytes)), uint64(bytes),
			s.handle)
	}, "MemcpyHtoDAsync", "%d bytes", bytes)
}

// Receive copies from the device to pinned memory, in the order of the stream.
func (s *Stream) Receive(dst *Pinned, src Pointer, bytes int) error {
	if bytes > len(dst.Bytes) {
		return fmt.Errorf("driver: receive %d bytes into pinned memory of %d", bytes, len(dst.Bytes))
	}
	return s.context.call(func(api API) Result {
		return api.MemcpyDtoHAsync(unsafe.Pointer(unsafe.SliceData(dst.Bytes)), src, uint64(bytes),
			s.handle)
	}, "MemcpyDtoHAsync", "%d bytes", bytes)
}

// Copy copies within the device, in the order of the stream.
func (s *Stream) Copy(dst, src Pointer, bytes uint64) error {
	if bytes == 0 {
		return nil
	}
	return s.context.call(func(api API) Result {
		return api.MemcpyDtoDAsync(dst, src, bytes, s.handle)
	}, "MemcpyDtoDAsync", "%d bytes", bytes)
}

// Clear sets memory to zero, in the order of the stream.
func (s *Stream) Clear(dst Pointer, bytes uint64) error {
	if bytes == 0 {
		return nil
	}
	return s.context.call(func(api API) Result {
		return api.MemsetD8Async(dst, 0, bytes, s.handle)
	}, "MemsetD8Async", "%d bytes", bytes)
}

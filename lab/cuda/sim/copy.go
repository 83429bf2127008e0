package sim

import (
	"unsafe"

	"cliplab/lab/cuda/driver"
)

// isPinned tells whether bytes from p on are pinned memory.
func (m *Machine) isPinned(p unsafe.Pointer, n uint64) bool {
	for start, data := range m.pinned {
		if at := uintptr(p) - uintptr(start); uintptr(p) >= uintptr(start) &&
			uint64(at)+n <= uint64(len(data)) {
			return true
		}
	}
	return false
}

// transfer is a copy between slices that are found when it runs.
func (m *Machine) transfer(stream driver.Handle, what string,
	dst, src func() []byte) driver.Result {
	return m.enqueue(stream, work{what: what, run: func() driver.Result {
		to, from := dst(), src()
		if to == nil || from == nil {
			return m.fail(driver.InvalidValue, what+": bytes beyond an allocation")
		}
		copy(to, from)
		return driver.Success
	}})
}

// MemcpyHtoDAsync reads pinned memory when the stream comes to it, other memory at once.
func (m *Machine) MemcpyHtoDAsync(dst driver.Pointer, src unsafe.Pointer, bytes uint64,
	stream driver.Handle) driver.Result {
	leave, r := m.enterContext("MemcpyHtoDAsync")
	defer leave()
	if r != driver.Success {
		return r
	}
	from := unsafe.Slice((*byte)(src), bytes)
	if !m.isPinned(src, bytes) {
		from = append([]byte(nil), from...)
	}
	memory := m.memory()
	return m.transfer(stream, "copy to device", func() []byte { return memory.slice(dst, bytes) },
		func() []byte { return from })
}

// MemcpyDtoHAsync writes pinned memory when the stream comes to it; other memory before it
// returns.
func (m *Machine) MemcpyDtoHAsync(dst unsafe.Pointer, src driver.Pointer, bytes uint64,
	stream driver.Handle) driver.Result {
	leave, r := m.enterContext("MemcpyDtoHAsync")
	defer leave()
	if r != driver.Success {
		return r
	}
	to, memory := unsafe.Slice((*byte)(dst), bytes), m.memory()
	r = m.transfer(stream, "copy to host", func() []byte { return to },
		func() []byte { return memory.slice(src, bytes) })
	if r != driver.Success || m.isPinned(dst, bytes) {
		return r
	}
	s, _ := object[*queue](m, stream)
	if s.capture != nil {
		s.capture.invalid = true
		return driver.CaptureUnsupported
	}
	return m.reach(s, s.put)
}

// MemcpyDtoDAsync copies within the device.
func (m *Machine) MemcpyDtoDAsync(dst, src driver.Pointer, bytes uint64,
	stream driver.Handle) driver.Result {
	leave, r := m.enterContext("MemcpyDtoDAsync")
	defer leave()
	if r != driver.Success {
		return r
	}
	memory := m.memory()
	return m.transfer(stream, "copy on device", func() []byte { return memory.slice(dst, bytes) },
		func() []byte { return memory.slice(src, bytes) })
}

// MemsetD8Async fills with one byte.
func (m *Machine) MemsetD8Async(dst driver.Pointer, value byte, bytes uint64,
	stream driver.Handle) driver.Result {
	leave, r := m.enterContext("MemsetD8Async")
	defer leave()
	if r != driver.Success {
		return r
	}
	memory := m.memory()
	return m.enqueue(stream, work{what: "set", run: func() driver.Result {
		to := memory.slice(dst, bytes)
		if to == nil {
			return m.fail(driver.InvalidValue, "set: bytes beyond an allocation")
		}
		for i := range to {
			to[i] = value
		}
		return driver.Success
	}})
}

package sim

import (
	"unsafe"

	"cliplab/lab/cuda/driver"
)

// Init starts the driver.
func (m *Machine) Init(uint32) driver.Result {
	leave, r := m.enter("Init")
	defer leave()
	if r == driver.Success && m.options.Devices < 0 {
		return driver.NoDevice
	}
	return r
}

// DriverGetVersion is what Options say.
func (m *Machine) DriverGetVersion(version *int32) driver.Result {
	leave, r := m.enter("DriverGetVersion")
	defer leave()
	*version = int32(m.options.Version)
	return r
}

var names = map[driver.Result][2]string{
	driver.InvalidValue:   {"CUDA_ERROR_INVALID_VALUE", "invalid argument"},
	driver.OutOfMemory:    {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
	driver.NoDevice:       {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
	driver.InvalidContext: {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
	driver.InvalidPTX:     {"CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
	driver.InvalidHandle:  {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
	driver.NotFound:       {"CUDA_ERROR_NOT_FOUND", "named symbol not found"},
	driver.NotReady:       {"CUDA_ERROR_NOT_READY", "device not ready"},
	driver.IllegalAddress: {"CUDA_ERROR_ILLEGAL_ADDRESS",
		"an illegal memory access was encountered"},
	driver.LaunchFailed: {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
	driver.CaptureUnsupported: {"CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
		"operation not permitted when stream is capturing"},
	driver.CaptureUnjoined: {"CUDA_ERROR_STREAM_CAPTURE_UNJOINED",
		"capturing stream has unjoined work"},
	driver.GraphUpdateFailure: {"CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE",
		"the graph update was not performed"},
}

// GetErrorName is the name in cuda.h.
func (m *Machine) GetErrorName(r driver.Result) string { return names[r][0] }

// GetErrorString says it in words.
func (m *Machine) GetErrorString(r driver.Result) string { return names[r][1] }

// DeviceGetCount is what Options say.
func (m *Machine) DeviceGetCount(n *int32) driver.Result {
	leave, r := m.enter("DeviceGetCount")
	defer leave()
	*n = int32(m.options.Devices)
	return r
}

// DeviceGet is the ordinal itself.
func (m *Machine) DeviceGet(device *int32, ordinal int32) driver.Result {
	leave, r := m.enter("DeviceGet")
	defer leave()
	*device = ordinal
	return r
}

// DeviceGetName says that it is none.
func (m *Machine) DeviceGetName(name []byte, _ int32) driver.Result {
	leave, r := m.enter("DeviceGetName")
	defer leave()
	copy(name, "simulated device\x00")
	return r
}

// DeviceTotalMem is what Options say.
func (m *Machine) DeviceTotalMem(bytes *uint64, _ int32) driver.Result {
	leave, r := m.enter("DeviceTotalMem")
	defer leave()
	*bytes = m.options.Memory
	return r
}

// DeviceGetAttribute knows those that package driver asks for.
func (m *Machine) DeviceGetAttribute(value *int32, attribute, _ int32) driver.Result {
	leave, r := m.enter("DeviceGetAttribute")
	defer leave()
	switch attribute {
	case 13: // clock, kHz
		*value = 1000
	case 16: // multiprocessors
		*value = int32(m.options.Processors)
	case 115: // memory pools
		*value = 1
	case 75:
		*value = int32(m.options.Major)
	case 76:
		*value = int32(m.options.Minor)
	default:
		return driver.InvalidValue
	}
	return r
}

// DevicePrimaryCtxRetain holds a device.
func (m *Machine) DevicePrimaryCtxRetain(ctx *driver.Handle, device int32) driver.Result {
	leave, r := m.enter("DevicePrimaryCtxRetain")
	defer leave()
	if r == driver.Success {
		m.contexts[device]++
		*ctx = driver.Handle(device) + 1
	}
	return r
}

// DevicePrimaryCtxRelease lets it go.
func (m *Machine) DevicePrimaryCtxRelease(device int32) driver.Result {
	leave, r := m.enter("DevicePrimaryCtxRelease")
	defer leave()
	if m.contexts[device] == 0 {
		return driver.InvalidContext
	}
	m.contexts[device]--
	return r
}

// CtxSetCurrent is for the whole machine: its threads take turns.
func (m *Machine) CtxSetCurrent(ctx driver.Handle) driver.Result {
	leave, r := m.enter("CtxSetCurrent")
	defer leave()
	if r == driver.InvalidContext || m.contexts[int32(ctx)-1] == 0 {
		return driver.InvalidContext
	}
	m.current = int(ctx) - 1
	if r == m.broken {
		return driver.Success // what failed shows in the next call
	}
	return r
}

// MemGetInfo is what is left of Options' memory.
func (m *Machine) MemGetInfo(free, total *uint64) driver.Result {
	leave, r := m.enterContext("MemGetInfo")
	defer leave()
	if r == driver.Success {
		*free, *total = m.options.Memory-m.memory().used, m.options.Memory
	}
	return r
}

// MemAllocAsync takes memory at once; it is garbage.
func (m *Machine) MemAllocAsync(p *driver.Pointer, bytes uint64,
	stream driver.Handle) driver.Result {
	leave, r := m.enterContext("MemAllocAsync")
	defer leave()
	s, found := object[*queue](m, stream)
	switch {
	case r != driver.Success:
		return r
	case found != driver.Success:
		return found
	case bytes == 0:
		return driver.InvalidValue
	case s.capture != nil:
		return driver.CaptureUnsupported
	case bytes > m.options.Memory-m.memory().used:
		return driver.OutOfMemory
	}
	*p = driver.Pointer(m.memory().allocate(bytes))
	return driver.Success
}

// MemFreeAsync frees in the order of the stream.
func (m *Machine) MemFreeAsync(p driver.Pointer, stream driver.Handle) driver.Result {
	leave, r := m.enterContext("MemFreeAsync")
	defer leave()
	if r != driver.Success {
		return r
	}
	memory := m.memory()
	return m.enqueue(stream, work{what: "free", run: func() driver.Result {
		if !memory.free(uint64(p)) {
			return m.fail(driver.InvalidValue, "free of what is not allocated")
		}
		return driver.Success
	}})
}

// MemHostAlloc is memory of Go that the machine keeps.
func (m *Machine) MemHostAlloc(p *unsafe.Pointer, bytes uint64, _ uint32) driver.Result {
	leave, r := m.enterContext("MemHostAlloc")
	defer leave()
	if r != driver.Success || bytes == 0 {
		return max(r, driver.InvalidValue*driver.Result(flag(bytes == 0)))
	}
	words := make([]uint64, (bytes+7)/8)
	data := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), bytes)
	*p = unsafe.Pointer(unsafe.SliceData(data))
	m.pinned[*p] = data
	return driver.Success
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// MemFreeHost forgets it.
func (m *Machine) MemFreeHost(p unsafe.Pointer) driver.Result {
	leave, r := m.enterContext("MemFreeHost")
	defer leave()
	if m.pinned[p] == nil {
		return driver.InvalidValue
	}
	delete(m.pinned, p)
	return r
}

package driver

import "unsafe"

// Result is what a function of the driver returns, CUresult; 0 is success.
type Result int32

// Results that are told apart. The numbers are those of cuda.h.
const (
	Success            Result = 0
	InvalidValue       Result = 1
	OutOfMemory        Result = 2
	NotInitialized     Result = 3
	NoDevice           Result = 100
	InvalidDevice      Result = 101
	InvalidImage       Result = 200
	InvalidContext     Result = 201
	InvalidPTX         Result = 218
	InvalidHandle      Result = 400
	NotFound           Result = 500
	NotReady           Result = 600
	IllegalAddress     Result = 700
	LaunchFailed       Result = 719
	NotPermitted       Result = 800
	NotSupported       Result = 801
	CaptureUnsupported Result = 900
	CaptureInvalidated Result = 901
	CaptureUnjoined    Result = 904
	GraphUpdateFailure Result = 910
)

// Pointer is an address on a device, CUdeviceptr; 0 is none.
type Pointer uint64

// Handle is a context, stream, event, module, function or graph of the driver; 0 is none.
type Handle uintptr

// API is the functions of the driver that the lab uses, under their names without "cu". Calls
// but the first belong to the context that is current on the thread.
type API interface {
	Init(flags uint32) Result
	DriverGetVersion(version *int32) Result
	GetErrorName(r Result) string
	GetErrorString(r Result) string

	DeviceGetCount(n *int32) Result
	DeviceGet(device *int32, ordinal int32) Result
	DeviceGetName(name []byte, device int32) Result
	DeviceTotalMem(bytes *uint64, device int32) Result
	DeviceGetAttribute(value *int32, attribute, device int32) Result
	DevicePrimaryCtxRetain(ctx *Handle, device int32) Result
	DevicePrimaryCtxRelease(device int32) Result
	CtxSetCurrent(ctx Handle) Result

	MemGetInfo(free, total *uint64) Result
	MemAllocAsync(p *Pointer, bytes uint64, stream Handle) Result
	MemFreeAsync(p Pointer, stream Handle) Result
	MemHostAlloc(p *unsafe.Pointer, bytes uint64, flags uint32) Result
	MemFreeHost(p unsafe.Pointer) Result
	MemcpyHtoDAsync(dst Pointer, src unsafe.Pointer, bytes uint64, stream Handle) Result
	MemcpyDtoHAsync(dst unsafe.Pointer, src Pointer, bytes uint64, stream Handle) Result
	MemcpyDtoDAsync(dst, src Pointer, bytes uint64, stream Handle) Result
	MemsetD8Async(dst Pointer, value byte, bytes uint64, stream Handle) Result

	StreamCreate(stream *Handle, flags uint32) Result
	StreamDestroy(stream Handle) Result
	StreamSynchronize(stream Handle) Result
	StreamWaitEvent(stream, event Handle, flags uint32) Result
	StreamBeginCapture(stream Handle, mode uint32) Result
	StreamEndCapture(stream Handle, graph *Handle) Result
	EventCreate(event *Handle, flags uint32) Result
	EventDestroy(event Handle) Result
	EventRecord(event, stream Handle) Result
	EventSynchronize(event Handle) Result
	EventElapsedTime(ms *float32, start, end Handle) Result

	ModuleLoadData(module *Handle, image []byte) Result
	ModuleUnload(module Handle) Result
	ModuleGetFunction(f *Handle, module Handle, name string) Result
	LaunchKernel(f Handle, grid, block [3]uint32, shared uint32, stream Handle,
		params []unsafe.Pointer) Result

	GraphInstantiate(exec *Handle, graph Handle) Result
	GraphExecUpdate(exec, graph Handle) Result
	GraphLaunch(exec, stream Handle) Result
	GraphDestroy(graph Handle) Result
	GraphExecDestroy(exec Handle) Result
}

// Attributes of a device, CUdevice_attribute.
const (
	attributeClock          = 13 // kHz
	attributeMultiprocessor = 16
	attributeMajor          = 75
	attributeMinor          = 76
	attributePools          = 115
)

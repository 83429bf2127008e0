//go:build linux && (amd64 || arm64) && !nocuda

package driver

import "unsafe"

// library is libcuda. Its fields have the C signatures.
type library struct {
	cuInit             func(uint32) Result
	driverGetVersion   func(*int32) Result
	getErrorName       func(Result, **byte) Result
	getErrorString     func(Result, **byte) Result
	deviceGetCount     func(*int32) Result
	deviceGet          func(*int32, int32) Result
	deviceGetName      func(*byte, int32, int32) Result
	deviceTotalMem     func(*uint64, int32) Result
	deviceGetAttribute func(*int32, int32, int32) Result
	primaryRetain      func(*Handle, int32) Result
	primaryRelease     func(int32) Result
	ctxSetCurrent      func(Handle) Result
	memGetInfo         func(*uint64, *uint64) Result
	memAllocAsync      func(*Pointer, uint64, Handle) Result
	memFreeAsync       func(Pointer, Handle) Result
	memHostAlloc       func(*unsafe.Pointer, uint64, uint32) Result
	memFreeHost        func(unsafe.Pointer) Result
	memcpyHtoD         func(Pointer, unsafe.Pointer, uint64, Handle) Result
	memcpyDtoH         func(unsafe.Pointer, Pointer, uint64, Handle) Result
	memcpyDtoD         func(Pointer, Pointer, uint64, Handle) Result
	memsetD8           func(Pointer, uint8, uint64, Handle) Result
	streamCreate       func(*Handle, uint32) Result
	streamDestroy      func(Handle) Result
	streamSynchronize  func(Handle) Result
	streamWaitEvent    func(Handle, Handle, uint32) Result
	streamBeginCapture func(Handle, uint32) Result
	streamEndCapture   func(Handle, *Handle) Result
	eventCreate        func(*Handle, uint32) Result
	eventDestroy       func(Handle) Result
	eventRecord        func(Handle, Handle) Result
	eventSynchronize   func(Handle) Result
	eventElapsedTime   func(*float32, Handle, Handle) Result
	moduleLoadData     func(*Handle, *byte) Result
	moduleUnload       func(Handle) Result
	moduleGetFunction  func(*Handle, Handle, string) Result
	launchKernel       func(f Handle, gx, gy, gz, bx, by, bz, shared uint32, stream Handle,
		params *unsafe.Pointer, extra unsafe.Pointer) Result
	graphInstantiate func(*Handle, Handle, uint64) Result
	graphExecUpdate  func(Handle, Handle, *Handle, *int32) Result
	graphExecUpdate2 func(Handle, Handle, unsafe.Pointer) Result
	graphLaunch      func(Handle, Handle) Result
	graphDestroy     func(Handle) Result
	graphExecDestroy func(Handle) Result
}

func (l *library) bind(lib uintptr) error {
	err := register(lib, []symbol{{&l.cuInit, "cuInit"}, {&l.driverGetVersion, "cuDriverGetVersion"},
		{&l.getErrorName, "cuGetErrorName"}, {&l.getErrorString, "cuGetErrorString"},
		{&l.deviceGetCount, "cuDeviceGetCount"}, {&l.deviceGet, "cuDeviceGet"},
		{&l.deviceGetName, "cuDeviceGetName"}, {&l.deviceTotalMem, "cuDeviceTotalMem_v2"},
		{&l.deviceGetAttribute, "cuDeviceGetAttribute"},
		{&l.primaryRetain, "cuDevicePrimaryCtxRetain"},
		{&l.primaryRelease, "cuDevicePrimaryCtxRelease_v2"}, {&l.ctxSetCurrent, "cuCtxSetCurrent"},
		{&l.memGetInfo, "cuMemGetInfo_v2"}, {&l.memAllocAsync, "cuMemAllocAsync"},
		{&l.memFreeAsync, "cuMemFreeAsync"}, {&l.memHostAlloc, "cuMemHostAlloc"},
		{&l.memFreeHost, "cuMemFreeHost"}, {&l.memcpyHtoD, "cuMemcpyHtoDAsync_v2"},
		{&l.memcpyDtoH, "cuMemcpyDtoHAsync_v2"}, {&l.memcpyDtoD, "cuMemcpyDtoDAsync_v2"},
		{&l.memsetD8, "cuMemsetD8Async"}, {&l.streamCreate, "cuStreamCreate"},
		{&l.streamDestroy, "cuStreamDestroy_v2"}, {&l.streamSynchronize, "cuStreamSynchronize"},
		{&l.streamWaitEvent, "cuStreamWaitEvent"}, {&l.streamBeginCapture, "cuStreamBeginCapture_v2"},
		{&l.streamEndCapture, "cuStreamEndCapture"}, {&l.eventCreate, "cuEventCreate"},
		{&l.eventDestroy, "cuEventDestroy_v2"}, {&l.eventRecord, "cuEventRecord"},
		{&l.eventSynchronize, "cuEventSynchronize"}, {&l.eventElapsedTime, "cuEventElapsedTime"},
		{&l.moduleLoadData, "cuModuleLoadData"}, {&l.moduleUnload, "cuModuleUnload"},
		{&l.moduleGetFunction, "cuModuleGetFunction"}, {&l.launchKernel, "cuLaunchKernel"},
		{&l.graphInstantiate, "cuGraphInstantiateWithFlags"}, {&l.graphLaunch, "cuGraphLaunch"},
		{&l.graphDestroy, "cuGraphDestroy"}, {&l.graphExecDestroy, "cuGraphExecDestroy"}})
	if err != nil {
		return err
	}
	// CUDA 12 has another signature, under a new name; drivers keep both.
	if register(lib, []symbol{{&l.graphExecUpdate2, "cuGraphExecUpdate_v2"}}) == nil {
		return nil
	}
	return register(lib, []symbol{{&l.graphExecUpdate, "cuGraphExecUpdate"}})
}

// The methods of API; those that take slices hand over where they start.

func (l *library) Init(flags uint32) Result { return l.cuInit(flags) }

func (l *library) DriverGetVersion(version *int32) Result { return l.driverGetVersion(version) }

func (l *library) GetErrorName(r Result) string {
	var p *byte
	l.getErrorName(r, &p)
	return text(p)
}

func (l *library) GetErrorString(r Result) string {
	var p *byte
	l.getErrorString(r, &p)
	return text(p)
}

func (l *library) DeviceGetCount(n *int32) Result { return l.deviceGetCount(n) }

func (l *library) DeviceGet(device *int32, ordinal int32) Result {
	return l.deviceGet(device, ordinal)
}

func (l *library) DeviceGetName(name []byte, device int32) Result {
	return l.deviceGetName(&name[0], int32(len(name)), device)
}

func (l *library) DeviceTotalMem(bytes *uint64, device int32) Result {
	return l.deviceTotalMem(bytes, device)
}

func (l *library) DeviceGetAttribute(value *int32, attribute, device int32) Result {
	return l.deviceGetAttribute(value, attribute, device)
}

func (l *library) DevicePrimaryCtxRetain(ctx *Handle, device int32) Result {
	return l.primaryRetain(ctx, device)
}

func (l *library) DevicePrimaryCtxRelease(device int32) Result { return l.primaryRelease(device) }

func (l *library) CtxSetCurrent(ctx Handle) Result { return l.ctxSetCurrent(ctx) }

func (l *library) MemGetInfo(free, total *uint64) Result { return l.memGetInfo(free, total) }

func (l *library) MemAllocAsync(p *Pointer, bytes uint64, stream Handle) Result {
	return l.memAllocAsync(p, bytes, stream)
}

func (l *library) MemFreeAsync(p Pointer, stream Handle) Result { return l.memFreeAsync(p, stream) }

func (l *library) MemHostAlloc(p *unsafe.Pointer, bytes uint64, flags uint32) Result {
	return l.memHostAlloc(p, bytes, flags)
}

func (l *library) MemFreeHost(p unsafe.Pointer) Result { return l.memFreeHost(p) }

func (l *library) MemcpyHtoDAsync(dst Pointer, src unsafe.Pointer, bytes uint64,
	stream Handle) Result {
	return l.memcpyHtoD(dst, src, bytes, stream)
}

func (l *library) MemcpyDtoHAsync(dst unsafe.Pointer, src Pointer, bytes uint64,
	stream Handle) Result {
	return l.memcpyDtoH(dst, src, bytes, stream)
}

func (l *library) MemcpyDtoDAsync(dst, src Pointer, bytes uint64, stream Handle) Result {
	return l.memcpyDtoD(dst, src, bytes, stream)
}

func (l *library) MemsetD8Async(dst Pointer, value byte, bytes uint64, stream Handle) Result {
	return l.memsetD8(dst, value, bytes, stream)
}

func (l *library) StreamCreate(stream *Handle, flags uint32) Result {
	return l.streamCreate(stream, flags)
}

func (l *library) StreamDestroy(stream Handle) Result { return l.streamDestroy(stream) }

func (l *library) StreamSynchronize(stream Handle) Result { return l.streamSynchronize(stream) }

func (l *library) StreamWaitEvent(stream, event Handle, flags uint32) Result {
	return l.streamWaitEvent(stream, event, flags)
}

func (l *library) StreamBeginCapture(stream Handle, mode uint32) Result {
	return l.streamBeginCapture(stream, mode)
}

func (l *library) StreamEndCapture(stream Handle, graph *Handle) Result {
	return l.streamEndCapture(stream, graph)
}

func (l *library) EventCreate(event *Handle, flags uint32) Result {
	return l.eventCreate(event, flags)
}

func (l *library) EventDestroy(event Handle) Result { return l.eventDestroy(event) }

func (l *library) EventRecord(event, stream Handle) Result { return l.eventRecord(event, stream) }

func (l *library) EventSynchronize(event Handle) Result { return l.eventSynchronize(event) }

func (l *library) EventElapsedTime(ms *float32, start, end Handle) Result {
	return l.eventElapsedTime(ms, start, end)
}

func (l *library) ModuleLoadData(module *Handle, image []byte) Result {
	return l.moduleLoadData(module, &image[0])
}

func (l *library) ModuleUnload(module Handle) Result { return l.moduleUnload(module) }

func (l *library) ModuleGetFunction(f *Handle, module Handle, name string) Result {
	return l.moduleGetFunction(f, module, name)
}

func (l *library) LaunchKernel(f Handle, grid, block [3]uint32, shared uint32, stream Handle,
	params []unsafe.Pointer) Result {
	return l.launchKernel(f, grid[0], grid[1], grid[2], block[0], block[1], block[2], shared, stream,
		unsafe.SliceData(params), nil)
}

func (l *library) GraphInstantiate(exec *Handle, graph Handle) Result {
	return l.graphInstantiate(exec, graph, 0)
}

func (l *library) GraphExecUpdate(exec, graph Handle) Result {
	if l.graphExecUpdate2 != nil {
		var info [3]uint64 // CUgraphExecUpdateResultInfo: a result and two nodes
		return l.graphExecUpdate2(exec, graph, unsafe.Pointer(&info))
	}
	var node Handle
	var result int32
	return l.graphExecUpdate(exec, graph, &node, &result)
}

func (l *library) GraphLaunch(exec, stream Handle) Result { return l.graphLaunch(exec, stream) }

func (l *library) GraphDestroy(graph Handle) Result { return l.graphDestroy(graph) }

func (l *library) GraphExecDestroy(exec Handle) Result { return l.graphExecDestroy(exec) }

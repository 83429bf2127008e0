// A stand-in for libcuda.so.1 that keeps "device" memory on the heap and checks what reaches it:
// whether package driver calls each function as cuda.h declares it. Kernels do not run; a launch
// notes its numbers in its first argument's memory. Test TestAgainstHeader compiles it.
#include <cuda.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static CUcontext now;
#define CONTEXT ((CUcontext)0x1234)
#define CHECK() if (now != CONTEXT) return CUDA_ERROR_INVALID_CONTEXT

CUresult cuInit(unsigned f) { return f ? CUDA_ERROR_INVALID_VALUE : 0; }
CUresult cuDriverGetVersion(int *v) { *v = 12090; return 0; }
CUresult cuGetErrorName(CUresult e, const char **s) { *s = e == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : "OTHER"; return 0; }
CUresult cuGetErrorString(CUresult e, const char **s) { *s = "text"; return 0; }
CUresult cuDeviceGetCount(int *n) { *n = 1; return 0; }
CUresult cuDeviceGet(CUdevice *d, int i) { *d = i + 40; return 0; }
CUresult cuDeviceGetName(char *s, int n, CUdevice d) { snprintf(s, n, "stand-in %d", d); return 0; }
CUresult cuDeviceTotalMem(size_t *n, CUdevice d) { *n = (size_t)5 << 32; return 0; }
CUresult cuDeviceGetAttribute(int *v, CUdevice_attribute a, CUdevice d) {
  *v = a == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR ? 9
     : a == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR ? 0
     : a == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT ? 132
     : a == CU_DEVICE_ATTRIBUTE_CLOCK_RATE ? 1980000
     : a == CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED ? 1 : -1;
  return 0;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext *c, CUdevice d) { *c = CONTEXT; return 0; }
CUresult cuDevicePrimaryCtxRelease(CUdevice d) { return 0; }
CUresult cuCtxSetCurrent(CUcontext c) { now = c; return 0; }
CUresult cuMemGetInfo(size_t *f, size_t *t) { CHECK(); *f = (size_t)3 << 32; *t = (size_t)5 << 32; return 0; }
CUresult cuMemAllocAsync(CUdeviceptr *p, size_t n, CUstream s) {
  CHECK();
  if (n > (size_t)1 << 40) return CUDA_ERROR_OUT_OF_MEMORY;
  *p = (CUdeviceptr)malloc(n);
  return 0;
}
CUresult cuMemFreeAsync(CUdeviceptr p, CUstream s) { CHECK(); free((void *)p); return 0; }
CUresult cuMemHostAlloc(void **p, size_t n, unsigned f) { CHECK(); *p = malloc(n); return 0; }
CUresult cuMemFreeHost(void *p) { CHECK(); free(p); return 0; }
CUresult cuMemcpyHtoDAsync(CUdeviceptr d, const void *s, size_t n, CUstream st) { CHECK(); memcpy((void *)d, s, n); return 0; }
CUresult cuMemcpyDtoHAsync(void *d, CUdeviceptr s, size_t n, CUstream st) { CHECK(); memcpy(d, (void *)s, n); return 0; }
CUresult cuMemcpyDtoDAsync(CUdeviceptr d, CUdeviceptr s, size_t n, CUstream st) { CHECK(); memcpy((void *)d, (void *)s, n); return 0; }
CUresult cuMemsetD8Async(CUdeviceptr d, unsigned char v, size_t n, CUstream st) { CHECK(); memset((void *)d, v, n); return 0; }
CUresult cuStreamCreate(CUstream *s, unsigned f) { CHECK(); if (f != CU_STREAM_NON_BLOCKING) return 1; *s = (CUstream)0x77; return 0; }
CUresult cuStreamDestroy(CUstream s) { CHECK(); return s == (CUstream)0x77 ? 0 : 400; }
CUresult cuStreamSynchronize(CUstream s) { CHECK(); return s == (CUstream)0x77 ? 0 : 400; }
CUresult cuStreamWaitEvent(CUstream s, CUevent e, unsigned f) { CHECK(); return e == (CUevent)0x88 ? 0 : 400; }
CUresult cuStreamBeginCapture(CUstream s, CUstreamCaptureMode m) { CHECK(); return m == CU_STREAM_CAPTURE_MODE_RELAXED ? 0 : 1; }
CUresult cuStreamEndCapture(CUstream s, CUgraph *g) { CHECK(); *g = (CUgraph)0x99; return 0; }
CUresult cuEventCreate(CUevent *e, unsigned f) { CHECK(); *e = (CUevent)0x88; return 0; }
CUresult cuEventDestroy(CUevent e) { CHECK(); return e == (CUevent)0x88 ? 0 : 400; }
CUresult cuEventRecord(CUevent e, CUstream s) { CHECK(); return e == (CUevent)0x88 && s == (CUstream)0x77 ? 0 : 400; }
CUresult cuEventSynchronize(CUevent e) { CHECK(); return 0; }
CUresult cuEventElapsedTime(float *ms, CUevent a, CUevent b) { CHECK(); *ms = 2.5f; return 0; }
CUresult cuModuleLoadData(CUmodule *m, const void *image) { CHECK(); if (strncmp(image, ".version", 8)) return 200; *m = (CUmodule)0xaa; return 0; }
CUresult cuModuleUnload(CUmodule m) { CHECK(); return m == (CUmodule)0xaa ? 0 : 400; }
CUresult cuModuleGetFunction(CUfunction *f, CUmodule m, const char *name) { CHECK(); if (strcmp(name, "add")) return 500; *f = (CUfunction)0xbb; return 0; }
CUresult cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                        unsigned shared, CUstream s, void **params, void **extra) {
  CHECK();
  if (f != (CUfunction)0xbb || s != (CUstream)0x77 || shared || extra) return 1;
  float *to = *(float **)params[0];
  float all[] = {gx, gy, gz, bx, by, bz, *(float *)params[1]};
  memcpy(to, all, sizeof all);
  return 0;
}
CUresult cuGraphInstantiateWithFlags(CUgraphExec *x, CUgraph g, unsigned long long f) { CHECK(); if (f || g != (CUgraph)0x99) return 1; *x = (CUgraphExec)0xcc; return 0; }
CUresult cuGraphExecUpdate(CUgraphExec x, CUgraph g, CUgraphExecUpdateResultInfo *info) { CHECK(); memset(info, 0, sizeof *info); return x == (CUgraphExec)0xcc ? 0 : 400; }
CUresult cuGraphLaunch(CUgraphExec x, CUstream s) { CHECK(); return x == (CUgraphExec)0xcc && s == (CUstream)0x77 ? 0 : 400; }
CUresult cuGraphDestroy(CUgraph g) { CHECK(); return g == (CUgraph)0x99 ? 0 : 400; }
CUresult cuGraphExecDestroy(CUgraphExec x) { CHECK(); return x == (CUgraphExec)0xcc ? 0 : 400; }

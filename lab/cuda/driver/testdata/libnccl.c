// A stand-in for libnccl.so.2 on the memory of the stand-in for libcuda. It is compiled against
// nccl.h, so that names, numbers and arguments are NVIDIA's. As NCCL does, it keeps a group's calls
// by thread and does them when the group ends.
#include <nccl.h>
#include <stdlib.h>
#include <string.h>

struct ncclComm { int rank, ranks, device; };
typedef struct { int sum; const float *send; float *recv; size_t count; ncclComm_t comm; } call;
static __thread int depth, n;
static __thread call calls[16];

ncclResult_t ncclGetVersion(int *v) { *v = NCCL_VERSION_CODE; return ncclSuccess; }
const char *ncclGetErrorString(ncclResult_t r) { return r == ncclInvalidUsage ? "invalid usage" : "other"; }
ncclResult_t ncclCommInitAll(ncclComm_t *comms, int ndev, const int *devices) {
  for (int i = 0; i < ndev; i++) {
    comms[i] = malloc(sizeof *comms[i]);
    *comms[i] = (struct ncclComm){i, ndev, devices[i]};
  }
  return ncclSuccess;
}
ncclResult_t ncclCommDestroy(ncclComm_t c) { free(c); return ncclSuccess; }
ncclResult_t ncclCommGetAsyncError(ncclComm_t c, ncclResult_t *r) { *r = ncclSuccess; return ncclSuccess; }
ncclResult_t ncclGroupStart(void) { depth++; n = 0; return ncclSuccess; }
static ncclResult_t note(int sum, const void *send, void *recv, size_t count, ncclDataType_t kind, ncclComm_t comm, cudaStream_t s) {
  if (!depth || kind != ncclFloat32 || s != (cudaStream_t)0x77 || n == 16) return ncclInvalidUsage;
  calls[n++] = (call){sum, send, recv, count, comm};
  return ncclSuccess;
}
ncclResult_t ncclAllReduce(const void *send, void *recv, size_t count, ncclDataType_t kind, ncclRedOp_t op, ncclComm_t comm, cudaStream_t s) {
  return op == ncclSum ? note(1, send, recv, count, kind, comm, s) : ncclInvalidArgument;
}
ncclResult_t ncclAllGather(const void *send, void *recv, size_t count, ncclDataType_t kind, ncclComm_t comm, cudaStream_t s) {
  return note(0, send, recv, count, kind, comm, s);
}
ncclResult_t ncclGroupEnd(void) {
  if (!depth--) return ncclInvalidUsage;
  if (!n) return ncclSuccess;
  size_t count = calls[0].count;
  if (n != calls[0].comm->ranks) return ncclInvalidUsage;
  float *all = malloc(n * count * sizeof(float));
  for (int i = 0; i < n; i++) memcpy(all + calls[i].comm->rank * count, calls[i].send, count * sizeof(float));
  for (int i = 0; i < n; i++)
    if (!calls[i].sum) memcpy(calls[i].recv, all, n * count * sizeof(float));
    else
      for (size_t j = 0; j < count; j++) {
        float sum = 0;
        for (int k = 0; k < n; k++) sum += all[k * count + j];
        calls[i].recv[j] = sum;
      }
  free(all);
  return ncclSuccess;
}

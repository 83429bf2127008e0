// Kernels of package lab/cuda: one op of lab/ops each, in the order of its files. All arrays are
// row-major. Files are compiled as one, in the order of their names: this one is the first.
//
// Legend: B batch, T tokens, C width, H heads, D embed dim, N pairs.

typedef unsigned int u32;
typedef unsigned short u16;

// Numbers in memory: fp32, or bf16 where half the bytes are worth it. Arithmetic is fp32.
struct Bf16 {
  u16 bits;
};

#define KERNEL extern "C" __global__ void

// at is the element of a thread where one thread serves one element.
static __device__ size_t at() { return (size_t)blockIdx.x * blockDim.x + threadIdx.x; }

// row is the row of a warp where one warp serves one row.
static __device__ int row() { return (blockIdx.x * blockDim.x + threadIdx.x) / 32; }
static __device__ int lane() { return threadIdx.x % 32; }

// warp_sum gives every lane the sum over the warp, always added in the same order.
static __device__ float warp_sum(float x) {
  for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(0xffffffffu, x, step);
  return x;
}

static __device__ float warp_max(float x) {
  for (int step = 16; step > 0; step /= 2) {
    float other = __shfl_xor_sync(0xffffffffu, x, step);
    x = x != x || x > other ? x : other;  // NaN wins, as in the plain loop
  }
  return x;
}

static __device__ float infinity() { return __int_as_float(0x7f800000); }

// block_sum adds up over a block of 256 threads; thread 0 has the sum.
static __device__ double block_sum(double x) {
  __shared__ double parts[256];
  __syncthreads();
  parts[threadIdx.x] = x;
  __syncthreads();
  for (int half = 128; half > 0; half /= 2) {
    if (threadIdx.x < half) parts[threadIdx.x] += parts[threadIdx.x + half];
    __syncthreads();
  }
  return parts[0];
}

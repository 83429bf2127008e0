// Matrix products c = a.b + bias + residual (+ c), bias and residual may be 0. Element (i, p) of a
// is a[i*ars + p*acs], (p, j) of b is b[p*brs + j*bcs]: strides stand for the transposed forms.
//
// Where m and n are small and k is large, blocks of gridDim.z share k in slices: slice z leaves its
// sums in matrix z of c, and the host has them added up.

struct Product {
  float* c;
  const float *a, *b, *bias, *residual;
  int m, n, k, ars, acs, brs, bcs, add, slice;
};

// slice_of is the product of this block's slice, and where in k that begins.
static __device__ Product slice_of(Product p, int* begin) {
  *begin = blockIdx.z * p.slice;
  p.k = min(p.k, *begin + p.slice);
  p.c += (size_t)blockIdx.z * p.m * p.n;
  return p;
}

static __device__ void finish(const Product& p, int i, int j, float x) {
  if (i >= p.m || j >= p.n) return;
  size_t to = (size_t)i * p.n + j;
  if (p.bias) x += p.bias[j];
  if (p.residual) x += p.residual[to];
  if (p.add) x += p.c[to];
  p.c[to] = x;
}

// Offsets are 32 bits wide: the host refuses matrices of 2^32 numbers.
static __device__ float element(const float* x, int i, int p, int rows, int depth, int rs,
                                int cs) {
  return i < rows && p < depth ? x[(u32)i * (u32)rs + (u32)p * (u32)cs] : 0.0f;
}

// gemm_f32: a block of 16x16 threads makes a tile of 64x64, a thread 4x4 of it.
// grid (ceil(n/64), ceil(m/64), slices), block 256
KERNEL gemm_f32(Product whole) {
  int begin;
  Product p = slice_of(whole, &begin);
  __shared__ float as[16][68], bs[16][68];
  int tx = threadIdx.x % 16, ty = threadIdx.x / 16, i0 = blockIdx.y * 64, j0 = blockIdx.x * 64;
  float sum[4][4];
#pragma unroll
  for (int i = 0; i < 16; i++) sum[i / 4][i % 4] = 0;
#pragma unroll 1
  for (int k0 = begin; k0 < p.k; k0 += 16) {
    __syncthreads();
#pragma unroll
    for (int e = 0; e < 4; e++) {
      int at = threadIdx.x + e * 256;  // neighbours read neighbours, whichever way a matrix lies
      int ai = p.acs == 1 ? at / 16 : at % 64, ak = p.acs == 1 ? at % 16 : at / 64;
      as[ak][ai] = element(p.a, i0 + ai, k0 + ak, p.m, p.k, p.ars, p.acs);
      int bj = p.brs == 1 ? at / 16 : at % 64, bk = p.brs == 1 ? at % 16 : at / 64;
      bs[bk][bj] = element(p.b, j0 + bj, k0 + bk, p.n, p.k, p.bcs, p.brs);
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < 16; k++)
#pragma unroll
      for (int i = 0; i < 4; i++)
#pragma unroll
        for (int j = 0; j < 4; j++) sum[i][j] += as[k][ty * 4 + i] * bs[k][tx * 4 + j];
  }
#pragma unroll
  for (int i = 0; i < 4; i++)
#pragma unroll
    for (int j = 0; j < 4; j++) finish(p, i0 + ty * 4 + i, j0 + tx * 4 + j, sum[i][j]);
}

// Tensor cores in tf32. Operands are fp32 in memory and rounded on the way to shared memory; sums are
// fp32. Products in bf16 are in gemm_bf16.cu.

enum { WORDS = 16, PITCH = 20 };  // a pitch of 20 words: the lanes of a warp hit 32 banks

// take reads words of SIZE rows into registers, keep writes them to shared memory. PER is how
// many words a thread has.
template <int SIZE, int PER>
static __device__ void take(u32* to, const float* x, int i0, int k0, int rows, int depth, int rs,
                            int cs) {
#pragma unroll
  for (int e = 0; e < PER; e++) {
    int at = threadIdx.x + e * (SIZE * WORDS / PER);
    int i = cs == 1 ? at / WORDS : at % SIZE, w = cs == 1 ? at % WORDS : at / SIZE;
    to[e] = tf32(element(x, i0 + i, k0 + w, rows, depth, rs, cs));
  }
}

template <int SIZE, int PER>
static __device__ void keep(u32 (*to)[PITCH], const u32* from, int cs) {
#pragma unroll
  for (int e = 0; e < PER; e++) {
    int at = threadIdx.x + e * (SIZE * WORDS / PER);
    int i = cs == 1 ? at / WORDS : at % SIZE, w = cs == 1 ? at % WORDS : at / SIZE;
    to[i][w] = from[e];
  }
}

// gemm_mma: a block of WM x WN warps makes a tile of TM x TN; the next words are on their way
// while these are multiplied. grid (ceil(n/TN), ceil(m/TM), slices), block 32 WM WN
template <int TM, int TN, int WM, int WN>
static __device__ void gemm_mma(const Product& whole) {
  enum { THREADS = 32 * WM * WN, PA = TM * WORDS / THREADS, PB = TN * WORDS / THREADS };
  enum { MI = TM / WM / 16, NI = TN / WN / 8 };
  __shared__ u32 as[TM][PITCH], bs[TN][PITCH];
  int begin;
  Product p = slice_of(whole, &begin);
  int warp = threadIdx.x / 32, group = lane() / 4, quad = lane() % 4;
  int i0 = blockIdx.y * TM, j0 = blockIdx.x * TN;
  int wi = warp / WN * (TM / WM), wj = warp % WN * (TN / WN);
  float sum[MI][NI][4];
  u32 a[PA], b[PB];
#pragma unroll
  for (int i = 0; i < MI * NI * 4; i++) sum[i / (4 * NI)][i / 4 % NI][i % 4] = 0;
  take<TM, PA>(a, p.a, i0, begin, p.m, p.k, p.ars, p.acs);
  take<TN, PB>(b, p.b, j0, begin, p.n, p.k, p.bcs, p.brs);
#pragma unroll 1
  for (int k0 = begin; k0 < p.k; k0 += WORDS) {
    __syncthreads();
    keep<TM, PA>(as, a, p.acs);
    keep<TN, PB>(bs, b, p.brs);
    __syncthreads();
    take<TM, PA>(a, p.a, i0, k0 + WORDS, p.m, p.k, p.ars, p.acs);
    take<TN, PB>(b, p.b, j0, k0 + WORDS, p.n, p.k, p.bcs, p.brs);
#pragma unroll
    for (int w = 0; w < WORDS; w += 8) {
      u32 left[MI][4], right[NI][2];
#pragma unroll
      for (int i = 0; i < MI; i++)
#pragma unroll
        for (int e = 0; e < 4; e++)
          left[i][e] = as[wi + i * 16 + group + e % 2 * 8][w + quad + e / 2 * 4];
#pragma unroll
      for (int j = 0; j < NI; j++)
#pragma unroll
        for (int e = 0; e < 2; e++) right[j][e] = bs[wj + j * 8 + group][w + quad + e * 4];
#pragma unroll
      for (int i = 0; i < MI; i++)
#pragma unroll
        for (int j = 0; j < NI; j++) mma(sum[i][j], left[i], right[j], false);
    }
  }
#pragma unroll
  for (int i = 0; i < MI; i++)
#pragma unroll
    for (int j = 0; j < NI; j++)
#pragma unroll
      for (int e = 0; e < 4; e++)
        finish(p, i0 + wi + i * 16 + group + e / 2 * 8, j0 + wj + j * 8 + quad * 2 + e % 2,
               sum[i][j][e]);
}

// At most so many registers that one block of 128x128, or three of 64x64, fit a multiprocessor: with
// one block more they would spill.
#define TILES(THREADS, BLOCKS) extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)

TILES(128, 3) gemm_tf32_64(Product p) { gemm_mma<64, 64, 2, 2>(p); }
TILES(256, 1) gemm_tf32_128(Product p) { gemm_mma<128, 128, 2, 4>(p); }

// Matrix products of bf16 in memory, c = act(a.b + bias) + residual (+ c): a is [m, k], or TA [k, m];
// b is [k, n], or TB [n, k]. Tiles are on their way to shared memory three stages deep, without
// passing through registers, and stay in the order of memory: `matrices` turns what has to be turned.
// Sums, bias and residual are fp32, c is fp32 or bf16.
//
// Arrays start at multiples of 16 bytes; rows need not, but are brought slowly then.

enum Act { PLAIN, QUICK, EXACT, QUICK_GRAD, EXACT_GRAD };

// Product16 is a product and what is done to it on the way out. Of an activation `pre` keeps what
// went in; of its gradient it is that, and the product is multiplied by the slope there. sums [m], or
// 0, are those of a's rows: of a gradient that is a bias's.
struct Product16 {
  void* c;
  const Bf16 *a, *b;
  const float *bias, *residual;
  Bf16* pre;
  float* sums;
  int m, n, k, lda, ldb, add, slice, half, act;
};

static __device__ float finished(const Product16& p, int j, size_t to, float x) {
  if (p.bias) x += p.bias[j];
  if (p.act != PLAIN) {
    if (p.act <= EXACT) {
      store(p.pre + to, x);
      x = p.act == QUICK ? quick(x) : exact(x);
    } else {
      float before = load(p.pre + to);
      x *= p.act == QUICK_GRAD ? quick_slope(before) : exact_slope(before);
    }
  }
  if (p.residual) x += p.residual[to];
  if (p.add) x += ((const float*)p.c)[to];
  return x;
}

// two finishes two neighbours.
static __device__ void two(const Product16& p, int i, int j, float a, float b) {
  if (i >= p.m || j >= p.n) return;
  size_t to = (size_t)i * p.n + j;
  a = finished(p, j, to, a);
  if (j + 1 < p.n) b = finished(p, j + 1, to + 1, b);
  if (p.half)
    pair((Bf16*)p.c + to, a, b, p.n - j, p.n % 2 == 0);
  else
    pair((float*)p.c + to, a, b, p.n - j, p.n % 2 == 0);
}

// finish_bf16 finishes a product that a library left in c, a thread two neighbours.
KERNEL finish_bf16(Product16 p, size_t n) {
  size_t at_ = at();
  if (at_ >= n) return;
  int half = (p.n + 1) / 2, i = (int)(at_ / half), j = (int)(at_ % half) * 2;
  size_t from = (size_t)i * p.n + j;
  float x[2] = {0, 0};
  for (int e = 0; e < 2 && j + e < p.n; e++)
    x[e] = p.half ? load((const Bf16*)p.c + from + e) : ((const float*)p.c)[from + e];
  two(p, i, j, x[0], x[1]);
}

enum { DEPTH = 32, STAGES = 3 };

// bring_side starts to fetch a tile of one operand: rows i0.. of the result's side, k0.. in depth.
template <int SIZE, bool TURNED, int THREADS>
static __device__ void bring_side(u32* tile, const Bf16* x, int i0, int k0, int rows, int depth,
                                  int ld) {
  enum { CHUNKS = (TURNED ? SIZE : DEPTH) / 8 };
  int first = TURNED ? k0 : i0, lines = TURNED ? depth : rows;
  int left0 = TURNED ? rows - i0 : depth - k0;
#pragma unroll
  for (int e = 0; e < SIZE * DEPTH / 8 / THREADS; e++) {
    int at = threadIdx.x + e * THREADS, r = at / CHUNKS, c = at % CHUNKS * 8;
    int left = first + r < lines ? left0 - c : 0;
    const Bf16* from = x + (size_t)(first + r) * ld + (TURNED ? i0 : k0) + c;
    u32* to = tile + place<CHUNKS>(r, c / 2);
    if (ld % 8 == 0) {
      fetch(to, left > 0 ? from : x, left > 0);
      continue;
    }
#pragma unroll 1
    for (int k = 0; k < 4; k++) to[k] = word(from + 2 * k, left - 2 * k, false);
  }
}

// A block of WM x WN warps makes a tile of TM x TN.
// grid (ceil(n/TN), ceil(m/TM), slices), block 32 WM WN
template <int TM, int TN, int WM, int WN, bool TA, bool TB>
static __device__ void gemm_bf16(Product16 p) {
  enum { THREADS = 32 * WM * WN, MI = TM / WM / 16, NI = TN / WN / 16 };
  __shared__ __align__(16) u32 as[STAGES][TM * DEPTH / 2], bs[STAGES][TN * DEPTH / 2];
  int begin = blockIdx.z * p.slice, depth = min(p.k, begin + p.slice);
  int i0 = blockIdx.y * TM, j0 = blockIdx.x * TN, part = lane() / 8;
  int wi = threadIdx.x / 32 / WN * (TM / WM), wj = threadIdx.x / 32 % WN * (TN / WN);
  float sum[MI][NI * 2][4], along[MI][4];
  const u32 ones[2] = {0x3f803f80, 0x3f803f80};  // of which each is two
  bool adds = TA && p.sums && blockIdx.x == 0 && threadIdx.x / 32 % WN == 0;
#pragma unroll
  for (int i = 0; i < MI * NI * 8; i++) sum[i / (8 * NI)][i / 4 % (2 * NI)][i % 4] = 0;
#pragma unroll
  for (int i = 0; i < MI * 4; i++) along[i / 4][i % 4] = 0;
#pragma unroll 1
  for (int s = 0; s < STAGES - 1; s++) {
    int k0 = begin + s * DEPTH;
    if (k0 < depth) {
      bring_side<TM, TA, THREADS>(as[s], p.a, i0, k0, p.m, depth, p.lda);
      bring_side<TN, !TB, THREADS>(bs[s], p.b, j0, k0, p.n, depth, p.ldb);
    }
    fetched();
  }
  int now = 0, next = STAGES - 1;
#pragma unroll 1
  for (int k0 = begin; k0 < depth; k0 += DEPTH) {
    await<STAGES - 2>();
    __syncthreads();
    int ahead = k0 + (STAGES - 1) * DEPTH;
    if (ahead < depth) {
      bring_side<TM, TA, THREADS>(as[next], p.a, i0, ahead, p.m, depth, p.lda);
      bring_side<TN, !TB, THREADS>(bs[next], p.b, j0, ahead, p.n, depth, p.ldb);
    }
    fetched();
#pragma unroll
    for (int k = 0; k < DEPTH; k += 16) {
      u32 left[MI][4], right[NI][4];
#pragma unroll
      for (int i = 0; i < MI; i++) {
        int at = wi + i * 16;
        if (TA)
          matrices<true>(left[i], as[now] + place<TM / 8>(k + part / 2 * 8 + lane() % 8,
                                                          (at + part % 2 * 8) / 2));
        else
          matrices<false>(left[i], as[now] + place<DEPTH / 8>(at + lane() % 16,
                                                              k / 2 + lane() / 16 * 4));
      }
#pragma unroll
      for (int j = 0; j < NI; j++) {
        int at = wj + j * 16;
        if (TB)
          matrices<false>(right[j], bs[now] + place<DEPTH / 8>(at + part / 2 * 8 + lane() % 8,
                                                               k / 2 + part % 2 * 4));
        else
          matrices<true>(right[j], bs[now] + place<TN / 8>(k + part % 2 * 8 + lane() % 8,
                                                           (at + part / 2 * 8) / 2));
      }
#pragma unroll
      for (int i = 0; i < MI; i++)
#pragma unroll
        for (int j = 0; j < 2 * NI; j++) mma(sum[i][j], left[i], right[j / 2] + j % 2 * 2, true);
      if (TA && adds)
#pragma unroll
        for (int i = 0; i < MI; i++) mma(along[i], left[i], ones, true);
    }
    now = now + 1 == STAGES ? 0 : now + 1;
    next = next + 1 == STAGES ? 0 : next + 1;
  }
  if (gridDim.z > 1) {  // parts are rows, of the product and of the sums
    size_t n = (size_t)p.m * p.n;
    p.c = (float*)p.c + blockIdx.z * (n + (p.sums ? p.m : 0));
    p.sums = (float*)p.c + n;
  }
  if (TA && adds && lane() % 4 == 0)
#pragma unroll
    for (int i = 0; i < 2 * MI; i++) {
      int row = i0 + wi + i * 8 + lane() / 4;
      if (row < p.m) p.sums[row] = along[i / 2][i % 2 * 2];
    }
  // Out by way of shared memory, 16 rows of a warp at a time, so that neighbours write neighbours.
  enum { COLUMNS = TN / WN, ROW = COLUMNS + 4 };
  float* strip = (float*)as + threadIdx.x / 32 * 16 * ROW;
  __syncthreads();
#pragma unroll
  for (int i = 0; i < MI; i++) {
    __syncwarp();
#pragma unroll
    for (int j = 0; j < 4 * NI; j++)
      *(float2*)(strip + (j % 2 * 8 + lane() / 4) * ROW + j / 2 * 8 + lane() % 4 * 2) =
          make_float2(sum[i][j / 2][j % 2 * 2], sum[i][j / 2][j % 2 * 2 + 1]);
    __syncwarp();
#pragma unroll 1
    for (int e = lane(); e < 8 * COLUMNS; e += 32) {
      int r = e / (COLUMNS / 2), c = e % (COLUMNS / 2) * 2;
      float2 x = *(float2*)(strip + r * ROW + c);
      two(p, i0 + wi + i * 16 + r, j0 + wj + c, x.x, x.y);
    }
  }
}

#define GEMM_BF16(FORM, TA, TB)                                                                \
  TILES(128, 3) gemm_bf16_##FORM##_64(Product16 p) { gemm_bf16<64, 64, 2, 2, TA, TB>(p); }     \
  TILES(256, 2) gemm_bf16_##FORM##_128(Product16 p) { gemm_bf16<128, 128, 2, 4, TA, TB>(p); }

GEMM_BF16(nn, false, false)
GEMM_BF16(nt, false, true)
GEMM_BF16(tn, true, false)
GEMM_BF16(tt, true, true)

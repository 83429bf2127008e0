// Attention on tensor cores, of fp32 in memory by words of tf32, or of bf16: as in attention.cu, but
// a block of four warps serves 64 rows, a warp 16 of them, and the other side passes through shared
// memory N rows at a time. What one product leaves with a lane is what the next wants of it (Dao
// 2023, section 3.3), so that neither scores nor probabilities leave the registers. Sums are added
// in one order, without atomics: queries' gradients have a kernel of their own.
//
// Arrays start at multiples of 16 bytes. grid (ceil(T/64), H, B), block 128

// ex2 is 2^x; factors of 1/ln 2 are in what it is given.
static __device__ float ex2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

static __device__ float quad_sum(float x) {
  x += __shfl_xor_sync(0xffffffffu, x, 1);
  return x + __shfl_xor_sync(0xffffffffu, x, 2);
}

static __device__ float quad_max(float x) {
  x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
  return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

#define LOG2E 1.44269504f

// Part is how a head of W numbers T is cut: into words, steps of tensor cores, chunks of 16 bytes.
template <class T, int W>
struct Part {
  enum { PER = 4 / sizeof(T), WORDS = W / PER, STEPS = WORDS / 8, CHUNKS = WORDS / 4 };
};

// wide tells whether the rows of all heads start and end at multiples of 16 bytes.
template <class T>
static __device__ bool wide(const Head& h) {
  return h.d % (16 / sizeof(T)) == 0;
}

// bring starts to fetch N rows from `first` on.
template <class T, int W, int N>
static __device__ void bring(u32* tile, const T* from, int stride, int first, const Head& h) {
  typedef Part<T, W> P;
  for (int i = threadIdx.x; i < N * P::CHUNKS; i += 128) {
    int r = i / P::CHUNKS, c = i % P::CHUNKS * 4, t = first + r;
    int left = t < h.tokens ? h.d - c * P::PER : 0;
    const T* x = from + (size_t)t * stride + c * P::PER;
    u32* to = tile + place<P::CHUNKS>(r, c);
    if (wide<T>(h)) {
      fetch(to, left > 0 ? x : from, left > 0);
      continue;
    }
    for (int k = 0; k < 4; k++) to[k] = word(x + k * P::PER, left - k * P::PER, false);
  }
}

// rows_of reads the warp's 16 rows as left operands.
template <class T, int W>
static __device__ void rows_of(u32 (*to)[4], const T* from, int stride, int first, const Head& h) {
  typedef Part<T, W> P;
  bool aligned = wide<T>(h);
#pragma unroll
  for (int i = 0; i < P::STEPS * 4; i++) {
    int e = i % 4, t = first + lane() / 4 + e % 2 * 8;
    int c = (i / 4 * 8 + lane() % 4 + e / 2 * 4) * P::PER;
    to[i / 4][e] = word(from + (size_t)t * stride + c, t < h.tokens ? h.d - c : 0, aligned);
  }
}

template <class T, int W>
static __device__ void round_all(u32 (*x)[4]) {
#pragma unroll
  for (int i = 0; i < Part<T, W>::STEPS * 4; i++) x[i / 4][i % 4] = rounded<T>(x[i / 4][i % 4]);
}

// scores adds the products of the warp's rows with 16 rows of a tile from u on: s[0] with the first
// eight, s[1] with the others. Number e of a lane is of row lane/4 + 8(e/2), column 2(lane%4) + e%2.
template <class T, int W>
static __device__ void scores(float (*s)[4], const u32 (*own)[4], const u32* tile, int u) {
  typedef Part<T, W> P;
  int part = lane() / 8, row = u + part / 2 * 8 + lane() % 8;
#pragma unroll
  for (int step = 0; step < P::STEPS; step++) {
    u32 b[4];
    matrices<false>(b, tile + place<P::CHUNKS>(row, step * 8 + part % 2 * 4));
#pragma unroll
    for (int i = 0; i < 4; i++) b[i] = rounded<T>(b[i]);
    mma(s[0], own[step], b, sizeof(T) == 2);
    mma(s[1], own[step], b + 2, sizeof(T) == 2);
  }
}

// mix adds p.tile to the warp's sums: p as scores leaves it, against 16 rows of a tile from u on.
template <class T, int W>
static __device__ void mix(float (*sum)[4], const float (*p)[4], const u32* tile, int u) {
  typedef Part<T, W> P;
  if (sizeof(T) == 2) {
    u32 a[4] = {two_bf16(p[0][0], p[0][1]), two_bf16(p[0][2], p[0][3]),
                two_bf16(p[1][0], p[1][1]), two_bf16(p[1][2], p[1][3])};
    int part = lane() / 8, row = u + part % 2 * 8 + lane() % 8;
#pragma unroll
    for (int n = 0; n < W / 16; n++) {
      u32 b[4];
      matrices<true>(b, tile + place<P::CHUNKS>(row, (n * 2 + part / 2) * 4));
      mma(sum[2 * n], a, b, true);
      mma(sum[2 * n + 1], a, b + 2, true);
    }
    return;
  }
  // A lane's columns 2q and 2q+1 take the places of words q and q+4, on both sides.
#pragma unroll
  for (int half = 0; half < 2; half++) {
    u32 a[4] = {tf32(p[half][0]), tf32(p[half][2]), tf32(p[half][1]), tf32(p[half][3])};
    int row = u + half * 8 + lane() % 4 * 2;
#pragma unroll
    for (int n = 0; n < W / 8; n++) {
      u32 b[2] = {rounded<T>(tile[place<P::CHUNKS>(row, n * 8 + lane() / 4)]),
                  rounded<T>(tile[place<P::CHUNKS>(row + 1, n * 8 + lane() / 4)])};
      mma(sum[n], a, b, false);
    }
  }
}

template <class T, int W>
static __device__ void give(T* to, int stride, const float (*x)[4], const float* factor, int first,
                            const Head& h) {
#pragma unroll
  for (int i = 0; i < W / 8 * 2; i++) {
    int n = i / 2, r = i % 2, t = first + lane() / 4 + r * 8, c = n * 8 + lane() % 4 * 2;
    pair(to + (size_t)t * stride + c, x[n][2 * r] * factor[r], x[n][2 * r + 1] * factor[r],
         t < h.tokens ? h.d - c : 0, wide<T>(h));
  }
}

// The logarithms of sums are natural ones, as in attention.cu.
template <class T, int W, int N>
static __device__ void attention_mma(T* dst, float* lse, const T* qkv, const Head& h) {
  typedef Part<T, W> P;
  __shared__ __align__(16) u32 keys[N * P::WORDS], values[N * P::WORDS];
  const T* base = qkv + h.qkv;
  int t0 = blockIdx.x * 64 + threadIdx.x / 32 * 16, stride = 3 * h.width;
  int end = h.causal ? min(h.tokens, (int)(blockIdx.x + 1) * 64) : h.tokens;
  u32 q[P::STEPS][4];
  float out[W / 8][4], top[2], sum[2];
  int seen[2];
  rows_of<T, W>(q, base, stride, t0, h);
  round_all<T, W>(q);
#pragma unroll
  for (int i = 0; i < W / 8 * 4; i++) out[i / 4][i % 4] = 0;
  for (int r = 0; r < 2; r++) {
    top[r] = -infinity();
    sum[r] = 0;
    seen[r] = h.causal ? min(t0 + lane() / 4 + r * 8 + 1, h.tokens) : h.tokens;
  }
#pragma unroll 1
  for (int first = 0; first < end; first += N) {
    __syncthreads();
    bring<T, W, N>(keys, base + h.width, stride, first, h);
    bring<T, W, N>(values, base + 2 * h.width, stride, first, h);
    fetched();
    await<0>();
    __syncthreads();
    float s[N / 8][4], high[2] = {top[0], top[1]}, fade[2];
#pragma unroll
    for (int i = 0; i < N / 8 * 4; i++) s[i / 4][i % 4] = 0;
#pragma unroll
    for (int u = 0; u < N; u += 16)
      if (first + u < end) scores<T, W>(s + u / 8, q, keys, u);
#pragma unroll
    for (int i = 0; i < N / 8 * 4; i++) {
      int j = i / 4, e = i % 4, column = first + j * 8 + lane() % 4 * 2 + e % 2;
      s[j][e] = column < seen[e / 2] ? s[j][e] * (h.scale * LOG2E) : -infinity();
      high[e / 2] = fmaxf(high[e / 2], s[j][e]);
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
      high[r] = quad_max(high[r]);
      fade[r] = ex2(top[r] - high[r]);  // of the first tile ex2(-infinity)
      top[r] = high[r];
      sum[r] *= fade[r];
    }
#pragma unroll
    for (int i = 0; i < N / 8 * 4; i++) {
      s[i / 4][i % 4] = ex2(s[i / 4][i % 4] - top[i % 4 / 2]);
      sum[i % 4 / 2] += s[i / 4][i % 4];
    }
#pragma unroll
    for (int i = 0; i < W / 8 * 4; i++) out[i / 4][i % 4] *= fade[i % 4 / 2];
#pragma unroll
    for (int u = 0; u < N; u += 16)
      if (first + u < end) mix<T, W>(out, s + u / 8, values, u);
  }
  float factor[2];
#pragma unroll
  for (int r = 0; r < 2; r++) {
    int t = t0 + lane() / 4 + r * 8;
    sum[r] = quad_sum(sum[r]);
    factor[r] = 1.0f / sum[r];
    if (lane() % 4 == 0 && t < h.tokens) lse[h.line + t] = top[r] / LOG2E + logf(sum[r]);
  }
  give<T, W>(dst + h.out, h.width, out, factor, t0, h);
}

// dq = sum of ds k, ds = p (dy.v - delta) scale, delta = dy.out, which is left for dk.
template <class T, int W, int N>
static __device__ void attention_grad_q_mma(T* dqkv, float* delta, const T* dy, const T* out,
                                            const float* lse, const T* qkv, const Head& h) {
  typedef Part<T, W> P;
  __shared__ __align__(16) u32 keys[N * P::WORDS], values[N * P::WORDS];
  const T* base = qkv + h.qkv;
  int t0 = blockIdx.x * 64 + threadIdx.x / 32 * 16, stride = 3 * h.width;
  int end = h.causal ? min(h.tokens, (int)(blockIdx.x + 1) * 64) : h.tokens;
  u32 q[P::STEPS][4], g[P::STEPS][4];
  float dq[W / 8][4], mean[2] = {0, 0}, own[2], one[2] = {1, 1};
  int seen[2];
  rows_of<T, W>(q, out + h.out, h.width, t0, h);  // for the moment
  rows_of<T, W>(g, dy + h.out, h.width, t0, h);
#pragma unroll
  for (int i = 0; i < P::STEPS * 4; i++) {
    u32 x = q[i / 4][i % 4], y = g[i / 4][i % 4];
    if (sizeof(T) == 2)
      mean[i % 2] += __uint_as_float(x << 16) * __uint_as_float(y << 16) +
                     __uint_as_float(x & 0xffff0000u) * __uint_as_float(y & 0xffff0000u);
    else
      mean[i % 2] += __uint_as_float(x) * __uint_as_float(y);
  }
  rows_of<T, W>(q, base, stride, t0, h);
  round_all<T, W>(q);
  round_all<T, W>(g);
#pragma unroll
  for (int i = 0; i < W / 8 * 4; i++) dq[i / 4][i % 4] = 0;
#pragma unroll
  for (int r = 0; r < 2; r++) {
    int t = t0 + lane() / 4 + r * 8;
    mean[r] = quad_sum(mean[r]);
    own[r] = t < h.tokens ? lse[h.line + t] * LOG2E : 0.0f;
    seen[r] = h.causal ? min(t + 1, h.tokens) : h.tokens;
    if (lane() % 4 == 0 && t < h.tokens) delta[h.line + t] = mean[r];
  }
#pragma unroll 1
  for (int first = 0; first < end; first += N) {
    __syncthreads();
    bring<T, W, N>(keys, base + h.width, stride, first, h);
    bring<T, W, N>(values, base + 2 * h.width, stride, first, h);
    fetched();
    await<0>();
    __syncthreads();
#pragma unroll 1
    for (int u = 0; u < N && first + u < end; u += 16) {
      float s[2][4] = {}, d[2][4] = {};
      scores<T, W>(s, q, keys, u);
      scores<T, W>(d, g, values, u);
#pragma unroll
      for (int i = 0; i < 8; i++) {
        int j = i / 4, e = i % 4, column = first + u + j * 8 + lane() % 4 * 2 + e % 2;
        float p = ex2(s[j][e] * (h.scale * LOG2E) - own[e / 2]);
        s[j][e] = column < seen[e / 2] ? p * (d[j][e] - mean[e / 2]) * h.scale : 0.0f;
      }
      mix<T, W>(dq, s, keys, u);
    }
  }
  give<T, W>(dqkv + h.qkv, stride, dq, one, t0, h);
}

// dk = sum of ds q and dv = sum of p dy, over the queries that see a key.
template <class T, int W, int N>
static __device__ void attention_grad_kv_mma(T* dqkv, const float* delta, const T* dy,
                                             const float* lse, const T* qkv, const Head& h) {
  typedef Part<T, W> P;
  __shared__ __align__(16) u32 queries[N * P::WORDS], grads[N * P::WORDS];
  __shared__ float lines[2][N];
  const T* base = qkv + h.qkv;
  int u0 = blockIdx.x * 64 + threadIdx.x / 32 * 16, stride = 3 * h.width;
  u32 k[P::STEPS][4], v[P::STEPS][4];
  float dk[W / 8][4], dv[W / 8][4], one[2] = {1, 1};
  rows_of<T, W>(k, base + h.width, stride, u0, h);
  rows_of<T, W>(v, base + 2 * h.width, stride, u0, h);
  round_all<T, W>(k);
  round_all<T, W>(v);
#pragma unroll
  for (int i = 0; i < W / 8 * 4; i++) dk[i / 4][i % 4] = dv[i / 4][i % 4] = 0;
#pragma unroll 1
  for (int first = h.causal ? blockIdx.x * 64 : 0; first < h.tokens; first += N) {
    __syncthreads();
    bring<T, W, N>(queries, base, stride, first, h);
    bring<T, W, N>(grads, dy + h.out, h.width, first, h);
    fetched();
    for (int i = threadIdx.x; i < N; i += 128) {
      bool there = first + i < h.tokens;
      lines[0][i] = there ? lse[h.line + first + i] * LOG2E : 0.0f;
      lines[1][i] = there ? delta[h.line + first + i] : 0.0f;
    }
    await<0>();
    __syncthreads();
#pragma unroll 1
    for (int u = 0; u < N && first + u < h.tokens; u += 16) {
      float s[2][4] = {}, d[2][4] = {};
      scores<T, W>(s, k, queries, u);
      scores<T, W>(d, v, grads, u);
#pragma unroll
      for (int i = 0; i < 8; i++) {
        int j = i / 4, e = i % 4, line = u + j * 8 + lane() % 4 * 2 + e % 2, t = first + line;
        bool sees = t < h.tokens && (!h.causal || u0 + lane() / 4 + e / 2 * 8 <= t);
        float p = sees ? ex2(s[j][e] * (h.scale * LOG2E) - lines[0][line]) : 0.0f;
        d[j][e] = sees ? p * (d[j][e] - lines[1][line]) * h.scale : 0.0f;
        s[j][e] = p;
      }
      mix<T, W>(dv, s, grads, u);
      mix<T, W>(dk, d, queries, u);
    }
  }
  give<T, W>(dqkv + h.qkv + h.width, stride, dk, one, u0, h);
  give<T, W>(dqkv + h.qkv + 2 * h.width, stride, dv, one, u0, h);
}

#define WARPS4 extern "C" __global__ void __launch_bounds__(128)

#define ATTENTION_MMA(NAME, T, W, N)                                                              \
  WARPS4 attention_##NAME(T* dst, float* lse, const T* qkv, int tokens, int width, int d,         \
                          int causal) {                                                           \
    attention_mma<T, W, N>(dst, lse, qkv, head_of(tokens, width, d, causal));                     \
  }                                                                                               \
  WARPS4 attention_grad_q_##NAME(T* dqkv, float* delta, const T* dy, const T* out,                \
                                 const float* lse, const T* qkv, int tokens, int width, int d,    \
                                 int causal) {                                                    \
    attention_grad_q_mma<T, W, N>(dqkv, delta, dy, out, lse, qkv,                                 \
                                  head_of(tokens, width, d, causal));                             \
  }                                                                                               \
  WARPS4 attention_grad_kv_##NAME(T* dqkv, const float* delta, const T* dy, const float* lse,     \
                                  const T* qkv, int tokens, int width, int d, int causal) {       \
    attention_grad_kv_mma<T, W, N>(dqkv, delta, dy, lse, qkv, head_of(tokens, width, d, causal)); \
  }

ATTENTION_MMA(tf32_32, float, 32, 32)
ATTENTION_MMA(tf32_64, float, 64, 32)
ATTENTION_MMA(tf32_128, float, 128, 16)
ATTENTION_MMA(bf16_32, Bf16, 32, 64)
ATTENTION_MMA(bf16_64, Bf16, 64, 64)
ATTENTION_MMA(bf16_128, Bf16, 128, 64)

// Multi-head attention without the matrix of probabilities: a block serves 64 queries (or, going
// backward, keys) of one head of one sequence, a thread one of them, and the other side passes
// through shared memory, 16 rows at a time. Softmax is taken on the way (Milakov and Gimelshein
// 2018; Dao et al. 2022). W is the head's width, rounded up to 32, 64 or 128; what is beyond d is
// zero. Arithmetic is fp32.
//
// grid (ceil(T/64), H, B), block 64

enum { ROWS = 16 };

struct Head {
  int tokens, width, d, causal;
  size_t qkv, out, line;  // where this head starts in qkv, in the output, and its first row
  float scale;
};

static __device__ Head head_of(int tokens, int width, int d, int causal) {
  Head h;
  h.tokens = tokens;
  h.width = width;
  h.d = d;
  h.causal = causal;
  h.qkv = (size_t)blockIdx.z * tokens * 3 * width + (size_t)blockIdx.y * d;
  h.out = (size_t)blockIdx.z * tokens * width + (size_t)blockIdx.y * d;
  h.line = ((size_t)blockIdx.z * gridDim.y + blockIdx.y) * tokens;
  h.scale = 1.0f / sqrtf((float)d);
  return h;
}

// own loads the thread's row.
template <int W>
static __device__ void own(float* to, const float* from, int stride, int t, const Head& h) {
  const float* x = from + (size_t)t * stride;
#pragma unroll
  for (int i = 0; i < W; i++) to[i] = t < h.tokens && i < h.d ? x[i] : 0.0f;
}

// share loads ROWS rows from `first` on.
template <int W>
static __device__ void share(float (*to)[W], const float* from, int stride, int first,
                             const Head& h) {
  for (int i = threadIdx.x; i < ROWS * W; i += 64) {
    int r = i / W, c = i % W;
    to[r][c] = first + r < h.tokens && c < h.d ? from[(size_t)(first + r) * stride + c] : 0.0f;
  }
}

template <int W>
static __device__ float dot(const float* a, const float* b) {
  float sum = 0;
#pragma unroll
  for (int i = 0; i < W; i++) sum += a[i] * b[i];
  return sum;
}

template <int W>
static __device__ void put(float* to, const float* from, const Head& h, bool really) {
#pragma unroll
  for (int i = 0; i < W; i++)
    if (really && i < h.d) to[i] = from[i];
}

template <int W>
static __device__ void attention(float* dst, float* probs, float* lse, const float* qkv,
                                 const Head& h) {
  __shared__ float keys[ROWS][W], values[ROWS][W];
  const float* base = qkv + h.qkv;
  int t = blockIdx.x * 64 + threadIdx.x, stride = 3 * h.width;
  int end = h.causal ? min(h.tokens, (int)(blockIdx.x + 1) * 64) : h.tokens;
  int seen = t >= h.tokens ? 0 : h.causal ? t + 1 : h.tokens;
  float q[W], out[W], top = -infinity(), sum = 0;
  own<W>(q, base, stride, t, h);
#pragma unroll
  for (int i = 0; i < W; i++) out[i] = 0;
#pragma unroll 1
  for (int first = 0; first < end; first += ROWS) {
    __syncthreads();
    share<W>(keys, base + h.width, stride, first, h);
    share<W>(values, base + 2 * h.width, stride, first, h);
    __syncthreads();
#pragma unroll 1
    for (int u = 0; u < ROWS && first + u < seen; u++) {
      float s = dot<W>(q, keys[u]) * h.scale;
      float higher = top != top || top > s ? top : s;
      float fade = top == higher ? 1.0f : expf(top - higher);
      float p = higher == -infinity() ? 0.0f : expf(s - higher);
      sum = sum * fade + p;
      top = higher;
#pragma unroll
      for (int i = 0; i < W; i++) out[i] = out[i] * fade + p * values[u][i];
    }
  }
#pragma unroll
  for (int i = 0; i < W; i++) out[i] /= sum;
  put<W>(dst + h.out + (size_t)t * h.width, out, h, t < h.tokens);
  if (lse && t < h.tokens) lse[h.line + t] = top + logf(sum);
  if (!probs) return;
#pragma unroll 1
  for (int first = 0; first < h.tokens; first += ROWS) {
    __syncthreads();
    share<W>(keys, base + h.width, stride, first, h);
    __syncthreads();
#pragma unroll 1
    for (int u = 0; u < ROWS && first + u < h.tokens && t < h.tokens; u++) {
      float p = 0;
      if (first + u < seen) p = expf(dot<W>(q, keys[u]) * h.scale - top) / sum;
      probs[(h.line + t) * h.tokens + first + u] = p;
    }
  }
}

// probability is that of query t, key u: as kept, or again from the logarithm of the sum.
static __device__ float probability(const float* probs, float lse, float s, int t, int u,
                                    const Head& h) {
  return probs ? probs[(h.line + t) * h.tokens + u] : expf(s - lse);
}

// dq: ds = p (dy.v - delta) scale, dq = sum of ds k over keys. delta = sum of p (dy.v), which is
// dy.out where out is at hand; it is left for dk.
template <int W>
static __device__ void attention_grad_q(float* dqkv, float* delta, const float* dy,
                                        const float* out, const float* probs, const float* lse,
                                        const float* qkv, const Head& h) {
  __shared__ float keys[ROWS][W], values[ROWS][W];
  const float* base = qkv + h.qkv;
  int t = blockIdx.x * 64 + threadIdx.x, stride = 3 * h.width;
  int end = h.causal ? min(h.tokens, (int)(blockIdx.x + 1) * 64) : h.tokens;
  int seen = t >= h.tokens ? 0 : h.causal ? t + 1 : h.tokens;
  float q[W], g[W], dq[W], mean = 0, own_lse = lse && t < h.tokens ? lse[h.line + t] : 0.0f;
  own<W>(q, base, stride, t, h);
  own<W>(g, dy + h.out, h.width, t, h);
  if (out) {
    own<W>(dq, out + h.out, h.width, t, h);
    mean = dot<W>(g, dq);
  } else {
#pragma unroll 1
    for (int first = 0; first < end; first += ROWS) {
      __syncthreads();
      share<W>(values, base + 2 * h.width, stride, first, h);
      __syncthreads();
#pragma unroll 1
      for (int u = 0; u < ROWS && first + u < seen; u++)
        mean += probs[(h.line + t) * h.tokens + first + u] * dot<W>(g, values[u]);
    }
  }
#pragma unroll
  for (int i = 0; i < W; i++) dq[i] = 0;
#pragma unroll 1
  for (int first = 0; first < end; first += ROWS) {
    __syncthreads();
    share<W>(keys, base + h.width, stride, first, h);
    share<W>(values, base + 2 * h.width, stride, first, h);
    __syncthreads();
#pragma unroll 1
    for (int u = 0; u < ROWS && first + u < seen; u++) {
      float s = probs ? 0.0f : dot<W>(q, keys[u]) * h.scale;
      float p = probability(probs, own_lse, s, t, first + u, h);
      float ds = p * (dot<W>(g, values[u]) - mean) * h.scale;
#pragma unroll
      for (int i = 0; i < W; i++) dq[i] += ds * keys[u][i];
    }
  }
  put<W>(dqkv + h.qkv + (size_t)t * stride, dq, h, t < h.tokens);
  if (t < h.tokens) delta[h.line + t] = mean;
}

// dk = sum of ds q over the queries that see key u.
template <int W>
static __device__ void attention_grad_k(float* dqkv, const float* delta, const float* dy,
                                        const float* probs, const float* lse, const float* qkv,
                                        const Head& h) {
  __shared__ float queries[ROWS][W], grads[ROWS][W];
  const float* base = qkv + h.qkv;
  int u = blockIdx.x * 64 + threadIdx.x, stride = 3 * h.width;
  int begin = h.causal ? blockIdx.x * 64 : 0;
  float k[W], v[W], dk[W];
  own<W>(k, base + h.width, stride, u, h);
  own<W>(v, base + 2 * h.width, stride, u, h);
#pragma unroll
  for (int i = 0; i < W; i++) dk[i] = 0;
#pragma unroll 1
  for (int first = begin; first < h.tokens; first += ROWS) {
    __syncthreads();
    share<W>(queries, base, stride, first, h);
    share<W>(grads, dy + h.out, h.width, first, h);
    __syncthreads();
#pragma unroll 1
    for (int r = 0; r < ROWS && first + r < h.tokens; r++) {
      int t = first + r;
      if (u >= h.tokens || (h.causal && t < u)) continue;
      float s = probs ? 0.0f : dot<W>(k, queries[r]) * h.scale;
      float p = probability(probs, probs ? 0.0f : lse[h.line + t], s, t, u, h);
      float ds = p * (dot<W>(v, grads[r]) - delta[h.line + t]) * h.scale;
#pragma unroll
      for (int i = 0; i < W; i++) dk[i] += ds * queries[r][i];
    }
  }
  put<W>(dqkv + h.qkv + h.width + (size_t)u * stride, dk, h, u < h.tokens);
}

// dv = sum of p dy over the queries that see key u.
template <int W>
static __device__ void attention_grad_v(float* dqkv, const float* dy, const float* probs,
                                        const float* lse, const float* qkv, const Head& h) {
  __shared__ float queries[ROWS][W], grads[ROWS][W];
  const float* base = qkv + h.qkv;
  int u = blockIdx.x * 64 + threadIdx.x, stride = 3 * h.width;
  int begin = h.causal ? blockIdx.x * 64 : 0;
  float k[W], dv[W];
  own<W>(k, base + h.width, stride, u, h);
#pragma unroll
  for (int i = 0; i < W; i++) dv[i] = 0;
#pragma unroll 1
  for (int first = begin; first < h.tokens; first += ROWS) {
    __syncthreads();
    share<W>(queries, base, stride, first, h);
    share<W>(grads, dy + h.out, h.width, first, h);
    __syncthreads();
#pragma unroll 1
    for (int r = 0; r < ROWS && first + r < h.tokens; r++) {
      int t = first + r;
      if (u >= h.tokens || (h.causal && t < u)) continue;
      float s = probs ? 0.0f : dot<W>(k, queries[r]) * h.scale;
      float p = probability(probs, probs ? 0.0f : lse[h.line + t], s, t, u, h);
#pragma unroll
      for (int i = 0; i < W; i++) dv[i] += p * grads[r][i];
    }
  }
  put<W>(dqkv + h.qkv + 2 * h.width + (size_t)u * stride, dv, h, u < h.tokens);
}

#define ATTENTION(W)                                                                              \
  KERNEL attention_##W(float* dst, float* probs, float* lse, const float* qkv, int tokens,        \
                       int width, int d, int causal) {                                            \
    attention<W>(dst, probs, lse, qkv, head_of(tokens, width, d, causal));                        \
  }                                                                                               \
  KERNEL attention_grad_q_##W(float* dqkv, float* delta, const float* dy, const float* out,       \
                              const float* probs, const float* lse, const float* qkv, int tokens, \
                              int width, int d, int causal) {                                     \
    attention_grad_q<W>(dqkv, delta, dy, out, probs, lse, qkv,                                    \
                        head_of(tokens, width, d, causal));                                       \
  }                                                                                               \
  KERNEL attention_grad_k_##W(float* dqkv, const float* delta, const float* dy,                   \
                              const float* probs, const float* lse, const float* qkv, int tokens, \
                              int width, int d, int causal) {                                     \
    attention_grad_k<W>(dqkv, delta, dy, probs, lse, qkv, head_of(tokens, width, d, causal));     \
  }                                                                                               \
  KERNEL attention_grad_v_##W(float* dqkv, const float* dy, const float* probs, const float* lse, \
                              const float* qkv, int tokens, int width, int d, int causal) {       \
    attention_grad_v<W>(dqkv, dy, probs, lse, qkv, head_of(tokens, width, d, causal));            \
  }

ATTENTION(32)
ATTENTION(64)
ATTENTION(128)

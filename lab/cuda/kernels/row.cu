// Ops on rows: one warp a row, 8 rows a block.

template <class T>
static __device__ void norm_of(T* dst, float* stats, const float* x, const float* gamma,
                               const float* beta, int rows, int width) {
  int r = row();
  if (r >= rows) return;
  const float* in = x + (size_t)r * width;
  T* out = dst + (size_t)r * width;
  float sum = 0, squares = 0;
  for (int i = lane(); i < width; i += 32) sum += in[i];
  float mean = warp_sum(sum) / width;
  for (int i = lane(); i < width; i += 32) squares += (in[i] - mean) * (in[i] - mean);
  float inverse = 1.0f / sqrtf(warp_sum(squares) / width + 1e-5f);
  for (int i = lane(); i < width; i += 32)
    store(out + i, (in[i] - mean) * inverse * gamma[i] + beta[i]);
  if (lane() == 0) {
    stats[2 * r] = mean;
    stats[2 * r + 1] = inverse;
  }
}

KERNEL layer_norm(float* dst, float* stats, const float* x, const float* gamma, const float* beta,
                  int rows, int width) {
  norm_of(dst, stats, x, gamma, beta, rows, width);
}
KERNEL layer_norm_bf16(Bf16* dst, float* stats, const float* x, const float* gamma,
                       const float* beta, int rows, int width) {
  norm_of(dst, stats, x, gamma, beta, rows, width);
}

template <class T>
static __device__ void norm_grad(float* dx, Bf16* copy, const T* dy, const float* x,
                                 const float* gamma, const float* stats, const float* skip, int rows,
                                 int width) {
  int r = row();
  if (r >= rows) return;
  size_t first = (size_t)r * width;
  float mean = stats[2 * r], inverse = stats[2 * r + 1], sum_g = 0, sum_gx = 0;
  for (int i = lane(); i < width; i += 32) {
    float g = load(dy + first + i) * gamma[i];
    sum_g += g;
    sum_gx += g * (x[first + i] - mean) * inverse;
  }
  float mean_g = warp_sum(sum_g) / width, mean_gx = warp_sum(sum_gx) / width;
  for (int i = lane(); i < width; i += 32) {
    float g = load(dy + first + i) * gamma[i], xhat = (x[first + i] - mean) * inverse;
    float d = (g - mean_g - xhat * mean_gx) * inverse;
    if (skip) d += skip[first + i];
    dx[first + i] = d;
    if (copy) store(copy + first + i, d);
  }
}

// dx = (g - mean g - xhat mean(g xhat)) / sigma + skip, g = dy gamma; skip may be 0, and may be dx.
// Of dy in bf16 dx is copied in bf16, for the product that follows.
KERNEL layer_norm_grad(float* dx, const float* dy, const float* x, const float* gamma,
                       const float* stats, const float* skip, int rows, int width) {
  norm_grad(dx, (Bf16*)0, dy, x, gamma, stats, skip, rows, width);
}
KERNEL layer_norm_grad_bf16(float* dx, Bf16* copy, const Bf16* dy, const float* x,
                            const float* gamma, const float* stats, const float* skip, int rows,
                            int width) {
  norm_grad(dx, copy, dy, x, gamma, stats, skip, rows, width);
}

KERNEL normalize(float* dst, float* norms, const float* x, int rows, int width) {
  int r = row();
  if (r >= rows) return;
  size_t first = (size_t)r * width;
  float sum = 0;
  for (int i = lane(); i < width; i += 32) sum += x[first + i] * x[first + i];
  float norm = sqrtf(warp_sum(sum));
  for (int i = lane(); i < width; i += 32) dst[first + i] = x[first + i] / norm;
  if (lane() == 0) norms[r] = norm;
}

// layer_norm_back is layer_norm_grad_bf16, and layer_norm_param_grad_bf16 on the way: a block serves
// `chunk` rows, eight at a time, first a warp a row for their means and then a thread up to eight
// columns. parts [gridDim.x, 2 width] are dgamma and dbeta of each block. grid (ceil(rows/chunk)),
// block 256
KERNEL layer_norm_back(float* dx, Bf16* copy, float* parts, const Bf16* dy, const float* x,
                       const float* gamma, const float* stats, const float* skip, int rows,
                       int width, int chunk) {
  __shared__ float means[8][2];
  int first = blockIdx.x * chunk, last = min(rows, first + chunk), warp = threadIdx.x / 32;
  float dgamma[8] = {}, dbeta[8] = {};
#pragma unroll 1
  for (int r0 = first; r0 < last; r0 += 8) {
    int r = r0 + warp;
    if (r < last) {
      size_t at = (size_t)r * width;
      float mean = stats[2 * r], inverse = stats[2 * r + 1], sum_g = 0, sum_gx = 0;
      for (int i = lane(); i < width; i += 32) {
        float g = load(dy + at + i) * gamma[i];
        sum_g += g;
        sum_gx += g * (x[at + i] - mean) * inverse;
      }
      sum_g = warp_sum(sum_g);
      sum_gx = warp_sum(sum_gx);
      if (lane() == 0) {
        means[warp][0] = sum_g / width;
        means[warp][1] = sum_gx / width;
      }
    }
    __syncthreads();
#pragma unroll
    for (int j = 0; j < 8; j++) {
      int c = threadIdx.x + j * 256;
      if (c >= width) continue;
#pragma unroll 4
      for (int k = 0; k < min(8, last - r0); k++) {
        size_t i = (size_t)(r0 + k) * width + c;
        float inverse = stats[2 * (r0 + k) + 1], g = load(dy + i);
        float xhat = (x[i] - stats[2 * (r0 + k)]) * inverse;
        dgamma[j] += g * xhat;
        dbeta[j] += g;
        float d = (g * gamma[c] - means[k][0] - xhat * means[k][1]) * inverse;
        if (skip) d += skip[i];
        dx[i] = d;
        store(copy + i, d);
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int j = 0; j < 8; j++) {
    int c = threadIdx.x + j * 256;
    if (c >= width) continue;
    parts[(size_t)blockIdx.x * 2 * width + c] = dgamma[j];
    parts[(size_t)blockIdx.x * 2 * width + width + c] = dbeta[j];
  }
}

template <class T>
static __device__ void unit_grad(T* dx, const float* dy, const float* y, const float* norms,
                                 int rows, int width) {
  int r = row();
  if (r >= rows) return;
  size_t first = (size_t)r * width;
  float sum = 0;
  for (int i = lane(); i < width; i += 32) sum += y[first + i] * dy[first + i];
  float along = warp_sum(sum);
  for (int i = lane(); i < width; i += 32)
    store(dx + first + i, (dy[first + i] - y[first + i] * along) / norms[r]);
}

KERNEL normalize_grad(float* dx, const float* dy, const float* y, const float* norms, int rows,
                      int width) {
  unit_grad(dx, dy, y, norms, rows, width);
}
KERNEL normalize_grad_bf16(Bf16* dx, const float* dy, const float* y, const float* norms, int rows,
                           int width) {
  unit_grad(dx, dy, y, norms, rows, width);
}

KERNEL softmax(float* dst, const float* x, float alpha, int rows, int columns) {
  int r = row();
  if (r >= rows) return;
  size_t first = (size_t)r * columns;
  float top = -infinity(), sum = 0;
  for (int i = lane(); i < columns; i += 32) {
    float z = x[first + i];
    top = top != top || top > z ? top : z;
  }
  top = warp_max(top);
  for (int i = lane(); i < columns; i += 32) {
    float e = expf(alpha * (x[first + i] - top));
    dst[first + i] = e;
    sum += e;
  }
  sum = warp_sum(sum);
  for (int i = lane(); i < columns; i += 32) dst[first + i] /= sum;
}

KERNEL softmax_grad(float* dx, const float* dy, const float* p, float alpha, int rows,
                    int columns) {
  int r = row();
  if (r >= rows) return;
  size_t first = (size_t)r * columns;
  float sum = 0;
  for (int i = lane(); i < columns; i += 32) sum += dy[first + i] * p[first + i];
  float mean = warp_sum(sum);
  for (int i = lane(); i < columns; i += 32)
    dx[first + i] = alpha * p[first + i] * (dy[first + i] - mean);
}

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

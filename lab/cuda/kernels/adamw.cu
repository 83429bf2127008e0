// AdamW on all parameters as one array; its settings lie on the device, so that a captured graph
// can be launched again with others.

// sum_squares leaves a partial sum of x^2 for each block of 256.
KERNEL sum_squares(double* parts, const float* x, size_t n) {
  double sum = 0;
  for (size_t i = at(); i < n; i += (size_t)gridDim.x * 256) sum += (double)x[i] * x[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

// squares_total adds up the parts: out[0] is the sum, out[1] its root. One block of 256.
KERNEL squares_total(double* out, const double* parts, int count) {
  double sum = 0;
  for (int i = threadIdx.x; i < count; i += 256) sum += parts[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) {
    out[0] = sum;
    out[1] = sqrt(sum);
  }
}

// settings: factor of the gradient, b1, 1-b1, b2, 1-b2, 1/sqrt(1-b2^t), epsilon, lr/(1-b1^t),
// 1-lr decay, greatest norm or 0. norm [2] is of squares_total; where it is not finite nothing
// changes, where it is 0 (no pointer) gradients are taken as they are. half is w once more, in bf16,
// or 0.
KERNEL adamw(float* w, Bf16* half, float* m, float* v, const float* g, const float* settings,
             const double* norm, size_t n) {
  size_t i = at();
  if (i >= n) return;
  float factor = settings[0];
  if (norm) {
    float length = (float)norm[1];
    if (!(length < infinity())) return;
    if (settings[9] > 0.0f && length > settings[9]) factor *= settings[9] / length;
  }
  float grad = factor * g[i];
  float mean = settings[1] * m[i] + settings[2] * grad;
  float square = settings[3] * v[i] + settings[4] * grad * grad;
  m[i] = mean;
  v[i] = square;
  float x = settings[8] * w[i] - settings[7] * mean / (sqrtf(square) * settings[5] + settings[6]);
  w[i] = x;
  if (half) store(half + i, x);
}

KERNEL clamp(float* x, float low, float high) {
  if (at() == 0) *x = *x < low ? low : *x > high ? high : *x;
}

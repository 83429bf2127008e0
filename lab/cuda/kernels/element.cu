// Elementwise ops: one thread an element.

KERNEL add(float* dst, const float* a, const float* b, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = a[i] + b[i];
}

KERNEL scale(float* dst, const float* x, float alpha, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = alpha * x[i];
}

// scale_exp multiplies by exp(t), the logit scale; t lies on the device.
KERNEL scale_exp(float* dst, const float* x, const float* t, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = expf(*t) * x[i];
}

KERNEL fill(float* dst, float value, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = value;
}

static __device__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// normal is the distribution function of the normal distribution, root_half = 1/sqrt(2).
static __device__ float normal(float x) { return 0.5f * erfcf(-x * 0.70710678f); }

static __device__ float quick(float x) { return x / (1.0f + expf(-1.702f * x)); }

static __device__ float quick_slope(float x) {
  float s = sigmoid(1.702f * x);
  return s * (1.0f + 1.702f * x * (1.0f - s));
}

static __device__ float exact(float x) { return x * normal(x); }

static __device__ float exact_slope(float x) {
  return normal(x) + x * 0.39894228f * expf(-0.5f * x * x);
}

KERNEL quick_gelu(float* dst, const float* x, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = quick(x[i]);
}

KERNEL quick_gelu_grad(float* dx, const float* dy, const float* x, size_t n) {
  size_t i = at();
  if (i < n) dx[i] = dy[i] * quick_slope(x[i]);
}

KERNEL gelu(float* dst, const float* x, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = exact(x[i]);
}

KERNEL gelu_grad(float* dx, const float* dy, const float* x, size_t n) {
  size_t i = at();
  if (i < n) dx[i] = dy[i] * exact_slope(x[i]);
}

KERNEL quick_gelu_bf16(Bf16* dst, const Bf16* x, size_t n) {
  size_t i = at();
  if (i < n) store(dst + i, quick(load(x + i)));
}

KERNEL gelu_bf16(Bf16* dst, const Bf16* x, size_t n) {
  size_t i = at();
  if (i < n) store(dst + i, exact(load(x + i)));
}

KERNEL to_bf16(Bf16* dst, const float* x, size_t n) {
  size_t i = at();
  if (i < n) store(dst + i, x[i]);
}

// bias_residual finishes a product that a library made: dst += bias + residual, either may be 0.
KERNEL bias_residual(float* dst, const float* bias, const float* residual, int columns, size_t n) {
  size_t i = at();
  if (i >= n) return;
  float x = dst[i];
  if (bias) x += bias[i % columns];
  if (residual) x += residual[i];
  dst[i] = x;
}

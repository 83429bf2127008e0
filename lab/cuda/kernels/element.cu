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

KERNEL quick_gelu(float* dst, const float* x, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = x[i] / (1.0f + expf(-1.702f * x[i]));
}

KERNEL quick_gelu_grad(float* dx, const float* dy, const float* x, size_t n) {
  size_t i = at();
  if (i >= n) return;
  float s = sigmoid(1.702f * x[i]);
  dx[i] = dy[i] * s * (1.0f + 1.702f * x[i] * (1.0f - s));
}

// normal is the distribution function of the normal distribution, root_half = 1/sqrt(2).
static __device__ float normal(float x) { return 0.5f * erfcf(-x * 0.70710678f); }

KERNEL gelu(float* dst, const float* x, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = x[i] * normal(x[i]);
}

KERNEL gelu_grad(float* dx, const float* dy, const float* x, size_t n) {
  size_t i = at();
  if (i >= n) return;
  float density = 0.39894228f * expf(-0.5f * x[i] * x[i]);
  dx[i] = dy[i] * (normal(x[i]) + x[i] * density);
}

// bf16 rounds to bfloat16, to even where two are as near; NaN stays NaN.
static __device__ u32 bf16(float x) {
  u32 bits = __float_as_uint(x);
  if (x != x) return 0x7fff;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

KERNEL to_bf16(u16* dst, const float* x, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = (u16)bf16(x[i]);
}

KERNEL from_bf16(float* dst, const u16* x, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = __uint_as_float((u32)x[i] << 16);
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

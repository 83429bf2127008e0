// Ops that move numbers: one thread an element of what is written.

KERNEL embedding(float* dst, const int* ids, const float* table, const float* positions,
                 int tokens, int width, size_t n) {
  size_t i = at();
  if (i >= n) return;
  size_t r = i / width;
  int c = (int)(i % width);
  dst[i] = table[(size_t)ids[r] * width + c] + positions[(r % tokens) * width + c];
}

// pixel is where element i of [B, grid^2, 3, patch, patch] lies in [B, 3, size, size].
static __device__ size_t pixel(size_t i, int size, int patch) {
  int grid = size / patch;
  int x = (int)(i % patch), y = (int)(i / patch % patch);
  size_t rest = i / ((size_t)patch * patch);
  int channel = (int)(rest % 3), p = (int)(rest / 3 % (grid * grid));
  size_t b = rest / 3 / (grid * grid);
  int line = p / grid * patch + y, column = p % grid * patch + x;
  return ((b * 3 + channel) * size + line) * size + column;
}

KERNEL patches(float* dst, const float* images, int size, int patch, size_t n) {
  size_t i = at();
  if (i < n) dst[i] = images[pixel(i, size, patch)];
}

KERNEL patches_bf16(Bf16* dst, const float* images, int size, int patch, size_t n) {
  size_t i = at();
  if (i < n) store(dst + i, images[pixel(i, size, patch)]);
}

KERNEL patches_grad(float* dimages, const float* dy, int size, int patch, size_t n) {
  size_t i = at();
  if (i < n) dimages[pixel(i, size, patch)] = dy[i];
}

template <class T>
static __device__ void sequence_of(float* dst, const T* patches, const float* first,
                                   const float* positions, int count, int width, size_t n) {
  size_t i = at();
  if (i >= n) return;
  size_t row = (size_t)(1 + count) * width, b = i / row, c = i % row;
  float x = c < width ? first[c] : load(patches + b * count * width + c - width);
  dst[i] = x + positions[c];
}

// dst [B, 1+count, width]
KERNEL sequence(float* dst, const float* patches, const float* first, const float* positions,
                int count, int width, size_t n) {
  sequence_of(dst, patches, first, positions, count, width, n);
}
KERNEL sequence_bf16(float* dst, const Bf16* patches, const float* first, const float* positions,
                     int count, int width, size_t n) {
  sequence_of(dst, patches, first, positions, count, width, n);
}

template <class T>
static __device__ void behind_first(T* dpatches, const float* dy, int count, int width, size_t n) {
  size_t i = at();
  if (i >= n) return;
  size_t row = (size_t)count * width;
  store(dpatches + i, dy[i + (i / row + 1) * width]);
}

// dpatches [B, count, width]
KERNEL sequence_grad(float* dpatches, const float* dy, int count, int width, size_t n) {
  behind_first(dpatches, dy, count, width, n);
}
KERNEL sequence_grad_bf16(Bf16* dpatches, const float* dy, int count, int width, size_t n) {
  behind_first(dpatches, dy, count, width, n);
}

template <class T>
static __device__ void picked(T* dst, const T* x, const int* index, int tokens, int width,
                              size_t n) {
  size_t i = at();
  if (i >= n) return;
  size_t b = i / width;
  dst[i] = x[(b * tokens + (index ? index[b] : 0)) * width + i % width];
}

// dst [B, width] is row index[b] of x [B, T, width]; without index the first.
KERNEL rows(float* dst, const float* x, const int* index, int tokens, int width, size_t n) {
  picked(dst, x, index, tokens, width, n);
}
KERNEL rows_bf16(Bf16* dst, const Bf16* x, const int* index, int tokens, int width, size_t n) {
  picked(dst, x, index, tokens, width, n);
}

template <class T>
static __device__ void spread(T* dx, const T* dy, const int* index, int tokens, int width,
                              size_t n) {
  size_t i = at();
  if (i >= n) return;
  size_t r = i / width, b = r / tokens;
  int here = index ? index[b] : 0;
  dx[i] = (int)(r % tokens) == here ? dy[b * width + i % width] : T();
}

// dx [B, T, width] is dy where rows picked from, zero elsewhere.
KERNEL rows_grad(float* dx, const float* dy, const int* index, int tokens, int width, size_t n) {
  spread(dx, dy, index, tokens, width, n);
}
KERNEL rows_grad_bf16(Bf16* dx, const Bf16* dy, const int* index, int tokens, int width, size_t n) {
  spread(dx, dy, index, tokens, width, n);
}

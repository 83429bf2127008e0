// Sums over rows, without atomics, so that a run can be repeated bit for bit. A block of 32x8
// threads serves 32 columns of `chunk` rows; the partial sums of blocks are rows that add_parts adds
// up.

static __device__ float column_total(float x) {
  __shared__ float parts[8][33];
  __syncthreads();
  parts[threadIdx.y][threadIdx.x] = x;
  __syncthreads();
  float sum = 0;
  if (threadIdx.y == 0)
    for (int i = 0; i < 8; i++) sum += parts[i][threadIdx.x];
  return sum;
}

template <class T>
static __device__ void sums_of_columns(float* dst, const T* x, int rows, int columns, int chunk) {
  int column = blockIdx.x * 32 + threadIdx.x, first = blockIdx.y * chunk;
  int last = min(rows, first + chunk);
  float sum = 0;
  if (column < columns)
    for (int r = first + threadIdx.y; r < last; r += 8) sum += load(x + (size_t)r * columns + column);
  sum = column_total(sum);
  if (threadIdx.y == 0 && column < columns) dst[(size_t)blockIdx.y * columns + column] = sum;
}

// dst [gridDim.y, columns]
KERNEL column_sums(float* dst, const float* x, int rows, int columns, int chunk) {
  sums_of_columns(dst, x, rows, columns, chunk);
}
KERNEL column_sums_bf16(float* dst, const Bf16* x, int rows, int columns, int chunk) {
  sums_of_columns(dst, x, rows, columns, chunk);
}

// add_parts adds up rows of `columns` numbers: the first `split` sums are dst, the others dst2. A
// block serves 32 columns, or where rows are few or columns many 256, a thread each (flat).
KERNEL add_parts(float* dst, float* dst2, const float* parts, int count, int split, int columns,
                 int flat) {
  int column = flat ? (blockIdx.x * 8 + threadIdx.y) * 32 + threadIdx.x
                    : blockIdx.x * 32 + threadIdx.x;
  float sum = 0;
  if (column < columns)
    for (int r = flat ? 0 : threadIdx.y; r < count; r += flat ? 1 : 8)
      sum += parts[(size_t)r * columns + column];
  if (!flat) sum = column_total(sum);
  if (!flat && threadIdx.y > 0 || column >= columns) return;
  if (column < split)
    dst[column] = sum;
  else
    dst2[column - split] = sum;
}

template <class T>
static __device__ void param_grad(float* dgamma, float* dbeta, const T* dy, const float* x,
                                  const float* stats, int rows, int width, int chunk) {
  int column = blockIdx.x * 32 + threadIdx.x, first = blockIdx.y * chunk;
  int last = min(rows, first + chunk);
  float gamma = 0, beta = 0;
  if (column < width)
    for (int r = first + threadIdx.y; r < last; r += 8) {
      size_t i = (size_t)r * width + column;
      float d = load(dy + i);
      gamma += d * (x[i] - stats[2 * r]) * stats[2 * r + 1];
      beta += d;
    }
  gamma = column_total(gamma);
  beta = column_total(beta);
  if (threadIdx.y == 0 && column < width) {
    dgamma[(size_t)blockIdx.y * 2 * width + column] = gamma;
    dbeta[(size_t)blockIdx.y * 2 * width + column] = beta;
  }
}

// dgamma = sum of dy xhat, dbeta = sum of dy; both [width] for each row of blocks, 2 width apart
KERNEL layer_norm_param_grad(float* dgamma, float* dbeta, const float* dy, const float* x,
                             const float* stats, int rows, int width, int chunk) {
  param_grad(dgamma, dbeta, dy, x, stats, rows, width, chunk);
}
KERNEL layer_norm_param_grad_bf16(float* dgamma, float* dbeta, const Bf16* dy, const float* x,
                                  const float* stats, int rows, int width, int chunk) {
  param_grad(dgamma, dbeta, dy, x, stats, rows, width, chunk);
}

// embedding_grad adds the rows of dy that share an id to that row of the table. The host has
// sorted: rows order[starts[s]] .. order[starts[s+1]-1] have id ids[s], s < *segments. A block
// serves 32 columns of one segment. grid (at least *segments, ceil(width/32))
KERNEL embedding_grad(float* dtable, const float* dy, const int* order, const int* starts,
                      const int* ids, const int* segments, int width) {
  int s = blockIdx.x, column = blockIdx.y * 32 + threadIdx.x;
  if (s >= *segments) return;
  float sum = 0;
  if (column < width)
    for (int i = starts[s] + threadIdx.y; i < starts[s + 1]; i += 8)
      sum += dy[(size_t)order[i] * width + column];
  sum = column_total(sum);
  if (threadIdx.y == 0 && column < width) dtable[(size_t)ids[s] * width + column] += sum;
}

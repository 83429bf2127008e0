// The contrastive loss of N pairs in panels of rows: logits [rows, N] of images first..first+rows-1
// against all texts. What a panel needs of the others are two numbers a row and a column.

// row_lse: lse[first+i] = ln sum exp(logits of row i), right[first+i] = its logit of the truth,
// column first+i. One warp a row.
KERNEL row_lse(float* lse, float* right, const float* logits, int rows, int n, int first) {
  int r = row();
  if (r >= rows) return;
  const float* x = logits + (size_t)r * n;
  float top = -infinity(), sum = 0;
  for (int i = lane(); i < n; i += 32) top = top != top || top > x[i] ? top : x[i];
  top = warp_max(top);
  for (int i = lane(); i < n; i += 32) sum += expf(x[i] - top);
  sum = warp_sum(sum);
  if (lane() == 0) {
    lse[first + r] = top + logf(sum);
    right[first + r] = x[first + r];
  }
}

// column_lse carries lse[j] = ln sum exp(logits of column j) on over a panel; the first panel
// starts it. A block of 32x8 threads serves 32 columns.
KERNEL column_lse(float* lse, const float* logits, int rows, int n, int first) {
  __shared__ float tops[8][33], sums[8][33];
  int column = blockIdx.x * 32 + threadIdx.x;
  float top = -infinity(), sum = 0;
  if (column < n)
    for (int r = threadIdx.y; r < rows; r += 8) {
      float z = logits[(size_t)r * n + column];
      float higher = top != top || top > z ? top : z;
      if (sum != 0.0f) sum *= expf(top - higher);
      if (higher != -infinity()) sum += expf(z - higher);  // else there is nothing yet
      top = higher;
    }
  tops[threadIdx.y][threadIdx.x] = top;
  sums[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y > 0 || column >= n) return;
  float all = first > 0 ? lse[column] : -infinity(), total = first > 0 ? 1.0f : 0.0f;
  for (int i = 0; i < 8; i++) {
    float z = tops[i][threadIdx.x], part = sums[i][threadIdx.x];
    if (part == 0.0f) continue;  // no rows
    float higher = all != all || all > z ? all : z;
    if (total != 0.0f) total *= expf(all - higher);
    total += part * expf(z - higher);
    all = higher;
  }
  lse[column] = all + logf(total);
}

// contrastive_grad: dlogits = (softmax of rows + softmax of columns - 2 [truth]) / 2N; dt[first+i]
// is row i's share of dt = sum of dlogits logits. One warp a row. dlogits may be logits.
KERNEL contrastive_grad(float* dlogits, float* dt, const float* logits, const float* by_row,
                        const float* by_column, int rows, int n, int first) {
  int r = row();
  if (r >= rows) return;
  const float* x = logits + (size_t)r * n;
  float own = by_row[first + r], sum = 0;
  for (int i = lane(); i < n; i += 32) {
    float z = x[i], d = expf(z - own) + expf(z - by_column[i]);
    if (i == first + r) d -= 2.0f;
    d /= 2.0f * n;
    sum += d * z;
    dlogits[(size_t)r * n + i] = d;
  }
  sum = warp_sum(sum);
  if (lane() == 0) dt[first + r] = sum;
}

// sigmoid_grad is SigLIP's loss of a panel: z = logit + bias, y = 1 for the truth and else -1.
// loss[first+i] = sum of -ln sigmoid(y z) / N over row i, dlogits = -y sigmoid(-y z) / N, whose sum
// over the row is db[first+i], and dt[first+i] as above. One warp a row. dlogits may be logits.
KERNEL sigmoid_grad(float* dlogits, float* loss, float* dt, float* db, const float* logits,
                    const float* bias, int rows, int n, int first) {
  int r = row();
  if (r >= rows) return;
  float sum = 0, sum_t = 0, sum_b = 0;
  for (int i = lane(); i < n; i += 32) {
    size_t at = (size_t)r * n + i;
    float logit = logits[at], y = i == first + r ? 1.0f : -1.0f, z = y * (logit + *bias);
    float small = expf(-fabsf(z));  // so that neither side overflows
    sum += (z < 0 ? -z : 0.0f) + logf(1.0f + small);
    float d = -y * (z < 0 ? 1.0f : small) / (1.0f + small) / n;
    sum_t += d * logit;
    sum_b += d;
    dlogits[at] = d;
  }
  sum = warp_sum(sum);
  sum_t = warp_sum(sum_t);
  sum_b = warp_sum(sum_b);
  if (lane() == 0) {
    loss[first + r] = sum / n;
    dt[first + r] = sum_t;
    db[first + r] = sum_b;
  }
}

// losses: out[0] = mean of by_row - right, out[1] = mean of by_column - right. One block of 256.
KERNEL losses(float* out, const float* by_row, const float* by_column, const float* right, int n) {
  double image = 0, text = 0;
  for (int i = threadIdx.x; i < n; i += 256) {
    image += by_row[i] - right[i];
    text += by_column[i] - right[i];
  }
  image = block_sum(image);
  text = block_sum(text);
  if (threadIdx.x == 0) {
    out[0] = (float)(image / n);
    out[1] = (float)(text / n);
  }
}

// total: out[0] = sum of x. One block of 256.
KERNEL total(float* out, const float* x, int n) {
  double sum = 0;
  for (int i = threadIdx.x; i < n; i += 256) sum += x[i];
  sum = block_sum(sum);
  if (threadIdx.x == 0) out[0] = (float)sum;
}

// A stand-in for libcublas: the product in column-major order on the host, as cublas_api.h has it.
#include <stddef.h>
typedef void *handle;
int cublasCreate_v2(handle *h) { *h = (handle)0x55; return 0; }
int cublasDestroy_v2(handle h) { return h != (handle)0x55; }
int cublasGetVersion_v2(handle h, int *v) { *v = 120900; return 0; }
int cublasSetStream_v2(handle h, void *s) { return s != (void *)0x77; }
int cublasSetWorkspace_v2(handle h, void *w, size_t n) { return w == 0 || n != 32 << 20; }
int cublasGemmEx(handle h, int ta, int tb, int m, int n, int k, const void *alpha, const void *A, int at, int lda,
                 const void *B, int bt, int ldb, const void *beta, void *C, int ct, int ldc, int compute, int algo) {
  const float *a = A, *b = B;
  float *c = C;
  if (h != (handle)0x55 || at || bt || ct || (compute != 68 && compute != 77) || algo != -1) return 7;
  for (int j = 0; j < n; j++)
    for (int i = 0; i < m; i++) {
      float sum = 0;
      for (int p = 0; p < k; p++) sum += (ta ? a[p + i * lda] : a[i + p * lda]) * (tb ? b[j + p * ldb] : b[p + j * ldb]);
      float *to = &c[i + j * ldc];
      *to = *(const float *)alpha * sum + (*(const float *)beta ? *(const float *)beta * *to : 0);
    }
  return 0;
}

// A stand-in for libcublasLt: products of bf16 in column-major order on the host, with the epilogues that package
// driver asks for. Signatures and numbers are those of NVIDIA's cublasLt.h where that is found.
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if __has_include(<cublasLt.h>)
#include <cublasLt.h>
#else
typedef int cublasStatus_t, cublasComputeType_t, cudaDataType, cudaDataType_t, cublasLtMatmulDescAttributes_t,
    cublasLtMatmulPreferenceAttributes_t;
typedef void *cublasLtHandle_t, *cublasLtMatmulDesc_t, *cublasLtMatrixLayout_t, *cublasLtMatmulPreference_t,
    *cudaStream_t;
typedef struct { uint64_t data[8]; } cublasLtMatmulAlgo_t;
typedef struct { cublasLtMatmulAlgo_t algo; size_t workspaceSize; cublasStatus_t state; float waves; int reserved[4]; }
    cublasLtMatmulHeuristicResult_t;
enum { CUBLASLT_MATMUL_DESC_TRANSA = 3, CUBLASLT_MATMUL_DESC_TRANSB, CUBLASLT_MATMUL_DESC_EPILOGUE = 7,
       CUBLASLT_MATMUL_DESC_BIAS_POINTER, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES = 1, CUBLASLT_EPILOGUE_BIAS = 4,
       CUBLASLT_EPILOGUE_BGRADB = 512, CUDA_R_32F = 0, CUDA_R_16BF = 14, CUBLAS_COMPUTE_32F = 68 };
#endif
static struct desc { int ta, tb, epilogue; float *bias; int made; } d;
static struct layout { int type, rows, cols, ld; } layouts[3];
static int count;
static size_t limit;

cublasStatus_t cublasLtCreate(cublasLtHandle_t *h) { *h = (void *)0x66; return 0; }
cublasStatus_t cublasLtDestroy(cublasLtHandle_t h) { return h != (void *)0x66 || d.made || count; }
cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *p, cublasComputeType_t c, cudaDataType_t s) {
  d.made = 1; *p = (void *)&d; return c != CUBLAS_COMPUTE_32F || s != CUDA_R_32F;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t p) { d.made = 0; return (void *)p != &d; }
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t p, cublasLtMatmulDescAttributes_t a, const void *v,
                                              size_t n) {
  if (a == CUBLASLT_MATMUL_DESC_TRANSA && n == 4) memcpy(&d.ta, v, n);
  else if (a == CUBLASLT_MATMUL_DESC_TRANSB && n == 4) memcpy(&d.tb, v, n);
  else if (a == CUBLASLT_MATMUL_DESC_EPILOGUE && n == 4) memcpy(&d.epilogue, v, n);
  else if (a == CUBLASLT_MATMUL_DESC_BIAS_POINTER && n == 8) memcpy(&d.bias, v, n);
  else return 7;
  return (void *)p != &d;
}
cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *l, cudaDataType t, uint64_t rows, uint64_t cols,
                                          int64_t ld) {
  struct layout x = {t, rows, cols, ld};
  layouts[count] = x; *l = (void *)&layouts[count++]; return ld < (int64_t)rows;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t l) { count--; return l == 0; }
cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *p) { *p = (void *)&limit; return 0; }
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t p) { return (void *)p != &limit; }
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t p,
                                                    cublasLtMatmulPreferenceAttributes_t a, const void *v, size_t n) {
  memcpy(&limit, v, n); return a != CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES || n != 8 || (void *)p != &limit;
}
cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t h, cublasLtMatmulDesc_t p, cublasLtMatrixLayout_t a,
    cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t e, cublasLtMatmulPreference_t f, int wanted,
    cublasLtMatmulHeuristicResult_t r[], int *found) {
  memset(r, 0, sizeof *r);
  r->algo.data[7] = 0x99; r->workspaceSize = limit; *found = 1;
  return h != (void *)0x66 || (void *)p != &d || (void *)a != &layouts[0] || (void *)b != &layouts[1] || c != e ||
         (void *)f != &limit || wanted != 1 || limit != 32 << 20;
}
static float number(const void *x, size_t i) {
  uint32_t bits = (uint32_t)((const uint16_t *)x)[i] << 16;
  float y;
  memcpy(&y, &bits, 4);
  return y;
}
cublasStatus_t cublasLtMatmul(cublasLtHandle_t h, cublasLtMatmulDesc_t p, const void *alpha, const void *A,
    cublasLtMatrixLayout_t a, const void *B, cublasLtMatrixLayout_t b, const void *beta, const void *C,
    cublasLtMatrixLayout_t c, void *D, cublasLtMatrixLayout_t e, const cublasLtMatmulAlgo_t *algo, void *w, size_t n,
    cudaStream_t s) {
  struct layout *x = (void *)a, *y = (void *)b, *z = (void *)e;
  if (h != (void *)0x66 || (void *)p != &d || c != e || algo->data[7] != 0x99 || w == 0 || n != 32 << 20 ||
      s != (void *)0x77 || x->type != CUDA_R_16BF || y->type != CUDA_R_16BF || z->type != CUDA_R_32F) return 7;
  int k = d.ta ? x->rows : x->cols;
  for (int j = 0; j < z->cols; j++)
    for (int i = 0; i < z->rows; i++) {
      float sum = 0, down = 0;
      for (int q = 0; q < k; q++) {
        float right = d.tb ? number(B, j + (size_t)q * y->ld) : number(B, q + (size_t)j * y->ld);
        sum += (d.ta ? number(A, q + (size_t)i * x->ld) : number(A, i + (size_t)q * x->ld)) * right;
        down += right;
      }
      if (*(const float *)beta != 0) sum += *(const float *)beta * ((const float *)C)[i + (size_t)j * z->ld];
      if (d.epilogue == CUBLASLT_EPILOGUE_BIAS) sum += d.bias[i];
      if (d.epilogue == CUBLASLT_EPILOGUE_BGRADB) d.bias[j] = down;
      ((float *)D)[i + (size_t)j * z->ld] = *(const float *)alpha * sum;
    }
  return 0;
}

#include <libxsmm.h>

/* C <- A B or C <- C + A B of three matrices, column after column, as the kernel was made for. */
typedef void (*xsmm_product)(const float *a, const float *b, float *c);

/* A kernel for A [m, k], B [k, n] (or, transposed, [n, k]) and C [m, n]; null where the processor has no AVX or the
   system forbids generated code. libxsmm's own type of kernels takes any number of arguments, which Swift can't call. */
static inline xsmm_product xsmm_make_product(
    int m, int n, int k, int lda, int ldb, int ldc, int transposed_b, int adds) {
  const int target = libxsmm_get_target_archid();
  if (target < LIBXSMM_X86_AVX) return 0;
  /* Kernels for Xeon Phi take turns with several sums for a value; these don't. */
  if (LIBXSMM_X86_AVX2 < target && target < LIBXSMM_X86_AVX512_CORE) libxsmm_set_target_archid(LIBXSMM_X86_AVX2);
  const float alpha = 1, beta = adds ? 1 : 0;
  const int flags = transposed_b ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
  const int prefetch = LIBXSMM_GEMM_PREFETCH_NONE;
  return (xsmm_product)libxsmm_smmdispatch(m, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, &prefetch);
}

/* Kernels leave the upper halves of AVX registers in use, with which the SSE instructions that follow would be slow. */
static inline void xsmm_end_products(void) { __asm__ volatile("vzeroupper"); }

typedef float c_lanes __attribute__((ext_vector_type(8)));

/* The square roots of eight numbers. Swift's own are taken one by one, by the C library's function. */
static inline c_lanes c_square_roots(c_lanes x) { return __builtin_elementwise_sqrt(x); }

#define C_INLINE static inline __attribute__((always_inline))

/* Some rows and vectors of C [rows, 8 vectors] += A [rows, k] B [k, 8 vectors], each value one sum in the order of k. */
C_INLINE void c_add_tile(
    int rows, int vectors, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
    long c_row, int fuses) {
  typedef c_lanes unaligned __attribute__((aligned(4)));
  c_lanes sums[4][2];
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < vectors; j++) sums[i][j] = *(const unaligned *)(c + i * c_row + 8 * j);
  for (long p = 0; p < k; p++)
    for (int i = 0; i < rows; i++) {
      const c_lanes x = a[i * a_row + p * a_column];
      for (int j = 0; j < vectors; j++) {
        const c_lanes y = *(const unaligned *)(b + p * b_row + 8 * j);
        sums[i][j] = fuses ? __builtin_elementwise_fma(x, y, sums[i][j]) : sums[i][j] + x * y;
      }
    }
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < vectors; j++) *(unaligned *)(c + i * c_row + 8 * j) = sums[i][j];
}

C_INLINE void c_add_rows(
    int rows, long n, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
    long c_row, int fuses) {
  long j = 0;
  for (; j + 16 <= n; j += 16) c_add_tile(rows, 2, k, a, a_row, a_column, b + j, b_row, c + j, c_row, fuses);
  for (; j + 8 <= n; j += 8) c_add_tile(rows, 1, k, a, a_row, a_column, b + j, b_row, c + j, c_row, fuses);
  for (; j < n; j++)
    for (int i = 0; i < rows; i++) {
      float sum = c[i * c_row + j];
      for (long p = 0; p < k; p++) {
        const float x = a[i * a_row + p * a_column], y = b[p * b_row + j];
        sum = fuses ? __builtin_elementwise_fma(x, y, sum) : sum + x * y;
      }
      c[i * c_row + j] = sum;
    }
}

C_INLINE void c_add_matrix(
    long m, long n, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c, long c_row,
    int fuses) {
  long i = 0;
  for (; i + 4 <= m; i += 4)
    c_add_rows(4, n, k, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, fuses);
  for (; i < m; i++) c_add_rows(1, n, k, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, fuses);
}

#ifdef __x86_64__
/* Whether the processor multiplies and adds with one rounding. */
static inline int c_fuses(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

__attribute__((target("avx2,fma"))) static void c_add_product_fused(
    long m, long n, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
    long c_row) {
  c_add_matrix(m, n, k, a, a_row, a_column, b, b_row, c, c_row, 1);
}

__attribute__((noinline)) static void c_add_product_apart(
    long m, long n, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
    long c_row) {
  c_add_matrix(m, n, k, a, a_row, a_column, b, b_row, c, c_row, 0);
}
#else
static inline int c_fuses(void) { return 1; }
#endif

/* C [m, n] += A [m, k] B [k, n], each value one sum in the order of k, with one rounding for a product and its addition
   where `c_fuses`. Distances between rows of each, and between columns of A, are in values. */
static inline void c_add_product(
    long m, long n, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
    long c_row) {
#ifdef __x86_64__
  (c_fuses() ? c_add_product_fused : c_add_product_apart)(m, n, k, a, a_row, a_column, b, b_row, c, c_row);
#else
  c_add_matrix(m, n, k, a, a_row, a_column, b, b_row, c, c_row, 1);
#endif
}

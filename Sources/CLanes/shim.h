typedef float c_lanes __attribute__((ext_vector_type(8)));

/* The square roots of eight numbers. Swift's own are taken one by one, by the C library's function. */
static inline c_lanes c_square_roots(c_lanes x) { return __builtin_elementwise_sqrt(x); }

typedef float c_wide_lanes __attribute__((ext_vector_type(16)));

#define C_INLINE static inline __attribute__((always_inline))

/* Some rows of a vector's columns of C <- A B, or C <- C + A B where it adds: each value is one sum in the order of k.
   Loops over rows are unrolled, so that sums stay in registers. */
#define C_PRODUCT_TILE(name, vector)                                                                                   \
  C_INLINE void name(                                                                                                  \
      int rows, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c, long c_row,   \
      int adds, int fuses) {                                                                                           \
    typedef vector unaligned __attribute__((aligned(4)));                                                              \
    vector sums[4];                                                                                                    \
    _Pragma("unroll") for (int i = 0; i < rows; i++) sums[i] = adds ? *(const unaligned *)(c + i * c_row) : 0;         \
    for (long p = 0; p < k; p++) {                                                                                     \
      const vector y = *(const unaligned *)(b + p * b_row);                                                            \
      _Pragma("unroll") for (int i = 0; i < rows; i++) {                                                               \
        const vector x = a[i * a_row + p * a_column];                                                                  \
        sums[i] = fuses ? __builtin_elementwise_fma(x, y, sums[i]) : sums[i] + x * y;                                  \
      }                                                                                                                \
    }                                                                                                                  \
    _Pragma("unroll") for (int i = 0; i < rows; i++) *(unaligned *)(c + i * c_row) = sums[i];                          \
  }
C_PRODUCT_TILE(c_product_tile, c_lanes)
C_PRODUCT_TILE(c_product_wide_tile, c_wide_lanes)

C_INLINE void c_product_rows(
    int rows, long n, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
    long c_row, int adds, int fuses) {
  long j = 0;
  for (; j + 16 <= n; j += 16)
    c_product_wide_tile(rows, k, a, a_row, a_column, b + j, b_row, c + j, c_row, adds, fuses);
  if (j + 8 <= n) {
    c_product_tile(rows, k, a, a_row, a_column, b + j, b_row, c + j, c_row, adds, fuses);
    j += 8;
  }
  for (; j < n; j++)
    for (int i = 0; i < rows; i++) {
      float sum = adds ? c[i * c_row + j] : 0;
      for (long p = 0; p < k; p++) {
        const float x = a[i * a_row + p * a_column], y = b[p * b_row + j];
        sum = fuses ? __builtin_elementwise_fma(x, y, sum) : sum + x * y;
      }
      c[i * c_row + j] = sum;
    }
}

/* Rows are taken by `most`, as many as the processor has registers for, four at most, while there are so many. */
C_INLINE void c_product_matrix(
    int most, long m, long n, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
    long c_row, int adds, int fuses) {
  long i = 0;
#define C_ROWS(rows) \
  c_product_rows(rows, n, k, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, adds, fuses)
  for (; i + most <= m; i += most) C_ROWS(most);
  for (; i + 2 <= m; i += 2) C_ROWS(2);
  if (i < m) C_ROWS(1);
#undef C_ROWS
}

#define C_PRODUCT(name, attributes, most, fuses)                                                                       \
  __attribute__(attributes) static void name(                                                                          \
      long m, long n, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c,         \
      long c_row, int adds) {                                                                                          \
    c_product_matrix(most, m, n, k, a, a_row, a_column, b, b_row, c, c_row, adds, fuses);                              \
  }
#ifdef __x86_64__
C_PRODUCT(c_product_avx512, (target("avx512f,avx512vl,fma")), 4, 1)
C_PRODUCT(c_product_avx2, (target("avx2,fma")), 4, 1)
C_PRODUCT(c_product_apart, (noinline), 2, 0)

/* Whether the processor multiplies and adds with one rounding. */
static inline int c_fuses(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#else
C_PRODUCT(c_product_fused, (noinline), 4, 1)

static inline int c_fuses(void) { return 1; }
#endif

/* C [m, n] <- A [m, k] B [k, n], or C <- C + A B where it adds: each value is one sum in the order of k, with one rounding
   for a product and its addition where `c_fuses`. Distances between rows, and between columns of A, are in values. */
static inline void c_product(
    long m, long n, long k, const float *a, long a_row, long a_column, const float *b, long b_row, float *c, long c_row,
    int adds) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
    c_product_avx512(m, n, k, a, a_row, a_column, b, b_row, c, c_row, adds);
  else if (c_fuses())
    c_product_avx2(m, n, k, a, a_row, a_column, b, b_row, c, c_row, adds);
  else
    c_product_apart(m, n, k, a, a_row, a_column, b, b_row, c, c_row, adds);
#else
  c_product_fused(m, n, k, a, a_row, a_column, b, b_row, c, c_row, adds);
#endif
}

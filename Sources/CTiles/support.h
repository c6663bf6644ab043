#pragma once
#include "tiles.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <stddef.h>

/* The one place where instruction sets are named: the package is compiled for plain x86-64. Every function that uses
   such instructions, and every one that is inlined into it, carries it. */
#define AMX \
  __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx512vbmi,avx512vbmi2,fma")))
#define INLINE static inline __attribute__((always_inline))

INLINE int64_t pixel(const tiles_layout *p, int64_t n, int64_t y, int64_t x) {
  return p->first + n * p->picture + y * p->stride + x;
}

/* Eight tiles of 16 rows of 64 bytes: state of the thread, which it gives up when a piece is done, so that idle
   threads don't carry it. */
AMX INLINE void configure_tiles(void) {
  struct {
    uint8_t palette, start_row, zero[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } c = {.palette = 1};
  for (int t = 0; t < 8; t++) c.row_bytes[t] = 64, c.rows[t] = 16;
  _tile_loadconfig(&c);
}

/* 32 values of a position. */
typedef struct {
  __m512 lo, hi;
} Pair;

AMX INLINE Pair widened(__m512i v) {
  return (Pair){
    _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(v)), 16)),
    _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(v, 1)), 16))};
}
AMX INLINE __m512i narrowed(Pair v) { return (__m512i)_mm512_cvtne2ps_pbh(v.hi, v.lo); }
AMX INLINE Pair load_pair(const bf16 *p) { return widened(_mm512_load_si512(p)); }
AMX INLINE void store_pair(bf16 *p, Pair v) { _mm512_store_si512(p, narrowed(v)); }
AMX INLINE Pair floats(const float *p) { return (Pair){_mm512_loadu_ps(p), _mm512_loadu_ps(p + 16)}; }
AMX INLINE void store_floats(float *p, Pair v) { _mm512_storeu_ps(p, v.lo), _mm512_storeu_ps(p + 16, v.hi); }
AMX INLINE Pair zeros(void) { return (Pair){_mm512_setzero_ps(), _mm512_setzero_ps()}; }
AMX INLINE Pair add(Pair a, Pair b) { return (Pair){_mm512_add_ps(a.lo, b.lo), _mm512_add_ps(a.hi, b.hi)}; }
AMX INLINE Pair multiply(Pair a, Pair b) { return (Pair){_mm512_mul_ps(a.lo, b.lo), _mm512_mul_ps(a.hi, b.hi)}; }
AMX INLINE Pair multiply_add(Pair a, Pair b, Pair c) {
  return (Pair){_mm512_fmadd_ps(a.lo, b.lo, c.lo), _mm512_fmadd_ps(a.hi, b.hi, c.hi)};
}
AMX INLINE Pair rectified(Pair v) {
  return (Pair){_mm512_max_ps(v.lo, _mm512_setzero_ps()), _mm512_max_ps(v.hi, _mm512_setzero_ps())};
}
/* x / (1 + e^-x) to more digits than bf16 has: 2^n by scalef, 2^f with |f| <= 1/2 by the first terms of its series. */
AMX INLINE __m512 swish(__m512 x) {
  __m512 t = _mm512_max_ps(_mm512_mul_ps(x, _mm512_set1_ps(-1.44269504f)), _mm512_set1_ps(-126.0f));
  t = _mm512_min_ps(t, _mm512_set1_ps(126.0f));
  __m512 n = _mm512_roundscale_ps(t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), f = _mm512_sub_ps(t, n);
  __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(9.618129e-3f), f, _mm512_set1_ps(5.5504109e-2f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(2.4022651e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(6.9314718e-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0f));
  __m512 e = _mm512_add_ps(_mm512_scalef_ps(p, n), _mm512_set1_ps(1.0f));
  return _mm512_mul_ps(x, _mm512_rcp14_ps(e));
}
/* Written so that what isn't a number stays none. */
AMX INLINE __m512 applied(tiles_function function, __m512 v) {
  switch (function) {
  case TILES_IDENTITY: return v;
  case TILES_RELU: return _mm512_max_ps(_mm512_setzero_ps(), v);
  case TILES_RELU6: return _mm512_min_ps(_mm512_set1_ps(6.0f), _mm512_max_ps(_mm512_setzero_ps(), v));
  case TILES_SWISH: return swish(v);
  }
}
/* What a reader sees of a stored value. */
AMX INLINE __m512i activated(__m512i v, Pair scale, Pair shift) {
  return narrowed(rectified(multiply_add(widened(v), scale, shift)));
}
AMX INLINE Pair where_positive(Pair g, Pair a) {
  __m512 z = _mm512_setzero_ps();
  return (Pair){
    _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a.lo, z, _CMP_GT_OQ), g.lo),
    _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a.hi, z, _CMP_GT_OQ), g.hi)};
}
/* The square of 3x3 around a pixel of a picture [height][width][3]: 27 values, zero outside. */
AMX INLINE __m512i patch(const tiles_layout *p, const float *picture, int64_t y, int64_t x) {
  int64_t line = p->width * 3l;
  const float *left = picture + y * line + x * 3 - 3;
  __mmask16 inside = (x == 0 ? 0x01f8 : 0x01ff) & (x == p->width - 1 ? 0x003f : 0x01ff);
  __m512 a = _mm512_maskz_loadu_ps(y > 0 ? inside : 0, left - line), b = _mm512_maskz_loadu_ps(inside, left);
  __m512 c = _mm512_maskz_loadu_ps(y < p->height - 1 ? inside : 0, left + line);
  /* a0-8 b0-6, b7-8 c0-8. */
  const __m512i first = _mm512_set_epi32(22, 21, 20, 19, 18, 17, 16, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i second = _mm512_set_epi32(31, 31, 31, 31, 31, 24, 23, 22, 21, 20, 19, 18, 17, 16, 8, 7);
  return narrowed((Pair){_mm512_permutex2var_ps(a, first, b), _mm512_permutex2var_ps(b, second, c)});
}

INLINE __mmask16 first_of(int left) { return left >= 16 ? 0xffff : left <= 0 ? 0 : (1 << left) - 1; }
#endif

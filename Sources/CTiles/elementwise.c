#include "support.h"

#if defined(__x86_64__)

/* The first value of a row in a plane. */
INLINE int64_t start(const tiles_layout *p, int64_t row) {
  return pixel(p, row / p->height, row % p->height, 0) * 32;
}

AMX void tiles_normalise(
  tiles_rows rows, const bf16 *x, const float *scale, const float *shift, bool rectifies, bf16 *out
) {
  Pair a = floats(scale), b = floats(shift);
  for (int r = rows.first; r < rows.end; r++) {
    const bf16 *from = x + start(&rows.layout, r);
    bf16 *to = out + start(&rows.layout, r);
    for (int i = 0; i < rows.layout.width; i++) {
      Pair v = multiply_add(load_pair(from + i * 32), a, b);
      store_pair(to + i * 32, rectifies ? rectified(v) : v);
    }
  }
}

AMX void tiles_normalise_sums(
  tiles_rows rows, const bf16 *g, const bf16 *z, const float *scale, const float *shift, bool rectifies, float *sums
) {
  Pair a = floats(scale), b = floats(shift), sum = zeros(), weighted = zeros();
  for (int r = rows.first; r < rows.end; r++) {
    int64_t place = start(&rows.layout, r);
    for (int i = 0; i < rows.layout.width; i++) {
      Pair v = load_pair(z + place + i * 32), m = load_pair(g + place + i * 32);
      if (rectifies) m = where_positive(m, multiply_add(v, a, b));
      sum = add(sum, m), weighted = multiply_add(m, v, weighted);
    }
  }
  store_floats(sums, sum), store_floats(sums + 32, weighted);
}

AMX void tiles_normalise_gradient(
  tiles_rows rows, bf16 *g, const bf16 *z, const float *scale, const float *shift, bool rectifies, const float *a,
  const float *b
) {
  Pair s = floats(scale), t = floats(shift), linear = floats(a), offset = floats(b);
  for (int r = rows.first; r < rows.end; r++) {
    int64_t place = start(&rows.layout, r);
    for (int i = 0; i < rows.layout.width; i++) {
      Pair v = load_pair(z + place + i * 32), m = load_pair(g + place + i * 32);
      if (rectifies) m = where_positive(m, multiply_add(v, s, t));
      store_pair(g + place + i * 32, multiply_add(m, s, multiply_add(v, linear, offset)));
    }
  }
}

AMX void tiles_rectify_gradient(tiles_rows rows, bf16 *g, const bf16 *y, float factor, float *sums) {
  Pair sum = zeros(), f = {_mm512_set1_ps(factor), _mm512_set1_ps(factor)};
  for (int r = rows.first; r < rows.end; r++) {
    int64_t place = start(&rows.layout, r);
    for (int i = 0; i < rows.layout.width; i++) {
      Pair m = load_pair(g + place + i * 32);
      if (y) {
        m = where_positive(multiply(m, f), load_pair(y + place + i * 32));
        store_pair(g + place + i * 32, m);
      }
      sum = add(sum, m);
    }
  }
  store_floats(sums, sum);
}

/* As numbers, so that minus zero and zero are equal. */
AMX INLINE Pair larger(Pair a, Pair b) { return (Pair){_mm512_max_ps(a.lo, b.lo), _mm512_max_ps(a.hi, b.hi)}; }

AMX void tiles_pool(tiles_rows rows, const bf16 *x, tiles_layout layout, bf16 *out) {
  for (int r = rows.first; r < rows.end; r++) {
    bf16 *to = out + start(&rows.layout, r);
    int n = r / rows.layout.height, y = r % rows.layout.height;
    const bf16 *top = x + pixel(&layout, n, 2 * y, 0) * 32, *below = top + layout.stride * 32;
    for (int i = 0; i < rows.layout.width; i++)
      store_pair(
        to + i * 32,
        larger(
          larger(load_pair(top + i * 64), load_pair(top + i * 64 + 32)),
          larger(load_pair(below + i * 64), load_pair(below + i * 64 + 32))));
  }
}

AMX void tiles_pool_gradient(
  tiles_rows rows, const bf16 *x, tiles_layout layout, const float *scale, const float *shift, const bf16 *y,
  const bf16 *g, bool adds, bf16 *out
) {
  const int64_t offsets[4] = {0, 32, layout.stride * 32, layout.stride * 32 + 32};
  Pair s = scale ? floats(scale) : zeros(), t = scale ? floats(shift) : zeros();
  for (int r = rows.first; r < rows.end; r++) {
    int64_t place = pixel(&layout, r / rows.layout.height, 2 * (r % rows.layout.height), 0) * 32;
    int64_t small = start(&rows.layout, r);
    for (int i = 0; i < rows.layout.width; i++) {
      Pair top = load_pair(y + small + i * 32);
      __m512i share = _mm512_load_si512(g + small + i * 32);
      __mmask32 left = ~0u;
      for (int q = 0; q < 4; q++) {
        int64_t at = place + i * 64 + offsets[q];
        __m512i stored = _mm512_load_si512(x + at);
        Pair v = widened(scale ? activated(stored, s, t) : stored);
        __mmask32 equal = _mm512_cmp_ps_mask(v.lo, top.lo, _CMP_EQ_OQ) |
          (__mmask32)_mm512_cmp_ps_mask(v.hi, top.hi, _CMP_EQ_OQ) << 16;
        __mmask32 here = left & equal;
        left &= ~equal;
        __m512i given = _mm512_maskz_mov_epi16(here, share);
        if (adds) store_pair(out + at, add(load_pair(out + at), widened(given)));
        else _mm512_store_si512(out + at, given);
      }
    }
  }
}

AMX void tiles_double(tiles_rows rows, const bf16 *x, tiles_layout layout, bf16 *out) {
  for (int r = rows.first; r < rows.end; r++) {
    const bf16 *from = x + start(&rows.layout, r);
    bf16 *to = out + pixel(&layout, r / rows.layout.height, 2 * (r % rows.layout.height), 0) * 32;
    bf16 *below = to + layout.stride * 32;
    for (int i = 0; i < rows.layout.width; i++) {
      __m512i v = _mm512_load_si512(from + i * 32);
      _mm512_store_si512(to + i * 64, v), _mm512_store_si512(to + i * 64 + 32, v);
      _mm512_store_si512(below + i * 64, v), _mm512_store_si512(below + i * 64 + 32, v);
    }
  }
}

AMX void tiles_double_gradient(tiles_rows rows, const bf16 *g, tiles_layout layout, bool adds, bf16 *out) {
  for (int r = rows.first; r < rows.end; r++) {
    bf16 *to = out + start(&rows.layout, r);
    const bf16 *top = g + pixel(&layout, r / rows.layout.height, 2 * (r % rows.layout.height), 0) * 32;
    const bf16 *below = top + layout.stride * 32;
    for (int i = 0; i < rows.layout.width; i++) {
      Pair sum = add(
        add(load_pair(top + i * 64), load_pair(top + i * 64 + 32)),
        add(load_pair(below + i * 64), load_pair(below + i * 64 + 32)));
      store_pair(to + i * 32, adds ? add(load_pair(to + i * 32), sum) : sum);
    }
  }
}

AMX void tiles_spread(tiles_rows rows, const bf16 *x, int32_t down, int32_t right, tiles_layout layout, bf16 *out) {
  for (int r = rows.first; r < rows.end; r++) {
    const bf16 *from = x + start(&rows.layout, r);
    bf16 *to = out + pixel(&layout, r / rows.layout.height, 2 * (r % rows.layout.height) + down, right) * 32;
    for (int i = 0; i < rows.layout.width; i++) _mm512_store_si512(to + i * 64, _mm512_load_si512(from + i * 32));
  }
}

AMX void tiles_gather(tiles_rows rows, const bf16 *x, int32_t down, int32_t right, tiles_layout layout, bf16 *out) {
  for (int r = rows.first; r < rows.end; r++) {
    bf16 *to = out + start(&rows.layout, r);
    const bf16 *from = x + pixel(&layout, r / rows.layout.height, 2 * (r % rows.layout.height) + down, right) * 32;
    for (int i = 0; i < rows.layout.width; i++) _mm512_store_si512(to + i * 32, _mm512_load_si512(from + i * 64));
  }
}

AMX void tiles_add(tiles_rows rows, bf16 *x, const bf16 *other) {
  for (int r = rows.first; r < rows.end; r++) {
    int64_t place = start(&rows.layout, r);
    for (int i = 0; i < rows.layout.width; i++, place += 32)
      store_pair(x + place, add(load_pair(x + place), load_pair(other + place)));
  }
}

AMX void tiles_sum(tiles_rows rows, const bf16 *a, const bf16 *b, bf16 *out) {
  for (int r = rows.first; r < rows.end; r++) {
    int64_t place = start(&rows.layout, r);
    for (int i = 0; i < rows.layout.width; i++, place += 32)
      store_pair(out + place, add(load_pair(a + place), load_pair(b + place)));
  }
}

AMX void tiles_sums(tiles_rows rows, const bf16 *x, float *sums) {
  Pair sum = zeros();
  for (int r = rows.first; r < rows.end; r++) {
    const bf16 *from = x + start(&rows.layout, r);
    for (int i = 0; i < rows.layout.width; i++) sum = add(sum, load_pair(from + i * 32));
  }
  store_floats(sums, sum);
}

AMX void tiles_narrow(tiles_rows rows, const float *x, int32_t channels, int32_t channel, bool adds, bf16 *out) {
  int count = channels - channel;
  __mmask16 low = first_of(count), high = first_of(count - 16);
  for (int r = rows.first; r < rows.end; r++) {
    bf16 *to = out + start(&rows.layout, r);
    const float *from = x + (int64_t)r * rows.layout.width * channels + channel;
    for (int i = 0; i < rows.layout.width; i++, from += channels) {
      Pair v = {_mm512_maskz_loadu_ps(low, from), _mm512_maskz_loadu_ps(high, from + 16)};
      store_pair(to + i * 32, adds ? add(load_pair(to + i * 32), v) : v);
    }
  }
}

AMX void tiles_widen(tiles_rows rows, const bf16 *x, int32_t channels, int32_t channel, bool adds, float *out) {
  int count = channels - channel;
  __mmask16 low = first_of(count), high = first_of(count - 16);
  for (int r = rows.first; r < rows.end; r++) {
    const bf16 *from = x + start(&rows.layout, r);
    float *to = out + (int64_t)r * rows.layout.width * channels + channel;
    for (int i = 0; i < rows.layout.width; i++, to += channels) {
      Pair v = load_pair(from + i * 32);
      if (adds) v = add(v, (Pair){_mm512_maskz_loadu_ps(low, to), _mm512_maskz_loadu_ps(high, to + 16)});
      _mm512_mask_storeu_ps(to, low, v.lo), _mm512_mask_storeu_ps(to + 16, high, v.hi);
    }
  }
}

/* SplitMix64 (Steele et al. 2014), eight numbers at once. */
AMX INLINE __m512i mixed(__m512i z) {
  z = _mm512_mullo_epi64(_mm512_xor_si512(z, _mm512_srli_epi64(z, 30)), _mm512_set1_epi64(0xbf58476d1ce4e5b9));
  z = _mm512_mullo_epi64(_mm512_xor_si512(z, _mm512_srli_epi64(z, 27)), _mm512_set1_epi64(0x94d049bb133111eb));
  return _mm512_xor_si512(z, _mm512_srli_epi64(z, 31));
}

AMX void tiles_drop(tiles_rows rows, bf16 *x, uint32_t threshold, float scale, const uint64_t *seeds) {
  const uint64_t golden = 0x9e3779b97f4a7c15;
  const __m512i steps = _mm512_mullo_epi64(_mm512_set_epi64(8, 7, 6, 5, 4, 3, 2, 1), _mm512_set1_epi64(golden));
  const __m512i eight = _mm512_set1_epi64(8 * golden), below = _mm512_set1_epi16((short)threshold);
  Pair factor = {_mm512_set1_ps(scale), _mm512_set1_ps(scale)};
  for (int r = rows.first; r < rows.end; r++) {
    bf16 *to = x + start(&rows.layout, r);
    __m512i counter = _mm512_add_epi64(_mm512_set1_epi64(seeds[r - rows.first]), steps);
    for (int i = 0; i < rows.layout.width; i++) {
      __mmask32 kept = _mm512_cmpge_epu16_mask(mixed(counter), below);
      counter = _mm512_add_epi64(counter, eight);
      __m512i v = narrowed(multiply(load_pair(to + i * 32), factor));
      _mm512_store_si512(to + i * 32, _mm512_maskz_mov_epi16(kept, v));
    }
  }
}

/* 16 x 16 numbers of 32 bits. */
AMX INLINE void transpose(__m512i *r) {
  __m512i s[16];
  for (int i = 0; i < 16; i += 2) {
    s[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    s[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4)
    for (int j = 0; j < 2; j++) {
      r[i + 2 * j] = _mm512_unpacklo_epi64(s[i + j], s[i + j + 2]);
      r[i + 2 * j + 1] = _mm512_unpackhi_epi64(s[i + j], s[i + j + 2]);
    }
  for (int h = 0; h < 16; h += 8)
    for (int j = 0; j < 4; j++) {
      s[h + j] = _mm512_shuffle_i32x4(r[h + j], r[h + j + 4], 0x88);
      s[h + j + 4] = _mm512_shuffle_i32x4(r[h + j], r[h + j + 4], 0xdd);
    }
  for (int j = 0; j < 8; j++) {
    r[j] = _mm512_shuffle_i32x4(s[j], s[j + 8], 0x88);
    r[j + 8] = _mm512_shuffle_i32x4(s[j], s[j + 8], 0xdd);
  }
}

AMX INLINE __m512i narrow_row(const float *row, int columns) {
  return narrowed((Pair){
    _mm512_maskz_loadu_ps(first_of(columns), row), _mm512_maskz_loadu_ps(first_of(columns - 16), row + 16)});
}

AMX void tiles_pack(
  const float *w, int64_t tap, int64_t row, int32_t taps, int32_t rows, int32_t columns, bool turned, bf16 *low,
  bf16 *high
) {
  static const uint16_t order[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                     8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  const __m512i interleave = _mm512_loadu_si512(order), zero = _mm512_setzero_si512();
  for (int t = 0; t < taps; t++) {
    const float *from = w + t * tap;
    if (turned) {
      /* Pairs of inputs are neighbours, so pairs are turned as numbers of 32 bits. */
      for (int half = 0; half < 2; half++) {
        bf16 *to = (half ? high : low) + (taps - 1 - t) * 512;
        __m512i r[16];
        for (int i = 0; i < 16; i++) {
          int c = half * 16 + i;
          r[i] = c < rows ? narrow_row(from + c * row, columns) : zero;
        }
        transpose(r);
        for (int i = 0; i < 16; i++) _mm512_store_si512(to + i * 32, r[i]);
      }
      continue;
    }
    for (int p = 0; p < 16; p++) {
      int c = p * 2;
      __m512i a = c < rows ? narrow_row(from + c * row, columns) : zero;
      __m512i b = c + 1 < rows ? narrow_row(from + (c + 1) * row, columns) : zero;
      /* Of a and b 16 outputs each. */
      __m512i first = _mm512_inserti64x4(a, _mm512_castsi512_si256(b), 1);
      __m512i second = _mm512_inserti64x4(b, _mm512_extracti64x4_epi64(a, 1), 0);
      _mm512_store_si512(low + t * 512 + p * 32, _mm512_permutexvar_epi16(interleave, first));
      _mm512_store_si512(high + t * 512 + p * 32, _mm512_permutexvar_epi16(interleave, second));
    }
  }
}

#endif

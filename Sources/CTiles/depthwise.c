#include "support.h"

#if defined(__x86_64__)
#include <string.h>

/* Positions of a row with zeros at both sides. */
INLINE int64_t padded(const tiles_depthwise *j) { return j->x.width + 2 * j->size; }

/* `size` rows, and one that stays zero. */
int64_t tiles_depthwise_scratch(const tiles_depthwise *j) { return padded(j) * 64 * (j->size + 1); }

/* `n` pixels of y, whose taps' first values are given. */
AMX INLINE void pixels(
  const tiles_depthwise *j, const int n, const int stride, const tiles_function function, const bf16 *const *rows,
  int64_t x, bf16 *y
) {
  Pair sums[8];
  const Pair bias = floats(j->bias);
#pragma clang loop unroll(full)
  for (int i = 0; i < n; i++) sums[i] = bias;
  const float *w = j->weights;
  for (int r = 0; r < j->size; r++) {
    const bf16 *from = rows[r] + x * stride * 32;
    for (int s = 0; s < j->size; s++, w += 32, from += 32) {
      const Pair weight = floats(w);
#pragma clang loop unroll(full)
      for (int i = 0; i < n; i++) sums[i] = multiply_add(load_pair(from + i * stride * 32), weight, sums[i]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < n; i++)
    store_pair(y + (x + i) * 32, (Pair){applied(function, sums[i].lo), applied(function, sums[i].hi)});
}

AMX INLINE void row_of_pixels(
  const tiles_depthwise *j, const int stride, const tiles_function function, const bf16 *const *rows, bf16 *y
) {
  int64_t x = 0;
  for (; x + 8 <= j->y.width; x += 8) pixels(j, 8, stride, function, rows, x, y);
  for (; x < j->y.width; x++) pixels(j, 1, stride, function, rows, x, y);
}

#define FUNCTIONS(stride) \
  switch (j->function) { \
  case TILES_IDENTITY: row_of_pixels(j, stride, TILES_IDENTITY, taps, to); break; \
  case TILES_RELU: row_of_pixels(j, stride, TILES_RELU, taps, to); break; \
  case TILES_RELU6: row_of_pixels(j, stride, TILES_RELU6, taps, to); break; \
  case TILES_SWISH: row_of_pixels(j, stride, TILES_SWISH, taps, to); break; \
  }

AMX void tiles_depthwise_rows(const tiles_depthwise *j, tiles_rows rows, const bf16 *x, bf16 *y, void *scratch) {
  bf16 *kept = scratch, *zeros = kept + j->size * padded(j) * 32;
  memset(scratch, 0, tiles_depthwise_scratch(j));
  int picture = -1, next = 0;
  for (int r = rows.first; r < rows.end; r++) {
    const int n = r / j->y.height, i = r % j->y.height, top = i * j->stride - j->above;
    if (n != picture) picture = n, next = top < 0 ? 0 : top;
    const bf16 *taps[5];
    for (int s = 0; s < j->size; s++) {
      const int row = top + s;
      for (; next <= row && next < j->x.height; next++)
        memcpy(
          kept + (next % j->size * padded(j) + j->size) * 32, x + pixel(&j->x, n, next, 0) * 32,
          (size_t)j->x.width * 64);
      taps[s] = (row < 0 || row >= j->x.height ? zeros : kept + row % j->size * padded(j) * 32) +
        (j->size - j->left) * 32;
    }
    bf16 *to = y + pixel(&j->y, n, i, 0) * 32;
    if (j->stride == 1) { FUNCTIONS(1) } else { FUNCTIONS(j->stride) }
  }
}

#endif

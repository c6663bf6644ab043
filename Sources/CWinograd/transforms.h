/* Included once for each number of lanes, with LANES, NAME(x), TARGET and FMA(a, b, c) = a b + c defined. */

#define INLINE TARGET static inline __attribute__((always_inline))
#define V NAME(vector)
typedef float V __attribute__((vector_size(LANES * 4)));
typedef int32_t NAME(bits) __attribute__((vector_size(LANES * 4)));
typedef float NAME(stored) __attribute__((vector_size(LANES * 4), aligned(4)));

INLINE V NAME(load)(const float *from) { return *(const NAME(stored) *)from; }
INLINE void NAME(save)(V v, float *to) { *(NAME(stored) *)to = v; }
/* max(v, 0); what isn't a number stays so. */
INLINE V NAME(rectified)(V v) { return (V)((NAME(bits))v & ~(v < (V){})); }
/* s x + y */
INLINE V NAME(plus)(V y, float s, V x) { return FMA(((V){} + s), x, y); }

/* Each two outputs differ in the sign of the odd part alone. */
#define PAIR(i, even, odd) \
  { V e = even, o = odd; y[i] = e + o, y[i + 1] = e - o; }
#define PLUS NAME(plus)

/* B^T x */
INLINE void NAME(input)(const int tile, const V *x, V *y) {
  if (tile == 6) {
    y[0] = PLUS(x[0] - x[6], 5.25f, x[4] - x[2]);
    PAIR(1, PLUS(x[2] + x[6], -4.25f, x[4]), PLUS(x[1] + x[5], -4.25f, x[3]))
    PAIR(3, PLUS(PLUS(x[6], 0.25f, x[2]), -1.25f, x[4]), PLUS(PLUS(x[5] * 2, 0.5f, x[1]), -2.5f, x[3]))
    PAIR(5, PLUS(PLUS(x[6], 4, x[2]), -5, x[4]), PLUS(PLUS(x[1] * 2, 0.5f, x[5]), -2.5f, x[3]))
    y[7] = PLUS(x[7] - x[1], 5.25f, x[3] - x[5]);
  } else if (tile == 4) {
    y[0] = PLUS(PLUS(x[4], 4, x[0]), -5, x[2]);
    PAIR(1, PLUS(x[4], -4, x[2]), PLUS(x[3], -4, x[1]))
    PAIR(3, x[4] - x[2], (x[3] - x[1]) * 2)
    y[5] = PLUS(PLUS(x[5], 4, x[1]), -5, x[3]);
  } else {
    y[0] = x[0] - x[2];
    PAIR(1, x[2], x[1])
    y[3] = x[1] - x[3];
  }
}

/* A x */
INLINE void NAME(gradient)(const int tile, const V *x, V *y) {
  y[0] = x[0];
  if (tile == 6) {
    PAIR(1, x[0] + x[2] + x[4], x[1] + x[3] + x[5])
    PAIR(3, PLUS(PLUS(x[0], 4, x[2]), 16, x[4]), PLUS(PLUS(x[1] * 2, 8, x[3]), 32, x[5]))
    PAIR(5, PLUS(PLUS(x[4] * 2, 8, x[2]), 32, x[0]), PLUS(PLUS(x[5], 4, x[3]), 16, x[1]))
    y[7] = x[5];
  } else if (tile == 4) {
    PAIR(1, x[0] + x[2], x[1] + x[3])
    PAIR(3, PLUS(x[0], 4, x[2]), PLUS(x[1] * 2, 8, x[3]))
    y[5] = x[3];
  } else {
    PAIR(1, x[0], x[1])
    y[3] = -x[1];
  }
}

/* A^T x */
INLINE void NAME(output)(const int tile, const V *x, V *y) {
  if (tile == 2) {
    y[0] = x[0] + x[1] + x[2];
    y[1] = x[1] - x[2] - x[3];
    return;
  }
  V s1 = x[1] + x[2], d1 = x[1] - x[2], s2 = x[3] + x[4], d2 = x[3] - x[4];
  if (tile == 4) {
    y[0] = x[0] + s1 + s2;
    y[1] = PLUS(d1, 2, d2);
    y[2] = PLUS(s1, 4, s2);
    y[3] = PLUS(d1 + x[5], 8, d2);
  } else {
    V s3 = x[5] + x[6], d3 = x[5] - x[6];
    y[0] = PLUS(x[0] + s1 + s2, 32, s3);
    y[1] = PLUS(PLUS(d1, 2, d2), 16, d3);
    y[2] = PLUS(PLUS(s1, 4, s2), 8, s3);
    y[3] = PLUS(PLUS(d1, 8, d2), 4, d3);
    y[4] = PLUS(PLUS(s1, 16, s2), 2, s3);
    y[5] = PLUS(d1 + d3 + x[7], 32, d2);
  }
}

/* Copies a patch of `size` rows and columns as its readers see it, zero outside the picture. */
INLINE void NAME(copy)(const winograd_patch *p, int c, int size, float *to) {
  for (int i = 0; i < size; i++)
    for (int j = 0; j < size; j++) {
      V v = {};
      if (i >= p->top && i < p->bottom && j >= p->left && j < p->right) {
        v = NAME(load)(p->first + i * p->row_stride + (int64_t)j * p->channels + c);
        if (p->scale) v = NAME(rectified)(v * NAME(load)(p->scale + c) + NAME(load)(p->shift + c));
      }
      NAME(save)(v, to + (i * size + j) * LANES);
    }
}

INLINE void NAME(transform_lanes)(
  const int tile, const int kind, const winograd_patch *p, const winograd_planes *planes, int c
) {
  const int points = tile + 2, size = kind == winograd_input ? points : kind == winograd_gradient ? tile : points / 2 + 1;
  float copied[8 * 8 * LANES] __attribute__((aligned(64)));
  V half[8][8];
  const float *from = p->first + c;
  int64_t row = p->row_stride, column = p->channels;
  if (p->scale || p->top > 0 || p->left > 0 || p->bottom < size || p->right < size) {
    NAME(copy)(p, c, size, copied);
    from = copied, row = size * LANES, column = LANES;
  }
  V x[8], y[8];
  /* Of doubled pixels the first is the second of its pair. */
#define PIXEL(j) (kind == winograd_doubled_input ? (j + 1) / 2 : j)
  const int read = kind == winograd_gradient ? tile : points;
#pragma clang loop unroll(disable)
  for (int i = 0; i < size; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < read; j++) x[j] = NAME(load)(from + i * row + PIXEL(j) * column);
    if (kind == winograd_gradient) NAME(gradient)(tile, x, y); else NAME(input)(tile, x, y);
#pragma clang loop unroll(full)
    for (int j = 0; j < points; j++) half[i][j] = y[j];
  }
#pragma clang loop unroll(disable)
  for (int j = 0; j < points; j++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < read; i++) x[i] = half[PIXEL(i)][j];
    if (kind == winograd_gradient) NAME(gradient)(tile, x, y); else NAME(input)(tile, x, y);
    float *to = planes->first + j * planes->column_stride + c;
#pragma clang loop unroll(full)
    for (int i = 0; i < points; i++) NAME(save)(y[i], to + i * planes->row_stride);
  }
#undef PIXEL
}

INLINE void NAME(store_lanes)(
  const int tile, const bool sums, const winograd_planes *planes, const winograd_outputs *o, int c
) {
  const int points = tile + 2, size = sums ? tile / 2 : tile;
  V half[6][8], x[8], y[6];
#pragma clang loop unroll(disable)
  for (int j = 0; j < points; j++) {
    const float *from = planes->first + j * planes->column_stride + c;
#pragma clang loop unroll(full)
    for (int i = 0; i < points; i++) x[i] = NAME(load)(from + i * planes->row_stride);
    NAME(output)(tile, x, y);
#pragma clang loop unroll(full)
    for (int i = 0; i < size; i++) half[i][j] = sums ? y[2 * i] + y[2 * i + 1] : y[i];
  }
  V bias = o->bias ? NAME(load)(o->bias + c) : (V){};
#pragma clang loop unroll(disable)
  for (int i = 0; i < o->rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < points; j++) x[j] = half[i][j];
    NAME(output)(tile, x, y);
    float *to = o->first + i * o->row_stride + c;
#pragma clang loop unroll(full)
    for (int j = 0; j < size; j++) {
      if (j >= o->columns) break;
      V v = (sums ? y[2 * j] + y[2 * j + 1] : y[j]) + bias;
      if (o->rectifies) v = NAME(rectified)(v);
      if (o->adds) v += NAME(load)(to + (int64_t)j * o->channels);
      NAME(save)(v, to + (int64_t)j * o->channels);
    }
  }
}

/* From channel c on, as many as are whole lanes; returns the first that is left. */
TARGET static int NAME(transform)(
  int tile, winograd_kind kind, const winograd_patch *patch, const winograd_planes *planes, int c
) {
#define KIND(t, k) \
  for (; c + LANES <= patch->channels; c += LANES) NAME(transform_lanes)(t, k, patch, planes, c);
#define TILE(t) \
  if (kind == winograd_input) { KIND(t, winograd_input) } \
  else if (kind == winograd_doubled_input) { KIND(t, winograd_doubled_input) } \
  else { KIND(t, winograd_gradient) }
  if (tile == 6) { TILE(6) } else if (tile == 4) { TILE(4) } else { TILE(2) }
#undef TILE
#undef KIND
  return c;
}

TARGET static int NAME(store)(int tile, const winograd_planes *planes, const winograd_outputs *outputs, int c) {
#define KIND(t, s) \
  for (; c + LANES <= outputs->channels; c += LANES) NAME(store_lanes)(t, s, planes, outputs, c);
#define TILE(t) if (outputs->sums) { KIND(t, true) } else { KIND(t, false) }
  if (tile == 6) { TILE(6) } else if (tile == 4) { TILE(4) } else { TILE(2) }
#undef TILE
#undef KIND
  return c;
}

#undef PLUS
#undef PAIR
#undef V
#undef INLINE

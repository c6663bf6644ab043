/* The functions of pixels.h for the instructions of TARGET, with vectors of WIDE channels, of 8 and of 1. Names get the
   target by T. */

#define PASTE_(x, lanes, level) x##_##lanes##_##level
#define PASTE(x, lanes, level) PASTE_(x, lanes, level)
#define T(x) PASTE(x, all, WIDE)
#define V(x) PASTE(x, LANES, WIDE)
#define LANES WIDE
#include "lanes.h"
#undef LANES
#if WIDE > 8
#define LANES 8
#include "lanes.h"
#undef LANES
#endif
#define LANES 1
#include "lanes.h"
#undef LANES

/* Does `body(lanes)` for all parts of some channels. */
#if WIDE > 8
#define CHANNELS_FROM(c, n, body)          \
  for (; c + 16 <= n; c += 16) body(16);   \
  for (; c + 8 <= n; c += 8) body(8);      \
  for (; c < n; c++) body(1);
#else
#define CHANNELS_FROM(c, n, body)              \
  for (; c + WIDE <= n; c += WIDE) body(WIDE); \
  for (; c < n; c++) body(1);
#endif
#define CHANNELS(n, body)     \
  {                           \
    int64_t c = 0;            \
    CHANNELS_FROM(c, n, body) \
  }
/* Does PARTS(lanes, vectors) for all parts of some channels, of several vectors where there are, and PART(lanes) for
   single ones. */
#define VECTORS(n)                                           \
  {                                                          \
    int64_t c = 0;                                           \
    for (; c + 4 * WIDE <= n; c += 4 * WIDE) PARTS(WIDE, 4); \
    for (; c + 2 * WIDE <= n; c += 2 * WIDE) PARTS(WIDE, 2); \
    CHANNELS_FROM(c, n, PART)                                \
  }
#define PART(lanes) PARTS(lanes, 1)
/* Does `body(function)` with the function as a constant, so that loops don't ask for it. */
#define FUNCTIONS(function, body)                      \
  switch (function) {                                  \
  case PIXELS_IDENTITY: body(PIXELS_IDENTITY); break;  \
  case PIXELS_RELU: body(PIXELS_RELU); break;          \
  case PIXELS_RELU6: body(PIXELS_RELU6); break;        \
  case PIXELS_SWISH: body(PIXELS_SWISH); break;        \
  case PIXELS_SIGMOID: body(PIXELS_SIGMOID); break;    \
  }
/* A copy that no store can change, so that it isn't loaded again. */
#define COPIED const pixels_activation copy = *given, *const a = &copy;
#define AT(x, lanes) PASTE(x, lanes, WIDE)

TARGET static void T(activate)(
  int64_t pixels, int64_t channels, const float *x, const pixels_activation *given, float *out
) {
  COPIED
#define ONE(lanes) AT(store, lanes)(out + p * channels + c, AT(seen, lanes)(f, a, x + p * channels, c))
#define LOOP(constant)                                          \
  {                                                             \
    const pixels_function f = constant;                         \
    for (int64_t p = 0; p < pixels; p++) CHANNELS(channels, ONE) \
  }
  FUNCTIONS(a->function, LOOP)
#undef LOOP
#undef ONE
}

TARGET static void T(gradient)(
  int64_t pixels, int64_t channels, float *g, const float *x, const pixels_activation *given, const float *slope,
  const float *offset
) {
  COPIED
#define ONE(lanes) AT(gradient, lanes)(f, a, g + p * channels, x + p * channels, slope, offset, c)
#define LOOP(constant)                                          \
  {                                                             \
    const pixels_function f = constant;                         \
    for (int64_t p = 0; p < pixels; p++) CHANNELS(channels, ONE) \
  }
  FUNCTIONS(a->function, LOOP)
#undef LOOP
#undef ONE
}

TARGET static void T(gradient_sums)(
  int64_t pixels, int64_t channels, const float *g, const float *x, const pixels_activation *given, float *sums
) {
  COPIED
#define PARTS(lanes, vectors) AT(gradient_sums, lanes)(vectors, f, a, pixels, channels, g, x, sums, c)
#define LOOP(constant)                  \
  {                                     \
    const pixels_function f = constant; \
    VECTORS(channels)                   \
  }
  FUNCTIONS(a->function, LOOP)
#undef LOOP
#undef PARTS
}

TARGET static void T(sums)(
  int64_t pixels, int64_t channels, const float *g, const float *x, const pixels_activation *given, float *sums
) {
  COPIED
#define PARTS(lanes, vectors) AT(sums, lanes)(vectors, f, a, pixels, channels, g, x, sums, c)
#define LOOP(constant)                  \
  {                                     \
    const pixels_function f = constant; \
    VECTORS(channels)                   \
  }
  FUNCTIONS(a->function, LOOP)
#undef LOOP
#undef PARTS
}

TARGET static void T(moments)(int64_t pixels, int64_t channels, const float *x, float *mean, float *squares) {
#define PARTS(lanes, vectors) AT(moments, lanes)(vectors, pixels, channels, x, mean, squares, c)
  VECTORS(channels)
#undef PARTS
}

TARGET static void T(softmax)(
  int64_t pixels, int64_t channels, const float *x, float *p, float *tops, float *sums
) {
#if WIDE > 4
#define ONE AT(softmax, 8)
#else
#define ONE AT(softmax, 4)
#endif
  for (int64_t i = 0; i < pixels; i++) {
    float top, sum;
    ONE(channels, x + i * channels, p + i * channels, &top, &sum);
    if (tops) tops[i] = top, sums[i] = sum;
  }
#undef ONE
}

TARGET static void T(scale)(int64_t pixels, int64_t channels, float *g, const float *factor, const float *offset) {
#define ONE(lanes)                                                                                        \
  AT(store, lanes)(                                                                                       \
    g + p * channels + c,                                                                                 \
    AT(load, lanes)(g + p * channels + c) * AT(load, lanes)(factor + c) + AT(load, lanes)(offset + c))
  for (int64_t p = 0; p < pixels; p++) CHANNELS(channels, ONE)
#undef ONE
}

TARGET static void T(row_of_taps)(
  const taps *t, int64_t channels, pixels_function function, const float *bias, int64_t step, bool adds, float *y,
  int64_t apart, int64_t count
) {
  /* Few enough pixels that those of the part stay in the first cache for all taps. */
  for (int64_t x = 0; x < count; x += 32) {
    taps moved = *t;
    for (int k = 0; k < t->count; k++) moved.rows[k] += x * step;
    const int64_t n = count - x < 32 ? count - x : 32;
#define PARTS(lanes, vectors) AT(taps, lanes)(&moved, vectors, f, bias, step, adds, y + x * apart, apart, n, c)
#define LOOP(constant)                  \
  {                                     \
    const pixels_function f = constant; \
    VECTORS(channels)                   \
  }
    FUNCTIONS(function, LOOP)
#undef LOOP
#undef PARTS
  }
}

TARGET static void T(kernel_row)(
  int32_t size, const float *x, int64_t step, const float *dy, int64_t channels, int64_t count, float *sums
) {
#define ONE(lanes) AT(kernel_row, lanes)(n, x, step, dy, channels, count, sums, c)
#define LOOP(constant)      \
  {                         \
    const int n = constant; \
    CHANNELS(channels, ONE) \
  }
  if (size == 3) LOOP(3) else LOOP(5)
#undef LOOP
#undef ONE
}

#undef T
#undef V
#undef AT
#undef COPIED
#undef PASTE
#undef PASTE_
#undef CHANNELS
#undef CHANNELS_FROM
#undef VECTORS
#undef PART
#undef FUNCTIONS

#include "pixels.h"

#include <string.h>

/* Only what is written as such is one operation, so that all processors round alike. */
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

typedef float float4 __attribute__((ext_vector_type(4)));
#define LARGER(a, b) __builtin_elementwise_max(a, b)

/* The taps of one row of a sum: where each reads its first value, and its weights, [channels]. */
typedef struct {
  int32_t count;
  const float *rows[25];
  const float *weights[25];
} taps;

#if defined(__x86_64__)
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#define WIDE 16
#define TARGET __attribute__((target("avx512f,avx512vl,avx512dq,fma")))
#include "loops.h"
#undef WIDE
#undef TARGET

#define WIDE 8
#define TARGET __attribute__((target("avx2,fma")))
#include "loops.h"
#undef WIDE
#undef TARGET
#undef FMA
#endif

#define WIDE 4
#define TARGET
#if defined(__x86_64__)
/* Without AVX2 there is no such instruction. */
#define FMA(a, b, c) ((a) * (b) + (c))
#else
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#endif
#include "loops.h"
#undef WIDE
#undef TARGET

int32_t pixels_lanes(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return 16;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 8;
#endif
  return 4;
}

#if defined(__x86_64__)
#define DISPATCH(name, ...)                                  \
  if (lanes >= 16) name##_all_16(__VA_ARGS__);               \
  else if (lanes >= 8) name##_all_8(__VA_ARGS__);            \
  else name##_all_4(__VA_ARGS__)
#else
#define DISPATCH(name, ...) name##_all_4(__VA_ARGS__)
#endif

void pixels_activate(
  int32_t lanes, int64_t pixels, int64_t channels, const float *x, const pixels_activation *activation, float *out
) {
  DISPATCH(activate, pixels, channels, x, activation, out);
}

void pixels_gradient(
  int32_t lanes, int64_t pixels, int64_t channels, float *g, const float *x, const pixels_activation *activation,
  const float *slope, const float *offset
) {
  DISPATCH(gradient, pixels, channels, g, x, activation, slope, offset);
}

void pixels_gradient_sums(
  int32_t lanes, int64_t pixels, int64_t channels, const float *g, const float *x, const pixels_activation *activation,
  float *sums
) {
  DISPATCH(gradient_sums, pixels, channels, g, x, activation, sums);
}

void pixels_sums(
  int32_t lanes, int64_t pixels, int64_t channels, const float *g, const float *x, const pixels_activation *activation,
  float *sums
) {
  DISPATCH(sums, pixels, channels, g, x, activation, sums);
}

void pixels_moments(
  int32_t lanes, int64_t pixels, int64_t channels, const float *x, float *mean, float *squares
) {
  DISPATCH(moments, pixels, channels, x, mean, squares);
}

void pixels_softmax(
  int32_t lanes, int64_t pixels, int64_t channels, const float *x, float *p, float *tops, float *sums
) {
  DISPATCH(softmax, pixels, channels, x, p, tops, sums);
}

void pixels_scale(
  int32_t lanes, int64_t pixels, int64_t channels, float *g, const float *factor, const float *offset
) {
  DISPATCH(scale, pixels, channels, g, factor, offset);
}

/* Rows of a picture with zeros at both sides, the last few that were asked for, each read once. */
typedef struct {
  float *values;
  int64_t stride;
  int32_t height, width, channels, margin, kept;
  int32_t next; /* the first row that wasn't read yet */
} window;

/* Values of a row, of rows of `width` pixels with `margin` zeros on either side. */
static int64_t window_stride(int32_t width, int32_t margin, int32_t channels) {
  return ((int64_t)width + 2 * margin) * channels;
}

/* The row after the kept ones is zero, and so are the margins. */
static window make_window(
  float *scratch, int32_t height, int32_t width, int32_t channels, int32_t margin, int32_t kept, int32_t first
) {
  window w = {scratch, window_stride(width, margin, channels), height, width, channels, margin, kept,
              first < 0 ? 0 : first};
  const int64_t ends = (int64_t)margin * channels;
  for (int32_t row = 0; row < kept; row++) {
    memset(scratch + row * w.stride, 0, sizeof(float) * ends);
    memset(scratch + (row + 1) * w.stride - ends, 0, sizeof(float) * ends);
  }
  memset(scratch + kept * w.stride, 0, sizeof(float) * w.stride);
  return w;
}

/* The first value of a row's first pixel; rows must be asked for in order, none further back than `kept`. */
static const float *window_row(int32_t lanes, window *w, const float *x, const pixels_activation *a, int32_t row) {
  const int64_t margin = (int64_t)w->margin * w->channels;
  if (row < 0 || row >= w->height) return w->values + w->kept * w->stride + margin;
  for (; w->next <= row; w->next++)
    pixels_activate(
      lanes, w->width, w->channels, x + (int64_t)w->next * w->width * w->channels, a,
      w->values + w->next % w->kept * w->stride + margin);
  return w->values + row % w->kept * w->stride + margin;
}

int64_t pixels_depthwise_scratch(const pixels_depthwise *d) {
  const int32_t width = d->width > d->columns ? d->width : d->columns;
  return window_stride(width, d->size, d->channels) * (d->size + 1);
}

void pixels_depthwise_forward(
  int32_t lanes, const pixels_depthwise *d, int32_t first, int32_t end, const float *x,
  const pixels_activation *activation, const float *kernel, const float *bias, pixels_function function, float *y,
  float *scratch
) {
  const int64_t channels = d->channels;
  window w =
    make_window(scratch, d->height, d->width, d->channels, d->size, d->size, first * d->stride - d->above);
  for (int32_t i = first; i < end; i++) {
    taps t = {d->size * d->size};
    for (int32_t k = 0; k < t.count; k++) {
      const int32_t r = k / d->size, s = k % d->size;
      t.rows[k] = window_row(lanes, &w, x, activation, i * d->stride + r - d->above) + (s - d->left) * channels;
      t.weights[k] = kernel + k * channels;
    }
    DISPATCH(
      row_of_taps, &t, channels, function, bias, d->stride * channels, false, y + (int64_t)i * d->columns * channels,
      channels, d->columns);
  }
}

/* Pixel (i, j) of x was read at (i + above - r) / stride, (j + left - s) / stride where those are whole. */
void pixels_depthwise_input_gradient(
  int32_t lanes, const pixels_depthwise *d, int32_t first, int32_t end, const float *dy, const float *kernel,
  bool adds, float *dx, float *scratch
) {
  const int64_t channels = d->channels;
  const pixels_activation plain = {PIXELS_IDENTITY, 0, 0, 0};
  const int32_t above = first + d->above - d->size + 1;
  window w = make_window(
    scratch, d->rows, d->columns, d->channels, d->size, d->size, above > 0 ? above / d->stride : 0);
  for (int32_t i = first; i < end; i++)
    for (int32_t phase = 0; phase < d->stride && phase < d->width; phase++) {
      taps t = {0};
      /* The last tap reads the first row. */
      for (int32_t k = d->size * d->size - 1; k >= 0; k--) {
        const int32_t row = i + d->above - k / d->size, column = phase + d->left - k % d->size;
        if (row % d->stride || column % d->stride) continue;
        t.rows[t.count] = window_row(lanes, &w, dy, &plain, row < 0 ? -1 : row / d->stride) +
          column / d->stride * channels;
        t.weights[t.count++] = kernel + k * channels;
      }
      DISPATCH(
        row_of_taps, &t, channels, PIXELS_IDENTITY, 0, channels, adds,
        dx + ((int64_t)i * d->width + phase) * channels, d->stride * channels,
        (d->width - phase + d->stride - 1) / d->stride);
    }
}

void pixels_depthwise_kernel_gradient(
  int32_t lanes, const pixels_depthwise *d, int32_t first, int32_t end, const float *x,
  const pixels_activation *activation, const float *dy, float *dkernel, float *scratch
) {
  const int64_t channels = d->channels;
  window w =
    make_window(scratch, d->height, d->width, d->channels, d->size, d->size, first * d->stride - d->above);
  for (int32_t i = first; i < end; i++)
    for (int32_t r = 0; r < d->size; r++) {
      const float *row = window_row(lanes, &w, x, activation, i * d->stride + r - d->above) - d->left * channels;
      DISPATCH(
        kernel_row, d->size, row, d->stride * channels, dy + (int64_t)i * d->columns * channels, channels, d->columns,
        dkernel + r * d->size * channels);
    }
}

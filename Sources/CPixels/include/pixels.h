/* Loops over pixels whose channels are neighbours in memory, [pixels][channels] fp32: activation functions with what
   normalisation does before them, sums, softmax and depthwise convolutions. Each is compiled for AVX-512, for AVX2 with FMA, and
   plainly; the first two round alike. One call is one thread's. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef enum { PIXELS_IDENTITY, PIXELS_RELU, PIXELS_RELU6, PIXELS_SWISH, PIXELS_SIGMOID } pixels_function;

/* What a reader makes of stored values x: gate f(z), z = scale x + shift, [channels] each; null for ones and zeros. */
typedef struct {
  pixels_function function;
  const float *scale, *shift; /* both or neither */
  const float *gate;
} pixels_activation;

/* How wide the vectors of this processor are: 16, 8 or 4. The functions below take that, or less for tests. */
int32_t pixels_lanes(void);

/* out = what a reader sees. */
void pixels_activate(
  int32_t lanes, int64_t pixels, int64_t channels, const float *x, const pixels_activation *activation, float *out);
/* g = gate f'(z) g, plus slope x + offset where slope is given. With scale: scale gate f'(z) g. */
void pixels_gradient(
  int32_t lanes, int64_t pixels, int64_t channels, float *g, const float *x, const pixels_activation *activation,
  const float *slope, const float *offset);
/* Sums of f'(z) g and of f'(z) g x, [2][channels]. */
void pixels_gradient_sums(
  int32_t lanes, int64_t pixels, int64_t channels, const float *g, const float *x, const pixels_activation *activation,
  float *sums);
/* Sums of what a reader sees, times g where that is given, [channels]. */
void pixels_sums(
  int32_t lanes, int64_t pixels, int64_t channels, const float *g, const float *x, const pixels_activation *activation,
  float *sums);
/* The mean over pixels, and the sum of squares about it, [channels] each. */
void pixels_moments(
  int32_t lanes, int64_t pixels, int64_t channels, const float *x, float *mean, float *squares);
/* The softmax over the channels of each pixel, e^(x - top) / sum, with top the largest x. Tops and sums are written where
   they are given, both or neither, [pixels] each. */
void pixels_softmax(
  int32_t lanes, int64_t pixels, int64_t channels, const float *x, float *p, float *tops, float *sums);
/* g = factor g + offset, [channels] each. */
void pixels_scale(
  int32_t lanes, int64_t pixels, int64_t channels, float *g, const float *factor, const float *offset);

/* A depthwise convolution of one picture: y[i][j][c] = sum over r, s of x[stride i + r - above][stride j + s - left][c]
   kernel[r][s][c], zero outside. */
typedef struct {
  int32_t height, width;  /* of x */
  int32_t rows, columns;  /* of y */
  int32_t channels, size, stride, above, left;
} pixels_depthwise;

/* Values that the functions below work with. */
int64_t pixels_depthwise_scratch(const pixels_depthwise *shape);
/* Rows `first` up to `end` of y = f(sum + bias). x and y are the picture's; x is read through `activation`. */
void pixels_depthwise_forward(
  int32_t lanes, const pixels_depthwise *shape, int32_t first, int32_t end, const float *x,
  const pixels_activation *activation, const float *kernel, const float *bias, pixels_function function, float *y,
  float *scratch);
/* Rows `first` up to `end` of dx, which is written, or added to. */
void pixels_depthwise_input_gradient(
  int32_t lanes, const pixels_depthwise *shape, int32_t first, int32_t end, const float *dy, const float *kernel,
  bool adds, float *dx, float *scratch);
/* What rows `first` up to `end` of y add to dkernel. */
void pixels_depthwise_kernel_gradient(
  int32_t lanes, const pixels_depthwise *shape, int32_t first, int32_t end, const float *x,
  const pixels_activation *activation, const float *dy, float *dkernel, float *scratch);

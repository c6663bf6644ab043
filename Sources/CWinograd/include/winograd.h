/* The transforms of Winograd's convolutions F(t x t, 3x3) for t of 2, 4 and 6, as `Winograd` defines them by matrices,
   of one tile and p x p planes, p = t + 2: written out, as most values of the matrices are 0, 1 or shared.

   Channels are done side by side, `lanes` at a time: 16 where the processor has AVX-512, 8 with AVX2, else 4. Results
   are the same with 16 and 8. */
#ifndef WINOGRAD_H
#define WINOGRAD_H

#include <stdbool.h>
#include <stdint.h>

/* How many channels this processor does at a time. */
int32_t winograd_lanes(void);

/* What is transformed. */
typedef enum {
  winograd_input = 0,         /* B^T d B of p x p pixels */
  winograd_doubled_input = 1, /* the same of p / 2 + 1 squared, each of which stands for 2x2 but for those at the edge */
  winograd_gradient = 2,      /* A d A^T of t x t */
} winograd_kind;

/* A patch of a source. */
typedef struct {
  const float *first;         /* of its first pixel, which may lie outside the picture */
  int64_t row_stride;         /* values from one row to the next */
  int32_t channels;           /* a multiple of 8 */
  int32_t top, bottom;        /* the rows inside the picture; all others are zero */
  int32_t left, right;        /* and the columns */
  const float *scale, *shift; /* each channel is read as max(0, scale x + shift); null for x */
} winograd_patch;

/* The planes of a tile: (i, j) begins i row_strides and j column_strides after the first. */
typedef struct {
  float *first;
  int64_t row_stride, column_stride;
} winograd_planes;

void winograd_transform(
  int32_t lanes, int32_t tile, winograd_kind kind, const winograd_patch *patch, const winograd_planes *planes);

/* Where the outputs of a tile go, and what becomes of them. */
typedef struct {
  float *first;
  int64_t row_stride;
  int32_t channels;      /* a multiple of 8 */
  int32_t rows, columns; /* those inside the picture */
  bool sums;             /* whether it takes the sums over squares of 2x2 */
  bool adds;             /* whether they are added to what is there */
  bool rectifies;        /* whether max(0, .) is stored */
  const float *bias;     /* added to each channel; null for none */
} winograd_outputs;

/* A^T m A. */
void winograd_store(int32_t lanes, int32_t tile, const winograd_planes *planes, const winograd_outputs *outputs);

#endif

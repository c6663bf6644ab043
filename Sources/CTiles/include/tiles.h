/* Convolutions of bf16 on AMX, and what goes with them, for x86-64 processors that have it.

   Activations lie in planes of 32 channels, [blocks of 32 channels][positions][32] bf16. Positions are the pixels of all
   pictures, row after row, with one zero pixel at the end of each row and one zero row before each picture and after
   the last: the pixel to the right of a row's last is the one to the left of the next row's first. So each of the nine
   taps of a 3x3 kernel is a constant distance, and 16 neighbouring positions are one tile. A tensor's planes are handed
   over one by one, so that inputs side by side need not be neighbours in memory. Channels beyond the last are zero.

   Products are summed in fp32; subnormal numbers count as zero. Work is cut into pieces by the shape alone, and each
   piece writes to places of its own: the caller shares them out to threads. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef uint16_t bf16;

/* Whether the processor has what is used here and the system lets the process use it; asks the system once. */
bool tiles_available(void);

/* Products of 16x32 by 32x16 values, `count` times six, on what is in the tiles: what this thread gives at most. */
void tiles_products(int64_t count);

typedef struct {
  int32_t batch, height, width;
  /* Positions from row to row, from picture to picture, and of the first pixel. */
  int64_t stride, picture, first;
} tiles_layout;

/* What is done to sums. */
typedef enum { TILES_IDENTITY, TILES_RELU, TILES_RELU6, TILES_SWISH } tiles_function;

/* A convolution of stride 1 with 'same' padding, or a gradient by its input. */
typedef struct {
  tiles_layout layout;
  int32_t taps;   /* 9 or 1 */
  int32_t inputs; /* planes */
  const bf16 *const *x;
  /* Or in place of one plane, with one tap: pictures [pixels][3] fp32, of which each pixel's square of 3x3 is read as 27
     channels. */
  const float *pictures;
  int32_t outputs; /* planes */
  /* Null where a plane isn't wanted. Or null altogether, with `dense`. */
  bf16 *const *y;
  /* Planes to which the sums are added rather than written; null for none. */
  const bool *adds;
  /* Planes of which only the first 16 channels hold anything; the others are zero. */
  const bool *half;
  /* [pixels][channels], in place of planes; of the sums as they are. */
  float *dense;
  int32_t channels;
  const bf16 *weights; /* as tiles_pack leaves them */
  const float *bias;   /* [32 outputs], or null */
  tiles_function function; /* ReLU6 and swish with one tap only */
  /* Whether `y` takes the maximum of each 2x2 square of rectified values alone, in planes of half the height and width.
     Only where heights are even and widths multiples of 16. */
  bool pools;
  /* Sums of y and of y y by piece and half plane, [pieces][2 outputs][2][16], or null. */
  float *moments;
} tiles_convolution;

/* How many pieces there are, and how many sets of moments they leave. */
int32_t tiles_convolution_pieces(const tiles_convolution *job);
int32_t tiles_convolution_moments(const tiles_convolution *job);
void tiles_convolve(const tiles_convolution *job, int32_t piece);

/* Kernel values of up to 32 inputs by up to 32 outputs as tiles: pairs of inputs, [taps][16 pairs][16 outputs][2].

   `w` [taps][rows][columns] fp32, whose taps and rows lie `tap` and `row` values apart. `low` and `high` take the first
   and the last 16 outputs; where `turned`, outputs are the rows, inputs the columns, and taps are reversed. */
void tiles_pack(
  const float *w, int64_t tap, int64_t row, int32_t taps, int32_t rows, int32_t columns, bool turned, bf16 *low,
  bf16 *high);

/* The gradient by the kernel: the sum over all pixels of x, moved by the tap, times dy. */
typedef struct {
  tiles_layout layout;
  int32_t taps;
  int32_t inputs;
  const bf16 *const *x;
  const float *pictures;
  /* x is max(0, scale x + shift), [32] each; null where it is as stored. */
  const float *const *scale;
  const float *const *shift;
  int32_t outputs;
  const bf16 *const *dy;
  /* Where the values of each plane of x begin, and how many rows there are. */
  const int32_t *row, *rows;
  /* Of each plane of dy: where its columns begin, and how many there are. */
  float *const *dw;
  const int32_t *columns;
  /* Values from tap to tap and from row to row. */
  int64_t tap_stride, row_stride;
  /* tiles_gradient_sums values, which the caller provides. */
  float *sums;
} tiles_gradient;

int64_t tiles_gradient_sums(const tiles_gradient *job);
/* Bytes that a piece works with. */
int64_t tiles_gradient_scratch(const tiles_gradient *job);
int32_t tiles_gradient_pieces(const tiles_gradient *job);
void tiles_gradient_piece(const tiles_gradient *job, int32_t piece, void *scratch);
/* When all pieces are done: adds up what they left. None where there is nothing to add. */
int32_t tiles_gradient_ends(const tiles_gradient *job);
void tiles_gradient_end(const tiles_gradient *job, int32_t end);

/* Rows of one plane: `row` of batch x height from `first` up to `end`. */
typedef struct {
  tiles_layout layout;
  int32_t first, end;
} tiles_rows;

/* A depthwise convolution of one plane, with 'same' padding: y[i][j][c] = f(bias[c] + sum over r, s of
   x[stride i + r - above][stride j + s - left][c] weights[r][s][c]). */
typedef struct {
  tiles_layout x, y;
  int32_t size, stride, above, left; /* size 3 or 5 */
  const float *weights;              /* [size][size][32] */
  const float *bias;                 /* [32] */
  tiles_function function;
} tiles_depthwise;

/* Bytes that a call works with. */
int64_t tiles_depthwise_scratch(const tiles_depthwise *job);
/* Rows are of y. */
void tiles_depthwise_rows(const tiles_depthwise *job, tiles_rows rows, const bf16 *x, bf16 *y, void *scratch);

/* Sums of x, [32]. */
void tiles_sums(tiles_rows rows, const bf16 *x, float *sums);
/* out = a + b. */
void tiles_sum(tiles_rows rows, const bf16 *a, const bf16 *b, bf16 *out);
/* out = max(0, scale x + shift), or without the maximum. */
void tiles_normalise(tiles_rows rows, const bf16 *x, const float *scale, const float *shift, bool rectifies, bf16 *out);
/* Sums of g and of g z, where g counts only where scale z + shift is positive if `rectifies`; [2][32]. */
void tiles_normalise_sums(
  tiles_rows rows, const bf16 *g, const bf16 *z, const float *scale, const float *shift, bool rectifies, float *sums);
/* g = scale g + a z + b, with g as before. */
void tiles_normalise_gradient(
  tiles_rows rows, bf16 *g, const bf16 *z, const float *scale, const float *shift, bool rectifies, const float *a,
  const float *b);
/* g = factor g where y is positive, else 0 (all of g where y is null); its sums [32]. */
void tiles_rectify_gradient(tiles_rows rows, bf16 *g, const bf16 *y, float factor, float *sums);
/* The maximum of each 2x2 square; rows are of `out`, the smaller layout. */
void tiles_pool(tiles_rows rows, const bf16 *x, tiles_layout layout, bf16 *out);
/* g of each square goes to the first of its values that equals the maximum y. Scale and shift as in tiles_gradient. */
void tiles_pool_gradient(
  tiles_rows rows, const bf16 *x, tiles_layout layout, const float *scale, const float *shift, const bf16 *y,
  const bf16 *g, bool adds, bf16 *out);
/* Each pixel as a square of 2x2, and the sums over squares; rows are of the smaller layout. */
void tiles_double(tiles_rows rows, const bf16 *x, tiles_layout layout, bf16 *out);
void tiles_double_gradient(tiles_rows rows, const bf16 *g, tiles_layout layout, bool adds, bf16 *out);
/* Pixel (y, x) to pixel (2 y + down, 2 x + right) of the larger layout, and back. */
void tiles_spread(tiles_rows rows, const bf16 *x, int32_t down, int32_t right, tiles_layout layout, bf16 *out);
void tiles_gather(tiles_rows rows, const bf16 *x, int32_t down, int32_t right, tiles_layout layout, bf16 *out);
/* x += other. */
void tiles_add(tiles_rows rows, bf16 *x, const bf16 *other);
/* Values fp32 [pixels][channels] from `channel` on, up to 32, to a plane and back. */
void tiles_narrow(tiles_rows rows, const float *x, int32_t channels, int32_t channel, bool adds, bf16 *out);
void tiles_widen(tiles_rows rows, const bf16 *x, int32_t channels, int32_t channel, bool adds, float *out);
/* Zeroes values where a number of 16 bits is below `threshold`, multiplies others by `scale`; numbers of a row come from
   the generator that `seeds` names, one seed a row. */
void tiles_drop(tiles_rows rows, bf16 *x, uint32_t threshold, float scale, const uint64_t *seeds);

/* Processors of other kinds have no tiles: `tiles_available` says so, and nothing else is called. */
#include "tiles.h"

#if !defined(__x86_64__)
#define NEVER { __builtin_trap(); }
void tiles_products(int64_t count) NEVER
int32_t tiles_convolution_pieces(const tiles_convolution *job) NEVER
int32_t tiles_convolution_moments(const tiles_convolution *job) NEVER
void tiles_convolve(const tiles_convolution *job, int32_t piece) NEVER
void tiles_pack(
  const float *w, int64_t tap, int64_t row, int32_t taps, int32_t rows, int32_t columns, bool turned, bf16 *low,
  bf16 *high) NEVER
int64_t tiles_gradient_sums(const tiles_gradient *job) NEVER
int64_t tiles_gradient_scratch(const tiles_gradient *job) NEVER
int32_t tiles_gradient_pieces(const tiles_gradient *job) NEVER
void tiles_gradient_piece(const tiles_gradient *job, int32_t piece, void *scratch) NEVER
int32_t tiles_gradient_ends(const tiles_gradient *job) NEVER
void tiles_gradient_end(const tiles_gradient *job, int32_t end) NEVER
int64_t tiles_depthwise_scratch(const tiles_depthwise *job) NEVER
void tiles_depthwise_rows(const tiles_depthwise *job, tiles_rows rows, const bf16 *x, bf16 *y, void *scratch) NEVER
void tiles_sums(tiles_rows rows, const bf16 *x, float *sums) NEVER
void tiles_sum(tiles_rows rows, const bf16 *a, const bf16 *b, bf16 *out) NEVER
void tiles_normalise(
  tiles_rows rows, const bf16 *x, const float *scale, const float *shift, bool rectifies, bf16 *out) NEVER
void tiles_normalise_sums(
  tiles_rows rows, const bf16 *g, const bf16 *z, const float *scale, const float *shift, bool rectifies, float *sums)
NEVER
void tiles_normalise_gradient(
  tiles_rows rows, bf16 *g, const bf16 *z, const float *scale, const float *shift, bool rectifies, const float *a,
  const float *b) NEVER
void tiles_rectify_gradient(tiles_rows rows, bf16 *g, const bf16 *y, float factor, float *sums) NEVER
void tiles_pool(tiles_rows rows, const bf16 *x, tiles_layout layout, bf16 *out) NEVER
void tiles_pool_gradient(
  tiles_rows rows, const bf16 *x, tiles_layout layout, const float *scale, const float *shift, const bf16 *y,
  const bf16 *g, bool adds, bf16 *out) NEVER
void tiles_double(tiles_rows rows, const bf16 *x, tiles_layout layout, bf16 *out) NEVER
void tiles_double_gradient(tiles_rows rows, const bf16 *g, tiles_layout layout, bool adds, bf16 *out) NEVER
void tiles_spread(tiles_rows rows, const bf16 *x, int32_t down, int32_t right, tiles_layout layout, bf16 *out) NEVER
void tiles_gather(tiles_rows rows, const bf16 *x, int32_t down, int32_t right, tiles_layout layout, bf16 *out) NEVER
void tiles_add(tiles_rows rows, bf16 *x, const bf16 *other) NEVER
void tiles_narrow(tiles_rows rows, const float *x, int32_t channels, int32_t channel, bool adds, bf16 *out) NEVER
void tiles_widen(tiles_rows rows, const bf16 *x, int32_t channels, int32_t channel, bool adds, float *out) NEVER
void tiles_drop(tiles_rows rows, bf16 *x, uint32_t threshold, float scale, const uint64_t *seeds) NEVER
#endif

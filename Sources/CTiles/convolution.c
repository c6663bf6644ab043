#include "support.h"

#if defined(__x86_64__)

/* Tiles of 16 positions a block. */
enum { depth = 6 };

/* What becomes of sums. */
typedef enum { STORES, RECTIFIES, ADDS, GATHERS, DENSE, DENSE_RECTIFIES } Finish;

/* A block whose sums are complete and wait to be stored. */
typedef struct {
  const float *sums; /* [tiles][16][16] */
  bf16 *y;           /* of the first tile */
  float *dense;      /* of the picture */
  int64_t place;     /* of the first position, among those of the picture */
  int64_t step;      /* positions from one tile to the next */
  int count;         /* positions: 16 a tile; 0 for none */
  const uint16_t *masks; /* which positions of each tile are pixels; null for all */
  const tiles_layout *layout;
  int channels;
  __mmask16 wanted; /* outputs, where dense */
  __mmask16 adds;   /* all outputs, or none */
  __m512 bias;
} Pending;

/* Sums of y and of y y. */
typedef struct {
  __m512 s, q;
} Moments;

/* Stores `rows` positions from `first` on, with bias and ReLU. */
AMX INLINE void finish(const Pending *p, int first, const int rows, const Finish kind, Moments *m) {
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
    int i = first + r;
    if (i >= p->count) return;
    if (p->masks && !(p->masks[i / 16] >> i % 16 & 1)) continue;
    __m512 v = _mm512_add_ps(_mm512_load_ps(p->sums + i * 16), p->bias);
    if (kind == RECTIFIES || kind == DENSE_RECTIFIES) v = _mm512_max_ps(v, _mm512_setzero_ps());
    int64_t place = i / 16 * p->step + i % 16;
    if (kind == DENSE || kind == DENSE_RECTIFIES) {
      int64_t at = p->place + place, row = at / p->layout->stride;
      _mm512_mask_storeu_ps(p->dense + (at - row) * p->channels, p->wanted, v);
      continue;
    }
    if (kind == GATHERS) m->s = _mm512_add_ps(m->s, v), m->q = _mm512_fmadd_ps(v, v, m->q);
    if (kind == ADDS) {
      __m256i before = _mm256_maskz_loadu_epi16(p->adds, p->y + place * 32);
      v = _mm512_add_ps(v, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(before), 16)));
    }
    _mm256_store_si256((__m256i *)(p->y + place * 32), (__m256i)_mm512_cvtneps_pbh(v));
  }
}

/* Up to six tiles of 16 positions by 16 outputs, over all inputs and taps: sums in tiles 0 to 5, pixels in 6, weights
   in 7. Seven loads from the first-level cache (8 cycles each) for six products (16 each).

   Where the six are pieces of six rows, the second-level cache gives 16 lines of weights and 16 of pixels (8 rows of 18
   pixels for 9 taps) in the 96 cycles of a step.

   The block before is stored meanwhile, some positions a step, as the vector units are idle else. */
AMX INLINE void block(
  const int taps, const int tiles, const bf16 *const *planes, int64_t place, int64_t step, int blocks,
  const int64_t *offsets, const bf16 *w, float *sums, const Pending *before, const Finish kind, Moments *moments
) {
  _tile_zero(0);
  if (tiles > 1) _tile_zero(1);
  if (tiles > 2) _tile_zero(2);
  if (tiles > 3) _tile_zero(3);
  if (tiles > 4) _tile_zero(4);
  if (tiles > 5) _tile_zero(5);
  const int rows = taps == 9 ? 6 : 48;
  for (int cb = 0; cb < blocks; cb++) {
    const bf16 *x = planes[cb] + place;
    bool finishes = cb * taps * rows < before->count;
#pragma clang loop unroll(full)
    for (int t = 0; t < taps; t++, w += 512) {
      const bf16 *a = x + offsets[t];
      _tile_loadd(7, w, 64);
      _tile_loadd(6, a, 64);
      _tile_dpbf16ps(0, 6, 7);
      if (tiles > 1) { _tile_loadd(6, a + step, 64); _tile_dpbf16ps(1, 6, 7); }
      if (finishes) finish(before, (cb * taps + t) * rows, rows, kind, moments);
      if (tiles > 2) { _tile_loadd(6, a + 2 * step, 64); _tile_dpbf16ps(2, 6, 7); }
      if (tiles > 3) { _tile_loadd(6, a + 3 * step, 64); _tile_dpbf16ps(3, 6, 7); }
      if (tiles > 4) { _tile_loadd(6, a + 4 * step, 64); _tile_dpbf16ps(4, 6, 7); }
      if (tiles > 5) { _tile_loadd(6, a + 5 * step, 64); _tile_dpbf16ps(5, 6, 7); }
    }
  }
  for (int i = blocks * taps * rows; i < before->count; i += 6) finish(before, i, 6, kind, moments);
  _tile_stored(0, sums, 64);
  if (tiles > 1) _tile_stored(1, sums + 256, 64);
  if (tiles > 2) _tile_stored(2, sums + 512, 64);
  if (tiles > 3) _tile_stored(3, sums + 768, 64);
  if (tiles > 4) _tile_stored(4, sums + 1024, 64);
  if (tiles > 5) _tile_stored(5, sums + 1280, 64);
}

/* How a job is cut; depends on the shape alone. */
typedef struct {
  /* Blocks a picture: `down` bands of up to six tiles that lie `step` positions apart, `across` tiles each. */
  int64_t step;
  int tiles, down, across;
  int band, bands;   /* bands a piece, and pieces a picture */
  int panel, panels; /* halves of 16 outputs whose weights stay in the second-level cache */
  bool even;         /* tiles are rows' pieces without remainder */
} Cut;

/* Tiles a piece, and bytes of a panel of weights. */
enum { piece_tiles = 96, panel_bytes = 1200 << 10, most_masks = piece_tiles + depth };

static Cut cut(const tiles_convolution *j) {
  const tiles_layout *y = &j->layout;
  Cut c;
  c.even = y->width % 16 == 0 && (j->taps == 9 || j->dense);
  c.step = c.even ? y->stride : 16;
  c.tiles = c.even ? y->height : (int)((y->height * y->stride - 1 + 15) / 16);
  c.across = c.even ? y->width / 16 : 1;
  c.down = (c.tiles + depth - 1) / depth;
  c.band = (piece_tiles + c.across * depth - 1) / (c.across * depth);
  c.bands = (c.down + c.band - 1) / c.band;
  int64_t bytes = (int64_t)j->inputs * j->taps * 1024;
  c.panel = (int)((j->taps == 9 ? panel_bytes : panel_bytes / 2) / bytes);
  if (c.panel > 16) c.panel = 16;
  if (c.panel < 1) c.panel = 1;
  if (c.panel > 2 * j->outputs) c.panel = 2 * j->outputs;
  c.panels = (2 * j->outputs + c.panel - 1) / c.panel;
  return c;
}

int32_t tiles_convolution_pieces(const tiles_convolution *job) {
  Cut c = cut(job);
  return c.panels * job->layout.batch * c.bands;
}

int32_t tiles_convolution_moments(const tiles_convolution *job) { return cut(job).bands * job->layout.batch; }

AMX INLINE void piece_of(const tiles_convolution *j, const int taps, const Finish kind, int index) {
  _Alignas(64) float sums[2][depth * 256];
  const tiles_layout *y = &j->layout;
  Cut c = cut(j);
  int64_t offsets[9];
  for (int t = 0; t < taps; t++) offsets[t] = taps == 9 ? ((t / 3 - 1) * y->stride + t % 3 - 1) * 32 : 0;
  int panel = index / (c.bands * y->batch), rest = index % (c.bands * y->batch);
  int picture = rest / c.bands, piece = rest % c.bands;
  int d0 = piece * c.band, d1 = d0 + c.band < c.down ? d0 + c.band : c.down;
  int k0 = panel * c.panel, k1 = k0 + c.panel < 2 * j->outputs ? k0 + c.panel : 2 * j->outputs;
  size_t width = (size_t)j->inputs * taps * 512;
  uint16_t masks[most_masks];
  if (!c.even)
    for (int t = d0 * depth; t < d1 * depth && t < c.tiles; t++) {
      uint16_t mask = 0;
      for (int i = 0; i < 16; i++) {
        int64_t place = t * 16l + i;
        mask |= (place < y->height * y->stride - 1 && place % y->stride < y->width) << i;
      }
      masks[t - d0 * depth] = mask;
    }
  Moments moments[16];
  if (kind == GATHERS) for (int k = 0; k < k1 - k0; k++) moments[k] = (Moments){_mm512_setzero_ps(), _mm512_setzero_ps()};
  Pending before = {0};
  Moments *last = moments;
  int turn = 0;
  for (int d = d0; d < d1; d++)
    for (int s = 0; s < c.across; s++) {
      int tiles = c.tiles - d * depth < depth ? c.tiles - d * depth : depth;
      int64_t place = d * depth * c.step + s * 16;
      int64_t p = pixel(y, picture, 0, 0) + place;
      for (int k = k0; k < k1; k++) {
        bf16 *out = j->dense ? 0 : j->y[k / 2];
        if (!j->dense && !out) continue;
        const bf16 *w = j->weights + k * width;
#define BLOCK(n) \
  block(taps, n, j->x, p * 32, c.step * 32, j->inputs, offsets, w, sums[turn], &before, kind, last)
        switch (tiles) {
          case 1: BLOCK(1); break;
          case 2: BLOCK(2); break;
          case 3: BLOCK(3); break;
          case 4: BLOCK(4); break;
          case 5: BLOCK(5); break;
          default: BLOCK(6);
        }
#undef BLOCK
        before = (Pending){
          .sums = sums[turn],
          .y = out ? out + p * 32 + k % 2 * 16 : 0,
          .dense = j->dense ? j->dense + (int64_t)picture * y->height * y->width * j->channels + k * 16 : 0,
          .place = place, .step = c.step, .count = tiles * 16,
          .masks = c.even ? 0 : masks + (d - d0) * depth, .layout = y, .channels = j->channels,
          .wanted = first_of(j->channels - k * 16), .adds = j->adds && j->adds[k / 2] ? 0xffff : 0,
          .bias = j->bias ? _mm512_loadu_ps(j->bias + k * 16) : _mm512_setzero_ps()};
        last = moments + k - k0;
        turn ^= 1;
      }
    }
  for (int i = 0; i < before.count; i++) finish(&before, i, 1, kind, last);
  if (kind == GATHERS)
    for (int k = k0; k < k1; k++) {
      float *out = j->moments + ((size_t)(picture * c.bands + piece) * j->outputs * 2 + k) * 32;
      _mm512_storeu_ps(out, moments[k - k0].s);
      _mm512_storeu_ps(out + 16, moments[k - k0].q);
    }
}

#define KINDS(taps) \
  if (job->dense) { \
    if (job->rectifies) piece_of(job, taps, DENSE_RECTIFIES, piece); \
    else piece_of(job, taps, DENSE, piece); \
  } else if (job->moments) piece_of(job, taps, GATHERS, piece); \
  else if (job->rectifies) piece_of(job, taps, RECTIFIES, piece); \
  else if (job->adds) piece_of(job, taps, ADDS, piece); \
  else piece_of(job, taps, STORES, piece);

AMX void tiles_convolve(const tiles_convolution *job, int32_t piece) {
  configure_tiles();
  if (job->taps == 9) { KINDS(9) } else { KINDS(1) }
  _tile_release();
}

#endif

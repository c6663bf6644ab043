#include "support.h"

#if defined(__x86_64__)

/* Tiles of 16 positions a block. */
enum { depth = 6 };

/* What becomes of sums. */
typedef enum { STORES, RECTIFIES, CLIPS, SWISHES, POOLS, ADDS, GATHERS, DENSE } Finish;

/* A block whose sums are complete and wait to be stored. */
typedef struct {
  const float *sums; /* [tiles][16][16] */
  bf16 *y;           /* the plane at the first tile */
  float *dense;      /* of the picture */
  bf16 *halves;      /* where the first 16 outputs wait for the others, [positions][16] */
  bool isSecond;     /* whether these are the others */
  bool isAlone;      /* whether the others are zero */
  int64_t place;     /* of the first position, among those of the picture */
  int64_t step;      /* positions from one tile to the next; where pooled, from one pair of tiles */
  int chunks;        /* of eight positions: two a tile; 0 for none */
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

/* Keeps the first 16 outputs of a position, and writes its whole line with the others. */
AMX INLINE void store_half(const Pending *p, __m512 v, bf16 *first, bf16 *line, const bool streams) {
  __m256i half = (__m256i)_mm512_cvtneps_pbh(v);
  __m512i whole;
  if (p->isAlone) {
    whole = _mm512_zextsi256_si512(half);
  } else if (p->isSecond) {
    whole = _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_load_si256((const __m256i *)first)), half, 1);
  } else {
    _mm256_store_si256((__m256i *)first, half);
    return;
  }
  if (streams) _mm512_stream_si512((__m512i *)line, whole);
  else _mm512_store_si512(line, whole);
}

/* Stores the largest of each square of two rows, four positions of eight by two, with bias and ReLU. */
AMX INLINE void pool(const Pending *p, int chunk, const bool streams) {
  int pair = chunk / 2;
  const float *sums = p->sums + pair * 512 + chunk % 2 * 128;
  int64_t place = pair * p->step + chunk % 2 * 4;
  bf16 *y = p->y + place * 32, *halves = p->halves + chunk * 64;
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    const float *square = sums + i * 32;
    __m512 top = _mm512_max_ps(_mm512_load_ps(square), _mm512_load_ps(square + 16));
    __m512 below = _mm512_max_ps(_mm512_load_ps(square + 256), _mm512_load_ps(square + 272));
    __m512 v = _mm512_max_ps(_mm512_add_ps(_mm512_max_ps(top, below), p->bias), _mm512_setzero_ps());
    store_half(p, v, halves + i * 16, y + i * 32, streams);
  }
}

/* Stores eight positions, with bias and function.

   A plane's lines are written whole, past the caches where the result is large: what they overwrite need not be read
   first, which is half of the traffic of layers with few channels. */
AMX INLINE void finish(const Pending *p, int chunk, const Finish kind, const bool streams, Moments *m) {
  if (kind == POOLS) {
    pool(p, chunk, streams);
    return;
  }
  int tile = chunk / 2;
  int64_t place = tile * p->step + chunk % 2 * 8;
  unsigned mask = p->masks ? p->masks[tile] >> chunk % 2 * 8 & 0xff : 0xff;
  const float *sums = p->sums + chunk * 128;
  bf16 *y = p->y + place * 32, *halves = p->halves + chunk * 128;
  float *dense = 0;
  if (kind == DENSE) {
    int64_t at = p->place + place;
    dense = p->dense + (at - at / p->layout->stride) * p->channels;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) {
    if (mask != 0xff && !(mask >> i & 1)) continue;
    __m512 v = _mm512_add_ps(_mm512_load_ps(sums + i * 16), p->bias);
    if (kind == RECTIFIES) v = _mm512_max_ps(v, _mm512_setzero_ps());
    if (kind == CLIPS) v = applied(TILES_RELU6, v);
    if (kind == SWISHES) v = swish(v);
    if (kind == DENSE) {
      /* Positions between rows are no pixels. */
      int64_t gap = mask == 0xff ? 0 : (p->place + place) % p->layout->stride + i >= p->layout->stride;
      _mm512_mask_storeu_ps(dense + (i - gap) * p->channels, p->wanted, v);
      continue;
    }
    if (kind == GATHERS) m->s = _mm512_add_ps(m->s, v), m->q = _mm512_fmadd_ps(v, v, m->q);
    if (kind == ADDS) {
      __m256i before = _mm256_maskz_loadu_epi16(p->adds, y + i * 32 + (p->isSecond ? 16 : 0));
      v = _mm512_add_ps(v, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(before), 16)));
    }
    store_half(p, v, halves + i * 16, y + i * 32, streams);
  }
}

/* Up to six tiles of 16 positions by 16 outputs, over all inputs and taps: sums in tiles 0 to 5, pixels in 6, weights
   in 7. Seven loads from the first-level cache (8 cycles each) for six products (16 each).

   Where the six are pieces of six rows, the second-level cache gives 16 lines of weights and 16 of pixels (8 rows of 18
   pixels for 9 taps) in the 96 cycles of a step.

   The block before is stored meanwhile, some positions a step, as the vector units are idle else. */
AMX INLINE void block(
  const int taps, const int tiles, const bf16 *const *planes, int64_t place, int64_t step, int blocks,
  const int64_t *offsets, const bf16 *w, float *sums, const Pending *before, const Finish kind, const bool streams,
  Moments *moments
) {
  _tile_zero(0);
  if (tiles > 1) _tile_zero(1);
  if (tiles > 2) _tile_zero(2);
  if (tiles > 3) _tile_zero(3);
  if (tiles > 4) _tile_zero(4);
  if (tiles > 5) _tile_zero(5);
  const int chunks = before->chunks;
  const int share = (chunks + blocks * taps - 1) / (blocks * taps);
  int done = 0;
  for (int cb = 0; cb < blocks; cb++) {
    const bf16 *x = planes[cb] + place;
    /* Unrolled it would be no faster, and take half a minute to compile. */
#pragma clang loop unroll(disable)
    for (int t = 0; t < taps; t++, w += 512) {
      const bf16 *a = x + offsets[t];
      _tile_loadd(7, w, 64);
      _tile_loadd(6, a, 64);
      _tile_dpbf16ps(0, 6, 7);
      if (tiles > 1) { _tile_loadd(6, a + step, 64); _tile_dpbf16ps(1, 6, 7); }
      for (int end = done + share; done < end && done < chunks; done++) finish(before, done, kind, streams, moments);
      if (tiles > 2) { _tile_loadd(6, a + 2 * step, 64); _tile_dpbf16ps(2, 6, 7); }
      if (tiles > 3) { _tile_loadd(6, a + 3 * step, 64); _tile_dpbf16ps(3, 6, 7); }
      if (tiles > 4) { _tile_loadd(6, a + 4 * step, 64); _tile_dpbf16ps(4, 6, 7); }
      if (tiles > 5) { _tile_loadd(6, a + 5 * step, 64); _tile_dpbf16ps(5, 6, 7); }
    }
  }
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
  c.even = y->width % 16 == 0 && (j->taps == 9 || j->dense) && !j->pictures;
  c.step = c.even ? y->stride : 16;
  c.tiles = c.even ? y->height : (int)((y->height * y->stride - 1 + 15) / 16);
  c.across = c.even ? y->width / 16 : 1;
  c.down = (c.tiles + depth - 1) / depth;
  c.band = (piece_tiles + c.across * depth - 1) / (c.across * depth);
  c.bands = (c.down + c.band - 1) / c.band;
  int64_t bytes = (int64_t)j->inputs * j->taps * 1024;
  c.panel = (int)((j->taps == 9 ? panel_bytes : panel_bytes / 2) / bytes);
  /* Whole planes. */
  c.panel = c.panel > 16 ? 16 : c.panel < 2 ? 2 : c.panel / 2 * 2;
  if (c.panel > 2 * j->outputs) c.panel = 2 * j->outputs;
  c.panels = (2 * j->outputs + c.panel - 1) / c.panel;
  return c;
}

int32_t tiles_convolution_pieces(const tiles_convolution *job) {
  Cut c = cut(job);
  return c.panels * job->layout.batch * c.bands;
}

int32_t tiles_convolution_moments(const tiles_convolution *job) { return cut(job).bands * job->layout.batch; }

/* Where the square of a pixel is in planes of half the height and width. */
INLINE int64_t pooled(const tiles_layout *p, int64_t n, int64_t y, int64_t x) {
  int64_t stride = p->width / 2 + 1;
  return stride + 1 + (n * (p->height / 2 + 1) + y / 2) * stride + x / 2;
}

AMX INLINE void piece_of(
  const tiles_convolution *j, const int taps, const Finish kind, const bool streams, int index
) {
  _Alignas(64) float sums[2][depth * 256];
  _Alignas(64) bf16 halves[depth * 256];
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
  /* Of pictures, the squares of all positions of the piece. */
  _Alignas(64) bf16 patches[taps == 1 ? piece_tiles * 16 * 32 : 32];
  const bf16 *first = patches - pixel(y, picture, 0, (int64_t)d0 * depth * 16) * 32;
  const bf16 *const *planes = j->pictures ? &first : j->x;
  if (taps == 1 && j->pictures) {
    const float *from = j->pictures + (int64_t)picture * y->height * y->width * 3;
    for (int64_t i = 0; i < (d1 - d0) * depth * 16; i++) {
      int64_t place = d0 * depth * 16 + i, row = place / y->stride, x = place % y->stride;
      bool isPixel = row < y->height && x < y->width;
      _mm512_store_si512(patches + i * 32, isPixel ? patch(y, from, row, x) : _mm512_setzero_si512());
    }
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
        if (j->dense ? k * 16 >= j->channels : !out || (k % 2 && j->half[k / 2])) continue;
        const bf16 *w = j->weights + k * width;
#define BLOCK(n) \
  block(taps, n, planes, p * 32, c.step * 32, j->inputs, offsets, w, sums[turn], &before, kind, streams, last)
        if (tiles == depth) BLOCK(depth);
        else BLOCK(tiles);
#undef BLOCK
        before = (Pending){
          .sums = sums[turn],
          .y = !out ? 0 : out + (kind == POOLS ? pooled(y, picture, d * depth, s * 16) : p) * 32,
          .dense = j->dense ? j->dense + (int64_t)picture * y->height * y->width * j->channels + k * 16 : 0,
          .place = place, .step = kind == POOLS ? y->width / 2 + 1 : c.step,
          .chunks = kind == POOLS ? tiles : tiles * 2,
          .masks = c.even ? 0 : masks + (d - d0) * depth, .layout = y, .channels = j->channels,
          .halves = halves, .isSecond = k % 2, .isAlone = !j->dense && j->half[k / 2],
          .wanted = first_of(j->channels - k * 16), .adds = j->adds && j->adds[k / 2] ? 0xffff : 0,
          .bias = j->bias ? _mm512_loadu_ps(j->bias + k * 16) : _mm512_setzero_ps()};
        last = moments + k - k0;
        turn ^= 1;
      }
    }
  for (int i = 0; i < before.chunks; i++) finish(&before, i, kind, streams, last);
  if (streams) _mm_sfence();
  if (kind == GATHERS)
    for (int k = k0; k < k1; k++) {
      float *out = j->moments + ((size_t)(picture * c.bands + piece) * j->outputs * 2 + k) * 32;
      _mm512_storeu_ps(out, moments[k - k0].s);
      _mm512_storeu_ps(out + 16, moments[k - k0].q);
    }
}

AMX void tiles_products(int64_t count) {
  /* Of zeros the unit would be faster than of what it works with. */
  _Alignas(64) bf16 values[512];
  for (int i = 0; i < 512; i++) values[i] = (bf16)(0x3f80 + (i * 37 & 0x7f));
  configure_tiles();
  _tile_loadd(6, values, 64);
  _tile_loadd(7, values, 64);
  for (int64_t i = 0; i < count; i++) {
    _tile_dpbf16ps(0, 6, 7);
    _tile_dpbf16ps(1, 6, 7);
    _tile_dpbf16ps(2, 6, 7);
    _tile_dpbf16ps(3, 6, 7);
    _tile_dpbf16ps(4, 6, 7);
    _tile_dpbf16ps(5, 6, 7);
  }
  _tile_release();
}

/* Results from which on nothing is left in the caches for who reads them next. */
enum { large = 8 << 20 };

#define STREAMED(taps, kind) \
  if (streams) piece_of(job, taps, kind, true, piece); \
  else piece_of(job, taps, kind, false, piece);

#define KINDS(taps) \
  if (job->dense) piece_of(job, taps, DENSE, false, piece); \
  else if (job->adds) piece_of(job, taps, ADDS, false, piece); \
  else if (job->moments) { STREAMED(taps, GATHERS) } \
  else if (job->pools) { STREAMED(taps, POOLS) } \
  else if (job->function == TILES_RELU) { STREAMED(taps, RECTIFIES) } \
  else { STREAMED(taps, STORES) }

AMX void tiles_convolve(const tiles_convolution *job, int32_t piece) {
  bool streams = job->layout.batch * job->layout.picture * job->outputs * 64 / (job->pools ? 4 : 1) >= large;
  configure_tiles();
  if (job->taps == 9) { KINDS(9) }
  else if (job->function == TILES_RELU6) { STREAMED(1, CLIPS) }
  else if (job->function == TILES_SWISH) { STREAMED(1, SWISHES) }
  else { KINDS(1) }
  _tile_release();
}

#endif

#include "support.h"

#if defined(__x86_64__)

/* The gradient by the kernel contracts over positions, so that of the two operands one must be turned and the other
   paired. dw[tap][c][k] is the sum over q of x[q][c] dy[q - tap][k]; zero borders make all positions alike:
    - A: x turned, [c][positions], never moved, so that its loads are aligned;
    - B: dy in pairs of positions, [phase][pair][16 outputs][2]: phase 0 has pairs (0, 1), (2, 3), ..., phase 1 (1, 2),
      (3, 4), ...; a tap moves B by whole pairs in one of the phases, again aligned.
   Both are made for a piece of positions by some channels that fit in the second-level cache. */

/* 32 positions by 32 channels to 32 channels by 32 positions, rows `stride` apart. Loads of 16 bytes into the four lanes
   do half of the work; the rest are three rounds of unpacking within lanes. */
AMX INLINE void turn(const bf16 *x, bf16 *out, int64_t stride) {
#pragma clang loop unroll(full)
  for (int o = 0; o < 4; o++) {
    __m512i r[8], s[8];
#pragma clang loop unroll(full)
    for (int j = 0; j < 8; j++) {
      const bf16 *p = x + j * 32 + o * 8;
      __m512i v = _mm512_castsi128_si512(_mm_load_si128((const __m128i *)p));
      v = _mm512_inserti32x4(v, _mm_load_si128((const __m128i *)(p + 8 * 32)), 1);
      v = _mm512_inserti32x4(v, _mm_load_si128((const __m128i *)(p + 16 * 32)), 2);
      r[j] = _mm512_inserti32x4(v, _mm_load_si128((const __m128i *)(p + 24 * 32)), 3);
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
      s[2 * j] = _mm512_unpacklo_epi16(r[2 * j], r[2 * j + 1]);
      s[2 * j + 1] = _mm512_unpackhi_epi16(r[2 * j], r[2 * j + 1]);
    }
    /* s[0]: channels 0 to 3 of positions (0, 1); s[2]: of (2, 3) ... */
#pragma clang loop unroll(full)
    for (int h = 0; h < 2; h++)
#pragma clang loop unroll(full)
      for (int j = 0; j < 2; j++) {
        r[h * 4 + 2 * j] = _mm512_unpacklo_epi32(s[4 * j + h], s[4 * j + 2 + h]);
        r[h * 4 + 2 * j + 1] = _mm512_unpackhi_epi32(s[4 * j + h], s[4 * j + 2 + h]);
      }
    /* r[0]: channels 0, 1 of positions 0 to 3; r[2]: of 4 to 7; r[1]: channels 2, 3 ... */
#pragma clang loop unroll(full)
    for (int h = 0; h < 2; h++)
#pragma clang loop unroll(full)
      for (int j = 0; j < 2; j++) {
        bf16 *to = out + (o * 8 + h * 4 + j * 2) * stride;
        _mm512_store_si512(to, _mm512_unpacklo_epi64(r[h * 4 + j], r[h * 4 + 2 + j]));
        _mm512_store_si512(to + stride, _mm512_unpackhi_epi64(r[h * 4 + j], r[h * 4 + 2 + j]));
      }
  }
}

/* Pairs of `count` positions: for each, 32 channels of it and its successor, in two tiles of 16. Unpacking within lanes
   leaves them in the order 0-3 8-11 16-19 24-27, 4-7 12-15 20-23 28-31, which `gather` undoes. */
AMX INLINE void pair(const bf16 *y, int64_t count, bf16 *low, bf16 *high, int64_t phase) {
  __m512i a = _mm512_load_si512(y);
  for (int64_t i = 0; i < count; i += 2) {
    __m512i b = _mm512_load_si512(y + (i + 1) * 32), c = _mm512_load_si512(y + (i + 2) * 32);
    _mm512_store_si512(low + i * 16, _mm512_unpacklo_epi16(a, b));
    _mm512_store_si512(high + i * 16, _mm512_unpackhi_epi16(a, b));
    _mm512_store_si512(low + phase + i * 16, _mm512_unpacklo_epi16(b, c));
    _mm512_store_si512(high + phase + i * 16, _mm512_unpackhi_epi16(b, c));
    a = c;
  }
}

/* 32 inputs by 16 outputs for the three taps of a row: sums in tiles 0 to 5, over `steps` times 32 positions. */
AMX INLINE void three_taps(
  const bf16 *a, int64_t stride, const bf16 *b0, const bf16 *b1, const bf16 *b2, int steps, bool adds, float *sums
) {
  const bf16 *a1 = a + 16 * stride;
  stride *= 2;
  if (adds) {
    _tile_loadd(0, sums, 64); _tile_loadd(1, sums + 256, 64); _tile_loadd(2, sums + 512, 64);
    _tile_loadd(3, sums + 768, 64); _tile_loadd(4, sums + 1024, 64); _tile_loadd(5, sums + 1280, 64);
  } else {
    _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3); _tile_zero(4); _tile_zero(5);
  }
  for (int s = 0; s < steps; s++) {
    _tile_loadd(6, a + s * 32, stride);
    _tile_loadd(7, b0 + s * 512, 64);
    _tile_dpbf16ps(0, 6, 7);
    _tile_loadd(6, a1 + s * 32, stride);
    _tile_dpbf16ps(1, 6, 7);
    _tile_loadd(7, b1 + s * 512, 64);
    _tile_dpbf16ps(3, 6, 7);
    _tile_loadd(6, a + s * 32, stride);
    _tile_dpbf16ps(2, 6, 7);
    _tile_loadd(7, b2 + s * 512, 64);
    _tile_dpbf16ps(4, 6, 7);
    _tile_loadd(6, a1 + s * 32, stride);
    _tile_dpbf16ps(5, 6, 7);
  }
  _tile_stored(0, sums, 64); _tile_stored(1, sums + 256, 64); _tile_stored(2, sums + 512, 64);
  _tile_stored(3, sums + 768, 64); _tile_stored(4, sums + 1024, 64); _tile_stored(5, sums + 1280, 64);
}

/* 32 inputs by 32 outputs for a single tap; sums of the second 16 outputs lie `high` further on. */
AMX INLINE void one_tap(
  const bf16 *a, int64_t stride, const bf16 *b, const bf16 *b1, int steps, bool adds, float *sums, size_t high
) {
  const bf16 *a1 = a + 16 * stride;
  stride *= 2;
  if (adds) {
    _tile_loadd(0, sums, 64); _tile_loadd(1, sums + 256, 64);
    _tile_loadd(2, sums + high, 64); _tile_loadd(3, sums + high + 256, 64);
  } else {
    _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3);
  }
  for (int s = 0; s < steps; s++) {
    _tile_loadd(4, a + s * 32, stride);
    _tile_loadd(6, b + s * 512, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(5, a1 + s * 32, stride);
    _tile_dpbf16ps(1, 5, 6);
    _tile_loadd(7, b1 + s * 512, 64);
    _tile_dpbf16ps(2, 4, 7);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, sums, 64); _tile_stored(1, sums + 256, 64);
  _tile_stored(2, sums + high, 64); _tile_stored(3, sums + high + 256, 64);
}

/* How a job is cut; depends on the shape alone, so the sum is the same whatever the number of threads. */
typedef struct {
  int64_t positions;      /* from the first pixel to the last, rounded up to 32 */
  int64_t length;         /* positions a piece */
  int pieces, chunks;     /* of positions; a chunk is some pieces that one task sums up */
  int c_blocks, k_blocks; /* planes a group */
  int c_groups, k_groups;
  int64_t part; /* sums a group and chunk: [2 k_blocks][c_blocks][taps][2][16][16] */
  int64_t halo;
  /* Elements from row to row of x turned, and from phase to phase of dy paired. Both an odd number of cache lines more
     than a power of two, so that they fall on different sets. */
  int64_t stride, phase;
} Cut;

static Cut cut(const tiles_gradient *j) {
  /* Channels of either side a task, and tasks at least. */
  enum { group = 128, tasks = 16 };
  const tiles_layout *p = &j->layout;
  Cut c;
  c.positions = ((p->batch * p->picture - p->stride - 1) + 31) / 32 * 32;
  /* Wide pictures have large borders, which are paired again for each piece. */
  c.length = j->taps == 9 && p->stride > 400 ? 2048 : 1024;
  c.pieces = (int)((c.positions + c.length - 1) / c.length);
  int most = j->taps == 9 ? group / 32 : group / 16;
  c.c_blocks = j->inputs < most ? j->inputs : most;
  c.k_blocks = j->outputs < most ? j->outputs : most;
  c.c_groups = (j->inputs + c.c_blocks - 1) / c.c_blocks;
  c.k_groups = (j->outputs + c.k_blocks - 1) / c.k_blocks;
  int groups = c.c_groups * c.k_groups;
  c.chunks = (tasks + groups - 1) / groups;
  if (c.chunks > c.pieces) c.chunks = c.pieces;
  c.part = (int64_t)c.k_blocks * 2 * c.c_blocks * j->taps * 512;
  c.halo = j->taps == 9 ? p->stride + 1 : 0;
  c.stride = c.length + 32;
  c.phase = (((c.length + 2 * c.halo + 32) / 2) | 1) * 32;
  return c;
}

/* A single chunk is gathered by the task that made it, from its scratch memory. */
int64_t tiles_gradient_sums(const tiles_gradient *job) {
  Cut c = cut(job);
  return c.chunks > 1 ? c.part * c.chunks * c.c_groups * c.k_groups : 0;
}

int64_t tiles_gradient_scratch(const tiles_gradient *job) {
  Cut c = cut(job);
  return ((int64_t)c.c_blocks * 32 * c.stride + (int64_t)c.k_blocks * 4 * c.phase) * 2 + (c.chunks > 1 ? 0 : c.part * 4);
}

int32_t tiles_gradient_pieces(const tiles_gradient *job) {
  Cut c = cut(job);
  return c.c_groups * c.k_groups * c.chunks;
}

int32_t tiles_gradient_ends(const tiles_gradient *job) {
  return cut(job).chunks > 1 ? job->inputs * job->outputs : 0;
}

/* Adds up the chunks of a group in order, and stores 32 inputs by 32 outputs of all taps. */
AMX INLINE void gather(const tiles_gradient *j, const Cut *cut, const float *sums, int c, int k) {
  int cg = c / cut->c_blocks;
  int width = j->inputs - cg * cut->c_blocks < cut->c_blocks ? j->inputs - cg * cut->c_blocks : cut->c_blocks;
  const float *from = sums + (size_t)((k % cut->k_blocks) * 2 * width + c % cut->c_blocks) * j->taps * 512;
  size_t high = (size_t)width * j->taps * 512;
  const __m512i left = _mm512_set_epi32(23, 22, 21, 20, 7, 6, 5, 4, 19, 18, 17, 16, 3, 2, 1, 0);
  const __m512i right = _mm512_add_epi32(left, _mm512_set1_epi32(8));
  int rows = j->rows[c], columns = j->columns[k];
  __mmask16 m0 = first_of(columns), m1 = first_of(columns - 16);
  bool whole = columns == 32 && j->row_stride % 16 == 0 && j->tap_stride % 16 == 0 && (uintptr_t)j->dw[k] % 64 == 0;
  for (int t = 0; t < j->taps; t++)
    for (int r = 0; r < rows; r++) {
      const float *p = from + (t * 2 + r / 16) * 256 + r % 16 * 16;
      __m512 lo = _mm512_load_ps(p), hi = _mm512_load_ps(p + high);
      for (int i = 1; i < cut->chunks; i++) {
        lo = _mm512_add_ps(lo, _mm512_load_ps(p + i * cut->part));
        hi = _mm512_add_ps(hi, _mm512_load_ps(p + i * cut->part + high));
      }
      float *to = j->dw[k] + t * j->tap_stride + (j->row[c] + r) * j->row_stride;
      __m512 v0 = _mm512_permutex2var_ps(lo, left, hi), v1 = _mm512_permutex2var_ps(lo, right, hi);
      /* Whole lines go past the caches: what they overwrite need not be read first. */
      if (whole) _mm512_stream_ps(to, v0), _mm512_stream_ps(to + 16, v1);
      else _mm512_mask_storeu_ps(to, m0, v0), _mm512_mask_storeu_ps(to + 16, m1, v1);
    }
}

AMX void tiles_gradient_piece(const tiles_gradient *j, int32_t index, void *scratch) {
  const Cut cut_ = cut(j), *u = &cut_;
  const tiles_layout *p = &j->layout;
  int g = index / u->chunks, chunk = index % u->chunks, cg = g % u->c_groups, kg = g / u->c_groups;
  int c0 = cg * u->c_blocks, c1 = c0 + u->c_blocks < j->inputs ? c0 + u->c_blocks : j->inputs;
  int k0 = kg * u->k_blocks, k1 = k0 + u->k_blocks < j->outputs ? k0 + u->k_blocks : j->outputs;
  bf16 *turned = scratch, *paired = turned + (size_t)u->c_blocks * 32 * u->stride;
  float *sums = u->chunks > 1 ? j->sums + index * u->part : (float *)(paired + (size_t)u->k_blocks * 4 * u->phase);
  int first = (int)((int64_t)u->pieces * chunk / u->chunks), end = (int)((int64_t)u->pieces * (chunk + 1) / u->chunks);
  configure_tiles();
  for (int piece = first; piece < end; piece++) {
    int64_t q = p->first + piece * u->length, count = u->positions - piece * u->length;
    if (count > u->length) count = u->length;
    for (int c = c0; c < c1; c++) {
      bf16 *to = turned + (c - c0) * 32 * u->stride;
      if (!j->pictures && !j->scale[c]) {
        for (int64_t i = 0; i < count; i += 32) turn(j->x[c] + (q + i) * 32, to + i, u->stride);
        continue;
      }
      /* What readers see, 32 positions at a time; those between rows are zero. */
      _Alignas(64) bf16 seen[32 * 32];
      Pair scale = j->pictures ? zeros() : floats(j->scale[c]), shift = j->pictures ? zeros() : floats(j->shift[c]);
      int64_t n = (q - p->first) / p->picture, at = (q - p->first) % p->picture;
      int64_t y = at / p->stride, x = at % p->stride;
      for (int64_t i = 0; i < count; i += 32) {
        for (int r = 0; r < 32; r++) {
          __m512i v = _mm512_setzero_si512();
          if (x < p->width && y < p->height && n < p->batch)
            v = j->pictures ? patch(p, j->pictures + n * p->height * p->width * 3, y, x)
                            : activated(_mm512_load_si512(j->x[c] + (q + i + r) * 32), scale, shift);
          _mm512_store_si512(seen + r * 32, v);
          if (++x == p->stride) {
            x = 0;
            if (++y * p->stride == p->picture) y = 0, n++;
          }
        }
        turn(seen, to + i, u->stride);
      }
    }
    for (int k = k0; k < k1; k++) {
      bf16 *to = paired + (k - k0) * 4 * u->phase;
      pair(j->dy[k] + (q - u->halo) * 32, count + 2 * u->halo + 2, to, to + 2 * u->phase, u->phase);
    }
    int steps = (int)(count / 32);
    for (int k = 0; k < (k1 - k0) * 2; k++)
      for (int c = 0; c < c1 - c0; c++) {
        const bf16 *a = turned + c * 32 * u->stride, *b = paired + k * 2 * u->phase;
        float *s = sums + (size_t)(k * (c1 - c0) + c) * j->taps * 512;
        if (j->taps == 1) {
          if (k % 2 == 0)
            one_tap(a, u->stride, b, b + 2 * u->phase, steps, piece > first, s, (size_t)(c1 - c0) * 512);
          continue;
        }
        for (int ky = 0; ky < 3; ky++) {
          const bf16 *t[3];
          for (int kx = 0; kx < 3; kx++) {
            int64_t d = u->halo - (ky - 1) * p->stride - (kx - 1);
            t[kx] = b + (d & 1) * u->phase + (d >> 1) * 32;
          }
          three_taps(a, u->stride, t[0], t[1], t[2], steps, piece > first, s + ky * 3 * 512);
        }
      }
  }
  _tile_release();
  if (u->chunks == 1)
    for (int k = k0; k < k1; k++)
      for (int c = c0; c < c1; c++) gather(j, u, sums, c, k);
  _mm_sfence();
}

AMX void tiles_gradient_end(const tiles_gradient *job, int32_t end) {
  Cut c = cut(job);
  int x = end % job->inputs, k = end / job->inputs, g = k / c.k_blocks * c.c_groups + x / c.c_blocks;
  gather(job, &c, job->sums + (size_t)g * c.chunks * c.part, x, k);
  _mm_sfence();
}

#endif

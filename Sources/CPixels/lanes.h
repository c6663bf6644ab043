/* One vector of LANES channels, for the instructions of TARGET. Names get both by V. Also what is done to one such part
   of a pixel's channels, from channel c on. */

typedef float V(vec) __attribute__((ext_vector_type(LANES)));
typedef int32_t V(ints) __attribute__((ext_vector_type(LANES)));
typedef V(vec) V(loose) __attribute__((aligned(4)));

TARGET INLINE V(vec) V(load)(const float *p) { return *(const V(loose) *)p; }
TARGET INLINE void V(store)(float *p, V(vec) v) { *(V(loose) *)p = v; }
TARGET INLINE V(vec) V(without)(V(vec) v, V(ints) mask) { return (V(vec))((V(ints))v & ~mask); }
TARGET INLINE V(vec) V(select)(V(ints) mask, V(vec) a, V(vec) b) {
  return (V(vec))(((V(ints))a & mask) | ((V(ints))b & ~mask));
}

/* e^x: 2^n e^r with |r| <= ln(2) / 2, and e^r by the polynomial of Cephes' expf (Moshier 1992). */
TARGET INLINE V(vec) V(exponential)(V(vec) x) {
  x = V(select)(x > 88.0f, 88.0f, x);
  x = V(select)(x < -87.0f, -87.0f, x);
  /* Added to this, a number is rounded to a whole one, which lies in the last bits. */
  const V(vec) whole = 12582912.0f;
  V(vec) shifted = FMA(x, (V(vec))1.44269504f, whole), n = shifted - whole;
  V(vec) r = FMA(n, (V(vec))-0.693359375f, x);
  r = FMA(n, (V(vec))2.12194440e-4f, r);
  V(vec) p = FMA((V(vec))1.9875691500e-4f, r, (V(vec))1.3981999507e-3f);
  p = FMA(p, r, (V(vec))8.3334519073e-3f);
  p = FMA(p, r, (V(vec))4.1665795894e-2f);
  p = FMA(p, r, (V(vec))1.6666665459e-1f);
  p = FMA(p, r, (V(vec))5.0000001201e-1f);
  p = FMA(p, r * r, r) + 1.0f;
  V(ints) exponent = ((V(ints))shifted - (V(ints))whole) << 23;
  return p * (V(vec))(exponent + 0x3f800000);
}

TARGET INLINE V(vec) V(sigmoid)(V(vec) x) { return 1.0f / (1.0f + V(exponential)(-x)); }

/* Comparisons are such that what isn't a number stays none. */
TARGET INLINE V(vec) V(apply)(pixels_function function, V(vec) z) {
  switch (function) {
  case PIXELS_IDENTITY: return z;
  case PIXELS_RELU: return V(without)(z, z < 0.0f);
  case PIXELS_RELU6: return V(select)(z > 6.0f, 6.0f, V(without)(z, z < 0.0f));
  case PIXELS_SWISH: return z * V(sigmoid)(z);
  case PIXELS_SIGMOID: return V(sigmoid)(z);
  }
}

/* f'(z) g. */
TARGET INLINE V(vec) V(slope)(pixels_function function, V(vec) z, V(vec) g) {
  switch (function) {
  case PIXELS_IDENTITY: return g;
  case PIXELS_RELU: return V(without)(g, z <= 0.0f);
  case PIXELS_RELU6: return V(without)(g, (z <= 0.0f) | (z >= 6.0f));
  case PIXELS_SWISH: {
    V(vec) s = V(sigmoid)(z);
    return g * (s * FMA(z, 1.0f - s, (V(vec))1.0f));
  }
  case PIXELS_SIGMOID: {
    V(vec) s = V(sigmoid)(z);
    return g * (s * (1.0f - s));
  }
  }
}

TARGET INLINE V(vec) V(input)(const pixels_activation *a, V(vec) x, int64_t c) {
  return a->scale ? x * V(load)(a->scale + c) + V(load)(a->shift + c) : x;
}

TARGET INLINE V(vec) V(seen)(pixels_function function, const pixels_activation *a, const float *x, int64_t c) {
  V(vec) y = V(apply)(function, V(input)(a, V(load)(x + c), c));
  return a->gate ? y * V(load)(a->gate + c) : y;
}

TARGET INLINE void V(gradient)(
  pixels_function function, const pixels_activation *a, float *g, const float *x, const float *slope,
  const float *offset, int64_t c
) {
  V(vec) value = V(load)(x + c), given = V(slope)(function, V(input)(a, value, c), V(load)(g + c));
  if (a->gate) given *= V(load)(a->gate + c);
  if (a->scale) given = V(load)(a->scale + c) * given;
  if (slope) given = given + V(load)(slope + c) * value + V(load)(offset + c);
  V(store)(g + c, given);
}

/* Sums over pixels are of `vectors` neighbouring vectors of channels at once: memory is read in its order, and no
   addition waits for the one before. */
#define EACH_VECTOR _Pragma("unroll") for (int v = 0; v < vectors; v++)

TARGET INLINE void V(gradient_sums)(
  const int vectors, pixels_function function, const pixels_activation *a, int64_t pixels, int64_t channels,
  const float *g, const float *x, float *sums, int64_t c
) {
  V(vec) plain[4], weighted[4];
  EACH_VECTOR plain[v] = weighted[v] = 0.0f;
  for (int64_t p = 0; p < pixels; p++) {
    EACH_VECTOR {
      const int64_t from = c + v * LANES, place = p * channels + from;
      V(vec) value = V(load)(x + place);
      V(vec) given = V(slope)(function, V(input)(a, value, from), V(load)(g + place));
      plain[v] += given, weighted[v] += given * value;
    }
  }
  EACH_VECTOR V(store)(sums + c + v * LANES, plain[v]), V(store)(sums + channels + c + v * LANES, weighted[v]);
}

TARGET INLINE void V(sums)(
  const int vectors, pixels_function function, const pixels_activation *a, int64_t pixels, int64_t channels,
  const float *g, const float *x, float *sums, int64_t c
) {
  V(vec) sum[4];
  EACH_VECTOR sum[v] = 0.0f;
  for (int64_t p = 0; p < pixels; p++) {
    EACH_VECTOR {
      const int64_t from = c + v * LANES;
      V(vec) y = V(seen)(function, a, x + p * channels, from);
      sum[v] += g ? y * V(load)(g + p * channels + from) : y;
    }
  }
  EACH_VECTOR V(store)(sums + c + v * LANES, sum[v]);
}

TARGET INLINE void V(moments)(
  const int vectors, int64_t pixels, int64_t channels, const float *x, float *mean, float *squares, int64_t c
) {
  V(vec) about[4], sum[4];
  EACH_VECTOR sum[v] = 0.0f;
  for (int64_t p = 0; p < pixels; p++) EACH_VECTOR sum[v] += V(load)(x + p * channels + c + v * LANES);
  EACH_VECTOR about[v] = sum[v] / (float)pixels, sum[v] = 0.0f;
  for (int64_t p = 0; p < pixels; p++) {
    EACH_VECTOR {
      V(vec) offset = V(load)(x + p * channels + c + v * LANES) - about[v];
      sum[v] += offset * offset;
    }
  }
  EACH_VECTOR V(store)(mean + c + v * LANES, about[v]), V(store)(squares + c + v * LANES, sum[v]);
}
#undef EACH_VECTOR

/* `count` pixels of a row, `vectors` neighbouring vectors of channels: the sum over taps, whose rows and weights are
   given; pixels lie `step` values apart in the rows, `apart` in y. */
TARGET INLINE void V(taps)(
  const taps *t, const int vectors, pixels_function function, const float *bias, int64_t step, bool adds, float *y,
  int64_t apart, int64_t count, int64_t c
) {
  int64_t x = 0;
#define PIXELS_AT_ONCE(n)                                                                                              \
  for (; x + n <= count; x += n) {                                                                                     \
    V(vec) sums[n][4];                                                                                                 \
    _Pragma("unroll") for (int v = 0; v < vectors; v++)                                                                \
      _Pragma("unroll") for (int i = 0; i < n; i++)                                                                    \
        sums[i][v] = bias ? V(load)(bias + c + v * LANES) : (V(vec))0.0f;                                              \
    for (int k = 0; k < t->count; k++) {                                                                               \
      const float *from = t->rows[k] + x * step + c, *weights = t->weights[k] + c;                                     \
      _Pragma("unroll") for (int v = 0; v < vectors; v++) {                                                            \
        const V(vec) w = V(load)(weights + v * LANES);                                                                 \
        _Pragma("unroll") for (int i = 0; i < n; i++)                                                                  \
          sums[i][v] = FMA(V(load)(from + i * step + v * LANES), w, sums[i][v]);                                       \
      }                                                                                                                \
    }                                                                                                                  \
    _Pragma("unroll") for (int i = 0; i < n; i++)                                                                      \
      _Pragma("unroll") for (int v = 0; v < vectors; v++) {                                                            \
        float *to = y + (x + i) * apart + c + v * LANES;                                                               \
        V(vec) sum = V(apply)(function, sums[i][v]);                                                                   \
        V(store)(to, adds ? V(load)(to) + sum : sum);                                                                  \
      }                                                                                                                \
  }
  if (vectors == 1) { PIXELS_AT_ONCE(8) } else { PIXELS_AT_ONCE(4) }
  PIXELS_AT_ONCE(1)
#undef PIXELS_AT_ONCE
}

/* What a row of dy adds to the gradients of one row of a kernel of `size` columns. */
TARGET INLINE void V(kernel_row)(
  int size, const float *x, int64_t step, const float *dy, int64_t channels, int64_t count, float *sums, int64_t c
) {
  V(vec) sum[5];
  _Pragma("unroll") for (int s = 0; s < size; s++) sum[s] = V(load)(sums + s * channels + c);
  for (int64_t i = 0; i < count; i++) {
    const V(vec) g = V(load)(dy + i * channels + c);
    _Pragma("unroll") for (int s = 0; s < size; s++)
      sum[s] = FMA(V(load)(x + i * step + s * channels + c), g, sum[s]);
  }
  _Pragma("unroll") for (int s = 0; s < size; s++) V(store)(sums + s * channels + c, sum[s]);
}

#if LANES == 4 || LANES == 8
#if LANES == 8
#define HALVED(v, op) op(v.lo, v.hi)
#else
#define HALVED(v, op) v
#endif

/* The first `count` values, then minus infinities. */
TARGET INLINE V(vec) V(load_first)(const float *p, int64_t count) {
  if (count == LANES) return V(load)(p);
  V(vec) v = -__builtin_inff();
  for (int64_t i = 0; i < count; i++) v[i] = p[i];
  return v;
}

TARGET INLINE void V(store_first)(float *p, V(vec) v, int64_t count) {
  if (count == LANES) V(store)(p, v);
  else for (int64_t i = 0; i < count; i++) p[i] = v[i];
}

/* e^x of what is at most 0; 0 where that would be denormal. */
TARGET INLINE V(vec) V(power)(V(vec) x) { return V(without)(V(exponential)(x), x < -87.3f); }

/* The softmax of `n` channels of a pixel: p = e^(x - top) / sum. */
TARGET INLINE void V(softmax)(int64_t n, const float *x, float *p, float *top, float *sum) {
  const int64_t last = (n - 1) / LANES * LANES, rest = n - last;
  V(vec) highest = V(load_first)(x + last, rest);
  for (int64_t c = 0; c < last; c += LANES) highest = LARGER(highest, V(load)(x + c));
  const float4 tops = HALVED(highest, LARGER);
  *top = LARGER(LARGER(tops.x, tops.z), LARGER(tops.y, tops.w));
  const V(vec) ending = V(power)(V(load_first)(x + last, rest) - *top);
  V(vec) powers = ending;
  for (int64_t c = 0; c < last; c += LANES) {
    const V(vec) part = V(power)(V(load)(x + c) - *top);
    V(store)(p + c, part);
    powers += part;
  }
#define PLUS(a, b) ((a) + (b))
  const float4 sums = HALVED(powers, PLUS);
#undef PLUS
  *sum = (sums.x + sums.z) + (sums.y + sums.w);
  const float inverse = 1 / *sum;
  for (int64_t c = 0; c < last; c += LANES) V(store)(p + c, V(load)(p + c) * inverse);
  V(store_first)(p + last, ending * inverse, rest);
}
#undef HALVED
#endif

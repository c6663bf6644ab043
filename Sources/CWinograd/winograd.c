#include "winograd.h"

/* Only what is written as such is one operation, so that all processors round alike. */
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)
#define LANES 16
#define NAME(x) x##_16
#define TARGET __attribute__((target("avx512f")))
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "transforms.h"
#undef LANES
#undef NAME
#undef TARGET

#define LANES 8
#define NAME(x) x##_8
#define TARGET __attribute__((target("avx2,fma")))
#include "transforms.h"
#undef LANES
#undef NAME
#undef TARGET
#undef FMA
#endif

#define LANES 4
#define NAME(x) x##_4
#define TARGET
#if defined(__x86_64__)
/* Without AVX2 there is no such instruction. */
#define FMA(a, b, c) ((a) * (b) + (c))
#else
#define FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#endif
#include "transforms.h"

int32_t winograd_lanes(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return 16;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 8;
#endif
  return 4;
}

void winograd_transform(
  int32_t lanes, int32_t tile, winograd_kind kind, const winograd_patch *patch, const winograd_planes *planes
) {
  int c = 0;
#if defined(__x86_64__)
  if (lanes >= 16) c = transform_16(tile, kind, patch, planes, c);
  if (lanes >= 8) c = transform_8(tile, kind, patch, planes, c);
#endif
  transform_4(tile, kind, patch, planes, c);
}

void winograd_store(int32_t lanes, int32_t tile, const winograd_planes *planes, const winograd_outputs *outputs) {
  int c = 0;
#if defined(__x86_64__)
  if (lanes >= 16) c = store_16(tile, planes, outputs, c);
  if (lanes >= 8) c = store_8(tile, planes, outputs, c);
#endif
  store_4(tile, planes, outputs, c);
}

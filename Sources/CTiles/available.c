#include "support.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux gives a process the state of the tiles when it asks, before its threads use them; systems before 5.16 refuse. */
static bool asked(void) {
  enum { request_permission = 0x1023, tile_data = 18 };
  unsigned a, b, c, d, a1, b1, c1, d1;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !__get_cpuid_count(7, 1, &a1, &b1, &c1, &d1)) return false;
  bool vectors = (b & bit_AVX512F) && (b & bit_AVX512BW) && (b & bit_AVX512VL) && (b & bit_AVX512DQ) &&
    (c & bit_AVX512VBMI) && (c & bit_AVX512VBMI2) && (a1 & bit_AVX512BF16);
  bool tiles = (d & (1 << 22 /* AMX-BF16 */)) && (d & (1 << 24 /* AMX-TILE */));
  return vectors && tiles && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

bool tiles_available(void) {
  static _Atomic int known; /* 0: not asked yet */
  if (!known) known = asked() ? 1 : 2;
  return known == 1;
}
#else
bool tiles_available(void) { return false; }
#endif

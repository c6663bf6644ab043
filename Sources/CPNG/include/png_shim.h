// Reading and writing of whole PNG files in memory.
//
// libpng reports errors by longjmp, which must not cross Swift frames; these functions keep it inside C.
#ifndef SEGBENCH_PNG_SHIM_H
#define SEGBENCH_PNG_SHIM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint32_t width, height;
  uint32_t row_bytes;  // bytes that a row takes as stored, unpacked
  int32_t bit_depth;   // as stored: 1, 2, 4, 8 or 16
  int32_t colour_type; // PNG's own: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA
  char error[160];     // why a call returned 0
} png_shim_info;

// Reads the header. Returns 1, or 0 with info->error set.
int png_shim_header(const uint8_t *bytes, size_t length, png_shim_info *info);

// Reads the header, and checks that the file is whole: all its chunks, with their checksums, to the last. Pixels are not
// unpacked. Returns 1, or 0 with info->error set.
int png_shim_verify(const uint8_t *bytes, size_t length, png_shim_info *info);

// Decodes to 8-bit RGB, [height, width, 3], whatever the file's mode: alpha is dropped, 16 bits are rounded to 8, gamma is left alone.
int png_shim_rgb(const uint8_t *bytes, size_t length, png_shim_info *info, uint8_t *pixels, size_t capacity);

// Decodes a grey or palette file of up to 8 bits to its raw values, [height, width]: indices stay as they are.
int png_shim_labels(const uint8_t *bytes, size_t length, png_shim_info *info, uint8_t *values, size_t capacity);

// The same of up to 16 bits.
int png_shim_indices(const uint8_t *bytes, size_t length, png_shim_info *info, uint16_t *values, size_t capacity);

// Encodes 8-bit RGB (channels 3), 8-bit grey (channels 1) or 16-bit grey (depth 16, native byte order).
// Calls `append` with consecutive pieces of the file. Returns 1, or 0 with info->error set.
int png_shim_encode(uint32_t width, uint32_t height, int channels, int depth, const void *pixels,
                    void (*append)(void *context, const uint8_t *bytes, size_t length), void *context,
                    png_shim_info *info);

#endif

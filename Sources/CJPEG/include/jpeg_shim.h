// Reading of whole JPEG files in memory.
//
// libjpeg reports errors by a function that must not return; these functions longjmp from it, and keep that inside C.
#ifndef SEGBENCH_JPEG_SHIM_H
#define SEGBENCH_JPEG_SHIM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint32_t width, height;          // as stored, before any turning that Exif asks for
  size_t exif_offset, exif_length; // where in the file the TIFF structure of the first Exif segment lies; length 0: none
  char error[200];                 // why a call returned 0; JMSG_LENGTH_MAX of jpeglib.h
} jpeg_shim_info;

// Reads the header; grey, YCbCr and RGB pass, CMYK, YCCK and other channels don't. Returns 1, or 0 with info->error set.
int jpeg_shim_header(const uint8_t *bytes, size_t length, jpeg_shim_info *info);

// Decodes to 8-bit RGB, [height, width, 3], as stored: grey is repeated, colours are upsampled smoothly. What libjpeg
// warns of, such as data that is cut short or out of step, is an error.
int jpeg_shim_rgb(const uint8_t *bytes, size_t length, jpeg_shim_info *info, uint8_t *pixels, size_t capacity);

#endif

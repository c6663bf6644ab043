#include "png_shim.h"
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct {
  const uint8_t *bytes;
  size_t length, position;
} source;

static void read_bytes(png_structp png, png_bytep out, png_size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->length - from->position) png_error(png, "the file is cut short");
  memcpy(out, from->bytes + from->position, count);
  from->position += count;
}

static void fail(png_structp png, png_const_charp message) {
  png_shim_info *info = png_get_error_ptr(png);
  strncpy(info->error, message, sizeof info->error - 1);
  longjmp(png_jmpbuf(png), 1);
}

static void ignore(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

enum mode { HEADER, RGB, LABELS, INDICES };

static int decode(const uint8_t *bytes, size_t length, png_shim_info *info, enum mode mode, void *out,
                  size_t capacity) {
  memset(info, 0, sizeof *info);
  if (length < 8 || png_sig_cmp(bytes, 0, 8)) {
    strcpy(info->error, "it is not a PNG file");
    return 0;
  }
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, info, fail, ignore);
  png_infop header = png ? png_create_info_struct(png) : NULL;
  png_bytep *volatile rows = NULL;
  if (!header) {
    png_destroy_read_struct(&png, NULL, NULL);
    strcpy(info->error, "out of memory");
    return 0;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &header, NULL);
    free((void *)rows);
    return 0;
  }
  source from = {bytes, length, 0};
  png_set_read_fn(png, &from, read_bytes);
  png_set_user_limits(png, 1u << 16, 1u << 16);
  // Chunks that no pixel depends on are skipped: a thousand compressed texts could unpack to gigabytes.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_chunk_malloc_max(png, 1u << 24);
  png_read_info(png, header);
  info->width = png_get_image_width(png, header);
  info->height = png_get_image_height(png, header);
  info->row_bytes = (uint32_t)png_get_rowbytes(png, header);
  info->bit_depth = png_get_bit_depth(png, header);
  info->colour_type = png_get_color_type(png, header);
  if (mode != HEADER) {
    size_t width = info->width, height = info->height;
    if (mode == RGB) {
      png_set_scale_16(png);
      png_set_expand(png);
      png_set_gray_to_rgb(png);
      png_set_strip_alpha(png);
    } else {
      if (info->colour_type != PNG_COLOR_TYPE_GRAY && info->colour_type != PNG_COLOR_TYPE_PALETTE)
        png_error(png, "it is a colour picture, expected grey or palette");
      png_set_packing(png);
    }
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, header);
    size_t stride = png_get_rowbytes(png, header);
    size_t expected = mode == RGB ? width * 3 : width * (info->bit_depth == 16 ? 2 : 1);
    if (stride != expected || capacity != (mode == INDICES ? 2 * width : stride) * height)
      png_error(png, "its rows have an unexpected length");
    // Values of one byte are read into the second half, and widened from there without overtaking any.
    png_bytep base = mode == INDICES ? (png_bytep)out + capacity - stride * height : out;
    rows = malloc(height * sizeof(png_bytep));
    if (!rows) png_error(png, "out of memory");
    for (size_t y = 0; y < height; y++) rows[y] = base + y * stride;
    for (int pass = 0; pass < passes; pass++) png_read_rows(png, (png_bytep *)rows, NULL, info->height);
    png_read_end(png, NULL);
    if (mode == INDICES) {
      uint16_t *values = out;
      for (size_t i = 0; i < width * height; i++)
        values[i] = info->bit_depth == 16 ? (uint16_t)(base[2 * i] << 8 | base[2 * i + 1]) : base[i];
    }
  }
  png_destroy_read_struct(&png, &header, NULL);
  free((void *)rows);
  return 1;
}

int png_shim_header(const uint8_t *bytes, size_t length, png_shim_info *info) {
  return decode(bytes, length, info, HEADER, NULL, 0);
}

static uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

int png_shim_verify(const uint8_t *bytes, size_t length, png_shim_info *info) {
  if (!png_shim_header(bytes, length, info)) return 0;
  int has_pixels = 0;
  for (size_t place = 8;;) {
    // Length, name, that many bytes, checksum.
    if (length - place < 12 || big_endian(bytes + place) > length - place - 12) {
      strcpy(info->error, "the file is cut short");
      return 0;
    }
    size_t size = big_endian(bytes + place);
    const uint8_t *name = bytes + place + 4;
    if (crc32(crc32(0, NULL, 0), name, (uInt)(size + 4)) != big_endian(name + 4 + size)) {
      strcpy(info->error, "it is damaged: a checksum is wrong");
      return 0;
    }
    if (!memcmp(name, "IDAT", 4)) has_pixels = 1;
    if (!memcmp(name, "IEND", 4)) break;
    place += size + 12;
  }
  if (!has_pixels) strcpy(info->error, "it has no pixels");
  return has_pixels;
}

int png_shim_rgb(const uint8_t *bytes, size_t length, png_shim_info *info, uint8_t *pixels, size_t capacity) {
  return decode(bytes, length, info, RGB, pixels, capacity);
}

int png_shim_labels(const uint8_t *bytes, size_t length, png_shim_info *info, uint8_t *values, size_t capacity) {
  return decode(bytes, length, info, LABELS, values, capacity);
}

int png_shim_indices(const uint8_t *bytes, size_t length, png_shim_info *info, uint16_t *values, size_t capacity) {
  return decode(bytes, length, info, INDICES, values, capacity * sizeof(uint16_t));
}

typedef struct {
  void (*append)(void *context, const uint8_t *bytes, size_t length);
  void *context;
} sink;

static void write_bytes(png_structp png, png_bytep bytes, png_size_t count) {
  sink *to = png_get_io_ptr(png);
  to->append(to->context, bytes, count);
}

static void flush(png_structp png) { (void)png; }

int png_shim_encode(uint32_t width, uint32_t height, int channels, int depth, const void *pixels,
                    void (*append)(void *context, const uint8_t *bytes, size_t length), void *context,
                    png_shim_info *info) {
  memset(info, 0, sizeof *info);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, info, fail, ignore);
  png_infop header = png ? png_create_info_struct(png) : NULL;
  if (!header) {
    png_destroy_write_struct(&png, NULL);
    strcpy(info->error, "out of memory");
    return 0;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &header);
    return 0;
  }
  sink to = {append, context};
  png_set_write_fn(png, &to, write_bytes, flush);
  png_set_IHDR(png, header, width, height, depth, channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, header);
  if (depth == 16) png_set_swap(png);
  size_t stride = (size_t)width * channels * (depth / 8);
  for (uint32_t y = 0; y < height; y++) png_write_row(png, (png_const_bytep)pixels + y * stride);
  png_write_end(png, NULL);
  png_destroy_write_struct(&png, &header);
  return 1;
}

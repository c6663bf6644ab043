#include "jpeg_shim.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

// Every scan passes over all blocks, however few its bytes; encoders write about 10.
enum { MOST_SCANS = 100 };

// More than the coefficients of the largest picture take, 2^26 pixels of 6 bytes.
static const long most_memory = 1L << 29;

typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf escape;
  const uint8_t *bytes;
  jpeg_shim_info *info;
} client;

static void fail(j_decompress_ptr jpeg, const char *message) {
  client *to = jpeg->client_data;
  strncpy(to->info->error, message, sizeof to->info->error - 1);
  longjmp(to->escape, 1);
}

static void fail_formatted(j_common_ptr jpeg) {
  client *to = jpeg->client_data;
  to->manager.format_message(jpeg, to->info->error);
  longjmp(to->escape, 1);
}

static void take_warning(j_common_ptr jpeg, int level) {
  if (level < 0) fail_formatted(jpeg);
}

static boolean fail_at_end(j_decompress_ptr jpeg) {
  fail(jpeg, "the file is cut short");
  return FALSE;
}

static void limit_scans(j_common_ptr jpeg) {
  j_decompress_ptr reader = (j_decompress_ptr)jpeg;
  if (reader->input_scan_number > MOST_SCANS) fail(reader, "it has more than 100 scans");
}

static boolean note_exif(j_decompress_ptr jpeg) {
  client *to = jpeg->client_data;
  struct jpeg_source_mgr *from = jpeg->src;
  const uint8_t *start = from->next_input_byte;
  if (from->bytes_in_buffer < 2) fail_at_end(jpeg);
  size_t length = (size_t)start[0] << 8 | start[1];
  if (length < 2) fail(jpeg, "it has a segment without a length");
  if (length > from->bytes_in_buffer) fail_at_end(jpeg);
  if (length > 8 && to->info->exif_length == 0 && memcmp(start + 2, "Exif\0\0", 6) == 0) {
    to->info->exif_offset = (size_t)(start + 8 - to->bytes);
    to->info->exif_length = length - 8;
  }
  from->next_input_byte += length;
  from->bytes_in_buffer -= length;
  return TRUE;
}

static void check_channels(j_decompress_ptr jpeg) {
  switch (jpeg->jpeg_color_space) {
  case JCS_GRAYSCALE:
  case JCS_YCbCr:
  case JCS_RGB: return;
  case JCS_CMYK: fail(jpeg, "it is a CMYK JPEG; convert it to RGB first"); break;
  case JCS_YCCK: fail(jpeg, "it is a YCCK JPEG; convert it to RGB first"); break;
  default: {
    char message[80];
    snprintf(message, sizeof message, "it has %d channels, expected grey or colour", jpeg->num_components);
    fail(jpeg, message);
  }
  }
}

static int decode(const uint8_t *bytes, size_t length, jpeg_shim_info *info, uint8_t *pixels, size_t capacity) {
  memset(info, 0, sizeof *info);
  struct jpeg_decompress_struct jpeg;
  struct jpeg_progress_mgr progress = {.progress_monitor = limit_scans};
  client to = {.bytes = bytes, .info = info};
  memset(&jpeg, 0, sizeof jpeg);
  jpeg.err = jpeg_std_error(&to.manager);
  to.manager.error_exit = fail_formatted;
  to.manager.emit_message = take_warning;
  jpeg.client_data = &to;
  if (setjmp(to.escape)) {
    jpeg_destroy_decompress(&jpeg);
    return 0;
  }
  jpeg_create_decompress(&jpeg);
  jpeg.mem->max_memory_to_use = most_memory;
  jpeg.progress = &progress;
  jpeg_mem_src(&jpeg, bytes, length);
  jpeg.src->fill_input_buffer = fail_at_end;
  jpeg_set_marker_processor(&jpeg, JPEG_APP0 + 1, note_exif);
  jpeg_read_header(&jpeg, TRUE);
  check_channels(&jpeg);
  info->width = jpeg.image_width;
  info->height = jpeg.image_height;
  if (pixels) {
    // What libjpeg does by itself, and most readers with it; said here since the values depend on it.
    jpeg.dct_method = JDCT_ISLOW;
    jpeg.do_fancy_upsampling = TRUE;
    jpeg.out_color_space = JCS_RGB;
    jpeg_start_decompress(&jpeg);
    size_t stride = (size_t)jpeg.output_width * 3;
    if (jpeg.output_components != 3 || capacity != stride * jpeg.output_height)
      fail(&jpeg, "its rows have an unexpected length");
    while (jpeg.output_scanline < jpeg.output_height) {
      JSAMPROW row = pixels + jpeg.output_scanline * stride;
      jpeg_read_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_decompress(&jpeg);
  }
  jpeg_destroy_decompress(&jpeg);
  return 1;
}

int jpeg_shim_header(const uint8_t *bytes, size_t length, jpeg_shim_info *info) {
  return decode(bytes, length, info, NULL, 0);
}

int jpeg_shim_rgb(const uint8_t *bytes, size_t length, jpeg_shim_info *info, uint8_t *pixels, size_t capacity) {
  return decode(bytes, length, info, pixels, capacity);
}

// SPDX-License-Identifier: 0BSD
// PNG files by libpng: palettes and fewer than 8 bits become bytes, of 16 bits the higher ones are taken.
// libpng leaves a fault by longjmp, so that what outlives it stands in a struct.
#include "io/image.h"

#ifdef CNN_PNG
#include <png.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFLATE_RATIO = 8 * 1032,
    CHUNK_BYTES = 1 << 23,
    CHUNKS = 64
}; // 8 pixels a byte, packed 1032 to one

typedef struct Png {
    const char *path;
    const uint8_t *bytes;
    size_t size, at;
    Image *image;
    png_bytep *row;
    CnnError *error;
} Png;

static void on_error(png_structp png, png_const_charp text) {
    Png *p = png_get_error_ptr(png);
    cnn_fail(p->error, CNN_REFUSED, "%s: a damaged PNG file: %s", p->path, text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png, (void)text; // of what does not change pixels
}

static void give(png_structp png, png_bytep to, size_t n) {
    Png *p = png_get_io_ptr(png);
    if (n > p->size - p->at) png_error(png, "the file ends too early");
    memcpy(to, p->bytes + p->at, n);
    p->at += n;
}

static void limit(png_structp png) {
    png_set_user_limits(png, IMAGE_SIDE, IMAGE_SIDE);
    png_set_chunk_cache_max(png, CHUNKS);
    png_set_chunk_malloc_max(png, CHUNK_BYTES);
}

// False where memory is out; faults of the file do not return.
static bool decode(Png *p, png_structp png, png_infop info) {
    limit(png);
    png_set_read_fn(png, p, give);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    Image *image = p->image;
    image->height = png_get_image_height(png, info);
    image->width = png_get_image_width(png, info);
    image->channels = png_get_channels(png, info);
    if (!image_room(p->path, image, p->size, DEFLATE_RATIO, p->error)) return false;
    p->row = calloc((size_t)image->height, sizeof *p->row);
    if (!p->row) return cnn_fail(p->error, CNN_SYSTEM, "%s: out of memory", p->path);
    for (int64_t y = 0; y < image->height; y++)
        p->row[y] = image->value + y * image->width * image->channels;
    png_read_image(png, p->row);
    png_read_end(png, NULL);
    return true;
}

bool image_png(const char *path, const uint8_t *bytes, size_t size, Image *image, CnnError *error) {
    Png p = {.path = path, .bytes = bytes, .size = size, .image = image, .error = error};
    Png *volatile kept = &p;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &p, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    volatile bool ok = false;
    if (!info)
        cnn_fail(error, CNN_SYSTEM, "%s: out of memory", path);
    else if (!setjmp(png_jmpbuf(png)))
        ok = decode(kept, png, info);
    png_destroy_read_struct(&png, &info, NULL);
    free(kept->row);
    return ok;
}
#else
bool image_png(const char *path, const uint8_t *bytes, size_t size, Image *image, CnnError *error) {
    (void)bytes, (void)size, (void)image;
    return cnn_fail(error, CNN_REFUSED,
                    "%s: a PNG file, but this cnnc was built without libpng (Debian: apt install "
                    "libpng-dev, then build cnnc and the program anew)",
                    path);
}
#endif

// SPDX-License-Identifier: 0BSD
// BMP files as they come from Windows: "BM", the place of the pixels, a header of 12 bytes or of 40 and more,
// a palette, rows from the bottom up (where the height is negative from the top down), each padded to 4 bytes.
// 1, 4 and 8 bits are indices into the palette, 24 and 32 are blue, green, red and perhaps a byte that is unused.
#include "io/image.h"
#include <stdlib.h>
#include <string.h>

enum { FILE_HEADER = 14, CORE_HEADER = 12, INFO_HEADER = 40, PALETTE = 256 };

typedef struct Bmp {
    const char *path;
    const uint8_t *bytes;
    size_t size, pixels; // where these begin
    int bits;
    bool top_down;
    uint8_t palette[PALETTE][3]; // red, green, blue
    CnnError *error;
} Bmp;

static uint32_t number(const uint8_t *at, int n) {
    uint32_t value = 0;
    while (n--) value = value << 8 | at[n];
    return value;
}

static bool fail(const Bmp *b, const char *what) {
    return cnn_fail(b->error, CNN_REFUSED, "%s: %s", b->path, what);
}

static bool read_header(Bmp *b, Image *image, size_t *header) {
    const uint8_t *at = b->bytes + FILE_HEADER;
    if (b->size < FILE_HEADER + CORE_HEADER) return fail(b, "a BMP file that is cut short");
    b->pixels = number(b->bytes + 10, 4);
    *header = number(at, 4);
    bool core = *header == CORE_HEADER;
    if ((!core && *header < INFO_HEADER) || *header > b->size - FILE_HEADER)
        return fail(b, "a BMP file with a header of another kind, or cut short");
    int32_t height = core ? (int32_t)number(at + 6, 2) : (int32_t)number(at + 8, 4);
    image->width = core ? (int64_t)number(at + 4, 2) : (int32_t)number(at + 4, 4);
    image->height = llabs((long long)height);
    b->top_down = height < 0;
    b->bits = (int)number(at + (core ? 10 : 14), 2);
    uint32_t packing = core ? 0 : number(at + 16, 4);
    if (packing && !(packing == 3 && b->bits == 32))
        return fail(b, "a compressed BMP file; save it uncompressed, or as PNG");
    return true;
}

static bool read_palette(Bmp *b, size_t header, bool *grey) {
    size_t entry = header == CORE_HEADER ? 3 : 4, at = FILE_HEADER + header;
    size_t room = b->pixels > at ? (b->pixels - at) / entry : 0;
    size_t n = room < PALETTE ? room : PALETTE;
    if (b->bits != 1 && b->bits != 4 && b->bits != 8)
        return fail(b, "a BMP file of another number of bits than 1, 4, 8, 24 or 32 a pixel");
    if (!n || b->pixels > b->size) return fail(b, "a BMP file without a palette, or cut short");
    *grey = true;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *c = b->bytes + at + i * entry;
        for (int k = 0; k < 3; k++) b->palette[i][k] = c[2 - k];
        *grey = *grey && c[0] == c[1] && c[1] == c[2];
    }
    return true;
}

static void read_row(const Bmp *b, const uint8_t *from, uint8_t *to, const Image *image) {
    int64_t c = image->channels;
    for (int64_t x = 0; x < image->width; x++, to += c) {
        if (b->bits >= 24) {
            const uint8_t *pixel = from + x * b->bits / 8;
            for (int k = 0; k < 3; k++) to[k] = pixel[2 - k];
        } else {
            int64_t bit = x * b->bits;
            unsigned index = (unsigned)from[bit / 8] >> (8 - b->bits - bit % 8);
            memcpy(to, b->palette[index & ((1u << b->bits) - 1)], (size_t)c);
        }
    }
}

bool image_bmp(const char *path, const uint8_t *bytes, size_t size, Image *image, CnnError *error) {
    Bmp b = {.path = path, .bytes = bytes, .size = size, .error = error};
    size_t header = 0;
    bool grey = false;
    if (!read_header(&b, image, &header)) return false;
    if (b.bits != 24 && b.bits != 32 && !read_palette(&b, header, &grey)) return false;
    image->channels = grey ? 1 : 3;
    if (!image_room(path, image, size, 8, error)) return false;
    int64_t stride = (image->width * b.bits + 31) / 32 * 4;
    if (b.pixels > size || (int64_t)(size - b.pixels) / stride < image->height)
        return fail(&b, "a BMP file that is cut short");
    for (int64_t y = 0; y < image->height; y++)
        read_row(&b, bytes + b.pixels + (b.top_down ? y : image->height - 1 - y) * stride,
                 image->value + y * image->width * image->channels, image);
    return true;
}

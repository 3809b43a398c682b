// SPDX-License-Identifier: 0BSD
// See image.h. Sizes are those of images that were read, so that products are small.
#include "io/image.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FLAT_SIDE = 8 }; // fewer numbers in a row are hardly an image

bool picture_size(const int64_t *dim, int64_t rank, int64_t size[IMAGE_DIMS]) {
    int64_t channels = rank == 3 ? dim[2] : 1, height = dim[0], width = rank >= 2 ? dim[1] : 1;
    if (rank == 1)
        for (channels = 1; channels <= 3; channels += 2) {
            height = width = (int64_t)(sqrt((double)dim[0] / (double)channels) + 0.5);
            if (height * width * channels == dim[0]) break;
        }
    size[0] = height;
    size[1] = width;
    size[2] = channels;
    int64_t least = rank == 1 ? FLAT_SIDE : 2;
    bool sides = height >= least && width >= least && height <= IMAGE_SIDE && width <= IMAGE_SIDE;
    return rank >= 1 && rank <= 3 && sides && (channels == 1 || channels == 3 || channels == 4);
}

static bool no_memory(CnnError *error) {
    return cnn_fail(error, CNN_SYSTEM, "out of memory for an image");
}

void image_free(Image *image) {
    free(image->value);
    *image = (Image){0};
}

bool image_copy(Image *to, const Image *from, CnnError *error) {
    size_t bytes = (size_t)(from->height * from->width * from->channels);
    *to = *from;
    to->value = malloc(bytes);
    if (!to->value) return no_memory(error);
    memcpy(to->value, from->value, bytes);
    return true;
}

static void replace(Image *image, uint8_t *value, int64_t height, int64_t width, int64_t channels) {
    free(image->value);
    image->value = value;
    image->height = height;
    image->width = width;
    image->channels = channels;
}

// EXIF says where the first row and column of what is stored were: 2, 3, 7 and 8 have columns in reverse, 3, 4,
// 6 and 7 rows, and from 5 on rows are columns.
bool image_upright(Image *image, CnnError *error) {
    int turned = image->turned;
    bool swap = turned >= 5, rows = turned == 3 || turned == 4 || turned == 6 || turned == 7;
    bool columns = turned == 2 || turned == 3 || turned >= 7;
    int64_t h = image->height, w = image->width, c = image->channels;
    if (turned <= 1) return true;
    uint8_t *to = malloc((size_t)(h * w * c));
    if (!to) return no_memory(error);
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++) { // of what is stored
            int64_t row = rows ? h - 1 - y : y, column = columns ? w - 1 - x : x;
            int64_t at = swap ? column * h + row : row * w + column;
            memcpy(to + at * c, image->value + (y * w + x) * c, (size_t)c);
        }
    replace(image, to, swap ? w : h, swap ? h : w, c);
    image->turned = 1;
    return true;
}

void image_on_white(Image *image) {
    int64_t c = image->channels, colours = c - 1;
    if (c != 2 && c != 4) return;
    uint8_t *to = image->value;
    for (const uint8_t *from = to, *end = to + image->height * image->width * c; from < end;
         from += c)
        for (int64_t k = 0; k < colours; k++)
            *to++ = (uint8_t)((from[k] * from[colours] + 255 * (255 - from[colours]) + 127) / 255);
    image->channels = colours;
}

// As television weighs colours, in 65536ths.
static uint8_t grey_of(const uint8_t *c) {
    return (uint8_t)((19595 * c[0] + 38470 * c[1] + 7471 * c[2] + 32768) >> 16);
}

bool image_to(Image *image, int64_t channels, CnnError *error) {
    int64_t c = image->channels, n = image->height * image->width;
    bool colour = c >= 3, alpha = c == 2 || c == 4;
    if (c == channels) return true;
    uint8_t *to = malloc((size_t)(n * channels));
    if (!to) return no_memory(error);
    for (int64_t i = 0; i < n; i++) {
        const uint8_t *from = image->value + i * c;
        uint8_t *pixel = to + i * channels;
        for (int64_t k = 0; channels >= 3 && k < 3; k++) pixel[k] = from[colour ? k : 0];
        if (channels == 1) pixel[0] = colour ? grey_of(from) : from[0];
        if (channels == 4) pixel[3] = alpha ? from[c - 1] : 255;
    }
    replace(image, to, image->height, image->width, channels);
    return true;
}

// An axis of `in` elements, each of `inner` floats, becomes one of `out`.
static void resize_axis(const float *from, int64_t in, float *to, int64_t out, int64_t inner) {
    double scale = (double)in / (double)out;
    for (int64_t o = 0; o < out; o++, to += inner) {
        double begin = (double)o * scale, end = begin + scale;
        double middle = fmin(fmax((begin + end) / 2 - 0.5, 0), (double)(in - 1));
        int64_t first = (int64_t)(scale > 1 ? begin : middle);
        memset(to, 0, (size_t)inner * sizeof *to);
        for (int64_t i = first; i < in && (scale > 1 ? (double)i < end : i <= first + 1); i++) {
            double at = (double)i;
            double share =
                scale > 1 ? (fmin(at + 1, end) - fmax(at, begin)) / scale : 1 - fabs(middle - at);
            for (int64_t k = 0; k < inner; k++) to[k] += (float)share * from[i * inner + k];
        }
    }
}

bool image_resize(Image *image, int64_t height, int64_t width, CnnError *error) {
    int64_t h = image->height, w = image->width, c = image->channels, n = height * width * c;
    if (h == height && w == width) return true;
    float *row = malloc((size_t)(w * c) * sizeof *row);
    float *wide = malloc((size_t)(h * width * c) * sizeof *wide);
    float *both = malloc((size_t)n * sizeof *both);
    uint8_t *to = malloc((size_t)n);
    bool ok = row && wide && both && to;
    for (int64_t y = 0; ok && y < h; y++) {
        for (int64_t k = 0; k < w * c; k++) row[k] = image->value[y * w * c + k];
        resize_axis(row, w, wide + y * width * c, width, c);
    }
    if (ok) resize_axis(wide, h, both, height, width * c);
    for (int64_t i = 0; ok && i < n; i++) to[i] = (uint8_t)(fminf(both[i], 255) + 0.5f);
    free(row);
    free(wide);
    free(both);
    if (!ok) return free(to), no_memory(error);
    replace(image, to, height, width, c);
    return true;
}

// SPDX-License-Identifier: 0BSD
// The images of a folder, or those that a table names, each decoded when its row is asked for and resized as Keras does
// it: to the nearest pixel, by PIL's rule or TensorFlow's, whose values stay bytes; or between the nearest four, by
// TensorFlow's. What is seen through is not looked at, nor which way up an image was taken, as there. And the classes
// of these images.
#include "data/array.h"
#include "data/folder.h"
#include "io/image.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool folder_open(Array *a, Arrays *all, CnnError *error) {
    const double *number = a->of->number;
    Folder *f = a->own = calloc(1, sizeof *f);
    char *path = f ? array_find(a->of->text[0], all->folder, error) : NULL;
    if (!f) return cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
    bool ok = path && folder_list(f, path, a->of->text + 1, (int64_t)number[FOLDER_CLASSES],
                                  number[FOLDER_FROM], number[FOLDER_TO], error);
    if (ok && f->n != a->rows)
        ok = cnn_fail(error, CNN_REFUSED,
                      "%s: has %lld images, but the program is compiled for %lld", path,
                      (long long)f->n, (long long)a->rows);
    free(path);
    return ok;
}

char *folder_picture(const char *folder, const char *name, const char *data, CnnError *error) {
    if (!folder || *name == '/') return array_find(name, data, error);
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path) return cnn_fail(error, CNN_SYSTEM, "out of memory for the names of files"), NULL;
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static bool pictures_open(Array *a, Arrays *all, CnnError *error) {
    const char *const *text = a->of->text;
    Folder *f = a->own = calloc(1, sizeof *f);
    if (!f || !(f->file = calloc((size_t)a->rows, sizeof *f->file)))
        return cnn_fail(error, CNN_SYSTEM, "out of memory for the data");
    char *folder = *text[0] ? array_find(text[0], all->folder, error) : NULL;
    bool ok = !*text[0] || folder;
    for (; ok && f->n < a->rows; f->n += ok)
        ok = (f->file[f->n].path = folder_picture(folder, text[1 + f->n], all->folder, error));
    free(folder);
    return ok;
}

static void folder_close(Array *a) {
    if (a->own) folder_free(a->own);
    free(a->own);
}

// Where a pixel of the result lies along an axis: between `low` and `high`, so far from the former.
typedef struct Between {
    int64_t low, high;
    float share;
} Between;

// By PIL's rule, which adds up the steps from one pixel to the next.
static void pil_nearest(Between *b, int64_t from, int64_t to) {
    double step = (double)from / (double)to, at = step * 0.5;
    for (int64_t i = 0; i < to; i++, at += step) {
        int64_t low = (int64_t)at < from ? (int64_t)at : from - 1;
        b[i] = (Between){low, low, 0};
    }
}

static void nearest(Between *b, int64_t from, int64_t to) {
    float scale = (float)from / (float)to;
    for (int64_t i = 0; i < to; i++) {
        int64_t low = (int64_t)floorf(((float)i + 0.5f) * scale);
        b[i].low = b[i].high = low < from ? low : from - 1;
        b[i].share = 0;
    }
}

static void bilinear(Between *b, int64_t from, int64_t to) {
    float scale = (float)from / (float)to;
    for (int64_t i = 0; i < to; i++) {
        float at = ((float)i + 0.5f) * scale - 0.5f, low = floorf(at), high = ceilf(at);
        b[i].low = low < 0 ? 0 : (int64_t)low;
        b[i].high = high > (float)(from - 1) ? from - 1 : (int64_t)high;
        b[i].share = at - low;
    }
}

static void (*const methods[])(Between *, int64_t, int64_t) = {
    [FOLDER_PIL_NEAREST] = pil_nearest, [FOLDER_NEAREST] = nearest, [FOLDER_BILINEAR] = bilinear};

static float mix(float a, float b, float share) {
    return a + (b - a) * share;
}

static void resize_row(const CnnArray *of, const Image *image, const Between *v, const Between *u,
                       double *to) {
    int64_t w = of->dim[2], c = of->dim[3], row = image->width * c;
    const uint8_t *top = image->value + v->low * row, *bottom = image->value + v->high * row;
    for (int64_t x = 0; x < w; x++)
        for (int64_t k = 0; k < c; k++) {
            int64_t left = u[x].low * c + k, right = u[x].high * c + k;
            *to++ = (double)mix(mix(top[left], top[right], u[x].share),
                                mix(bottom[left], bottom[right], u[x].share), v->share);
        }
}

static bool resize(const CnnArray *of, const Image *image, double *to, CnnError *error) {
    int64_t h = of->dim[1], w = of->dim[2], c = of->dim[3];
    int method = (int)of->number[FOLDER_METHOD];
    Between *v = memory_new(h + w, sizeof *v, "an image", error);
    if (!v) return false;
    methods[method](v, image->height, h);
    methods[method](v + h, image->width, w);
    for (int64_t y = 0; y < h; y++) resize_row(of, image, &v[y], v + h, to + y * w * c);
    free(v);
    return true;
}

static bool images_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    const Folder *f = a->own;
    for (int64_t i = 0; i < n; i++) {
        Image image;
        if (!cnn_images.read(f->file[row[i]].path, &image, error)) return false;
        bool ok = image_to(&image, a->of->dim[3], error);
        ok = ok && resize(a->of, &image, to + i * a->values, error);
        image_free(&image);
        if (!ok) return false;
    }
    return true;
}

static bool labels_rows(const Array *a, const int64_t *row, int64_t n, double *to,
                        CnnError *error) {
    const Folder *f = a->own;
    (void)error;
    for (int64_t i = 0; i < n; i++) to[i] = (double)f->file[row[i]].class;
    return true;
}

const CnnArrayClass array_images = {
    .open = folder_open, .rows = images_rows, .close = folder_close, .image = resize};
const CnnArrayClass array_pictures = {
    .open = pictures_open, .rows = images_rows, .close = folder_close, .image = resize};
const CnnArrayClass array_folder_labels = {
    .open = folder_open, .rows = labels_rows, .close = folder_close};

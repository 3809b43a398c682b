// SPDX-License-Identifier: MIT
// Layers that vary images in training. Those that move pixels say where a pixel of the result is in the
// image; what is read there is a sum of pixels, so term() gives both ways.
#include "layers.h"
#include <math.h>
#include <string.h>

// ---- random numbers: of each word of the stream the high 24 bits, as the middle of their 2^24th of (-1, 1)

static double number(const Here *h, int64_t sample, int64_t k) {
    int layer = (int)(h->l - h->run->model->layer);
    return ((drawn(h->run, layer, sample, 32 * k, 32) >> 8) + 0.5) / (1 << 23) - 1;
}

static const double *two(const Here *h, const char *name) {
    return args_at(h->l->cls->args, h->l->args, name);
}

static double between(const Here *h, int64_t sample, int64_t k, double lo, double hi) {
    return lo + (hi - lo) * (number(h, sample, k) + 1) / 2;
}

static double factor(const Here *h, int64_t sample, int64_t k, const char *name) {
    return between(h, sample, k, two(h, name)[0], two(h, name)[1]);
}

// ---- places

typedef struct Place {
    double row, column;
} Place;
typedef Place Where(const Here *h, int64_t sample, double row, double column);

static Place flip(const Here *h, int64_t sample, double row, double column) {
    const char *mode = layer_choice(h->l, "mode");
    if (number(h, sample, 0) > 0) return (Place){row, column};
    if (strstr(mode, "vertical")) row = (double)h->in.dim[0] - 1 - row;
    if (strstr(mode, "horizontal")) column = (double)h->in.dim[1] - 1 - column;
    return (Place){row, column};
}

static Place translate(const Here *h, int64_t sample, double row, double column) {
    return (Place){row - factor(h, sample, 0, "height_factor") * (double)h->in.dim[0],
                   column - factor(h, sample, 1, "width_factor") * (double)h->in.dim[1]};
}

static Place rotate(const Here *h, int64_t sample, double row, double column) {
    double angle = factor(h, sample, 0, "factor") * 2 * acos(-1);
    double middle_row = (double)(h->in.dim[0] - 1) / 2, middle = (double)(h->in.dim[1] - 1) / 2;
    double y = row - middle_row, x = column - middle;
    return (Place){middle_row + x * sin(angle) + y * cos(angle),
                   middle + x * cos(angle) - y * sin(angle)};
}

static Place zoom(const Here *h, int64_t sample, double row, double column) {
    double middle_row = (double)(h->in.dim[0] - 1) / 2, middle = (double)(h->in.dim[1] - 1) / 2;
    double high = 1 + factor(h, sample, 0, "height_factor"), wide = high;
    if (!isnan(two(h, "width_factor")[0])) wide = 1 + factor(h, sample, 1, "width_factor");
    return (Place){middle_row + high * (row - middle_row), middle + wide * (column - middle)};
}

// A crop of height x width from a random place, the batch's, or of what there is in the middle; resized.
static void middle(const Here *h, int64_t from[2], int64_t size[2]) {
    for (int d = 0; d < 2; d++) {
        double fits = floor((double)(h->in.dim[1 - d] * h->out.dim[d]) / (double)h->out.dim[1 - d]);
        size[d] = (int64_t)fmax(fmin((double)h->in.dim[d], fits), 1);
        from[d] = (h->in.dim[d] - size[d]) / 2;
    }
}

static bool crops(const Here *h) {
    return h->run->training && h->in.dim[0] > h->out.dim[0] && h->in.dim[1] > h->out.dim[1];
}

// In floats, as TensorFlow has it.
static double resized(double x, int64_t from, int64_t size, int64_t to) {
    float scale = (float)size / (float)to, place = ((float)x + 0.5f) * scale - 0.5f;
    return (double)from + fmin(fmax(place, 0), (double)(size - 1));
}

static Place crop(const Here *h, int64_t sample, double row, double column) {
    int64_t from[2], size[2];
    (void)sample; // all have the same
    if (crops(h)) {
        double choices[2] = {(double)(h->in.dim[0] - h->out.dim[0] + 1),
                             (double)(h->in.dim[1] - h->out.dim[1] + 1)};
        near(h->run, fabs(remainder(between(h, 0, 0, 0, choices[0]), 1)));
        near(h->run, fabs(remainder(between(h, 0, 1, 0, choices[1]), 1)));
        return (Place){row + floor(between(h, 0, 0, 0, choices[0])),
                       column + floor(between(h, 0, 1, 0, choices[1]))};
    }
    middle(h, from, size);
    for (int d = 0; d < 2 && h->run->training; d++)
        size[d] = h->out.dim[d] < h->in.dim[d] - from[d] ? h->out.dim[d] : h->in.dim[d] - from[d];
    return (Place){resized(row, from[0], size[0], h->out.dim[0]),
                   resized(column, from[1], size[1], h->out.dim[1])};
}

// ---- what is there

// The place within an axis of so many pixels.
static double folded(Run *r, const char *mode, double x, int64_t count) {
    double n = (double)count, last = n - 1;
    if (!strcmp(mode, "constant")) return x;
    if (!strcmp(mode, "reflect")) { // by its distance from the nearest middle of two images
        double period = fmod(fmod(x + 0.5, 2 * n) + 2 * n, 2 * n);
        x = (period < n ? period : 2 * n - period) - 0.5;
    }
    if (!strcmp(mode, "wrap") && last > 0) {
        near(r, fabs(remainder(x, last)));
        if (x < 0)
            x += n * floor(1 - x / last);
        else if (x > last)
            x -= n * floor(x / last);
    }
    return fmin(fmax(x, 0), last);
}

static void pixel(Here *h, int64_t sample, int64_t to, double row, double column, double share) {
    int64_t rows = h->in.dim[0], columns = h->in.dim[1], channels = h->in.dim[2];
    bool inside = row >= 0 && row < (double)rows && column >= 0 && column < (double)columns;
    int64_t from = ((sample * rows + (int64_t)row) * columns + (int64_t)column) * channels;
    for (int64_t c = 0; c < channels && share != 0; c++)
        if (inside)
            term(h, to + c, from + c, -1, 0, share);
        else
            term(h, to + c, -1, -1, 0, share * layer_number_or(h->l, "fill_value", 0));
}

static void look(Here *h, int64_t sample, int64_t to, Place p) {
    const char *mode = layer_choice(h->l, "fill_mode");
    const char *how = layer_choice(h->l, "interpolation");
    double row = folded(h->run, *mode ? mode : "nearest", p.row, h->in.dim[0]);
    double column = folded(h->run, *mode ? mode : "nearest", p.column, h->in.dim[1]);
    if (!strcmp(how, "nearest")) {
        near(h->run, fabs(row - floor(row) - 0.5));
        near(h->run, fabs(column - floor(column) - 0.5));
        pixel(h, sample, to, round(row), round(column), 1);
        return;
    }
    for (int y = 0; y < 2; y++)
        for (int x = 0; x < 2; x++) {
            double r = floor(row) + y, c = floor(column) + x;
            pixel(h, sample, to, r, c, (1 - fabs(row - r)) * (1 - fabs(column - c)));
        }
}

static void view(Here *h, Where *where) {
    int64_t rows = h->out.dim[0], columns = h->out.dim[1], channels = h->out.dim[2];
    for (int64_t i = 0; i < h->n * rows * columns; i++) {
        int64_t sample = i / (rows * columns), row = i / columns % rows, column = i % columns;
        Place p = {(double)row, (double)column};
        if (h->run->training || where == crop) p = where(h, sample, p.row, p.column);
        look(h, sample, i * channels, p);
    }
}

static void flipped(Here *h) {
    view(h, flip);
}
static void translated(Here *h) {
    view(h, translate);
}
static void cropped(Here *h) {
    view(h, crop);
}
static void rotated(Here *h) {
    view(h, rotate);
}
static void zoomed(Here *h) {
    view(h, zoom);
}

// ---- tones: y = x f + (1 - f) mean + d, clipped; at inference y = x

// Is a value, y[i], in the range? Else it is put there, and has no slope.
static bool within(Here *h, int64_t i) {
    const double *range = two(h, "value_range");
    near(h->run, fabs(h->y[i] - range[0]));
    near(h->run, fabs(h->y[i] - range[1]));
    return h->y[i] >= range[0] && h->y[i] <= range[1];
}

static void tone_channel(Here *h, int64_t first, double f, double d) {
    int64_t channels = h->in.dim[2], pixels = h->in.dim[0] * h->in.dim[1];
    const double *range = two(h, "value_range");
    double mean = 0, slope = 0, n = (double)pixels;
    for (int64_t k = 0, i = first; k < pixels; k++, i += channels) mean += h->x[i] / n;
    for (int64_t k = 0, i = first; k < pixels; k++, i += channels) {
        double y = h->x[i] * f + (1 - f) * mean + d;
        double put = h->run->training ? fmin(fmax(y, range[0]), range[1]) : y;
        h->y[i] = y;
        bool passes = !h->run->training || within(h, i);
        if (h->backward && passes) slope += h->dy[i] * (1 - f) / n, h->dx[i] += h->dy[i] * f;
        h->y[i] = put;
    }
    for (int64_t k = 0, i = first; k < pixels && h->backward; k++, i += channels) h->dx[i] += slope;
}

static void tone(Here *h, bool contrast) {
    int64_t channels = h->in.dim[2], count = count_of(&h->in);
    const double *by = two(h, "factor"), *range = two(h, "value_range");
    for (int64_t i = 0; i < h->n * channels; i++) {
        int64_t sample = i / channels;
        double f = 1, d = 0;
        if (h->run->training && contrast) f = between(h, sample, 0, 1 - by[0], 1 + by[1]);
        if (h->run->training && !contrast)
            d = between(h, sample, 0, by[0], by[1]) * (range[1] - range[0]);
        tone_channel(h, sample * count + i % channels, f, d);
    }
}

static void contrast(Here *h) {
    tone(h, true);
}
static void brightness(Here *h) {
    tone(h, false);
}

#define PLACES "fill_mode interpolation fill_value seed"
const Meaning augment_layers[] = {
    {"RandomFlip", {flipped}, NULL, "mode seed"},
    {"RandomTranslation", {translated}, NULL, "height_factor width_factor " PLACES},
    {"RandomCrop", {cropped}, NULL, "height width seed"},
    {"RandomRotation", {rotated}, NULL, "factor " PLACES},
    {"RandomZoom", {zoomed}, NULL, "height_factor width_factor " PLACES},
    {"RandomContrast", {contrast}, NULL, "factor value_range seed"},
    {"RandomBrightness", {brightness}, NULL, "factor value_range seed"},
    {NULL, {NULL}, NULL, NULL},
};

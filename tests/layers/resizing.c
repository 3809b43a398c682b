// SPDX-License-Identifier: MIT
// Images of another size: a row of weights an output, over all inputs of a dimension.
#include "layers.h"
#include "keras/layers/interpolate.h"
#include <math.h>
#include <string.h>

typedef struct Side {
    int64_t in, size, out; // of `in` values, in their middle or around them, `size` become out
    double *weight, *none; // [out, in]; of what is around them
} Side;

static double kernel(const char *name, double x) {
    const double pi = acos(-1), r = name[0] == 'l' ? name[7] - '0' : 0; // of lanczos3
    x = fabs(x);
    if (!strcmp(name, "bilinear")) return fmax(0, 1 - x);
    if (r > 0) return x < 1e-3 ? 1 : x > r ? 0 : r * sin(pi * x) * sin(pi * x / r) / pow(pi * x, 2);
    if (x < 1) return 1.5 * pow(x, 3) - 2.5 * pow(x, 2) + 1;
    return x < 2 ? -0.5 * pow(x, 3) + 2.5 * pow(x, 2) - 4 * x + 2 : 0;
}

// Of value i for output o, among those that are resized.
static double weight(const Side *s, const char *name, bool antialias, int64_t i, int64_t o) {
    double scale = (double)s->size / (double)s->out, at = ((double)o + 0.5) * scale;
    double wide = antialias && scale > 1 ? scale : 1;
    if (name[0] == 'b' && !antialias) // in floats
        at = (double)(((float)o + 0.5f) * ((float)s->size / (float)s->out) - 0.5f) + 0.5;
    if (!strcmp(name, "nearest")) return i == (int64_t)floor(at + 1e-9);
    if (!strcmp(name, "bicubic") && !antialias) // by a table of 1024 steps
        at = floor(at - 0.5) + rint((at - 0.5 - floor(at - 0.5)) * 1024) / 1024 + 0.5;
    return kernel(name, ((double)i + 0.5 - at) / wide);
}

static void weigh(Here *h, Side *s, const char *name, bool antialias) {
    int64_t from = s->in >= s->size ? (s->in - s->size) / 2 : -((s->size - s->in) / 2);
    s->weight = ARENA_ARRAY(h->run->arena, double, s->out * s->in);
    s->none = ARENA_ARRAY(h->run->arena, double, s->out);
    for (int64_t o = 0; o < s->out; o++) {
        double sum = 0;
        for (int64_t i = 0; i < s->size; i++) sum += weight(s, name, antialias, i, o);
        for (int64_t i = 0; i < s->size; i++) {
            double w = weight(s, name, antialias, i, o) / sum;
            if (i + from < 0 || i + from >= s->in)
                s->none[o] += w;
            else
                s->weight[o * s->in + i + from] = w;
        }
    }
}

// y[h, w, c] of each image from x, along both dimensions.
static void apply(Here *h, const Side *s, double fill) {
    int64_t c = h->in.dim[2], in = count_of(&h->in), out = count_of(&h->out);
    for (int64_t k = 0; k < h->n * out; k++) {
        int64_t y = k % out / c / s[1].out, x = k % out / c % s[1].out;
        double around = 1 - (1 - s[0].none[y]) * (1 - s[1].none[x]);
        if (fill != 0) term(h, k, -1, -1, 0, fill * around);
        for (int64_t i = 0; i < s[0].in; i++)
            for (int64_t j = 0; j < s[1].in && s[0].weight[y * s[0].in + i] != 0; j++) {
                double w = s[0].weight[y * s[0].in + i] * s[1].weight[x * s[1].in + j];
                if (w != 0) term(h, k, k / out * in + (i * s[1].in + j) * c + k % c, -1, 0, w);
            }
    }
}

static void resized(Here *h) {
    bool centre = !strcmp(h->l->cls->name, "CenterCrop");
    bool crop = centre || layer_number_or(h->l, "crop_to_aspect_ratio", 0) != 0;
    bool pad = layer_number_or(h->l, "pad_to_aspect_ratio", 0) != 0;
    bool antialias = layer_number_or(h->l, "antialias", 0) != 0;
    Side s[2];
    for (int d = 0; d < 2; d++) {
        s[d] = (Side){.in = h->in.dim[d], .size = h->in.dim[d], .out = h->out.dim[d]};
        int64_t alike = h->in.dim[!d] * h->out.dim[d] / h->out.dim[!d];
        if (crop && alike < s[d].size) s[d].size = alike ? alike : 1;
        if (pad && alike > s[d].size) s[d].size += (alike - s[d].size) / 2 * 2;
        weigh(h, &s[d], centre ? "bilinear" : layer_choice(h->l, "interpolation"), antialias);
    }
    apply(h, s, layer_number_or(h->l, "fill_value", 0));
}

// The middle; of an image that is smaller, another size.
static void centred(Here *h) {
    const Shape *in = &h->in, *out = &h->out;
    if (in->dim[0] < out->dim[0] || in->dim[1] < out->dim[1]) {
        resized(h);
        return;
    }
    int64_t from[2] = {(in->dim[0] - out->dim[0]) / 2, (in->dim[1] - out->dim[1]) / 2};
    int64_t c = in->dim[2], count = count_of(out);
    for (int64_t i = 0; i < h->n * count; i++) {
        int64_t y = i % count / c / out->dim[1] + from[0], x = i / c % out->dim[1] + from[1];
        term(h, i, i / count * count_of(in) + (y * in->dim[1] + x) * c + i % c, -1, 0, 1);
    }
}

const Meaning resizing_layers[] = {
    {"CenterCrop", {centred}, NULL, "height width"},
    {"Resizing",
     {resized},
     NULL,
     "height width interpolation crop_to_aspect_ratio pad_to_aspect_ratio fill_value antialias"},
    {"UpSampling2D", {resized}, NULL, "size interpolation"},
    {NULL, {NULL}, NULL, NULL},
};

// SPDX-License-Identifier: MIT
// RandomCrop: in training height x width pixels from a random place, the same one for all images of a batch. At
// inference the largest part in the middle that has this shape, resized, as Keras documents it. Where an image
// has not more pixels both ways, training has no choice either: it takes height x width from where that part
// begins, as far as there are any, and resizes them.
#include "keras/layers/augment.h"
#include "keras/layers/interpolate.h"
#include <math.h>

typedef struct RandomCrop {
    int64_t height, width, seed;
} RandomCrop;

#define AT(field) offsetof(RandomCrop, field)
static const Arg args[] = {
    {"height", ARG_INT, AT(height), .min = 1, .max = INFINITY},
    {"width", ARG_INT, AT(width), .min = 1, .max = INFINITY},
    ARG_OWN_SEED(AT(seed)),
    ARG_DATA_FORMAT,
    {0},
};
#undef AT

static bool shape(Arena *a, Diag *d, Layer *l) {
    const RandomCrop *c = l->args;
    if (!augment_shape(a, d, l)) return false;
    l->out.dim[0] = c->height;
    l->out.dim[1] = c->width;
    ResizeArgs size = {.height = c->height, .width = c->width};
    return augment_fits(a, d, l, &l->out) && resize_within(a, d, l, &size);
}

static bool chooses(const Layer *l) {
    return l->in[0].dim[0] > l->out.dim[0] && l->in[0].dim[1] > l->out.dim[1];
}

static const char *explain(Arena *a, const Layer *l) {
    const int64_t *in = l->in[0].dim, *out = l->out.dim;
    if (!chooses(l)) return "takes what there is in the middle, and resizes it";
    return arena_printf(a,
                        "takes %lld x %lld of %lld x %lld pixels, in training from a random place",
                        (long long)out[0], (long long)out[1], (long long)in[0], (long long)in[1]);
}

// What training takes from behind the start of that part, where there is no choice.
static int take(Step *s, const Layer *l, int x, const ResizeArgs *size) {
    int64_t before[2], behind[2];
    for (int d = 0; d < 2; d++) {
        int64_t in = l->in[0].dim[d], out = l->out.dim[d];
        int64_t part = l->in[0].dim[1 - d] * out / l->out.dim[1 - d]; // with that shape
        int64_t from = part < 1 ? (in - 1) / 2 : part < in ? (in - part) / 2 : 0;
        before[d] = -from;
        behind[d] = out < in - from ? from + out - in : 0;
    }
    return resize(s, step_pad(s, x, before, behind), size);
}

// The pixel nearest to a place from -1/2 to choices - 1/2 is each of them equally often.
static Expr *first(Arena *a, int k, int64_t choices) {
    double place[2] = {-0.5, (double)choices - 0.5};
    return augment_between(a, k, place);
}

static int choose(Step *s, const Layer *l, int x) {
    const RandomCrop *c = l->args;
    const int64_t *in = l->in[0].dim, *out = l->out.dim;
    Expr *one = expr_const(s->arena, 1), *zero = expr_const(s->arena, 0);
    Expr *row = first(s->arena, 1, in[0] - out[0] + 1);
    Expr *column = first(s->arena, 2, in[1] - out[1] + 1);
    Warp w = {out[0], out[1], {one, zero, column, zero, one, row}, I_NEAREST, FILL_NEAREST, 0};
    int u = step_uniform(s, 2, c->seed, true);
    return step_warp(s, x, &u, 1, &w);
}

static int build(Step *s, const Layer *l, const int *x) {
    const RandomCrop *c = l->args;
    bool training = s->mode == STEP_TRAIN;
    ResizeArgs size = {.height = c->height, .width = c->width, .interpolation = BILINEAR};
    if (training) return chooses(l) ? choose(s, l, x[0]) : take(s, l, x[0], &size);
    size.crop = true;
    return resize(s, x[0], &size);
}

const LayerClass layer_random_crop = {
    .name = "RandomCrop",
    .stem = "random_crop",
    .size = sizeof(RandomCrop),
    .args = args,
    .space = 2,
    .shape = shape,
    .explain = explain,
    .build = build,
};

// SPDX-License-Identifier: MIT
// RandomCrop: in training height x width pixels from a random place, the same one for all images of a batch. At
// inference the largest part in the middle that has this shape, resized, as Keras documents it. Where an image
// has not more pixels both ways, training has no choice either: it takes height x width from where that part
// begins, as far as there are any, and resizes them.
#include "keras/layers/augment.h"
#include "support/text.h"
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
    return augment_fits(a, d, l, &l->out);
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

typedef struct Part {
    int64_t from[2], size[2]; // rows, columns
} Part;

// As large as may be with the shape of the result, rounded down.
static Part middle(const Layer *l) {
    const int64_t *in = l->in[0].dim, *out = l->out.dim;
    Part p;
    for (int d = 0; d < 2; d++) {
        int64_t most = in[1 - d] * out[d] / out[1 - d];
        if (most > in[d]) most = in[d];
        p.size[d] = most < 1 ? 1 : most;
        p.from[d] = (in[d] - p.size[d]) / 2;
    }
    return p;
}

static int take(Step *s, const Layer *l, int x, const Part *p) {
    int64_t before[2], behind[2];
    for (int d = 0; d < 2; d++) {
        before[d] = -p->from[d];
        behind[d] = -(l->in[0].dim[d] - p->from[d] - p->size[d]);
    }
    x = step_pad(s, x, before, behind);
    return augment_resize(s, x, l->out.dim[0], l->out.dim[1]);
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
    Part p = middle(l);
    if (s->mode != STEP_TRAIN) return take(s, l, x[0], &p);
    if (chooses(l)) return choose(s, l, x[0]);
    for (int d = 0; d < 2; d++) {
        int64_t left = l->in[0].dim[d] - p.from[d];
        p.size[d] = l->out.dim[d] < left ? l->out.dim[d] : left;
    }
    return take(s, l, x[0], &p);
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

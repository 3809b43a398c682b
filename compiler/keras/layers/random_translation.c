// SPDX-License-Identifier: MIT
// RandomTranslation: in training an image is moved down by a random share of its height and to the right by
// one of its width.
#include "keras/layers/augment.h"

typedef struct RandomTranslation {
    double height[2], width[2]; // least and most
    Augment how;
} RandomTranslation;

#define AT(field) offsetof(RandomTranslation, field)
#define HOW(field) AT(how.field)
static const Arg args[] = {
    {"height_factor", ARG_FACTOR, AT(height), .min = -1, .max = 1},
    {"width_factor", ARG_FACTOR, AT(width), .min = -1, .max = 1},
    ARGS_AUGMENT(HOW),
    {0},
};
#undef HOW
#undef AT

static const char *explain(Arena *a, const Layer *l) {
    const RandomTranslation *t = l->args;
    return arena_printf(a, "moves images by %s down and %s to the right, in training",
                        augment_text(a, t->height, (double)l->in[0].dim[0], ""),
                        augment_text(a, t->width, (double)l->in[0].dim[1], " pixels"));
}

static Expr *back(Arena *a, int k, const double between[2], int64_t count) {
    double pixels[2] = {-between[0] * (double)count, -between[1] * (double)count};
    return augment_between(a, k, pixels);
}

static int build(Step *s, const Layer *l, const int *x) {
    const RandomTranslation *t = l->args;
    Arena *a = s->arena;
    if (s->mode != STEP_TRAIN) return x[0];
    int u = step_uniform(s, 2, t->how.seed, false);
    Expr *one = expr_const(a, 1), *zero = expr_const(a, 0);
    Expr *right = back(a, 2, t->width, l->in[0].dim[1]);
    Expr *down = back(a, 1, t->height, l->in[0].dim[0]);
    Expr *map[WARP_EXPRS] = {one, zero, right, zero, one, down};
    return augment_view(s, x[0], &u, 1, map, &t->how);
}

const LayerClass layer_random_translation = {
    .name = "RandomTranslation",
    .stem = "random_translation",
    .size = sizeof(RandomTranslation),
    .args = args,
    .space = 2,
    .shape = augment_shape,
    .explain = explain,
    .build = build,
};

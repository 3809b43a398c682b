// SPDX-License-Identifier: MIT
// RandomFlip: in training half of the images are mirrored, left to right, upside down, or both at once.
#include "keras/layers/augment.h"

typedef struct RandomFlip {
    int mode;
    int64_t seed;
} RandomFlip;

enum { HORIZONTAL, VERTICAL, BOTH };
static const char *const modes[] = {"horizontal", "vertical", "horizontal_and_vertical", NULL};

#define AT(field) offsetof(RandomFlip, field)
static const Arg args[] = {
    {"mode", ARG_CHOICE, AT(mode), .standard = "\"horizontal_and_vertical\"", .choices = modes},
    ARG_OWN_SEED(AT(seed)),
    ARG_DATA_FORMAT,
    {0},
};
#undef AT

static const char *explain(Arena *a, const Layer *l) {
    static const char *const how[] = {"left to right", "upside down",
                                      "left to right and upside down at once"};
    return arena_printf(a, "mirrors half of the images %s, in training",
                        how[((const RandomFlip *)l->args)->mode]);
}

// Where the number is below 0, x becomes last - x.
static void mirror(Arena *a, int64_t count, Expr **by, Expr **alone) {
    Expr *u = expr_in(a, 1), *zero = expr_const(a, 0);
    *by = expr_less(a, u, zero, expr_const(a, -1), expr_const(a, 1));
    *alone = expr_less(a, u, zero, expr_const(a, (double)(count - 1)), zero);
}

static int build(Step *s, const Layer *l, const int *x) {
    const RandomFlip *f = l->args;
    Arena *a = s->arena;
    if (s->mode != STEP_TRAIN) return x[0];
    int u = step_uniform(s, 1, f->seed, false);
    Expr *one = expr_const(a, 1), *zero = expr_const(a, 0);
    Expr *map[WARP_EXPRS] = {one, zero, zero, zero, one, zero};
    if (f->mode != VERTICAL) mirror(a, l->in[0].dim[1], &map[0], &map[2]);
    if (f->mode != HORIZONTAL) mirror(a, l->in[0].dim[0], &map[4], &map[5]);
    static const Augment how = {.fill = FILL_NEAREST, .interpolation = I_NEAREST};
    return augment_view(s, x[0], &u, 1, map, &how);
}

const LayerClass layer_random_flip = {
    .name = "RandomFlip",
    .stem = "random_flip",
    .size = sizeof(RandomFlip),
    .args = args,
    .space = 2,
    .shape = augment_shape,
    .explain = explain,
    .build = build,
};

// SPDX-License-Identifier: MIT
// RandomRotation: in training an image is turned about its middle by a random share of a full turn, with the
// clock where it is below 0. A pixel (x, y) from the middle comes from (x cos - y sin, x sin + y cos).
#include "keras/layers/augment.h"

typedef struct RandomRotation {
    double turns[2]; // least and most
    Augment how;
} RandomRotation;

#define AT(field) offsetof(RandomRotation, field)
#define HOW(field) AT(how.field)
static const Arg args[] = {
    {"factor", ARG_FACTOR, AT(turns), .min = -1, .max = 1},
    ARGS_AUGMENT(HOW),
    {0},
};
#undef HOW
#undef AT

static const char *explain(Arena *a, const Layer *l) {
    const RandomRotation *r = l->args;
    return arena_printf(a, "turns images by %s, in training",
                        augment_text(a, r->turns, 360, " degrees"));
}

// middle_x - middle_x by_x - middle_y by_y
static Expr *rest(Arena *a, double middle, double x, Expr *by_x, double y, Expr *by_y) {
    Expr *moved = expr_op2(a, E_ADD, expr_op2(a, E_MUL, expr_const(a, x), by_x),
                           expr_op2(a, E_MUL, expr_const(a, y), by_y));
    return expr_op2(a, E_SUB, expr_const(a, middle), moved);
}

static int build(Step *s, const Layer *l, const int *x) {
    const RandomRotation *r = l->args;
    Arena *a = s->arena;
    if (s->mode != STEP_TRAIN) return x[0];
    int u = step_uniform(s, 1, r->how.seed, false);
    Expr *turns = augment_between(a, 0, r->turns);
    Expr *ahead = expr_op2(a, E_SUB, turns, expr_const(a, 0.25));
    int number[] = {augment_cosine(s, u, "cos", turns), augment_cosine(s, u, "sin", ahead)};
    double middle_x = (double)(l->in[0].dim[1] - 1) / 2,
           middle_y = (double)(l->in[0].dim[0] - 1) / 2;
    Expr *cos = expr_in(a, 1), *sin = expr_in(a, 2), *minus = expr_op1(a, E_NEG, sin);
    Expr *map[WARP_EXPRS] = {cos, minus, rest(a, middle_x, middle_x, cos, middle_y, minus),
                             sin, cos,   rest(a, middle_y, middle_x, sin, middle_y, cos)};
    return augment_view(s, x[0], number, 2, map, &r->how);
}

const LayerClass layer_random_rotation = {
    .name = "RandomRotation",
    .stem = "random_rotation",
    .size = sizeof(RandomRotation),
    .args = args,
    .space = 2,
    .shape = augment_shape,
    .explain = explain,
    .build = build,
};

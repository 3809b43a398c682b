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

// An angle from -1/4 to 1/4 of a turn whose sine is the cosine of so many turns, -1.25 to 1.25: these folded
// into 0 to 1/2, and taken from a quarter.
static Expr *angle(Arena *a, Expr *turns) {
    Expr *t = expr_op1(a, E_ABS, turns), *half = expr_const(a, 0.5);
    Expr *less = expr_op1(a, E_ABS, expr_op2(a, E_SUB, expr_const(a, 1), t));
    Expr *quarter = expr_op2(a, E_SUB, expr_const(a, 0.25), expr_less(a, half, t, less, t));
    return expr_op2(a, E_MUL, expr_const(a, 6.283185307179586), quarter);
}

// By its series, which is as good as a float up to a quarter of a turn.
static Expr *sine(Arena *a, Expr *x) {
    static const double series[] = {
        1.0 / 6227020800, -1.0 / 39916800, 1.0 / 362880, -1.0 / 5040, 1.0 / 120, -1.0 / 6, 1};
    Expr *square = expr_op2(a, E_MUL, x, x), *sum = expr_const(a, series[0]);
    for (int i = 1; i < 7; i++)
        sum = expr_op2(a, E_ADD, expr_const(a, series[i]), expr_op2(a, E_MUL, sum, square));
    return expr_op2(a, E_MUL, sum, x);
}

static int cosine(Step *s, int u, const char *name, Expr *turns) {
    int x = augment_number(s, u, "angle", angle(s->arena, turns));
    return augment_number(s, x, name, sine(s->arena, expr_in(s->arena, 0)));
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
    int number[] = {cosine(s, u, "cos", turns), cosine(s, u, "sin", ahead)};
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

// SPDX-License-Identifier: MIT
// What augment.h says.
#include "keras/layers/augment.h"
#include "support/text.h"
#include <string.h>

const char *const fill_modes[] = {"constant", "nearest", "reflect", "wrap", NULL}; // as WarpFill
const char *const interpolations[] = {"nearest", "bilinear", NULL}; // as WarpOp

// Pixels of an image are numbered by 32 bits, its rows and columns exactly by floats.
enum { MOST_VALUES = 1 << 30, MOST_SIDE = 1 << 22 };

bool augment_numbers(const Shape *image) {
    const int64_t *dim = image->dim;
    return dim[0] <= MOST_SIDE && dim[1] <= MOST_SIDE && shape_count(image) <= MOST_VALUES;
}

bool augment_fits(Arena *a, Diag *d, const Layer *l, const Shape *image) {
    if (augment_numbers(image)) return true;
    diag_error(d, l->loc, 306, "the images of '%s' are too large: they may have %s values", l->name,
               text_thousands(a, MOST_VALUES));
    layer_input_note(a, d, l);
    return false;
}

bool augment_shape(Arena *a, Diag *d, Layer *l) {
    if (!layer_spatial_input(a, d, l)) return false;
    l->out = l->in[0];
    return augment_fits(a, d, l, &l->in[0]);
}

Expr *augment_between(Arena *a, int k, const double between[2]) {
    double middle = (between[0] + between[1]) / 2, half = (between[1] - between[0]) / 2;
    Expr *off = expr_op2(a, E_MUL, expr_const(a, half), expr_in(a, k));
    return expr_op2(a, E_ADD, expr_const(a, middle), off);
}

int augment_number(Step *s, int u, const char *name, Expr *e) {
    int y = step_map(s, u, e, NULL);
    s->tensor[y].name = arena_printf(s->arena, "%s.%s", s->building->name, name);
    return y;
}

// An angle from -1/4 to 1/4 of a turn whose sine is the cosine of so many turns, -1.5 to 1.5: these folded
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

int augment_cosine(Step *s, int u, const char *name, Expr *turns) {
    int x = augment_number(s, u, "angle", angle(s->arena, turns));
    return augment_number(s, x, name, sine(s->arena, expr_in(s->arena, 0)));
}

int augment_view(Step *s, int x, const int *number, int n, Expr *const map[WARP_EXPRS],
                 const Augment *how) {
    const int64_t *dim = s->tensor[x].dim;
    Warp w = {.rows = dim[0], .columns = dim[1], .op = how->interpolation, .fill = how->fill};
    memcpy(w.map, map, sizeof w.map);
    if (w.fill == FILL_CONSTANT) w.outside = how->value;
    return step_warp(s, x, number, n, &w);
}

const char *augment_text(Arena *a, const double between[2], double whole, const char *unit) {
    return arena_printf(a, "%g to %g%s", between[0] * whole, between[1] * whole, unit);
}

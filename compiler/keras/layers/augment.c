// SPDX-License-Identifier: MIT
// What augment.h says.
#include "keras/layers/augment.h"
#include "support/text.h"
#include <string.h>

const char *const fill_modes[] = {"constant", "nearest", "reflect", "wrap", NULL}; // as WarpFill
const char *const interpolations[] = {"nearest", "bilinear", NULL}; // as WarpOp

// Pixels of an image are numbered by 32 bits, its rows and columns exactly by floats.
bool augment_fits(Arena *a, Diag *d, const Layer *l, const Shape *image) {
    enum { MOST_VALUES = 1 << 30, MOST_SIDE = 1 << 22 };
    const int64_t *dim = image->dim;
    bool fits = dim[0] <= MOST_SIDE && dim[1] <= MOST_SIDE && dim[2] <= MOST_VALUES &&
                dim[0] * dim[1] <= MOST_VALUES / dim[2];
    if (fits) return true;
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

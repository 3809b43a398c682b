// SPDX-License-Identifier: MIT
// UnitNormalization: y = x / |x|, the norm over the axes given; where it is 0, y is 0.
#include "keras/layers/layer.h"
#include "step/step.h"

typedef struct UnitNorm {
    Axes axis;
} UnitNorm;

static const Arg args[] = {{"axis", ARG_AXES, offsetof(UnitNorm, axis), .standard = "-1"}, {0}};

static bool shape(Arena *a, Diag *d, Layer *l) {
    bool over[MAX_RANK];
    l->out = l->in[0];
    return layer_axes(a, d, l, "axis", &((const UnitNorm *)l->args)->axis, over);
}

// x min(1 / |x|, 1e12), as Keras
static int build(Step *s, const Layer *l, const int *x) {
    Arena *a = s->arena;
    bool over[MAX_RANK];
    layer_axes(NULL, NULL, l, "axis", &((const UnitNorm *)l->args)->axis, over); // was checked
    int sum = step_sum(s, arena_printf(a, "%s.squares", l->name), x[0], true, over);
    Expr *most = expr_const(a, 1e12), *root = expr_op1(a, E_SQRT, expr_in(a, 0));
    Expr *inverse = expr_op2(a, E_DIV, expr_const(a, 1), root);
    int by = step_map(s, sum, expr_less(a, most, inverse, most, inverse), NULL);
    s->tensor[by].name = arena_printf(a, "%s.by", l->name);
    int y = step_map(s, x[0], expr_op2(a, E_MUL, expr_in(a, 0), expr_in(a, 1)), NULL);
    node_reads(s->node[s->nnode - 1], access_kept(s, x[0], by, over));
    return y;
}

const LayerClass layer_unit_normalization = {
    .name = "UnitNormalization",
    .stem = "unit_normalization",
    .size = sizeof(UnitNorm),
    .args = args,
    .shape = shape,
    .build = build,
};

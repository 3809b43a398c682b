// SPDX-License-Identifier: MIT
// RMSNormalization: y = x / sqrt(mean of x^2 + epsilon) scale, the mean over the axes given, scale of their shape.
// These are the last ones, since Keras lays scale along those.
#include "keras/initializers/initializer.h"
#include "keras/layers/layer.h"
#include "step/step.h"
#include <math.h>

typedef struct RmsNorm {
    Axes axis;
    double epsilon;
} RmsNorm;

static const Arg args[] = {
    {"axis", ARG_AXES, offsetof(RmsNorm, axis), .standard = "-1"},
    {"epsilon", ARG_FLOAT, offsetof(RmsNorm, epsilon), .standard = "1e-06", .min = 1e-30,
     .max = INFINITY},
    {0},
};

static bool shape(Arena *a, Diag *d, Layer *l) {
    bool over[MAX_RANK];
    l->out = l->in[0];
    if (!layer_axes(a, d, l, "axis", &((const RmsNorm *)l->args)->axis, over)) return false;
    for (int i = 0; i + 1 < l->in[0].rank; i++)
        if (over[i] && !over[i + 1]) {
            diag_error(d, layer_arg_loc(l, "axis"), 302,
                       "'axis' of '%s' must be the last axes of %s: its scale lies along these",
                       l->name, shape_text(a, &l->in[0]));
            return false;
        }
    return true;
}

static void weights(Layer *l) {
    extern const InitializerClass initializer_ones;
    const WeightArgs ones = {.init = {&initializer_ones, initializer_ones.object.base, l->loc}};
    bool over[MAX_RANK];
    Shape each = {0};
    layer_axes(NULL, NULL, l, "axis", &((const RmsNorm *)l->args)->axis, over); // they were checked
    for (int d = 0; d < l->in[0].rank; d++)
        if (over[d]) each.dim[each.rank++] = l->in[0].dim[d];
    layer_weight(l, "scale", each, &ones);
}

static int build(Step *s, const Layer *l, const int *x) {
    const RmsNorm *norm = l->args;
    Arena *a = s->arena;
    bool over[MAX_RANK], others[MAX_RANK];
    layer_axes(NULL, NULL, l, "axis", &norm->axis, over);
    for (int d = 0; d < MAX_RANK; d++) others[d] = !over[d];
    int sum = step_sum(s, arena_printf(a, "%s.squares", l->name), x[0], true, over);
    double share = 1 / (double)shape_count(&l->weight[0].shape);
    Expr *mean = expr_op2(a, E_MUL, expr_in(a, 0), expr_const(a, share));
    Expr *root = expr_op1(a, E_SQRT, expr_op2(a, E_ADD, mean, expr_const(a, norm->epsilon)));
    int by = step_map(s, sum, expr_op2(a, E_DIV, expr_const(a, 1), root), NULL);
    s->tensor[by].name = arena_printf(a, "%s.by", l->name);
    Expr *unit = expr_op2(a, E_MUL, expr_in(a, 0), expr_in(a, 1));
    int y = step_map(s, x[0], expr_op2(a, E_MUL, unit, expr_in(a, 2)), NULL);
    Node *n = s->node[s->nnode - 1];
    node_reads(n, access_kept(s, x[0], by, over));
    node_reads(n, access_kept(s, x[0], step_weight(s, l, 0), others));
    return y;
}

const LayerClass layer_rms_normalization = {
    .name = "RMSNormalization",
    .stem = "rms_normalization",
    .size = sizeof(RmsNorm),
    .args = args,
    .shape = shape,
    .weights = weights,
    .build = build,
};

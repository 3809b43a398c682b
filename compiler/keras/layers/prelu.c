// SPDX-License-Identifier: MIT
// PReLU: x where it is above 0, else alpha x. alpha is a weight of the input's shape, with 1 in the place of
// the axes along which it is shared. The slope at 0 is 0, as Keras has: there it is x^2.
#include "keras/layers/layer.h"
#include "step/step.h"

typedef struct PReLU {
    WeightArgs alpha;
    Axes shared;
} PReLU;

#define AT(field) offsetof(PReLU, field)
static const Arg args[] = {
    WEIGHT_INITIALIZER("alpha", AT(alpha), "\"zeros\""),
    WEIGHT_REGULARIZER("alpha", AT(alpha)),
    WEIGHT_CONSTRAINT("alpha", AT(alpha)),
    {"shared_axes", ARG_AXES_OPT, AT(shared), .standard = "None"},
    {0},
};
#undef AT

static bool shape(Arena *a, Diag *d, Layer *l) {
    const Axes *shared = &((const PReLU *)l->args)->shared;
    bool is[MAX_RANK];
    l->out = l->in[0];
    for (int i = 0; i < shared->n; i++)
        if (shared->axis[i] < 0) {
            diag_error(
                d, layer_arg_loc(l, "shared_axes"), 302,
                "'shared_axes' of '%s' count from 1, the first dimension of a sample: not %lld",
                l->name, (long long)shared->axis[i]);
            return false;
        }
    return layer_axes(a, d, l, "shared_axes", shared, is);
}

static void weights(Layer *l) {
    const PReLU *p = l->args;
    bool shared[MAX_RANK];
    Shape each = l->in[0];
    layer_axes(NULL, NULL, l, "shared_axes", &p->shared, shared); // they were checked
    for (int d = 0; d < each.rank; d++)
        if (shared[d]) each.dim[d] = 1;
    layer_weight(l, "alpha", each, &p->alpha);
}

static int build(Step *s, const Layer *l, const int *x) {
    Arena *a = s->arena;
    Expr *in = expr_in(a, 0), *zero = expr_const(a, 0);
    Expr *above = expr_less(a, zero, in, in, expr_op2(a, E_MUL, in, in));
    Expr *below = expr_op2(a, E_MUL, expr_in(a, 1), in);
    int y = step_map(s, x[0], expr_less(a, in, zero, below, above), NULL);
    Access alpha = access_whole(s, step_weight(s, l, 0), 1);
    for (int d = 0; d < l->in[0].rank; d++)
        if (l->weight[0].shape.dim[d] == 1) alpha.coef[d][1 + d] = 0;
    node_reads(s->node[s->nnode - 1], alpha);
    return y;
}

const LayerClass layer_prelu = {
    .name = "PReLU",
    .stem = "p_re_lu",
    .size = sizeof(PReLU),
    .args = args,
    .shape = shape,
    .weights = weights,
    .build = build,
    .explain = layer_explain_weights,
};

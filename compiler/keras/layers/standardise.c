// SPDX-License-Identifier: MIT
// See standardise.h. The variance is a second pass over centred values, which loses no digits where the mean
// is large. That they are centred has no part in its gradient: they add up to zero.
#include "keras/layers/standardise.h"

#define OP2(op, x, y) expr_op2(s->arena, (op), (x), (y))
#define C(v) expr_const(s->arena, (v))
#define IN(k) expr_in(s->arena, (k))

void scale_weights(Layer *l, const ScaleArgs *args, Shape each) {
    if (args->scale) layer_weight(l, "gamma", each, &args->gamma);
    if (args->center) layer_weight(l, "beta", each, &args->beta);
}

static int named(Step *s, const Layer *l, const char *what, int tensor) {
    s->tensor[tensor].name = arena_printf(s->arena, "%s.%s", l->name, what);
    return tensor;
}

int scale(Step *s, const Layer *l, const ScaleArgs *args, int y, const bool over[MAX_RANK]) {
    if (!l->nweight) return y;
    Expr *e = args->scale ? OP2(E_MUL, IN(0), IN(1)) : IN(0);
    if (args->center) e = OP2(E_ADD, e, IN(1 + args->scale));
    int of = y;
    y = named(s, l, "scaled", step_map(s, of, e, NULL));
    Node *n = s->node[s->nnode - 1];
    for (int k = 0; k < l->nweight; k++)
        node_reads(n, access_kept(s, of, step_weight(s, l, k), over));
    return y;
}

int standardise(Step *s, const Layer *l, int x, const bool over[MAX_RANK], double epsilon) {
    const char *name = arena_printf(s->arena, "%s.sum", l->name);
    const char *squares = arena_printf(s->arena, "%s.squares", l->name);
    double count = 1;
    for (int d = 0; d < s->tensor[x].rank; d++) count *= over[d] ? (double)s->tensor[x].dim[d] : 1;
    Expr *centred = OP2(E_SUB, IN(0), IN(1)), *share = C(1 / count);
    int sum = step_sum(s, name, x, false, over);
    int mean = named(s, l, "mean", step_map(s, sum, OP2(E_MUL, IN(0), share), NULL));
    int square = named(s, l, "square", step_map(s, x, OP2(E_MUL, centred, centred), NULL));
    node_reads(s->node[s->nnode - 1], access_kept(s, x, mean, over));
    s->node[s->nnode - 1]->fixed = 1 << 1;
    int total = step_sum(s, squares, square, false, over);
    Expr *variance = OP2(E_ADD, OP2(E_MUL, IN(0), share), C(epsilon));
    Expr *inverse = OP2(E_DIV, C(1), expr_op1(s->arena, E_SQRT, variance));
    int by = named(s, l, "by", step_map(s, total, inverse, NULL));
    int y = named(s, l, "standard", step_map(s, x, OP2(E_MUL, centred, IN(2)), NULL));
    Node *n = s->node[s->nnode - 1];
    node_reads(n, access_kept(s, x, mean, over));
    node_reads(n, access_kept(s, x, by, over));
    return y;
}

// SPDX-License-Identifier: MIT
// See regularise.h.
#include "step/passes/regularise.h"

static Expr *times(Arena *a, double factor, Expr *x) {
    return expr_op2(a, E_MUL, expr_const(a, factor), x);
}

static Expr *penalty_value(Arena *a, const Penalty *p, Expr *x) {
    Expr *size = expr_op1(a, E_ABS, x), *square = expr_op2(a, E_MUL, x, x);
    return expr_op2(a, E_ADD, times(a, p->l1, size), times(a, p->l2, square));
}

Expr *penalty_slope(Arena *a, const Penalty *p, Expr *x) {
    Expr *zero = expr_const(a, 0), *line = times(a, 2 * p->l2, x);
    if (p->l1 == 0) return line;
    Expr *left = expr_less(a, x, zero, expr_const(a, -p->l1), zero);
    return expr_op2(a, E_ADD, expr_less(a, zero, x, expr_const(a, p->l1), left), line);
}

void regularise_activity(Step *s, int y, const Penalty *p) {
    Arena *a = s->arena;
    int each = step_map(s, y, penalty_value(a, p, expr_in(a, 0)), NULL);
    s->tensor[each].name = arena_printf(a, "%s.penalties", s->building->name);
    static const bool all[MAX_RANK] = {true, true, true, true, true};
    const char *name = arena_printf(a, "%s.penalty", s->building->name);
    int sum = step_sum(s, name, each, false, all);
    if (s->penalty >= 0) {
        int before = s->penalty;
        sum = step_map(s, sum, expr_op2(a, E_ADD, expr_in(a, 0), expr_in(a, 1)), NULL);
        node_reads(s->node[s->nnode - 1], access_whole(s, before, 1));
    }
    s->penalty = sum;
    ARENA_PUSH(a, s->activity, s->nactivity, ((Activity){y, *p}));
}

// A node once a step on the axes of `dim`, of which the last is summed where `sums`.
static Node *once(Step *s, int w, Prim kind, int rank, const int64_t *dim, bool sums) {
    Node *n = step_node(s, kind, false);
    n->layer = s->tensor[w].layer;
    n->loc = s->tensor[w].loc;
    n->pass = PASS_DW;
    for (int d = 0; d < rank; d++) step_axis(n, dim[d], sums && d == rank - 1 ? A_SUM : A_OUT);
    return n;
}

static int once_made(Step *s, int w, const char *what, int rank, const int64_t *dim) {
    const char *name = arena_printf(s->arena, "%s.%s", s->tensor[w].name, what);
    int t = step_tensor(s, name, T_F32, O_STEP, rank, dim);
    s->tensor[t].loc = s->tensor[w].loc;
    return t;
}

// Matrix t, one of whose dimensions counts the vectors u, by these axes.
static Access vectors(int t, int d, int vector, int element) {
    Access x = access_none(t);
    x.coef[d][vector] = x.coef[!d][element] = 1;
    return x;
}

static Access along(int t, int axis) {
    Access x = access_none(t);
    x.coef[0][axis] = 1;
    return x;
}

typedef struct Pairs { // of vectors u = w / |w|
    int unit, inverse; // u, 1 / |w|
    int toward, dot; // g = sum over the others v of sign(u v) v; u g
} Pairs;

// The derivative of the sum of |u v| by u is g, where g may have u itself: that has no part in
// (g - (u g) u) / |w|, the derivative by w.
static Pairs pairs_of(Step *s, int w, int d) {
    Arena *a = s->arena;
    const int64_t n = s->tensor[w].dim[d], k = s->tensor[w].dim[!d];
    const int64_t by_pair[] = {n, n, k}, by_element[] = {n, k, n}, by_vector[] = {n, k};
    const bool over[MAX_RANK] = {[0] = d == 1, [1] = d == 0};
    const char *name = arena_printf(a, "%s.squares", s->tensor[w].name);
    int square = step_sum(s, name, w, true, over);
    Expr *root = expr_op1(a, E_SQRT, expr_in(a, 0)), *most = expr_const(a, 1e7);
    Expr *inverse = expr_op2(a, E_DIV, expr_const(a, 1), root);
    Pairs p = {.inverse =
                   step_once(s, "inverse", &square, 1, expr_less(a, inverse, most, inverse, most))};
    p.unit = once_made(s, w, "unit", 2, s->tensor[w].dim);
    Node *m = once(s, w, P_MAP, 2, by_vector, false);
    node_reads(m, vectors(w, d, 1, 2));
    node_reads(m, along(p.inverse, 1));
    node_writes(m, vectors(p.unit, d, 1, 2));
    m->expr[0] = expr_op2(a, E_MUL, expr_in(a, 0), expr_in(a, 1));
    int product = once_made(s, w, "products", 2, by_pair);
    Node *c = once(s, w, P_CONTRACT, 3, by_pair, true);
    node_reads(c, vectors(p.unit, d, 1, 3));
    node_reads(c, vectors(p.unit, d, 2, 3));
    node_writes(c, access_whole(s, product, 1));
    Expr *zero = expr_const(a, 0), *x = expr_in(a, 0);
    Expr *below = expr_less(a, x, zero, expr_const(a, -1), zero);
    int sign = step_once(s, "signs", &product, 1, expr_less(a, zero, x, expr_const(a, 1), below));
    p.toward = once_made(s, w, "toward", 2, s->tensor[w].dim);
    c = once(s, w, P_CONTRACT, 3, by_element, true);
    Access which = access_none(sign);
    which.coef[0][1] = which.coef[1][3] = 1;
    node_reads(c, which);
    node_reads(c, vectors(p.unit, d, 3, 2));
    node_writes(c, vectors(p.toward, d, 1, 2));
    p.dot = once_made(s, w, "dots", 1, by_vector);
    c = once(s, w, P_CONTRACT, 2, by_vector, true);
    node_reads(c, vectors(p.toward, d, 1, 2));
    node_reads(c, vectors(p.unit, d, 1, 2));
    node_writes(c, along(p.dot, 1));
    return p;
}

// Input `first` and the next ones, of a MAP over the weight.
static Expr *read_pairs(Step *s, Node *n, const Pairs *p, int d, double by) {
    Arena *a = s->arena;
    int first = n->nin;
    node_reads(n, access_whole(s, p->toward, 1));
    node_reads(n, access_whole(s, p->unit, 1));
    node_reads(n, along(p->dot, 1 + d));
    node_reads(n, along(p->inverse, 1 + d));
    Expr *own = expr_op2(a, E_MUL, expr_in(a, first + 2), expr_in(a, first + 1));
    Expr *rest = expr_op2(a, E_SUB, expr_in(a, first), own);
    return times(a, by, expr_op2(a, E_MUL, rest, expr_in(a, first + 3)));
}

// A MAP once a step, of what the data say and of the weight.
static void regularise_weight(Step *s, int w, const Penalty *p) {
    Arena *a = s->arena;
    int data = s->tensor[w].grad, rank = s->tensor[w].rank, of = p->columns;
    double vectors = (double)s->tensor[w].dim[of];
    Pairs pairs = {0};
    if (p->pairs != 0) pairs = pairs_of(s, w, of);
    const char *name = arena_printf(a, "d(%s).regularised", s->tensor[w].name);
    int g = step_tensor(s, name, T_F32, O_STEP, rank, s->tensor[w].dim);
    s->tensor[g].loc = s->tensor[w].loc;
    Node *n = step_node(s, P_MAP, false);
    n->layer = s->tensor[w].layer;
    n->loc = s->tensor[w].loc;
    n->pass = PASS_DW;
    for (int d = 0; d < rank; d++) step_axis(n, s->tensor[w].dim[d], A_OUT);
    node_reads(n, access_whole(s, w, 1));
    if (data >= 0) node_reads(n, access_whole(s, data, 1));
    node_writes(n, access_whole(s, g, 1));
    n->expr[0] = penalty_slope(a, p, expr_in(a, 0));
    if (p->pairs != 0)
        n->expr[0] = read_pairs(s, n, &pairs, of, 2 * p->pairs / (vectors * (vectors - 1)));
    if (data >= 0) n->expr[0] = expr_op2(a, E_ADD, expr_in(a, 1), n->expr[0]);
    s->tensor[w].grad = g;
}

void regularise_weights(Step *s) {
    for (int i = 0; i < s->nweight; i++)
        if (weight_penalised(s->weight[i]))
            regularise_weight(s, s->weight_tensor[i], &s->weight[i]->args.penalty);
}

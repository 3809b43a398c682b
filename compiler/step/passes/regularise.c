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
        node_reads(&s->node[s->nnode - 1], access_whole(s, before, 1));
    }
    s->penalty = sum;
    ARENA_PUSH(a, s->activity, s->nactivity, ((Activity){y, *p}));
}

// A MAP once a step, of what the data say and of the weight.
static void regularise_weight(Step *s, int w, const Penalty *p) {
    Arena *a = s->arena;
    int data = s->tensor[w].grad, rank = s->tensor[w].rank;
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
    if (data >= 0) n->expr[0] = expr_op2(a, E_ADD, expr_in(a, 1), n->expr[0]);
    s->tensor[w].grad = g;
}

void regularise_weights(Step *s) {
    for (int i = 0; i < s->nweight; i++) {
        const Penalty *p = &s->weight[i]->args.penalty;
        if (s->weight[i]->trainable && (p->l1 != 0 || p->l2 != 0))
            regularise_weight(s, s->weight_tensor[i], p);
    }
}

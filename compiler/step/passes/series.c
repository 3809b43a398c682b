// SPDX-License-Identifier: MIT
// See series.h. With q = x x', or x' x where x has more rows than columns, so that q is the smaller of the two:
// p(x) = a x + (b q + c q q) x, or a x + x (b q + c q q).
#include "step/passes/series.h"

Node *once_node(Step *s, Prim kind, int w) {
    Node *n = step_node(s, kind, false);
    n->layer = s->tensor[w].layer;
    n->loc = s->tensor[w].loc;
    return n;
}

int once_tensor(Step *s, int w, const char *what, int rank, const int64_t *dim) {
    const char *name = arena_printf(s->arena, "%s.%s", s->tensor[w].name, what);
    int t = step_tensor(s, name, T_F32, O_STEP, rank, dim);
    s->tensor[t].loc = s->tensor[w].loc;
    return t;
}

// Matrix t by axes 1 to 3 of a product: rows and columns of what is made, and what is summed over.
static Access matrix(int t, int row, int column) {
    Access x = access_none(t);
    x.coef[0][row] = x.coef[1][column] = 1;
    return x;
}

// What is made of rows x columns sums over so many.
static int product(Step *s, int w, const char *what, const int64_t dim[2], int64_t over, Access l,
                   Access r) {
    int y = once_tensor(s, w, what, 2, dim);
    Node *n = once_node(s, P_CONTRACT, w);
    step_axis(n, dim[0], A_OUT);
    step_axis(n, dim[1], A_OUT);
    step_axis(n, over, A_SUM);
    node_reads(n, l);
    node_reads(n, r);
    node_writes(n, access_whole(s, y, 1));
    return y;
}

static int sum(Step *s, int w, const char *what, int x, double by_x, int y, double by_y) {
    Arena *a = s->arena;
    Expr *l = expr_op2(a, E_MUL, expr_const(a, by_x), expr_in(a, 0));
    Expr *r = expr_op2(a, E_MUL, expr_const(a, by_y), expr_in(a, 1));
    const int in[] = {x, y};
    int made = step_once(s, what, in, 2, expr_op2(a, E_ADD, l, r));
    s->node[s->nnode - 1]->layer = s->tensor[w].layer;
    s->node[s->nnode - 1]->loc = s->tensor[made].loc = s->tensor[w].loc;
    return made;
}

int step_series(Step *s, int w, int x, const Series *series) {
    const int64_t dim[] = {s->tensor[x].dim[0], s->tensor[x].dim[1]};
    bool tall = dim[0] > dim[1];
    int64_t n = dim[tall], square[] = {n, n};
    for (int64_t k = 0; k < series->times; k++) {
        Access l = tall ? matrix(x, 3, 1) : matrix(x, 1, 3);
        Access r = tall ? matrix(x, 3, 2) : matrix(x, 2, 3);
        int q = product(s, w, "squares", square, dim[!tall], l, r);
        int qq = product(s, w, "fourths", square, n, matrix(q, 1, 3), matrix(q, 3, 2));
        int by = sum(s, w, "by", q, series->b, qq, series->c);
        int more = tall ? product(s, w, "more", dim, n, matrix(x, 1, 3), matrix(by, 3, 2))
                        : product(s, w, "more", dim, n, matrix(by, 1, 3), matrix(x, 3, 2));
        x = sum(s, w, "series", x, series->a, more, 1);
    }
    return x;
}

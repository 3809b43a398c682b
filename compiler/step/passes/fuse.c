// SPDX-License-Identifier: MIT
// A statistic, a mean say, is there when all of what it is made of has been read; what depends on it reads that
// once more, if it is the batch's from far memory. So MAPs around a statistic are computed where their result
// is read, and neither stored nor kept for the batch:
//   MAP   of a MAP     one MAP
//   sum   of a MAP     the sum of an expression
// where nobody else reads the inner one's result, and one of the two reads a statistic.
//   requires: backward
#include "step/step.h"
#include <string.h>

static bool reads_bits(const Step *s, const Node *n) {
    for (int k = 0; k < n->nin; k++)
        if (s->tensor[n->in[k].tensor].type == T_BIT) return true;
    return false;
}

// Is dimension d of the tensor indexed by axis 1 + d, and does the node have no other axes?
static bool identity(const Step *s, const Node *n, const Access *x) {
    Access whole = access_whole(s, x->tensor, 1);
    return n->naxis == 1 + s->tensor[x->tensor].rank && access_same(&whole, x);
}

// Of the batch, or of a sample: then it is one for several elements.
static bool reads_statistic(const Step *s, const Node *n) {
    for (int k = 0; k < n->nin; k++) {
        Owner o = s->tensor[n->in[k].tensor].owner;
        bool of_sample = owner_per_sample(o) && !identity(s, n, &n->in[k]);
        if (o == O_STEP || o == O_LEAF || of_sample) return true;
    }
    return false;
}

static bool sums(const Node *n) {
    bool plain = n->op == C_EXPR || (n->op == C_SUM && n->nin == 1);
    return n->kind == P_CONTRACT && plain && !n->scatter;
}

// May `outer` compute for itself what `inner` writes?
static bool takes(const Step *s, const Node *outer, const Node *inner) {
    if (inner->kind != P_MAP || !inner->samples || !outer->samples) return false;
    if (outer->kind != P_MAP && !sums(outer)) return false;
    if (!reads_statistic(s, inner) && !reads_statistic(s, outer)) return false;
    if (reads_bits(s, inner) || reads_bits(s, outer)) return false;
    const Access *y = &inner->out[0];
    if (s->tensor[y->tensor].owner != O_SAMPLE || !identity(s, inner, y)) return false;
    for (int a = 1; a < outer->naxis; a++)
        if (outer->axis[a].span.lo < inner->axis[a].span.lo ||
            outer->axis[a].span.hi > inner->axis[a].span.hi)
            return false;
    for (int k = 0; k < outer->nin; k++)
        if (outer->in[k].tensor == y->tensor && !identity(s, outer, &outer->in[k])) return false;
    return true;
}

typedef struct Inputs { // of what both compute, each once
    int n;
    Access in[2 * MAX_IN];
} Inputs;

static Expr *input(Step *s, Inputs *to, const Access *x) {
    int k = 0;
    while (k < to->n && !access_same(&to->in[k], x)) k++;
    if (k == to->n) to->in[to->n++] = *x;
    return expr_in(s->arena, k);
}

// Node `outer` with the expression of `inner` in the place of its result; false where inputs are too many.
static bool join(Step *s, Node *outer, const Node *inner) {
    Inputs all = {0};
    Expr *with[MAX_IN] = {0}, *within[MAX_IN] = {0};
    for (int k = 0; k < inner->nin; k++) within[k] = input(s, &all, &inner->in[k]);
    Expr *value = expr_replace(s->arena, inner->expr[0], within);
    for (int k = 0; k < outer->nin; k++) {
        bool inside = outer->in[k].tensor == inner->out[0].tensor;
        with[k] = inside ? value : input(s, &all, &outer->in[k]);
    }
    if (all.n > MAX_IN) return false;
    const Expr *of = outer->expr[0] ? outer->expr[0] : expr_in(s->arena, 0);
    outer->expr[0] = expr_replace(s->arena, of, with);
    outer->nin = all.n;
    memcpy(outer->in, all.in, sizeof outer->in);
    if (outer->kind == P_CONTRACT) outer->op = C_EXPR;
    outer->act = NULL;
    outer->fixed = 0;
    return true;
}

void step_fuse(Step *s) {
    for (int i = 0; i < s->nnode; i++) {
        int reader = s->node[i]->nout ? step_only_reader(s, s->node[i]->out[0].tensor) : -1;
        if (reader < 0 || !takes(s, s->node[reader], s->node[i])) continue;
        Node joined = *s->node[reader];
        if (!join(s, &joined, s->node[i])) continue;
        *step_edit(s, reader) = joined;
        step_remove(s, i--);
    }
}

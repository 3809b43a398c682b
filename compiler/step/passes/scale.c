// SPDX-License-Identifier: MIT
// A factor and a shift by channel behind a contraction with weights go into the weights:
//   (sum of x k + bias) scale + shift  =  sum of x (k scale) + (bias scale + shift)
// where scale and shift are computed from weights alone, as those of a batch normalisation at inference. What
// follows then sees a contraction with a bias. In an object, for its weights are folded when it is made.
//   requires: forward of a prediction
#include "step/step.h"
#include <string.h>

typedef struct Affine { // y = x scale + shift
    int map; // the node
    int contract, bias; // behind which it is; bias: the MAP between, or -1
    int scale, shift; // the nodes that compute them
    int channel; // the contraction's axis
    int dim; // the kernel's dimension along it
} Affine;

static bool adds(const Expr *e) {
    return e && e->op == E_ADD && e->arg[1]->op == E_IN;
}

// in0 * in1 + in2
static bool affine(const Node *n) {
    const Expr *e = n->expr[0];
    if (n->kind != P_MAP || !n->samples || n->nin != 3 || n->act || !adds(e)) return false;
    const Expr *by = e->arg[0];
    return e->arg[1]->index == 2 && by->op == E_MUL && by->arg[0]->op == E_IN &&
           by->arg[1]->op == E_IN && by->arg[0]->index == 0 && by->arg[1]->index == 1;
}

static bool biased(const Node *n) {
    return n->kind == P_MAP && n->samples && n->nin == 2 && !n->act && adds(n->expr[0]) &&
           n->expr[0]->arg[0]->op == E_IN;
}

// Does the input run along the last of the node's axes alone?
static bool by_channel(const Step *s, const Node *n, const Access *x) {
    Access along = access_none(x->tensor);
    along.coef[0][n->naxis - 1] = 1;
    return s->tensor[x->tensor].rank == 1 && access_same(&along, x);
}

// The node before, if nobody else reads what it computes; or -1.
static int before(const Step *s, const Node *n) {
    int x = n->in[0].tensor;
    return step_readers(s, x) == 1 ? step_def(s, x) : -1;
}

// The axis and the kernel's dimension that run along the channels of the result, and along nothing else.
static bool find_channel(const Step *s, Affine *f) {
    const Node *n = s->node[f->contract];
    const Access *y = &n->out[0], *k = &n->in[1];
    int last = s->tensor[y->tensor].rank - 1, found = 0;
    for (int a = 1; a < n->naxis; a++)
        if (y->coef[last][a]) f->channel = found++ || y->coef[last][a] != 1 ? 0 : a;
    if (found != 1 || !f->channel) return false;
    f->dim = -1;
    for (int d = 0; d < s->tensor[k->tensor].rank; d++)
        if (k->coef[d][f->channel]) f->dim = f->dim < 0 ? d : MAX_RANK;
    if (f->dim < 0 || f->dim >= MAX_RANK || k->off[f->dim]) return false;
    for (int a = 1; a < n->naxis; a++)
        if (k->coef[f->dim][a] != (a == f->channel)) return false;
    return true;
}

static bool find(const Step *s, int map, Affine *f) {
    const Node *n = s->node[map];
    if (!affine(n) || !by_channel(s, n, &n->in[1]) || !by_channel(s, n, &n->in[2])) return false;
    *f = (Affine){.map = map, .bias = -1, .contract = before(s, n)};
    f->scale = step_of_weights(s, n->in[1].tensor);
    f->shift = step_of_weights(s, n->in[2].tensor);
    if (f->contract >= 0 && biased(s->node[f->contract])) {
        f->bias = f->contract;
        const Node *b = s->node[f->bias];
        if (s->tensor[b->in[1].tensor].owner != O_MODEL || !by_channel(s, b, &b->in[1]))
            return false;
        f->contract = before(s, b);
    }
    if (f->contract < 0 || f->scale < 0 || f->shift < 0) return false;
    const Node *c = s->node[f->contract];
    bool product = c->kind == P_CONTRACT && c->op == C_SUM && c->nin == 2 && !c->scatter;
    return product && s->tensor[c->in[1].tensor].owner == O_MODEL && find_channel(s, f);
}

// A tensor like weight w, computed once: of w itself, input 0, and of what `of` reads, along dimension d.
static int weights(Step *s, const Affine *f, int w, int d, const int *of, int nof, Expr *e) {
    const Tensor *t = &s->tensor[w];
    const char *name = arena_printf(s->arena, "%s.scaled", t->name);
    int y = step_tensor(s, name, T_F32, O_STEP, t->rank, t->dim);
    Node *n = step_node(s, P_MAP, false);
    n->layer = s->node[f->contract]->layer;
    n->loc = s->node[f->contract]->loc;
    n->pass = PASS_PREPARE;
    for (int a = 0; a < s->tensor[w].rank; a++) step_axis(n, s->tensor[w].dim[a], A_OUT);
    node_reads(n, access_whole(s, w, 1));
    for (int k = 0; k < nof; k++) {
        Access along = access_none(of[k]);
        along.coef[0][1 + d] = 1;
        node_reads(n, along);
    }
    node_writes(n, access_whole(s, y, 1));
    n->expr[0] = e;
    return y;
}

typedef struct Weights { // that are read behind input 0, each once
    int n, tensor[MAX_IN];
} Weights;

static Expr *value_of(Step *s, const Node *n, Weights *to) {
    Expr *with[MAX_IN] = {0};
    for (int k = 0; k < n->nin; k++) {
        int i = 0, t = n->in[k].tensor;
        while (i < to->n && to->tensor[i] != t) i++;
        if (i == to->n) to->tensor[to->n++] = t;
        with[k] = expr_in(s->arena, 1 + i);
    }
    return expr_replace(s->arena, n->expr[0], with);
}

static int scaled_kernel(Step *s, const Affine *f) {
    Weights of = {0};
    Expr *by = value_of(s, s->node[f->scale], &of);
    Expr *e = expr_op2(s->arena, E_MUL, expr_in(s->arena, 0), by);
    return weights(s, f, s->node[f->contract]->in[1].tensor, f->dim, of.tensor, of.n, e);
}

static int scaled_bias(Step *s, const Affine *f) {
    Weights of = {0};
    Expr *by = value_of(s, s->node[f->scale], &of), *to = value_of(s, s->node[f->shift], &of);
    Expr *e = expr_op2(s->arena, E_ADD, expr_op2(s->arena, E_MUL, expr_in(s->arena, 0), by), to);
    return weights(s, f, s->node[f->bias]->in[1].tensor, 0, of.tensor, of.n, e);
}

static void absorb(Step *s, const Affine *f) {
    int bias = f->bias >= 0 ? scaled_bias(s, f) : s->node[f->map]->in[2].tensor;
    int kernel = scaled_kernel(s, f);
    Node *c = step_edit(s, f->contract), *m = step_edit(s, f->map);
    c->in[1] = access_as(c->in[1], kernel);
    m->in[0].tensor = c->out[0].tensor;
    m->in[1] = access_as(m->in[1], bias);
    m->nin = 2;
    m->expr[0] = expr_op2(s->arena, E_ADD, expr_in(s->arena, 0), expr_in(s->arena, 1));
    for (int k = 0; k < (f->bias >= 0 ? 2 : 1); k++) step_bring(s, f->contract);
}

static void drop_unread(Step *s) {
    for (int i = s->nnode - 1; i >= 0; i--) {
        const Node *n = s->node[i];
        bool once = n->kind == P_MAP && s->tensor[n->out[0].tensor].owner == O_STEP;
        bool bias = biased(n) && s->tensor[n->out[0].tensor].owner == O_SAMPLE;
        if ((once || bias) && step_readers(s, n->out[0].tensor) == 0) step_remove(s, i);
    }
}

void step_scale(Step *s) {
    Affine f;
    for (int i = 0; i < s->nnode; i++)
        if (find(s, i, &f)) {
            absorb(s, &f);
            i = f.contract - 1; // no node before it has another reader or writer now
        }
    drop_unread(s);
}

// SPDX-License-Identifier: MIT
// The optimiser as UPDATE nodes, one a trainable weight, after Keras 3:
//   Adam  m += (g - m)(1 - b1);  v += (g^2 - v)(1 - b2);  w -= lr_t m / (sqrt(v) + eps),
//         lr_t = lr sqrt(1 - b2^t) / (1 - b1^t), computed once a step by the runtime
//   SGD   w -= lr g;  with momentum u = mu u - lr g, w += u;  nesterov: w += mu u - lr g
//   requires: backward        sets: UPDATE nodes, O_OPT tensors
#include "step/step.h"
#include "support/limit.h"
#include "../runtime/abi.h"

#define OP2(op, x, y) expr_op2(s->arena, (op), (x), (y))
#define C(v) expr_const(s->arena, (v))

static int state(Step *s, int w, int slot) {
    static const char *const name[2] = {"m", "v"};
    const Tensor *t = &s->tensor[w];
    const char *text = arena_printf(s->arena, "%s.%s", t->name, name[slot]);
    int index = t->weight, o = step_tensor(s, text, T_F32, O_OPT, t->rank, t->dim);
    s->tensor[o].weight = index;
    s->tensor[o].slot = slot;
    return o;
}

static void add_result(Step *s, Node *n, int tensor, Expr *e) {
    n->expr[ROOM(n->nout, MAX_OUT, "results of a node")] = e;
    node_writes(n, access_whole(s, tensor, 1));
}

static Expr *toward(Step *s, Expr *x, Expr *target, double share) { // x + (target - x) share
    return OP2(E_ADD, x, OP2(E_MUL, OP2(E_SUB, target, x), C(share)));
}

static void adam(Step *s, int w, const int state[2], Node *n) {
    const Optimizer *o = &s->model->optimizer;
    Expr *x = expr_in(s->arena, 0), *g = expr_in(s->arena, 1);
    Expr *m = toward(s, expr_in(s->arena, 2), g, 1 - o->beta_1);
    Expr *v = toward(s, expr_in(s->arena, 3), OP2(E_MUL, g, g), 1 - o->beta_2);
    Expr *root = OP2(E_ADD, expr_op1(s->arena, E_SQRT, v), C(o->epsilon));
    Expr *by = OP2(E_DIV, OP2(E_MUL, expr_scalar(s->arena, CNN_LR_T), m), root);
    add_result(s, n, w, OP2(E_SUB, x, by));
    add_result(s, n, state[0], m);
    add_result(s, n, state[1], v);
}

static void sgd(Step *s, int w, const int state[2], Node *n) {
    const Optimizer *o = &s->model->optimizer;
    Expr *x = expr_in(s->arena, 0);
    Expr *by = OP2(E_MUL, expr_scalar(s->arena, CNN_LR), expr_in(s->arena, 1));
    if (o->momentum == 0) {
        add_result(s, n, w, OP2(E_SUB, x, by));
        return;
    }
    Expr *mu = C(o->momentum), *u = OP2(E_SUB, OP2(E_MUL, mu, expr_in(s->arena, 2)), by);
    Expr *move = o->nesterov ? OP2(E_SUB, OP2(E_MUL, mu, u), by) : u;
    add_result(s, n, w, OP2(E_ADD, x, move));
    add_result(s, n, state[0], u);
}

int optimizer_slots(const Optimizer *o) {
    if (o->kind == OPT_ADAM) return 2;
    return o->momentum != 0;
}

void step_update(Step *s) {
    const Optimizer *o = &s->model->optimizer;
    static void (*const rule[])(Step *, int, const int[2],
                                Node *) = {[OPT_ADAM] = adam, [OPT_SGD] = sgd};
    s->pass = PASS_UPDATE;
    for (int i = 0; i < s->nweight; i++) {
        int w = s->weight_tensor[i], slots[2] = {-1, -1};
        int g = s->tensor[w].grad;
        if (g < 0) continue;
        for (int k = 0; k < optimizer_slots(o); k++) slots[k] = state(s, w, k);
        Node *n = step_node(s, P_UPDATE, false);
        n->loc = s->tensor[w].loc;
        n->layer = s->tensor[w].layer;
        for (int d = 0; d < s->tensor[w].rank; d++) step_axis(n, s->tensor[w].dim[d], A_OUT);
        node_reads(n, access_whole(s, w, 1));
        node_reads(n, access_whole(s, g, 1));
        for (int k = 0; k < optimizer_slots(o); k++) node_reads(n, access_whole(s, slots[k], 1));
        rule[o->kind](s, w, slots, n);
    }
}

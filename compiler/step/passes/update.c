// SPDX-License-Identifier: MIT
// The optimiser as UPDATE nodes, one a trainable weight; the rule is the optimiser's own
// (keras/optimizers), and behind it stands the weight's constraint, if it has one.
//   requires: backward        sets: UPDATE nodes, O_OPT tensors
#include "keras/constraints/constraint.h"
#include "keras/optimizers/optimizer.h"
#include "step/step.h"
#include "support/limit.h"

static int state(Step *s, int w, int slot, const char *name) {
    const Tensor *t = &s->tensor[w];
    const char *text = arena_printf(s->arena, "%s.%s", t->name, name);
    int index = t->weight, o = step_tensor(s, text, T_F32, O_OPT, t->rank, t->dim);
    s->tensor[o].weight = index;
    s->tensor[o].slot = slot;
    return o;
}

static void add_result(Step *s, Node *n, int tensor, Expr *e) {
    n->expr[ROOM(n->nout, MAX_OUT, "results of a node")] = e;
    node_writes(n, access_whole(s, tensor, 1));
}

typedef struct Operands { // of the rule, in its order
    int w, g, nstate, state[MAX_STATES];
} Operands;

// Over all elements of the weight, reading it first.
static Node *over_weight(Step *s, Prim kind, int w) {
    Node *n = step_node(s, kind, false);
    n->loc = s->tensor[w].loc;
    n->layer = s->tensor[w].layer;
    for (int d = 0; d < s->tensor[w].rank; d++) step_axis(n, s->tensor[w].dim[d], A_OUT);
    node_reads(n, access_whole(s, w, 1));
    return n;
}

static Node *with_operands(Step *s, Prim kind, const Operands *o) {
    Node *n = over_weight(s, kind, o->w);
    node_reads(n, access_whole(s, o->g, 1));
    for (int k = 0; k < o->nstate; k++) node_reads(n, access_whole(s, o->state[k], 1));
    return n;
}

static void update(Step *s, const Operands *o, const Update *u, bool weight) {
    Node *n = with_operands(s, P_UPDATE, o);
    if (weight) add_result(s, n, o->w, u->w);
    for (int k = 0; k < o->nstate; k++) add_result(s, n, o->state[k], u->state[k]);
}

// ---- constraints: what a weight becomes is computed apart, as its norms are needed first

static int next_weight(Step *s, const Operands *o, const Update *u) {
    const Tensor *w = &s->tensor[o->w];
    const char *name = arena_printf(s->arena, "%s.next", w->name);
    int next = step_tensor(s, name, T_F32, O_STEP, w->rank, w->dim);
    s->tensor[next].loc = s->tensor[o->w].loc;
    Node *n = with_operands(s, P_MAP, o);
    n->expr[0] = u->w;
    node_writes(n, access_whole(s, next, 1));
    return next;
}

static void constrained_update(Step *s, const Operands *o, Update *u, const Weight *w) {
    const Constraint *c = &w->args.constraint;
    Arena *a = s->arena;
    if (!c->cls->norms) {
        u->w = c->cls->rule(a, c->args, u->w, NULL);
        update(s, o, u, true);
        return;
    }
    int next = next_weight(s, o, u);
    const char *name = arena_printf(a, "%s.squares", s->tensor[o->w].name);
    int squares = step_sum(s, name, next, true, w->norm_over);
    s->node[s->nnode - 1].layer = s->tensor[o->w].layer;
    s->node[s->nnode - 1].loc = s->tensor[squares].loc = s->tensor[o->w].loc;
    if (o->nstate) update(s, o, u, false);
    Node *n = over_weight(s, P_UPDATE, o->w);
    node_reads(n, access_whole(s, next, 1));
    node_reads(n, access_kept(s, o->w, squares, w->norm_over));
    Expr *norm = expr_op1(a, E_SQRT, expr_in(a, 2));
    add_result(s, n, o->w, c->cls->rule(a, c->args, expr_in(a, 1), norm));
}

int optimizer_slots(const Optimizer *o) {
    const char *name[MAX_STATES];
    return o->cls ? optimizer_states(o, name) : 0;
}

void step_update(Step *s) {
    const Optimizer *o = &s->model->optimizer;
    const char *name[MAX_STATES];
    int nstate = optimizer_states(o, name);
    s->pass = PASS_UPDATE;
    for (int i = 0; i < s->nweight; i++) {
        int w = s->weight_tensor[i], g = s->tensor[w].grad;
        if (g < 0) continue;
        Update u = optimizer_update(s->arena, o); // of its own: passes may change expressions
        Operands of = {w, g, nstate, {0}};
        for (int k = 0; k < nstate; k++) of.state[k] = state(s, w, k, name[k]);
        if (s->weight[i]->args.constraint.cls)
            constrained_update(s, &of, &u, s->weight[i]);
        else
            update(s, &of, &u, true);
    }
}

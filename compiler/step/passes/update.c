// SPDX-License-Identifier: MIT
// The optimiser as UPDATE nodes, one a trainable weight; the rule is the optimiser's own
// (keras/optimizers).
//   requires: backward        sets: UPDATE nodes, O_OPT tensors
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

static void update(Step *s, int w, int g, const Update *u, int nstate,
                   const char *const name[MAX_STATES]) {
    int slot[MAX_STATES];
    for (int k = 0; k < nstate; k++) slot[k] = state(s, w, k, name[k]);
    Node *n = step_node(s, P_UPDATE, false);
    n->loc = s->tensor[w].loc;
    n->layer = s->tensor[w].layer;
    for (int d = 0; d < s->tensor[w].rank; d++) step_axis(n, s->tensor[w].dim[d], A_OUT);
    node_reads(n, access_whole(s, w, 1));
    node_reads(n, access_whole(s, g, 1));
    for (int k = 0; k < nstate; k++) node_reads(n, access_whole(s, slot[k], 1));
    add_result(s, n, w, u->w);
    for (int k = 0; k < nstate; k++) add_result(s, n, slot[k], u->state[k]);
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
        update(s, w, g, &u, nstate, name);
    }
}

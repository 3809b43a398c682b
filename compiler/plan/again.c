// SPDX-License-Identifier: MIT
// What one phase computes and a later one reads is kept for the whole batch, which outgrows the caches: it is
// written to far memory and read back. A MAP or a copy whose inputs the later phase reads anyway is rather
// computed there once more, from values that are near by then: y = relu(scale x + shift) behind a batch
// normalisation, of which the gradients need both x and y. What no reader wants before a later phase is
// computed in that one alone, as an image transformed for a gradient is: the image itself is kept anyway.
//   requires: Plan.phase_of        sets: Node.late, copies of nodes
#include "plan/phases.h"
#include "support/limit.h"
#include <string.h>

typedef struct Uses { // of what a node writes
    bool here; // is it read in the phase that computes it?
    int n, phase[MAX_AGAIN]; // later ones that read it
} Uses;

static bool uses(const Plan *p, int i, Uses *u) {
    const Step *s = p->step;
    int y = s->node[i]->out[0].tensor;
    *u = (Uses){0};
    for (int j = 0, n = step_readers(s, y); j < n; j++) {
        int at = p->phase_of[step_reader(s, y, j)], k = 0;
        if (at == p->phase_of[i]) {
            u->here = true;
            continue;
        }
        if (!over_leaves(at)) return false; // is read as a whole
        while (k < u->n && u->phase[k] != at) k++;
        if (k == MAX_AGAIN) return false;
        if (k == u->n) u->phase[u->n++] = at;
    }
    return u->n > 0;
}

double phases_bytes(const Tensor *t) {
    double n = t->type == T_BIT ? 0.125 : t->type == T_U8 ? 1 : 4;
    for (int d = 0; d < t->rank; d++) n *= (double)(t->need[d].hi - t->need[d].lo);
    return n;
}

// Is it there in that phase without node i: made in it, or read by others?
static bool near(const Plan *p, int tensor, int phase, int i) {
    const Step *s = p->step;
    int def = step_def(s, tensor);
    if (def >= 0 && p->phase_of[def] == phase) return true;
    for (int j = step_readers(s, tensor); j-- > 0;) {
        int reader = step_reader(s, tensor, j);
        if (reader != i && p->phase_of[reader] == phase) return true;
    }
    return false;
}

static bool kept(const Plan *p, int tensor, int i) {
    const Step *s = p->step;
    if (s->tensor[tensor].owner == O_BATCH) return true;
    for (int j = step_readers(s, tensor); j-- > 0;) {
        int reader = step_reader(s, tensor, j);
        if (reader != i && p->phase_of[reader] != p->phase_of[step_def(s, tensor)]) return true;
    }
    return false;
}

// Bytes that are written and read, or -1 where an input is gone by then.
static double cost(const Plan *p, int i, const Uses *u) {
    const Step *s = p->step;
    const Node *n = s->node[i];
    double sum = 0;
    for (int k = 0; k < n->nin; k++) {
        int x = n->in[k].tensor;
        const Tensor *t = &s->tensor[x];
        if (!owner_per_sample(t->owner)) continue;
        if (owner_external(t->owner) || step_def(s, x) < 0) return -1;
        for (int q = 0; q < u->n; q++)
            if (!near(p, x, u->phase[q], i)) sum += phases_bytes(t);
        if (!kept(p, x, i)) sum += phases_bytes(t);
    }
    return sum;
}

static bool pays(const Plan *p, int i, const Uses *u) {
    const Node *n = p->step->node[i];
    double moved = cost(p, i, u), y = phases_bytes(&p->step->tensor[n->out[0].tensor]);
    if (moved < 0) return false;
    double saved = ((u->n + 1) * y - moved) / p->target.l3_bytes;
    double again = u->here ? u->n * node_flops(n, node_points(n)) : 0;
    return saved > again / (p->target.fmas * p->target.vector);
}

static bool candidate(const Plan *p, int i) {
    const Step *s = p->step;
    const Node *n = s->node[i];
    if (!over_leaves(p->phase_of[i]) || !n->samples || n->nout != 1 ||
        s->tensor[n->out[0].tensor].owner != O_SAMPLE)
        return false;
    return n->kind == P_MAP || n->kind == P_TRANSFORM || (n->kind == P_VIEW && n->op == V_AFFINE);
}

// The first node of that phase that a MAP is made of: a sum that ends in it, say.
static int origin(const Plan *p, int node) {
    const Step *s = p->step;
    const Node *map = s->node[node];
    for (int k = 0; map->kind == P_MAP && k < map->nin; k++) {
        int def = step_def(s, map->in[k].tensor);
        if (def >= 0 && p->phase_of[def] == p->phase_of[node]) return origin(p, def);
    }
    return node;
}

// Before all readers of that phase, and before what MAPs among them can be joined to.
static int place_for(const Plan *p, int tensor, int phase) {
    int at = p->step->nnode;
    for (int j = step_readers(p->step, tensor); j-- > 0;) {
        int reader = step_reader(p->step, tensor, j);
        if (p->phase_of[reader] != phase) continue;
        int from = origin(p, reader);
        if (from < at) at = from;
    }
    return at;
}

static void insert(Plan *p, int at, int phase) { // a node came in there
    int *of = p->phase_of, after = p->step->nnode - 1 - at;
    memmove(&of[at + 1], &of[at], sizeof *of * (size_t)after);
    of[at] = phase;
}

// Reader number j of y takes z in its place, if it is of that phase.
static void read_instead(Plan *p, int y, int z, int j, int phase) {
    Step *s = p->step;
    int reader = step_reader(s, y, j);
    if (p->phase_of[reader] != phase) return;
    Node *r = step_edit(s, reader);
    for (int k = 0; k < r->nin; k++)
        if (r->in[k].tensor == y) r->in[k].tensor = z;
}

// Node i once more, for its readers in that phase.
static void repeat(Plan *p, int i, int phase) {
    Step *s = p->step;
    int y = s->node[i]->out[0].tensor, at = place_for(p, y, phase);
    Tensor like = s->tensor[y];
    like.name = arena_printf(s->arena, "%s.again", like.name);
    int z = step_tensor(s, like.name, like.type, O_SAMPLE, like.rank, like.dim);
    s->tensor[z] = like;
    Node again[2] = {*s->node[i], *s->node[at]};
    again[0].out[0].tensor = z;
    again[0].late = true;
    step_replace(s, at, again, 2);
    insert(p, at, phase);
    for (int j = step_readers(s, y); j-- > 0;) read_instead(p, y, z, j, phase);
}

// What nobody reads here, but in one later phase.
static void move_late(Plan *p, int i) {
    Uses u;
    if (!candidate(p, i) || !uses(p, i, &u) || u.here || u.n > 1 || !pays(p, i, &u)) return;
    p->step->node[i]->late = true;
    p->phase_of[i] = u.phase[0];
}

static void repeat_late(Plan *p, int i) {
    Uses u;
    if (!candidate(p, i) || p->step->node[i]->kind == P_TRANSFORM) return;
    if (!uses(p, i, &u) || !u.here || !pays(p, i, &u)) return;
    for (int q = 0; q < u.n; q++) repeat(p, i, u.phase[q]);
}

void phases_again(Plan *p) {
    for (int i = 0; i < p->step->nnode; i++) move_late(p, i);
    for (int i = 0; i < p->step->nnode; i++) repeat_late(p, i); // for what was moved, too
}

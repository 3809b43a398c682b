// SPDX-License-Identifier: MIT
// A phase over leaves may need much memory for what a part of it alone wants: copies of weights that one layer's
// gradients read, sums of another form of which a later phase makes a gradient, what is kept of each sample for a
// gradient that is computed once a step. Such a phase is cut in several, one after the other over the whole batch, and
// their parts share memory. What crosses a cut is then kept for the batch and goes to far memory and back.
//
//     one phase      d5  dw5  d4  dw4  d3  dw3  d2  dw2     copies and sums of four layers
//     cut in two     d5  dw5  d4  dw4 | d3  dw3  d2  dw2     of two; d4 is kept for the batch
//
// Of all phases the one that needs most of such memory is cut, where that makes at least 1/32 less of all that a
// training needs, and more than a cache holds where memory is not short: between kernels, if what crosses the cut is
// not much beside what it saves, nor its way beside the phase's arithmetic. No sum over samples changes its order.
//   requires: Plan.phase_of        sets: Plan.cut, .cut_first, .cut_last
#include "plan/phases.h"

enum { PARTS = 8, BLOCKS = 2 }; // at most; of sums, at least: what waits and what is added to it

typedef struct Phase { // what is known of one over leaves
    double own, most; // bytes that no phase needs but this one: of all its nodes, of one of them
    double cycles; // of a sample, at least
} Phase;

typedef struct Cuts {
    Plan *p;
    double batch; // samples
    const bool *gradient; // by tensor: of a weight
    double *own; // by node
    int phase; // the one to be cut
    Phase of; // that
    double *crosses; // by node: bytes of a sample that a cut before it leaves to those behind it
    int *within; // by node: values that it would separate from what they are joined with
} Cuts;

// The last node of the phase that makes something of what node i reads.
static int ready(const Plan *p, int i, int phase) {
    const Step *s = p->step;
    int last = -1;
    for (int k = 0; k < s->node[i]->nin; k++) {
        int def = step_def(s, s->node[i]->in[k].tensor);
        if (def > last && p->phase_of[def] == phase) last = def;
    }
    return last;
}

// Is it made of weights, for the phase of node i alone, which is the first to read it?
static bool is_copy(const Plan *p, int tensor, int i) {
    const Step *s = p->step;
    int def = step_def(s, tensor);
    if (s->tensor[tensor].owner != O_STEP || def < 0 || s->node[def]->pass != PASS_PREPARE)
        return false;
    for (int j = step_readers(s, tensor); j-- > 0;)
        if (p->phase_of[step_reader(s, tensor, j)] != p->phase_of[i]) return false;
    return step_reader(s, tensor, 0) == i;
}

// Is what node i makes kept for gradients that need not wait for anything else of its phase?
static bool is_operand(const Plan *p, int tensor, int i) {
    const Step *s = p->step;
    bool kept = false;
    if (!owner_per_sample(s->tensor[tensor].owner)) return false;
    for (int j = step_readers(s, tensor); j-- > 0;) {
        int reader = step_reader(s, tensor, j);
        if (p->phase_of[reader] == p->phase_of[i]) continue;
        if (over_leaves(p->phase_of[reader]) || ready(p, reader, p->phase_of[i]) != i) return false;
        kept = true;
    }
    return kept;
}

static double own_bytes(const Cuts *c, int i) {
    const Step *s = c->p->step;
    const Node *n = s->node[i];
    double bytes = 0;
    for (int k = 0; k < n->nin; k++)
        if (is_copy(c->p, n->in[k].tensor, i)) bytes += phases_bytes(&s->tensor[n->in[k].tensor]);
    for (int k = 0; k < n->nout; k++) {
        int y = n->out[k].tensor;
        double of = phases_bytes(&s->tensor[y]);
        if (s->tensor[y].owner == O_LEAF && !c->gradient[y]) bytes += BLOCKS * of;
        if (is_operand(c->p, y, i)) bytes += c->batch * of;
    }
    return bytes;
}

// Looks at all phases over leaves and finds the one that needs most for itself.
static void find_phase(Cuts *c) {
    const Plan *p = c->p;
    const Step *s = p->step;
    int last = phases_last(p);
    Phase *phase = ARENA_ARRAY(p->arena, Phase, last + 1);
    for (int i = 0; i < s->nnode; i++) {
        Phase *of = &phase[p->phase_of[i]];
        if (!over_leaves(p->phase_of[i])) continue;
        c->own[i] = own_bytes(c, i);
        of->own += c->own[i];
        if (c->own[i] > of->most) of->most = c->own[i];
        of->cycles += node_flops(s->node[i], node_points(s->node[i])) /
                      (2 * p->target.fmas * p->target.vector);
    }
    for (int at = 1; at <= last; at += 2)
        if (c->phase < 0 || phase[at].own > c->of.own) {
            c->phase = at;
            c->of = phase[at];
        }
}

// Products, transformed tiles and gradients of windows are made of what lies in memory, not of values in registers.
static bool reads_memory(const Node *n) {
    return n->kind == P_CONTRACT || (n->kind == P_TRANSFORM && transform_to_points(n)) ||
           (n->kind == P_WINDOW && (n->op == W_MAX_GRAD || n->op == W_AVG_GRAD));
}

// Is it kept for the whole batch anyway?
static bool is_kept(const Plan *p, int tensor) {
    const Step *s = p->step;
    if (s->tensor[tensor].owner == O_BATCH) return true;
    for (int j = step_readers(s, tensor); j-- > 0;)
        if (p->phase_of[step_reader(s, tensor, j)] != p->phase_of[step_def(s, tensor)]) return true;
    return false;
}

// Would a cut between node i and that reader of its result take a kernel to pieces? What is computed of values in
// registers joins those that come last; and transformed tiles are larger than what they are made of.
static bool is_joined(const Cuts *c, int i, int reader) {
    const Node *n = c->p->step->node[i], *r = c->p->step->node[reader];
    return (!reads_memory(r) && ready(c->p, reader, c->phase) == i) || n->kind == P_TRANSFORM;
}

// What cuts between node i and the readers of its result do, as differences from node to node.
static void note_crossing(const Cuts *c, int i) {
    const Plan *p = c->p;
    const Step *s = p->step;
    for (int k = 0; k < s->node[i]->nout; k++) {
        int y = s->node[i]->out[k].tensor, last = i, within = i;
        if (!owner_per_sample(s->tensor[y].owner)) continue;
        for (int j = step_readers(s, y); j-- > 0;) {
            int reader = step_reader(s, y, j);
            if (p->phase_of[reader] != c->phase) continue;
            if (reader > last) last = reader;
            if (reader > within && is_joined(c, i, reader)) within = reader;
        }
        double bytes = is_kept(p, y) ? 0 : phases_bytes(&s->tensor[y]);
        c->crosses[i + 1] += bytes;
        c->crosses[last + 1] -= bytes;
        c->within[i + 1]++;
        c->within[within + 1]--;
    }
}

static void find_crossing(Cuts *c) {
    int n = c->p->step->nnode;
    c->crosses = ARENA_ARRAY(c->p->arena, double, n + 1);
    c->within = ARENA_ARRAY(c->p->arena, int, n + 1);
    for (int i = 0; i < n; i++)
        if (c->p->phase_of[i] == c->phase) note_crossing(c, i);
    for (int i = 1; i < n; i++) {
        c->crosses[i] += c->crosses[i - 1];
        c->within[i] += c->within[i - 1];
    }
}

// Bytes of weights, their gradients and the optimiser's states, and of what is kept for the batch.
static double needs(const Plan *p) {
    const Step *s = p->step;
    double weights = 0, kept = 0;
    for (int i = 0; i < s->nweight; i++)
        weights += 4 * (double)tensor_count(&s->tensor[s->weight_tensor[i]]);
    for (int i = 0; i < s->nnode; i++)
        for (int k = 0; k < s->node[i]->nout; k++) {
            int y = s->node[i]->out[k].tensor;
            if (owner_per_sample(s->tensor[y].owner) && is_kept(p, y))
                kept += phases_bytes(&s->tensor[y]);
        }
    return (2 + optimizer_slots(&s->model->optimizer)) * weights +
           (double)s->model->fit.batch_size * kept;
}

// Does a cut there save twice what it keeps, of a part that needs `part` bytes and `rest` behind it, and is the way to
// far memory and back nothing beside the phase's arithmetic?
static bool can_cut(const Cuts *c, int i, double part, double rest) {
    double least = part < rest ? part : rest, far = 2 * c->crosses[i] / c->p->target.l3_bytes;
    return !c->within[i] && 2 * c->batch * c->crosses[i] < least && far <= c->of.cycles / 64;
}

// What the phase has from there on runs in parts behind this one.
static void cut_before(const Cuts *c, int node) {
    Plan *p = c->p;
    p->cut_last += 2;
    for (int i = node; i < p->step->nnode; i++)
        if (p->phase_of[i] == c->phase) p->cut[i] = p->cut_last;
}

// Cuts the phase so that no part needs more than `most` bytes for itself, where it can be had.
static void cut(const Cuts *c, double most) {
    double part = 0, before = 0, rest = c->of.own; // before: of the part, if it ends at `last`
    int last = -1;
    for (int i = 0; i < c->p->step->nnode; i++) {
        if (c->p->phase_of[i] != c->phase) continue;
        bool better = last < 0 || part > before || c->crosses[i] < c->crosses[last];
        if (better && can_cut(c, i, part, rest)) {
            last = i;
            before = part;
        }
        if (part + c->own[i] > most && last >= 0) {
            cut_before(c, last);
            part -= before;
            last = -1;
        }
        part += c->own[i];
        rest -= c->own[i];
    }
}

void phases_cut(Plan *p) {
    if (p->step->mode != STEP_TRAIN) return;
    Cuts c = {.p = p, .batch = (double)p->step->model->fit.batch_size, .phase = -1};
    c.gradient = plan_gradients(p);
    c.own = ARENA_ARRAY(p->arena, double, p->step->nnode);
    find_phase(&c);
    double share = c.of.own / PARTS, most = share > c.of.most ? share : c.of.most;
    double saved = c.of.own - most, least = p->target.small ? 0 : p->target.l2;
    if (saved <= needs(p) / 32 || saved <= least) return;
    p->cut = ARENA_ARRAY(p->arena, int, p->step->nnode);
    p->cut_first = p->cut_last = c.phase;
    find_crossing(&c);
    cut(&c, most);
}

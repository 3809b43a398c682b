// SPDX-License-Identifier: MIT
// The sparse family: its rows, their prices, and when it rewrites the Step.
#include "kernels/kernels.h"
#include "kernels/sparse/sparse.h"
#include <math.h>

enum {
    NOTE = 8, // cycles in which it is noted of a vector of gradients which are not 0
    COPY = 2, // cycles in which a vector of the input is copied
    NOTED = 2 // loads of what is noted of an entry: its place, its gradient
};

// What dropout leaves of gradient t.
static double kept(const Step *s, int t) {
    double share = 1;
    for (int def; (def = step_def(s, t)) >= 0; t = s->node[def]->in[0].tensor) {
        const Node *n = s->node[def];
        if (n->kind != P_MAP && n->kind != P_VIEW) break;
        for (int i = 1; i < n->nin; i++) {
            int mask = step_def(s, n->in[i].tensor);
            if (mask >= 0 && s->node[mask]->kind == P_MASK) share *= 1 - s->node[mask]->rate;
        }
    }
    return share;
}

// Sparse gradients: an entry costs its FMAs and some 5 cycles of list walking.
static double entries(const Plan *p, const Kernel *k) {
    const Tensor *dy = &p->step->tensor[p->step->node[k->node[0]]->in[0].tensor];
    double n = SPARSE_SHARE * kept(p->step, p->step->node[k->node[0]]->in[0].tensor);
    for (int d = 0; d < dy->rank; d++) n *= (double)(dy->need[d].hi - dy->need[d].lo);
    return n;
}

// dX with the MAPs after it, where they alone read it and its patches are done with one by one.
static bool match_sparse(const Plan *p, int root, Kernel *k) {
    const Node *n = p->step->node[root];
    bool input = p->step->tensor[n->out[0].tensor].owner == O_SAMPLE;
    const Tensor *w = &p->step->tensor[input ? n->in[1].tensor : n->out[0].tensor];
    double products = entries(p, k) * 2;
    for (int d = 0; d < w->rank; d++) products *= d == (input ? 1 : 3) ? 1 : (double)w->dim[d];
    k->flops = products;
    bool alone = input && step_readers(p->step, n->out[0].tensor) == 1;
    if (alone && sparse_patches_cover(p, n)) kernel_join_maps(p, root, k);
    k->flops += kernel_flops(p, k, 1);
    return true;
}

static double cost_sparse(const Plan *p, const Kernel *k) {
    return k->flops / (2 * p->target.fmas * p->target.vector) + 5 * entries(p, k);
}

// Along vectors of input channels, where no memory is cleared that all share.
static int64_t pieces_dx(const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    return sparse_patches_cover(p, n) ? p->step->tensor[n->in[1].tensor].dim[0] : 0;
}

// Along output channels, each of which has its row of dW.
static int64_t pieces_dw(const Plan *p, const Kernel *k) {
    return plan_lines(p, p->step->tensor[p->step->node[k->node[0]]->out[0].tensor].dim[3]);
}

// An entry is looked for while the one before is added, to sums that wait for those of that one where they are few.
// Each product loads what it multiplies; `looked_up` further loads of the entry may have to wait for these.
static double work_entry(const Target *t, double products, int looked_up) {
    enum { FIND = 3 }; // operations
    double beside = t->busy_loads ? looked_up : (double)looked_up / t->loads;
    double added = fmax(products / t->fmas, products / t->loads + beside);
    return fmax(added, t->latency) + FIND / (double)t->fmas;
}

// Of windows in whose patches the gradient is walked: notes of each, and loops of unforeseen length.
static double work_sparse_dx(const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    const Tensor *w = &p->step->tensor[n->in[1].tensor]; // [CI / V][CO][KH][KW][V]
    const Tensor *dy = &p->step->tensor[n->in[0].tensor];
    const Target *t = &p->target;
    double windows = (double)(dy->need[0].hi * dy->need[1].hi), vectors = (double)w->dim[0];
    double taps = (double)(w->dim[2] * w->dim[3]);
    double positions = (double)(n->window[0] * n->window[1]);
    double lists = positions * ceil((double)w->dim[1] / 64);
    double around = (double)((n->window[0] + w->dim[2] - 1) * (n->window[1] + w->dim[3] - 1));
    double patches = around <= t->accumulators ? around : positions * taps; // loaded and stored
    double notes = lists * NOTE * ceil(64 / (double)t->vector / 4);
    double added = entries(p, k) * vectors * work_entry(t, taps, 0);
    return added + windows * (notes + vectors * (lists * t->mispredict + patches));
}

// Of a row of the gradient, which comes and goes in turn with what is added to it: a vector.
static double work_row(const Target *t, const Tensor *w) {
    Memory m = target_memory(t);
    if (w->bytes <= m.cache[0] || target_is_flat(t)) return 1.5;
    return 4 * t->vector / m.rate[0][MEMORY_CHANGED];
}

// For each strip of windows and each piece of input channels the rows of the gradient are loaded and stored.
static double work_sparse_dw(const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    const Tensor *w = &p->step->tensor[n->out[0].tensor], *dy = &p->step->tensor[n->in[0].tensor];
    const Target *t = &p->target;
    int64_t taps = w->dim[0] * w->dim[1], piece = sparse_dw_vectors(p, taps);
    double windows = (double)(dy->need[0].hi * dy->need[1].hi);
    double vectors = (double)plan_vectors(p, w->dim[2]), pieces = ceil(vectors / (double)piece);
    SparseStrips strips = sparse_strips(p, k);
    double rows = strips.number * (double)w->dim[3];
    double copies = COPY * strips.number * pieces * strips.copied;
    double notes = windows * (double)plan_vectors(p, w->dim[3]) * NOTE;
    double products = (double)taps * vectors / pieces;
    double added = entries(p, k) * pieces * work_entry(t, products, NOTED);
    double row = work_row(t, w) * (double)taps * vectors + pieces * t->mispredict;
    return notes + copies + added + rows * row;
}

static bool match_pick(const Plan *p, int root, Kernel *k) {
    const Node *n = p->step->node[root];
    const Tensor *g = &p->step->tensor[n->in[0].tensor], *w = &p->step->tensor[n->out[0].tensor];
    k->flops = (double)(g->need[0].hi * g->need[1].hi * (n->window[0] * n->window[1] + 1));
    for (int d = 0; d < 4; d++) k->flops *= (double)w->dim[d];
    return true;
}

static double cost_pick(const Plan *p, const Kernel *k) {
    return k->flops / (2 * p->target.fmas * p->target.vector);
}

// By window and vector: what is picked among a window's positions for each tap, and a product of that. Half of the
// operations find a unit of their own, if there are some; where picking is by comparing, each position of each tap is
// loaded, which may take longer.
static double work_pick(const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    const Tensor *g = &p->step->tensor[n->in[0].tensor], *w = &p->step->tensor[n->out[0].tensor];
    const Target *t = &p->target;
    double windows = (double)(g->need[0].hi * g->need[1].hi);
    double taps = (double)(w->dim[0] * w->dim[1]);
    double positions = (double)(n->window[0] * n->window[1]);
    double vo = (double)plan_vectors(p, w->dim[3]);
    double shared = fmin(vo, sparse_pick_vectors(p, w->dim[0] * w->dim[1])); // by so many vectors
    int choice = t->mask_registers ? 1 : 2; // operations: elsewhere a mask is one more vector
    double choose = (positions - 1) * choice;
    double vector = positions + 2 + taps * (choose + 2), loads = 2 + taps * positions / shared;
    int64_t pitch = 1, rows = n->window[0] + w->dim[0] - 1;
    while (pitch < n->window[1] + w->dim[1] - 1) pitch *= 2;
    if (t->permute && w->dim[2] == 1 && rows * pitch <= t->vector)
        vector = 12 + 2 * taps, loads = 0; // by permuting
    double cycles = fmax(vector / (t->fmas + t->adders / 2.0), loads / t->loads);
    return windows * vo * (double)w->dim[2] * cycles;
}

const Variant row_sparse_dx = {.name = "sparse-dx",
                               .why = "one non-zero a pool window",
                               .family = &family_sparse,
                               .rewrites = true,
                               .match = match_sparse,
                               .cost = cost_sparse,
                               .work = work_sparse_dx,
                               .pieces = pieces_dx,
                               .emit = emit_sparse_dx};
const Variant row_sparse_dw = {.name = "sparse-dw",
                               .why = "one non-zero a pool window",
                               .family = &family_sparse,
                               .rewrites = true,
                               .match = match_sparse,
                               .cost = cost_sparse,
                               .work = work_sparse_dw,
                               .pieces = pieces_dw,
                               .emit = emit_sparse_dw};
const Variant row_pick_dw = {.name = "pick-dw",
                             .why = "one non-zero a pool window, few input channels",
                             .family = &family_sparse,
                             .rewrites = true,
                             .match = match_pick,
                             .cost = cost_pick,
                             .work = work_pick,
                             .emit = emit_pick_dw};

static const Variant *const rows[] = {&row_sparse_dx, &row_sparse_dw, &row_pick_dw, NULL};
static const PlanPass scattering[] = {
    {"select", sparse_select, true}, {"absorb", sparse_absorb, true}, {NULL, NULL, false}};
const Family family_sparse = {.row = rows, .scattering = scattering};

// SPDX-License-Identifier: MIT
// The sparse family: its rows, their prices, and when it rewrites the Step.
#include "kernels/kernels.h"
#include "kernels/sparse/sparse.h"

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
    k->flops += kernel_flops_behind(p, k);
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

const Variant row_sparse_dx = {.name = "sparse-dx",
                               .why = "one non-zero a pool window",
                               .family = &family_sparse,
                               .rewrites = true,
                               .match = match_sparse,
                               .cost = cost_sparse,
                               .pieces = pieces_dx,
                               .emit = emit_sparse_dx};
const Variant row_sparse_dw = {.name = "sparse-dw",
                               .why = "one non-zero a pool window",
                               .family = &family_sparse,
                               .rewrites = true,
                               .match = match_sparse,
                               .cost = cost_sparse,
                               .pieces = pieces_dw,
                               .emit = emit_sparse_dw};
const Variant row_pick_dw = {.name = "pick-dw",
                             .why = "one non-zero a pool window, few input channels",
                             .family = &family_sparse,
                             .rewrites = true,
                             .match = match_pick,
                             .cost = cost_pick,
                             .emit = emit_pick_dw};

static const Variant *const rows[] = {&row_sparse_dx, &row_sparse_dw, &row_pick_dw, NULL};
static const PlanPass scattering[] = {
    {"select", sparse_select, true}, {"absorb", sparse_absorb, true}, {NULL, NULL, false}};
const Family family_sparse = {.row = rows, .scattering = scattering};

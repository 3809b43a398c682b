// SPDX-License-Identifier: MIT
// See cycles.h.
#include "plan/cycles.h"

// Does the number of samples change its tile?
bool plan_tiled(const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    return n->kind == P_CONTRACT && (!n->row || n->row->tile);
}

// Floats that a kernel reads or writes once for all samples at hand: weights; sums go both ways.
static double shared(const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    double floats = 0;
    for (int j = 0; j < n->nin + n->nout; j++) {
        const Tensor *t =
            &p->step->tensor[j < n->nin ? n->in[j].tensor : n->out[j - n->nin].tensor];
        if (!owner_per_sample(t->owner)) floats += (j < n->nin ? 1 : 2) * (double)tensor_count(t);
    }
    return floats;
}

// Is what is shared more than the second cache can have, so that it comes from beyond it again and again?
bool plan_far(const Plan *p, const Kernel *k) {
    return 4 * shared(p, k) > 2 * (double)p->target.l2;
}

// Cycles a sample with so many at a time: arithmetic, or the way of what is shared, and that as well where it
// is far; and the call.
static double cycles_with(const Plan *p, const Kernel *k, int64_t samples) {
    double cycles = k->tile.cycles > 0 ? k->tile.cycles : k->flops / p->target.vector;
    if (plan_tiled(p, k)) {
        cycles = kernel_tile_for(p, k, samples, NULL).cycles;
        if (k->nest.role[0] == A_SUM) cycles /= (double)samples;
    }
    double floats = shared(p, k), near = floats / p->target.l2_floats / (double)samples;
    double stream = target_way(&p->target, 4 * floats) / (double)samples;
    double both = plan_far(p, k) ? cycles + stream : near > cycles ? near : cycles;
    return both + p->target.call / (double)samples;
}

double plan_cycles(Plan *p, int kernel, int64_t samples) {
    int size = 0;
    while (1 << size < samples) size++;
    if (!p->cycles) p->cycles = ARENA_ARRAY(p->arena, Cycles, p->nkernel);
    double *cycles = &p->cycles[kernel].with[size];
    if (*cycles == 0) *cycles = cycles_with(p, &p->kernel[kernel], samples);
    return *cycles;
}

// SPDX-License-Identifier: MIT
// The memory map: how many samples go through a phase together, and an offset for every tensor.
// Activations whose lives do not overlap share memory; a tensor with a ring of zeros, cleared only
// once, shares with none.
//   requires: kernels        sets: Plan.block, Kernel.tile, Tensor.offset and the sizes of all blocks
#include "plan/plan.h"

enum { ALIGN = 64 };

static int64_t align(int64_t x) {
    return (x + ALIGN - 1) / ALIGN * ALIGN;
}

static void live(Plan *p, int tensor, int kernel) {
    Tensor *t = &p->step->tensor[tensor_base(p->step, tensor)];
    if (t->first < 0 || kernel < t->first) t->first = kernel;
    if (kernel > t->last) t->last = kernel;
}

static void find_lives(Plan *p) {
    Step *s = p->step;
    for (int i = 0; i < s->ntensor; i++) s->tensor[i].first = s->tensor[i].last = -1;
    for (int k = 0; k < p->nkernel; k++)
        for (int i = 0; i < p->kernel[k].nnode; i++) {
            const Node *n = &s->node[p->kernel[k].node[i]];
            for (int j = 0; j < n->nin; j++) live(p, n->in[j].tensor, k);
            for (int j = 0; j < n->nout; j++) live(p, n->out[j].tensor, k);
        }
}

// The fewest samples for which reading the weights once a group costs under 5 % of the arithmetic.
// Weights stream at about 16 floats a cycle from L2, arithmetic runs at the tiles' estimate.
static int samples_together(const Plan *p) {
    double floats = 0, cycles = 0;
    for (int k = 0; k < p->nkernel; k++) {
        const Kernel *kernel = &p->kernel[k];
        if (kernel->phase % 2 == 0) continue;
        const Node *n = &p->step->node[kernel->node[0]];
        for (int j = 0; j < n->nin; j++) {
            const Tensor *t = &p->step->tensor[n->in[j].tensor];
            if (owner_per_sample(t->owner)) continue;
            double count = 1;
            for (int d = 0; d < t->rank; d++) count *= (double)t->dim[d];
            floats += count;
        }
        cycles += kernel->tile.cycles > 0 ? kernel->tile.cycles : kernel->flops / 4;
    }
    int block = 1;
    // What goes together must stay in the second-level cache, beside the weights.
    enum { CACHE = 512 << 10 };
    while (block < 16 && floats / 16 / block > 0.05 * cycles &&
           2 * block * p->scratch_bytes <= CACHE)
        block *= 2;
    return block;
}

static bool overlap(const Tensor *a, const Tensor *b) {
    return tensor_has_ring(a) || tensor_has_ring(b) || (a->first <= b->last && b->first <= a->last);
}

// The lowest offset at which t meets no tensor that is alive together with it.
static int64_t lowest(const Plan *p, int index, int64_t bytes) {
    const Step *s = p->step;
    const Tensor *t = &s->tensor[index];
    int64_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < index; i++) {
            const Tensor *u = &s->tensor[i];
            if (u->owner != O_SAMPLE || u->alias >= 0 || u->first < 0 || !overlap(t, u)) continue;
            int64_t end = u->offset + align(u->bytes * p->block);
            if (at < end && u->offset < at + bytes) {
                at = end;
                moved = true;
            }
        }
    }
    return at;
}

static void place(Plan *p, int index) {
    Tensor *t = &p->step->tensor[index];
    switch (t->owner) {
    case O_SAMPLE: {
        int64_t bytes = align(t->bytes * p->block);
        t->offset = lowest(p, index, bytes);
        if (t->offset + bytes > p->scratch_bytes) p->scratch_bytes = t->offset + bytes;
        break;
    }
    case O_STEP:
        t->offset = p->step_bytes;
        p->step_bytes += align(t->bytes);
        break;
    case O_LEAF:
        t->offset = p->leaf_bytes;
        p->leaf_bytes += align(t->bytes);
        break;
    default: break;
    }
}

static int64_t count_of(const Tensor *t) {
    int64_t n = 1;
    for (int d = 0; d < t->rank; d++) n *= t->dim[d];
    return n;
}

// Weights lie one behind the other, each at a multiple of 64 bytes; optimiser states likewise.
static void place_weights(Plan *p) {
    Step *s = p->step;
    for (int i = 0; i < s->nweight; i++) {
        Tensor *t = &s->tensor[s->weight_tensor[i]];
        t->offset = p->param_floats * 4;
        p->param_floats += align(count_of(t) * 4) / 4;
    }
    for (int i = 0; i < s->ntensor; i++) {
        Tensor *t = &s->tensor[i];
        if (t->owner == O_OPT)
            t->offset =
                s->tensor[s->weight_tensor[t->weight]].offset + t->slot * p->param_floats * 4;
    }
}

static void place_all(Plan *p) {
    Step *s = p->step;
    p->param_floats = p->step_bytes = p->scratch_bytes = 0;
    p->leaf_doubles = 1 + s->model->nmetric;
    p->leaf_bytes = align(p->leaf_doubles * 8);
    place_weights(p);
    for (int i = 0; i < s->ntensor; i++)
        if (s->tensor[i].alias < 0 && s->tensor[i].first >= 0) place(p, i);
    for (int i = 0; i < s->ntensor; i++)
        if (s->tensor[i].alias >= 0) s->tensor[i].offset = s->tensor[tensor_base(s, i)].offset;
}

// Tiles were chosen for whole leaves; samples as rows of a tile are worth only what goes together.
void plan_memory(Plan *p) {
    find_lives(p);
    p->block = 1;
    place_all(p);
    p->block = samples_together(p);
    for (int k = 0; k < p->nkernel; k++) {
        Kernel *kernel = &p->kernel[k];
        const Node *n = &p->step->node[kernel->node[0]];
        if (n->kind == P_CONTRACT && !n->row && kernel->phase % 2)
            kernel->tile = plan_tile(p, &kernel->nest);
    }
    place_all(p);
}

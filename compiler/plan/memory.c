// SPDX-License-Identifier: MIT
// The memory map: how many samples go through a phase together, and an offset for every tensor.
// Activations whose lives do not overlap share memory; a tensor with a ring of zeros, cleared only
// once, shares with none; what stays in registers has no place.
//   requires: kernels        sets: Plan.block, Kernel.tile, Tensor.offset and the sizes of all blocks
#include "plan/choices.h"
#include "plan/describe.h"

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
    Touch to[MAX_TOUCH];
    for (int k = 0; k < p->nkernel; k++)
        for (int i = 0, n = kernel_touches(p, &p->kernel[k], to); i < n; i++)
            live(p, to[i].tensor, k);
}

// The fewest samples for which reading the weights once a group costs under 5 % of the arithmetic.
// Weights stream at about 8 floats a cycle from L2, arithmetic runs at the tiles' estimate.
static int samples_together(const Plan *p) {
    if (p->options.choices && p->options.choices->block) return p->options.choices->block;
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
        cycles += kernel->tile.cycles > 0 ? kernel->tile.cycles / samples_priced(p, kernel)
                                          : kernel->flops / p->target.vector;
    }
    int block = 1;
    // What goes together must stay in the second-level cache, beside the weights.
    enum { CACHE = 384 << 10 };
    while (block < 16 && floats / 8 / block > 0.05 * cycles &&
           2 * block * p->scratch_bytes <= CACHE)
        block *= 2;
    return block;
}

static bool overlap(const Tensor *a, const Tensor *b) {
    return tensor_has_ring(a) || tensor_has_ring(b) || (a->first <= b->last && b->first <= a->last);
}

// Those that share with none come first, so that they leave no holes; then the largest.
static bool goes_before(const Tensor *a, const Tensor *b) {
    if (tensor_has_ring(a) != tensor_has_ring(b)) return tensor_has_ring(a);
    return a->bytes > b->bytes;
}

static bool in_scratch(const Tensor *t) {
    return t->owner == O_SAMPLE && t->alias < 0 && t->first >= 0;
}

static int sorted(const Plan *p, Tensor **list) {
    Step *s = p->step;
    int n = 0;
    for (int i = 0; i < s->ntensor; i++) {
        if (!in_scratch(&s->tensor[i])) continue;
        int at = n++;
        for (; at > 0 && goes_before(&s->tensor[i], list[at - 1]); at--) list[at] = list[at - 1];
        list[at] = &s->tensor[i];
    }
    return n;
}

// The lowest offset at which t meets none of those placed that is alive together with it.
static int64_t lowest(const Plan *p, const Tensor *t, Tensor *const *placed, int n, int64_t bytes) {
    int64_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < n; i++) {
            const Tensor *u = placed[i];
            if (!overlap(t, u)) continue;
            int64_t end = u->offset + align(u->bytes * p->block);
            if (at < end && u->offset < at + bytes) {
                at = end;
                moved = true;
            }
        }
    }
    return at;
}

static void place_scratch(Plan *p) {
    Tensor **list = ARENA_ARRAY(p->arena, Tensor *, p->step->ntensor);
    p->scratch_bytes = 0;
    for (int i = 0, n = sorted(p, list); i < n; i++) {
        int64_t bytes = align(list[i]->bytes * p->block);
        list[i]->offset = lowest(p, list[i], list, i, bytes);
        if (list[i]->offset + bytes > p->scratch_bytes) p->scratch_bytes = list[i]->offset + bytes;
    }
}

static void place(Plan *p, Tensor *t) {
    if (t->owner != O_STEP && t->owner != O_LEAF) return;
    int64_t *end = t->owner == O_STEP ? &p->step_bytes : &p->leaf_bytes;
    t->offset = *end;
    *end += align(t->bytes);
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
    p->param_floats = p->step_bytes = 0;
    p->leaf_doubles = 1 + s->model->nmetric;
    p->leaf_bytes = align(p->leaf_doubles * 8);
    place_weights(p);
    for (int i = 0; i < s->ntensor; i++)
        if (s->tensor[i].alias < 0 && s->tensor[i].first >= 0) place(p, &s->tensor[i]);
    place_scratch(p);
    for (int i = 0; i < s->ntensor; i++)
        if (s->tensor[i].alias >= 0) s->tensor[i].offset = s->tensor[tensor_base(s, i)].offset;
}

// Tiles were chosen for whole leaves; samples as rows of a tile are worth only what goes together.
// Those left over, or a single one, get a tile of their own that adds in the same order.
void plan_memory(Plan *p) {
    Plan one = *p;
    int leaf = p->block; // what the tiles were priced for
    one.block = 1;
    find_lives(p);
    p->block = 1;
    place_all(p);
    p->block = leaf;
    p->block = samples_together(p);
    for (int k = 0; k < p->nkernel; k++) {
        Kernel *kernel = &p->kernel[k];
        const Node *n = &p->step->node[kernel->node[0]];
        if (n->kind != P_CONTRACT || n->row || kernel->phase % 2 == 0) continue;
        kernel->tile = plan_tile(p, &kernel->nest, 0);
        kernel->rest = plan_tile(&one, &kernel->nest, kernel->tile.chains);
    }
    place_all(p);
}

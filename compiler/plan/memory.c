// SPDX-License-Identifier: MIT
// The memory map: an offset for every tensor.
// Activations whose lives do not overlap share memory; a tensor with a ring of zeros, cleared only
// once, shares with none; what stays in registers has no place.
//   requires: chains        sets: Tensor.offset, .held, .first, .last and the sizes of all blocks
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

// What lives within a chain has room for the samples that the chain takes at a time. What crosses to
// another has room for all that go together, and is there from the start of the first chain, which
// comes back for more samples, to the end of the last.
static void hold(const Plan *p, Tensor *t) {
    const Kernel *first = &p->kernel[t->first], *last = &p->kernel[t->last];
    int end = plan_chain_end(p, t->first, p->nkernel);
    t->held = t->last < end ? first->block : p->block;
    if (t->held > first->block) t->first = plan_chain_start(p, t->first);
    if (t->held > last->block) t->last = plan_chain_end(p, t->last, p->nkernel) - 1;
}

static bool overlap(const Tensor *a, const Tensor *b) {
    return tensor_has_ring(a) || tensor_has_ring(b) || (a->first <= b->last && b->first <= a->last);
}

// Those that share with none come first, so that they leave no holes; then the largest.
static bool goes_before(const Tensor *a, const Tensor *b) {
    if (tensor_has_ring(a) != tensor_has_ring(b)) return tensor_has_ring(a);
    return a->bytes * a->held > b->bytes * b->held;
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
static int64_t lowest(const Tensor *t, Tensor *const *placed, int n, int64_t bytes) {
    int64_t at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int i = 0; i < n; i++) {
            const Tensor *u = placed[i];
            if (!overlap(t, u)) continue;
            int64_t end = u->offset + align(u->bytes * u->held);
            if (at < end && u->offset < at + bytes) {
                at = end;
                moved = true;
            }
        }
    }
    return at;
}

int64_t plan_scratch(Plan *p) {
    Step *s = p->step;
    int64_t end = 0;
    find_lives(p);
    for (int i = 0; i < s->ntensor; i++)
        if (in_scratch(&s->tensor[i])) hold(p, &s->tensor[i]);
    Tensor **list = ARENA_ARRAY(p->arena, Tensor *, s->ntensor);
    for (int i = 0, n = sorted(p, list); i < n; i++) {
        int64_t bytes = align(list[i]->bytes * list[i]->held);
        list[i]->offset = lowest(list[i], list, i, bytes);
        if (list[i]->offset + bytes > end) end = list[i]->offset + bytes;
    }
    return end;
}

static void place(Plan *p, Tensor *t) {
    if (t->owner != O_STEP && t->owner != O_LEAF) return;
    int64_t *end = t->owner == O_STEP ? &p->step_bytes : &p->leaf_bytes;
    t->offset = *end;
    *end += align(t->bytes);
}

// Weights lie one behind the other, each at a multiple of 64 bytes; optimiser states likewise.
static void place_weights(Plan *p) {
    Step *s = p->step;
    for (int i = 0; i < s->nweight; i++) {
        Tensor *t = &s->tensor[s->weight_tensor[i]];
        t->offset = p->param_floats * 4;
        p->param_floats += align(tensor_count(t) * 4) / 4;
    }
    for (int i = 0; i < s->ntensor; i++) {
        Tensor *t = &s->tensor[i];
        if (t->owner == O_OPT)
            t->offset =
                s->tensor[s->weight_tensor[t->weight]].offset + t->slot * p->param_floats * 4;
    }
}

void plan_memory(Plan *p) {
    Step *s = p->step;
    p->leaf_doubles = 1 + s->model->nmetric;
    p->leaf_bytes = align(p->leaf_doubles * 8);
    place_weights(p);
    p->scratch_bytes = plan_scratch(p);
    for (int i = 0; i < s->ntensor; i++)
        if (s->tensor[i].alias < 0 && s->tensor[i].first >= 0) place(p, &s->tensor[i]);
    for (int i = 0; i < s->ntensor; i++)
        if (s->tensor[i].alias >= 0) s->tensor[i].offset = s->tensor[tensor_base(s, i)].offset;
}

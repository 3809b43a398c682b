// SPDX-License-Identifier: MIT
// Proves of a plan what generated code relies on. It trusts no pass: it looks at what kernels touch and at
// the places that tensors were given, and works the rest out anew.
//   - whatever a kernel reads or writes has a place of its own size, within its owner's block
//   - no two tensors of a block that lives longer than a group of samples overlap, if a phase has both
//   - what a kernel reads was written: by the caller, by an earlier kernel of its thread's samples, or, of
//     the whole batch, in an earlier phase; between two barriers nobody writes what others read
//   - sums over leaves lie in the part of the leaf block that the phase which computes them clears and
//     adds; no other phase does so while they are read, and one part has the loss
//   - each index of a kernel's operands stays inside its tensor (ring included), and what is cleared before it
//     is written is one thread's own
//   - scratch: see check_scratch.c
//   requires: a whole plan
#include "plan/check.h"
#include "support/map.h"
#include <stdarg.h>
#include <stdlib.h>

enum { ALIGN = 64 };

void check_fail(Checker *c, int kernel, const char *format, ...) {
    if (c->trouble) return;
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(c->p->arena, format, args);
    va_end(args);
    c->trouble = kernel < 0 ? text
                            : arena_printf(c->p->arena, "kernel %d '%s': %s", kernel,
                                           c->p->kernel[kernel].name, text);
}

const Tensor *check_base(const Checker *c, int tensor) {
    return &c->p->step->tensor[tensor_base(c->p->step, tensor)];
}

bool check_read_first(const Touch *to, int n, int i) {
    bool own = to[i].write;
    for (int j = 0; j < n; j++) own |= to[j].write && to[j].tensor == to[i].tensor;
    return !own;
}

static const int64_t bits_of[] = {[T_F32] = 32, [T_I32] = 32, [T_U8] = 8, [T_BIT] = 1};

// --- places ---

// Elements of one sample, or of the whole tensor, as strides reach them. Bits are numbered over the whole
// shape and written in chunks of up to 2048; whoever reads them takes up to 32 at once.
static int64_t reach(const Tensor *t) {
    enum { CHUNK = 2048, WORD = 32 };
    if (t->type == T_BIT) {
        int64_t count = tensor_count(t), whole = (count + CHUNK - 1) / CHUNK * CHUNK;
        return whole > count + WORD ? whole : count + WORD;
    }
    int64_t last = 0;
    for (int d = 0; d < t->rank; d++) {
        int64_t extent = t->need[d].hi - t->need[d].lo + t->ring[d][0] + t->ring[d][1];
        if (extent <= 0) return 0;
        last += (extent - 1) * t->stride[d];
    }
    return last + 1;
}

typedef struct Bounds { // what an owner's block has, in bytes; per sample where it has samples
    int64_t from, to;
} Bounds;

// A phase clears and adds its own part of the leaf block: its sums lie there, after loss and metrics.
static Bounds room_of_sums(const Plan *p, const Tensor *t) {
    const PhasePlan *phase = plan_sums(p, (int)(t - p->step->tensor));
    if (!phase || !phase->by_leaf) return (Bounds){0, 0};
    int64_t end = phase->leaf_at + phase->leaf_bytes;
    return (Bounds){phase->leaf_at + phase->leaf_doubles * 8,
                    end < p->leaf_bytes ? end : p->leaf_bytes};
}

static Bounds room_of(const Checker *c, const Tensor *t) {
    const Plan *p = c->p;
    int64_t params = p->param_floats * 4, state = p->opt_floats * 4;
    switch (t->owner) {
    case O_MODEL: return (Bounds){0, params};
    case O_OPT: return (Bounds){t->slot * state, (t->slot + 1) * state};
    case O_STEP: return (Bounds){0, p->step_bytes};
    case O_LEAF: return room_of_sums(p, t);
    case O_BATCH: return (Bounds){0, p->batch_stride};
    case O_SAMPLE: return (Bounds){0, p->scratch_bytes};
    default: return (Bounds){0, INT64_MAX}; // the caller's
    }
}

static void check_place(Checker *c, int kernel, int tensor) {
    const Tensor *t = &c->p->step->tensor[tensor], *base = check_base(c, tensor);
    const Bounds room = room_of(c, base);
    int64_t samples = base->owner == O_SAMPLE ? base->held : 1;
    int64_t bytes = owner_external(base->owner) ? 0 : base->bytes * samples;
    if (base->owner == O_MODEL || base->owner == O_OPT) bytes = tensor_count(base) * 4;
    int64_t wants = (reach(t) * bits_of[t->type] + 7) / 8;
    if (t->owner != base->owner)
        check_fail(c, kernel, "'%s' lies in the memory of '%s', which another owner has", t->name,
                   base->name);
    if (base->owner == O_SAMPLE && base->first < 0)
        check_fail(c, kernel, "'%s' has no place", t->name);
    if (base->owner == O_SAMPLE && base->held < c->p->kernel[kernel].block)
        check_fail(c, kernel, "'%s' has room for %lld of the %lld samples", t->name,
                   (long long)base->held, (long long)c->p->kernel[kernel].block);
    if (base->bytes < wants)
        check_fail(c, kernel, "'%s' has %lld bytes and reaches %lld", t->name,
                   (long long)base->bytes, (long long)wants);
    if (owner_external(base->owner)) return;
    if (base->offset < room.from || base->offset + bytes > room.to || base->offset % ALIGN)
        check_fail(c, kernel, "'%s' lies at [%lld, %lld), outside its block's [%lld, %lld)",
                   t->name, (long long)base->offset, (long long)base->offset + bytes,
                   (long long)room.from, (long long)room.to);
    if (base->owner == O_STEP && tensor_has_ring(base)) // training and inference share that block
        check_fail(c, kernel, "'%s' has a ring, which other code writes over", t->name);
}

// --- blocks that outlive a group of samples ---

static int by_place(const void *x, const void *y) {
    const Tensor *a = *(const Tensor *const *)x, *b = *(const Tensor *const *)y;
    if (a->owner != b->owner) return a->owner < b->owner ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

typedef struct Life { // phases
    int first, last; // -1: none touches it
} Life;

// By tensor, over all that lie in its memory. What lasts is there in all of them: weights, gradients, which are looked
// at after the step, and in inference what was computed from weights.
static Life *find_lives(const Checker *c) {
    const Plan *p = c->p;
    const Step *s = p->step;
    Life *life = ARENA_ARRAY(p->arena, Life, s->ntensor);
    Touch to[MAX_TOUCH];
    for (int i = 0; i < s->ntensor; i++) life[i] = (Life){-1, -1};
    for (int k = 0; k < p->nkernel; k++)
        for (int i = 0, n = kernel_touches(p, &p->kernel[k], to); i < n; i++) {
            Life *of = &life[tensor_base(s, to[i].tensor)];
            if (of->first < 0) of->first = p->kernel[k].phase;
            of->last = p->kernel[k].phase;
        }
    for (int i = 0; i < s->nweight; i++) {
        int gradient = s->tensor[s->weight_tensor[i]].grad;
        if (gradient >= 0) life[tensor_base(s, gradient)].last = p->nphase;
    }
    for (int i = 0; i < s->ntensor; i++) {
        Owner o = s->tensor[i].owner;
        bool lasts = o == O_MODEL || o == O_OPT || s->mode != STEP_TRAIN;
        if (lasts) life[i] = (Life){0, p->nphase};
    }
    return life;
}

static int64_t end_of(const Tensor *t) {
    bool weights = t->owner == O_MODEL || t->owner == O_OPT;
    return t->offset + (weights ? tensor_count(t) * 4 : t->bytes);
}

bool check_rings(const Tensor *a, const Tensor *b) {
    if (!tensor_has_ring(a) && !tensor_has_ring(b)) return true;
    return a->offset == b->offset && a->held == b->held && tensor_same_ring(a, b);
}

static void check_blocks(Checker *c, const bool *touched) {
    const Step *s = c->p->step;
    const Tensor **list = ARENA_ARRAY(c->p->arena, const Tensor *, s->ntensor);
    const Life *life = find_lives(c);
    size_t n = 0;
    for (int i = 0; i < s->ntensor; i++) {
        const Tensor *t = &s->tensor[i];
        bool outlives = t->owner == O_MODEL || t->owner == O_OPT || t->owner == O_STEP ||
                        t->owner == O_LEAF || t->owner == O_BATCH;
        if (touched[i] && outlives && t->alias < 0) list[n++] = t;
    }
    qsort(list, n, sizeof *list, by_place);
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n && list[k]->owner == list[i]->owner; k++) {
            const Life *a = &life[list[i] - s->tensor], *b = &life[list[k] - s->tensor];
            if (end_of(list[i]) <= list[k]->offset) break; // and so are those behind it
            if ((a->first <= b->last && b->first <= a->last) || !check_rings(list[i], list[k]))
                check_fail(c, -1, "'%s' and '%s' overlap", list[i]->name, list[k]->name);
        }
}

// --- who writes what, and when ---

static void check_read(Checker *c, int kernel, int tensor, const int *writer) {
    const Plan *p = c->p;
    int base = tensor_base(p->step, tensor);
    const Tensor *t = &p->step->tensor[base];
    int w = writer[base], phase = p->kernel[kernel].phase;
    bool leaves = p->phase[phase].by_leaf;
    switch (t->owner) {
    case O_INPUT:
    case O_LABEL:
        if (!leaves) check_fail(c, kernel, "'%s' is there for leaves only", t->name);
        return;
    case O_MODEL:
    case O_OPT:
        if (w >= 0 && w != kernel)
            check_fail(c, kernel, "'%s' was updated before it is read", t->name);
        return;
    case O_SAMPLE: return; // check_scratch.c
    default: break;
    }
    const char *name = p->step->tensor[tensor].name;
    if (w < 0 || w >= kernel) {
        check_fail(c, kernel, "'%s' is read before it was written", name);
        return;
    }
    bool own_sample = (t->owner == O_BATCH || t->owner == O_OUTPUT) && leaves;
    if (p->kernel[w].phase == phase && !own_sample)
        check_fail(c, kernel, "'%s' is read in the phase that computes it", name);
    if (t->owner == O_LEAF && leaves)
        check_fail(c, kernel, "'%s', a sum over leaves, is read by a leaf", name);
}

// Does an update of the kernel write it?
static bool updated(const Checker *c, int kernel, int tensor) {
    const Kernel *k = &c->p->kernel[kernel];
    for (int i = 0; i < k->nnode; i++) {
        const Node *n = c->p->step->node[k->node[i]];
        for (int o = 0; n->kind == P_UPDATE && o < n->nout; o++)
            if (n->out[o].tensor == tensor) return true;
    }
    return false;
}

static void check_write(Checker *c, int kernel, int tensor, int *writer) {
    const Plan *p = c->p;
    int base = tensor_base(p->step, tensor);
    const Tensor *t = &p->step->tensor[base];
    bool leaves = kernel_by_leaf(p, &p->kernel[kernel]), update = updated(c, kernel, tensor);
    if (t->owner == O_INPUT || t->owner == O_LABEL)
        check_fail(c, kernel, "it writes '%s', which is the caller's", t->name);
    if ((t->owner == O_MODEL || t->owner == O_OPT) != update)
        check_fail(c, kernel, "%s '%s'", update ? "an update writes" : "no update, it writes",
                   t->name);
    if (t->owner == O_STEP && leaves)
        check_fail(c, kernel, "'%s' is written by every leaf", t->name);
    if ((t->owner == O_LEAF || t->owner == O_OUTPUT || t->owner == O_SAMPLE) && !leaves)
        check_fail(c, kernel, "'%s' is written where there are no leaves", t->name);
    if (writer[base] >= 0 && writer[base] != kernel)
        check_fail(c, kernel, "'%s' was written by kernel %d", t->name, writer[base]);
    writer[base] = kernel;
}

// A weight may be written when its last reader is a phase behind: threads do not wait for each other.
static void check_updates(Checker *c, const int *writer) {
    Touch to[MAX_TOUCH];
    const Plan *p = c->p;
    for (int k = 0; k < p->nkernel; k++)
        for (int i = 0, n = kernel_touches(p, &p->kernel[k], to); i < n; i++) {
            int w = writer[tensor_base(p->step, to[i].tensor)];
            Owner owner = check_base(c, to[i].tensor)->owner;
            if ((owner == O_MODEL || owner == O_OPT) && w >= 0 && w != k &&
                p->kernel[w].phase <= p->kernel[k].phase)
                check_fail(c, k, "'%s' is updated while it is read",
                           p->step->tensor[to[i].tensor].name);
        }
}

// --- indices ---

// Of an axis before a pool, strides are fractions of a step after it: the last whole window counts.
static int64_t last_of(const Nest *n, const Operand *o, int axis) {
    int64_t last = n->extent[axis] - 1;
    if (o->scale > 1 && axis <= n->pools) last -= last % n->pool[axis - 1];
    return last;
}

static void check_operand(Checker *c, int kernel, const Operand *o) {
    const Nest *n = &c->p->kernel[kernel].nest;
    const Tensor *t = &c->p->step->tensor[o->tensor];
    int64_t lo = o->base, hi = o->base;
    for (int a = 1; a < n->naxis; a++) {
        int64_t far = o->stride[a] * last_of(n, o, a);
        *(far < 0 ? &lo : &hi) += far;
        if (n->extent[a] <= 0) return; // nothing is computed
    }
    if (lo < 0 || hi / o->scale >= reach(t))
        check_fail(c, kernel, "it walks over [%lld, %lld] of the %lld elements of '%s'",
                   (long long)(lo / o->scale), (long long)(hi / o->scale), (long long)reach(t),
                   t->name);
}

// Output that is cleared first belongs to one thread: samples of its leaf, or all of it.
static void check_clear(Checker *c, int kernel) {
    const Kernel *k = &c->p->kernel[kernel];
    if (!k->nest.clear) return;
    const Node *root = c->p->step->node[k->node[0]];
    bool of_samples = owner_per_sample(check_base(c, root->out[0].tensor)->owner);
    if (kernel_by_leaf(c->p, k) ? !of_samples
                                : k->nest.extent[0] != 1 || k->nest.range || k->units != 1)
        check_fail(c, kernel, "it clears '%s', of which other threads write parts",
                   c->p->step->tensor[root->out[0].tensor].name);
}

// Windows and tiles that stick out leave out what is outside; their emitters see to it.
static void check_operands(Checker *c, int kernel) {
    const Kernel *k = &c->p->kernel[kernel];
    const Node *root = c->p->step->node[k->node[0]];
    if (k->variant->rewrites || root->kind == P_WINDOW || root->kind == P_TRANSFORM) return;
    for (int i = 0; i < k->nest.nop; i++)
        if (root->kind != P_LOSS && root->kind != P_MASK) check_operand(c, kernel, &k->nest.op[i]);
}

// What the part of a phase, which each of its leaves clears, would take away: sums of phases before it that are still
// read, loss and metrics.
static void check_part(Checker *c, const Life *life, int phase) {
    const Plan *p = c->p;
    const PhasePlan *ph = &p->phase[phase];
    int64_t end = ph->leaf_at + ph->leaf_bytes;
    if (ph->leaf_at < 0 || ph->leaf_at % ALIGN || ph->leaf_bytes % ALIGN ||
        ph->leaf_bytes < ph->leaf_doubles * 8)
        check_fail(c, -1, "the sums of phase %d have no part of their own", phase);
    if (end > p->leaf_bytes) check_fail(c, -1, "the leaf block is too short for its sums");
    for (int i = 0; i < p->step->ntensor; i++) {
        const Tensor *t = &p->step->tensor[i];
        bool before = t->owner == O_LEAF && t->alias < 0 && life[i].first >= 0 &&
                      life[i].first < phase && phase <= life[i].last;
        if (before && t->offset < end && ph->leaf_at < end_of(t))
            check_fail(c, -1, "the sums of phase %d meet '%s', which is still read", phase,
                       t->name);
    }
    for (int i = 0; i < phase; i++)
        if (p->phase[i].leaf_doubles && p->phase[i].leaf_at < end &&
            ph->leaf_at < p->phase[i].leaf_at + p->phase[i].leaf_doubles * 8)
            check_fail(c, -1, "the sums of phase %d meet the loss", phase);
}

static void check_parts(Checker *c) {
    const Plan *p = c->p;
    const Life *life = find_lives(c);
    for (int i = 0; i < p->nphase; i++)
        if (p->phase[i].by_leaf) check_part(c, life, i);
    for (int k = 0; k < p->nkernel; k++)
        for (int i = 0; i < p->kernel[k].nnode; i++)
            if (p->step->node[p->kernel[k].node[i]]->kind == P_LOSS &&
                p->phase[p->kernel[k].phase].leaf_doubles != model_sums(p->step->model))
                check_fail(c, k, "its phase has no place for the loss");
}

const char *plan_check(const Plan *p) {
    Checker c = {.p = p};
    Touch to[MAX_TOUCH];
    bool *touched = ARENA_ARRAY(p->arena, bool, p->step->ntensor + 1);
    int *writer = ARENA_ARRAY(p->arena, int, p->step->ntensor + 1);
    for (int i = 0; i < p->step->ntensor; i++) writer[i] = -1;
    for (int k = 0; k < p->nkernel && !c.trouble; k++) {
        int n = kernel_touches(p, &p->kernel[k], to);
        for (int i = 0; i < n; i++) {
            touched[tensor_base(p->step, to[i].tensor)] = true;
            check_place(&c, k, to[i].tensor);
            if (check_read_first(to, n, i)) check_read(&c, k, to[i].tensor, writer);
        }
        for (int i = 0; i < n; i++)
            if (to[i].write) check_write(&c, k, to[i].tensor, writer);
        check_operands(&c, k);
        check_clear(&c, k);
    }
    check_updates(&c, writer);
    check_parts(&c);
    check_blocks(&c, touched);
    if (!c.trouble) check_scratch(&c);
    return c.trouble;
}

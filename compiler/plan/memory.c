// SPDX-License-Identifier: MIT
// The memory map: an offset for every tensor.
// Activations whose lives do not overlap share memory; a tensor with a ring of zeros, cleared only
// once, only with those that have theirs at the same places; what stays in registers has no place.
//   requires: chains        sets: Tensor.offset, .held, .first, .last and the sizes of all blocks
#include "plan/place.h"
#include "report/describe.h"

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

typedef struct Chains { // by kernel: where the chain that it is part of starts and ends
    int *start, *end;
} Chains;

static Chains find_chains(const Plan *p) {
    int n = p->nkernel;
    Chains c = {ARENA_ARRAY(p->arena, int, n), ARENA_ARRAY(p->arena, int, n)};
    for (int k = 0; k < n; k++) {
        bool within = k > 0 && k < c.end[k - 1];
        c.start[k] = within ? c.start[k - 1] : k;
        c.end[k] = within ? c.end[k - 1] : plan_chain_end(p, k, n);
    }
    return c;
}

// What lives within a chain has room for the samples that the chain takes at a time. What crosses to
// another has room for all that go together, and is there from the start of the first chain, which
// comes back for more samples, to the end of the last.
static void hold(const Plan *p, const Chains *c, Tensor *t) {
    const Kernel *first = &p->kernel[t->first], *last = &p->kernel[t->last];
    t->held = t->last < c->end[t->first] ? first->block : p->block;
    if (t->held > first->block) t->first = c->start[t->first];
    if (t->held > last->block) t->last = c->end[t->last] - 1;
}

static bool in_scratch(const Tensor *t) {
    return t->owner == O_SAMPLE && t->alias < 0 && t->first >= 0;
}

int64_t plan_scratch(Plan *p) {
    Step *s = p->step;
    Piece *piece = ARENA_ARRAY(p->arena, Piece, s->ntensor);
    int n = 0;
    find_lives(p);
    Chains chains = find_chains(p);
    for (int i = 0; i < s->ntensor; i++) {
        Tensor *t = &s->tensor[i];
        if (!in_scratch(t)) continue;
        hold(p, &chains, t);
        piece[n++] = (Piece){.tensor = t,
                             .ring = tensor_has_ring(t),
                             .first = t->first,
                             .last = t->last,
                             .bytes = t->bytes * t->held};
    }
    return place_pieces(piece, n);
}

static bool placed(const Tensor *t, Owner owner) {
    return t->owner == owner && t->alias < 0 && t->first >= 0;
}

static bool has_loss(const Plan *p, const PhasePlan *phase) {
    for (int k = phase->first; k < phase->end; k++)
        for (int i = 0; i < p->kernel[k].nnode; i++)
            if (p->step->node[p->kernel[k].node[i]]->kind == P_LOSS) return true;
    return false;
}

const bool *plan_gradients(const Plan *p) {
    const Step *s = p->step;
    bool *is = ARENA_ARRAY(p->arena, bool, s->ntensor);
    for (int i = 0; i < s->nweight; i++) {
        int gradient = s->tensor[s->weight_tensor[i]].grad;
        if (gradient >= 0) is[tensor_base(s, gradient)] = true;
    }
    return is;
}

static bool sums_follow(const Plan *p, int phase, int last) { // in another phase up to that one
    for (int i = phase + 1; i <= last; i++)
        if (p->phase[i].by_leaf) return true;
    return false;
}

static void place_sums_that(Plan *p, PhasePlan *phase, const bool *gradient, bool stay) {
    Step *s = p->step;
    Touch to[MAX_TOUCH];
    for (int k = phase->first; k < phase->end; k++)
        for (int i = 0, n = kernel_touches(p, &p->kernel[k], to); i < n; i++) {
            Tensor *t = &s->tensor[to[i].tensor];
            if (!to[i].write || !placed(t, O_LEAF)) continue;
            bool stays = gradient[to[i].tensor] ||
                         sums_follow(p, p->kernel[k].phase, p->kernel[t->last].phase);
            if (stays != stay) continue;
            t->offset = phase->leaf_at + phase->leaf_bytes;
            phase->leaf_bytes += place_bytes(t->bytes);
        }
}

// The sums of a phase lie together, those that stay before those that nobody reads any more when another phase sums
// up. That one's begin behind the former, where the latter were.
static int64_t place_sums(Plan *p) {
    int64_t at = 0, end = 0;
    const bool *gradient = plan_gradients(p);
    for (int i = 0; i < p->nphase; i++) {
        PhasePlan *phase = &p->phase[i];
        if (!phase->by_leaf) continue;
        if (has_loss(p, phase)) phase->leaf_doubles = model_sums(p->step->model);
        phase->leaf_at = at;
        phase->leaf_bytes = place_bytes(phase->leaf_doubles * 8);
        place_sums_that(p, phase, gradient, true);
        at = phase->leaf_at + phase->leaf_bytes;
        place_sums_that(p, phase, gradient, false);
        if (phase->leaf_at + phase->leaf_bytes > end) end = phase->leaf_at + phase->leaf_bytes;
    }
    return end;
}

// Weights lie one behind the other, each at a multiple of 64 bytes; optimiser states likewise, of all weights in
// a program, in an object of those that are trained.
static void place_weights(Plan *p) {
    Step *s = p->step;
    int64_t *opt = ARENA_ARRAY(p->arena, int64_t, s->nweight + 1);
    for (int i = 0; i < s->nweight; i++) {
        Tensor *t = &s->tensor[s->weight_tensor[i]];
        int64_t floats = place_bytes(tensor_count(t) * 4) / 4;
        t->offset = p->param_floats * 4;
        opt[i] = p->opt_floats * 4;
        p->param_floats += floats;
        if (!p->options.object || t->grad >= 0) p->opt_floats += floats;
    }
    for (int i = 0; i < s->ntensor; i++) {
        Tensor *t = &s->tensor[i];
        if (t->owner == O_OPT) t->offset = opt[t->weight] + t->slot * p->opt_floats * 4;
    }
}

// What is computed once a step shares its memory where no phase has both. What inference computes from weights is there
// for all samples.
static int64_t place_step(Plan *p) {
    Step *s = p->step;
    Piece *piece = ARENA_ARRAY(p->arena, Piece, s->ntensor);
    const bool *stays = plan_gradients(p); // for who looks at them after the step
    int n = 0;
    for (int i = 0; i < s->ntensor; i++) {
        Tensor *t = &s->tensor[i];
        if (!placed(t, O_STEP)) continue;
        bool last = stays[i] || s->mode != STEP_TRAIN;
        piece[n++] = (Piece){.tensor = t,
                             .first = p->kernel[t->first].phase,
                             .last = last ? p->nphase : p->kernel[t->last].phase,
                             .bytes = t->bytes};
    }
    return place_pieces(piece, n);
}

void plan_memory(Plan *p) {
    Step *s = p->step;
    place_weights(p);
    p->scratch_bytes = plan_scratch(p);
    p->step_bytes = place_step(p);
    p->leaf_bytes = place_sums(p);
    for (int i = 0; i < s->ntensor; i++)
        if (s->tensor[i].alias >= 0) s->tensor[i].offset = s->tensor[tensor_base(s, i)].offset;
}

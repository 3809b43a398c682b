// SPDX-License-Identifier: MIT
// Chains: how many samples each kernel of a phase over leaves takes at a time. One sample, and its
// activations are still in the nearest cache when the next kernel reads them; more, and weights and sums
// are read once for all of them. Both are had: as many as Plan.block samples go through a phase
// together, and kernels that take fewer at a time form chains through which these go in turn.
//
//     for each group of 4 samples                  kernel   0  1  2 | 3  4 | 5  6  7  8 | 9 10
//         for each of them: kernels 0 to 2         samples  1  1  1 | 2  2 | 4  4  4  4 | 1  1
//         for two of them: 3 and 4, ...
//
// Early layers have large activations and small weights, late ones the reverse, and the backward pass
// comes back the same way. So the numbers rise towards the middle of a phase and fall after it: what
// crosses from chain to chain is then little.
//   requires: kernels        sets: Kernel.block, .tile, .rest, .nest; Plan.block
#include "plan/choices.h"
#include "plan/cycles.h"
#include "report/describe.h"
#include <math.h>

static bool one_chain(const Kernel *a, const Kernel *b) {
    return a->phase == b->phase && a->block == b->block;
}

int plan_chain_end(const Plan *p, int first, int end) {
    int k = first;
    while (k < end && one_chain(&p->kernel[k], &p->kernel[first])) k++;
    return k;
}

typedef struct Wish {
    int samples; // that a kernel wants at a time
    int most; // for which what it touches stays in the cache, or what is shared does not
} Wish;

int plan_most_together(const Plan *p) {
    return p->step->mode == STEP_PREDICT ? MANY_TOGETHER : p->leaf;
}

int plan_leaf_in_cache(const Plan *p, int64_t bytes) {
    int most = 1;
    while (most < p->leaf && 2 * most * bytes <= p->target.l2) most *= 2;
    return most;
}

// A kernel that sees to its own blocks takes as many as there may be.
static int most_at_a_time(const Plan *p, const Kernel *k) {
    Touch to[MAX_TOUCH];
    int64_t bytes = 0;
    if (k->variant->by_unit) return plan_most_together(p);
    if (plan_far(p, k)) return p->leaf;
    for (int i = 0, n = kernel_touches(p, k, to); i < n; i++) {
        const Tensor *t = &p->step->tensor[to[i].tensor];
        if (owner_per_sample(t->owner)) bytes += t->bytes;
    }
    return plan_leaf_in_cache(p, bytes);
}

// The fewest samples at a time with which a kernel costs at most 5 % more than with a whole leaf at a time, or
// at most 1/500 of the phase more.
static void choose_samples(Plan *p, Wish *of, int kernel, double phase) {
    Wish *w = &of[kernel];
    int most = w->most > p->leaf ? w->most : p->leaf;
    double least = plan_cycles(p, kernel, most), seen = phase / 500;
    double enough = least + (0.05 * least > seen ? 0.05 * least : seen);
    w->samples = 1;
    while (w->samples < w->most && plan_cycles(p, kernel, w->samples) > enough) w->samples *= 2;
}

static void find_wishes(Plan *p, Wish *of) {
    double phase = 0;
    for (int k = 0; k < p->nkernel; k++) {
        if (!kernel_by_leaf(p, &p->kernel[k])) continue;
        of[k].most = most_at_a_time(p, &p->kernel[k]);
        phase += plan_cycles(p, k, p->leaf);
    }
    for (int k = 0; k < p->nkernel; k++)
        if (kernel_by_leaf(p, &p->kernel[k])) choose_samples(p, of, k, phase);
}

static int most_wanted(const Plan *p, const Wish *of) {
    int most = 1;
    for (int k = 0; k < p->nkernel; k++)
        if (of[k].samples > most) most = of[k].samples;
    return most;
}

// Do numbers of samples rise and fall anew between these two kernels over leaves, of which a is the first? Not at a cut
// within a phase, so that sums are what they are without it.
static bool starts_anew(const Plan *p, const Kernel *a, const Kernel *b) {
    for (int i = a->phase + 1; i <= b->phase; i++)
        if (p->phase[i].by_leaf && !p->phase[i].goes_on) return true;
    return false;
}

// The most that is wanted on this side of each kernel and, in a second pass, on the other.
static void rise_and_fall(Plan *p, const Wish *of) {
    for (int side = 0; side < 2; side++) {
        const Kernel *last = NULL;
        for (int i = 0, most = 0; i < p->nkernel; i++) {
            int at = side ? p->nkernel - 1 - i : i;
            Kernel *k = &p->kernel[at];
            if (!kernel_by_leaf(p, k)) continue;
            bool starts = !last || starts_anew(p, side ? k : last, side ? last : k);
            last = k;
            int own = of[at].samples < p->block ? of[at].samples : p->block;
            most = starts || own > most ? own : most;
            if (side == 0) k->block = most < of[at].most ? most : of[at].most;
            if (most < k->block) k->block = most;
        }
    }
}

// Bytes a sample that chains leave to others.
static double crossing(const Plan *p) {
    double bytes = 0;
    for (int i = 0; i < p->step->ntensor; i++) {
        const Tensor *t = &p->step->tensor[i];
        if (t->owner != O_SAMPLE || t->alias >= 0 || t->first < 0) continue;
        int64_t first = p->kernel[t->first].block, last = p->kernel[t->last].block;
        if (t->held > first || t->held > last) bytes += (double)t->bytes;
    }
    return bytes;
}

// Cycles of a phase for one sample. Of a scratch larger than the cache a part of what crosses chains goes
// out to the next and comes back.
static double cycles_together(Plan *p) {
    double cycles = 0, scratch = (double)plan_scratch(p), cache = (double)p->target.l2;
    if (p->block > 1 && scratch > (double)p->target.scratch) return INFINITY;
    for (int k = 0; k < p->nkernel; k++)
        if (kernel_by_leaf(p, &p->kernel[k])) cycles += plan_cycles(p, k, p->kernel[k].block);
    return cycles +
           (scratch > cache ? crossing(p) * (1 - cache / scratch) * 2 / p->target.l3_bytes : 0);
}

// More together than any kernel wants would only need more room.
static void choose(Plan *p, Wish *of) {
    double least = INFINITY;
    int best = 1, most = most_wanted(p, of);
    for (p->block = 1; p->block <= most; p->block *= 2) {
        rise_and_fall(p, of);
        double cycles = cycles_together(p);
        if (cycles >= least) continue;
        best = p->block;
        least = cycles;
    }
    p->block = best;
}

// Asked for: those that want the most take so many, but no more than a leaf has.
static void obey(Plan *p, Wish *of, int block) {
    if (block > plan_most_together(p)) block = plan_most_together(p);
    int most = most_wanted(p, of);
    for (int k = 0; k < p->nkernel; k++)
        if (of[k].samples >= (most < block ? most : block)) of[k] = (Wish){block, block};
    p->block = block;
}

double plan_chain(Plan *p) {
    Wish *of = ARENA_ARRAY(p->arena, Wish, p->nkernel);
    int asked = p->options.choices ? p->options.choices->block : 0;
    find_wishes(p, of);
    if (asked)
        obey(p, of, asked);
    else
        choose(p, of);
    rise_and_fall(p, of);
    return cycles_together(p);
}

void plan_chains(Plan *p) {
    plan_chain(p);
    for (int i = 0; i < p->nkernel; i++) { // tiles were chosen for whole leaves
        Kernel *k = &p->kernel[i];
        if (!kernel_by_leaf(p, k) || !plan_tiled(p, k)) continue;
        k->tile = kernel_tile_for(p, k, k->block, NULL);
        k->rest = kernel_tile_for(p, k, 1, &k->tile); // for samples left over, in the same order
    }
}

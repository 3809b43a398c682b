// SPDX-License-Identifier: MIT
// Teams: how threads share a leaf, where a batch has fewer leaves than there are threads (CnnTeam). They run its kernels
// together, one after the other, and meet behind each. Every element is computed by one of them, in the order that it
// has without a team, so no bit depends on how many they are.
//
// A kernel without a sum over samples is cut along its samples, if there are as many: a thread then finds in its own
// cache what it computed before. One of few samples, or whose weights come from far, or that sums over samples, is cut
// along its results, if its code can do that; else one thread runs it.
// Predictions have no teams, but the same code where kernels are those of the training.
//   requires: chains        sets: Kernel.cut, PhasePlan.team
#include "plan/cycles.h"

// Threads are not worth their meeting where a leaf takes at least so much of the time of half as many.
enum { MEET = 1000, MOST = 64 };
static const double worth = 0.9;

bool plan_has_teams(const Plan *p) {
    return !p->options.object && !p->options.frozen;
}

int64_t plan_line(const Target *t) {
    return t->vector > t->line ? t->vector : t->line;
}

int64_t plan_lines(const Plan *p, int64_t floats) {
    int64_t line = plan_line(&p->target);
    return (floats + line - 1) / line;
}

static bool sums_samples(const Plan *p, const Kernel *k) {
    for (int i = 0; i < k->nnode; i++) {
        const Node *n = p->step->node[k->node[i]];
        if (n->kind == P_LOSS) return true;
        for (int j = 0; j < n->nout; j++)
            if (p->step->tensor[n->out[j].tensor].owner == O_LEAF) return true;
    }
    return false;
}

static int64_t pieces_of(const Plan *p, const Kernel *k) {
    return k->variant->pieces ? k->variant->pieces(p, k) : 0;
}

// Does it add to memory in the order of its tiles, so that it matters which samples share one?
static bool scatters(const Plan *p, const Kernel *k) {
    return k->nest.clear && k->nest.add && plan_tiled(p, k);
}

static TeamCut cut_of(const Plan *p, const Kernel *k) {
    // A library adds in an order of its own, which may be another one for other numbers of samples.
    if (scatters(p, k) || k->variant->library) return TEAM_ONE;
    bool sums = sums_samples(p, k), results = pieces_of(p, k) > 1;
    if (!results) return sums ? TEAM_ONE : TEAM_SAMPLES;
    return sums || plan_far(p, k) ? TEAM_RESULTS : TEAM_EITHER;
}

// How many times as fast as one are so many threads, where the largest share decides?
static double speedup(int64_t pieces, int64_t parts) {
    int64_t share = (pieces + parts - 1) / parts;
    return (double)pieces / (double)share;
}

// Cycles of a kernel in a leaf that so many share.
static double in_team(Plan *p, int kernel, int64_t parts) {
    const Kernel *k = &p->kernel[kernel];
    double cycles = plan_cycles(p, kernel, k->block) * p->leaf, times = 1;
    bool samples = k->cut == TEAM_SAMPLES || (k->cut == TEAM_EITHER && k->block >= parts);
    if (samples)
        times = speedup(k->block, parts);
    else if (k->cut != TEAM_ONE)
        times = speedup(pieces_of(p, k), parts);
    double calls = (double)p->leaf / (double)k->block, meets = 0;
    for (int64_t n = 1; n < parts; n *= 2) meets += MEET;
    return cycles / times + calls * meets;
}

static int64_t best_team(Plan *p, const PhasePlan *phase) {
    double before = 0;
    for (int64_t parts = 1;; parts *= 2) {
        double cycles = 0;
        for (int k = phase->first; k < phase->end; k++) cycles += in_team(p, k, parts);
        if (parts > 1 && cycles > worth * before) return parts / 2;
        if (parts == MOST) return parts;
        before = cycles;
    }
}

void plan_teams(Plan *p) {
    for (int i = 0; i < p->nphase; i++) {
        PhasePlan *phase = &p->phase[i];
        phase->team = 1;
        if (!phase->by_leaf || !plan_has_teams(p)) continue;
        for (int k = phase->first; k < phase->end; k++) p->kernel[k].cut = cut_of(p, &p->kernel[k]);
        if (p->step->mode == STEP_TRAIN)
            phase->team = p->options.team ? p->options.team : best_team(p, phase);
    }
}

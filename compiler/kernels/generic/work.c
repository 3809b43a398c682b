// SPDX-License-Identifier: MIT
// What the generic rows' code takes, in cycles, as their emitters write it: for figures. Where no tile has been priced,
// of each vector
//     max(operations / units + divisions, loads / units, stores)
// for vectors do not wait for each other; and what does wait: the passes over a row of outputs, long windows.
#include "kernels/generic/generic.h"
#include "kernels/kernels.h"
#include <math.h>

typedef struct Work { // of a vector
    double operations, divisions, loads, stores;
    double far; // lines that leave the nearest cache before they are read again
} Work;

enum { FAR = 3 }; // cycles until such a line, which nothing foresees, is there

static double cycles(const Target *t, const Work *w) {
    double computed = w->operations / (t->fmas + t->adders) + w->divisions * t->division;
    return fmax(fmax(computed, w->loads / t->loads), w->stores) + FAR * w->far;
}

static int64_t common(int64_t a, int64_t b) { // divisor
    return b ? common(b, a % b) : a;
}

// Does the nearest cache hold so many lines, so many bytes apart? Those a multiple of `way` apart share a place.
static bool lines_stay(const Target *t, int64_t lines, int64_t apart) {
    int64_t line = 4 * (int64_t)t->line, step = common(apart, t->way);
    if (target_is_flat(t) || apart < line) return true;
    return lines <= target_memory(t).cache[0] / (step > line ? step : line);
}

static void load(const Plan *p, const Nest *n, int op, int lane, Work *w) {
    const Operand *of = &n->op[op];
    int64_t stride = lane ? of->stride[lane] / of->scale : 0, v = p->target.vector;
    if (p->step->tensor[of->tensor].type == T_BIT || stride == 1)
        w->loads++;
    else if (stride) { // element by element
        w->loads += (double)v;
        w->operations += (double)v;
        if (!lines_stay(&p->target, n->extent[lane], 4 * stride)) w->far += (double)v;
    }
}

static bool loaded_before(const Nest *n, int op) {
    for (int i = 0; i < op; i++)
        if (n->op[i].tensor == n->op[op].tensor && n->op[i].base == n->op[op].base) return true;
    return false;
}

// The stages of a vector.
static Work finishing(const Plan *p, const Nest *n, int lane) {
    Work w = {0};
    for (int i = 0; i < n->nstage; i++) {
        const Stage *st = &n->stage[i];
        ExprWork e = expr_work(st->expr);
        w.operations += e.operations;
        w.divisions += e.divisions;
        w.stores += st->out >= 0;
        for (int j = 0; j < st->nin; j++)
            if (st->in[j] >= 0 && !loaded_before(n, st->in[j])) load(p, n, st->in[j], lane, &w);
    }
    return w;
}

// Vectors of results of a sample; without lanes an element is one.
static double vectors_of(const Plan *p, const Nest *n, int lane) {
    double vectors = 1;
    for (int a = 1; a < n->naxis; a++)
        if (n->role[a] == A_OUT)
            vectors *= (double)(a == lane ? plan_vectors(p, n->extent[a]) : n->extent[a]);
    return vectors;
}

// --- by kind of the root ---

static double elementwise(const Plan *p, const Kernel *k) {
    const Nest *n = &k->nest;
    Work w = finishing(p, n, k->tile.lane);
    bool turned = plan_turned(p, n, k->tile.lane) > 0;
    if (turned) {
        w.loads++;
        w.operations += 2 * log2(p->target.vector); // shuffles, for which there is one port
    }
    for (int i = 0; i < n->nin && !turned; i++) load(p, n, i, k->tile.lane, &w); // of a copy
    w.stores += n->out >= 0;
    return vectors_of(p, n, k->tile.lane) * cycles(&p->target, &w);
}

double work_update(const Plan *p, const Kernel *k) {
    int lane = k->tile.lane;
    Work w = finishing(p, &k->nest, lane);
    return vectors_of(p, &k->nest, lane) * cycles(&p->target, &w) / (double)k->block;
}

enum { CHOOSE = 4 }; // operations by which an element of a window may become its maximum

static double contract(const Plan *p, const Kernel *k) {
    const Nest *n = &k->nest;
    const Tile *t = &k->tile;
    if (n->tree) return t->cycles / samples_priced(k) + work_update(p, k);
    int lane = tile_dots(n, t) ? 0 : t->lane;
    double vectors = vectors_of(p, n, lane),
           window = n->pool[0] ? (double)(n->pool[0] * n->pool[1]) : 1;
    Work w = finishing(p, n, lane);
    if (n->pool[0]) w.operations += CHOOSE * window;
    return t->cycles / samples_priced(k) + vectors / window * cycles(&p->target, &w);
}

// A division takes as long as its vector is wide.
static double share_of_vector(const Target *t, int64_t lanes) {
    int width = 1;
    while (width < lanes && width < t->vector) width *= 2;
    return (double)width / t->vector;
}

// Of few taps windows follow each other; of many each waits for the sum or maximum of its own.
static double windows(const Plan *p, const Kernel *k) {
    enum { UNROLLED = 16, BOUNDS = 12 }; // operations for the bounds of a window
    const Node *node = p->step->node[k->node[0]];
    const Nest *n = &k->nest;
    const Target *t = &p->target;
    bool max = node->op == W_MAX || node->op == W_MAX_GRAD;
    bool back = node->op == W_MAX_GRAD || node->op == W_AVG_GRAD;
    double taps = (double)step_positions(node), all = 1;
    for (int d = 0; d < step_inner(node); d++) all *= (double)n->extent[1 + d];
    int channels = 1 + step_inner(node);
    double vectors = all * (double)plan_vectors(p, n->extent[channels]);
    Work w = finishing(p, n, channels);
    w.loads += back ? (n->add + 1) * taps : taps;
    w.stores += back ? taps : 1 + (node->nout > 1);
    w.operations += taps * (max ? back ? 1 + n->add : CHOOSE : 1);
    w.divisions += max ? 0 : share_of_vector(t, n->extent[channels]);
    double wait = !back && taps > UNROLLED ? taps * t->latency : 0, each = cycles(t, &w);
    double clear =
        n->clear ? (double)p->step->tensor[node->out[0].tensor].bytes / 4 / t->vector : 0;
    return vectors * (each > wait ? each : wait) + all * BOUNDS / 4 + clear;
}

// A row of outputs: its maximum, its sum, its logarithm and what comes of them follow each other.
static double loss(const Plan *p, const Node *n) {
    enum { IN_TURN = 60 };
    const Tensor *z = &p->step->tensor[n->in[0].tensor];
    double rows = 1;
    for (int d = 0; d + 1 < z->rank; d++) rows *= (double)z->dim[d];
    double row = z->rank ? (double)plan_vectors(p, z->dim[z->rank - 1]) : 1;
    return rows * (IN_TURN * p->target.latency + 20 * row);
}

static double root_work(const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    const Target *t = &p->target;
    switch (n->kind) {
    case P_CONTRACT: return contract(p, k);
    case P_MAP:
    case P_VIEW:
    case P_UPDATE: return elementwise(p, k);
    case P_WINDOW: return windows(p, k);
    case P_LOSS: return loss(p, n);
    case P_MASK: return mask_work(p, n);
    default: {
        double memory = (double)(k->bytes + k->shared) / (t->loads * 4 * t->vector);
        double work = k->flops / (t->fmas * t->vector);
        return work > memory ? work : memory;
    }
    }
}

double work_generic(const Plan *p, const Kernel *k) {
    double sum = root_work(p, k);
    for (int j = 1; j < k->nnode; j++) {
        const Node *n = p->step->node[k->node[j]];
        if (n->kind == P_LOSS) sum += loss(p, n);
    }
    return sum;
}

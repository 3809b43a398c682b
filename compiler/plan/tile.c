// SPDX-License-Identifier: MIT
// The register tile of a CONTRACT: one axis in the lanes, up to two axes as rows, all sums in a loop.
// For R rows by V vectors, each in C chains of sums, a step costs, in cycles (of a machine with two FMA
// and two loads a cycle, and FMAs of 4 cycles):  max(R V / 2, (vector loads + broadcasts) / 2, 4 / C)
// and a tile about 10 + 1.5 R V more to start, finish and store. Every tile that fits the registers
// is priced over the whole nest, remainders included, and the cheapest is taken. The lanes may run along
// the results, along a sum (dot products), or across the results, for which each lane costs its own store.
#include "plan/plan.h"
#include "../runtime/abi.h"

enum { MAX_CHAINS = 8 };

bool tile_lanes(const Tile *t, int axis) {
    return axis && axis == t->lane;
}

int64_t plan_vectors(const Plan *p, int64_t floats) {
    return (floats + p->target.vector - 1) / p->target.vector;
}

bool tile_dots(const Nest *n, const Tile *t) {
    return t->lane && n->role[t->lane] == A_SUM;
}

bool tile_across(const Nest *n, const Tile *t) {
    return t->lane && n->out >= 0 && n->op[n->out].stride[t->lane] > 1;
}

// Steps of the sum: a vector at a time along the lanes.
static int64_t sum_length(const Plan *p, const Nest *n, const Tile *t) {
    int64_t k = 1;
    for (int a = 0; a < n->naxis; a++)
        if (n->role[a] == A_SUM)
            k *= tile_lanes(t, a) ? plan_vectors(p, n->extent[a]) : n->extent[a];
    return k;
}

// Have the tile's sums, its vectors and one broadcast a register each? Else every row loads the vectors anew.
static bool in_registers(const Target *m, const Tile *t, int64_t rows, int vectors) {
    int64_t held = rows * vectors * t->chains + vectors + 1;
    return !m->registers || rows == 1 || held <= m->registers;
}

static double tile_cycles(const Plan *p, const Nest *n, const Tile *t, int64_t r0, int64_t r1,
                          int vectors, int64_t sum) {
    const Target *m = &p->target;
    double fma = (double)(r0 * r1 * vectors) / m->fmas, load = 0;
    for (int k = 0; k < n->nin; k++) {
        const int64_t *stride = n->op[k].stride;
        int64_t rows = 1;
        if (t->axis[0] >= 0 && stride[t->axis[0]]) rows *= r0;
        if (t->axis[1] >= 0 && stride[t->axis[1]]) rows *= r1;
        load += (double)(rows * (stride[t->lane] ? vectors : 1)) / m->loads;
    }
    if (t->lane && !in_registers(m, t, r0 * r1, vectors))
        load = (double)(r0 * r1 * (vectors + 1)) / m->loads;
    double step = fma > load ? fma : load, latency = (double)m->latency / t->chains;
    if (step < latency) step = latency;
    double one_by_one = tile_dots(n, t)     ? 4
                        : tile_across(n, t) ? 2 * m->vector
                                            : 0; // of each vector's lanes
    double leaves =
        n->tree ? (double)n->extent[0] / CNN_LEAF : 0; // each is added to what waits, or waits
    if (n->sum) step += fma * expr_flops(n->sum);
    return step * (double)sum + 10 + (2 + t->chains + 2 * one_by_one + 3 * leaves) * fma;
}

// Whole tiles and the remainder along both row axes.
static double rows_cycles(const Plan *p, const Nest *n, const Tile *t, int vectors, int64_t sum) {
    double cycles = 0;
    int64_t e[2], full[2], rest[2];
    for (int i = 0; i < 2; i++) {
        e[i] = t->axis[i] >= 0 ? n->extent[t->axis[i]] : 1;
        full[i] = e[i] / t->rows[i];
        rest[i] = e[i] % t->rows[i];
        if (t->axis[i] == n->range && rest[i]) { // run-time extents end one by one
            full[i] += rest[i] - 1;
            rest[i] = 1;
        }
    }
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            int64_t times = (i ? rest[0] != 0 : full[0]) * (j ? rest[1] != 0 : full[1]);
            if (times)
                cycles += (double)times * tile_cycles(p, n, t, i ? rest[0] : t->rows[0],
                                                      j ? rest[1] : t->rows[1], vectors, sum);
        }
    return cycles;
}

static double nest_cycles(const Plan *p, const Nest *n, const Tile *t, int64_t sum) {
    int64_t lanes = t->lane && !tile_dots(n, t) ? n->extent[t->lane] : 1;
    int64_t vectors = plan_vectors(p, lanes),
            outer = 1; // without lanes one float is a vector
    for (int a = 0; a < n->naxis; a++)
        if (n->role[a] == A_OUT && !tile_lanes(t, a) && a != t->axis[0] && a != t->axis[1])
            outer *= n->extent[a];
    int64_t groups = vectors / t->vectors;
    double cycles = (double)groups * rows_cycles(p, n, t, t->vectors, sum);
    if (vectors % t->vectors) cycles += rows_cycles(p, n, t, (int)(vectors % t->vectors), sum);
    return cycles * (double)outer;
}

int plan_lane(const Nest *n, bool gather) {
    int out = n->out >= 0 ? n->out : n->pooled >= 0 ? n->pooled : n->stage[n->nstage - 1].out;
    for (int a = n->naxis - 1; a >= 1; a--) {
        bool fits = n->role[a] == A_OUT && n->op[out].stride[a] == n->op[out].scale;
        for (int k = 0; k < n->nop; k++) {
            bool written = k == n->out || k == n->pooled || k == n->argmax;
            for (int i = 0; i < n->nstage; i++) written |= n->stage[i].out == k;
            bool easy = n->op[k].stride[a] == 0 || n->op[k].stride[a] == n->op[k].scale;
            if (!easy && (written || !gather)) fits = false;
        }
        if (fits) return a;
    }
    return 0;
}

// The innermost axis of the sums, where both factors are contiguous along it: a dot product. Else 0.
static int dot_lane(const Plan *p, const Nest *n) {
    int a = n->naxis - 1;
    while (a >= 1 && n->role[a] != A_SUM) a--;
    if (a < 1 || n->nin != 2 || n->pool[0]) return 0;
    if (n->extent[a] % p->target.vector && !p->target.masks) return 0;
    return n->op[0].stride[a] == 1 && n->op[1].stride[a] == 1 ? a : 0;
}

// An axis along which factors are contiguous and results are not, worth it where the axis that results
// are contiguous along is short and the sum long. Else 0.
static int across_lane(const Nest *n, int lane) {
    if (n->nin != 2 || n->out < 0 || n->add || n->nstage) return 0;
    for (int a = n->naxis - 1; a >= 1; a--) {
        bool fits = a != lane && n->role[a] == A_OUT && n->op[n->out].stride[a] > 1;
        for (int k = 0; k < n->nin; k++) fits &= n->op[k].stride[a] == 0 || n->op[k].stride[a] == 1;
        if (fits) return a;
    }
    return 0;
}

// Few accumulators wait for each other: then each is split in chains, as far as the innermost sum and
// the registers go; in t.chains where they are given.
static void try_chains(const Plan *p, const Nest *n, Tile t, Tile *best) {
    int64_t sum = sum_length(p, n, &t), innermost = 1, held = t.rows[0] * t.rows[1] * t.vectors;
    int given = t.chains;
    for (int a = 1; a < n->naxis; a++)
        if (n->role[a] == A_SUM)
            innermost = tile_lanes(&t, a) ? plan_vectors(p, n->extent[a]) : n->extent[a];
    for (t.chains = 1; t.chains <= MAX_CHAINS; t.chains *= 2) {
        bool fits = held * t.chains <= p->target.accumulators && 2 * t.chains <= innermost;
        if (t.chains > 1 && !fits) break;
        if (given && t.chains != given) continue;
        t.cycles = nest_cycles(p, n, &t, sum);
        if (best->cycles == 0 || t.cycles < best->cycles) *best = t;
    }
}

// Candidates for one shape of rows: as many rows as the registers hold. Without rows more vectors at a
// time, so that what is loaded is walked as it lies.
static void try_rows(const Plan *p, const Nest *n, Tile t, Tile *best) {
    int64_t e0 = t.axis[0] >= 0 ? n->extent[t.axis[0]] : 1;
    int64_t e1 = t.axis[1] >= 0 ? n->extent[t.axis[1]] : 1;
    int most = !t.lane || tile_dots(n, &t) ? 1 : t.axis[0] < 0 ? 8 : 4;
    for (int v = 1; v <= most; v++)
        for (int64_t r1 = 1; r1 <= e1 && r1 * v <= p->target.accumulators; r1++)
            for (int64_t r0 = 1; r0 <= e0 && r0 * r1 * v <= p->target.accumulators; r0++) {
                if (n->pool[0] && (r0 % n->pool[0] || r1 % n->pool[1])) continue;
                t.vectors = v;
                t.rows[0] = r0;
                t.rows[1] = r1;
                try_chains(p, n, t, best);
            }
}

// Rows along an axis pay where some input does not vary along it: one load then serves them all.
static bool reuses(const Nest *n, int a) {
    if (n->role[a] != A_OUT || (a == 0 && n->extent[0] == 1)) return false;
    bool constant = n->nin == 1;
    for (int k = 0; k < n->nin; k++) constant |= n->op[k].stride[a] == 0;
    return constant;
}

static bool scatters(const Nest *n) {
    return n->clear && n->add;
}

// All ways to lay rows around the lanes of t. Where they scatter, one axis keeps them apart in the output.
static void try_lane(const Plan *p, const Nest *n, Tile t, Tile *best) {
    try_rows(p, n, t, best);
    for (int a = 0; a < n->naxis; a++) {
        if (tile_lanes(&t, a) || !reuses(n, a)) continue;
        t.axis[0] = a;
        t.axis[1] = -1;
        try_rows(p, n, t, best);
        for (int b = a + 1; b < n->naxis && !scatters(n); b++) {
            if (tile_lanes(&t, b) || n->range == b || !reuses(n, b)) continue;
            t.axis[1] = b;
            try_rows(p, n, t, best);
        }
    }
}

static Tile cheapest(const Plan *p, const Nest *n, const Tile *like) {
    Tile best = {.axis = {-1, -1}, .rows = {1, 1}, .vectors = 1, .chains = 1}, t = best;
    t.chains = like ? like->chains : 0;
    t.lane = best.lane = plan_lane(n, false);
    if (n->pool[0]) { // whole windows in the tile
        t.axis[0] = 1;
        t.axis[1] = n->pools > 1 ? 2 : -1;
        try_rows(p, n, t, &best);
        return best;
    }
    const int lane[3] = {best.lane, dot_lane(p, n), across_lane(n, best.lane)};
    for (int i = 0; i < 3; i++) {
        t.lane = lane[i];
        if (like ? t.lane == like->lane : t.lane || i == 0) try_lane(p, n, t, &best);
    }
    return best;
}

// Floats of an input that the tile's lanes, or all of that axis, meet in a sum.
static int64_t summed_floats(const Nest *n, const Operand *o, int lane, int64_t lanes) {
    for (int a = 0; a < n->naxis; a++)
        if (n->role[a] == A_SUM && o->stride[a]) lanes *= n->extent[a];
    return o->stride[lane] ? lanes : 0;
}

// Weights that the nearest cache holds a tile's lanes of, but not all: another axis along which they stay the same goes
// round inside the lanes, so that these few are near for all of it. No sum changes.
static void keep_lanes_near(const Plan *p, const Nest *n, Tile *t) {
    int64_t lanes = (int64_t)t->vectors * p->target.vector;
    if (!t->lane || tile_dots(n, t) || t->axis[0] < 0 || t->axis[1] >= 0 || scatters(n)) return;
    for (int k = 0; k < n->nin && t->axis[1] < 0; k++) {
        const Operand *o = &n->op[k];
        int64_t all = summed_floats(n, o, t->lane, n->extent[t->lane]);
        bool near = 4 * summed_floats(n, o, t->lane, lanes) <= p->target.l1;
        if (o->stride[t->axis[0]] || 4 * all <= p->target.l1 || !near) continue;
        for (int a = 1; a < n->naxis && t->axis[1] < 0; a++)
            if (n->role[a] == A_OUT && !o->stride[a] && a != t->axis[0] && a != n->range)
                t->axis[1] = a;
    }
}

Tile plan_tile(const Plan *p, const Nest *n, int64_t samples, const Tile *like) {
    Nest counted = *n;
    // What scatters adds in the order of its tiles: inference of one sample has that of many.
    if (p->step->mode != STEP_TRAIN && scatters(n)) samples = 1;
    if (n->extent[0] == -1) counted.extent[0] = samples;
    Tile best = cheapest(p, &counted, like);
    keep_lanes_near(p, &counted, &best);
    if (n->extent[0] == -1 && n->role[0] == A_OUT) best.cycles /= (double)samples;
    return best;
}

Tile kernel_tile_for(const Plan *p, const Kernel *k, int64_t samples, const Tile *like) {
    bool own = k->variant && k->variant->tile;
    return (own ? k->variant->tile : plan_tile)(p, &k->nest, samples, like);
}

TileCut plan_tile_cut(const Plan *p, const Nest *n, const Tile *t) {
    enum { MANY = 16 }; // the outermost axis will do that has so many, else the longest
    TileCut cut = {0, 1};
    if (n->clear || n->range) return cut;
    for (int a = 1; a < n->naxis && cut.pieces < MANY; a++) {
        bool inside = n->role[a] == A_SUM || a == t->lane || a == t->axis[0] || a == t->axis[1];
        if (!inside && n->extent[a] > cut.pieces) cut = (TileCut){a, n->extent[a]};
    }
    bool lanes = !cut.axis && t->lane && !tile_dots(n, t);
    if (lanes) cut.pieces = n->extent[t->lane] / ((int64_t)p->target.vector * t->vectors);
    return cut;
}

int plan_turned(const Plan *p, const Nest *n, int lane) {
    enum { LEAST = 4 }; // lanes: fewer are not worth turning
    int width = p->target.vector;
    if (n->nin != 1 || n->nop != 2 || n->out != 1 || n->nstage || n->add || n->extent[0] != 1)
        return 0;
    for (int a = 1; a < n->naxis; a++)
        if (n->role[a] != A_OUT) return 0;
    const Operand *from = &n->op[0], *to = &n->op[n->out];
    bool floats =
        p->step->tensor[from->tensor].type == T_F32 && p->step->tensor[to->tensor].type == T_F32;
    if (!floats || lane <= 0 || to->stride[lane] != 1 || from->stride[lane] == 1) return 0;
    if (width < LEAST || n->extent[lane] < width) return 0;
    for (int a = 1; a < n->naxis; a++)
        if (a != lane && from->stride[a] == 1 && n->extent[a] >= width / 2) return a;
    return 0;
}

Tile plan_lanes(const Nest *n) {
    int flops = 0;
    for (int i = 0; i < n->nstage; i++) flops += expr_flops(n->stage[i].expr);
    int vectors = flops > 16 ? 1 : 4; // long expressions keep the units busy on their own
    return (Tile){.lane = plan_lane(n, true),
                  .axis = {-1, -1},
                  .rows = {1, 1},
                  .vectors = vectors,
                  .chains = 1};
}

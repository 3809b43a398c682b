// SPDX-License-Identifier: MIT
// The depthwise family: which convolutions it takes, its register tiles and their price.
#include "kernels/depthwise/depthwise.h"
#include "kernels/kernels.h"
#include "step/problem.h"

// Registers for taps and sums: a quarter more than sums alone may fill, for nothing else is held but the
// value at hand.
int64_t depthwise_registers(const Plan *p) {
    return p->target.accumulators + p->target.accumulators / 4;
}

static int64_t extent(const Nest *n, int axis) {
    return axis < 0 ? 1 : n->extent[axis];
}

Places depthwise_places(const Nest *n, int lane) {
    Places at = {{-1, -1}, {-1, -1}};
    for (int a = 1; a < n->naxis; a++) {
        int *of = n->role[a] == A_SUM ? at.tap : at.place;
        if (n->role[a] == A_OUT && a == lane) continue;
        of[0] = of[1];
        of[1] = a;
    }
    return at;
}

bool depthwise_whole(const Plan *p, const Nest *n, const Places *at) {
    return extent(n, at->tap[0]) * extent(n, at->tap[1]) <= depthwise_registers(p) / 2;
}

// So many of `extent` a tile that the last tile is about as long as the others.
static int64_t balanced(int64_t extent, int64_t most) {
    int64_t tiles = (extent + most - 1) / most;
    return (extent + tiles - 1) / tiles;
}

static int64_t tiles(int64_t extent, int64_t rows) {
    return (extent + rows - 1) / rows;
}

// Values of the input that a tile reads for the taps in registers.
static double loaded(const Nest *n, const Places *at, const int64_t *rows, bool whole) {
    double values = 1;
    for (int d = 0; d < 2; d++) {
        int64_t taps = d == 1 || whole ? extent(n, at->tap[d]) : 1, all = rows[d] * taps;
        int64_t place = at->place[d] < 0 ? 0 : n->op[0].stride[at->place[d]];
        int64_t tap = at->tap[d] < 0 ? 0 : n->op[0].stride[at->tap[d]];
        int64_t step = tap < 0 ? -tap : tap;
        if (step && place % step == 0 && rows[d] > 1) { // neighbours share what lies between them
            int64_t apart = place / step < taps ? place / step : taps;
            all = (rows[d] - 1) * apart + taps;
        }
        values *= (double)all;
    }
    return values;
}

static Tile tile(const Plan *p, const Nest *n, int64_t samples, const Tile *like) {
    (void)samples, (void)like; // no sum over samples
    const Target *m = &p->target;
    Tile t = {
        .lane = plan_lane(n, false), .vectors = 1, .chains = 1}; // never along a sum, nor across
    Places at = depthwise_places(n, t.lane);
    bool whole = depthwise_whole(p, n, &at);
    int64_t held = extent(n, at.tap[1]) * (whole ? extent(n, at.tap[0]) : 1);
    int64_t most = depthwise_registers(p) - held - 1,
            e[2] = {extent(n, at.place[0]), extent(n, at.place[1])};
    if (most < 1) most = 1;
    t.rows[1] = balanced(e[1], most);
    t.rows[0] = balanced(e[0], most / t.rows[1] > 0 ? most / t.rows[1] : 1);
    for (int d = 0; d < 2; d++) t.axis[d] = at.place[d];
    double rows = (double)(t.rows[0] * t.rows[1]), taps = (double)held;
    double times = whole ? 1 : (double)extent(n, at.tap[0]);
    double fma = rows * taps / m->fmas, load = (loaded(n, &at, t.rows, whole) + taps) / m->loads;
    // The next tile's products start while this one's sums are stored.
    double cycles = times * (fma > load ? fma : load) + 4 + rows;
    double lanes = t.lane ? (double)plan_vectors(p, n->extent[t.lane]) : 1;
    t.cycles = cycles * (double)(tiles(e[0], t.rows[0]) * tiles(e[1], t.rows[1])) * lanes;
    return t;
}

// Each channel of its own, and the taps of a row in registers.
static bool match(const Plan *p, int root, Kernel *k) {
    const Node *n = p->step->node[root];
    const Problem *q = n->problem;
    if (!q || n->row || q->solve != SOLVE_Y || !q->group || q->in || q->out) return false;
    int last = q->dim[q->space - 1].tap;
    if (last && axis_extent(n, last) > depthwise_registers(p) / 2) return false;
    kernel_join_maps(p, root, k);
    return true;
}

static double cost(const Plan *p, const Kernel *k) {
    (void)p;
    return k->tile.cycles;
}

static const Variant row_depthwise = {.name = "depthwise",
                                      .why = "taps in registers, the input loaded once for a tile",
                                      .family = &family_depthwise,
                                      .match = match,
                                      .tile = tile,
                                      .cost = cost,
                                      .emit = emit_depthwise};

static bool match_dx(const Plan *p, int root, Kernel *k) {
    const Node *n = p->step->node[root];
    Steps along[2];
    depthwise_steps(p, n, along);
    k->flops = 2 * (double)axis_extent(n, n->problem->group);
    for (int d = 0; d < 2; d++)
        k->flops *= (double)((along[d].hi - along[d].lo) * along[d].taps) / (double)along[d].stride;
    kernel_join_maps(p, root, k);
    k->flops += kernel_flops(p, k, 1);
    return true;
}

static double cost_dx(const Plan *p, const Kernel *k) {
    return prices_of(p->step->node[k->node[0]]->prices, k->variant);
}

const Variant row_depthwise_dx = {.name = "depthwise-dx",
                                  .why = "each element of dX once, from the places it was read for",
                                  .family = &family_depthwise,
                                  .rewrites = true,
                                  .gathers = true,
                                  .match = match_dx,
                                  .cost = cost_dx,
                                  .emit = emit_depthwise_dx};

static const Variant *const rows[] = {&row_depthwise, &row_depthwise_dx, NULL};
static const PlanPass scattering[] = {{"depthwise", depthwise_select, true}, {NULL, NULL, false}};
const Family family_depthwise = {.row = rows, .scattering = scattering};

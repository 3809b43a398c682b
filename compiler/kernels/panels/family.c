// SPDX-License-Identifier: MIT
// The family of panels: its rows, and the sizes of their blocks.
#include "kernels/panels/panels.h"
#include "kernels/generic/generic.h"
#include "kernels/kernels.h"

// The register tile is as high as wide panels allow: weights are loaded once for its rows. A panel takes a
// part of the nearest cache that leaves room for the rows' factors.
Panel panels_of(const Target *t) {
    enum { SAMPLES = 128, PANELS = 4 };
    Panel q = {.vectors = t->accumulators >= 16 ? 4 : 2};
    q.rows = t->accumulators / q.vectors;
    q.depth = t->l1 / (4 * q.vectors * t->vector);
    q.depth -= q.depth % t->vector;
    q.samples = (SAMPLES + q.rows - 1) / q.rows * q.rows;
    q.strip = PANELS * q.vectors * t->vector;
    return q;
}

int64_t panel_unit(const Panel *q) {
    return 8 * q->rows;
}

static bool touches_the_callers(const Step *s, const Node *n) {
    bool any = owner_external(s->tensor[n->out[0].tensor].owner);
    for (int i = 0; i < n->nin; i++) any |= owner_external(s->tensor[n->in[i].tensor].owner);
    return any;
}

// The caller's memory is there for leaves only: what reads or writes it goes by itself, and what follows.
static void stay_inside(const Step *s, Kernel *k) {
    for (int i = 1; i < k->nnode; i++)
        if (touches_the_callers(s, s->node[k->node[i]])) k->nnode = i;
}

static bool match(const Plan *p, int root, Kernel *k) {
    const Step *s = p->step;
    Panel q = panels_of(&p->target);
    kernel_join_maps(p, root, k);
    if (s->mode == STEP_TRAIN) stay_inside(s, k);
    k->unit = q.vectors * p->target.vector;
    k->flops = kernel_flops(p, k, 0);
    return true;
}

// A gradient's: rows in the tile's rows, and what has its columns in the lanes.
static Tile tile_dw(const Plan *p, const Node *n) {
    Panel q = panels_of(&p->target);
    int row = access_axis(n, &n->out[0], 0), column = access_axis(n, &n->out[0], 1);
    return (Tile){
        .lane = column, .axis = {row, -1}, .rows = {q.rows, 1}, .vectors = q.vectors, .chains = 1};
}

static bool match_dw(const Plan *p, int root, Kernel *k) {
    const Node *n = p->step->node[root];
    Panel q = panels_of(&p->target);
    k->tile = tile_dw(p, n);
    k->unit = panel_unit(&q);
    int update = plan_update(p, root);
    if (update >= 0) kernel_takes(k, update);
    k->flops = kernel_flops(p, k, 0);
    return true;
}

static double cost(const Plan *p, const Kernel *k) {
    return prices_of(p->step->node[k->node[0]]->prices, k->variant);
}

static double work_dw(const Plan *p, const Kernel *k) {
    return cost(p, k) + work_update(p, k);
}

const Variant row_panels = {.name = "panels",
                            .why = "weights read once for the whole batch",
                            .family = &family_panels,
                            .rewrites = true,
                            .by_unit = true,
                            .match = match,
                            .cost = cost,
                            .emit = emit_panels};

const Variant row_panels_dw = {.name = "panels-dw",
                               .why = "both factors in the caches",
                               .family = &family_panels,
                               .rewrites = true,
                               .updates = true,
                               .match = match_dw,
                               .cost = cost,
                               .work = work_dw,
                               .emit = emit_panels_dw};

static const Variant *const rows[] = {&row_panels, &row_panels_dw, NULL};
static const PlanPass gathered[] = {{"panels", panels_select, true}, {NULL, NULL, false}};
const Family family_panels = {.row = rows, .gathered = gathered};

// SPDX-License-Identifier: MIT
// The Winograd family: its rows, their prices, when it rewrites the Step and what that is called.
#include "kernels/kernels.h"
#include "kernels/winograd/family.h"

static double transform_flops(const Plan *p, const Kernel *k, double an_element) {
    return an_element * node_points(p->step->node[k->node[0]]) + kernel_flops(p, k, 1);
}

// Tiles that a window has a part of are computed together: are there few enough?
static bool tiles_hold(const Node *tile, const Node *pool) {
    int64_t points = 1;
    for (int d = 0; d < 2; d++)
        points *= winograd_points(tile->window[d], 3, tile->window[2]) *
                  tiles_a_window(tile->window[d], pool->window[d]);
    return points <= WINO_TOGETHER;
}

bool filter_turned(const Node *n) {
    return n->op == X_FILTER && n->in[0].coef[3][1] == 1;
}

// The output's transform, with the pool and the MAPs after it. Where channels are turned, whole vectors of them are.
static bool match_winograd(const Plan *p, int root, Kernel *k) {
    const Node *n = p->step->node[root];
    int pool = n->op == X_OUTPUT ? kernel_pool_behind(p, root) : -1;
    if (pool >= 0 && tiles_hold(n, p->step->node[pool]))
        kernel_join_pool(p, pool, k);
    else if (n->op == X_OUTPUT)
        kernel_join_maps(p, root, k);
    if (filter_turned(n)) k->unit = p->target.vector;
    k->flops = transform_flops(p, k, 10);
    return true;
}

static double cost_products(const Plan *p, const Kernel *k) {
    return k->flops / (2 * p->target.fmas * p->target.vector);
}

// Can a MAP run through columns and channels as one? What varies along the channels varies along both.
static bool runs_on(const Step *s, const Node *map) {
    for (int i = 0; i < map->nin; i++) {
        bool along[2] = {false, false};
        for (int d = 0; d < s->tensor[map->in[i].tensor].rank; d++)
            for (int a = 0; a < 2; a++) along[a] |= map->in[i].coef[d][2 + a] != 0;
        if (along[0] != along[1]) return false;
    }
    return true;
}

// The output of strips, with the MAPs after it; where channels do not fill vectors, one that would end the
// run stays outside.
static bool match_strips(const Plan *p, int root, Kernel *k) {
    const Node *n = p->step->node[root];
    if (n->op == X_OUTPUT) kernel_join_maps(p, root, k);
    bool fill = n->axis[3].span.hi % p->target.vector == 0;
    for (int i = 1; i < k->nnode && !fill; i++)
        if (!runs_on(p->step, p->step->node[k->node[i]])) k->nnode = i;
    k->flops = transform_flops(p, k, 5);
    return true;
}

// The products of strips at the points, their way back and the max-pool; or, at first, the kernel's way.
static bool match_strips_pool(const Plan *p, int root, Kernel *k) {
    const Step *s = p->step;
    const Node *n = s->node[root];
    if (n->kind == P_TRANSFORM) return match_strips(p, root, k);
    kernel_join_pool(p, plan_max_pool(s, n), k);
    const int64_t *window = s->node[k->node[1]]->window;
    const Tensor *v = &s->tensor[n->in[0].tensor], *u = &s->tensor[n->in[1].tensor];
    int64_t points = v->dim[0], held = points * u->dim[1] * u->dim[2];
    k->tile.vectors = 1;
    k->tile.rows[0] = window[0];
    k->tile.rows[1] = window[1] * strip_windows(p, points * window[1], held);
    double rows = (double)points / (double)window[0], taps = (double)(points - window[0] + 1);
    for (int i = 0; i < k->nnode; i++) {
        const Node *m = s->node[k->node[i]];
        k->flops += node_flops(m, node_points(m)) * (i ? 1 : rows / taps);
    }
    return true;
}

static double cost_winograd(const Plan *p, const Kernel *k) {
    return k->flops / (p->target.fmas * p->target.vector);
}

static double cost_strips_pool(const Plan *p, const Kernel *k) {
    return (k->nnode > 1 ? cost_products : cost_winograd)(p, k);
}

// Along channels.
static int64_t pieces_tiles(const Plan *p, const Kernel *k) {
    return plan_lines(p, k->nest.extent[3]);
}

// Strip by strip.
static int64_t pieces_strips(const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    if (n->kind == P_TRANSFORM) return k->nest.extent[1];
    return p->step->tensor[n->in[0].tensor].dim[1];
}

// Products; each column's way back from the points; of each window the maximum. Half of what is added and compared
// finds a unit of its own, if there are some.
static double work_strips_pool(const Plan *p, const Kernel *k) {
    enum {
        BACK = 5,
        CHOOSE = 4
    }; // operations of a column's rows, and by which an element may become the maximum
    if (k->nnode == 1) return cost_winograd(p, k);
    const Nest *n = &k->nest;
    const Tensor *u = &p->step->tensor[n->op[1].tensor];
    double columns = (double)(n->extent[1] * n->extent[2]) / (double)n->pool[0];
    double products = (double)(u->dim[0] * u->dim[1] * u->dim[2]);
    double vectors = (double)plan_vectors(p, n->extent[3]);
    double operations = products + BACK + (double)n->pool[0] * CHOOSE;
    const Target *t = &p->target;
    return columns * vectors * operations / (t->fmas + t->adders / 2.0);
}

const Variant row_winograd = {.name = "winograd",
                              .why = "3x3 at stride 1 or 2",
                              .larger = true,
                              .family = &family_winograd,
                              .rewrites = true,
                              .match = match_winograd,
                              .cost = cost_winograd,
                              .pieces = pieces_tiles,
                              .emit = emit_winograd};
const Variant row_winograd_dw = {.name = "winograd-dw",
                                 .why = "3x3 at stride 1, sums at the points",
                                 .family = &family_winograd,
                                 .rewrites = true,
                                 .match = match_winograd,
                                 .cost = cost_winograd,
                                 .pieces = pieces_tiles,
                                 .emit = emit_winograd};
const Variant row_strips = {.name = "winograd-rows",
                            .why = "rows at stride 1, few channels",
                            .larger = true,
                            .family = &family_winograd,
                            .rewrites = true,
                            .match = match_strips,
                            .cost = cost_winograd,
                            .pieces = pieces_strips,
                            .emit = emit_strips};
const Variant row_strips_dw = {.name = "winograd-rows-dw",
                               .why = "rows at stride 1, sums at the points",
                               .family = &family_winograd,
                               .rewrites = true,
                               .match = match_strips,
                               .cost = cost_winograd,
                               .pieces = pieces_strips,
                               .emit = emit_strips};
const Variant row_strips_pool = {.name = "winograd-rows-pool",
                                 .why = "rows at stride 1, few channels, no tensor up to the pool",
                                 .larger = true,
                                 .family = &family_winograd,
                                 .rewrites = true,
                                 .match = match_strips_pool,
                                 .cost = cost_strips_pool,
                                 .work = work_strips_pool,
                                 .pieces = pieces_strips,
                                 .emit = emit_strips_pool};

// --- what the plan and those who read it ask ---

// Of what is at the points a vector of each plane is at hand at a time.
static bool walks_across(const Node *n, bool written) {
    return n->kind == P_TRANSFORM && transform_to_points(n) == written;
}

static const char *part_of(Arena *a, const Node *n) {
    static const char *const part[] = {"the kernel at the points",
                                       "the input at the points",
                                       "the output from the points",
                                       "the output's gradient at the points",
                                       "the kernel's gradient from the points",
                                       "the input's gradient from the points"};
    if (n->axis[n->naxis - 2].role != A_SUM) // along the rows alone
        return arena_printf(a, "%s of strips of %lld rows", part[n->op], (long long)n->window[0]);
    return arena_printf(a, "%s of %lldx%lld tiles", part[n->op], (long long)n->window[0],
                        (long long)n->window[1]);
}

static const Variant *const rows[] = {&row_winograd,  &row_winograd_dw, &row_strips,
                                      &row_strips_dw, &row_strips_pool, NULL};
static const PlanPass gathered[] = {
    {"winograd", winograd_tiles, true}, {"strips", winograd_strips, true}, {NULL, NULL, false}};
const Family family_winograd = {
    .row = rows, .gathered = gathered, .walks_across = walks_across, .part_of = part_of};

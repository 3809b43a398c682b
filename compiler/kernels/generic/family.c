// SPDX-License-Identifier: MIT
// The generic family: a tiler for every affine nest, and what it takes on of a pool or a loss after it.
#include "kernels/generic/generic.h"
#include "kernels/kernels.h"

static bool joins_maps(const Node *n) {
    return n->kind == P_CONTRACT || n->kind == P_MAP ||
           (n->kind == P_WINDOW && (n->op == W_MAX || n->op == W_AVG));
}

// The root and the MAPs after it, or the update, that can be computed while its values are in registers.
static bool match_plain(const Plan *p, int root, Kernel *k) {
    const Step *s = p->step;
    int update = plan_update(p, root);
    if (joins_maps(s->node[root]) && s->node[root]->samples) kernel_join_maps(p, root, k);
    if (update >= 0) kernel_takes(k, update);
    return true;
}

static double cost_plain(const Plan *p, const Kernel *k) {
    (void)p;
    return k->tile.lane || k->tile.cycles ? k->tile.cycles : k->flops;
}

// Windows are cut along their channels, nests where their tiles are.
static int64_t pieces_plain(const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    if (k->nest.clear) return 0;
    if (n->kind == P_WINDOW) return plan_lines(p, k->nest.extent[1 + step_inner(n)]);
    bool nest = n->kind == P_CONTRACT || n->kind == P_MAP || n->kind == P_VIEW;
    return nest ? plan_tile_cut(p, &k->nest, &k->tile).pieces : 0;
}

static bool match_conv_pool(const Plan *p, int root, Kernel *k) {
    int pool = kernel_pool_behind(p, root);
    if (pool < 0) return false;
    kernel_join_pool(p, pool, k);
    return true;
}

// What the pool on its own would store and load again is saved.
static double cost_conv_pool(const Plan *p, const Kernel *k) {
    double elements = 1;
    for (int a = 1; a <= k->nest.pools + 1; a++) elements *= (double)k->nest.extent[a];
    return k->tile.cycles - 3 * elements / p->target.vector;
}

// Dense (one row of outputs a sample) with what follows it up to the loss.
static bool match_dense_loss(const Plan *p, int root, Kernel *k) {
    const Step *s = p->step;
    const Node *n = s->node[root];
    if (n->kind != P_CONTRACT || !n->nout || s->tensor[n->out[0].tensor].rank != 1) return false;
    match_plain(p, root, k);
    int last = s->node[k->node[k->nnode - 1]]->out[0].tensor;
    for (int i = 0, readers = step_readers(s, last); i < readers; i++) {
        int reader = step_reader(s, last, i);
        const Node *r = s->node[reader]; // with a third input, that is yet to come
        if (reader <= root || r->kind != P_LOSS || r->in[0].tensor != last || r->nin != 2 ||
            p->phase_of[reader] != k->phase)
            continue;
        kernel_takes(k, reader);
        return true;
    }
    return false;
}

static double cost_dense_loss(const Plan *p, const Kernel *k) {
    return cost_plain(p, k) - 1; // one call less than dense and loss on their own
}

const Variant row_plain = {.name = "plain",
                           .why = "any affine nest",
                           .family = &family_generic,
                           .match = match_plain,
                           .cost = cost_plain,
                           .work = work_generic,
                           .pieces = pieces_plain,
                           .emit = emit_plain};
static const Variant conv_pool = {.name = "conv-pool",
                                  .why = "no tensor between convolution and pool",
                                  .family = &family_generic,
                                  .match = match_conv_pool,
                                  .cost = cost_conv_pool,
                                  .work = work_generic,
                                  .pieces = pieces_plain,
                                  .emit = emit_plain};
static const Variant dense_loss = {.name = "dense-loss",
                                   .why = "the logits stay in the cache",
                                   .family = &family_generic,
                                   .match = match_dense_loss,
                                   .cost = cost_dense_loss,
                                   .work = work_generic,
                                   .emit = emit_dense_loss};

static const Variant *const rows[] = {&row_plain, &conv_pool, &dense_loss, NULL};
const Family family_generic = {.row = rows};

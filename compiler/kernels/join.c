// SPDX-License-Identifier: MIT
// See kernels.h.
#include "kernels/kernels.h"
#include "kernels/winograd/winograd.h"
#include "support/limit.h"

// A MAP on accumulators is emitted once for each of them: what takes more than a few instructions
// (tanh, exp) is left to a kernel of its own, which is short and reads from the nearest cache.
static bool worth_joining(const Step *s, const Kernel *k, const Node *map) {
    enum { FEW = 8 };
    return s->node[k->node[0]]->kind == P_MAP || expr_flops(map->expr[0]) <= FEW;
}

void kernel_takes(Kernel *k, int node) {
    k->node[ROOM(k->nnode++, MAX_GROUP, "nodes of a kernel")] = node;
}

// The first node after `after` that reads the group's result and may join it, or -1.
static int joining(const Plan *p, const Kernel *k, int after) {
    const Step *s = p->step;
    int y = s->node[k->node[k->nnode - 1]]->out[0].tensor;
    for (int i = 0, n = step_readers(s, y); i < n; i++) {
        int reader = step_reader(s, y, i);
        if (reader > after && follows(p, k, reader) && worth_joining(s, k, s->node[reader]))
            return reader;
    }
    return -1;
}

void kernel_join_maps(const Plan *p, int root, Kernel *k) {
    for (int j = root; k->nnode < MAX_STAGE - 1 && (j = joining(p, k, j)) >= 0;) kernel_takes(k, j);
}

int kernel_pool_behind(const Plan *p, int root) {
    int pool = plan_max_pool(p->step, p->step->node[root]);
    if (pool < 0 || p->phase_of[pool] != p->phase_of[root]) return -1;
    return step_positions(p->step->node[pool]) <= p->target.accumulators ? pool : -1;
}

void kernel_join_pool(const Plan *p, int pool, Kernel *k) {
    kernel_takes(k, pool);
    kernel_join_maps(p, pool, k);
}

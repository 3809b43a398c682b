// SPDX-License-Identifier: MIT
// Leaves: how many samples a thread takes together, into sums of its own. In small leaves a small batch has work for
// more threads. But each leaf clears its sums and adds them to another's, in memory or, of a gradient that is computed
// once a step, in registers; and kernels read weights for fewer samples:
//
//     cycles of a sample in leaves of n = those of its kernels, in chains of up to n
//                                         + (clear and add up sums, foresee no loop's end) / n
//
// A batch is cut in the largest leaves of which there are CORES, but in none in which a sample takes over 1/16 longer
// than in those of CNN_LEAF, as estimated. What batches there will be is known when the program runs: so the plan says
// from how many samples on a batch has leaves of how many. Threads and ranks, which may change from run to run, have
// no say.
//   requires: kernels        sets: Plan.leaf, .leaf_from
#include "plan/cycles.h"
#include "../runtime/engine/core.h"

enum { CORES = 8 };

static double bytes_of_sums(const Plan *p) {
    double bytes = 0;
    for (int i = 0; i < p->step->ntensor; i++) {
        const Tensor *t = &p->step->tensor[i];
        if (t->owner == O_LEAF && t->alias < 0) bytes += (double)t->bytes;
    }
    return bytes;
}

// A sum of vectors in registers is added to what waits, or waits: a load, an addition, a store.
static double cycles_of_tree(const Plan *p, const Nest *n) {
    double floats = 1;
    for (int a = 1; a < n->naxis; a++)
        if (n->role[a] == A_OUT) floats *= (double)n->extent[a];
    return 3 * floats / p->target.vector / p->target.fmas;
}

// Sums are cleared, then read beside another leaf's, which are read as well and written. That follows so soon that
// large ones are found in the last cache.
static double cycles_of_sums(const Plan *p) {
    double bytes = bytes_of_sums(p), far = bytes / p->target.l3_bytes;
    return 4 * (bytes > (double)p->target.l2 ? far : target_way(&p->target, bytes));
}

static double cycles_in_leaves(Plan *p, int64_t leaf) {
    p->leaf = (int)leaf;
    double cycles = plan_chain(p), once = cycles_of_sums(p);
    for (int k = 0; k < p->nkernel; k++) {
        const Kernel *own = &p->kernel[k];
        if (kernel_by_leaf(p, own)) {
            once += p->target.mispredict;
        } else if (own->nest.tree) {
            double tree = cycles_of_tree(p, &own->nest);
            cycles += own->tile.cycles / (double)own->block - tree / CNN_LEAF; // priced with that
            once += tree;
        }
    }
    return cycles + once / (double)leaf;
}

static int64_t least_leaf(Plan *p) {
    double most = cycles_in_leaves(p, CNN_LEAF) * 17 / 16;
    int64_t leaf = CNN_LEAF;
    while (leaf > 1 && cycles_in_leaves(p, leaf / 2) <= most) leaf /= 2;
    return leaf;
}

void plan_leaves(Plan *p) {
    if (p->step->mode != STEP_TRAIN) return;
    int64_t asked = p->options.leaf, least = asked ? asked : least_leaf(p);
    for (int i = 0; i < CNN_LEAVES; i++) {
        int64_t leaf = 1 << i, from = asked ? INT64_MAX : CORES * leaf;
        p->leaf_from[i] = leaf <= least ? 0 : from;
    }
    p->leaf = (int)reduce_leaf(p->leaf_from, p->step->model->fit.batch_size);
}

bool plan_has_leaf(const Plan *p, int i) {
    bool larger = i + 1 < CNN_LEAVES && p->leaf_from[i + 1] == 0;
    return !larger && p->leaf_from[i] < INT64_MAX;
}

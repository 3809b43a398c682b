// SPDX-License-Identifier: MIT
// What the processes that share a batch exchange: the sums over samples that a phase leaves. Of a phase over leaves
// that is its part of the leaf's root; of one over units each tensor that a kernel of it has summed over all samples.
// All else of a phase over units is computed of what every process has, or of a process's own samples for these.
//   requires: memory
#include "plan/shared.h"
#include "plan/place.h"
#include "report/describe.h"

// Has the kernel summed over the samples, in a phase over units?
static bool sums_samples(const Plan *p, const Kernel *k) {
    const Node *root = p->step->node[k->node[0]];
    return root->samples && root->axis[0].role == A_SUM;
}

SharedSum *plan_shared(const Plan *p, const PhasePlan *ph, int *n) {
    SharedSum *all = NULL;
    *n = 0;
    if (ph->by_leaf) {
        int64_t floats = (ph->leaf_bytes - place_bytes(ph->leaf_doubles * 8)) / 4;
        SharedSum own = {false, ph->leaf_at, ph->leaf_doubles, floats};
        if (ph->leaf_bytes) ARENA_PUSH(p->arena, all, *n, own);
        return all;
    }
    Touch to[MAX_TOUCH];
    for (int i = ph->first; i < ph->end; i++) {
        const Kernel *k = &p->kernel[i];
        if (!sums_samples(p, k)) continue;
        for (int j = 0, m = kernel_touches(p, k, to); j < m; j++) {
            const Tensor *t = &p->step->tensor[tensor_base(p->step, to[j].tensor)];
            SharedSum sum = {true, t->offset, 0, place_bytes(t->bytes) / 4};
            if (to[j].write && t->owner == O_STEP) ARENA_PUSH(p->arena, all, *n, sum);
        }
    }
    return all;
}

// SPDX-License-Identifier: MIT
// What an object keeps of its weights: which tensors its kernels read as constants, weights and what was computed from
// them beforehand (fold.c), and in how many bits.
//   requires: phases and groups of an inference plan
#include "plan/plan.h"

bool plan_keeps(const Plan *p, int tensor) {
    const Tensor *t = &p->step->tensor[tensor];
    bool constant = t->owner == O_MODEL || t->owner == O_STEP;
    return constant && t->alias < 0 && t->last >= 0 && kernel_by_leaf(p, &p->kernel[t->last]);
}

const Kernel *plan_folded_by(const Plan *p, int tensor) {
    for (int k = 0; k < p->nkernel; k++)
        if (!kernel_by_leaf(p, &p->kernel[k]) &&
            p->step->node[p->kernel[k].node[0]]->out[0].tensor == tensor)
            return &p->kernel[k];
    return NULL;
}

// Weights of two axes or more, as they are, at other places or times a factor. Biases and the like are few; what a
// rewrite transforms takes rounding along, tenfold.
Narrow plan_narrows(const Plan *p, int tensor) {
    const Step *s = p->step;
    if (!p->options.narrow || !plan_keeps(p, tensor) || s->tensor[tensor].rank < 2)
        return NARROW_NONE;
    if (s->tensor[tensor].owner == O_MODEL) return p->options.narrow;
    const Kernel *k = plan_folded_by(p, tensor);
    const Node *n = k ? s->node[k->node[0]] : NULL;
    bool copy = n && (n->kind == P_VIEW || n->kind == P_MAP);
    return copy && s->tensor[n->in[0].tensor].rank > 1 ? p->options.narrow : NARROW_NONE;
}

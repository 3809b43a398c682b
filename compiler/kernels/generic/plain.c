// SPDX-License-Identifier: MIT
// The rows "plain" and "dense-loss" of the table of variants: which emitter carries which primitive.
#include "kernels/generic/generic.h"
#include "kernels/generic/nest.h"

static void plain_window(Builder *ir, const Plan *p, const Kernel *k) {
    int op = p->step->node[k->node[0]]->op;
    (op == W_MAX || op == W_AVG ? emit_window : emit_window_grad)(ir, p, k);
}

static void plain_loss(Builder *ir, const Plan *p, const Kernel *k) {
    emit_loss(ir, p, p->step->node[k->node[0]]);
}

void emit_plain(Builder *ir, const Plan *p, const Kernel *k) {
    static void (*const emit[])(Builder *, const Plan *, const Kernel *) = {
        [P_CONTRACT] = emit_nest, [P_MAP] = emit_nest,      [P_VIEW] = emit_view,
        [P_UPDATE] = emit_nest,   [P_REDUCE] = emit_reduce, [P_WINDOW] = plain_window,
        [P_MASK] = emit_mask,     [P_TABLE] = emit_table,   [P_WARP] = emit_warp,
        [P_LOSS] = plain_loss};
    emit[p->step->node[k->node[0]]->kind](ir, p, k);
}

// The logits of the samples at hand, and at once their loss: they are still in the nearest cache.
void emit_dense_loss(Builder *ir, const Plan *p, const Kernel *k) {
    emit_nest(ir, p, k);
    emit_loss(ir, p, p->step->node[k->node[k->nnode - 1]]);
}

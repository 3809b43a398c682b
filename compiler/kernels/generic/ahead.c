// SPDX-License-Identifier: MIT
// What comes from beyond the second cache, or goes there, so that it is fetched before it is wanted. Of a
// contraction over leaves: weights of which each step of the outermost loop has a part of its own, as those at
// Winograd's points have, while it works on the part before, each tile that goes over these a share of it; and sums
// of a leaf, while what is added to them is made. Of what follows a value: what is kept for the batch, while a value
// before it is made. No prefetcher of a CPU foresees these, since tiles walk through them in short pieces.
#include "kernels/generic/nest.h"

// More than the second cache has, where it has nothing else: what fits costs less as it is. Sums go both ways.
static bool far(const Plan *p, const Nest *n, int op, int ways) {
    int64_t floats = ways;
    for (int a = 1; a < n->naxis; a++) floats *= n->op[op].stride[a] ? n->extent[a] : 1;
    return 4 * floats > 2 * p->target.l2;
}

static bool in_tile(const Nest *n, const Tile *t, int axis) {
    return n->role[axis] == A_SUM || tile_lanes(t, axis) || axis == t->axis[0] ||
           axis == t->axis[1];
}

int nest_weights_ahead(const Plan *p, const Nest *n, const Tile *t) {
    int outermost = 1;
    while (outermost < n->naxis && in_tile(n, t, outermost)) outermost++;
    if (outermost == n->naxis || n->nin != 2 || n->sum || n->add) return 0;
    if (n->extent[0] != -1 || n->role[0] != A_OUT) return 0;
    for (int k = 0; k < n->nin; k++) {
        const int64_t *stride = n->op[k].stride;
        if (!stride[0] && stride[outermost] && stride[t->lane] && far(p, n, k, 1)) return outermost;
    }
    return 0;
}

bool nest_sums_far(const Plan *p, const Nest *n) {
    return n->role[0] == A_SUM && n->add && n->out >= 0 && far(p, n, n->out, 2);
}

static bool kept(const Plan *p, const Nest *n, int op) {
    if (op < 0) return false;
    const Tensor *t = &p->step->tensor[n->op[op].tensor];
    return t->owner == O_BATCH && t->type == T_F32;
}

void fetch_kept(Builder *ir, const Plan *p, const Nest *n, const Cursor *later) {
    if (p->batch_stride * p->step->model->fit.batch_size <= 2 * p->target.l2) return;
    if (kept(p, n, n->out)) ir_prefetch_written(ir, operand_at(ir, p, n, later, n->out));
    for (int i = 0; i < n->nstage; i++) {
        const Stage *st = &n->stage[i];
        if (kept(p, n, st->out)) ir_prefetch_written(ir, operand_at(ir, p, n, later, st->out));
        for (int k = 0; k < st->nin; k++)
            if (kept(p, n, st->in[k])) ir_prefetch_near(ir, operand_at(ir, p, n, later, st->in[k]));
    }
}

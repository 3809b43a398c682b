// SPDX-License-Identifier: MIT
// What the kernels after a max-pool share: where windows, positions and taps lie.
#include "kernels/sparse/emit_sparse.h"

int sparse_tap_axis(const Access *x, int d) {
    for (int a = 1; a < MAX_AXIS; a++)
        if (x->coef[d][a]) return a;
    return 0;
}

// Geometry from the access to the image: index = position * stride + tap * dilation + off.
Sparse sparse_setup(Builder *ir, const Plan *p, const Node *n, const Access *image,
                    const int tap[2]) {
    const Step *s = p->step;
    Sparse q = {.ir = ir,
                .p = p,
                .n = n,
                .g_id = n->in[0].tensor,
                .argmax_id = n->in[2].tensor,
                .image_id = image->tensor};
    q.g = &s->tensor[q.g_id];
    q.argmax = &s->tensor[q.argmax_id];
    q.image = &s->tensor[q.image_id];
    q.co = q.g->dim[2];
    q.ci = q.image->dim[2];
    for (int d = 0; d < 2; d++) {
        q.pool[d] = n->window[d];
        q.windows[d] = q.g->need[d].hi - q.g->need[d].lo;
        q.kernel[d] = n->axis[tap[d]].span.hi;
        int64_t stride = q.image->stride[d];
        for (int a = 1; a < n->naxis; a++)
            if (image->coef[d][a] && a != tap[d]) q.step[d] = image->coef[d][a] * stride;
        q.dilation[d] = image->coef[d][tap[d]] * stride;
        q.origin += (image->off[d] - q.image->need[d].lo + q.image->ring[d][0]) * stride;
    }
    return q;
}

Val sparse_float(const Sparse *q, int tensor, Val i) {
    return ir_at(q->ir, ir_operand(q->ir, tensor), q->ir->f32, i);
}

Val sparse_at_position(const Sparse *q, Val argmax, int64_t position, Lanes l) {
    Val same = ir_ints(element_of(q->ir, q->argmax->type), position, l.width);
    return ir_equal(q->ir, argmax, same);
}

// Offset of window (y, x) in the pooled tensors, of the sample at hand.
Val sparse_window(const Sparse *q, const Tensor *t, Val sample, Val y, Val x) {
    Builder *ir = q->ir;
    int64_t origin = 0;
    for (int d = 0; d < 3; d++) origin += (t->ring[d][0] - t->need[d].lo) * t->stride[d];
    Val i = ir_add(ir, ir_mulk(ir, y, t->stride[0]), ir_mulk(ir, x, t->stride[1]));
    return ir_addk(ir, ir_add(ir, i, ir_mulk(ir, sample, t->sample_stride)), origin);
}

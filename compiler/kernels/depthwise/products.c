// SPDX-License-Identifier: MIT
// Products of a register tile: see products.h.
#include "kernels/depthwise/products.h"
#include <stdlib.h>

static int in_order(const void *a, const void *b) {
    const Product *x = a, *y = b;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    return x->tap != y->tap ? x->tap - y->tap : x->sum - y->sum;
}

void products_sort(Product *of, int n) {
    qsort(of, (size_t)n, sizeof *of, in_order);
}

void products_emit(const Products *d, const Cursor *c, Lanes l, const Product *of, int n,
                   const Val *tap, const Val *sum) {
    Builder *ir = d->ir;
    Type vec = ir_vec(ir, ir->f32, l.width);
    Val x = NULL;
    for (int i = 0; i < n; i++) {
        if (i == 0 || of[i].offset != of[i - 1].offset) {
            Cursor at = *c;
            at.off[0] = ir_addk(ir, at.off[0], of[i].offset);
            x = load_operand(ir, d->p, d->n, &at, 0, l, d->lane);
        }
        Val old = ir_get(ir, vec, sum[of[i].sum]);
        ir_set(ir, sum[of[i].sum], ir_fma(ir, x, tap[of[i].tap], old));
    }
}

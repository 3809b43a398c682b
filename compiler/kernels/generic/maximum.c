// SPDX-License-Identifier: MIT
// The maximum of a window's values, lane by lane, and which of them it is: neighbours are compared in
// pairs, then the winners, and of equal ones the first stays, as Keras has it. A NaN anywhere makes the
// maximum NaN; two values are asked in one comparison.
#include "kernels/generic/nest.h"
#include "support/limit.h"

typedef struct Best {
    Val value, index; // index: NULL where it is not asked for
} Best;

static Best better(Builder *ir, Best a, Best b) { // a comes first
    Val later = ir_less(ir, a.value, b.value);
    Best best = {ir_select(ir, later, b.value, a.value), NULL};
    if (a.index) best.index = ir_select(ir, later, b.index, a.index);
    return best;
}

Val emit_maximum(Builder *ir, const Val *x, int n, int width, Type index_type, Val *index) {
    Best best[MAX_WINDOW];
    Val nan = NULL;
    n = WITHIN(n, MAX_WINDOW, "positions of a window");
    for (int i = 0; i < n; i++) {
        best[i] = (Best){x[i], index ? ir_ints(index_type, i, width) : NULL};
        if (i % 2 == 0 && i + 1 < n) continue;
        Val unordered = ir_unordered(ir, x[i], x[i - i % 2]);
        nan = nan ? ir_or(ir, nan, unordered) : unordered;
    }
    for (int step = 1; step < n; step *= 2)
        for (int i = 0; i + step < n; i += 2 * step) best[i] = better(ir, best[i], best[i + step]);
    if (index) *index = best[0].index;
    return ir_select(ir, nan, ir_f32(ir, __builtin_nan(""), width), best[0].value);
}

void finish_maximum(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, const Val *x,
                    Lanes l, int lane) {
    bool asked = n->argmax >= 0;
    Type type = asked ? element_of(ir, p->step->tensor[n->op[n->argmax].tensor].type) : ir->i32;
    // Where masks are registers of their own, indices are chosen as narrow as they are stored.
    Type chosen = ir->target->mask_registers && l.width == ir->vector ? type : ir->i32;
    Val index = NULL, best = emit_maximum(ir, x, (int)(n->pool[0] * n->pool[1]), l.width, chosen,
                                          asked ? &index : NULL);
    if (asked) {
        if (type != chosen) index = ir_narrow(ir, index, ir_vec(ir, type, l.width));
        ir_store_as(ir, type, operand_at(ir, p, n, c, n->argmax), index, l);
    }
    if (n->pooled >= 0) ir_store(ir, operand_at(ir, p, n, c, n->pooled), best, l);
    emit_stages(ir, p, n, c, l, lane, best);
}

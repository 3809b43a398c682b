// SPDX-License-Identifier: MIT
// TABLE: its numbers, which stand beside the code, are copied to where a step's other tensors are. In an object
// they are folded, and read where they stand.
#include "kernels/generic/nest.h"

void emit_table(Builder *ir, const Plan *p, const Kernel *k) {
    const Node *n = p->step->node[k->node[0]];
    const Nest *nest = &k->nest; // whole and row-major: one run
    Val lo, hi, from = ir_numbers(ir, n->numbers, nest->extent[1]);
    axis_bounds(ir, nest, 1, &lo, &hi);
    Loop l = ir_loop(ir, lo, hi, 1);
    Val to = ir_at(ir, ir_operand(ir, n->out[0].tensor), ir->f32, l.i);
    ir_put(ir, to, ir_scalar(ir, ir->f32, ir_at(ir, from, ir->f32, l.i)));
    ir_end(ir, &l);
}

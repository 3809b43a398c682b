// SPDX-License-Identifier: MIT
// The function that adds one leaf block to another, along the leaf tree: doubles, the loss and the metrics,
// then floats, so many a unit that threads can share the work.
#include "codegen/phase.h"
#include "plan/place.h"

static int64_t sum_floats(const PhasePlan *ph) {
    return (ph->leaf_bytes - place_bytes(ph->leaf_doubles * 8)) / 4;
}

int64_t sum_units(const PhasePlan *ph) {
    int64_t units = (sum_floats(ph) + LEAF_UNIT - 1) / LEAF_UNIT;
    return units > 0 ? units : ph->leaf_doubles > 0;
}

// void sum(into, from, first, end): doubles with unit 0, then LEAF_UNIT floats a unit.
Val emit_sum(Builder *ir, const Plan *p, const PhasePlan *ph, const char *name) {
    if (!sum_units(ph)) return NULL;
    Type t[4] = {ir->ptr, ir->ptr, ir->index, ir->index};
    Val fn = ir_function(ir, name, ir->none, t, 4, true, (Loc){1, 1, 1, 1});
    Val into = ir_at(ir, LLVMGetParam(fn, 0), ir->i8, ir_int(ir, ph->leaf_at));
    Val from = ir_at(ir, LLVMGetParam(fn, 1), ir->i8, ir_int(ir, ph->leaf_at));
    Val first = LLVMGetParam(fn, 2), end = LLVMGetParam(fn, 3), zero = ir_int(ir, 0);
    If head = ir_if(ir, LLVMBuildICmp(ir->b, LLVMIntEQ, first, zero, ""));
    if (ph->leaf_doubles > 0) {
        Loop d = ir_loop(ir, zero, ir_int(ir, ph->leaf_doubles), 1);
        Val at = ir_at(ir, into, ir->f64, d.i);
        Val other = ir_scalar(ir, ir->f64, ir_at(ir, from, ir->f64, d.i));
        ir_put(ir, at, LLVMBuildFAdd(ir->b, ir_scalar(ir, ir->f64, at), other, ""));
        ir_end(ir, &d);
    }
    ir_endif(ir, &head);
    Val hi = ir_min(ir, ir_mulk(ir, end, LEAF_UNIT), ir_int(ir, sum_floats(ph)));
    Lanes l = {16, 16}; // every tensor of the leaf starts at a multiple of 64 bytes
    Loop v = ir_loop(ir, ir_mulk(ir, first, LEAF_UNIT), hi, l.width);
    Val i = ir_addk(ir, v.i, place_bytes(ph->leaf_doubles * 8) / 4),
        at = ir_at(ir, into, ir->f32, i);
    Val sum =
        LLVMBuildFAdd(ir->b, ir_load(ir, at, l), ir_load(ir, ir_at(ir, from, ir->f32, i), l), "");
    ir_store(ir, at, sum, l);
    ir_claim(ir, p, at, 1);
    ir_end(ir, &v);
    ir_return(ir);
    return fn;
}

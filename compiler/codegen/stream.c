// SPDX-License-Identifier: MIT
// What memory gives, and takes, with the instructions that kernels are made of: all of a block is read, written or
// both, whole vectors one after the other.
#include "codegen/phase.h"

enum { TOGETHER = 4 }; // vectors; sums of so many do not wait for each other

// void stream(float *at, index n, index rounds)
Val emit_stream(Builder *ir, int way, const char *name) {
    Type t[3] = {ir->ptr, ir->index, ir->index}, vec = ir_vec(ir, ir->f32, ir->vector);
    Val fn = ir_function(ir, name, ir->none, t, 3, true, (Loc){1, 1, 1, 1});
    Val at = LLVMGetParam(fn, 0), zero = ir_f32(ir, 0, ir->vector), sum[TOGETHER];
    Lanes l = {ir->vector, ir->vector};
    for (int i = 0; i < TOGETHER; i++) sum[i] = ir_var(ir, vec, zero);
    Loop round = ir_loop(ir, ir_int(ir, 0), LLVMGetParam(fn, 2), 1);
    Loop v = ir_loop(ir, ir_int(ir, 0), LLVMGetParam(fn, 1), (int64_t)TOGETHER * ir->vector);
    for (int i = 0; i < TOGETHER; i++) {
        Val place = ir_at(ir, at, ir->f32, ir_addk(ir, v.i, (int64_t)i * ir->vector));
        Val x = way == CNN_WRITE ? ir_get(ir, vec, sum[i]) : ir_load(ir, place, l);
        if (way == CNN_CHANGE) x = ir_fadd(ir, x, ir_f32(ir, 1, ir->vector));
        if (way == CNN_READ)
            ir_set(ir, sum[i], ir_fadd(ir, ir_get(ir, vec, sum[i]), x));
        else
            ir_store(ir, place, x, l);
    }
    ir_end(ir, &v);
    // Another number in the next round, so that none is left out.
    for (int i = 0; i < TOGETHER && way == CNN_WRITE; i++)
        ir_set(ir, sum[i], ir_fadd(ir, ir_get(ir, vec, sum[i]), ir_f32(ir, 1, ir->vector)));
    ir_end(ir, &round);
    for (int i = 0; i < TOGETHER && way == CNN_READ; i++)
        ir_store(ir, ir_at(ir, at, ir->f32, ir_int(ir, (int64_t)i * ir->vector)),
                 ir_get(ir, vec, sum[i]), l);
    ir_return(ir);
    return fn;
}

// SPDX-License-Identifier: MIT
// The most that the machine's multiply-adds can do with the instructions that kernels are made of:
// chains that do not wait for each other, from registers alone.
#include "codegen/phase.h"

// void peak(float *sink, index rounds): x = x / 2 + 1 in each chain, which stays near 2.
Val emit_peak(Builder *ir, int chains, const char *name) {
    Type t[2] = {ir->ptr, ir->index}, vec = ir_vec(ir, ir->f32, ir->vector);
    Val fn = ir_function(ir, name, ir->none, t, 2, true, (Loc){1, 1, 1, 1});
    Val *at = ARENA_ARRAY(ir->arena, Val, chains), *x = ARENA_ARRAY(ir->arena, Val, chains);
    Val half = ir_f32(ir, 0.5, ir->vector), one = ir_f32(ir, 1, ir->vector);
    Lanes l = {ir->vector, ir->vector};
    for (int i = 0; i < chains; i++) {
        at[i] = ir_at(ir, LLVMGetParam(fn, 0), ir->f32, ir_int(ir, (int64_t)i * ir->vector));
        x[i] = ir_var(ir, vec, ir_load(ir, at[i], l));
    }
    Loop round = ir_loop(ir, ir_int(ir, 0), LLVMGetParam(fn, 1), 1);
    for (int i = 0; i < chains; i++) ir_set(ir, x[i], ir_fma(ir, ir_get(ir, vec, x[i]), half, one));
    ir_end(ir, &round);
    for (int i = 0; i < chains; i++) ir_store(ir, at[i], ir_get(ir, vec, x[i]), l);
    ir_return(ir);
    return fn;
}

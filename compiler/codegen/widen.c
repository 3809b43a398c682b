// SPDX-License-Identifier: MIT
// The function that makes floats of a data set's bytes.
#include "codegen/phase.h"

// void widen(float *to, const uint8_t *from, index n): to[i] = from[i] / 255, rounded once.
Val emit_widen(Builder *ir, const char *name) {
    Type t[3] = {ir->ptr, ir->ptr, ir->index};
    Val fn = ir_function(ir, name, ir->none, t, 3, true, (Loc){1, 1, 1, 1});
    for (int i = 0; i < 2; i++) ir_attribute(ir, fn, 1 + i, "noalias", 0);
    Val n = LLVMGetParam(fn, 2), at = ir_int(ir, 0);
    for (int part = 0; part < 2; part++) { // whole vectors, then one by one
        int width = part ? 1 : ir->vector;
        Val count = ir_mulk(ir, LLVMBuildSDiv(ir->b, n, ir_int(ir, width), ""), width);
        Loop l = ir_loop(ir, at, count, width);
        Lanes lanes = {width, width};
        Val bytes = ir_load_as(ir, ir->i8, ir_at(ir, LLVMGetParam(fn, 1), ir->i8, l.i), lanes);
        Val x = LLVMBuildUIToFP(ir->b, bytes, ir_vec(ir, ir->f32, width), "");
        x = LLVMBuildFDiv(ir->b, x, ir_f32(ir, 255, width), "");
        ir_store(ir, ir_at(ir, LLVMGetParam(fn, 0), ir->f32, l.i), x, lanes);
        ir_end(ir, &l);
        at = count;
    }
    ir_return(ir);
    return fn;
}

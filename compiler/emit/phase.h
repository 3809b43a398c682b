// SPDX-License-Identifier: MIT
// Kernels as functions, and the functions that run a phase of them.
#ifndef CNNC_EMIT_PHASE_H
#define CNNC_EMIT_PHASE_H
#include "emit/ir.h"

typedef struct Bases { // where each owner's block is, in the function being filled
    Val input, label, output, params, opt, step, batch, leaf, scratch;
    Val first; // index in the batch of sample 0
    Val run;
} Bases;

// One function a kernel, filled; index as Plan.kernel. Equal kernels are one function (share.c).
const char *kernel_key(Arena *a, const Plan *p, const Kernel *k); // NULL: out of memory
Val *emit_kernels(Ir *ir, const Plan *p, const char *prefix);
// Runs kernels [first, end) of a phase over leaves on n samples, some at a time, depth-first.
void emit_depth_first(Ir *ir, const Plan *p, const PhasePlan *phase, const Val *kernel,
                      const Bases *b, Val n);
void emit_clear_rings(Ir *ir, const Plan *p, Val scratch);
// CnnLeafFn of a phase; clear: bytes of the leaf block to clear first.
Val emit_leaf_function(Ir *ir, const Plan *p, const PhasePlan *phase, const Val *kernel,
                       const char *name, int64_t clear);
Val emit_unit_function(Ir *ir, const Plan *p, const PhasePlan *phase, const Val *kernel,
                       const char *name);
Val emit_leaf_add(Ir *ir, const Plan *p, const char *name); // see LEAF_UNIT
Val emit_widen(Ir *ir, const char *name); // bytes to floats in [0, 1]
enum { LEAF_UNIT = 1024 }; // floats that are added at a time
int64_t leaf_units(const Plan *p);
#endif

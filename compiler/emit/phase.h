// SPDX-License-Identifier: MIT
// Kernels as functions, and the functions that run a phase of them.
#ifndef CNNC_EMIT_PHASE_H
#define CNNC_EMIT_PHASE_H
#include "emit/ir.h"
#include "support/map.h"

typedef struct Bases { // where each owner's block is, in the function being filled
    Val input, label, output, params, opt, step, batch, leaf, scratch;
    Val first; // index in the batch of sample 0
    Val run;
    bool timed; // run's clock ticks behind each kernel
} Bases;

// The modules that kernels are put in, and the kernels that are there. Code is made of several modules
// at a time, so a kernel goes where there is least; kernels of one are seen by the others.
typedef struct Kernels {
    Ir **part;
    int nparts;
    Map *made; // by key
} Kernels;

// One function a kernel, filled; index as Plan.kernel. Equal kernels are one function (share.c); what an
// object has folded has none.
const char *kernel_key(Arena *a, const Plan *p, const Kernel *k); // NULL: out of memory
Val *emit_kernels(Kernels *to, const Plan *p, const char *prefix);
// Runs kernels [first, end) of a phase over leaves on n samples, some at a time, depth-first.
void emit_depth_first(Ir *ir, const Plan *p, const PhasePlan *phase, const Val *kernel,
                      const Bases *b, Val n);
void emit_clear_rings(Ir *ir, const Plan *p, Val scratch);
// CnnLeafFn of a phase; clear: bytes of the leaf block to clear first. timed: see CnnTimed.
Val emit_leaf_function(Ir *ir, const Plan *p, const PhasePlan *phase, const Val *kernel,
                       const char *name, int64_t clear, bool timed);
Val emit_unit_function(Ir *ir, const Plan *p, const PhasePlan *phase, const Val *kernel,
                       const char *name, bool timed);
Val emit_leaf_add(Ir *ir, const Plan *p, const char *name); // see LEAF_UNIT
Val emit_widen(Ir *ir, const char *name); // bytes to floats in [0, 1]
// CnnTimed.peak (peak.c); chains: independent ones, each a vector wide.
Val emit_peak(Ir *ir, int chains, const char *name);
enum { LEAF_UNIT = 1024 }; // floats that are added at a time
int64_t leaf_units(const Plan *p);
#endif

// SPDX-License-Identifier: MIT
// Kernels as functions, and the functions that run a phase of them.
#ifndef CNNC_EMIT_PHASE_H
#define CNNC_EMIT_PHASE_H
#include "codegen/builder.h"
#include "codegen/module.h"
#include "support/map.h"

typedef struct Bases { // where each owner's block is, in the function being filled
    Val input, label, output, params, opt, step, batch, leaf, scratch;
    Val first; // place of sample 0 in the blocks that have room for a batch
    Val index; // its index in the batch, for random numbers
    Val run;
    // Over leaves: the team that runs them, this thread's part of how many, and its own scratch; NULL: there are none.
    Val team, part, parts, own;
    bool timed; // run's clock ticks after each kernel
} Bases;

typedef struct Kernels { // those that were emitted, and where
    Module *home; // the first part; more are opened as it fills
    Map *made; // by key
} Kernels;

// --- part.c ---
Builder *part_with_room(const Kernels *to); // where the next function is to be
const char *part_name(const Kernels *to, const char *prefix, const char *name); // no other's
void part_show(const Kernels *to, Val fn); // other parts call it

// One function a kernel, filled; index as Plan.kernel. Equal kernels are one function (share.c); what an
// object has folded has none.
const char *kernel_key(Arena *a, const Plan *p, const Kernel *k); // NULL: out of memory
Val *emit_kernels(Kernels *to, const Plan *p, const char *prefix);
Val *emit_folding(Kernels *to, const Plan *p,
                  const char *prefix); // what an object has folded, and nothing else
typedef struct PhaseCode {
    const Plan *p;
    const PhasePlan *phase;
    const Val *kernel;
    const char *name;
    int64_t clear; // bytes of the phase's part of the leaf block to clear first
    bool timed; // see CnnTimed
} PhaseCode;
// Runs the kernels of a phase over leaves on n samples, chain by chain, some at a time, depth-first.
void emit_depth_first(Builder *ir, const PhaseCode *c, const Bases *b, Val n);
// Runs the kernels of a phase over units, all of it, here.
void emit_units(Builder *ir, const PhaseCode *c, const Bases *b);
void emit_clear_rings(Builder *ir, const Plan *p, Val scratch);
// The function that runs a phase: a CnnLeafFn or a CnnUnitFn.
Val emit_phase(Kernels *to, const PhaseCode *c);
Val emit_sum(Builder *ir, const Plan *p, const PhasePlan *ph,
             const char *name); // CnnPhase.sum, see LEAF_UNIT; or NULL
Val emit_widen(Builder *ir, const char *name); // bytes to floats in [0, 1]
// CnnTimed.peak (peak.c); chains: independent ones, each a vector wide.
Val emit_peak(Builder *ir, int chains, const char *name);
Val emit_stream(Builder *ir, int way, const char *name); // CnnTimed.stream[way] (stream.c)
enum { LEAF_UNIT = 1024 }; // floats that are added at a time
int64_t sum_units(const PhasePlan *ph);
#endif

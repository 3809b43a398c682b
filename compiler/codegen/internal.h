// SPDX-License-Identifier: MIT
// What the files that make modules share.
#ifndef CNNC_EMIT_INTERNAL_H
#define CNNC_EMIT_INTERNAL_H
#include "codegen/builder.h"
#include "codegen/module.h"

// One LLVM module in a context of its own: while code is made, one thread works on it alone.
struct Module {
    Module *next; // another part of the same program
    Arena *arena;
    Builder ir;
    ModuleOptions options;
    const Target *target;
    char *trouble; // first error LLVM reported, or NULL; not of the arena, which has one thread
    int64_t largest_frame; // bytes of stack of the function that takes most
    Val constants; // an object's, and what is in them; NULL without weights
    const char *constant_bytes;
    const char *member; // an object's name in a static library
    LLVMMemoryBufferRef buffer; // the last output
    char *text;
};

typedef struct ProgramCode {
    Val predict, evaluate, prepare, prepare_evaluate, widen, *phase, *sum;
    Val timed_predict, timed_prepare, *timed_phase, peak;
    int peak_chains;
} ProgramCode;

void module_trouble(Module *m, const char *text); // notes an error unless there is one
void module_define_constants(Module *m); // after optimisation
void module_diagnostic(LLVMDiagnosticInfoRef info, void *module);
Module *module_new(Arena *a, const ModuleOptions *o, const Target *t);
void module_target(Module *m, const Target *t); // what is emitted from here on is for this CPU
Output module_archive(Module *m, Output object);
// Emits `const CnnModel cnn_model` (runtime/abi.h).
void emit_descriptor(Module *m, const Plan *train, const Plan *evaluate, const Plan *predict,
                     const ProgramCode *code, const ProgramText *text);
#endif

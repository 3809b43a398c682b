// SPDX-License-Identifier: MIT
// What the files that make modules share.
#ifndef CNNC_EMIT_INTERNAL_H
#define CNNC_EMIT_INTERNAL_H
#include "codegen/builder.h"
#include "codegen/module.h"
#include "codegen/phase.h"

// One LLVM module in a context of its own: while code is made, one thread works on it alone.
struct Module {
    Module *next; // another part of the same program
    Arena *arena;
    Builder ir;
    ModuleOptions options;
    const Target *target;
    char *trouble; // first error LLVM reported, or NULL; not of the arena, which has one thread
    int64_t largest_frame; // bytes of stack of the function that takes most
    int64_t largest_scalable; // bytes that vectors take beside it, of the function where most
    // Likewise, of all functions; and the beginning of what is told of it, from its name on.
    int64_t deepest_frame;
    char deepest[96];
    Val constants; // an object's, and what is in them; NULL without weights
    const char *constant_bytes;
    bool has_core; // functions of core.h, some of which nothing calls
    int64_t core_frames; // bytes of stack of all of these that are called
    int64_t largest_caller; // and of what calls kernels: entry points, phases and their sections
    const char *member; // an object's name in a static library
    LLVMMemoryBufferRef buffer; // the last output
    char *text;
};

typedef struct ProgramCode {
    Val predict, evaluate, prepare, prepare_evaluate, widen, *phase, *sum;
    Val timed_predict, timed_prepare, *timed_phase, peak, stream[CNN_STREAMS];
    int peak_chains;
} ProgramCode;

// What the names of a training object's kernels begin with.
#define TRAIN_KERNELS "train."
#define PREDICT_KERNELS "predict."
// The functions of a training's phases, and those that add their sums; the function that infers, and *prepare.
Val *emit_training(Kernels *to, PhaseCode c);
Val *emit_sums(Builder *ir, const Plan *train);
Val emit_inference(Kernels *to, PhaseCode c, const char *name, Val *prepare);
// Bytes that nothing writes, such as a text.
Val constant_bytes(Builder *ir, const char *name, const void *bytes, size_t n, unsigned align);
// CnnWeight of each weight, in order. named: with its name, which is an address.
Val emit_weights(Builder *ir, const Plan *train, const Plan *predict, bool named);
// What a metric's result is computed with; NULL: nothing.
Val emit_metric_settings(Builder *ir, const Metric *metric, int64_t outputs);
// CnnMetric of one of its figures, without what are addresses: name, function, setting, formula.
Val emit_metric(Builder *ir, const Metric *metric, int64_t figure);
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

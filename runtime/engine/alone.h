// SPDX-License-Identifier: 0BSD
// A training step of an object that `cnnc emit --train` makes: on one thread, in the caller's memory, with no library.
// What step.c does for a program these functions do for the object's entry points, which the compiler writes
// (codegen/training.c): cnn_alone_begin(), each phase in turn, cnn_alone_end().
//
//   state      CnnState; at sums_at the sums of the epoch, loss first; at opt_at the optimiser's state
//   workspace  at step_at and so on the blocks of abi.h, for one thread; zeros before the first step
#ifndef CNN_ALONE_H
#define CNN_ALONE_H
#include "engine/core.h"

typedef struct CnnState { // the head of a state; equal steps leave equal bytes
    int64_t iterations, samples; // steps made in all; samples of the epoch so far
    double rate; // that was set for all steps to come; nan: the model's
    uint32_t seed, epoch, step, none; // step: of the epoch
} CnnState;

typedef struct
    CnnAlone { // an object's facts: constants without a pointer, so that nothing is to be relocated
    int64_t capacity; // samples of a step at most
    int64_t param_bytes, state_bytes, sums_at, opt_at, nsum;
    int64_t step_at, batch_at, out_at, root_at, stack_at, scratch_at; // in the workspace
    int64_t leaf_samples, leaf_stride, loss_at;
    int64_t input_floats, label_floats, label_is_class, has_counts;
    int64_t loss_reduction, loss_ignores, loss_ignored;
    int64_t nweight;
    int64_t nfigure, terms[CNN_SCALARS]; // terms of each figure, which lie one behind the other
    int64_t batch_terms; // of the loss of a batch as one; behind them
} CnnAlone;

typedef struct CnnStep { // one that is under way; its head is what generated code reads
    CnnRun run;
    const CnnAlone *of;
    const CnnTerm *term;
    CnnState *state;
    const float *x;
    const void *y;
    char *root, *stack, *scratch;
    double penalty;
    uint64_t mode; // of floating point, before
} CnnStep;

// False where no step has n samples: nothing is changed.
bool cnn_alone_begin(CnnStep *step, const CnnAlone *of, const CnnTerm *term, const float *x,
                     const void *y, int64_t n, float *params, char *state, char *workspace);
void cnn_alone_penalise(CnnStep *step,
                        const CnnWeight *weight); // then, where one has a regulariser
void cnn_alone_leaves(CnnStep *step, CnnLeafFn *run, CnnLeafAddFn *add, int64_t units);
double cnn_alone_end(CnnStep *step); // the loss: that of a sample, a mean over the batch

void cnn_alone_start(const CnnAlone *of, char *state, uint32_t seed);
void cnn_alone_epoch(const CnnAlone *of, char *state, uint32_t epoch);
void cnn_alone_set_rate(char *state, double rate);
// A metric, or without `result` the mean of the sum there, over the epoch so far.
double cnn_alone_figure(const CnnAlone *of, const char *state, int64_t at, const CnnMetric *metric,
                        CnnResult *result, const double *setting);
void cnn_alone_clear(char *at, int64_t bytes);
void cnn_alone_copy(float *to, const float *from, int64_t n);
uint64_t cnn_alone_flush(void); // denormals, to zero; the mode before
void cnn_alone_restore(uint64_t mode);
#endif

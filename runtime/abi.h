// SPDX-License-Identifier: 0BSD
// The only contract between generated code and the runtime: one constant descriptor, cnn_model,
// which the compiler emits into the program's object, and the types its functions take. Its fields
// are listed in model.def.
//
// Memory. Every block is 64-byte aligned and laid out at start for the program's batch size:
//   params   param_floats floats: the weights, each at CnnWeight.param, Keras's row-major order
//   opt      opt_slots x param_floats: the optimiser's state; slot s of a weight is at
//            s * param_floats + param (Adam: 0 m, 1 v; SGD: 0 velocity)
//   step     step_bytes: what is computed once a step (packed weights, gradients of dense layers)
//   batch    batch capacity x batch_stride bytes: what must be kept for every sample of the batch
//   leaf     leaf_bytes: the sums over one leaf, each phase BY_LEAF its own part of them: where it has
//            the loss double loss, double sum[nsum - 1] of the metrics and, last, of a loss that is one for
//            the batch (then loss is made of these); then gradients and other sums
//   scratch  scratch_bytes a thread
// All of it is zeroed once, before the first call.
//
// A step runs its phases in order with a barrier between. BY_LEAF: the batch is cut in leaves of
// CnnRun.leaf_samples consecutive samples (the last may be short); run() is called once a leaf with a leaf
// block, its own part of which it overwrites; the leaf blocks are then added as a fixed binary tree
// (leaf 0 with 1, 2 with 3, then pairs of pairs; a node without a right sibling passes through), so
// that no bit depends on the number of threads. Where there are more threads than leaves, several of them call run()
// for a leaf, as a team. Later phases find all sums in the root, each phase's in its part. BY_UNIT: run() is called
// with ranges of units [first, end); what it sums over the samples is summed by leaves and along the same tree.
// Processes that share a batch each run all phases on a subtree of its leaves, and add what these have summed up along
// the rest of the tree before the next phase.
// clang-format off: one line a field, comments aligned
#ifndef CNN_ABI_H
#define CNN_ABI_H
#include <stddef.h>
#include <stdint.h>

// Samples of a leaf, in training at most: a power of two, of which there are so many up to this one.
enum { CNN_LEAF = 16, CNN_LEAVES = 5, CNN_ALIGN = 64 };

enum { // CnnRun.scalar
    CNN_INV_N,         // 1 / samples in this batch
    CNN_LR,            // learning rate of this step
    CNN_OWN,           // the optimiser's own figures, as many as it has
    CNN_SHARE = 10,    // what the loss of a sample counts, as a multiple of its share of the mean
    CNN_SCALARS
};

// A pointer that takes 8 bytes on every machine: what the compiler writes down lies where it does on its own.
#define CNN_WIDE(declared)                                                                                             \
    union {                                                                                                            \
        declared;                                                                                                      \
        uint64_t : 64;                                                                                                 \
    }

typedef struct CnnRun { // what one step (or one evaluated batch) works on
    CNN_WIDE(float *params);
    CNN_WIDE(float *opt);
    CNN_WIDE(char *step);
    CNN_WIDE(char *batch);
    CNN_WIDE(const void *leaf);    // the root: the sums of the phases before, for BY_UNIT phases
    CNN_WIDE(float *out);          // [n, output_floats]: the model's output, written by BY_LEAF phases
    float scalar[CNN_SCALARS];
    int64_t n;                     // samples in this batch, of this process
    int64_t leaf_samples;          // of a leaf of a training step
    int64_t gradients;             // are they looked at after the step? Else what need not be is not stored
    uint32_t seed, epoch, step_no; // keys of the random numbers; step_no counts within the epoch
    void (*tick)(void *clock, int64_t kernel); // what timed code calls (see CnnTimed), and no other
    void *clock;
} CnnRun;

// Threads that run a leaf together: each kernel is cut among them, along samples or results, or one of them runs it, and
// all meet behind it. So each element is computed by one thread, in the order that it has without a team.
typedef struct CnnTeam {
    int64_t part, parts;           // the number of the thread that calls, and how many there are
    CNN_WIDE(char *own);           // its own scratch, for what one kernel alone has in use
    CNN_WIDE(void (*meet)(const struct CnnTeam *team)); // waits for all of them
    void *of;                      // meet's
} CnnTeam;

// Of the leaf's first sample, first is its place in the blocks that have room for a batch, and index its
// index in the batch, which random numbers are counted by; n: samples of the leaf; x [n, input_floats];
// y: int32 or float [n, label_floats] (see CnnLabel), with has_counts each followed by a float; NULL where loss is
// not wanted (predict). All of a team give the same, but for the team; an object has none.
typedef void CnnLeafFn(const CnnRun *run, intptr_t first, intptr_t index, intptr_t n, const float *x, const void *y,
                       void *leaf, void *scratch, const CnnTeam *team);
typedef void CnnUnitFn(const CnnRun *run, intptr_t first, intptr_t end, void *scratch);

enum { CNN_BY_LEAF, CNN_BY_UNIT };
typedef struct CnnSum {            // over the samples that a process has: doubles, then floats from a multiple of 64 bytes
    int64_t in_step, at;           // at that byte of the step block, else of a leaf's root
    int64_t doubles, floats;
} CnnSum;
typedef struct CnnPhase {
    int64_t kind, units;
    CnnLeafFn *by_leaf;
    CnnUnitFn *by_unit;
    // BY_LEAF: the phase's sums. Its part of two leaf blocks may be added in so many units, independently;
    // 0: it has none. has_loss: at byte loss_at of the block are loss and metrics. reads_none: it reads neither
    // x nor y, which may then be any memory.
    // team: threads that it has work for in a leaf.
    int64_t sum_units, has_loss, loss_at, reads_none, team;
    void (*sum)(void *into, const void *from, intptr_t first_unit, intptr_t end_unit);
    int64_t nshared;               // what processes that share a batch have to add when the phase has run
    const CnnSum *shared;
} CnnPhase;

enum { // how a weight starts
    CNN_INIT_CONSTANT,         // a
    CNN_INIT_UNIFORM,          // [a, b)
    CNN_INIT_NORMAL,           // mean a, deviation b
    CNN_INIT_TRUNCATED_NORMAL, // likewise; drawn again beyond two deviations
    CNN_INIT_ORTHOGONAL,       // the last dimension's columns, or the rows if fewer: orthogonal, a long
    CNN_INIT_IDENTITY          // of a matrix: a on the diagonal, else 0
};
enum { // where a gradient is after a step
    CNN_GRAD_NONE,             // there is none
    CNN_GRAD_LEAF,             // in the root of the leaves' sums
    CNN_GRAD_STEP,             // in the step's memory
    CNN_GRAD_UPDATED           // nowhere: the kernel that sums it up makes the update at once
};
typedef struct CnnWeight {
    const char *name;              // "conv2d/kernel"
    int64_t rank, dim[5], count;   // Keras's shape and its product
    int64_t param;                 // floats from params
    int64_t trainable;
    int64_t init;                  // CNN_INIT_…
    double a, b;
    double l1, l2;                 // its penalty in the loss: l1 sum |w| + l2 sum w^2
    int64_t seed;                  // of a stream of its own; -1: the run's seed and the place in the model
    int64_t grad, grad_offset;     // CNN_GRAD_…; bytes from there
    int64_t grad_stride[5];        // floats between its elements, by dimension
    double pairs;                  // or its penalty is so many times the mean of |u v| over pairs of a matrix's rows made of length 1,
    int64_t columns;               // or columns
} CnnWeight;

// What a metric makes of its sums over all samples (fit/results.h), of several figures that one; settings are its own.
typedef double CnnResult(const double *sum, int64_t nsum, double samples, const double *setting,
                         int64_t figure);
typedef struct CnnMetric {         // a figure
    const char *name;              // of all figures of the metric
    int64_t figure, figures;       // which one of how many; they have the same sums
    int64_t nsum, weighted;        // weighted: the last sum is that of what the mean is over: samples' weights,
    const struct CnnFormula *of_batch; // or batches, each of which counts once, with what its sums make; NULL: samples
    CNN_WIDE(CnnResult *result);   // NULL: the mean over the samples
    CNN_WIDE(const double *setting);
} CnnMetric;

// How a batch's loss comes of its samples': their mean, their sum, the mean by what they count, or
// that of the rows of outputs whose class is not ignored. Those that are no
// mean depend on the batch, also where samples are evaluated.
enum { CNN_LOSS_MEAN, CNN_LOSS_SUM, CNN_LOSS_BY_COUNTS, CNN_LOSS_OF_ROWS };
enum { CNN_LABEL_CLASS, CNN_LABEL_VECTOR }; // int32 classes | floats, one-hot or targets

// A figure of a step, computed once a step in double: terms in postfix order (formula.def).
enum {
#define FORMULA(name, operands, value) CNN_##name,
#include "formula.def"
    CNN_FORMULA_DEPTH = 16     // operands that wait
};
typedef struct CnnTerm {
    int64_t op;
    double number;             // NUMBER's
} CnnTerm;
typedef struct CnnFormula {
    int64_t n;
    const CnnTerm *term;
} CnnFormula;

enum {
#define LATER(name, operands, value) CNN_LATER_##name,
#include "later.def"
};
typedef struct CnnPrintItem { // a part of what print prints
    int64_t joined;            // follows the one before it without a blank
    int64_t integer, nterm;    // a number: as Python has it, and its terms (later.def); 0: none
    const CnnTerm *term;
    int64_t array;             // the statement's array that is printed, from 1; 0: none
    const char *text;          // itself, or the number's format
} CnnPrintItem;

// What acts on a training: one of the runtime's (fit/callback.h), which is linked for it.
typedef struct CnnCallbackClass CnnCallbackClass;
typedef struct CnnCallback {
    const CnnCallbackClass *of;
    const double *setting;         // what these mean says the class's header
    const char *const *text;
} CnnCallback;

typedef struct CnnDataset CnnDataset; // one of the runtime's (data/dataset.h), which is linked for it
// Arrays of data that the script describes: sources, and steps from arrays.
enum { CNN_U1, CNN_I1, CNN_U2, CNN_I2, CNN_U4, CNN_I4, CNN_U8, CNN_I8, CNN_F4, CNN_F8, CNN_B1, CNN_TYPES };
enum { CNN_ARRAY_RANK = 6 };
typedef struct CnnArrayClass CnnArrayClass; // of the runtime (data/array.h), which is linked for it
typedef struct CnnArray CnnArray;
struct CnnArray {
    const CnnArrayClass *of;       // what it is made by; settings are its own
    int64_t type, rank, dim[CNN_ARRAY_RANK]; // dim[0]: rows
    int64_t ninput;
    const CnnArray *const *input;
    const double *number;
    const char *const *text;
    const CnnDataset *set;         // of array_dataset
    int64_t one;                   // it is its one row, and dim[0] is 1
};
typedef struct CnnValues CnnValues; // what predictions become (data/values.h), which is linked for it
typedef struct CnnReader CnnReader; // who reads them, of the runtime (data/reader.h)

typedef struct CnnRows {     // of a data set
    int64_t half, first, count;  // 0 training, 1 test; count 0: all
    const float *table;          // what each byte stands for; NULL: byte / 255
    const CnnDataset *of;        // NULL: the four IDX files that the program is given
    const CnnReader *reader;     // of x and y, which it is linked for; NULL: bytes of a data set, as above
    const CnnArray *x, *y, *w;   // w: what each sample counts
    const float *counts;         // or that by its label; both NULL: 1
    int64_t batch;               // samples that are evaluated together; 0: as many as are trained
} CnnRows;

// A layer that measures data before the first step: the mean and the variance of each index of some of a sample's
// dimensions are its first two weights.
typedef struct CnnAdapt {
    int64_t weight;              // number of the mean; the variance is the next one
    int64_t rank, dim[5];        // of a sample of the layer's input
    int64_t stride[5];           // by dimension: from a mean to the next one; 0: they are over it
    const CnnRows *rows;
} CnnAdapt;

enum { CNN_DO_SUMMARY, CNN_DO_FIT, CNN_DO_EVALUATE, CNN_DO_PRINT, CNN_DO_SAVE, CNN_DO_LOAD,
       CNN_DO_PREDICT };
typedef struct CnnStatement {
    int64_t kind, verbose, nitem;
    const CnnPrintItem *item;
    const char *end;           // what follows a print
    const CnnRows *rows;       // what is evaluated or predicted
    int64_t fit;               // which, from 0
    const char *path;          // of the file of weights that is saved or loaded
    int64_t nrow;              // that are predicted
    int64_t narray;            // of predictions, that are printed
    const CnnArray *const *array;
    const CnnValues *values;   // which does that, where there are any
} CnnStatement;

// For `bench`: phases and predict once more, on the same kernels, with calls of run->tick(run->clock, k)
// after the kernel number k, and with k = -1 before a call's first one. Kernels are numbered in
// the order in which they run.
typedef struct CnnKernel {
    const char *name, *variant;
    int64_t by_unit;               // runs once a step (of inference: a call), not once a leaf
    double flops_sample, flops_step; // what it executes for n samples: n flops_sample + flops_step
} CnnKernel;
enum { CNN_READ, CNN_WRITE, CNN_CHANGE, CNN_STREAMS }; // what goes to memory or comes from there
typedef struct CnnTimed {
    int64_t ntrain, ninfer;
    const CnnKernel *train, *infer;
    const CnnPhase *phase;
    CnnLeafFn *predict;
    CnnUnitFn *prepare;
    // As many multiply-adds as the target's registers can do: peak_flops a round, on peak_floats floats.
    void (*peak)(float *sink, intptr_t rounds);
    int64_t peak_flops, peak_floats;
    int64_t cycle_flops; // that the target's description has in a cycle
    // Floats [0, n), a multiple of 64, in order; so many times.
    void (*stream[CNN_STREAMS])(float *at, intptr_t n, intptr_t rounds);
} CnnTimed;

typedef struct CnnRanks CnnRanks; // how several processes run as one (engine/ranks.h), which is linked for it
typedef struct CnnImages CnnImages; // the readers of image files (io/image.h), which are linked for it
typedef int64_t CnnDims[5];
typedef void CnnLeafAddFn(void *into, const void *from, intptr_t first_unit, intptr_t end_unit);
typedef void CnnWidenFn(float *to, const uint8_t *from, intptr_t n);

typedef struct CnnModel {
#define FIELD(kind, type, name) type name;
#include "model.def"
} CnnModel;

// Grows with the list of fields; the number in front is for what changes else.
enum { CNN_ABI = 12 << 16 | sizeof(CnnModel) };

extern const CnnModel cnn_model;
#endif

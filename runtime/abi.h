// SPDX-License-Identifier: 0BSD
// The only contract between generated code and the runtime: one constant descriptor, cnn_model,
// which the compiler emits into the program's object, and the types its functions take.
//
// Memory. Every block is 64-byte aligned and laid out at start for the program's batch size:
//   params   param_floats floats: the weights, each at CnnWeight.param, Keras's row-major order
//   opt      opt_slots x param_floats: the optimiser's state; slot s of a weight is at
//            s * param_floats + param (Adam: 0 m, 1 v; SGD: 0 velocity)
//   step     step_bytes: what is computed once a step (packed weights, gradients of dense layers)
//   batch    batch capacity x batch_stride bytes: what must be kept for every sample of the batch
//   leaf     leaf_bytes: the sums over one leaf: double loss, double metric[nmetric], then gradients
//   scratch  scratch_bytes a thread
// All of it is zeroed once, before the first call.
//
// A step runs its phases in order with a barrier between. BY_LEAF: the batch is cut in leaves of
// CNN_LEAF consecutive samples (the last may be short); run() is called once a leaf with a leaf
// block that it overwrites; the leaf blocks are then added as a fixed binary tree (leaf 0 with 1,
// 2 with 3, then pairs of pairs; a node without a right sibling passes through), so that no bit
// depends on the number of threads. BY_UNIT: run() is called with ranges of units [first, end).
// clang-format off: one line a field, comments aligned
#ifndef CNN_ABI_H
#define CNN_ABI_H
#include <stddef.h>
#include <stdint.h>

enum { CNN_ABI = 3, CNN_LEAF = 16, CNN_ALIGN = 64 };

enum { // CnnRun.scalar
    CNN_INV_N,         // 1 / samples in this batch
    CNN_LR,            // learning rate of this step
    CNN_LR_T,          // Adam: lr sqrt(1 - b2^t) / (1 - b1^t), t counting from 1
    CNN_SCALARS = 8
};

typedef struct CnnRun { // what one step (or one evaluated batch) works on
    float *params, *opt;
    char *step, *batch;
    const void *leaf;              // the root of the last leaf phase, for BY_UNIT phases
    float *out;                    // [n, output_floats]: the model's output, written by BY_LEAF phases
    float scalar[CNN_SCALARS];
    int64_t n;                     // samples in this batch
    uint32_t seed, epoch, step_no; // keys of the random numbers; step_no counts within the epoch
    void (*tick)(void *clock, int64_t kernel); // what timed code calls (see CnnTimed), and no other
    void *clock;
} CnnRun;

// first: index in the batch of the leaf's first sample; n: its samples; x [n, input_floats];
// y: int32 or float [n, label_floats] (see CnnLabel), NULL where loss is not wanted (predict).
typedef void CnnLeafFn(const CnnRun *run, int64_t first, int64_t n, const float *x, const void *y,
                       void *leaf, void *scratch);
typedef void CnnUnitFn(const CnnRun *run, int64_t first, int64_t end, void *scratch);

enum { CNN_BY_LEAF, CNN_BY_UNIT };
typedef struct CnnPhase {
    int64_t kind, units;
    CnnLeafFn *by_leaf;
    CnnUnitFn *by_unit;
} CnnPhase;

enum { CNN_INIT_CONSTANT, CNN_INIT_UNIFORM, CNN_INIT_NORMAL, CNN_INIT_TRUNCATED_NORMAL };
enum { CNN_GRAD_NONE, CNN_GRAD_LEAF, CNN_GRAD_STEP };
typedef struct CnnWeight {
    const char *name;              // "conv2d/kernel"
    int64_t rank, dim[5], count;   // Keras's shape and its product
    int64_t param;                 // floats from params
    int64_t trainable;
    int64_t init;                  // CNN_INIT_…: CONSTANT a; UNIFORM [a, b); NORMAL mean a, deviation b
    double a, b;
    int64_t grad, grad_offset;     // after a step: where its gradient is, bytes into leaf root or step
    int64_t grad_stride[5];        // floats between its elements, by dimension
} CnnWeight;

enum { CNN_LABEL_CLASS, CNN_LABEL_VECTOR }; // int32 classes | floats, one-hot or targets
enum { CNN_OPTIMIZER_ADAM, CNN_OPTIMIZER_SGD };
enum { CNN_PRINT_TEXT, CNN_PRINT_SCORE };
typedef struct CnnPrintItem {
    int64_t kind, index;
    const char *text;
} CnnPrintItem;
enum { CNN_DO_SUMMARY, CNN_DO_FIT, CNN_DO_EVALUATE, CNN_DO_PRINT };
typedef struct CnnStatement {
    int64_t kind, verbose, nitem;
    const CnnPrintItem *item;
} CnnStatement;

// For `bench`: phases and predict once more, on the same kernels, with calls of run->tick(run->clock, k)
// behind the kernel number k, and with k = -1 in front of a call's first one. Kernels are numbered in
// the order in which they run.
typedef struct CnnKernel {
    const char *name, *variant;
    int64_t by_unit;               // runs once a step (of inference: a call), not once a leaf
    double flops_sample, flops_step; // what it executes for n samples: n flops_sample + flops_step
} CnnKernel;
typedef struct CnnTimed {
    int64_t ntrain, ninfer;
    const CnnKernel *train, *infer;
    const CnnPhase *phase;
    CnnLeafFn *predict;
    CnnUnitFn *prepare;
    // As many multiply-adds as the target's registers can do: peak_flops a round, on peak_floats floats.
    void (*peak)(float *sink, int64_t rounds);
    int64_t peak_flops, peak_floats;
} CnnTimed;

typedef struct CnnModel {
    int64_t abi;                   // CNN_ABI; the runtime refuses another
    const char *name;              // the .cnn file's stem: default weights file NAME.safetensors
    const char *source;            // file name as compiled
    const char *source_hash;       // hex digest of the text
    const char *version, *target;  // cnnc's version; triple and CPU
    const char *needs;             // features of the CPU that the code needs, see cpu.h
    const char *summary;           // the classic table, ready to print
    const char *libraries;         // what is linked beside the runtime, for --licenses: "zlib jansson"

    int64_t input_rank, input_dim[5], input_floats;
    int64_t output_rank, output_dim[5], output_floats;
    int64_t nclass;                // names below, or 0
    const char *const *class_name;

    int64_t nweight;
    const CnnWeight *weight;       // in model order
    int64_t param_floats, opt_slots;

    int64_t has_compile, has_fit;
    const char *loss;              // "categorical_crossentropy"
    int64_t label, label_floats;
    int64_t nmetric;
    const char *const *metric;     // "accuracy"
    int64_t optimizer;
    double learning_rate, beta_1, beta_2;

    int64_t batch_size, epochs, initial_epoch, validation_data, shuffle, verbose;
    double validation_split;
    int64_t seed;
    int64_t nstatement;
    const CnnStatement *statement;

    // Training; nphase is 0 without compile().
    int64_t nphase;
    const CnnPhase *phase;
    int64_t step_bytes, batch_stride, leaf_bytes, scratch_bytes;
    int64_t leaf_units;            // parts in which two leaf blocks may be added independently
    void (*leaf_add)(void *into, const void *from, int64_t first_unit, int64_t end_unit);

    // Inference: writes run->out; evaluate also needs y and writes loss and metrics (sums over the
    // leaf's samples, as in training) to a leaf block of (1 + nmetric) doubles. NULL without compile().
    CnnLeafFn *predict, *evaluate;
    int64_t infer_scratch_bytes;
    // Computes from params what inference reads in CnnRun.step (infer_step_bytes), in units as a
    // phase BY_UNIT does; to be run before predict and evaluate. NULL where they read params alone.
    CnnUnitFn *prepare;
    int64_t prepare_units, infer_step_bytes;
    // to[i] = from[i] / 255: pixels as the network reads them.
    void (*widen)(float *to, const uint8_t *from, int64_t n);
    int64_t uses_blas;             // the runtime must set OpenBLAS to one thread
    const CnnTimed *timed;
} CnnModel;

extern const CnnModel cnn_model;
#endif

// SPDX-License-Identifier: MIT
// A batch and weights for the interpreter: drawn, or those of a stored case; and what it makes of them.
#ifndef CNNC_BATCH_H
#define CNNC_BATCH_H
#include "step/interpret.h"
#include "../runtime/io/safetensors.h"

typedef struct Batch {
    int64_t n; // samples
    double *x, *y; // floats; y: NULL where there are no labels
    double *counts; // what each sample counts, or NULL: 1
    double **weight; // by the model's flat list
} Batch;

// Of about unit size, outputs too; numbers depend on the seed alone.
Batch batch_draw(Arena *a, const Step *s, int64_t n, uint32_t seed);
// Those of a case (see runtime/cli/verify.c); false after an error on stderr.
bool batch_read(Arena *a, const Step *s, const Safetensors *file, const char *path, Batch *b);
// An interpreter at the batch, with these weights and the optimiser's state at its start.
Interpreter *batch_interpreter(Arena *a, const Step *s, const Batch *b);
// Runs step number `step` of training: the first where it is 0, else the one after the last.
void batch_step(Interpreter *r, int step);

typedef struct Result { // a tensor by name
    const char *name;
    int rank;
    int64_t dim[MAX_RANK + 1], count;
    double *value;
} Result;
typedef struct Results {
    int n;
    Result *of;
} Results;
// What the interpreter has computed: "output", "loss", metrics, "grad/...", "updated/...", state.
Results batch_results(Arena *a, const Interpreter *r);
const Result *result_find(const Results *r, const char *name); // or NULL

// What PROGRAM verify recomputes, by the names of a case: "predict" on Step `predict`; "loss",
// "train_output", "grad/..." and "step3/..." on Step `train`, unless that is NULL.
Results batch_case(Arena *a, const Step *predict, const Step *train, const Batch *b);
#endif

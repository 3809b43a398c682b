// SPDX-License-Identifier: MIT
// What `cnnc summary` prints, and the program's own summary().
#ifndef CNNC_SUMMARY_H
#define CNNC_SUMMARY_H
#include "model/model.h"
#include <stdio.h>

// What a model takes of a machine, as objects of `cnnc emit` and `emit --train` do.
typedef struct ObjectNeeds {
    bool there; // can it be made?
    int64_t batch; // samples of a step
    double macs; // products that are added, of a sample
    int64_t flash, ram, stack; // bytes
} ObjectNeeds;
typedef struct SummaryNeeds {
    const char *triple, *cpu;
    ObjectNeeds predict, train;
} SummaryNeeds;

// The Keras table.
typedef struct SummaryForm {
    bool nested; // the layers of models in it too
    bool trainable; // whether each layer is trained
    int64_t line_length; // at least; 0: what the columns need
} SummaryForm;
const char *summary_classic(Arena *a, const Model *m, SummaryForm form);
// The same with lines around the cells, for so many columns.
void summary_rich(FILE *out, Arena *a, const Model *m, int columns);
const char *summary_explain(Arena *a, const Model *m); // how each figure comes about
const char *summary_json(Arena *a, const Model *m, const SummaryNeeds *needs); // NULL: no machine
const char *summary_needs(Arena *a, const SummaryNeeds *needs); // lines behind the table
#endif

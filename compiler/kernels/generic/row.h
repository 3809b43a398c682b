// SPDX-License-Identifier: MIT
// Work on one row of K floats in memory: vectors, then a masked tail. Softmax and the losses are
// written with it.
#ifndef CNNC_ROW_H
#define CNNC_ROW_H
#include "codegen/builder.h"

typedef struct Row {
    Builder *ir;
    int64_t count;
} Row;
typedef void RowBody(Row *r, Val at, Lanes l, void *state); // at: index of the first float

void row_each(Row *r, RowBody *body, void *state);
// A sum or maximum over the row: body adds what it finds to the accumulator with row_add / row_raise.
typedef struct Acc {
    Val var;
    int width;
} Acc;
Acc acc_new(Row *r, double initial);
void acc_add(Row *r, Acc *a, Val v, Lanes l);
void acc_raise(Row *r, Acc *a, Val v, Lanes l);
Val acc_sum(Row *r, Acc *a); // scalar f32
Val acc_max(Row *r, Acc *a);
Val row_log(Builder *ir, Val x); // of one float
// out = exp(z - max z) / sum; returns max z and log of the sum in *max, *log_sum where asked.
void row_softmax(Row *r, Val z, Val out, Val *max, Val *log_sum);
#endif

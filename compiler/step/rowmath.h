// SPDX-License-Identifier: MIT
// The mathematics of a row of K outputs: what a loss or a metric makes of it, as expressions. A row's
// value comes from a few steps, each a sum or maximum over the K outputs or one figure from earlier
// steps; the slope is the value's derivative by an output. One emitter and one interpreter walk this.
//   requires: nothing of the Step        made by: keras/losses, keras/metrics
#ifndef CNNC_ROWMATH_H
#define CNNC_ROWMATH_H
#include "step/expr.h"
#include <stdint.h>

// What the expressions read, as their inputs. A figure is the same for all outputs of the row.
typedef enum {
    ROW_Z, // the output, or what the model's end made it from where logits are read
    ROW_Y, // its target; of class numbers 1 at the class, else 0
    ROW_INDEX, // which output it is, from 0
    ROW_P, // softmax of z
    ROW_LABEL, // figure: the class number
    ROW_COUNTS, // figure: what the sample counts
    ROW_MAX, // figures: the largest z; log of the sum of e^(z - max) over the row
    ROW_LOG_SUM,
    ROW_STEP, // figure: the result of step 0; of the others after it
} RowInput;
enum { MAX_ROW_STEPS = 16, ROW_INPUTS = ROW_STEP + MAX_ROW_STEPS, MAX_ROW_SUMS = 5 };
enum { ROW_SUMS = ROW_Y + 1 }; // of row_of_sums

typedef enum {
    ROW_SUM, // over the outputs
    ROW_MOST, // the largest
    ROW_WHERE_MOST, // index of the first that is largest
    ROW_ONCE, // no loop: a figure from figures
} RowOp;
typedef struct RowStep {
    RowOp op;
    Expr *of;
} RowStep;

typedef struct RowSum { // what a metric adds up over all rows
    Expr *value; // from figures; or, with at, of each output
    // Of each output: its value is added to number ceil(at) - 1 of the sums, the first at least and the last at
    // most. NULL: there is one.
    Expr *at;
    int64_t count; // sums
    bool each; // so many of each output, one output after the other
} RowSum;

typedef struct RowMath {
    Arena *arena;
    const void *args; // of the loss or metric
    int64_t outputs; // K
    bool logits; // z are logits
    bool softmax; // those of the softmax that the model ends in
    bool class_number; // the label is one, and not a target for each output
    int nstep;
    RowStep step[MAX_ROW_STEPS];
    Expr *value; // from figures; NULL: sums say it all
    int nsum;
    RowSum sum[MAX_ROW_SUMS]; // of a metric
    Expr *slope; // by each output; NULL: none is wanted
} RowMath;

// For those who write it. A step's result as an expression; and the mean of a term of each output, with
// its slope, or NULL: its derivative.
Expr *row_step(RowMath *m, RowOp op, Expr *of);
void row_mean(RowMath *m, Expr *term, Expr *slope);
void row_add(RowMath *m, Expr *value); // a sum over all rows
void row_add_at(RowMath *m, Expr *value, Expr *at, int64_t count); // several, see RowSum
void row_add_each(RowMath *m, Expr *value, Expr *at, int64_t count); // so many of each output

void row_add_steps(RowMath *m); // each of its sums over outputs, over all rows

// For those who walk it. Loops over the row come in passes: a pass computes the sums whose terms need no
// more than the passes before it.
bool row_softmax_wanted(const RowMath *m);
int row_passes_before(const RowMath *m, const Expr *e); // that must have run where e is computed
bool row_step_wanted(const RowMath *m, int step,
                     bool slope); // by value or sums, or also by the slope
int row_passes(const RowMath *m, bool slope); // before all that is wanted can be computed
int64_t row_sum_count(const RowMath *m, int sum); // how many numbers it is
int64_t row_sums(const RowMath *m); // how many they all are
// Of several rows that are one: an expression of Z and Y as they are and of the sums over all of them, the first of
// which is input ROW_SUMS; figures are written out.
Expr *row_of_sums(const RowMath *m, const Expr *e);
#endif

// SPDX-License-Identifier: MIT
// What a loss's file says, and all it says: its names and arguments, the labels it wants, which ends of
// the model it reads through, and the mathematics of a row of outputs.
#ifndef CNNC_LOSS_H
#define CNNC_LOSS_H
#include "script/value.h"
#include "step/formula.h"
#include "step/rowmath.h"

typedef enum {
    LABELS_CLASS_NUMBER, // one a row; the others are one value an output:
    LABELS_ONE_HOT, // 1 at the class, else 0, or any distribution
    LABELS_BIT, // from 0 to 1
    LABELS_REAL,
    LABELS_AMOUNT, // not below 0
} Labels;

typedef enum { ROWS_OF_LAST, ROWS_OF_SAMPLES, ROWS_OF_BATCH, ROWS_OF_OTHERS } LossRows;

struct LossClass {
    ObjectClass object; // its arguments' struct begins with LossArgs
    Labels labels;
    // Of which activation z may be the logits, "softmax" or "sigmoid"; then Keras takes what either of
    // them reads at the model's end as logits. NULL: the loss reads outputs as they are.
    const char *logits_of;
    void (*math)(RowMath *m); // fills in steps, value and slope
    // What its arguments make a row of outputs of so many dimensions; NULL: the last one.
    LossRows (*rows)(const void *args, int rank);
    // With these arguments the loss takes the outputs as they are, whatever the model ends in; NULL: it never does.
    bool (*as_they_are)(const void *args);
    const double *(*ignored)(const void *args); // class whose rows do not count; NULL: none
    bool neither; // as a metric: Keras does not know whether more or less of it is better
};

typedef enum { // how the losses of all rows become one
    LOSS_SUM_OVER_BATCH_SIZE, // their mean,
    LOSS_MEAN, // as well
    LOSS_SUM,
    LOSS_MEAN_WITH_SAMPLE_WEIGHT, // over the weights of samples, where there are such
} LossReduction;
extern const char *const loss_reductions[];
extern const char *const loss_dtypes[]; // what a loss is computed in

typedef struct LossArgs { // what an arguments' struct begins with
    bool from_logits;
    double label_smoothing;
    int reduction; // LossReduction
    int64_t axis; // that of a row
    const char *name; // for people who look at the object; no result has it
} LossArgs;

typedef struct SparseEntropyArgs { // of sparse_categorical_crossentropy, which is a metric, too
    LossArgs loss;
    double ignore_class; // NaN: none
} SparseEntropyArgs;

#define LOSS(x) extern const LossClass loss_##x;
#include "keras/losses/losses.def"
#undef LOSS
extern const LossClass *const loss_classes[]; // NULL-terminated, from losses.def

// Whether it takes, in place of the outputs, what a softmax or sigmoid at the model's end reads.
bool loss_reads_through(const Loss *loss);
// The class whose rows do not count, or NULL.
const double *loss_ignored(const Loss *loss);
typedef enum { Z_OUTPUTS, Z_LOGITS, Z_OF_SOFTMAX } LossZ; // logits; those of the model's softmax
// The mathematics for rows of so many outputs.
RowMath *loss_math(Arena *a, const Loss *loss, int64_t outputs, LossZ z);
// Where the whole batch is one row: what of it is summed over rows of outputs, so many of a sample, and last what
// samples count; and the loss times that last sum, as a formula of a leaf block's.
RowMath *loss_sums(Arena *a, const Loss *loss, int64_t outputs, int64_t rows);
CnnFormula loss_formula(Arena *a, const Model *m);
// Does a batch's loss depend on which samples are together? Then they are evaluated so.
bool loss_of_batches(const Model *m);
// CNN_LOSS_..., of its arguments and of what fit and evaluate say.
int loss_reduction(const Model *m);
bool loss_class_numbers(const Loss *loss); // false where there is no loss

// ---- what several losses share
Expr *loss_targets(RowMath *m, double to); // y (1 - s) + s to, with s = label_smoothing
Expr *loss_clipped(RowMath *m, Expr *x); // to [eps, 1 - eps]; NaN stays
Expr *loss_inside(RowMath *m, Expr *x,
                  Expr *slope); // slope where the clip leaves x as it is, else 0
Expr *loss_power(RowMath *m, Expr *x, double power); // x^power; whole powers up to 4 of any x
Expr *loss_signs(RowMath *m); // y, with -1 for 0
Expr *loss_entropy_of_logits(RowMath *m, Expr *y); // the term y (log sum e^z - z)

#define LOSS_ARG_FROM_LOGITS                                                                       \
    {"from_logits", ARG_BOOL, offsetof(LossArgs, from_logits), .standard = "False"}
#define LOSS_ARG_LABEL_SMOOTHING                                                                   \
    {"label_smoothing", ARG_FLOAT, offsetof(LossArgs, label_smoothing),                            \
     .standard = "0.0", .min = 0,  .max = 1}
#define LOSS_ARG_AXIS {"axis", ARG_INT, offsetof(LossArgs, axis), .standard = "-1"}
#define LOSS_ARG_REDUCTION                                                                         \
    {"reduction", ARG_CHOICE, offsetof(LossArgs, reduction),                                       \
     .standard = "\"sum_over_batch_size\"", .choices = loss_reductions}
#define LOSS_ARG_NAME(name_)                                                                       \
    {"name", ARG_TEXT, offsetof(LossArgs, name), .standard = "\"" name_ "\""}
#define LOSS_ARG_DTYPE {"dtype", ARG_ONLY_DEFAULT, .standard = "None", .choices = loss_dtypes}
#define LOSS_ARGS_END(name_) LOSS_ARG_REDUCTION, LOSS_ARG_NAME(name_), LOSS_ARG_DTYPE, {0}
#endif

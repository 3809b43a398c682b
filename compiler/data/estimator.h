// SPDX-License-Identifier: MIT
// scikit-learn's scalers and encoders: objects that are fitted to an array and change others by what they have found.
#ifndef CNNC_ESTIMATOR_H
#define CNNC_ESTIMATOR_H
#include "data/data.h"

typedef struct Categories { // of one column
    int64_t n;
    Value array; // numbers, one row; NONE: they are
    const char *const *text; // texts, in their order, or
    const DatasetMode *labels; // all labels of a data set: 0 to n - 1
} Categories;

typedef struct Estimator Estimator;
typedef struct EstimatorClass {
    const char *name;
    const char *argument[9]; // in their order
    bool (*read)(const Value *const *v, Estimator *m); // false: one is not done here
    // What it is fitted to. False: it is not known here what it finds, or that was reported.
    bool (*fit)(Eval *e, Estimator *m, const Value *x, Loc loc);
    Value (*transform)(Eval *e, const Estimator *m, const Value *x, Loc loc);
    // What it has found, by name. False: it has not, or that is not known here.
    bool (*get)(Eval *e, const Estimator *m, const char *name, Value *out);
    bool labels; // it takes y
} EstimatorClass;

struct Estimator {
    const EstimatorClass *of;
    bool fitted;
    const Foreign *lost; // what it is fitted to, where that is not known here
    bool dense, ignores; // of encoders: no sparse matrix; what is no category is a row of 0
    int type; // of what they make
    int ncolumn;
    const Categories *column;
    double setting[FIT_SETTINGS]; // of scalers; of Normalizer a NormOp
    bool clips, in_place; // in_place: copy=False
    const Array *found; // by a scaler
};

// ---- categories.c. Those of a column of numbers or texts; false: they are not known here.
bool categories_find(Eval *e, const Value *column, Categories *c, Loc loc);
Value categories_encode(Eval *e, const Categories *c, const Value *column, EncodeOp op, int type,
                        Loc loc);
Value categories_list(Eval *e, const Categories *c,
                      Loc loc); // as an array of the script, or a list
bool categories_texts(const Value *column); // it holds texts
// The columns of a table, or of rows of numbers; -1: they are not known here.
int categories_columns(Eval *e, const Value *x, Value **column, Loc loc);
// ---- encoders.c
extern const EstimatorClass encoder_classes[]; // ended by a NULL name
// ---- scalers.c
extern const EstimatorClass scaler_classes[];
Value scaler_standard(Eval *e, const Value *x, Loc loc); // by their own means and deviations
#endif

// SPDX-License-Identifier: MIT
// Arrays of data: a source and what was done to it, known in shape when the script is compiled and read
// when the program runs. Steps on values are a table of what each byte of the source becomes.
#ifndef CNNC_DATA_H
#define CNNC_DATA_H
#include "model/eval.h"

enum { ARRAY_RANK = 6 };
typedef enum { TYPE_BYTE, TYPE_INT, TYPE_FLOAT32, TYPE_FLOAT64 } ArrayType;

typedef struct Source {
    const char *name; // of keras.datasets
    int64_t rows[2]; // of the training and of the test half
    int rank; // of a sample
    int64_t dim[3];
    int label_rank; // 1 where labels are a column
    int classes;
} Source;

struct Array {
    const Source *source;
    int half; // 0 for training, 1 for tests
    bool labels; // else images
    bool sample; // one of them, x[0]: not for training
    int64_t first; // row of the half
    int rank;
    int64_t dim[ARRAY_RANK]; // dim[0] rows, but of a sample
    ArrayType type;
    double value[256]; // of images: by byte
    int classes; // of labels: one-hot rows of so many; 0: class numbers
    const char *steps; // for people
    const void *numbers; // the same where arrays share their numbers: x and x[5:]
};

Value source_load(Eval *e, const char *source, const Call *call);
Value array_get(Eval *e, const Value *v, const char *name, Loc loc); // x.shape
Value array_call(Eval *e, const Value *self, const char *name, const Call *call);
Value array_subscript(Eval *e, const Value *v, const Value *index, Loc loc);
Value array_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r);
// Whether numpy lets the array be changed in place, as its name is the only one; false: reported.
bool array_in_place(Eval *e, const Ast *target, AstOp op, const Value *l, const Value *r);
// What is not done here is foreign, and says so where it comes in.
Value array_foreign(Eval *e, const Value *v, const char *what, Loc loc);
const char *array_describe(Arena *a, const Array *x);
const char *array_shape(Arena *a, const Array *x); // "(60000, 28, 28)"
Value data_classes(Eval *e, const Call *call); // set(y)
extern const Function data_functions[];
// rows.c: x and y of `what` ("fit", "evaluate", "validation"); false: reported.
bool rows_read(Eval *e, const Value *x, const Value *y, const char *what, DataRows *rows);
#endif

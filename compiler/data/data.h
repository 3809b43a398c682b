// SPDX-License-Identifier: MIT
// Arrays of data: a source or a step from other arrays, known in shape and type when the script is compiled and
// read when the program runs. What a step makes follows numpy's rules of shapes and types; a step that is not
// here gives a foreign value.
#ifndef CNNC_DATA_H
#define CNNC_DATA_H
#include "../runtime/data/steps.h"
#include "../runtime/error.h"
#include "keras/datasets/dataset.h"
#include "script/eval.h"

enum { ARRAY_RANK = CNN_ARRAY_RANK };

typedef struct ArrayClass { // of the runtime
    const char *symbol; // ARRAY_RUNTIME(array_each)
    const CnnArrayClass *runtime; // it is there
} ArrayClass;
extern const ArrayClass array_classes[]; // ended by a NULL symbol
const ArrayClass *array_class(const CnnArrayClass *runtime);

// Rows of one half of a data set of bytes, each byte or label for itself: a program reads those without steps.
typedef struct Plain {
    bool holds;
    bool bytes; // `value` is known: the array is made of bytes, each for itself
    int half; // 0 for training, 1 for tests
    bool labels; // else images
    int64_t first; // row of the half
    double value[256]; // of images: by byte
    int classes; // of labels: one-hot rows of so many; 0: class numbers
} Plain;

typedef struct Table Table;
typedef struct Batches Batches;
typedef struct Generator Generator;
typedef struct Frame Frame;
typedef struct Estimator Estimator;
typedef struct RowOrder { // rows of a permutation that numpy draws
    RandomState from;
    int64_t first, all; // the first of them; rows of the permutation
    const Array *where; // no permutation, but the rows where that is so; or NULL
} RowOrder;

typedef struct Counts { // counts.c: a number for each row by its label
    const Array *labels; // or those
    const char *by; // of the data by that name, "y_train"; neither: of any
    int type; // of the numbers; CNN_B1: where something is so
    double value[256]; // by label
} Counts;

struct Batches { // of a flow
    const ImageChange *change; // at random, or NULL
    const char *lacks; // why it is not compiled, or NULL
    const Array *y; // or NULL
    int64_t batch;
    bool shuffles;
    bool alone; // its samples have not been put into batches
    int nclass;
    const char *const *class_name;
};

struct Array {
    int rank;
    int64_t dim[ARRAY_RANK]; // dim[0] rows, but of one
    int type; // CNN_U1 and its like
    bool one; // one for all rows: x.mean(), x[0]; not for training
    const ArrayClass *of;
    int ninput, nnumber, ntext;
    const Array *input[2];
    const double *number;
    const char *const *text;
    const DatasetMode
        *set; // of a data set's images and labels, and what is still known of its classes
    Plain plain;
    const char *source, *steps; // for people
    const void *numbers; // the same where arrays share their numbers: x and x[5:]
    int id;
    const RowOrder *order; // of numbers of rows, which are good as a subscript alone
    const Counts *counts; // what is still known of it by label, or NULL
    const Array *made_of; // of numbers that the script has made: a column of a file, or NULL
    const Table *table; // a file's, of which it has these columns, in its own order
    int ncolumn;
    const int *column;
    bool is_frame; // of pandas, which calls columns by name
    const List *labels; // of what get_dummies makes: what its columns are called; or NULL
    bool renumbered; // its rows have the numbers 0, 1, ... once more: see table_renumbered
    const Batches *flow; // it comes in batches, with labels of its own
    const Generator *generator; // of such, and no array itself
    Dict *members; // of an NPZ, which is no array itself
    Frame *frame; // a table that the script makes, which is none either, or NULL
    const Estimator *estimator; // of scikit-learn, which is none either, or NULL
    const Array *dense; // of a sparse matrix, which is none either: what is in it; or NULL
    Draws *draws; // of a RandomState, which is none either, or NULL
    const Sequential *predicted; // it is made of what this one predicts, or NULL
};

// ---- data.c: arrays as values
const char *array_shape(Arena *a, const Array *x); // "(60000, 28, 28)"
const char *array_type(const Array *x); // "float32"
const char *array_describe(Arena *a, const Array *x);
int64_t array_count(const Array *x);
bool array_of_rows(const Array *x); // table.c: it has some rows of its input, as they are
typedef struct Sources {
    int n;
    const Array **source;
} Sources;
Sources array_sources(Eval *e, const Array *x); // that x is made of, each once
Value array_value(Eval *e, Loc loc, Array x);
Value array_get(Eval *e, const Value *v, const char *name, Loc loc); // x.shape
Value array_call(Eval *e, const Value *self, const char *name, const Call *call);
// What is not done here is foreign, and says so where it comes in.
Value array_foreign(Eval *e, const Value *v, const char *what, Loc loc);
// The same, where it may share v's numbers.
Value array_foreign_view(Eval *e, const Value *v, const char *what, Loc loc);
Value array_viewing(Eval *e, const Value *foreign, const Array *of);
// x as the input of a step, of the same shape and type, but not plain: what the step changes is up to the caller.
Array array_step(Eval *e, const Array *x, const CnnArrayClass *of, const char *text);
void array_bytes(Array *x); // each value is as its source has it
void array_number(Eval *e, Array *x, double number); // a setting more of the step
Value array_copy(Eval *e, const Value *v,
                 Loc loc); // of the same numbers, which it shares with no other
// ---- steps.c: values
Value array_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r);
// The step that was done to one sample, of EachOp with a number or with one row, or its shape, done to all of them.
Value array_again(Eval *e, const Array *step, const Value *v, Loc loc);
Value array_astype(Eval *e, const Value *v, const Value *to, Loc loc);
Value array_compare(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r);
Value array_round(Eval *e, const Value *v, int64_t digits, Loc loc);
Value array_negate(Eval *e, Loc loc, const Value *v);
Value array_clip(Eval *e, const Value *v, const Value *low, const Value *high, Loc loc);
// np.sqrt and others of each value; false: there is none of that name here.
bool array_map(Eval *e, const Value *v, const char *name, Loc loc, Value *out);
bool array_parse_type(const Value *v, int *type); // false: it names none
int array_common_type(int a, int b); // numpy's type of a result of two
// numpy's type of a result of an array and a number of Python's; false: the number is outside that of the array.
bool array_number_type(int type, const Value *number, AstOp op, int *out);
// ---- inplace.c
// target += r, of the array l: what becomes of all that stands for it. Reported where numpy refuses it, or where another
// array shares these numbers.
Value array_updated(Eval *e, const Ast *target, AstOp op, const Value *l, const Value *r, Loc loc);
// An item of predictions is set: what shares these numbers is no longer known.
void array_forget(Eval *e, const Value *v, Loc loc);
// All that stands for an array stands for something else: it was changed in place.
void array_rebind(Eval *e, const Array *from, Value to);
// A function has changed x in place: its names stand for `to`. Reported where another array shares its numbers.
void array_changed(Eval *e, const Array *x, Value to, Loc loc);
// A call of a foreign function, by names alone: each argument's keyword, or NULL.
typedef struct Filling {
    const char *function;
    int n;
    const char *const *keyword;
} Filling;
bool array_fills(const Filling *g, int i); // whether it writes into that argument
// A function is left out, and may have changed what it was given: made is what comes of it.
void array_given(Eval *e, const char *function, const Call *call, const Value *made);
// Whose numbers the result of a function that is not here may share, as np.swapaxes(x, 1, 2) does x's; or NULL.
const Array *array_viewed(const char *function, const Call *call);
void array_lose(Eval *e, const Array *x, Value lost); // all names of what shares its numbers
// The array that v is, or may share its numbers with; NULL: none.
const Array *array_shared(const Value *v);
// Whether a method that is not known changes what it is of: df.insert(...), df.fillna(0, inplace=True), x.sort().
bool array_changes(const Ast *call);
// df.loc[0], df.index, x.T or another part of an array is changed by what is not known, and so is the array. False: it
// is of none.
bool array_part_forget(Eval *e, const Ast *part, const Foreign *by);
// ---- model/rows.c. What is to be predicted, so many rows: done; not here, so that it is foreign; or that was reported.
typedef enum { PREDICTABLE, PREDICTABLE_NOT, PREDICTABLE_WRONG } Predictable;
Predictable rows_predicted(Eval *e, const Value *x, DataRows *rows, int64_t *n);
// ---- model/predict.c
Value array_number_later(Eval *e, const Value *v); // of one value: that, else v itself
// ---- reduce.c
Value array_reduce(Eval *e, const Value *v, const char *name, const Call *call, int first);
bool array_reduces(const char *name); // "mean"
Value array_categorical(Eval *e, const Call *call); // to_categorical
Array array_one_hot_rows(Eval *e, const Array *from, int64_t n); // of n classes, as Keras has them
Value array_argmax_of(Eval *e, const Call *call); // np.argmax
// ---- shapes.c
Value array_reshape(Eval *e, const Value *v, const List *list, Loc loc);
Value array_flatten(Eval *e, const Value *v, Loc loc);
Value array_expand(Eval *e, const Value *v, int64_t axis, Loc loc);
Value array_squeeze(Eval *e, const Value *v, Loc loc);
// Each row in a shape of as many values.
Value array_rows_shaped(Eval *e, const Value *v, int rank, const int64_t *dim, Loc loc);
Value array_repeat(Eval *e, const Value *v, int64_t times, int64_t axis, Loc loc);
Value array_transpose(Eval *e, const Value *v, const List *order, Loc loc);
Value array_turn(Eval *e, const Value *v, Loc loc); // x.T
Value array_subscript(Eval *e, const Value *v, const Value *index, Loc loc);
// Rows from `first` on, so many, each `step` behind the one before.
Value array_slice_rows(Eval *e, const Value *v, int64_t first, int64_t n, int64_t step, Loc loc);
Value array_join_two(Eval *e, const Value *v, const Value *more, Loc loc); // rows, then more rows
// The columns of both, or what is the first dimension of a row.
Value array_beside_two(Eval *e, const Value *v, const Value *more, Loc loc);
// ---- chosen.c. All values of x, read by the compiler; NULL: they are too many, or not known here.
double *array_read(Eval *e, const Array *x, Loc loc);
// x, where the array base of one value is that value.
const double *array_read_with(Eval *e, const Array *x, const Array *base, double value, Loc loc);
// One more than the largest of the class numbers x; 0: that is not known here, or they are none.
int64_t array_classes_read(Eval *e, const Array *x, Loc loc);
// ---- categories.c. The labels of a data set of which x has some rows, in whatever type of numbers; or NULL.
const Array *array_labels_of(const Array *x);
// All labels of a data set, in their order.
bool array_all_labels(const Array *x);
// ---- masks.c
bool mask_is(const Value *v); // a truth for each row
Value mask_rows(Eval *e, const Value *v, const Array *mask, Loc loc); // v's, where it is so
Value mask_frame(Eval *e, const Value *frame, const Value *mask, Loc loc);
Value mask_where(Eval *e, const Value *v, Loc loc); // np.where(v)
// Truths joined by | and &, or turned round by ~; false: they are no truths, or it is another operator.
bool mask_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r, Value *out);
// ---- estimator.c
Value estimator_get(Eval *e, const Value *v, const char *name, Loc loc);
Value estimator_call(Eval *e, const Value *self, const char *name, const Call *call);
void estimator_forget(const Value *v, const Foreign *by); // what it was fitted to; if it is one
// ---- composed.c. Labels of which x[y] makes one-hot rows, where x is np.eye(n); those rows.
bool one_hot_labels(const Array *y);
bool one_hot_table(const Array *x);
Value one_hot_typed(Eval *e, const Array *y, int64_t n, int type, Loc loc);
// ---- unique.c
Value data_classes(Eval *e, const Call *call); // set(y)
// ---- written.c. Numbers of the script that stand for all rows, as rows; other arrays as they are.
Value array_as_rows(Eval *e, const Value *v);
// In another shape, with their dimensions in another order. False: they do not all stand in the script.
bool written_shaped(Eval *e, const Value *v, int rank, const int64_t *dim, Loc loc, Value *out);
bool written_turned(Eval *e, const Value *v, const int *axis, Loc loc, Value *out);
Value written_number(int type, double value); // of that type, as a number of the script
Value written_listed(Eval *e, const Value *v, Loc loc); // as lists of lists, a range too; else v
// Some of such numbers, each `step` behind the one before; None: they are none.
Value array_some_numbers(Eval *e, const Array *of, int64_t first, int64_t n, int64_t step, Loc loc);
Value data_slices(Eval *e, const Call *call); // flow.c: from_tensor_slices
// ---- files.c. The path of a file or folder; NULL: it is not there, and *out is foreign, from `what`, or an error.
const char *data_find(Eval *e, const char *name, const char *what, Loc loc, Value *out);
Value data_refused(Eval *e, Loc loc, const CnnError *error); // what its reader says
// load_data() of a data set that is in an NPZ; false: the file is not here, and *out is
// foreign.
bool dataset_load_npz(Eval *e, const DatasetClass *s, const Call *call, Value *out);
// ---- split.c
Value array_shuffle(Eval *e, const Value *v, const RowOrder *order, int64_t n, Loc loc);
// The same of an array or of a table that the script makes.
Value rows_ordered(Eval *e, const Value *v, const RowOrder *order, int64_t n, Loc loc);
// ---- random.c
void random_seeded(Eval *e, uint32_t seed); // np.random.seed
// np.random is about to draw that; *from: where it stands. False: it is not known how it goes on.
bool random_next(Eval *e, Loc loc, RandomDraw draw, RandomState *from);
void random_settings(Eval *e, Array *x, const RandomState *from); // settings more of a step
uint32_t random_unseeded(Eval *e); // the seed of what the script draws without one
// What is drawn from there; its shape and what people read are up to the caller.
Array random_array(Eval *e, int type, RandomKind kind, double first, double span,
                   const RandomState *from);
// ---- random_state.c
Draws *random_state_of(const Value *v); // or NULL
void random_state_given(const Call *call); // its arguments, to a function that may draw by one
Value random_state_get(Eval *e, const Value *v, const char *name, Loc loc);
Value random_state_call(Eval *e, const Value *self, const char *name, const Call *call);
// ---- counts.c. y == 3; false: this is not done here.
bool counts_compare(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r, Value *out);
bool counts_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r, Value *out);
Value counts_slice(Eval *e, const Value *v, int64_t first, int64_t n, Loc loc);
Value counts_astype(Eval *e, const Value *v, int type, Loc loc);
Value counts_copy(Eval *e, const Value *v, Loc loc); // what is set of it is not set of v
// of[where] = v; false: that is not known here, or cannot be.
bool counts_assign(const Value *of, const Value *where, const Value *v);
// May the argument `what` say what samples count? It needs outputs of one row, and a loss that is no sum of one.
// False: reported.
bool counts_allowed(Eval *e, const Value *v, const char *what);
// What samples x with labels y count; false: reported.
bool counts_read(Eval *e, const Value *v, const Value *x, const Value *y, DataRows *rows);
extern const Function data_functions[], data_file_functions[], data_split_functions[],
    data_table_functions[], data_frame_functions[], data_image_functions[], counts_functions[],
    application_functions[], estimator_functions[], dummies_functions[], written_functions[],
    unique_functions[], composed_functions[], bundled_functions[], random_functions[],
    random_state_functions[], pad_functions[], mask_functions[];
// functions.c: whether it is one conversion of a number, as C has it too, "%.4f"
bool number_conversion(const char *format);
bool file_is_packed(const char *path); // by the end of its name, by which numpy and pandas pack it
// ---- table.c: what pandas has for tables alone; false: there is none of that name
bool table_get(Eval *e, const Value *v, const char *name, Loc loc, Value *out);
bool table_call(Eval *e, const Value *self, const char *name, const Call *call, Value *out);
bool table_subscript(Eval *e, const Value *v, const Value *index, Loc loc, Value *out);
int64_t table_classes(const Array *x); // that labels in a column tell apart, or 0
// df.values[:, 1:3]: only the columns that are taken, since others may hold texts. False: it is no such array.
bool table_values_part(Eval *e, const Array *x, int64_t first, int64_t n, int64_t step, bool series,
                       Loc loc, Value *out);
Value table_array(Eval *e, const Value *v,
                  Loc loc); // what numpy makes of a table or a column of it; else v
// Whether pandas puts rows and columns of two of its arrays together as they stand, and not by their numbers and names.
bool table_aligned(const Array *a, const Array *b);
bool table_renumbered(const Array *x); // its rows have other numbers than 0, 1, ...
// Whether all that x is made of are numbers. False: reported.
bool table_check(Eval *e, const Array *x, Loc loc);
// ---- texts.c
// df["name"] + ".png", also of two columns; df["label"] == "cat". False: it is not of texts.
bool texts_arith(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r, Value *out);
// ---- matrix.c: a table that the script makes as rows of numbers; else v
Value frame_rows(Eval *e, const Value *v, Loc loc);
// ---- names.c. df.columns; false: it is no table, or its names are not known.
bool names_of(Eval *e, const Value *table, Value *out);
// ---- known.c: arrays and Indexes whose values are known now
Value known_get(Eval *e, const Value *v, const char *name, Loc loc); // columns.tolist
Value known_foreign(Eval *e, const Value *v, const char *name, Loc loc); // what it has besides
int known_place(const Value *list, const Value *key); // of a value among others; -1: nowhere
Value known_compare(Eval *e, Loc loc, AstOp op, const Value *l, const Value *r);
// ---- names.c
// table.columns = [...]; false: it is something else.
bool names_assign(Eval *e, const Value *table, const char *attribute, const Value *v, Loc loc);
Value names_rename(Eval *e, const Value *self, const Call *call);
enum { TABLE_ILOC = 1, TABLE_LOC }; // n of a table whose rows and columns are subscripts
Value names_loc(Eval *e, const Value *table, const Value *index, Loc loc); // df.loc[index]
// ---- unique.c
bool unique_method(const Value *v, const char *name);
Value unique_call(Eval *e, const Value *self, const char *name, const Call *call);
// An integer of labels that the text may need now: y.max() + 1. False: it is none, or not known here.
bool array_known(Eval *e, const Value *v, Loc loc, Value *out);
// ---- frame.c: tables that the script makes
Value frame_get(Eval *e, const Value *v, const char *name, Loc loc);
Value frame_subscript(Eval *e, const Value *v, const Value *key, Loc loc);
Value frame_call(Eval *e, const Value *self, const char *name, const Call *call);
bool frame_assign(Eval *e, const Value *of, const Value *key, const Value *v,
                  Loc loc); // of[key] = v
bool frame_forget(Eval *e, const Value *of,
                  Loc loc); // it is changed by what is not known; false: it is no frame
// ---- images.c: methods of a generator
Value generator_call(Eval *e, const Value *self, const char *name, const Call *call);
// ---- flow.c: attributes and methods of flows and generators, and what a flow is made of
Value flow_value(Eval *e, const Value *x, const Value *y, Batches flow, Loc loc);
Value flow_get(Eval *e, const Value *v, const char *name, Loc loc);
Value flow_call(Eval *e, const Value *self, const char *name, const Call *call);
Value flow_samples(Eval *e, const Array *x, Loc loc);
Value flow_labels(const Array *x, Loc loc); // or None
const Batches *flow_of(const Value *v); // NULL: it is none
int64_t flow_batches(const Array *x); // of an epoch
// A flow's first batches; where it shuffles, those of an order that is drawn once.
Value flow_first(Eval *e, const Value *v, int64_t batches, Loc loc);
// model/rows.c: the files of all that x is made of are read.
bool rows_are_read(Eval *e, const Array *x);
bool rows_measured(Eval *e, const Value *x, DataRows *rows); // x alone, which a layer measures
// x and y of `what` ("fit", "evaluate", "validation"); false: reported.
bool rows_read(Eval *e, const Value *x, const Value *y, const char *what, DataRows *rows);
#endif

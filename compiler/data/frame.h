// SPDX-License-Identifier: MIT
// Tables that a script makes, and texts in the columns of tables.
#ifndef CNNC_FRAME_H
#define CNNC_FRAME_H
#include "data/table.h"

typedef struct Column {
    const char *name;
    const Array *array; // of one dimension; else
    const char *const *cell; // as they are written, but for quotes
    bool texts; // which cells may need
    const Array *of; // a table in whose file they are, or what they are made of; or NULL
} Column;

struct Frame {
    int n;
    Column *column;
    int64_t rows; // -1: without a column it has none
    bool series;
    bool chosen; // its rows have other numbers than 0, 1, ..., which pandas keeps with them
    const Foreign *lost; // something was done to it that is not known here; or NULL
};

// ---- frame.c
Value frame_value(Eval *e, const Frame *f, Loc loc);
Frame frame_copy(Eval *e, const Frame *f); // with columns of its own
bool frame_of_columns(const Value *axis); // axis=1 or "columns"; NULL: it is not given
const Frame *frame_of(const Value *v); // NULL: it is none
// A table of a file, or what get_dummies makes, column by column; what else it is stays.
Value frame_from(Eval *e, const Value *v, Loc loc);
// A column of that value, and its rows; -1: it is not known here.
int64_t frame_column(Eval *e, const Value *v, Column *c, Loc loc);
// Numbers of one kind, or texts of one line. False: it is not known what pandas makes of them.
bool frame_cells(Eval *e, const List *list, Column *c);
// ---- missing.c: dropna and fillna
bool missing_method(const char *name);
Value missing_call(Eval *e, const Value *self, const char *name, const Call *call);
// ---- matrix.c
Value frame_drop(Eval *e, const Value *self, const Call *call);
bool frame_drops_any(const Value *errors); // errors="ignore": also what is not there
// ---- chosen.c. The rows of base that x has, which is made of it by steps that choose rows; NULL: they are not known.
const double *chosen_rows(Eval *e, const Array *x, const Array *base, Loc loc);
typedef Value RowStep(Eval *e, const Value *v, const void *context, Loc loc); // that chooses rows
Value frame_chosen(Eval *e, const Value *frame, RowStep *step, const void *context, Loc loc);
// df[:100], df[["a", "b"]], df.head(), sample(frac=1, random_state=0), reset_index(drop=True). False: something else.
bool frame_part(Eval *e, const Value *v, const Value *index, Loc loc, Value *out);
bool rows_method(const char *name);
Value rows_call(Eval *e, const Value *self, const char *name, const Call *call);
// ---- texts.c
bool texts_held(const Array *x); // a column of a file, some of whose values are none
bool texts_read(Eval *e, const Array *x, Column *c,
                Loc loc); // false: it is not known what they are
// x, for a program that holds what stands in that file now, and refuses another one.
Value texts_unchanged(Eval *e, const Value *x, const Array *of, Loc loc);
Value texts_table(Eval *e, const Value *v, Loc loc); // all columns of a table as texts
// How many different ones there are, sorted.
int texts_sorted(Eval *e, const char *const *cell, int64_t n, const char ***sorted);
Value texts_codes(Eval *e, const Value *v,
                  Loc loc); // numbers of those, of a column of texts; else v
bool texts_type(const Value *v); // that the type of texts is named
bool texts_method(const Value *v, const char *name); // of a column
// False: that is done elsewhere, to numbers.
bool texts_call(Eval *e, const Value *self, const char *name, const Call *call, Value *out);
// An array of numbers that the script has made, of that table or, NULL, of none.
Value texts_numbers(Eval *e, const List *list, const Array *of, int type, Loc loc);
// A column of a table of either kind, by name; rows, or -1: it is not there, or not known.
int64_t frame_named(Eval *e, const Value *table, const char *name, Column *c, Loc loc);
#endif

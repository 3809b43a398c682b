// SPDX-License-Identifier: MIT
// The table of a CSV file, and arrays of its columns.
#ifndef CNNC_TABLE_H
#define CNNC_TABLE_H
#include "../runtime/io/csv.h"
#include "data/data.h"

struct Table {
    int64_t rows;
    int ncolumn; // of the file
    const CsvColumn *column;
    CsvFormat format;
    uint32_t sum; // CRC-32 of the file
    int64_t bytes; // of it
};

// ---- csv.c. All columns of a file; what: of a file that is not there.
Value table_read(Eval *e, const char *name, const CsvFormat *format, const char *what, Loc loc);
// ---- table.c. The table of which x has some rows, or is it; NULL: x is something else.
const Array *table_base(const Array *x);
// Some columns of from's file; series: one of them, of rank 1.
Value table_columns(Eval *e, const Array *from, const int *column, int n, bool series, Loc loc);
Value table_without(Eval *e, const Value *v, const Value *keys, Loc loc); // drop
Value table_chosen(Eval *e, const Value *v, const Value *keys, Loc loc); // df["a"], df[["a", "b"]]
// df.to_numpy(dtype=): the numbers of x, which are in rows.
Value table_to_numpy(Eval *e, const Value *self, const Value *x, const Call *call);
Value table_names(Eval *e, const Array *x);
Value table_named(Eval *e, const Value *v, const Value *names, Loc loc); // with other names
bool table_of_numbers(Eval *e, const Array *x); // all that x is made of
#endif

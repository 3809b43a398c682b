// SPDX-License-Identifier: 0BSD
// The types of data: numpy's numbers. On their way through steps values are doubles, which hold all values of
// each type but integers beyond 2^53; those are refused where they are read.
#ifndef CNN_TYPES_H
#define CNN_TYPES_H
#include "abi.h"
#include <stdbool.h>

typedef struct TypeRow {
    const char *name, *code; // "uint8", "u1"
    int64_t bytes;
    bool real;
    double least, most; // of integers
} TypeRow;
extern const TypeRow type_rows[CNN_TYPES]; // by CNN_U1 and its like

// What a result of this type is: floats are rounded, integers cut off and wrapped round as numpy's.
double type_round(int64_t type, double value);
// A value of type `from` as one of type `to`. Of floats that no integer of 32 or 64 bits holds numpy makes what the
// instructions of x86-64 make: the least integer; of shorter integers and where it is not of one mind, the bits of that.
double type_cast(int64_t from, int64_t to, double value);
// n values of a type, as they are stored (swapped: their bytes the other way round), as doubles. False: one
// is an integer that a double does not hold; *at is its index.
bool type_read(int64_t type, bool swapped, const void *from, int64_t n, double *to, int64_t *at);
#endif

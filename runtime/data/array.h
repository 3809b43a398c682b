// SPDX-License-Identifier: 0BSD
// Arrays that a script describes. An array is a function from the numbers of rows to rows: a source reads them
// from its file, a step asks its inputs for the rows that it needs. So nothing but sources and the samples at
// the end is ever there as a whole, whatever the steps. What is one for all rows, as a mean, is an array of one
// row. Values are doubles on their way, each rounded to the type of the array that it is of.
#ifndef CNN_ARRAY_H
#define CNN_ARRAY_H
#include "data/find.h"
#include "data/steps.h"
#include "data/types.h"
#include "io/image.h"
#include "runtime.h"

typedef struct Array { // one in this run
    const CnnArray *of;
    int64_t rows, values; // rows; values of a row
    struct Array *input[2];
    bool each; // its class's each() is all that it does
    const void
        *whole; // all of it in memory, as its type is stored, where a source has that; or NULL
    void *own; // of its class
} Array;

typedef struct Arrays { // all that were opened
    const CnnModel *model;
    const char *folder; // that --data names, or NULL
    int threads; // that whole arrays are read by
    int64_t memory; // bytes that samples may still take as a whole
    const float *const *predicted; // by the program so far
    int n;
    Array **array;
} Arrays;

struct CnnArrayClass {
    // Gets ready: reads what is the same for all rows. NULL: there is nothing.
    bool (*open)(Array *a, Arrays *all, CnnError *error);
    // The n rows of these numbers, one after the other. Several threads call it at the same time.
    bool (*rows)(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error);
    // Of a step that changes each value for itself: does that to n values of its input, in place. Or NULL.
    void (*each)(const Array *a, double *value, int64_t n);
    void (*close)(Array *a); // or NULL
    // Makes a row of an image that is none of its own, with as many channels; or NULL.
    bool (*image)(const CnnArray *of, const Image *image, double *to, CnnError *error);
    bool chooses; // which rows there are, and changes none
    bool is_table; // its numbers are as array_csv's
    bool of_rows; // number[1] is not 0 where it takes more of its inputs than the one row
};

struct ReadValues;
const Array *reading_array(const struct ReadValues *by, const CnnArray *of,
                           CnnError *error); // reader.c: one of a run, opened. NULL: reported.
// Opens an array, or finds the one that is open. NULL: reported.
Array *array_open(Arrays *all, const CnnArray *of, CnnError *error);
// One that stands alone, without its inputs and not opened.
Array *array_new(Arrays *all, const CnnArray *of, CnnError *error);
void arrays_close(Arrays *all);
// Gives all rows to take(), block after block; threads: several of them, in any order.
typedef bool ArrayTake(void *context, int64_t first, int64_t n, const double *value,
                       CnnError *error);
bool array_walk(const Array *a, int threads, ArrayTake *take, void *context, CnnError *error);
// Rows that are all alike: n times the values of one.
bool array_alike(const Array *a, const double *value, int64_t n, double *to);
// Rows of an array, from malloc. NULL: reported; what: that there was no memory for.
double *array_rows(const Array *of, const int64_t *row, int64_t n, const char *what,
                   CnnError *error);
// Of its input 0, where a step needs them beside its own.
double *array_input(const Array *a, const int64_t *row, int64_t n, CnnError *error);
// Of each value of a row its place in another one: `first` and the sum of index times stride over the dimensions
// of a row, each with its stride. NULL: reported.
int64_t *array_places(const Array *a, const double *stride, double first, CnnError *error);
// Rows of its input 0 in another order, or fewer of them: row r is choose(a, r) there.
bool array_chosen(const Array *a, const int64_t *row, int64_t n, double *to, CnnError *error,
                  int64_t (*choose)(const Array *, int64_t));
#endif

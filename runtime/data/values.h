// SPDX-License-Identifier: 0BSD
// What becomes of predictions. A program is linked with cnn_values (data/steps.h) if it prints any.
#ifndef CNN_VALUES_H
#define CNN_VALUES_H
#include "data/reader.h"

typedef struct ReadValues { // by whom, and of which run
    Reading **reading;
    const CnnModel *model;
    const float *const *predicted; // what the program has predicted so far
    ReadBy by;
} ReadValues;

struct CnnValues {
    const CnnReader *reader; // which closes what was opened
    double *(*read)(const ReadValues *by, const CnnArray *of, CnnError *error); // NULL: reported
    void (*print)(FILE *out, const CnnArray *of, const double *value); // as numpy does
    bool (*write)(const OutFile *out, const CnnStatement *s, double *const *value, CnnError *error);
};

// A statement's array to its path: alone, or as text in an item's format under that of the next one.
bool array_write(const OutFile *out, const CnnStatement *s, double *const *value, CnnError *error);
// An array of some rank, as numpy prints it, and one value.
void array_print(FILE *out, const CnnArray *of, const double *value);
void value_print(FILE *out, int64_t type, double value);
#endif

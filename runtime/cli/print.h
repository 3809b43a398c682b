// SPDX-License-Identifier: 0BSD
// What print statements print.
#ifndef CNN_PRINT_H
#define CNN_PRINT_H
#include "runtime.h"
#include <stdio.h>

typedef struct Results { // what there is to print
    const double *score; // of the evaluations
    const Series *series; // of the histories
    const CnnStatement *statement; // its arrays,
    double **value; // and the values of each
    const char *wrong; // why it cannot be printed, or NULL
} Results;
// False where r->wrong.
bool print_line(FILE *out, const CnnStatement *statement, Results *r);
#endif

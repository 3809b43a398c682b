// SPDX-License-Identifier: 0BSD
// Event files, which TensorBoard reads: scalars, each with the step it belongs to.
#ifndef CNN_EVENTS_H
#define CNN_EVENTS_H
#include "error.h"
#include "io/outfile.h"
#include <stdio.h>

// A new file in a folder, which is made where it is not there; number, or a later one, tells files of one process apart.
FILE *events_open(const char *folder, int number, CnnError *error);
// False: it could not be written, or memory is out; errno says why.
bool events_scalar(FILE *file, const char *prefix, const char *name, const char *suffix,
                   int64_t step, double value);
#endif

// SPDX-License-Identifier: 0BSD
// What print statements print.
#ifndef CNN_PRINT_H
#define CNN_PRINT_H
#include "abi.h"
#include <stdio.h>

void print_line(FILE *out, const CnnStatement *statement, const double *score);
#endif

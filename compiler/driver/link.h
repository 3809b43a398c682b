// SPDX-License-Identifier: MIT
// Linking a program: its objects, the runtime archive and what the plan uses, with $CC or cc.
#ifndef CNNC_LINK_H
#define CNNC_LINK_H
#include "../runtime/io/outfile.h"
#include "codegen/module.h"
#include <stdbool.h>

// Links n objects to an executable and writes it to out. blas: also OpenBLAS.
// Reports on stderr; returns the exit code.
int link_program(Arena *a, const Output *object, int n, OutFile *out, bool blas, bool verbose);
#endif

// SPDX-License-Identifier: MIT
// Linking a program: the object, the runtime archive and what the plan uses, with $CC or cc.
#ifndef CNNC_LINK_H
#define CNNC_LINK_H
#include "support/arena.h"
#include <stdbool.h>

// Links object bytes to an executable at path, written beside and renamed. blas: also OpenBLAS.
// Reports on stderr; returns the exit code.
int link_program(Arena *a, const char *object, size_t length, const char *path, bool blas,
                 bool verbose);
#endif

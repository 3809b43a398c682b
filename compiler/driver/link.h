// SPDX-License-Identifier: MIT
// Linking with $CC or cc: a program of its objects, the runtime archive and what the plan uses; or a shared library;
// with wasm-ld a module.
#ifndef CNNC_LINK_H
#define CNNC_LINK_H
#include "../runtime/io/outfile.h"
#include "codegen/module.h"
#include <stdbool.h>

enum { LINK_BLAS = 1, LINK_IMAGES = 2, LINK_MPI = 4 };
typedef unsigned LinkNeeds; // of these, beyond what all programs have

// Links n objects to an executable and writes it to out. Reports on stderr; returns the exit code.
int link_program(Arena *a, const Output *object, int n, OutFile *out, LinkNeeds needs,
                 bool verbose);
// Links an object that needs nothing to a shared library, which needs nothing either; likewise.
int link_library(Arena *a, const Output *object, OutFile *out, bool verbose);
// Links an object of WebAssembly to a module that imports nothing, with so many bytes of stack; likewise.
int link_wasm(Arena *a, const Output *object, int64_t stack, OutFile *out, bool verbose);
bool link_has_mpi(void); // is there what LINK_MPI needs?
const char *link_names(Arena *a, LinkNeeds needs); // of the libraries, for --licenses
#endif

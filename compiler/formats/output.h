// SPDX-License-Identifier: MIT
// Writing results by the rule of runtime/io/outfile.h, and files of no such worth: those that another
// program of this run is to read.
#ifndef CNNC_OUTPUT_H
#define CNNC_OUTPUT_H
#include "../runtime/io/outfile.h"

// Opens path, where "-" is stdout. Reports on stderr and returns the exit code.
int output_open(OutFile *out, const char *path, const Kept *kept);
int output_write(const OutFile *out, const void *bytes, size_t length); // the same
// A file in a folder that this run has made. False with errno set on failure.
bool output_scratch(const char *path, const void *bytes, size_t length);
#endif

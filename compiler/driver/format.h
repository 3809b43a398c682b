// SPDX-License-Identifier: MIT
// cnnc fmt.
#ifndef CNNC_FORMAT_H
#define CNNC_FORMAT_H
#include "driver/options.h"

// Lays the text of the file `name`, "-" for stdin, out anew: to stdout, to the file, or only says whether it would.
ExitCode format_file(const Options *o, Arena *a, const char *name, const char *text, size_t length);
#endif

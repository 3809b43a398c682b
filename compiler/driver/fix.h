// SPDX-License-Identifier: MIT
// cnnc check --fix.
#ifndef CNNC_FIX_H
#define CNNC_FIX_H
#include "driver/options.h"

// Mends the text of the file `name`, "-" for stdin, as the diagnostics say, and writes it there, or to
// stdout; only where all edits can be made and what comes of them compiles.
ExitCode fix_file(const Options *o, Arena *a, const char *name, const char *text, size_t length);
#endif

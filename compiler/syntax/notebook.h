// SPDX-License-Identifier: MIT
// A notebook's code cells as one script.
#ifndef CNNC_NOTEBOOK_H
#define CNNC_NOTEBOOK_H
#include "support/arena.h"
#include <stdbool.h>

enum { MOST_NOTEBOOK = 1 << 26 }; // bytes, with the pictures that cells have drawn
bool notebook_named(const char *file); // NAME.ipynb
// The cells of code in their order, each behind a line with its number. Lines of the notebook's own
// commands (%matplotlib, !pip) become comments. NULL: it is no notebook, and *wrong says why.
const char *notebook_script(Arena *a, const char *text, size_t length, const char **wrong);
#endif

// SPDX-License-Identifier: MIT
// Names of files that hold weights.
#ifndef CNNC_SAVING_H
#define CNNC_SAVING_H
#include "script/eval.h"

enum { FILE_ENDS = 6 };
typedef struct FileKind {
    const char *what; // "weights"
    const char *end[FILE_ENDS]; // of their names, in Keras and here; NULL-terminated
} FileKind;
// The name of our file in the place of Keras's, which a warning tells after `does`; NULL: reported.
const char *weights_file(Eval *e, Loc loc, const FileKind *kind, const char *does,
                         const char *name);
#endif

// SPDX-License-Identifier: 0BSD
// Where the files are that a script names.
#ifndef CNN_FIND_H
#define CNN_FIND_H
#include "error.h"

// The path of a file: in `folder`, which --data names, under its whole name or the last part of it; without a
// folder as it is named, else in $CNNC_DATA. From malloc. NULL: it is nowhere; reported.
char *array_find(const char *name, const char *folder, CnnError *error);
#endif

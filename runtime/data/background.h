// SPDX-License-Identifier: 0BSD
#ifndef CNN_BACKGROUND_H
#define CNN_BACKGROUND_H
#include "io/image.h"
#include "runtime.h"

extern const char *const background_names[BACKGROUNDS];
Background background_of(const Samples *samples, const CnnModel *model); // three quarters of it
Background background_named(const char *name); // NULL or no name: BACKGROUND_MIXED
#endif

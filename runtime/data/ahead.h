// SPDX-License-Identifier: 0BSD
// Rows of an array that are made ahead of use, for arrays that are larger than the memory they may have. Threads
// of their own make them in the order of a pass and put them into a ring; who uses them says how far it is. A row
// is what it is wherever it is made, so no bit depends on the threads nor on the ring.
#ifndef CNN_AHEAD_H
#define CNN_AHEAD_H
#include "data/array.h"

// Puts a row of `values` where it is to be, as it is stored there. False: it is refused.
typedef bool AheadPut(const void *context, int64_t row, const double *value, void *to,
                      CnnError *error);
// all->threads make them, or as many as can be had. No thread runs before the first pass begins. NULL: reported.
Ahead *ahead_new(const Arrays *all, const Array *a, int64_t bytes, AheadPut *put,
                 const void *context, CnnError *error);
void ahead_free(Ahead *ahead); // NULL is nothing
#endif

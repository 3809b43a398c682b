// SPDX-License-Identifier: MIT
// What a function makes of one sample, done to all of them.
#ifndef CNNC_SAMPLE_H
#define CNNC_SAMPLE_H
#include "data/data.h"

// It has the shape of a row of x, and no values.
Value sample_like(Eval *e, const Value *x, int type, Loc loc);
bool sample_label(const Array *x); // of one sample, a class number
typedef bool SampleStep(void *context, const Array *step); // false: it is not to be done
// The steps from one to made, each shown to `follow` unless that is NULL, done to *all. False: not all can be.
bool sample_again(Eval *e, const Array *one, const Array *made, SampleStep *follow, void *context,
                  Value *all, Loc loc);
#endif

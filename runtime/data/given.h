// SPDX-License-Identifier: 0BSD
// See given.c.
#ifndef CNN_GIVEN_H
#define CNN_GIVEN_H
#include "data/array.h"

typedef struct Given Given;
// NULL: reported, as what needs more than one row cannot be had of one.
Given *given_open(Arrays *all, const CnnArray *of, CnnError *error);
// raw: the row of the source; x: the sample.
bool given_sample(Given *g, const double *raw, float *x, CnnError *error);
void given_close(Given *g); // NULL is nothing
#endif

// SPDX-License-Identifier: MIT
// Metrics that count outputs by how many of several rising thresholds they are above.
#ifndef CNNC_THRESHOLDS_H
#define CNNC_THRESHOLDS_H
#include "keras/metrics/metric.h"

enum { MOST_THRESHOLDS = 10000, MOST_OWN_THRESHOLDS = 128 };

Expr *outputs_in_range(RowMath *m, Expr *z); // z, or 0 or 1 where it is below or above these
// Above how many of `n` thresholds, evenly from 0 to 1, is p, which is in that range? As RowSum.at has it: the
// place is one less, and of a p of 0 the first as well.
Expr *above_even(RowMath *m, Expr *p, int64_t n);
Expr *above_own(RowMath *m, Expr *p, const Numbers *thresholds); // of these, as a number
// 1 for the output of this number, else 0; NaN: for all.
Expr *of_class(RowMath *m, double class_id);
const char *class_refuse(Arena *a, double class_id, const Shape *output);
#endif

// SPDX-License-Identifier: 0BSD
// The compiler's interpreter computes a step's figures by this too.
#ifndef CNN_FORMULA_H
#define CNN_FORMULA_H
#include "abi.h"

// rate: the step's learning rate, 0 for its own formula; iterations: steps made before.
double formula_value(const CnnFormula *formula, double rate, double iterations);
double formula_of(const CnnFormula *formula, const double *sum); // of sums alone
#endif

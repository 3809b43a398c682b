// SPDX-License-Identifier: MIT
#ifndef CNNC_STEP_CHECK_H
#define CNNC_STEP_CHECK_H
#include "step/step.h"

// NULL if the Step is well formed, else what is wrong with it: node, tensor and index. The text is the
// arena's.
const char *step_check(Arena *a, const Step *s);
#endif

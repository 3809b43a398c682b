// SPDX-License-Identifier: MIT
// A weights file, checkpoint or case as a parameter block for an object.
#ifndef CNNC_WEIGHTS_H
#define CNNC_WEIGHTS_H
#include "plan/plan.h"

// Reads path into params (Plan.param_floats floats, zeroed). Reports one line on stderr and returns
// the exit code, 0 if all is well.
int weights_read(const Plan *p, const char *path, float *params);
#endif

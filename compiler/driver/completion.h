// SPDX-License-Identifier: MIT
// Scripts that make a shell complete what is typed after cnnc.
#ifndef CNNC_COMPLETION_H
#define CNNC_COMPLETION_H
#include "driver/options.h"

void completion_print(Shell shell, FILE *out);
#endif

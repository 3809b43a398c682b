// SPDX-License-Identifier: MIT
// Numbers of a tensor whose dimensions are put in another order, as kernels of Keras's and of ONNX's differ.
#ifndef CNNC_PERMUTED_H
#define CNNC_PERMUTED_H
#include <stdint.h>

// Dimension d of `to` is number from[d] of the value's, which has these. At most 8.
void permuted(float *to, const float *value, int rank, const int64_t *dim, const int *from);
#endif

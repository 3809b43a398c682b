// SPDX-License-Identifier: MIT
// See permuted.h.
#include "exchange/permuted.h"

void permuted(float *to, const float *value, int rank, const int64_t *dim, const int *from) {
    enum { MOST = 8 };
    int64_t stride[MOST], size[MOST], step[MOST], count = 1;
    for (int d = rank - 1; d >= 0; count *= dim[d], d--) stride[d] = count;
    for (int d = 0; d < rank; d++) size[d] = dim[from[d]], step[d] = stride[from[d]];
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i, at = 0;
        for (int d = rank - 1; d >= 0; rest /= size[d], d--) at += rest % size[d] * step[d];
        to[i] = value[at];
    }
}

// SPDX-License-Identifier: MIT
// What the kernels after a max-pool share: where windows, positions and taps lie.
#ifndef CNNC_SPARSE_H
#define CNNC_SPARSE_H
#include "kernels/generic/nest.h"
#include "kernels/sparse/sparse.h"

enum { MAX_PATCH = 64 };

typedef struct Sparse {
    Builder *ir;
    const Plan *p;
    const Node *n;
    const Tensor *g, *argmax, *image; // image: what positions index, dX's output or dW's X
    int g_id, argmax_id, image_id;
    int64_t pool[2], windows[2], kernel[2];
    int64_t step[2], dilation[2]; // image elements between positions, between taps
    int64_t origin; // image element of position (0, 0), tap (0, 0)
    int64_t co, ci;
} Sparse;

// Geometry from the access to the image: index = position * stride + tap * dilation + off.
Sparse sparse_setup(Builder *ir, const Plan *p, const Node *n, const Access *image,
                    const int tap[2]);
int sparse_tap_axis(const Access *x, int d); // the axis of dimension d
Val sparse_float(const Sparse *q, int tensor, Val i);
// Lanes whose argmax is that position: <width x i1>.
Val sparse_at_position(const Sparse *q, Val argmax, int64_t position, Lanes l);
// Offset of window (y, x) in the pooled tensors, of the sample at hand.
Val sparse_window(const Sparse *q, const Tensor *t, Val sample, Val y, Val x);
#endif

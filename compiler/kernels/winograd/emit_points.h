// SPDX-License-Identifier: MIT
// Winograd's transforms along one axis, on vectors, at any stride.
#ifndef CNNC_POINTS_H
#define CNNC_POINTS_H
#include "codegen/builder.h"
#include "kernels/winograd/winograd.h"

typedef void Transform(Builder *ir, const Winograd *w, const Val *in, Val *out, int width);
Transform points_input; // v = B^T d
Transform points_output; // y = A^T m
Transform points_filter; // u = G g
Transform points_output_grad; // m = A y, the adjoint of output; y NULL where the tile sticks out
Transform points_filter_grad; // g = G^T u, the adjoint of filter; at stride 1 alone
Transform points_input_grad; // d = B m, the adjoint of input
#endif

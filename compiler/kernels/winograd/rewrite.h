// SPDX-License-Identifier: MIT
// A convolution at Winograd's points: what stands in its place, for tiles (both axes are transformed) and
// for strips (rows alone, columns stay as they are).
#ifndef CNNC_WINOGRAD_REWRITE_H
#define CNNC_WINOGRAD_REWRITE_H
#include "kernels/winograd/family.h"

typedef struct Rewrite { // of node n by c
    Step *s;
    const Node *n;
    const Convolution *c;
    const Variant *row;
    int axes; // that are transformed, the rows first: 1 or 2
    int m[2]; // outputs of a tile along each of those
    bool turned; // the kernel at the points leads from y's channels to x's
    int64_t count[2]; // tiles along them; along columns that stay, y's
    int64_t points; // of all transformed axes together
} Rewrite;

// Sets count and points, from m.
void rewrite_measure(Rewrite *r);
// Node i becomes transform, product, transform, after the kernel's transform.
void rewrite_forward(const Rewrite *r, int i);
// Node i, which adds to x's gradient, becomes the adjoint of these.
void rewrite_adjoint(Rewrite *r, int i);
// Node i becomes two transforms, a product and, once a step, a transform; the gradient is then the
// step's, not a leaf's.
void rewrite_gradient(const Rewrite *r, int i);

// The pieces. Tensors at the points: the kernel [points][columns' taps][in][out], turned [..][out][in], an image of
// so many channels [points][rows][columns][channel]; with tiles no taps are left, and rows and columns are one.
int kernel_points(const Rewrite *r, const char *what, Owner owner);
int image_points(const Rewrite *r, int of, const char *what, bool input);
Node kernel_transform(const Rewrite *r, int op, int points); // to or from them
Node image_transform(const Rewrite *r, int op, int points); // of x (X_INPUT, X_INPUT_GRAD) or y
#endif

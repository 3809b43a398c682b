// SPDX-License-Identifier: MIT
// Images of another size. Along each dimension y[o] = sum over i of w[o, i] x[i]: a product with a matrix that is
// known when the model is compiled, as Keras's interpolations with the centres of pixels at halves have it.
#ifndef CNNC_INTERPOLATE_H
#define CNNC_INTERPOLATE_H
#include "keras/layers/layer.h"

typedef enum { NEAREST, BILINEAR, BICUBIC, LANCZOS3, LANCZOS5 } Interpolation;
extern const char *const interpolation_names[]; // their names: ARG_CHOICE gives an Interpolation

typedef struct ResizeArgs {
    int64_t height, width;
    int interpolation;
    bool crop, pad; // what is taken away, or put around, so that both dimensions are scaled alike
    double fill; // what is put around
    bool antialias; // the kernel is as wide as what becomes one pixel
} ResizeArgs;

// Reports sizes beyond those that matrices are made for.
bool resize_within(Arena *a, Diag *d, const Layer *l, const ResizeArgs *args);
int resize(Step *s, int x, const ResizeArgs *args); // x [H, W, C]

typedef struct
    MatrixRows { // of a matrix; row o: n[o] weights from index first[o] on, at weight[o * most]
    int64_t out, most, *first, *n;
    double *weight;
    double *missing; // of row o: weights of what x does not have; or NULL
} MatrixRows;

// A matrix along dimension `dim` of x, whose rows lie near the diagonal of out by size.
int matrix_product(Step *s, int x, int dim, const MatrixRows *r, int64_t size);

typedef struct ResizeMatrix { // along one dimension
    int64_t out;
    double *weight; // [out, in]; NULL: the dimension stays as it is
    double *missing; // by output: weights of what is put around x
} ResizeMatrix;
// Of dimension d of images of in[0] x in[1].
ResizeMatrix resize_matrix(Arena *a, const ResizeArgs *args, const int64_t in[2], int d);
#endif

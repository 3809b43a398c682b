// SPDX-License-Identifier: MIT
// The products of a register tile of a depthwise convolution, forward or back: which value of the image is
// multiplied by which tap into which sum. In the order of the image each value is loaded once.
#ifndef CNNC_DEPTHWISE_PRODUCTS_H
#define CNNC_DEPTHWISE_PRODUCTS_H
#include "kernels/generic/nest.h"

enum { MAX_SUMS = 64, MAX_PRODUCTS = 1024 };

typedef struct Products {
    Builder *ir;
    const Plan *p;
    const Nest *n;
    int lane;
} Products;

typedef struct Product { // sum += x[offset] tap
    int64_t offset; // elements of operand 0
    int sum, tap;
} Product;

void products_sort(Product *of, int n); // as they are to be emitted
// c: where operand 0 has offset 0; tap: values; sum: variables.
void products_emit(const Products *d, const Cursor *c, Lanes l, const Product *of, int n,
                   const Val *tap, const Val *sum);
#endif

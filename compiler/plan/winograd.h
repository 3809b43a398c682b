// SPDX-License-Identifier: MIT
// The matrices of Winograd's minimal filtering F(m, 3): y = A^T [(G g) . (B^T d)], t = m + 2 points.
#ifndef CNNC_WINOGRAD_H
#define CNNC_WINOGRAD_H

enum { WINO_POINTS = 8, WINO_TILE = 6 };

typedef struct Winograd {
    int m, t; // outputs, points
    int pairs, zero; // points: +-q[0], +-q[1], ..., then 0 if `zero`, then infinity
    double q[3];
    double G[WINO_POINTS][3]; // filter taps -> points
    double B[WINO_POINTS][WINO_POINTS]; // B^T: inputs -> points
    double A[WINO_TILE][WINO_POINTS]; // A^T: points -> outputs
} Winograd;

// m: 2 to 6. Toom-Cook: evaluate both polynomials at the points, multiply, interpolate, transposed.
Winograd winograd(int m);
#endif

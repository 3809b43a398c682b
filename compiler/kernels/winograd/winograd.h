// SPDX-License-Identifier: MIT
// The matrices of Winograd's minimal filtering F(m, r): y = A^T [(G g) . (B^T d)], t = m + r - 1 points,
// and the convolutions it serves. At stride s the taps p, p + s, ... meet the inputs p, p + s, ... alone, as at
// stride 1: y is the sum of s such filterings, one a phase p, whose points follow each other. They are as many as
// the inputs of a tile, t = (m - 1) s + r.
#ifndef CNNC_WINOGRAD_H
#define CNNC_WINOGRAD_H
#include "step/problem.h"

enum { WINO_POINTS = 9, WINO_TILE = 7, WINO_TAPS = 7 };

typedef struct Winograd {
    int m, r, t; // outputs, taps, points: as many as inputs
    int stride; // above 1: matrices of all phases, and no pairs
    int pairs, zero; // points: +-q[0], +-q[1], ..., then 0 if `zero`, then infinity
    double q[4];
    double G[WINO_POINTS][WINO_TAPS]; // filter taps -> points
    double B[WINO_POINTS][WINO_POINTS]; // B^T: inputs -> points
    double A[WINO_TILE][WINO_POINTS]; // A^T: points -> outputs
} Winograd;

// Tiles of m outputs side by side until a window of the pool ends with one.
int64_t tiles_a_window(int64_t m, int64_t window);
enum { WINO_TOGETHER = 200 }; // points of the tiles that are computed together, at most

// At most WINO_POINTS points, at least one tap a phase. Toom-Cook: evaluate both polynomials at the points,
// multiply, interpolate, transposed. A single tap multiplies each input.
Winograd winograd(int m, int r, int stride);
int64_t winograd_points(int64_t m, int64_t r, int64_t stride); // or inputs, of a tile
Winograd winograd_phase(const Winograd *w, int phase); // at stride 1

// What a rewrite needs to know of a convolution: y[h, w, o] = sum x[s h +- kh, s w +- kw, i] k[kh, kw, ..].
typedef struct Convolution {
    Solve solve; // the node computes y, or x's or k's gradient from y's
    Access x, k, y;
    int pos[2], out, tap[2], in; // axes: position in y, channel of y, taps, channel of x
    int flip; // x's index falls with the tap
    int64_t stride, ci, co, extent[2], taps[2];
} Convolution;
// Is node n one, at one stride on both axes? If it adds to x's gradient, to all that is needed of it.
bool plan_convolution(const Step *s, const Node *n, Convolution *c);
// The max-pool that alone reads what n writes, by windows that neither overlap nor reach outside: its
// node, or -1.
int plan_max_pool(const Step *s, const Node *n);
bool plan_may_stick_out(const Step *s, const Convolution *c); // can x have a ring of zeros?
// Nodes without axes yet, in the name of node `of`: a transform to points or back, with the two windows
// its row reads, and the products at the points.
Node plan_point_transform(const Node *of, int op, const struct Variant *row, int64_t m,
                          int64_t second, int64_t stride);
Node plan_point_products(const Node *of);
void node_passes(Node *n, Access in, Access out); // a further input and result
#endif

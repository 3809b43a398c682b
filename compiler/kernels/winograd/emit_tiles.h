// SPDX-License-Identifier: MIT
// What Winograd's transforms of images and of kernels have in common, of both axes, channels in the lanes.
#ifndef CNNC_EMIT_TILES_H
#define CNNC_EMIT_TILES_H
#include "kernels/generic/nest.h"
#include "kernels/winograd/emit_points.h"

typedef struct Wino Wino;
struct Wino {
    Builder *ir;
    const Plan *p;
    const Nest *n;
    Winograd axis[2]; // along rows of tiles, along columns
    int64_t points; // elements between two points of V, M or U
    Lanes l;
    int64_t group[2]; // tiles that are computed together, along each axis
    int64_t rows, cols; // outputs of this group that exist
    Val y[WINO_TOGETHER]; // outputs of this group, as far as they are computed
    void (*tile)(Wino *, const Cursor *); // one vector of a group of tiles, or of a kernel
};

// Both axes: in[h][w] of hi x wi values to out of ho x wo, columns first.
void both_axes(Wino *q, Transform *f, const Val *in, int hi, int wi, Val *out, int ho, int wo);
Val point_at(Wino *q, const Cursor *c, int op, int64_t point); // of operand op
void vector_of_tile(void *wino, Cursor at, Lanes l); // a VectorBody: calls Wino.tile
void emit_filter(Wino *q, const Node *n); // a kernel's way to the points, or back
#endif

// SPDX-License-Identifier: MIT
// Places in a block of memory for tensors that live at different times.
#ifndef CNNC_PLACE_H
#define CNNC_PLACE_H
#include "step/step.h"

typedef struct Piece {
    Tensor *tensor;
    bool ring; // has zeros around it, which are written once: it shares with none but its like
    int first, last; // it is alive from then to then: kernels, or phases
    int64_t bytes, offset;
    int head, busy; // among those with rings: the first at that place; of that: who found it taken
} Piece;

int64_t place_bytes(int64_t bytes); // that it takes: every place is at a multiple of CNN_ALIGN
// Sorts the pieces and gives each tensor its offset. Returns where the last one ends.
int64_t place_pieces(Piece *piece, int n);
#endif

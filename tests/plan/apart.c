// SPDX-License-Identifier: MIT
// A compiler whose tensors share no memory: each has a place of its own, far from the next. A program of it computes
// the same bits as one of the compiler itself, unless a kernel touches what is not its own, or what another has
// overwritten since. What is planned, and in which order sums are made, stays: places are apart in the final map alone.
// The linker puts these functions in the place of the plan's (--wrap).
#include "plan/place.h"
#include "plan/plan.h"

enum { GAP = 1 << 14 }; // bytes between tensors: more than a tile reaches

static bool final;

void __real_plan_memory(Plan *p);
void __wrap_plan_memory(Plan *p);
int64_t __real_place_pieces(Piece *piece, int n);
int64_t __wrap_place_pieces(Piece *piece, int n);

void __wrap_plan_memory(Plan *p) {
    final = true;
    __real_plan_memory(p);
    final = false;
}

int64_t __wrap_place_pieces(Piece *piece, int n) {
    if (!final) return __real_place_pieces(piece, n);
    int64_t end = GAP;
    for (int i = 0; i < n; i++) {
        piece[i].tensor->offset = end;
        end += place_bytes(piece[i].bytes) + GAP;
    }
    return end;
}

// SPDX-License-Identifier: MIT
// See place.h. Those with rings come first, so that they leave no holes, each at the place of its like if none of these
// is alive together with it; then the largest, each at the lowest offset where it meets no other that is.
#include "plan/place.h"
#include "plan/plan.h"
#include "../runtime/abi.h"
#include <stdlib.h>

int64_t place_bytes(int64_t bytes) {
    return (bytes + CNN_ALIGN - 1) / CNN_ALIGN * CNN_ALIGN;
}

static int by_place(const void *x, const void *y) {
    const Piece *a = x, *b = y;
    if (a->ring != b->ring) return a->ring ? -1 : 1;
    if (a->bytes != b->bytes) return a->bytes > b->bytes ? -1 : 1;
    return a->tensor < b->tensor ? -1 : 1;
}

static bool overlap(const Piece *a, const Piece *b) {
    return a->first <= b->last && b->first <= a->last;
}

// The lowest offset from `at` on at which t meets none of those placed that is alive together with it. These are
// in the order of their offsets: the first gap that is wide enough is the lowest.
static int64_t lowest(const Piece *t, int64_t at, const Piece *placed, int n) {
    for (int i = 0; i < n && placed[i].offset < at + place_bytes(t->bytes); i++) {
        int64_t end = placed[i].offset + place_bytes(placed[i].bytes);
        if (end > at && overlap(t, &placed[i])) at = end;
    }
    return at;
}

// The first of those with rings, from `from` on, at whose place piece i can be, or i itself.
static int place_of_like(Piece *piece, int from, int i) {
    for (int k = from; k < i; k++)
        if (overlap(&piece[k], &piece[i])) piece[piece[k].head].busy = i;
    for (int k = from; k < i; k++)
        if (piece[k].head == k && piece[k].busy != i &&
            tensor_same_ring(piece[k].tensor, piece[i].tensor))
            return k;
    return i;
}

// Places those with rings; returns how many there are.
static int place_rings(Piece *piece, int n, int64_t *end) {
    int i = 0;
    for (int from = 0; i < n && piece[i].ring; i++) {
        Piece *t = &piece[i];
        if (t->bytes != piece[from].bytes) from = i;
        t->head = place_of_like(piece, from, i);
        t->tensor->offset = t->offset = t->head < i ? piece[t->head].offset : *end;
        if (t->head == i) *end += place_bytes(t->bytes);
    }
    return i;
}

int64_t place_pieces(Piece *piece, int n) {
    int64_t base = 0;
    if (n) qsort(piece, (size_t)n, sizeof *piece, by_place);
    int first = place_rings(piece, n, &base);
    int64_t end = base;
    // those from the first on are placed, and in the order of offsets
    for (int i = first; i < n; i++) {
        Piece t = piece[i];
        t.tensor->offset = t.offset = lowest(&t, base, piece + first, i - first);
        if (t.offset + place_bytes(t.bytes) > end) end = t.offset + place_bytes(t.bytes);
        int at = i;
        for (; at > first && piece[at - 1].offset > t.offset; at--) piece[at] = piece[at - 1];
        piece[at] = t;
    }
    return end;
}

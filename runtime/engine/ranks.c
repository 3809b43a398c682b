// SPDX-License-Identifier: 0BSD
// See ranks.h. Large sums go in two moves: each rank gets its share of the elements from all parts, adds them, and
// all collect the shares; so each sends about twice what it sums, whatever the number of ranks. Small sums go
// in one: everybody gets all and adds all, which takes half the time where a message's way takes longest.
#include "engine/ranks.h"
#include "runtime.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE = CNN_ALIGN,
    SMALL = RANKS_SMALL / LINE
}; // bytes of an item; items that go in one move
enum { DOUBLES = LINE / (int)sizeof(double), FLOATS = LINE / (int)sizeof(float) }; // of a line

const Ranks ranks_alone = {.n = 1};

bool ranks_start(Ranks *r, const CnnRanks *of, CnnError *error) {
    *r = (Ranks){.n = 1, .of = of};
    if (!of->start(r, error)) return false;
    r->line = calloc((size_t)r->n, 2 * sizeof *r->line);
    r->count = calloc((size_t)r->n, 4 * sizeof *r->count);
    r->failed = calloc(1, sizeof *r->failed);
    return (r->line && r->count && r->failed) ||
           cnn_fail(error, CNN_SYSTEM, "out of memory for the ranks");
}

void ranks_stop(Ranks *r) {
    free(r->line);
    free(r->count);
    free(r->failed);
    if (r->of) r->of->stop();
    *r = ranks_alone;
}

// ---- the tree, cut

void ranks_cut(const Ranks *ranks, int64_t leaves, Cut *cut) {
    if (cut->leaves == leaves) return;
    cut->leaves = leaves;
    cut->n = reduce_cut(leaves, ranks->n, cut->first);
}

int64_t ranks_most(const Ranks *ranks, int64_t leaves) {
    // No part is larger than with another leaf. So many ranks as a power of two cut a full tree evenly.
    int64_t even = 1, whole = 1;
    while (2 * even <= ranks->n) even *= 2;
    while (whole < leaves) whole *= 2;
    int64_t most = whole / even < 1 ? 1 : whole / even;
    return most < leaves ? most : leaves;
}

// ---- sums

static int64_t lines_of(int64_t doubles, int64_t floats) {
    return ceil_div(doubles, DOUBLES) + ceil_div(floats, FLOATS);
}

static int64_t own_lines(const Ranks *r, int64_t lines) { // at most
    return lines <= SMALL ? lines : ceil_div(lines, r->n);
}

int64_t ranks_room(const Ranks *r, int64_t doubles, int64_t floats) {
    return r->n == 1 ? 0 : r->n * own_lines(r, lines_of(doubles, floats)) * LINE;
}

// `lines` lines of each part, one part after the other, of which the first `doubles` have doubles.
static void add_parts(const Cut *cut, char *parts, int64_t lines, int64_t doubles) {
    Reduction d = {.add = reduce_doubles, .stride = lines * LINE};
    Reduction f = {.add = reduce_floats, .stride = lines * LINE};
    gather_cut(&d, parts, cut->first, cut->n, 0, doubles * DOUBLES);
    gather_cut(&f, parts, cut->first, cut->n, doubles * FLOATS, lines * FLOATS);
}

void ranks_add(const Ranks *r, const Cut *cut, const RankSums *sums, void *room) {
    int64_t lines = lines_of(sums->doubles, sums->floats), heads = ceil_div(sums->doubles, DOUBLES);
    bool small = lines <= SMALL;
    if (r->n == 1 || !lines) return;
    int64_t *at = r->line, *count = r->line + r->n;
    for (int q = 0; q < r->n; q++) {
        at[q] = small ? 0 : lines * q / r->n;
        count[q] = small ? lines : lines * (q + 1) / r->n - at[q];
    }
    int64_t first = at[r->own], own = count[r->own], doubles = heads - first;
    r->of->swap(r, sums->at, room, LINE, at, count, cut->n);
    add_parts(cut, room, own, doubles < 0 ? 0 : doubles < own ? doubles : own);
    memcpy((char *)sums->at + first * LINE, room, (size_t)(own * LINE));
    if (!small) r->of->collect(r, sums->at, LINE, at, count);
}

void ranks_rows(const Ranks *r, const Cut *cut, void *rows, int64_t bytes, int64_t n) {
    if (r->n == 1) return;
    int64_t *at = r->line, *count = r->line + r->n;
    for (int q = 0; q < r->n; q++) {
        int64_t end = q < cut->n ? cut->first[q + 1] * CNN_LEAF : n;
        at[q] = q < cut->n ? cut->first[q] * CNN_LEAF : 0;
        count[q] = q < cut->n ? (end < n ? end : n) - at[q] : 0;
    }
    r->of->collect(r, rows, bytes, at, count);
}

// ---- agreeing

int64_t ranks_largest(const Ranks *r, int64_t value) {
    if (r->n > 1) r->of->largest(&value);
    return value;
}

void ranks_spread(const Ranks *r, void *at, int64_t bytes) {
    if (r->n == 1) return;
    int64_t whole = bytes / LINE, rest = bytes % LINE;
    r->of->spread(at, LINE, whole, 0);
    r->of->spread((char *)at + whole * LINE, 1, rest, 0);
}

// Of a rank that is not the first, which prints it: who it is.
static void sign(const Ranks *r, CnnError *error) {
    char host[64] = "";
    CnnError own = *error;
    if (gethostname(host, sizeof host - 1) != 0) *host = 0;
    if (r->own > 0)
        cnn_fail(error, own.code, "rank %d of %d, on %s: %s", r->own, r->n, host, own.text);
}

bool ranks_agree(const Ranks *r, bool ok, CnnError *error) {
    if (r->n == 1 || *r->failed) return ok && r->n == 1;
    int64_t worst = ranks_largest(r, ok ? 0 : r->n - r->own);
    if (!worst) return true;
    *r->failed = true;
    if (worst == r->n - r->own) sign(r, error);
    r->of->spread(error, sizeof *error, 1, (int)(r->n - worst));
    return false;
}

// SPDX-License-Identifier: MIT
// Layouts: row-major over what is needed of a tensor, with a ring of zeros around it where a reader
// walks beyond (padding, gradients by a convolution's input). Samples follow each other at a multiple
// of 64 bytes; the caller's own arrays (x, y, the output) are exact. A reshape is the same memory
// under another shape where neither side has a ring.
//   requires: phases        sets: Tensor.ring, .alias, .stride, .sample_stride; Plan.batch_stride
#include "plan/place.h"
#include "plan/plan.h"
#include <assert.h>

int tensor_base(const Step *s, int tensor) {
    while (s->tensor[tensor].alias >= 0) tensor = s->tensor[tensor].alias;
    return tensor;
}

bool tensor_has_ring(const Tensor *t) {
    for (int d = 0; d < t->rank; d++)
        if (t->ring[d][0] || t->ring[d][1]) return true;
    return false;
}

bool tensor_same_ring(const Tensor *a, const Tensor *b) {
    bool same = a->type == b->type && a->rank == b->rank && a->bytes == b->bytes;
    for (int d = 0; same && d < a->rank; d++)
        same = a->stride[d] == b->stride[d] && a->ring[d][0] == b->ring[d][0] &&
               a->ring[d][1] == b->ring[d][1] &&
               a->need[d].hi - a->need[d].lo == b->need[d].hi - b->need[d].lo;
    return same;
}

int64_t tensor_count(const Tensor *t) {
    int64_t count = 1;
    for (int d = 0; d < t->rank; d++) count *= t->dim[d];
    return count;
}

static void find_rings(Step *s) {
    for (int i = 0; i < s->nnode; i++) {
        const Node *n = s->node[i];
        bool tiles = n->kind == P_TRANSFORM && n->op == X_INPUT; // they may stick out
        if (n->kind != P_CONTRACT && !tiles) continue; // others see to their edges themselves
        for (int k = 0; k < n->nin; k++) {
            Tensor *t = &s->tensor[n->in[k].tensor];
            for (int d = 0; d < t->rank; d++) {
                Span read = access_span(n, &n->in[k], d);
                int64_t before = t->need[d].lo - read.lo, after = read.hi - t->need[d].hi;
                if (before > t->ring[d][0]) t->ring[d][0] = before;
                if (after > t->ring[d][1]) t->ring[d][1] = after;
            }
        }
    }
}

static bool whole(const Tensor *t) {
    for (int d = 0; d < t->rank; d++)
        if (t->need[d].lo != 0 || t->need[d].hi != t->dim[d]) return false;
    return true;
}

static void find_aliases(Step *s) {
    for (int i = 0; i < s->nnode; i++) {
        const Node *n = s->node[i];
        if (n->kind != P_VIEW || n->op != V_RESHAPE) continue;
        Tensor *from = &s->tensor[n->in[0].tensor], *to = &s->tensor[n->out[0].tensor];
        if (tensor_has_ring(from) || tensor_has_ring(to) || !whole(from) || !whole(to)) continue;
        Tensor *base = &s->tensor[tensor_base(s, n->in[0].tensor)];
        if (to->owner == O_BATCH && base->owner == O_SAMPLE && !tensor_has_ring(base))
            base->owner = O_BATCH;
        bool owners_fit = to->owner == base->owner || to->owner == O_SAMPLE;
        if (!owners_fit || base->owner == O_OUTPUT) continue;
        to->alias = n->in[0].tensor;
    }
}

static int64_t round_up(int64_t x, int64_t to) {
    return (x + to - 1) / to * to;
}

static const int64_t type_bits[] = {[T_F32] = 32, [T_I32] = 32, [T_U8] = 8, [T_BIT] = 1};

static bool walks_across(const Node *n, bool written) {
    return n->row && n->row->family->walks_across && n->row->family->walks_across(n, written);
}

// Is it a tensor of planes that are walked across, by who writes it or by who alone reads it?
static bool has_planes(const Step *s, int tensor) {
    int writer = step_def(s, tensor), reader = step_only_reader(s, tensor);
    if (writer >= 0 && walks_across(s->node[writer], true)) return true;
    return reader >= 0 && walks_across(s->node[reader], false);
}

// Planes a power of two apart map to the same sets of the nearest cache. They are padded to an odd number of
// its lines.
static int64_t staggered(const Target *t, int64_t plane) {
    return plane % (2 * t->line) ? plane : plane + t->line;
}

static void strides(const Plan *p, Tensor *t, bool planes) {
    int64_t count = 1;
    for (int i = t->rank - 1; i >= 0; i--) {
        int d = t->order[i];
        if (planes && i == 0) count = staggered(&p->target, count);
        t->stride[d] = count;
        bool bits = t->type == T_BIT; // random bits are numbered over the whole shape
        count *= bits ? t->dim[d] : t->need[d].hi - t->need[d].lo + t->ring[d][0] + t->ring[d][1];
    }
    static const int64_t unit[] = {[T_F32] = 16, [T_I32] = 16, [T_U8] = 64, [T_BIT] = 4096};
    // Bits come 4096 at a time at most (see the emitter of MASK); readers may touch 32 beyond the last.
    if (t->type == T_BIT) count += 32;
    t->sample_stride = owner_external(t->owner) ? count : round_up(count, unit[t->type]);
    t->bytes = t->sample_stride * type_bits[t->type] / 8;
}

static void live(Step *s, Piece *piece, int tensor, int phase) {
    Piece *of = &piece[tensor_base(s, tensor)];
    if (!of->tensor || phase < of->first) of->first = phase;
    if (!of->tensor || phase > of->last) of->last = phase;
    of->tensor = &s->tensor[tensor_base(s, tensor)];
}

// What is kept for every sample of the batch lies together, sample by sample. What no phase has both of shares its
// memory; one with zeros around it, which stay, only with those that have them at the same places.
static void place_batch(Plan *p) {
    Step *s = p->step;
    Piece *piece = ARENA_ARRAY(p->arena, Piece, s->ntensor);
    int kept = 0;
    for (int i = 0; i < s->nnode; i++) {
        const Node *n = s->node[i];
        for (int k = 0; k < n->nin; k++) live(s, piece, n->in[k].tensor, p->phase_of[i]);
        for (int k = 0; k < n->nout; k++) live(s, piece, n->out[k].tensor, p->phase_of[i]);
    }
    for (int i = 0; i < s->ntensor; i++) {
        Tensor *t = &s->tensor[i];
        if (t->owner != O_BATCH || t->alias >= 0 || !piece[i].tensor) continue;
        piece[kept] = piece[i];
        piece[kept].ring = tensor_has_ring(t);
        piece[kept++].bytes = t->bytes;
    }
    p->batch_stride = place_pieces(piece, kept);
    for (int i = 0; i < s->ntensor; i++) {
        Tensor *t = &s->tensor[i];
        if (t->owner == O_BATCH) t->sample_stride = p->batch_stride * 8 / type_bits[t->type];
    }
}

// What a sample counts lies behind its labels.
static void place_counts(Step *s) {
    if (s->counts < 0) return;
    Tensor *y = &s->tensor[s->label], *counts = &s->tensor[s->counts];
    counts->offset = y->bytes;
    y->sample_stride = counts->sample_stride = y->sample_stride + 1;
}

void plan_layout(Plan *p) {
    Step *s = p->step;
    find_rings(s);
    find_aliases(s);
    for (int i = 0; i < s->ntensor; i++) strides(p, &s->tensor[i], has_planes(s, i));
    place_batch(p);
    place_counts(s);
    for (int i = 0; i < s->ntensor; i++) { // an alias lies as its base does
        Tensor *t = &s->tensor[i];
        if (t->alias < 0) continue;
        const Tensor *base = &s->tensor[tensor_base(s, i)];
        t->owner = base->owner;
        t->sample_stride = base->sample_stride;
        assert(!tensor_has_ring(t));
    }
}

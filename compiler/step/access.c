// SPDX-License-Identifier: MIT
// Accesses: how a node's axes lead to the elements of a tensor. The index of dimension d is the linear
// form off[d] + sum over axes a of coef[d][a] a; here is what passes ask of such forms.
#include "step/step.h"

Access access_as(Access x, int tensor) {
    x.tensor = tensor;
    return x;
}

Access access_none(int tensor) {
    return (Access){.tensor = tensor};
}

Access access_whole(const Step *s, int tensor, int first_axis) {
    Access x = access_none(tensor);
    for (int d = 0; d < s->tensor[tensor].rank; d++) x.coef[d][first_axis + d] = 1;
    return x;
}

bool access_same(const Access *a, const Access *b) {
    bool same = a->tensor == b->tensor;
    for (int d = 0; d < MAX_RANK; d++) {
        same &= a->off[d] == b->off[d];
        for (int i = 0; i < MAX_AXIS; i++) same &= a->coef[d][i] == b->coef[d][i];
    }
    return same;
}

Span access_span(const Node *n, const Access *x, int dim) {
    int64_t lo = x->off[dim], hi = x->off[dim];
    for (int a = 1; a < n->naxis; a++) {
        int64_t c = x->coef[dim][a];
        Span p = n->axis[a].span;
        lo += c * (c >= 0 ? p.lo : p.hi - 1);
        hi += c * (c >= 0 ? p.hi - 1 : p.lo);
    }
    return (Span){lo, hi + 1};
}

int access_axes(const Node *n, const Access *x, int dim) {
    int count = 0;
    for (int a = 1; a < n->naxis; a++) count += x->coef[dim][a] != 0;
    return count;
}

int access_axis(const Node *n, const Access *x, int dim) {
    if (access_axes(n, x, dim) != 1) return 0;
    int axis = 1;
    while (!x->coef[dim][axis]) axis++;
    return axis;
}

bool access_runs(const Access *x, int axis) {
    for (int d = 0; d < MAX_RANK; d++)
        if (x->coef[d][axis]) return true;
    return false;
}

bool access_straight(const Node *n, const Access *x) {
    for (int d = 0; d < MAX_RANK; d++)
        for (int a = 1; a < n->naxis; a++)
            if (x->coef[d][a] != (a == d + 1)) return false;
    return true;
}

bool access_in_place(const Node *n, const Access *x) {
    for (int d = 0; d < MAX_RANK; d++)
        if (x->off[d]) return false;
    return access_straight(n, x);
}

// They do if each steps over all that the smaller ones give together. One axis of a single value leaves that
// open, as both orders would do: then no.
bool access_fills(const Node *n, const Access *x, int dim, Span need) {
    Span at = access_span(n, x, dim);
    int64_t step = 1;
    int left = 0;
    for (int a = 1; a < n->naxis; a++) {
        if (x->coef[dim][a] && axis_extent(n, a) < 2) return false;
        left += x->coef[dim][a] != 0;
    }
    for (int a = 1; a < n->naxis && left; a++) {
        if (x->coef[dim][a] != step) continue;
        step *= axis_extent(n, a);
        left--;
        a = 0; // from the first again
    }
    return !left && at.lo == need.lo && at.hi == need.hi;
}

bool span_within(Span part, Span whole) {
    return part.lo >= whole.lo && part.hi <= whole.hi;
}

static int64_t floor_div(int64_t a, int64_t b) { // b > 0
    return a / b - (a % b < 0);
}

void span_clip(Span *p, int64_t at, int64_t step, Span in) {
    if (step < 0) { // turned round: -at - step * position in (-hi, -lo]
        span_clip(p, -at, -step, (Span){1 - in.hi, 1 - in.lo});
        return;
    }
    if (step == 0) {
        if (at < in.lo || at >= in.hi) p->hi = p->lo;
        return;
    }
    int64_t lo = -floor_div(at - in.lo, step), hi = floor_div(in.hi - 1 - at, step) + 1;
    if (lo > p->lo) p->lo = lo;
    if (hi < p->hi) p->hi = hi;
}

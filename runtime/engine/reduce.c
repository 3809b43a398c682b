// SPDX-License-Identifier: 0BSD
// Sums over samples. Floating-point addition is not associative, so the order is fixed: leaf 0 with
// 1, 2 with 3, …, then pairs of pairs; a node without a right sibling passes through. The tree is
// defined by the number of leaves alone.
//
//     leaf   0   1   2   3   4   5   6
//             \ /     \ /     \ /    |
//              +       +       +     |
//               \     /         \   /
//                  +              +
//                    \          /
//                         +
//
// Three functions add, and no other code of the runtime: reduce() within a subtree of 2^k leaves, which
// one thread computes; gather() what several threads have made of their subtrees, the upper part of
// the same tree; and gather_cut() what several processes have made of theirs, the top of it. So who computes what
// changes no bit. A sum that is deferred to a phase over units is reduced by the kernel that computes it, along the
// same tree, and has nothing left to gather in its process.
#include "engine/core.h"

int64_t reduce_leaf(const int64_t from[CNN_LEAVES], int64_t batch) {
    int i = CNN_LEAVES - 1;
    while (i > 0 && batch < from[i]) i--;
    return 1 << i;
}

// Leaves of the thread that has most of them, where each takes the next subtree when it is through with one.
static int64_t most_leaves(int64_t leaves, int64_t size, int threads) {
    int64_t whole = leaves / size, rounds = whole / threads;
    int64_t busiest = (rounds + (whole % threads > 0)) * size, last = rounds * size + leaves % size;
    return busiest > last ? busiest : last;
}

int64_t reduce_size(int64_t leaves, int threads, const Subtrees *most) {
    // The time is that of the thread with most leaves. Of the sizes within 1/16 of the best, the
    // largest is taken (fewer roots to keep and to add) that leaves each thread two subtrees or
    // more: a thread that is held up then hands one over.
    int64_t best = ceil_div(leaves, threads), size = 1, wanted = threads > 1 ? 2 * threads : 1;
    while (most && ceil_div(leaves, size) > most->roots) size *= 2;
    for (int64_t s = 2 * size; s < 2 * leaves && ceil_div(leaves, s) >= wanted; s *= 2)
        if (most_leaves(leaves, s, threads) <= best + best / 16 && (!most || s <= most->size))
            size = s;
    return size;
}

Subtrees reduce_subtrees(int64_t leaves, int threads) {
    int64_t size = reduce_size(leaves, threads, NULL);
    return (Subtrees){ceil_div(leaves, size), size};
}

int64_t reduce_depth(int64_t size) {
    int64_t depth = 0;
    while (1LL << depth < size) depth++;
    return depth;
}

// Sums that wait, the largest first: the root, then those of the stack.
static char *block(const Reduction *r, char *root, char *stack, int i) {
    return i ? stack + (i - 1) * r->stride : root;
}

void reduce(const Reduction *r, int64_t first, int64_t end, char *root, char *stack) {
    int n = 0;
    for (int64_t leaf = first; leaf < end; leaf++) {
        r->leaf(r->of, leaf, block(r, root, stack, n++));
        bool last =
            leaf + 1 == end; // then all that wait are added; else pairs of equally many leaves
        for (int64_t done = leaf + 1 - first; n > 1 && (last || done % 2 == 0); done /= 2) {
            n--;
            char *into = block(r, root, stack, n - 1), *from = block(r, root, stack, n);
            if (r->units) r->add(into, from, 0, r->units);
        }
    }
}

void gather(const Reduction *r, char *roots, int64_t n, int64_t first, int64_t end) {
    for (int64_t step = 1; first < end && step < n; step *= 2)
        for (int64_t i = 0; i + step < n; i += 2 * step)
            r->add(roots + i * r->stride, roots + (i + step) * r->stride, first, end);
}

// ---- subtrees of several sizes

static int64_t left_of(int64_t leaves) { // in the left one of the two subtrees; leaves > 1
    int64_t left = 1;
    while (2 * left < leaves) left *= 2;
    return left;
}

int reduce_cut(int64_t leaves, int most, int64_t *first) {
    int n = 1;
    first[0] = 0;
    first[1] = leaves;
    while (n < most) { // the largest of them is cut in two
        int at = 0;
        for (int i = 1; i < n; i++)
            if (first[i + 1] - first[i] > first[at + 1] - first[at]) at = i;
        int64_t size = first[at + 1] - first[at];
        if (size == 1) break;
        for (int i = n; i > at; i--) first[i + 1] = first[i];
        first[at + 1] = first[at] + left_of(size);
        n++;
    }
    return n;
}

// Adds the roots that make up the subtree of so many leaves that begins with the first; returns how many.
static int add_cut(const Reduction *r, char *roots, const int64_t *first, int64_t leaves,
                   int64_t unit, int64_t end) {
    if (first[1] - first[0] == leaves) return 1;
    int64_t left = left_of(leaves);
    int n = add_cut(r, roots, first, left, unit, end);
    char *other = roots + n * r->stride;
    int m = add_cut(r, other, first + n, leaves - left, unit, end);
    r->add(roots, other, unit, end);
    return n + m;
}

void gather_cut(const Reduction *r, char *roots, const int64_t *first, int n, int64_t unit,
                int64_t end) {
    if (unit < end) add_cut(r, roots, first, first[n] - first[0], unit, end);
}

// ---- blocks of numbers

void reduce_floats(void *into, const void *from, intptr_t first, intptr_t end) {
    for (int64_t i = first; i < end; i++) ((float *)into)[i] += ((const float *)from)[i];
}

void reduce_doubles(void *into, const void *from, intptr_t first, intptr_t end) {
    for (int64_t i = first; i < end; i++) ((double *)into)[i] += ((const double *)from)[i];
}

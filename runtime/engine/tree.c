// SPDX-License-Identifier: 0BSD
// Sums over leaves. Floating-point addition is not associative, so the order is fixed: leaf 0 with
// 1, 2 with 3, …, then pairs of pairs; a node without a right sibling passes through. The tree is
// defined by the number of leaves alone. Threads take whole subtrees of 2^k leaves, and the roots
// of those are the same tree's upper part: so who computes what changes no bit.
//
//     leaf   0   1   2   3   4   5   6
//             \ /     \ /     \ /    |
//              +       +       +     |
//               \     /         \   /
//                  +              +
//                    \          /
//                         +
#include "runtime.h"

int64_t tree_subtree(int64_t leaves, int threads) {
    // The time is that of the thread with most leaves. Of the sizes within 1/16 of the best, the
    // largest is taken (fewer roots to keep and to add) that leaves each thread two subtrees or
    // more: a thread that is held up then hands one over.
    int64_t best = ceil_div(leaves, threads), size = 1, wanted = threads > 1 ? 2 * threads : 1;
    for (int64_t s = 2; s < 2 * leaves && ceil_div(leaves, s) >= wanted; s *= 2)
        if (ceil_div(ceil_div(leaves, s), threads) * s <= best + best / 16) size = s;
    return size;
}

void tree_fold(char *block, int64_t n, int64_t stride, CnnLeafAddFn *add, int64_t first,
               int64_t end) {
    for (int64_t step = 1; step < n; step *= 2)
        for (int64_t i = 0; i + step < n; i += 2 * step)
            add(block + i * stride, block + (i + step) * stride, first, end);
}

// SPDX-License-Identifier: MIT
// A sum over all samples of a batch, on values in registers, along the leaf tree of runtime/engine/reduce.c:
// each leaf is summed from 0, in the order of its samples; leaf 0 is added to 1, 2 to 3, then pairs of pairs.
// Partial sums wait in a small stack on which the tree is a binary counter: place j holds a sum of 2^j
// leaves while bit j of the number of leaves so far is set.
//
//     for leaf in 0 .. leaves - 1:
//         acc = the sum of its samples
//         for the trailing ones j of leaf, of the last leaf for all its ones, from the lowest:
//             acc = place[j] + acc
//         place[trailing ones of leaf] = acc, but for the last leaf
//
// So the bits are those of sums of leaves that were made apart, by other threads or machines, and merged.
#include "kernels/generic/nest.h"
#include "../runtime/abi.h"

enum { PLACES = 32 }; // of 2^32 leaves: more samples than a batch can have

static Type vector_of(Builder *ir, const LeafTree *t) {
    return ir_vec(ir, ir->f32, t->width);
}

static Val place(Builder *ir, const LeafTree *t, Val j, int64_t i) {
    return ir_at(ir, t->places, vector_of(ir, t), ir_addk(ir, ir_mulk(ir, j, t->n), i));
}

static void merge(Builder *ir, const LeafTree *t, Val j) {
    for (int64_t i = 0; i < t->n; i++) {
        Val at = place(ir, t, j, i);
        Val waits = ir_scalar(ir, vector_of(ir, t), at);
        ir_set(ir, t->acc[i], ir_fadd(ir, waits, ir_get(ir, vector_of(ir, t), t->acc[i])));
    }
}

static void keep(Builder *ir, const LeafTree *t, Val j) {
    for (int64_t i = 0; i < t->n; i++)
        ir_put(ir, place(ir, t, j, i), ir_get(ir, vector_of(ir, t), t->acc[i]));
}

Val emit_places(Builder *ir, const Tile *t) {
    Type vec = ir_vec(ir, ir->f32, ir->vector);
    return ir_room(ir, vec, PLACES * t->rows[0] * t->rows[1] * t->vectors);
}

static void sum_samples(Builder *ir, const LeafTree *t, Val first, Val end, int together) {
    Loop l = ir_loop(ir, first, end, together);
    t->sum(t->state, l.i, together);
    ir_end(ir, &l);
}

// Some at a time, so that the loop's end is foreseen more often; then what is left of a short leaf.
static void sum_leaf(Builder *ir, const LeafTree *t, Val first, Val end) {
    Val count = ir_idiv(ir, ir_isub(ir, end, first), ir_int(ir, LEAF_TOGETHER));
    Val middle = ir_add(ir, first, ir_mulk(ir, count, LEAF_TOGETHER));
    sum_samples(ir, t, first, middle, LEAF_TOGETHER);
    sum_samples(ir, t, middle, end, 1);
}

void emit_leaf_tree(Builder *ir, const LeafTree *t, Val samples) {
    Val size =
        ir_index(ir, ir_field(ir, ir->run, (int64_t)offsetof(CnnRun, leaf_samples), ir->i64));
    Val bits = ir_trailing_zeros(ir, size), last = ir_addk(ir, samples, -1);
    Val leaves = ir_addk(ir, ir_shr(ir, last, bits), 1);
    Loop leaf = ir_loop(ir, ir_int(ir, 0), leaves, 1);
    Val first = ir_shl(ir, leaf.i, bits), next = ir_addk(ir, leaf.i, 1);
    for (int64_t i = 0; i < t->n; i++) ir_set(ir, t->acc[i], ir_f32(ir, 0, t->width));
    sum_leaf(ir, t, first, ir_min(ir, ir_add(ir, first, size), samples));
    Val more = ir_iless(ir, next, leaves), j = ir_trailing_zeros(ir, next);
    Val ones = ir_addk(ir, ir_shl(ir, ir_int(ir, 1), j), -1);
    Loop bit = ir_each_bit(ir, ir_select(ir, more, ones, leaf.i));
    merge(ir, t, bit.i);
    ir_end_bits(ir, &bit);
    If waits = ir_if(ir, more);
    keep(ir, t, j);
    ir_endif(ir, &waits);
    ir_end(ir, &leaf);
}

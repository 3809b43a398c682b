// SPDX-License-Identifier: 0BSD
// What a step needs beside the generated code: random numbers, sums over leaves, penalties and the model's own
// figures. These files need no library and hold nothing that is written. So they are compiled twice: into the runtime,
// and into LLVM's code, of which `cnnc emit --train` puts what a model needs into an object.
#ifndef CNN_CORE_H
#define CNN_CORE_H
#include "abi.h"
#include <stdbool.h>

static inline int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

// ---- philox.c: random numbers that depend on nothing but their key and counter
// generated code uses 0xFE for images, 0xFF for layers with a seed of their own, and 0x100 + layer
enum { STREAM_SHUFFLE = 1, STREAM_INIT = 2, STREAM_BENCH = 3, STREAM_SEEDED = 4 };
void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
typedef struct Stream {
    uint32_t key[2], counter[4], word[4];
    int used;
} Stream;
Stream stream_start(uint32_t seed, uint32_t epoch, uint32_t item, uint32_t stream);
uint32_t stream_next(Stream *stream);

// ---- random.c: what is drawn from them
void random_shuffle(uint32_t *order, uint32_t n, uint32_t seed, uint32_t epoch);
void random_weights(const CnnModel *model, uint32_t seed, float *params);
typedef void RandomFill(Stream *stream, const CnnWeight *weight, float *to);
RandomFill random_constant, random_uniform, random_normal, random_truncated_normal,
    random_orthogonal, random_identity; // as CNN_INIT_... say
// The first values of the weight that has that place in the model.
void random_weight(const CnnWeight *weight, int64_t place, uint32_t seed, RandomFill *fill,
                   float *to);
double stream_normal(Stream *stream); // mean 0, deviation 1
void orthogonal_fill(Stream *stream, int64_t rows, int64_t columns, double length, float *to);

// ---- reduce.c: the sums over leaves, whose bits do not depend on who adds
// Samples of a leaf of a step in batches of so many (CnnModel.leaf_from).
int64_t reduce_leaf(const int64_t from[CNN_LEAVES], int64_t batch);
typedef struct Reduction {
    void (*leaf)(void *of, int64_t leaf, char *block); // computes a leaf's sums
    void *of;
    CnnLeafAddFn *add; // of two blocks; the pieces it can be cut in; 0: there is nothing to add
    int64_t units, stride; // stride: bytes of a block
} Reduction;
typedef struct Subtrees {
    int64_t roots, size; // so many, of so many leaves, but for the last one
} Subtrees;
Subtrees reduce_subtrees(int64_t leaves, int threads); // as so many threads want them
// Leaves in a subtree for one thread: a power of two that spreads `leaves` evenly. most: what there is room for, of
// reduce_subtrees() of more leaves; or NULL.
int64_t reduce_size(int64_t leaves, int threads, const Subtrees *most);
int64_t reduce_depth(int64_t size); // blocks that wait while a subtree of so many is reduced
// Computes leaves [first, end), a subtree, one after the other, and adds each as soon as its sibling is
// there; stack: reduce_depth() blocks.
void reduce(const Reduction *r, int64_t first, int64_t end, char *root, char *stack);
// Adds units [first, end) of the n roots of subtrees of equally many leaves; the sum is in the first.
void gather(const Reduction *r, char *roots, int64_t n, int64_t first, int64_t end);
CnnLeafAddFn reduce_doubles, reduce_floats; // for blocks that are such numbers, a unit each
// Cuts the tree over so many leaves into `most` subtrees, or as many as it has leaves, so that the largest
// is as small as can be. Returns how many; number i has leaves [first[i], first[i + 1]).
int reduce_cut(int64_t leaves, int most, int64_t *first);
// As gather(), of the roots of subtrees that reduce_cut() has made.
void gather_cut(const Reduction *r, char *roots, const int64_t *cut, int n, int64_t first,
                int64_t end);

// ---- penalty.c: what regularisers add to the loss
int64_t penalty_units_of(const CnnWeight *weight); // 0: it has none
double penalty_unit_of(const CnnWeight *weight, const float *value, int64_t unit);
int64_t penalty_units(const CnnModel *model); // 0: no weight has a regulariser
double penalty_unit(const CnnModel *model, const float *params, int64_t unit);

#endif

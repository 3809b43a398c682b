// SPDX-License-Identifier: MIT
// What the emitters of kernels share: a cursor holding every operand's offset while loops are
// opened around it, pieces of the lane axis, and the stages computed on values in registers.
#ifndef CNNC_EMIT_NEST_H
#define CNNC_EMIT_NEST_H
#include "codegen/builder.h"

typedef struct Cursor {
    Val off[MAX_OPERAND]; // elements from the operand's sample 0
} Cursor;

typedef struct Pieces { // a lane axis cut into whole groups of vectors, single vectors, a tail
    int64_t groups; // of `vectors` whole vectors each
    int rest; // whole vectors after them
    Lanes whole, tail; // tail.active 0: none
} Pieces;

Cursor cursor_start(Builder *ir, const Nest *n);
Cursor cursor_step(Builder *ir, const Nest *n, Cursor c, int axis, Val by);
Cursor cursor_stepk(Builder *ir, const Nest *n, Cursor c, int axis, int64_t by);
Val operand_at(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, int op); // its address
Type element_of(Builder *ir, TensorType t);
Pieces lane_pieces(int64_t extent, int width, int vectors);
// Runs the body on every vector of an axis of `extent` floats: whole ones in a loop, then the tail.
typedef void VectorBody(void *state, Cursor at, Lanes l);
void each_vector(Builder *ir, const Nest *n, Cursor c, int axis, int64_t extent, VectorBody *body,
                 void *state);
// Those that this thread of the kernel's team has, in pieces of plan_line().
void each_own_vector(Builder *ir, const Nest *n, Cursor c, int axis, int64_t extent,
                     VectorBody *body, void *state);
void axis_bounds(Builder *ir, const Nest *n, int axis, Val *lo, Val *hi);
// Runs the stages on `root` (the root's value, NULL for a MAP), storing what is to be stored.
void emit_stages(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, Lanes l, int lane,
                 Val root);
Val load_operand(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, int op, Lanes l,
                 int lane);
// Is it of weights, or of what is computed of them, which all threads read?
bool read_by_all(const Plan *p, const Nest *n, int op);
// Stores the root's own value, if it is stored always, or adds it to what is there, and runs the stages.
void finish_value(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, Val value, Lanes l,
                  int lane);
// The maximum of x[0] .. x[n - 1], NaN if one is, and in *index (if asked for) the first that has it.
enum { MAX_WINDOW = 64 };
Val emit_maximum(Builder *ir, const Val *x, int n, int width, Type index_type, Val *index);
// The maximum of a window of the nest's pool, whose first position the cursor stands at, stored with
// its place where they are asked for; and the stages after it.
void finish_maximum(Builder *ir, const Plan *p, const Nest *n, const Cursor *c, const Val *x,
                    Lanes l, int lane);
// Clears the whole memory, ring included, of a per-sample tensor for samples [lo, hi).
void emit_clear(Builder *ir, const Plan *p, int tensor);

// A sum over the samples of a batch by the leaf tree: see tree.c.
enum { LEAF_TOGETHER = 4 }; // samples of a leaf that are added in one go
typedef struct LeafTree {
    Val *acc; // variables of the sum, n vectors of so many floats
    int64_t n;
    int width;
    Val places; // for what waits: room that emit_places() made for the largest tile
    void (*sum)(void *state, Val first, int together); // adds so many samples to acc
    void *state;
} LeafTree;
Val emit_places(Builder *ir, const Tile *t);
void emit_leaf_tree(Builder *ir, const LeafTree *t, Val samples);

// What is fetched from beyond the second cache: see ahead.c.
int nest_weights_ahead(const Plan *p, const Nest *n, const Tile *t); // along that axis, or 0
bool nest_sums_far(const Plan *p, const Nest *n); // what a leaf's sums are added to
// Of what is kept for the batch: the vectors that a value at this place will be stored to, and its stages read.
void fetch_kept(Builder *ir, const Plan *p, const Nest *n, const Cursor *later);

// Emitters of one primitive each; `k` may go on with stages.
void emit_nest(Builder *ir, const Plan *p, const Kernel *k); // CONTRACT, MAP, VIEW, UPDATE
void emit_view(Builder *ir, const Plan *p, const Kernel *k); // VIEW: turned where that is faster
void emit_window(Builder *ir, const Plan *p, const Kernel *k);
void emit_window_grad(Builder *ir, const Plan *p, const Kernel *k);
void emit_reduce(Builder *ir, const Plan *p, const Kernel *k);
void emit_mask(Builder *ir, const Plan *p, const Kernel *k);
void emit_table(Builder *ir, const Plan *p, const Kernel *k);
void emit_warp(Builder *ir, const Plan *p, const Kernel *k);
void emit_loss(Builder *ir, const Plan *p, const Node *n);
#endif

// SPDX-License-Identifier: MIT
// The meaning of a Step: its nodes run one after the other, in double, for a batch of n samples, on
// tensors in Keras's shapes and row-major order. Nothing is fast, fused or laid out here: this is what
// passes and kernels are held to.
//
// What is inside a tensor's `need` and not yet written is not a number, so that reading too early
// shows; what is outside is 0, as the rings of zeros that the plan stores.
#ifndef CNNC_INTERPRET_H
#define CNNC_INTERPRET_H
#include "step/step.h"
#include "../runtime/abi.h"

typedef struct Interpreter {
    Arena *arena;
    const Step *s;
    int64_t n; // samples
    double **value; // by tensor; of a sample's tensor, sample after sample
    double scalar[CNN_SCALARS];
    uint32_t seed, epoch, step_no; // of the random masks
    double loss, *metric; // over the samples; figures of all metrics
    // The least distance, of those that are not 0, at a branch of an expression and between the first two
    // of a window's maximum: how far rounding is from another branch.
    double margin;
} Interpreter;

// All tensors, without values; input, labels, weights, state and scalars are the caller's to fill in. Without
// samples, n = 0, only what is computed once a step is: other tensors have no values, other nodes do not run.
Interpreter *interpreter_new(Arena *a, const Step *s, int64_t n);
void interpret(Interpreter *r); // every node, in order
void interpret_forward(Interpreter *r); // up to LOSS
void interpret_those(Interpreter *r,
                     bool samples); // nodes that run for each sample, or once a step
int64_t interpreter_count(const Tensor *t); // elements of a sample

// --- between the files of the interpreter ---
// A tensor's values by an index linear in the node's axes; not always a tensor of the Step's.
typedef struct Reading {
    const Tensor *t;
    Access x;
    double *value;
} Reading;
Reading interpreter_read(const Interpreter *r, const Access *x);
// The element that axes `at` lead to; NULL outside what is needed of it.
double *element_at(const Node *n, const Reading *o, const int64_t *at);
// Steps `at` over axes [first, end), the last one fastest; false after the last point, and back at the
// first one then.
bool next_point(const Interpreter *r, const Node *n, int64_t *at, int first, int end);
void first_point(const Node *n, int64_t *at);
double interpret_expr(Interpreter *r, const Expr *e, const double *in);
void sum_products(Interpreter *r, const Node *n, const Reading *out, const Reading *in, int nin);

void interpret_mask(Interpreter *r, const Node *n);
void interpret_warp(Interpreter *r, const Node *n);
void interpreter_near(Interpreter *r, double distance); // to where results are others
void interpret_loss(Interpreter *r, const Node *n);
void interpret_transform(Interpreter *r, const Node *n);
void interpret_sparse(Interpreter *r, const Node *n);
void interpret_strips(Interpreter *r, const Node *n);
#endif

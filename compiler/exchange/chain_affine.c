// SPDX-License-Identifier: MIT
// A constant added to all that comes, subtracted, or a factor of it. It becomes the bias or the scale of the layer before
// it, if that has room for it; of one number a Rescaling; along one dimension a BatchNormalization whose mean and
// variance are 0 and 1. See chain.h.
#include "exchange/chain.h"
#include <math.h>
#include <string.h>

typedef enum { ADD, SUB, MUL, DIV } Op;

static bool is(const ChainLayer *l, const char *cls) {
    return l && strcmp(l->cls, cls) == 0;
}

static bool lacks(const ChainLayer *l, const char *argument) { // it was made without it
    return l && json_is_false(json_object_get(l->config, argument));
}

// Numbers as many as the dimensions have, with the sign or turned over as the operator says.
static float *numbers(Chain *c, Op op, const Spread *s, int64_t count) {
    const int64_t have = shape_count(&s->shape);
    float *to = ARENA_ARRAY(c->a, float, count + 1);
    for (int64_t i = 0; i < count; i++) {
        float x = s->value[have == 1 ? 0 : i];
        to[i] = op == SUB ? -x : op == DIV ? (float)(1 / (double)x) : x;
    }
    return to;
}

// ---- of the layer before

static bool as_bias(Chain *c, Op op, const Spread *s) {
    ChainLayer *l = chain_last(c);
    const int last = c->at.shape.rank - 1;
    bool channels = s->n == 0 || (s->n == 1 && s->axis[0] == last);
    if (op > SUB || !channels || !l || !l->plain || !lacks(l, "use_bias") || c->at.order)
        return false;
    json_object_del(l->config, "use_bias");
    chain_weight(l, "bias", numbers(c, op, s, l->out.dim[last]), l->out.dim[last]);
    return true;
}

static bool along(const ChainLayer *l, const Spread *s) { // the dimensions that its weights are of
    const json_t *axis = json_object_get(l->config, "axis");
    const int rank = l->out.rank, n = json_is_array(axis) ? (int)json_array_size(axis) : 1;
    if (n != s->n) return false;
    for (int i = 0; i < n; i++) {
        int64_t d = json_is_array(axis) ? json_integer_value(json_array_get(axis, (size_t)i))
                    : axis              ? json_integer_value(axis)
                                        : rank;
        if (d != s->axis[i] + 1) return false;
    }
    return true;
}

// gamma and beta of a normalisation that was made without them.
static bool as_scale(Chain *c, Op op, const Spread *s) {
    ChainLayer *l = chain_last(c);
    const int64_t count = shape_count(&s->shape);
    if (!l || s->n == 0 || !along(l, s)) return false;
    if (op >= MUL && is(l, "RMSNormalization") && !l->scaled) {
        chain_weight(l, "scale", numbers(c, op, s, count), count);
        return l->scaled = true;
    }
    if (op >= MUL && lacks(l, "scale") && lacks(l, "center")) {
        json_object_del(l->config, "scale");
        chain_weight(l, "gamma", numbers(c, op, s, count), count);
        return true;
    }
    if (op > SUB || !lacks(l, "center")) return false;
    json_object_del(l->config, "center");
    chain_weight(l, "beta", numbers(c, op, s, count), count);
    return true;
}

// ---- one number

static bool rescaling(Chain *c, Op op, const Spread *s) {
    ChainLayer *l = chain_last(c);
    const float x = *numbers(c, op, s, 1);
    bool more = op <= SUB && is(l, "Rescaling") && !json_object_get(l->config, "offset");
    if (!more) {
        l = chain_same(c, "Rescaling");
        chain_set(l, "scale", json_real(op <= SUB ? 1 : (double)x));
    }
    if (op <= SUB) chain_set(l, "offset", json_real((double)x));
    return true;
}

// ---- numbers along a dimension

static float *filled(Chain *c, int64_t n, float x) {
    float *to = ARENA_ARRAY(c->a, float, n);
    for (int64_t i = 0; i < n; i++) to[i] = x;
    return to;
}

static bool normalised(Chain *c, Op op, const Spread *s) {
    const int64_t n = s->shape.dim[0];
    ChainLayer *l = chain_same(c, "BatchNormalization");
    if (s->axis[0] != l->out.rank - 1) chain_set(l, "axis", json_integer(s->axis[0] + 1));
    chain_set(l, "epsilon", json_real(1e-30)); // no other number than 1 comes of 1 and this
    chain_set(l, "trainable", json_false()); // else it would take statistics of its own in training
    if (op == MUL || op == DIV) {
        chain_weight(l, "gamma", numbers(c, op, s, n), n);
        chain_set(l, "center", json_false());
        chain_weight(l, "moving_mean", filled(c, n, 0), n);
    } else { // which a factor may still follow
        chain_set(l, "scale", json_false());
        chain_set(l, "center", json_false());
        chain_weight(l, "moving_mean", numbers(c, op == ADD ? SUB : ADD, s, n), n);
    }
    chain_weight(l, "moving_variance", filled(c, n, 1), n);
    return true;
}

// Along several dimensions: (x - mean) / sqrt(variance), of factors that are above 0.
static bool standardised(Chain *c, Op op, const Spread *s) {
    const int64_t n = shape_count(&s->shape);
    ChainLayer *l = chain_last(c);
    const float *number = numbers(c, op, s, n);
    float *variance = filled(c, n, 1);
    int64_t axis[MAX_RANK];
    bool more = op >= MUL && is(l, "Normalization") && !l->scaled && along(l, s);
    for (int64_t i = 0; i < n && op >= MUL; i++) {
        variance[i] = (float)(1 / ((double)number[i] * (double)number[i]));
        if (!(number[i] > 0 && number[i] < 1e7F))
            return chain_fault(c,
                               "its factors differ along several dimensions and are not all above "
                               "0, which no layer of Keras's has");
    }
    if (!more) {
        l = chain_same(c, "Normalization");
        for (int i = 0; i < s->n; i++) axis[i] = s->axis[i] + 1;
        chain_set_ints(l, "axis", axis, s->n);
        chain_weight(l, "mean",
                     op >= MUL ? filled(c, n, 0) : numbers(c, op == ADD ? SUB : ADD, s, n), n);
        chain_weight(l, "count", filled(c, 1, 0), 1);
    }
    chain_weight(l, "variance", variance, n);
    l->scaled = op >= MUL;
    return true;
}

// -------------------------------------------------------------------------------- the operators

static void negate(Chain *c) {
    chain_set(chain_same(c, "Rescaling"), "scale", json_real(-1));
}

static bool affine(Chain *c, Op op) {
    const OnnxNode *n = c->node;
    if (n->nin != 2) return chain_fault(c, "it has %d inputs, not 2", n->nin);
    const int other = strcmp(n->in[0], c->at.name) == 0;
    const Known *k = chain_known(c, n->in[other]);
    Spread s;
    if (!k || !k->real)
        return chain_fault(c, "it puts '%s' and '%s' together, and cnnc compiles chains of layers",
                           n->in[0], n->in[1]);
    if (!chain_spread(c, k, &s)) return false;
    if (!other && op == DIV)
        return chain_fault(c, "it divides a constant, which no layer of Keras's does");
    if (!other && op == SUB) { // a constant less x
        negate(c);
        op = ADD;
    }
    c->at.positive = false;
    if (as_bias(c, op, &s) || as_scale(c, op, &s)) return true;
    return s.n == 0   ? rescaling(c, op, &s)
           : s.n == 1 ? normalised(c, op, &s)
                      : standardised(c, op, &s);
}

bool take_add(Chain *c) {
    return affine(c, ADD);
}

bool take_sub(Chain *c) {
    return affine(c, SUB);
}

bool take_mul(Chain *c) {
    return affine(c, MUL);
}

bool take_div(Chain *c) {
    return affine(c, DIV);
}

bool take_neg(Chain *c) {
    negate(c);
    return true;
}

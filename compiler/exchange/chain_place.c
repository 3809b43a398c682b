// SPDX-License-Identifier: MIT
// Operators that give the same elements another shape or order, or leave them as they are. See chain.h.
#include "exchange/chain.h"
#include "exchange/onnx_proto.h"
#include "keras/layers/layer.h"
#include "support/text.h"
#include <string.h>

bool take_identity(Chain *c) {
    return (void)c, true;
}

bool take_cast(Chain *c) {
    const int64_t to = chain_int(c, "to", 0);
    chain_int(c, "saturate", 1);
    return to == ONNX_FLOAT ||
           chain_fault(c, "it makes %s of the values, and cnnc computes in float32",
                       onnx_type_name((int)to));
}

// Of no effect in what is exported; it stays for a training that goes on.
bool take_dropout(Chain *c) {
    double rate = chain_real(c, "ratio", 0.5), training = 0;
    chain_int(c, "seed", 0);
    if (chain_has(c, 1) && !chain_scalar(chain_known(c, c->node->in[1]), &rate))
        return chain_fault(c, "its ratio is no constant");
    if (chain_has(c, 2) &&
        (!chain_scalar(chain_known(c, c->node->in[2]), &training) || training != 0))
        return chain_fault(c, "it is in training mode: export the model for inference");
    if (!(rate > 0 && rate < 1)) return true;
    chain_set(chain_layer(c, "Dropout", &c->at.shape), "rate", json_real(rate));
    return true;
}

bool take_transpose(Chain *c) {
    const int rank = chain_rank(c) + 1;
    int64_t perm[MOST_DIMS];
    int n = chain_list(c, "perm", perm, MOST_DIMS), place[MAX_RANK] = {0};
    bool is[MOST_DIMS] = {false};
    for (int d = 0; d < rank && n < 0; d++) perm[d] = rank - 1 - d;
    if (n >= 0 && n != rank) return chain_fault(c, "its perm is not of %d dimensions", rank);
    for (int d = 0; d < rank; d++) {
        if (perm[d] < 0 || perm[d] >= rank || is[perm[d]])
            return chain_fault(c, "its perm is no order of the dimensions");
        is[perm[d]] = true;
    }
    if (perm[0] != 0) return chain_fault(c, "it moves the samples' dimension");
    if (c->at.order && rank == 2) return true;
    for (int d = 1; d < rank; d++) place[d - 1] = c->at.place[perm[d] - 1];
    memcpy(c->at.place, place, sizeof place);
    return true;
}

// ---- other shapes

static bool become(Chain *c, const Shape *to) {
    if (shape_count(to) != shape_count(&c->at.shape))
        return chain_fault(c, "it makes %s of a sample of %s", shape_text(c->a, to),
                           shape_text(c->a, &c->at.shape));
    chain_reshaped(c, to);
    return !c->wrong;
}

bool take_flatten(Chain *c) {
    const int64_t axis = chain_int(c, "axis", 1);
    const Shape to = {.rank = 1, .dim = {shape_count(&c->at.shape)}};
    if (axis != 1 && axis != -chain_rank(c))
        return chain_fault(c, "it does not keep the samples apart: its axis is %lld, not 1",
                           (long long)axis);
    return become(c, &to);
}

// The shape that the list says, of which the first number is how many samples there are.
static bool listed(Chain *c, const Known *k, Shape *to) {
    const bool zero = chain_int(c, "allowzero", 0) != 0;
    int64_t list[MAX_RANK + 1], rest = 1, all = shape_count(&c->at.shape);
    int n, free = -1;
    if (!chain_ints(c, k, list, MAX_RANK + 1, &n)) return false;
    *to = (Shape){.rank = n - 1};
    for (int d = 0; d < n - 1; d++) {
        int64_t size = list[d + 1];
        if (size == 0 && !zero && d < chain_rank(c)) size = chain_dim(c, d);
        if (size == -1 && free < 0)
            free = d;
        else if (size < 1 || !mul64(rest, size, &rest))
            return chain_fault(c, "its shape has a dimension of %lld", (long long)size);
        to->dim[d] = size;
    }
    if (free >= 0) to->dim[free] = all / rest;
    bool counted = n > 1 && (list[0] == SAMPLES || list[0] == 1 || (list[0] == 0 && !zero) ||
                             (list[0] == -1 && free < 0));
    return counted || chain_fault(c, "its shape does not keep the samples apart");
}

bool take_reshape(Chain *c) {
    Shape to;
    const Known *k = chain_given(c, 1);
    return k && listed(c, k, &to) && become(c, &to);
}

static bool axes(Chain *c, int rank, bool is[MOST_DIMS], int *n) {
    int64_t axis[MOST_DIMS];
    *n = chain_list_or_input(c, "axes", 1, axis, MOST_DIMS);
    if (c->wrong) return false;
    for (int i = 0; i < *n; i++) {
        int64_t d = axis[i] < 0 ? axis[i] + rank + 1 : axis[i];
        if (d < 1 || d > rank || is[d - 1])
            return chain_fault(c, "its axis %lld is none of a sample's %d dimensions",
                               (long long)axis[i], rank);
        is[d - 1] = true;
    }
    return true;
}

bool take_squeeze(Chain *c) {
    bool is[MOST_DIMS] = {false};
    Shape to = {0};
    int n;
    if (!axes(c, chain_rank(c), is, &n)) return false;
    for (int d = 0; d < chain_rank(c); d++) {
        const int64_t size = chain_dim(c, d);
        if (is[d] && size != 1)
            return chain_fault(c, "it leaves out a dimension of %lld", (long long)size);
        if (n < 0 ? size != 1 : !is[d]) to.dim[to.rank++] = size;
    }
    return to.rank ? become(c, &to) : chain_fault(c, "it leaves out all dimensions of a sample");
}

bool take_unsqueeze(Chain *c) {
    bool is[MOST_DIMS] = {false};
    int64_t axis[MOST_DIMS];
    int n = chain_list_or_input(c, "axes", 1, axis, MOST_DIMS);
    const int rank = chain_rank(c) + n;
    Shape to = {.rank = rank};
    if (c->wrong || n < 1) return chain_fault(c, "it has no axes");
    if (rank > MAX_RANK)
        return chain_fault(c, "it makes a sample of %d dimensions, and cnnc has up to %d", rank,
                           MAX_RANK);
    if (!axes(c, rank, is, &n)) return false;
    for (int d = 0, old = 0; d < rank; d++) to.dim[d] = is[d] ? 1 : chain_dim(c, old++);
    return become(c, &to);
}

// A vector that was given a dimension of 1, which is made wider: RepeatVector.
bool take_expand(Chain *c) {
    const Known *k = chain_given(c, 1);
    int64_t to[MOST_DIMS];
    int n;
    if (!k || !chain_ints(c, k, to, MOST_DIMS, &n)) return false;
    bool vector = chain_rank(c) == 2 && chain_dim(c, 0) == 1 && chain_is_natural(c);
    bool repeats = vector && n == 3 && (to[0] == 1 || to[0] == SAMPLES) && to[1] >= 1 &&
                   (to[2] == 1 || to[2] == chain_dim(c, 1));
    if (!repeats) return chain_fault(c, "it repeats values in a way that no layer of Keras's does");
    ChainLayer *l = chain_last(c);
    const Shape flat = {1, {chain_dim(c, 1)}}, out = {2, {to[1], flat.dim[0]}};
    if (l && strcmp(l->cls, "Reshape") == 0)
        chain_pop(c);
    else
        chain_layer(c, "Flatten", &flat);
    chain_set(chain_layer(c, "RepeatVector", &out), "n", json_integer(to[1]));
    return true;
}

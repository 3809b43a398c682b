// SPDX-License-Identifier: MIT
// Which dimension of a layer's is which of ONNX's, and what brings another order about. See chain.h.
#include "exchange/chain.h"
#include "exchange/permuted.h"
#include "support/text.h"
#include <string.h>

int chain_rank(const Chain *c) {
    return c->at.shape.rank;
}

int64_t chain_dim(const Chain *c, int d) {
    return c->at.shape.dim[c->at.place[d]];
}

bool chain_axis(Chain *c, int64_t axis, int *d) {
    const int rank = chain_rank(c) + 1;
    int64_t n = axis < 0 ? axis + rank : axis;
    if (n < 1 || n >= rank)
        return chain_fault(c, "its axis %lld is none of a sample's %d dimensions", (long long)axis,
                           rank - 1);
    *d = (int)n - 1;
    return true;
}

static Shape onnx_shape(const Chain *c) {
    Shape s = {.rank = chain_rank(c)};
    for (int d = 0; d < s.rank; d++) s.dim[d] = chain_dim(c, d);
    return s;
}

bool chain_is_natural(const Chain *c) {
    for (int d = 0; d < chain_rank(c); d++)
        if (c->at.place[d] != d) return false;
    return !c->at.order;
}

// Do the elements lie in the same order, as dimensions of 1 alone have changed their places?
static bool lie_alike(const Chain *c, const int want[MAX_RANK]) {
    int from = -1, to = -1;
    const int rank = chain_rank(c);
    int at[MAX_RANK]; // by the wanted place
    for (int d = 0; d < rank; d++) at[want[d]] = d;
    for (int k = 0; k < rank; k++) {
        int d = at[k];
        if (chain_dim(c, d) == 1) continue;
        if (c->at.place[d] < from || want[d] < to) return false;
        from = c->at.place[d], to = want[d];
    }
    return true;
}

// The layers' elements in another shape, where one before it is not asked for.
static void reshape(Chain *c, const Shape *to) {
    ChainLayer *l = chain_last(c);
    if (l && strcmp(l->cls, "Reshape") == 0) chain_pop(c);
    l = chain_layer(c, to->rank == 1 ? "Flatten" : "Reshape", to);
    if (to->rank > 1) chain_set_ints(l, "target_shape", to->dim, to->rank);
}

static void arrange(Chain *c, const int want[MAX_RANK]) {
    const int rank = chain_rank(c);
    Shape to = {.rank = rank};
    int64_t dims[MAX_RANK] = {0};
    bool differ = false;
    for (int d = 0; d < rank; d++) {
        differ |= want[d] != c->at.place[d];
        to.dim[want[d]] = chain_dim(c, d);
        dims[want[d]] = c->at.place[d] + 1;
    }
    if (!differ) return;
    if (lie_alike(c, want))
        reshape(c, &to);
    else
        chain_set_ints(chain_layer(c, "Permute", &to), "dims", dims, rank);
    memcpy(c->at.place, want, sizeof c->at.place);
}

void chain_channels(Chain *c) {
    int want[MAX_RANK] = {chain_rank(c) - 1};
    for (int d = 1; d < chain_rank(c); d++) want[d] = d - 1;
    if (chain_rank(c) > 1) arrange(c, want);
}

void chain_natural(Chain *c) {
    static const int as_is[MAX_RANK] = {0, 1, 2, 3, 4};
    if (c->at.order)
        chain_fault(c, "it needs the elements of a vector in ONNX's order, which the layers do not "
                       "have any more");
    arrange(c, as_is);
}

// ---------------------------------------------------------------------------------- other shapes

// Is it of a vector that stays one, as x.view(x.size(0), -1) behind a Flatten?
static bool stays_vector(Chain *c, const OnnxNode *n, const Shape *vector) {
    const Known *k = n->nin == 2 ? chain_known(c, n->in[1]) : NULL;
    return k && !k->real && k->count == 2 && (k->i[1] == -1 || k->i[1] == vector->dim[0]);
}

// Does a vector come, by nodes that take each element by itself, to one with a kernel, which may be put in any order?
static bool meets_kernel(Chain *c, const char *value, const Shape *vector) {
    for (int steps = 0; steps < 64; steps++) {
        const Readers *r = chain_readers(c, value);
        if (r->n != 1 || r->node[0]->nout < 1 || *r->node[0]->domain) return false;
        const OnnxNode *n = r->node[0];
        const ChainOperator *op = chain_operator(n->type);
        *map_slot(c->seen, value) = arena_copy(c->a, vector, sizeof *vector);
        if (!op || op->take == take_gemm || op->take == take_matmul)
            return op && strcmp(n->in[0], value) == 0;
        bool passes = op->kind & KEEPS || op->take == take_batch_normalization ||
                      op->take == take_flatten ||
                      (op->take == take_reshape && stays_vector(c, n, vector));
        if (!passes) return false;
        value = n->out[0];
    }
    return false;
}

// For each element in ONNX's order its number in the layers'.
static const int64_t *element_order(const Chain *c) {
    const Shape *s = &c->at.shape;
    const int64_t count = shape_count(s);
    int64_t stride[MAX_RANK], *to = ARENA_ARRAY(c->a, int64_t, count);
    for (int d = s->rank - 1; d >= 0; d--)
        stride[d] = d == s->rank - 1 ? 1 : stride[d + 1] * s->dim[d + 1];
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i;
        for (int d = s->rank - 1; d >= 0; rest /= chain_dim(c, d), d--)
            to[i] += rest % chain_dim(c, d) * stride[c->at.place[d]];
    }
    return to;
}

static bool drop_ones(Chain *c, const Shape *to) { // a pool of all places need not keep them
    ChainLayer *l = chain_last(c);
    bool global = l && strncmp(l->cls, "Global", strlen("Global")) == 0 &&
                  json_is_true(json_object_get(l->config, "keepdims"));
    if (!global || to->rank != 1) return false;
    json_object_del(l->config, "keepdims");
    l->out = *to;
    return true;
}

// Where dimensions of 1 alone change their places, the layers' may stay where they are.
static bool relabelled(Chain *c, const Shape *was, const Shape *to) {
    int place[MAX_RANK], from = 0;
    bool used[MAX_RANK] = {false};
    if (was->rank != to->rank) return false;
    if (c->at.order) return to->rank == 1; // the same vector
    for (int d = 0; d < to->rank; d++) {
        if (to->dim[d] == 1) continue;
        while (from < was->rank && was->dim[from] == 1) from++;
        if (from == was->rank || was->dim[from] != to->dim[d]) return false;
        place[d] = c->at.place[from++];
        used[place[d]] = true;
    }
    while (from < was->rank)
        if (was->dim[from++] != 1) return false;
    for (int d = 0, free = 0; d < to->rank; d++) {
        if (to->dim[d] != 1) continue;
        while (used[free]) free++;
        place[d] = free++;
    }
    memcpy(c->at.place, place, sizeof place);
    return true;
}

void chain_reshaped(Chain *c, const Shape *to) {
    enum { MOST_ELEMENTS = 1 << 24 };
    static const int as_is[MAX_RANK] = {0, 1, 2, 3, 4};
    Shape was = onnx_shape(c);
    if (relabelled(c, &was, to)) return;
    const int64_t *order = NULL;
    bool turn = !chain_is_natural(c) && !lie_alike(c, as_is);
    if (turn && !c->at.order && to->rank == 1 && shape_count(to) <= MOST_ELEMENTS &&
        meets_kernel(c, c->node->out[0], to))
        order = element_order(c);
    else if (turn || c->at.order)
        chain_natural(c);
    if (!drop_ones(c, to)) {
        bool same =
            c->at.shape.rank == to->rank && memcmp(c->at.shape.dim, to->dim, sizeof to->dim) == 0;
        if (!same) reshape(c, to);
    }
    c->at.shape = *to;
    c->at.order = order;
    memcpy(c->at.place, as_is, sizeof as_is);
}

// ------------------------------------------------------------------------------------- constants

const float *chain_in_order(Chain *c, const float *value, int d) {
    const int64_t n = chain_dim(c, d);
    if (!c->at.order) return value;
    float *to = ARENA_ARRAY(c->a, float, n);
    for (int64_t i = 0; i < n; i++) to[c->at.order[i]] = value[i];
    return to;
}

float *chain_permuted(Chain *c, const Known *k, const int *from) {
    float *to = ARENA_ARRAY(c->a, float, k->count + 1);
    permuted(to, k->f, k->rank, k->dim, from);
    return to;
}

bool chain_spread(Chain *c, const Known *k, Spread *s) {
    const int rank = chain_rank(c), more = k->rank - rank;
    int at[MAX_RANK],
        from[MOST_DIMS] = {0}; // at: by place among the layers', the constant's dimension
    *s = (Spread){0};
    for (int d = 0; d < rank; d++) at[d] = -1;
    for (int e = 0; e < k->rank; e++) {
        const int d = e - more; // of a sample; -1: the samples'; else the value would have one more
        if (k->dim[e] == 1 && d >= -1) continue;
        if (d < 0 || k->dim[e] != chain_dim(c, d))
            return chain_fault(c, "its constant is of another shape than the value beside it");
        at[c->at.place[d]] = e;
    }
    Known squeezed = *k;
    squeezed.rank = 0;
    int number[MOST_DIMS] = {0};
    for (int e = 0; e < k->rank; e++)
        if (k->dim[e] != 1) number[e] = squeezed.rank, squeezed.dim[squeezed.rank++] = k->dim[e];
    for (int d = 0; d < rank; d++) {
        if (at[d] < 0) continue;
        from[s->n] = number[at[d]];
        s->shape.dim[s->n] = c->at.shape.dim[d];
        s->axis[s->n++] = d;
    }
    s->shape.rank = s->n;
    s->value = chain_permuted(c, &squeezed, from);
    if (c->at.order && s->n == 1) s->value = (float *)chain_in_order(c, s->value, 0);
    return true;
}

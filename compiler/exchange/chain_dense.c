// SPDX-License-Identifier: MIT
// Products with a matrix that is constant. See chain.h.
#include "exchange/chain.h"
#include <string.h>

// [in, units] of a constant of either order, its rows in the layers' order.
static const float *kernel(Chain *c, const Known *k, bool turned, double by) {
    static const int as_is[] = {0, 1}, other[] = {1, 0};
    const int64_t in = k->dim[turned ? 1 : 0], units = k->dim[turned ? 0 : 1];
    float *of = chain_permuted(c, k, turned ? other : as_is), *to = of;
    if (c->at.order) {
        to = ARENA_ARRAY(c->a, float, k->count + 1);
        for (int64_t i = 0; i < in; i++)
            memcpy(to + c->at.order[i] * units, of + i * units, (size_t)units * sizeof *to);
    }
    for (int64_t i = 0; i < k->count && by != 1; i++) to[i] = (float)((double)to[i] * by);
    return to;
}

static ChainLayer *dense(Chain *c, const Known *k, bool turned, double by) {
    const int last = chain_rank(c) - 1;
    if (!k->real || k->rank != 2 || k->count < 1 || k->dim[turned ? 1 : 0] != chain_dim(c, last)) {
        chain_fault(c, "its constant is no matrix of float32 that goes with %lld numbers",
                    (long long)chain_dim(c, last));
        return NULL;
    }
    if (c->at.place[last] != last) chain_natural(c);
    Shape out = c->at.shape;
    const float *value = kernel(c, k, turned, by);
    out.dim[last] = k->dim[turned ? 0 : 1];
    ChainLayer *l = chain_layer(c, "Dense", &out);
    chain_set(l, "units", json_integer(out.dim[last]));
    chain_set(l, "use_bias", json_false());
    chain_weight(l, "kernel", value, k->count);
    l->plain = true;
    c->at.order = NULL;
    c->at.positive = false;
    return l;
}

static bool is_input(const Chain *c, int i) {
    return strcmp(c->node->in[i], c->at.name) == 0;
}

bool take_matmul(Chain *c) {
    if (c->node->nin != 2 || !is_input(c, 0))
        return chain_fault(c, "the model's value is not its first factor, as in a Dense");
    const Known *k = chain_given(c, 1);
    return k && dense(c, k, false, 1);
}

// alpha x B + beta C
bool take_gemm(Chain *c) {
    const double alpha = chain_real(c, "alpha", 1), beta = chain_real(c, "beta", 1);
    const bool turned = chain_int(c, "transB", 0) != 0;
    if (c->node->nin < 2 || !is_input(c, 0) || chain_int(c, "transA", 0) != 0 || chain_rank(c) != 1)
        return chain_fault(c, "the model's value is not its first factor as it is, as in a Dense");
    const Known *k = chain_given(c, 1);
    ChainLayer *l = k ? dense(c, k, turned, alpha) : NULL;
    if (!l || !chain_has(c, 2)) return l != NULL;
    const Known *b = chain_given(c, 2);
    const int64_t units = l->out.dim[0];
    if (!b) return false;
    bool row = b->rank < 1 || (b->dim[b->rank - 1] == b->count && b->rank <= 2);
    if (!b->real || !row || (b->count != 1 && b->count != units))
        return chain_fault(c, "its bias is no float32 for each of %lld numbers", (long long)units);
    float *to = ARENA_ARRAY(c->a, float, units);
    for (int64_t i = 0; i < units; i++) {
        float one = b->f[b->count == 1 ? 0 : i];
        to[i] = beta == 1 ? one : (float)((double)one * beta);
    }
    json_object_del(l->config, "use_bias");
    chain_weight(l, "bias", to, units);
    return true;
}

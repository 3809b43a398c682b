// SPDX-License-Identifier: MIT
// Normalisations that ONNX has an operator for. See chain.h; those that several nodes make: chain_form.c.
#include "exchange/chain.h"

// Numbers for each channel, in the layers' order; NULL with a fault.
static const float *channels(Chain *c, int i, int64_t n) {
    const Known *k = chain_given(c, i);
    if (!k) return NULL;
    if (k->real && k->count == n) return chain_in_order(c, k->f, 0);
    chain_fault(c, "'%s' is no float32 for each of %lld channels", c->node->in[i], (long long)n);
    return NULL;
}

static void set_epsilon(ChainLayer *l, double epsilon) {
    chain_set(l, "epsilon", json_real(epsilon));
}

bool take_batch_normalization(Chain *c) {
    static const char *const names[] = {"gamma", "beta", "moving_mean", "moving_variance"};
    const float *value[4];
    const int64_t n = chain_dim(c, 0);
    const double epsilon = chain_real(c, "epsilon", 1e-5),
                 momentum = chain_real(c, "momentum", 0.9);
    if (chain_int(c, "training_mode", 0) != 0 || c->node->nin != 5)
        return chain_fault(c, "it is in training mode: export the model for inference");
    if (chain_int(c, "spatial", 1) != 1)
        return chain_fault(c, "it has statistics for each place, not for each channel");
    for (int i = 0; i < 4; i++)
        if (!(value[i] = channels(c, 1 + i, n))) return false;
    const int axis = c->at.place[0] + 1;
    ChainLayer *l = chain_same(c, "BatchNormalization");
    if (axis != l->out.rank) chain_set(l, "axis", json_integer(axis));
    if (momentum >= 0 && momentum <= 1) chain_set(l, "momentum", json_real(momentum));
    set_epsilon(l, epsilon);
    for (int i = 0; i < 4; i++) chain_weight(l, names[i], value[i], n);
    return true;
}

// ---- over the last dimensions of a sample, whose numbers are in ONNX's order

static bool over_last(Chain *c, const char *cls, const char *gamma, const char *beta,
                      double epsilon) {
    int first;
    if (!chain_has(c, 1)) return chain_fault(c, "it has no scale");
    if (!chain_axis(c, chain_int(c, "axis", -1), &first)) return false;
    bool is[MAX_RANK] = {false};
    const int rank = chain_rank(c);
    int64_t axis[MAX_RANK] = {0}, count = 1;
    for (int d = first; d < rank; d++) is[c->at.place[d]] = true, count *= chain_dim(c, d);
    int n = 0;
    for (int d = 0; d < rank; d++)
        if (is[d]) axis[n++] = d + 1;
    Spread s[2] = {{0}};
    for (int i = 0; i < 2; i++) {
        const Known *k = chain_has(c, 1 + i) ? chain_given(c, 1 + i) : NULL;
        if (c->wrong) return false;
        if (k && (!k->real || k->count != count))
            return chain_fault(c, "'%s' is no float32 for each of %lld elements",
                               c->node->in[1 + i], (long long)count);
        if (k && !chain_spread(c, k, &s[i])) return false;
    }
    ChainLayer *l = chain_same(c, cls);
    if (n > 1 || axis[0] != rank) chain_set_ints(l, "axis", axis, n);
    set_epsilon(l, epsilon);
    chain_weight(l, gamma, s[0].value, count);
    if (beta && !chain_has(c, 2))
        chain_set(l, "center", json_false());
    else if (beta)
        chain_weight(l, beta, s[1].value, count);
    l->scaled = true;
    return true;
}

bool take_layer_normalization(Chain *c) {
    const double epsilon = chain_real(c, "epsilon", 1e-5);
    chain_int(c, "stash_type", 1); // how exactly it is computed
    return over_last(c, "LayerNormalization", "gamma", "beta", epsilon);
}

bool take_rms_normalization(Chain *c) {
    const double epsilon = chain_real(c, "epsilon", 1e-5);
    chain_int(c, "stash_type", 1);
    return over_last(c, "RMSNormalization", "scale", NULL, epsilon);
}

// ---- of groups of channels

static bool groups(Chain *c, int64_t count, double epsilon, const float *gamma, const float *beta) {
    const int64_t n = chain_dim(c, 0);
    if (count < 1 || n % count)
        return chain_fault(c, "its %lld groups do not divide its %lld channels", (long long)count,
                           (long long)n);
    chain_channels(c);
    ChainLayer *l = chain_same(c, "GroupNormalization");
    chain_set(l, "groups", json_integer(count));
    set_epsilon(l, epsilon);
    chain_weight(l, "gamma", gamma, n);
    chain_weight(l, "beta", beta, n);
    return true;
}

bool take_instance_normalization(Chain *c) {
    const double epsilon = chain_real(c, "epsilon", 1e-5);
    const int64_t n = chain_dim(c, 0);
    if (c->node->nin != 3 || chain_rank(c) < 2)
        return chain_fault(c, "it has no scale, bias or places");
    const float *gamma = channels(c, 1, n), *beta = gamma ? channels(c, 2, n) : NULL;
    return beta && groups(c, n, epsilon, gamma, beta);
}

// Before opset 21 the numbers are for each group.
static const float *for_channels(Chain *c, int i, int64_t count, int64_t n) {
    const bool each = c->f->opset >= 21;
    if (each || count < 1) return channels(c, i, n);
    const float *value = channels(c, i, count);
    float *to = value ? ARENA_ARRAY(c->a, float, n) : NULL;
    for (int64_t k = 0; k < n && value; k++) to[k] = value[k / (n / count)];
    return to;
}

bool take_group_normalization(Chain *c) {
    const double epsilon = chain_real(c, "epsilon", 1e-5);
    const int64_t n = chain_dim(c, 0), count = chain_int(c, "num_groups", 0);
    chain_int(c, "stash_type", 1);
    if (c->node->nin != 3 || chain_rank(c) < 2 || count < 1 || n % count)
        return chain_fault(
            c, "it has no scale, bias or places, or its groups do not divide its channels");
    const float *gamma = for_channels(c, 1, count, n);
    const float *beta = gamma ? for_channels(c, 2, count, n) : NULL;
    return beta && groups(c, count, epsilon, gamma, beta);
}

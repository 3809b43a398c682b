// SPDX-License-Identifier: MIT
// Normalisations: y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with mean and variance over some
// of the values.
#include "layers.h"
#include <math.h>

typedef struct Group { // of values that are normalised together
    double mean, variance, dot, sum; // dot, sum: of gradients by the normalised values
    double count;
} Group;

static double weight_or(const Here *h, const char *name, int64_t i, double otherwise) {
    int k = layer_weight_index(h->l, name);
    return k < 0 ? otherwise : h->w[k][i];
}

static void add_gradient(Here *h, const char *name, int64_t i, double by) {
    int k = layer_weight_index(h->l, name);
    if (k >= 0) h->dw[k][i] += by;
}

// Over samples and places: each channel is a group, `all` values lie in n and the spatial dimensions.
static void measure(const Here *h, Group *g, int64_t c, int64_t all) {
    for (int64_t i = 0; i < all; i++) g[i % c].mean += h->x[i] / ((double)all / (double)c);
    for (int64_t i = 0; i < all; i++)
        g[i % c].variance += pow(h->x[i] - g[i % c].mean, 2) / ((double)all / (double)c);
}

static bool of_batch(const Here *h) {
    return h->run->training && h->l->trainable;
}

static void batch_backward(Here *h, Group *g, int64_t c, int64_t all) {
    double count = (double)all / (double)c, epsilon = layer_number(h->l, "epsilon");
    for (int64_t i = 0; i < all; i++) {
        Group *of = &g[i % c];
        double unit = (h->x[i] - of->mean) / sqrt(of->variance + epsilon);
        add_gradient(h, "gamma", i % c, h->dy[i] * unit);
        add_gradient(h, "beta", i % c, h->dy[i]);
        of->sum += h->dy[i];
        of->dot += h->dy[i] * unit;
    }
    for (int64_t i = 0; i < all; i++) {
        const Group *of = &g[i % c];
        double root = sqrt(of->variance + epsilon), unit = (h->x[i] - of->mean) / root;
        double d = h->dy[i];
        if (of_batch(h)) d -= of->sum / count + unit * of->dot / count;
        h->dx[i] += d * weight_or(h, "gamma", i % c, 1) / root;
    }
}

// In training with the batch's mean and variance, which the moving averages follow after the step.
static void batch_norm(Here *h) {
    int64_t c = h->in.dim[h->in.rank - 1], all = h->n * count_of(&h->in);
    int mean = layer_weight_index(h->l, "moving_mean");
    double momentum = layer_number(h->l, "momentum"), epsilon = layer_number(h->l, "epsilon");
    Group *g = ARENA_ARRAY(h->run->arena, Group, c);
    if (of_batch(h)) measure(h, g, c, all);
    for (int64_t k = 0; k < c && !of_batch(h); k++)
        g[k] = (Group){.mean = h->w[mean][k], .variance = h->w[mean + 1][k]};
    if (h->backward) {
        batch_backward(h, g, c, all);
        for (int64_t k = 0; k < c; k++) {
            h->w[mean][k] = h->w[mean][k] * momentum + g[k].mean * (1 - momentum);
            h->w[mean + 1][k] = h->w[mean + 1][k] * momentum + g[k].variance * (1 - momentum);
        }
        return;
    }
    for (int64_t i = 0; i < all; i++) {
        double unit = (h->x[i] - g[i % c].mean) / sqrt(g[i % c].variance + epsilon);
        h->y[i] = unit * weight_or(h, "gamma", i % c, 1) + weight_or(h, "beta", i % c, 0);
    }
}

const Meaning norm_layers[] = {
    {"BatchNormalization", {batch_norm}, NULL, "axis momentum epsilon center scale"},
    {NULL, {NULL}, NULL, NULL},
};

// SPDX-License-Identifier: MIT
// Layers that take each element by itself, the activations, softmax and dropout.
#include "keras/activation.h"
#include "layers.h"
#include <math.h>
#include <string.h>

void each_element(Here *h, Element *f) {
    for (int64_t i = 0; i < h->n * count_of(&h->in); i++) {
        double slope = 0, y = f(h, h->x[i], &slope);
        if (h->backward)
            h->dx[i] += h->dy[i] * slope;
        else
            h->y[i] = y;
    }
}

// ---- activations: the value, the slope, and how far x is from a kink

typedef struct Curve {
    const char *name;
    double (*value)(double x, double *slope);
    int nkink;
    double kink[2];
} Curve;

static double line(double x, double by, double *slope) {
    return *slope = by, by * x;
}
static double linear(double x, double *slope) {
    return line(x, 1, slope);
}
static double relu(double x, double *slope) {
    return line(x, x > 0, slope);
}
static double relu6(double x, double *slope) {
    *slope = x > 0 && x < 6;
    return fmin(fmax(x, 0), 6);
}
static double leaky_relu(double x, double *slope) {
    return line(x, x > 0 ? 1 : 0.2, slope);
}
static double elu(double x, double *slope) {
    *slope = x > 0 ? 1 : exp(x);
    return x > 0 ? x : expm1(x);
}
static double selu(double x, double *slope) {
    const double alpha = 1.6732632423543772, scale = 1.0507009873554805;
    *slope = scale * (x > 0 ? 1 : alpha * exp(x));
    return scale * (x > 0 ? x : alpha * expm1(x));
}
static double sigmoid(double x, double *slope) {
    *slope = 1 / ((1 + exp(-x)) * (1 + exp(x)));
    return 1 / (1 + exp(-x));
}
static double hyperbolic(double x, double *slope) {
    *slope = 1 / (cosh(x) * cosh(x));
    return tanh(x);
}
static double softplus(double x, double *slope) {
    *slope = 1 / (1 + exp(-x));
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}
static double gelu(double x, double *slope) {
    double below = erfc(-x / sqrt(2)) / 2; // the normal distribution's share
    *slope = below + x * exp(-x * x / 2) / sqrt(2 * acos(-1));
    return x * below;
}
static double silu(double x, double *slope) {
    double s = sigmoid(x, slope);
    *slope = s + x * *slope;
    return x * s;
}
static double hard_sigmoid(double x, double *slope) {
    double y = relu6(x + 3, slope) / 6;
    *slope /= 6;
    return y;
}

static const Curve curves[] = {
    {"linear", linear, 0, {0}},
    {"relu", relu, 1, {0}},
    {"relu6", relu6, 2, {0, 6}},
    {"leaky_relu", leaky_relu, 1, {0}},
    {"elu", elu, 0, {0}},
    {"selu", selu, 1, {0}},
    {"sigmoid", sigmoid, 0, {0}},
    {"tanh", hyperbolic, 0, {0}},
    {"softplus", softplus, 0, {0}},
    {"gelu", gelu, 0, {0}},
    {"silu", silu, 0, {0}},
    {"swish", silu, 0, {0}},
    {"hard_sigmoid", hard_sigmoid, 2, {-3, 3}},
};

static const Curve *curve_of(const Layer *l) {
    const Activation *const *f = args_at(l->cls->args, l->args, "activation");
    for (size_t i = 0; *f && i < sizeof curves / sizeof *curves; i++)
        if (!strcmp((*f)->name, curves[i].name)) return &curves[i];
    return NULL;
}

bool activation_is(const Layer *l, const char *name) {
    const Activation *const *f = args_at(l->cls->args, l->args, "activation");
    return f && *f && !strcmp((*f)->name, name);
}

const char *activation_missing(const Layer *l) {
    const Activation *const *f = args_at(l->cls->args, l->args, "activation");
    return !f || !*f || curve_of(l) || activation_is(l, "softmax") ? NULL : (*f)->name;
}

static double curved(Here *h, double x, double *slope) {
    const Curve *c = h->own;
    for (int k = 0; k < c->nkink; k++) near(h->run, fabs(x - c->kink[k]));
    return c->value(x, slope);
}

// y = e^x / sum e^x over the last dimension; dx = (dy - sum dy y) y
static void softmax(Here *h) {
    int64_t k = h->in.dim[h->in.rank - 1];
    for (int64_t at = 0; at < h->n * count_of(&h->in); at += k) {
        double most = -INFINITY, sum = 0, dot = 0;
        for (int64_t i = at; i < at + k; i++) most = fmax(most, h->x[i]);
        for (int64_t i = at; i < at + k; i++) sum += exp(h->x[i] - most);
        for (int64_t i = at; i < at + k; i++) h->y[i] = exp(h->x[i] - most) / sum;
        for (int64_t i = at; i < at + k; i++) dot += h->dy[i] * h->y[i];
        for (int64_t i = at; i < at + k && h->backward; i++) h->dx[i] += (h->dy[i] - dot) * h->y[i];
    }
}

void activate(Here *h) {
    static const Curve none = {"linear", linear, 0, {0}};
    const Curve *c = curve_of(h->l);
    h->own = (void *)(uintptr_t)(c ? c : &none);
    if (activation_is(h->l, "softmax"))
        softmax(h);
    else
        each_element(h, curved);
}

// ---- layers

static double relu_layer(Here *h, double x, double *slope) {
    double most = layer_number(h->l, "max_value"), least = layer_number(h->l, "threshold");
    double below = layer_number(h->l, "negative_slope");
    near(h->run, fabs(x - least));
    if (x < least) return line(x - least, below, slope);
    if (isnan(most)) return line(x, 1, slope);
    near(h->run, fabs(x - most));
    *slope = x < most;
    return fmin(x, most);
}

static double rescaled(Here *h, double x, double *slope) {
    *slope = layer_number(h->l, "scale");
    return x * *slope + layer_number(h->l, "offset");
}

static void relus(Here *h) {
    each_element(h, relu_layer);
}
static void rescale(Here *h) {
    each_element(h, rescaled);
}

// One draw for all values with the same place among `draws`.
static void drop(Here *h, int64_t draws) {
    double rate = layer_number(h->l, "rate");
    int64_t count = count_of(&h->in);
    int layer = (int)(h->l - h->run->model->layer);
    for (int64_t i = 0; i < h->n * count; i++) {
        bool all = !h->run->training || rate == 0;
        if (all || kept(h->run, layer, rate, i / count, i % count % draws))
            term(h, i, i, -1, 0, all ? 1 : 1 / (1 - rate));
    }
}

static void dropout(Here *h) {
    drop(h, count_of(&h->in));
}
static void spatial_dropout(Here *h) {
    drop(h, h->in.dim[h->in.rank - 1]);
}

const Meaning element_layers[] = {
    {"Activation", {activate}, NULL, "activation"},
    {"Softmax", {softmax}, NULL, ""},
    {"ReLU", {relus}, NULL, "max_value negative_slope threshold"},
    {"Rescaling", {rescale}, NULL, "scale offset"},
    {"Dropout", {dropout}, NULL, "rate"},
    {"SpatialDropout1D", {spatial_dropout}, NULL, "rate"},
    {"SpatialDropout2D", {spatial_dropout}, NULL, "rate"},
    {NULL, {NULL}, NULL, NULL},
};

// ---- random bits: Philox4x32-10, keyed by seed and epoch, here 0; an element's bits are as many as the
// rate needs, the lowest first.

static void philox(uint32_t c[4], uint32_t seed) {
    uint32_t key[2] = {seed, 0};
    for (int round = 0; round < 10; round++, key[0] += 0x9E3779B9, key[1] += 0xBB67AE85) {
        uint64_t p = (uint64_t)0xD2511F53 * c[0], q = (uint64_t)0xCD9E8D57 * c[2];
        c[0] = (uint32_t)(q >> 32) ^ c[1] ^ key[0];
        c[2] = (uint32_t)(p >> 32) ^ c[3] ^ key[1];
        c[1] = (uint32_t)q;
        c[3] = (uint32_t)p;
    }
}

bool kept(const Run *r, int layer, double rate, int64_t sample, int64_t element) {
    int bits = 1;
    while (bits < 32 && ldexp(rate, bits) != floor(ldexp(rate, bits))) bits *= 2;
    int64_t at = element * bits;
    uint32_t c[4] = {(uint32_t)(at / 128), (uint32_t)sample, (uint32_t)r->step,
                     0x100 + (uint32_t)layer};
    philox(c, r->model->seed);
    uint64_t drawn = (c[at / 32 % 4] >> at % 32) & ((1ULL << bits) - 1);
    return (double)drawn >= round(ldexp(rate, bits));
}

// SPDX-License-Identifier: MIT
// Layers that take each element by itself, the activations, softmax and dropout.
#include "keras/activation.h"
#include "layers.h"
#include "script/value.h"
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
    *slope = scale * (x < 0 ? alpha * exp(x) : 1); // where x is 0, too, as TensorFlow has it
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

static double exponential(double x, double *slope) {
    return *slope = exp(x);
}
static double softsign(double x, double *slope) {
    *slope = 1 / pow(1 + fabs(x), 2);
    return x / (1 + fabs(x));
}
static double log_sigmoid(double x, double *slope) {
    double y = -softplus(-x, slope);
    return y;
}
static double mish(double x, double *slope) {
    double bend, share, plus = softplus(x, &bend), t = hyperbolic(plus, &share);
    *slope = t + x * share * bend;
    return x * t;
}
static double hard_silu(double x, double *slope) {
    double share = hard_sigmoid(x, slope);
    *slope = share + x * *slope;
    return x * share;
}
static double hard_tanh(double x, double *slope) {
    *slope = fabs(x) < 1;
    return fmin(fmax(x, -1), 1);
}
static double soft_shrink(double x, double *slope) {
    *slope = fabs(x) > 0.5;
    return x - fmin(fmax(x, -0.5), 0.5);
}
static double hard_shrink(double x, double *slope) {
    return line(x, fabs(x) > 0.5, slope);
}
static double tanh_shrink(double x, double *slope) {
    *slope = pow(tanh(x), 2);
    return x - tanh(x);
}
static double squareplus(double x, double *slope) {
    double root = sqrt(x * x + 4);
    *slope = (1 + x / root) / 2;
    return (x + root) / 2;
}
static double sparse_sigmoid(double x, double *slope) {
    *slope = fabs(x) < 1 ? 0.5 : 0;
    return fmin(fmax((x + 1) / 2, 0), 1);
}
static double sparse_plus(double x, double *slope) {
    double bend;
    *slope = sparse_sigmoid(x, &bend);
    return x < -1 ? 0 : x > 1 ? x : (x + 1) * (x + 1) / 4;
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
    {"exponential", exponential, 0, {0}},
    {"softsign", softsign, 0, {0}},
    {"log_sigmoid", log_sigmoid, 0, {0}},
    {"mish", mish, 0, {0}},
    {"hard_silu", hard_silu, 2, {-3, 3}},
    {"hard_swish", hard_silu, 2, {-3, 3}},
    {"hard_tanh", hard_tanh, 2, {-1, 1}},
    {"celu", elu, 0, {0}},
    {"soft_shrink", soft_shrink, 2, {-0.5, 0.5}},
    {"hard_shrink", hard_shrink, 2, {-0.5, 0.5}},
    {"tanh_shrink", tanh_shrink, 0, {0}},
    {"squareplus", squareplus, 0, {0}},
    {"sparse_plus", sparse_plus, 0, {0}},
    {"sparse_sigmoid", sparse_sigmoid, 2, {-1, 1}},
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

// What a layer that stands for an activation does; NULL: it is none, or none that is known here.
static const Meaning *stands_for(const Activation *f) {
    for (const Meaning *m = element_layers; f->layer && m->name; m++)
        if (f->layer->activates && !strcmp(m->name, f->layer->name)) return m;
    return NULL;
}

const char *activation_missing(const Layer *l) {
    const Activation *const *f = args_at(l->cls->args, l->args, "activation");
    if (f && *f && (*f)->layer) return stands_for(*f) ? NULL : (*f)->name;
    bool whole = activation_is(l, "softmax") || activation_is(l, "log_softmax");
    return !f || !*f || curve_of(l) || whole ? NULL : (*f)->name;
}

static double curved(Here *h, double x, double *slope) {
    const Curve *c = h->own;
    for (int k = 0; k < c->nkink; k++) near(h->run, fabs(x - c->kink[k]));
    return c->value(x, slope);
}

// Along a dimension, y = e^x / sum e^x, dx = (dy - sum dy y) y; of its logarithm dx = dy - e^y sum dy.
static void softmax_along(Here *h, int dimension, bool logarithm) {
    int64_t k = h->in.dim[dimension], step = 1;
    for (int d = dimension + 1; d < h->in.rank; d++) step *= h->in.dim[d];
    for (int64_t at = 0; at < h->n * count_of(&h->in); at++) {
        double most = -INFINITY, sum = 0, dot = 0;
        int64_t end = at + k * step;
        if (at / step % k) continue; // begun already
        for (int64_t i = at; i < end; i += step) most = fmax(most, h->x[i]);
        for (int64_t i = at; i < end; i += step) sum += exp(h->x[i] - most);
        for (int64_t i = at; i < end; i += step)
            h->y[i] = logarithm ? h->x[i] - most - log(sum) : exp(h->x[i] - most) / sum;
        for (int64_t i = at; i < end; i += step) dot += h->dy[i] * (logarithm ? 1 : h->y[i]);
        for (int64_t i = at; i < end && h->backward; i += step)
            h->dx[i] += logarithm ? h->dy[i] - exp(h->y[i]) * dot : (h->dy[i] - dot) * h->y[i];
    }
}

static void activate_by(Here *h, const Activation *f) {
    Layer l = {.cls = f->layer, .args = f->args};
    Here as = *h;
    as.l = &l;
    stands_for(f)->stage[0](&as);
}

void activate(Here *h) {
    static const Curve none = {"linear", linear, 0, {0}};
    const Activation *const *f = args_at(h->l->cls->args, h->l->args, "activation");
    if (f && *f && (*f)->layer) {
        activate_by(h, *f);
        return;
    }
    const Curve *c = curve_of(h->l);
    h->own = (void *)(uintptr_t)(c ? c : &none);
    if (activation_is(h->l, "softmax") || activation_is(h->l, "log_softmax"))
        softmax_along(h, h->in.rank - 1, activation_is(h->l, "log_softmax"));
    else
        each_element(h, curved);
}

// ---- layers

static double normal(const Run *r, int layer, int64_t sample, int64_t element);

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

static double bent(Here *h, double x, double *slope) {
    near(h->run, fabs(x));
    return line(x, x > 0 ? 1 : layer_number(h->l, "negative_slope"), slope);
}
static double elu_layer(Here *h, double x, double *slope) {
    double alpha = layer_number(h->l, "alpha");
    near(h->run, fabs(x));
    *slope = x > 0 ? 1 : alpha * exp(x);
    return x > 0 ? x : alpha * expm1(x);
}

static void leak(Here *h) {
    each_element(h, bent);
}
static void elus(Here *h) {
    each_element(h, elu_layer);
}

// x above 0, else alpha x; alpha has one element along the dimensions that share it.
static void prelu(Here *h) {
    bool shared[MAX_RANK];
    int64_t count = count_of(&h->in);
    layer_axes_of(h->l, "shared_axes", shared);
    for (int64_t i = 0; i < h->n * count; i++) {
        near(h->run, fabs(h->x[i]));
        if (h->x[i] < 0)
            term(h, i, i, 0, place_without(&h->in, shared, i % count), 1);
        else if (h->x[i] > 0)
            term(h, i, i, -1, 0, 1);
    }
}

// Elements that differ along the layer's axes alone are a group, numbered by its first element.
static void softmax(Here *h) {
    bool is[MAX_RANK];
    layer_axes_of(h->l, "axis", is);
    int64_t count = count_of(&h->in);
    double *most = ARENA_ARRAY(h->run->arena, double, 3 * count), *sum = most + count;
    double *dot = sum + count;
    for (int64_t first = 0; first < h->n * count; first += count) {
        const double *x = h->x + first, *dy = h->dy + first;
        for (int64_t i = 0; i < count; i++) most[i] = -INFINITY, sum[i] = dot[i] = 0;
        for (int64_t i = 0, g; i < count; i++)
            g = place_without(&h->in, is, i), most[g] = fmax(most[g], x[i]);
        for (int64_t i = 0, g; i < count; i++)
            g = place_without(&h->in, is, i), sum[g] += exp(x[i] - most[g]);
        for (int64_t i = 0, g; i < count; i++) {
            g = place_without(&h->in, is, i);
            h->y[first + i] = exp(x[i] - most[g]) / sum[g];
            dot[g] += dy[i] * h->y[first + i];
        }
        for (int64_t i = 0; i < count && h->backward; i++)
            h->dx[first + i] += (dy[i] - dot[place_without(&h->in, is, i)]) * h->y[first + i];
    }
}

static double as_it_is(Here *h, double x, double *slope) {
    (void)h;
    return linear(x, slope);
}
static void identity(Here *h) {
    each_element(h, as_it_is);
}

static void relus(Here *h) {
    each_element(h, relu_layer);
}
static void rescale(Here *h) {
    each_element(h, rescaled);
}

// Where noise_shape has a 1 there is one draw for all: the number of value i's, and of its sample's.
static int64_t draw_of(const Here *h, int64_t i, int64_t *sample) {
    int64_t count = count_of(&h->in), rest = i % count;
    const Value *const *given = args_at(h->l->cls->args, h->l->args, "noise_shape");
    *sample = i / count;
    if (!given || !*given || (*given)->kind == VALUE_NONE) return rest;
    bool one[MAX_RANK + 1] = {false};
    for (int d = 0; d <= h->in.rank; d++) {
        const Value *v = value_at(*given, d);
        one[d] = v->kind == VALUE_INT && v->integer == 1;
    }
    if (one[0]) *sample = 0;
    return place_without(&h->in, one + 1, rest);
}

// One draw for all values with the same place among `draws`.
static void drop(Here *h, int64_t draws) {
    double rate = layer_number(h->l, "rate");
    int64_t values = h->n * count_of(&h->in);
    int layer = (int)(h->l - h->run->model->layer);
    for (int64_t i = 0; i < values; i++) {
        bool all = !h->run->training || rate == 0;
        int64_t sample, number = draw_of(h, i, &sample);
        if (all || kept(h->run, layer, rate, sample, number % draws))
            term(h, i, i, -1, 0, all ? 1 : 1 / (1 - rate));
    }
}

// What is dropped becomes m; all go through a x + b, which keeps a mean of 0 and a variance of 1.
static void alpha_dropout(Here *h) {
    static const double m = -1.0507009873554805 * 1.6732632423543772;
    double rate = layer_number(h->l, "rate");
    double a = 1 / sqrt((1 - rate) * (1 + rate * m * m)), b = -a * m * rate;
    int64_t values = h->n * count_of(&h->in);
    int layer = (int)(h->l - h->run->model->layer);
    bool all = !h->run->training || rate == 0;
    for (int64_t i = 0; i < values; i++) {
        int64_t sample, number = draw_of(h, i, &sample);
        bool keeps = all || kept(h->run, layer, rate, sample, number);
        if (keeps) term(h, i, i, -1, 0, all ? 1 : a);
        if (!all) term(h, i, -1, -1, 0, keeps ? b : a * m + b);
    }
}

// Noise, x + stddev z, or x (1 + sqrt(rate / (1 - rate)) z); z normal.
static void gaussian(Here *h) {
    bool adds = args_have(h->l->cls->args, "stddev");
    double amount = layer_number(h->l, adds ? "stddev" : "rate");
    double by = adds ? amount : sqrt(amount / (1 - amount));
    int64_t count = count_of(&h->in);
    int layer = (int)(h->l - h->run->model->layer);
    for (int64_t i = 0; i < h->n * count; i++) {
        double z = h->run->training ? normal(h->run, layer, i / count, i % count) : 0;
        term(h, i, i, -1, 0, adds ? 1 : 1 + by * z);
        if (adds) term(h, i, -1, -1, 0, by * z);
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
    {"Softmax", {softmax}, NULL, "axis"},
    {"Identity", {identity}, NULL, ""},
    {"LeakyReLU", {leak}, NULL, "negative_slope"},
    {"ELU", {elus}, NULL, "alpha"},
    {"PReLU", {prelu}, NULL, "shared_axes"},
    {"AlphaDropout", {alpha_dropout}, NULL, "rate noise_shape seed"},
    {"GaussianNoise", {gaussian}, NULL, "stddev seed"},
    {"GaussianDropout", {gaussian}, NULL, "rate seed"},
    {"ReLU", {relus}, NULL, "max_value negative_slope threshold"},
    {"Rescaling", {rescale}, NULL, "scale offset"},
    {"Dropout", {dropout}, NULL, "rate noise_shape seed"},
    {"SpatialDropout1D", {spatial_dropout}, NULL, "rate seed"},
    {"SpatialDropout2D", {spatial_dropout}, NULL, "rate seed"},
    {NULL, {NULL}, NULL, NULL},
};

// ---- random bits: Philox4x32-10, keyed by epoch, here 0, and the layer's seed or the model's; an element's bits are as many as the
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

uint32_t drawn(const Run *r, int layer, int64_t sample, int64_t at, int bits) {
    double seed = layer_number(&r->model->layer[layer], "seed"); // below 0: None
    uint32_t c[4] = {(uint32_t)(at / 128), (uint32_t)sample, (uint32_t)r->step,
                     seed < 0 ? 0x100 + (uint32_t)layer : 0xFF};
    philox(c, seed < 0 ? r->model->seed : (uint32_t)seed);
    return (uint32_t)((c[at / 32 % 4] >> at % 32) & ((1ULL << bits) - 1));
}

bool kept(const Run *r, int layer, double rate, int64_t sample, int64_t element) {
    int bits = 1;
    while (bits < 32 && ldexp(rate, bits) != floor(ldexp(rate, bits))) bits *= 2;
    return drawn(r, layer, sample, element * bits, bits) >= round(ldexp(rate, bits));
}

// The z below which a normal number is with probability p, by halving.
static double normal(const Run *r, int layer, int64_t sample, int64_t element) {
    double p = (2.0 * (drawn(r, layer, sample, 32 * element, 32) >> 8) + 1) / 0x1p25;
    double low = -8, high = 8;
    for (int k = 0; k < 60; k++) {
        double middle = (low + high) / 2;
        *(erfc(-middle / sqrt(2)) / 2 < p ? &low : &high) = middle;
    }
    return low;
}

// SPDX-License-Identifier: MIT
// Normalisations: y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with mean and variance over some
// of the values.
#include "layers.h"
#include "script/value.h"
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

// A channel is an index of the layer's axis, counted with the samples' axis or from the last.
typedef struct Channels {
    int64_t n, inner; // inner: values between a channel's and the next one's
} Channels;

static Channels channels_of(const Here *h) {
    int axis = (int)layer_number(h->l, "axis"), d = axis < 0 ? axis + h->in.rank : axis - 1;
    Channels c = {h->in.dim[d], 1};
    while (++d < h->in.rank) c.inner *= h->in.dim[d];
    return c;
}

static int64_t channel(Channels c, int64_t i) {
    return i / c.inner % c.n;
}

// Over samples and places: each channel is a group of `all` values.
static void measure(const Here *h, Group *g, Channels c, int64_t all) {
    double count = (double)all / (double)c.n;
    for (int64_t i = 0; i < all; i++) g[channel(c, i)].mean += h->x[i] / count;
    for (int64_t i = 0; i < all; i++)
        g[channel(c, i)].variance += pow(h->x[i] - g[channel(c, i)].mean, 2) / count;
}

static bool of_batch(const Here *h) {
    return h->run->training && h->l->trainable;
}

static void batch_backward(Here *h, Group *g, Channels c, int64_t all) {
    double count = (double)all / (double)c.n, epsilon = layer_number(h->l, "epsilon");
    for (int64_t i = 0; i < all; i++) {
        int64_t k = channel(c, i);
        Group *of = &g[k];
        double unit = (h->x[i] - of->mean) / sqrt(of->variance + epsilon);
        add_gradient(h, "gamma", k, h->dy[i] * unit);
        add_gradient(h, "beta", k, h->dy[i]);
        of->sum += h->dy[i];
        of->dot += h->dy[i] * unit;
    }
    for (int64_t i = 0; i < all; i++) {
        int64_t k = channel(c, i);
        const Group *of = &g[k];
        double root = sqrt(of->variance + epsilon), unit = (h->x[i] - of->mean) / root;
        double d = h->dy[i];
        if (of_batch(h)) d -= of->sum / count + unit * of->dot / count;
        h->dx[i] += d * weight_or(h, "gamma", k, 1) / root;
    }
}

// In training with the batch's mean and variance, which the moving averages follow after the step.
static void batch_norm(Here *h) {
    Channels c = channels_of(h);
    int64_t all = h->n * count_of(&h->in);
    int mean = layer_weight_index(h->l, "moving_mean");
    double momentum = layer_number(h->l, "momentum"), epsilon = layer_number(h->l, "epsilon");
    Group *g = ARENA_ARRAY(h->run->arena, Group, c.n);
    if (of_batch(h)) measure(h, g, c, all);
    for (int64_t k = 0; k < c.n && !of_batch(h); k++)
        g[k] = (Group){.mean = h->w[mean][k], .variance = h->w[mean + 1][k]};
    if (h->backward) {
        batch_backward(h, g, c, all);
        for (int64_t k = 0; k < c.n; k++) {
            h->w[mean][k] = h->w[mean][k] * momentum + g[k].mean * (1 - momentum);
            h->w[mean + 1][k] = h->w[mean + 1][k] * momentum + g[k].variance * (1 - momentum);
        }
        return;
    }
    for (int64_t i = 0; i < all; i++) {
        int64_t k = channel(c, i);
        double unit = (h->x[i] - g[k].mean) / sqrt(g[k].variance + epsilon);
        h->y[i] = unit * weight_or(h, "gamma", k, 1) + weight_or(h, "beta", k, 0);
    }
}

// ---- of each sample by itself: which of its values belong together, and which gamma and beta they have

typedef struct Places {
    bool over[MAX_RANK], others[MAX_RANK]; // of LayerNormalization
    Channels channels; // of GroupNormalization
    int64_t each; // in a group
} Places;

static int64_t group_of(const Here *h, const Places *p, int64_t i) {
    return p->each ? channel(p->channels, i) / p->each : place_without(&h->in, p->over, i);
}

static int64_t scale_of(const Here *h, const Places *p, int64_t i) {
    return p->each ? channel(p->channels, i) : place_without(&h->in, p->others, i);
}

static void sample_backward(Here *h, const Places *p, Group *g, int64_t first, int64_t count) {
    double epsilon = layer_number(h->l, "epsilon");
    for (int pass = 0; pass < 2; pass++) // sums first
        for (int64_t i = 0; i < count; i++) {
            Group *of = &g[group_of(h, p, i)];
            double root = sqrt(of->variance + epsilon), dy = h->dy[first + i];
            double unit = (h->x[first + i] - of->mean) / root;
            double d = dy * weight_or(h, "gamma", scale_of(h, p, i), 1);
            if (pass) {
                h->dx[first + i] += (d - (of->sum + unit * of->dot) / of->count) / root;
                continue;
            }
            add_gradient(h, "gamma", scale_of(h, p, i), dy * unit);
            add_gradient(h, "beta", scale_of(h, p, i), dy);
            of->sum += d;
            of->dot += d * unit;
        }
}

static void sample_norm(Here *h, const Places *p) {
    int64_t count = count_of(&h->in);
    double epsilon = layer_number(h->l, "epsilon");
    for (int64_t first = 0; first < h->n * count; first += count) {
        Group *g = ARENA_ARRAY(h->run->arena, Group, count);
        for (int64_t i = 0; i < count; i++) g[group_of(h, p, i)].count++;
        for (int64_t i = 0; i < count; i++) {
            Group *of = &g[group_of(h, p, i)];
            of->mean += h->x[first + i] / of->count;
        }
        for (int64_t i = 0; i < count; i++) {
            Group *of = &g[group_of(h, p, i)];
            of->variance += pow(h->x[first + i] - of->mean, 2) / of->count;
        }
        for (int64_t i = 0; i < count && !h->backward; i++) {
            const Group *of = &g[group_of(h, p, i)];
            double unit = (h->x[first + i] - of->mean) / sqrt(of->variance + epsilon);
            h->y[first + i] = unit * weight_or(h, "gamma", scale_of(h, p, i), 1) +
                              weight_or(h, "beta", scale_of(h, p, i), 0);
        }
        if (h->backward) sample_backward(h, p, g, first, count);
    }
}

static void layer_norm(Here *h) {
    Places p = {.each = 0};
    layer_axes_of(h->l, "axis", p.over);
    for (int d = 0; d < MAX_RANK; d++) p.others[d] = !p.over[d];
    sample_norm(h, &p);
}

static void group_norm(Here *h) {
    Channels c = channels_of(h);
    int64_t groups = (int64_t)layer_number(h->l, "groups");
    Places p = {.channels = c, .each = groups == -1 ? 1 : c.n / groups};
    sample_norm(h, &p);
}

// y = x / |x|, of length 0 it is 0; dx = (dy - y sum dy y) / |x|.
static void unit_norm(Here *h) {
    bool over[MAX_RANK];
    int64_t count = count_of(&h->in);
    layer_axes_of(h->l, "axis", over);
    for (int64_t first = 0; first < h->n * count; first += count) {
        Group *g = ARENA_ARRAY(h->run->arena, Group, count); // sum: of squares
        for (int64_t i = 0; i < count; i++) {
            Group *of = &g[place_without(&h->in, over, i)];
            of->sum += pow(h->x[first + i], 2);
            of->dot += h->dy[first + i] * h->y[first + i];
        }
        for (int64_t i = 0; i < count; i++) {
            const Group *of = &g[place_without(&h->in, over, i)];
            double by = fmin(1 / sqrt(of->sum), 1e12), d = h->dy[first + i];
            near(h->run, sqrt(of->sum));
            if (!h->backward) h->y[first + i] = h->x[first + i] * by;
            if (h->backward)
                h->dx[first + i] += (d - (by < 1e12 ? of->dot * h->y[first + i] : 0)) * by;
        }
    }
}

// y = x r scale, r = 1 / sqrt(mean of x^2 + epsilon);  with d = dy scale: dx = r d - r^3 x mean(d x)
static void rms_norm(Here *h) {
    bool over[MAX_RANK], others[MAX_RANK];
    int64_t count = count_of(&h->in);
    double size = (double)count_of(&h->l->weight[0].shape), epsilon = layer_number(h->l, "epsilon");
    layer_axes_of(h->l, "axis", over);
    for (int d = 0; d < MAX_RANK; d++) others[d] = !over[d];
    for (int64_t first = 0; first < h->n * count; first += count) {
        Group *g = ARENA_ARRAY(h->run->arena, Group, count); // sum: of squares; dot: of d x
        for (int64_t i = 0; i < count; i++) {
            Group *of = &g[place_without(&h->in, over, i)];
            double x = h->x[first + i];
            of->sum += x * x;
            of->dot += h->dy[first + i] * h->w[0][place_without(&h->in, others, i)] * x;
        }
        for (int64_t i = 0; i < count; i++) {
            const Group *of = &g[place_without(&h->in, over, i)];
            int64_t k = place_without(&h->in, others, i);
            double r = 1 / sqrt(of->sum / size + epsilon), x = h->x[first + i];
            if (!h->backward) {
                h->y[first + i] = x * r * h->w[0][k];
                continue;
            }
            h->dw[0][k] += h->dy[first + i] * x * r;
            h->dx[first + i] += r * h->dy[first + i] * h->w[0][k] - r * r * r * x * of->dot / size;
        }
    }
}

// ---- by numbers of the script, or weights that stay

static double given_number(const Value *v, const bool kept[MAX_RANK], const Shape *in,
                           const int64_t *at) {
    Shape list = {0};
    int64_t index[MAX_RANK];
    int n = 0;
    for (int d = 0; d < in->rank; d++)
        if (kept[d]) index[n++] = at[d];
    for (const Value *w = v; value_is_sequence(w); w = value_at(w, 0))
        list.dim[list.rank++] = value_count(w);
    for (int d = 0; d < list.rank; d++) // its dimensions are the last ones
        v = value_at(v, list.dim[d] == 1 ? 0 : (int)index[n - list.rank + d]);
    return value_real(v);
}

static void normalize(Here *h) {
    bool kept[MAX_RANK];
    int64_t count = count_of(&h->in), at[MAX_RANK];
    const Value *const *mean = args_at(h->l->cls->args, h->l->args, "mean");
    const Value *const *variance = args_at(h->l->cls->args, h->l->args, "variance");
    bool over[MAX_RANK], invert = layer_number(h->l, "invert") != 0;
    layer_axes_of(h->l, "axis", kept);
    for (int d = 0; d < MAX_RANK; d++) over[d] = !kept[d];
    for (int64_t i = 0; i < h->n * count; i++) {
        for (int64_t d = h->in.rank - 1, rest = i % count; d >= 0; rest /= h->in.dim[d--])
            at[d] = rest % h->in.dim[d];
        int64_t place = place_without(&h->in, over, i % count);
        bool given = h->l->nweight == 0;
        double m = given ? given_number(*mean, kept, &h->in, at) : h->w[0][place];
        double v = given ? given_number(*variance, kept, &h->in, at) : h->w[1][place];
        double wide = fmax(sqrt(v), 1e-7), by = invert ? wide : 1 / wide;
        term(h, i, i, -1, 0, by);
        term(h, i, -1, -1, 0, invert ? m : -m * by);
    }
}

const Meaning norm_layers[] = {
    {"Normalization", {normalize}, NULL, "axis mean variance invert"},
    {"LayerNormalization", {layer_norm}, NULL, "axis epsilon center scale"},
    {"GroupNormalization", {group_norm}, NULL, "groups axis epsilon center scale"},
    {"UnitNormalization", {unit_norm}, NULL, "axis"},
    {"RMSNormalization", {rms_norm}, NULL, "axis epsilon"},
    {"BatchNormalization", {batch_norm}, NULL, "axis momentum epsilon center scale synchronized"},
    {NULL, {NULL}, NULL, NULL},
};

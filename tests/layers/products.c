// SPDX-License-Identifier: MIT
// Layers whose results are sums of products: convolutions, dense layers, averages, copies; and the
// maximum, which copies one of several. Images are [H, W, C]; sequences are images of width 1.
#include "layers.h"
#include <math.h>
#include <string.h>

// ---- windows

typedef struct Sweep {
    int64_t in[2], out[2], size[2], stride[2], dilation[2], before[2];
} Sweep;

typedef struct Tap { // where a window's element lies
    int64_t to, from, tap; // position in y, over all samples; in x; in the window
} Tap;

static int64_t padding_before(const Layer *l, const Sweep *w, int d) {
    const char *padding = layer_choice(l, "padding");
    int64_t reach = (w->size[d] - 1) * w->dilation[d] + 1;
    int64_t zeros = (w->out[d] - 1) * w->stride[d] + reach - w->in[d];
    if (!strcmp(padding, "causal")) return reach - 1;
    return strcmp(padding, "same") || zeros < 0 ? 0 : zeros / 2;
}

static Sweep window_of(const Layer *l, const char *size) {
    Sweep w = {{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {0, 0}};
    for (int d = 0; d < l->in[0].rank - 1; d++) {
        w.in[d] = l->in[0].dim[d];
        w.out[d] = l->out.dim[d];
        w.size[d] = layer_size(l, size, d);
        w.stride[d] = layer_size(l, "strides", d);
        if (!w.stride[d]) w.stride[d] = w.size[d]; // None
        w.dilation[d] = layer_size(l, "dilation_rate", d);
        w.before[d] = padding_before(l, &w, d);
    }
    return w;
}

static Sweep whole_image(const Layer *l) {
    Sweep w = {{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {0, 0}};
    for (int d = 0; d < l->in[0].rank - 1; d++) w.size[d] = w.in[d] = l->in[0].dim[d];
    return w;
}

typedef void OnTap(Here *h, Tap t);

static void each_tap(Here *h, const Sweep *w, OnTap *body) {
    int64_t places = w->out[0] * w->out[1], taps = w->size[0] * w->size[1];
    for (int64_t to = 0; to < h->n * places; to++)
        for (int64_t tap = 0; tap < taps; tap++) {
            int64_t y = to % places / w->out[1] * w->stride[0] - w->before[0] +
                        tap / w->size[1] * w->dilation[0];
            int64_t x =
                to % w->out[1] * w->stride[1] - w->before[1] + tap % w->size[1] * w->dilation[1];
            if (y < 0 || y >= w->in[0] || x < 0 || x >= w->in[1]) continue;
            body(h, (Tap){to, (to / places * w->in[0] + y) * w->in[1] + x, tap});
        }
}

static int64_t channels(const Shape *s) {
    return s->dim[s->rank - 1];
}

// ---- convolutions

// kernel [taps, CI / groups, CO]
static void convolve_tap(Here *h, Tap t) {
    int64_t ci = channels(&h->in), co = channels(&h->out);
    int64_t groups = (int64_t)layer_number_or(h->l, "groups", 1), each = ci / groups;
    for (int64_t o = 0; o < co; o++)
        for (int64_t i = 0; i < each; i++)
            term(h, t.to * co + o, t.from * ci + o / (co / groups) * each + i, 0,
                 (t.tap * each + i) * co + o, 1);
}

static void add_bias(Here *h) {
    int k = layer_weight_index(h->l, "bias");
    int64_t co = channels(&h->out);
    for (int64_t i = 0; i < h->n * count_of(&h->out) && k >= 0; i++) term(h, i, -1, k, i % co, 1);
}

static void convolve(Here *h) {
    Sweep w = window_of(h->l, "kernel_size");
    each_tap(h, &w, convolve_tap);
    add_bias(h);
}

// A transposed convolution is one from y to x, read the other way: `to` lies in x, `from` in y. Kernel
// [taps, CO, CI]
static void transpose_tap(Here *h, Tap t) {
    int64_t ci = channels(&h->in), co = channels(&h->out);
    for (int64_t i = 0; i < ci * co; i++)
        term(h, t.from * co + i / ci, t.to * ci + i % ci, 0, t.tap * co * ci + i, 1);
}

static void transpose(Here *h) {
    Sweep w = window_of(h->l, "kernel_size");
    for (int d = 0; d < h->out.rank - 1; d++) {
        w.in[d] = h->out.dim[d];
        w.out[d] = h->in.dim[d];
        w.before[d] = padding_before(h->l, &w, d);
    }
    each_tap(h, &w, transpose_tap);
    add_bias(h);
}

// kernel [taps, C, M]; y's channel c M + m
static void depthwise_tap(Here *h, Tap t) {
    int64_t c = channels(&h->in), m = channels(&h->out) / c;
    for (int64_t i = 0; i < c * m; i++)
        term(h, t.to * c * m + i, t.from * c + i / m, 0, t.tap * c * m + i, 1);
}

static void depthwise(Here *h) {
    Sweep w = window_of(h->l, "kernel_size");
    each_tap(h, &w, depthwise_tap);
    if (h->l->nweight < 3) add_bias(h); // of a separable convolution it comes later
}

static Shape separated(const Layer *l) {
    Shape s = l->out;
    s.dim[s.rank - 1] = channels(&l->in[0]) * (int64_t)layer_number(l, "depth_multiplier");
    return s;
}

// Over the last dimension, with weight k.
static void mix_channels(Here *h, int k) {
    int64_t ci = channels(&h->in), co = channels(&h->out);
    for (int64_t place = 0; place < h->n * count_of(&h->out) / co; place++)
        for (int64_t i = 0; i < ci * co; i++)
            term(h, place * co + i % co, place * ci + i / co, k, i, 1);
    add_bias(h);
}

static void pointwise(Here *h) {
    mix_channels(h, layer_weight_index(h->l, "pointwise_kernel"));
}

static void dense(Here *h) {
    mix_channels(h, 0);
}

// ---- pools

static void count_tap(Here *h, Tap t) {
    ((int64_t *)h->own)[t.to]++;
}

static void average_tap(Here *h, Tap t) {
    int64_t c = channels(&h->in);
    double share = 1 / (double)((int64_t *)h->own)[t.to];
    for (int64_t k = 0; k < c; k++) term(h, t.to * c + k, t.from * c + k, -1, 0, share);
}

static void average(Here *h, Sweep w) {
    h->own = ARENA_ARRAY(h->run->arena, int64_t, h->n *count_of(&h->out));
    each_tap(h, &w, count_tap);
    each_tap(h, &w, average_tap);
}

typedef struct Best {
    int64_t at; // 1 + where it is
    double second;
} Best;

static void best_tap(Here *h, Tap t) {
    int64_t c = channels(&h->in);
    for (int64_t k = 0; k < c; k++) {
        Best *best = (Best *)h->own + t.to * c + k;
        double x = h->x[t.from * c + k], most = best->at ? h->x[best->at - 1] : -INFINITY;
        best->second = best->at ? fmax(best->second, fmin(x, most)) : -INFINITY;
        if (x > most) best->at = 1 + t.from * c + k;
    }
}

static void maximum(Here *h, Sweep w) {
    int64_t count = h->n * count_of(&h->out);
    Best *best = h->own = ARENA_ARRAY(h->run->arena, Best, count);
    each_tap(h, &w, best_tap);
    for (int64_t i = 0; i < count; i++) {
        near(h->run, h->x[best[i].at - 1] - best[i].second);
        term(h, i, best[i].at - 1, -1, 0, 1);
    }
}

static void max_pool(Here *h) {
    maximum(h, window_of(h->l, "pool_size"));
}
static void average_pool(Here *h) {
    average(h, window_of(h->l, "pool_size"));
}
static void global_max(Here *h) {
    maximum(h, whole_image(h->l));
}
static void global_average(Here *h) {
    average(h, whole_image(h->l));
}

// Along the dimension in which x and y differ: windows of y's element k begin at floor(k n / o) and end before
// ceil((k + 1) n / o).
static void adapt(Here *h, bool largest) {
    int d = 0;
    while (d + 1 < h->in.rank && h->in.dim[d] == h->out.dim[d]) d++;
    int64_t in = h->in.dim[d], out = h->out.dim[d], inner = 1, y = 0;
    for (int i = d + 1; i < h->in.rank; i++) inner *= h->in.dim[i];
    for (int64_t outer = 0; outer < h->n * count_of(&h->in) / in / inner; outer++)
        for (int64_t k = 0; k < out; k++)
            for (int64_t j = 0; j < inner; j++, y++) {
                int64_t lo = k * in / out, hi = ((k + 1) * in + out - 1) / out, at = lo;
                const double *x = h->x + outer * in * inner + j;
                double second = -INFINITY;
                for (int64_t i = lo; i < hi; i++) {
                    double share = 1 / (double)(hi - lo);
                    if (!largest) term(h, y, outer * in * inner + i * inner + j, -1, 0, share);
                    if (i > lo) second = fmax(second, fmin(x[i * inner], x[at * inner]));
                    if (x[i * inner] > x[at * inner]) at = i;
                }
                if (!largest) continue;
                if (hi - lo > 1) near(h->run, x[at * inner] - second);
                term(h, y, outer * in * inner + at * inner + j, -1, 0, 1);
            }
}

static void adapt_max(Here *h) {
    adapt(h, true);
}
static void adapt_mean(Here *h) {
    adapt(h, false);
}
static Shape rows_adapted(const Layer *l) {
    Shape s = l->in[0];
    s.dim[0] = l->out.dim[0];
    return s;
}

// ---- copies: where in x an element of y comes from

typedef bool From(const Layer *l, const int64_t *at, int64_t *from); // false: it is 0

static void copy(Here *h, From *find) {
    int64_t count = count_of(&h->out), of = count_of(&h->in);
    for (int64_t i = 0; i < h->n * count; i++) {
        int64_t at[MAX_RANK], from[MAX_RANK], x = 0;
        for (int64_t d = h->out.rank - 1, rest = i % count; d >= 0; rest /= h->out.dim[d--])
            at[d] = from[d] = rest % h->out.dim[d];
        if (!find(h->l, at, from)) continue;
        for (int d = 0; d < h->in.rank; d++) x = x * h->in.dim[d] + from[d];
        term(h, i, i / count * of + x, -1, 0, 1);
    }
}

static int64_t side(const Layer *l, const char *name, int d) { // before, of dimension d
    return layer_size(l, name, l->in[0].rank == 3 ? 2 * d : d);
}

static bool padded(const Layer *l, const int64_t *at, int64_t *from) {
    for (int d = 0; d < l->out.rank - 1; d++) {
        from[d] = at[d] - side(l, "padding", d);
        if (from[d] < 0 || from[d] >= l->in[0].dim[d]) return false;
    }
    return true;
}

static bool cropped(const Layer *l, const int64_t *at, int64_t *from) {
    for (int d = 0; d < l->out.rank - 1; d++) from[d] = at[d] + side(l, "cropping", d);
    return true;
}

static bool permuted(const Layer *l, const int64_t *at, int64_t *from) {
    const Shape *dims = args_at(l->cls->args, l->args, "dims");
    for (int d = 0; d < l->out.rank; d++) from[dims->dim[d] - 1] = at[d];
    return true;
}

static bool repeated(const Layer *l, const int64_t *at, int64_t *from) {
    (void)l;
    from[0] = at[1];
    return true;
}

static bool enlarged(const Layer *l, const int64_t *at, int64_t *from) {
    for (int d = 0; d < l->out.rank - 1; d++) from[d] = at[d] / layer_size(l, "size", d);
    return true;
}

static void zero_pad(Here *h) {
    copy(h, padded);
}
static void crop(Here *h) {
    copy(h, cropped);
}
static void permute(Here *h) {
    copy(h, permuted);
}
static void repeat(Here *h) {
    copy(h, repeated);
}
static void enlarge(Here *h) {
    copy(h, enlarged);
}
static void reshape(Here *h) {
    for (int64_t i = 0; i < h->n * count_of(&h->out); i++) term(h, i, i, -1, 0, 1);
}

#define CONV "filters kernel_size strides padding dilation_rate groups activation use_bias"
#define SEPARABLE CONV " depth_multiplier"
#define POOL "pool_size strides padding"
const Meaning product_layers[] = {
    {"Conv1D", {convolve, activate}, NULL, CONV},
    {"Conv2D", {convolve, activate}, NULL, CONV},
    {"Conv1DTranspose", {transpose, activate}, NULL, CONV " output_padding"},
    {"Conv2DTranspose", {transpose, activate}, NULL, CONV " output_padding"},
    {"DepthwiseConv1D", {depthwise, activate}, NULL, SEPARABLE},
    {"DepthwiseConv2D", {depthwise, activate}, NULL, SEPARABLE},
    {"SeparableConv1D", {depthwise, pointwise, activate}, separated, SEPARABLE},
    {"SeparableConv2D", {depthwise, pointwise, activate}, separated, SEPARABLE},
    {"Dense", {dense, activate}, NULL, "units activation use_bias"},
    {"MaxPooling1D", {max_pool}, NULL, POOL},
    {"MaxPooling2D", {max_pool}, NULL, POOL},
    {"AveragePooling1D", {average_pool}, NULL, POOL},
    {"AdaptiveMaxPooling1D", {adapt_max}, NULL, "output_size"},
    {"AdaptiveMaxPooling2D", {adapt_max, adapt_max}, rows_adapted, "output_size"},
    {"AdaptiveAveragePooling1D", {adapt_mean}, NULL, "output_size"},
    {"AdaptiveAveragePooling2D", {adapt_mean, adapt_mean}, rows_adapted, "output_size"},
    {"AveragePooling2D", {average_pool}, NULL, POOL},
    {"GlobalMaxPooling1D", {global_max}, NULL, "keepdims"},
    {"GlobalMaxPooling2D", {global_max}, NULL, "keepdims"},
    {"GlobalAveragePooling1D", {global_average}, NULL, "keepdims"},
    {"GlobalAveragePooling2D", {global_average}, NULL, "keepdims"},
    {"ZeroPadding1D", {zero_pad}, NULL, "padding"},
    {"ZeroPadding2D", {zero_pad}, NULL, "padding"},
    {"Cropping1D", {crop}, NULL, "cropping"},
    {"Cropping2D", {crop}, NULL, "cropping"},
    {"Permute", {permute}, NULL, "dims"},
    {"RepeatVector", {repeat}, NULL, "n"},
    {"UpSampling1D", {enlarge}, NULL, "size"},
    {"Flatten", {reshape}, NULL, ""},
    {"Reshape", {reshape}, NULL, "target_shape"},
    {"ActivityRegularization", {reshape}, NULL, "l1 l2"},
    {NULL, {NULL}, NULL, NULL},
};

// SPDX-License-Identifier: MIT
// Convolutions and pools. ONNX pads by numbers; Keras by a rule, "same", or before the layer. See chain.h.
#include "exchange/chain.h"
#include "keras/layers/layer.h"
#include <string.h>

enum { PLACES = 2, MOST_WINDOW = 1 << 24 };

typedef struct Window2 { // of one or two dimensions
    int space;
    int64_t in[PLACES], size[PLACES], stride[PLACES], dilation[PLACES];
    int64_t before[PLACES], behind[PLACES]; // what is padded
    int64_t out[PLACES];
} Window2;

static bool numbers(Chain *c, const char *name, int64_t *to, int count, int64_t otherwise) {
    int64_t list[2 * PLACES];
    int n = chain_list(c, name, list, 2 * PLACES);
    if (c->wrong) return false;
    if (n >= 0 && n != count)
        return chain_fault(c, "its %s are %d numbers, not %d", name, n, count);
    for (int d = 0; d < count; d++) {
        to[d] = n < 0 ? otherwise : list[d];
        if (to[d] < otherwise || to[d] > MOST_WINDOW)
            return chain_fault(c, "its %s have %lld", name, (long long)to[d]);
    }
    return true;
}

static int64_t reach(const Window2 *w, int d) { // of a window
    return (w->size[d] - 1) * w->dilation[d] + 1;
}

// What padding="same" pads of a dimension, before and behind it.
static int64_t padded(const Window2 *w, int d) {
    return window_padded(w->in[d], w->size[d], w->stride[d], w->dilation[d], true) - w->in[d];
}

// auto_pad, an older way to say what is padded, where it is given.
static bool automatic(Chain *c, Window2 *w) {
    const char *how = chain_text(c, "auto_pad", "NOTSET");
    bool upper = strcmp(how, "SAME_UPPER") == 0, lower = strcmp(how, "SAME_LOWER") == 0;
    bool none = strcmp(how, "NOTSET") == 0 || strcmp(how, "VALID") == 0 || !*how;
    if (!none && !upper && !lower)
        return chain_fault(c, "its auto_pad is '%s', which is none of ONNX's", how);
    for (int d = 0; d < w->space && !none; d++) {
        const int64_t over = padded(w, d);
        w->before[d] = upper ? over / 2 : over - over / 2;
        w->behind[d] = over - w->before[d];
    }
    return true;
}

// The kernel's size is given, or that of its weights. With ceil_mode the last window may reach beyond what is padded.
static bool read_window(Chain *c, Window2 *w, const int64_t *size) {
    int64_t pads[2 * PLACES] = {0};
    *w = (Window2){.space = chain_rank(c) - 1};
    for (int d = 0; d < w->space; d++) w->in[d] = chain_dim(c, d + 1);
    if (!numbers(c, "kernel_shape", w->size, w->space, size ? 0 : 1) ||
        !numbers(c, "strides", w->stride, w->space, 1) ||
        !numbers(c, "dilations", w->dilation, w->space, 1) ||
        !numbers(c, "pads", pads, 2 * w->space, 0))
        return false;
    for (int d = 0; d < w->space; d++) {
        if (size && w->size[d] && w->size[d] != size[d])
            return chain_fault(c, "its kernel_shape is not that of its weights");
        if (size) w->size[d] = size[d];
        w->before[d] = pads[d];
        w->behind[d] = pads[w->space + d];
    }
    return automatic(c, w);
}

static bool find_outputs(Chain *c, Window2 *w, bool ceil) {
    for (int d = 0; d < w->space; d++) {
        int64_t over = w->in[d] + w->before[d] + w->behind[d] - reach(w, d);
        if (over < 0)
            return chain_fault(c, "its window of %lld is larger than its input of %lld",
                               (long long)reach(w, d), (long long)w->in[d]);
        w->out[d] = over / w->stride[d] + 1;
        if (!ceil || over % w->stride[d] == 0) continue;
        if (w->out[d] * w->stride[d] >= w->in[d] + w->before[d])
            continue; // none begins in what is padded
        w->behind[d] += (w->out[d]++ * w->stride[d]) - over;
    }
    return true;
}

static bool is_padded(const Window2 *w) {
    for (int d = 0; d < w->space; d++)
        if (w->before[d] || w->behind[d]) return true;
    return false;
}

static bool is_same(const Window2 *w) {
    for (int d = 0; d < w->space; d++) {
        const int64_t over = padded(w, d);
        if (w->before[d] != over / 2 || w->behind[d] != over - over / 2) return false;
    }
    return true;
}

static Shape out_of(const Chain *c, const Window2 *w, int64_t channels) {
    Shape out = {.rank = chain_rank(c)};
    for (int d = 0; d < w->space; d++) out.dim[d] = w->out[d];
    out.dim[w->space] = channels;
    return out;
}

static void set_places(ChainLayer *l, const char *name, const Window2 *w, const int64_t *n) {
    bool ones = true;
    for (int d = 0; d < w->space; d++) ones &= n[d] == 1;
    if (!ones || strcmp(name, "strides") != 0) chain_set_ints(l, name, n, w->space);
}

// ------------------------------------------------------------------------------- convolutions

static const Known *
kernel_of(Chain *c, int64_t *size) { // [out, in, places], or of a transposed one [in, out, places]
    const Known *k = chain_given(c, 1);
    if (!k) return NULL;
    if (!k->real || k->rank != chain_rank(c) + 1 || k->count < 1)
        return (void)chain_fault(c, "its kernel is no tensor of float32 of %d dimensions",
                                 chain_rank(c) + 1),
               NULL;
    for (int d = 0; d < chain_rank(c) - 1; d++) size[d] = k->dim[2 + d];
    return k;
}

static bool set_bias(Chain *c, ChainLayer *l, int64_t channels) {
    const Known *b = chain_has(c, 2) ? chain_given(c, 2) : NULL;
    if (c->wrong) return false;
    if (!b)
        chain_set(l, "use_bias", json_false());
    else if (!b->real || b->count != channels)
        return chain_fault(c, "its bias is no float32 for each of %lld channels",
                           (long long)channels);
    else
        chain_weight(l, "bias", b->f, channels);
    return l->plain = true;
}

// Places, then the two dimensions before them in this order.
static float *turned(Chain *c, const Known *k, int a, int b) {
    int from[MAX_RANK];
    for (int d = 0; d < k->rank - 2; d++) from[d] = 2 + d;
    from[k->rank - 2] = a, from[k->rank - 1] = b;
    return chain_permuted(c, k, from);
}

static const char *padding_of(Chain *c, const Window2 *w, bool grouped) {
    if (!is_padded(w)) return "valid";
    if (is_same(w)) return "same";
    bool causal = w->space == 1 && !grouped && !w->behind[0] && w->before[0] == reach(w, 0) - 1;
    if (!causal) chain_sides(c, 1, w->before, w->behind);
    return causal ? "causal" : "valid";
}

static void set_window(ChainLayer *l, const Window2 *w, const char *padding) {
    chain_set_ints(l, "kernel_size", w->size, w->space);
    set_places(l, "strides", w, w->stride);
    chain_set_ints(l, "dilation_rate", w->dilation, w->space);
    chain_set(l, "padding", json_string(padding));
}

bool take_conv(Chain *c) {
    Window2 w;
    int64_t size[PLACES], group = chain_int(c, "group", 1);
    const char *conv = chain_spaced(c, "Conv"), *depthwise = chain_spaced(c, "DepthwiseConv");
    const Known *k = conv ? kernel_of(c, size) : NULL;
    if (!k) return false;
    chain_channels(c);
    const int64_t channels = chain_dim(c, 0), filters = k->dim[0];
    if (group < 1 || channels % group || filters % group || k->dim[1] != channels / group)
        return chain_fault(c, "its kernel does not go with its %lld channels and group of %lld",
                           (long long)channels, (long long)group);
    if (!read_window(c, &w, size) || !find_outputs(c, &w, false)) return false;
    bool each = group == channels && group > 1;
    const Shape out = out_of(c, &w, filters);
    const char *padding = padding_of(c, &w, each);
    ChainLayer *l = chain_layer(c, each ? depthwise : conv, &out);
    if (each)
        chain_set(l, "depth_multiplier", json_integer(filters / group));
    else
        chain_set(l, "filters", json_integer(filters));
    if (!each && group > 1) chain_set(l, "groups", json_integer(group));
    set_window(l, &w, padding);
    chain_weight(l, "kernel", each ? turned(c, k, 0, 1) : turned(c, k, 1, 0), k->count);
    c->at.positive = false;
    return set_bias(c, l, filters);
}

// ---- transposed: Keras's "valid" makes all, its "same" cuts off what is beyond the input's size times the stride

static int64_t spread(const Window2 *w, int d) { // how far the windows of all inputs reach
    return (w->in[d] - 1) * w->stride[d] + reach(w, d);
}

static int64_t whole(const Window2 *w, int d) { // what "valid" makes
    const int64_t least = w->in[d] * w->stride[d], all = spread(w, d);
    return all > least ? all : least;
}

static bool transposed_outputs(Chain *c, Window2 *w, const int64_t more[PLACES]) {
    for (int d = 0; d < w->space; d++) {
        w->out[d] = spread(w, d) + more[d] - w->before[d] - w->behind[d];
        if (w->out[d] < 1 || w->out[d] > INT32_MAX)
            return chain_fault(c, "its output has a dimension of %lld", (long long)w->out[d]);
    }
    return true;
}

// Which of Keras's paddings it is; NULL: neither.
static const char *transposed_padding(const Window2 *w) {
    bool valid = true, same = true;
    for (int d = 0; d < w->space; d++) {
        const int64_t least = w->in[d] * w->stride[d];
        valid &= !w->before[d] && w->out[d] == whole(w, d);
        same &= w->out[d] == least && w->before[d] == (whole(w, d) - least) / 2;
    }
    return valid ? "valid" : same ? "same" : NULL;
}

// All of it, and what is beyond cut off.
static bool cut(Chain *c, const Window2 *w) {
    int64_t behind[PLACES];
    for (int d = 0; d < w->space; d++) {
        behind[d] = c->at.shape.dim[d] - w->before[d] - w->out[d];
        if (behind[d] < 0)
            return chain_fault(c, "its output_padding is more than what its pads cut off");
    }
    return chain_sides(c, -1, w->before, behind);
}

bool take_conv_transpose(Chain *c) {
    Window2 w;
    int64_t size[PLACES], more[PLACES];
    const char *cls = chain_spaced(c, "Conv"), *how;
    const Known *k = cls ? kernel_of(c, size) : NULL;
    if (!k) return false;
    chain_channels(c);
    if (chain_int(c, "group", 1) != 1 || k->dim[0] != chain_dim(c, 0))
        return chain_fault(c, "it has groups, which Keras's transposed convolutions have not");
    how = chain_text(c, "auto_pad", "NOTSET");
    if (strcmp(how, "NOTSET") != 0 && strcmp(how, "VALID") != 0)
        return chain_fault(c, "its auto_pad is '%s': export it with pads as numbers", how);
    if (!read_window(c, &w, size) || !numbers(c, "output_padding", more, w.space, 0) ||
        !transposed_outputs(c, &w, more))
        return false;
    const char *padding = transposed_padding(&w);
    Shape all = out_of(c, &w, k->dim[1]);
    for (int d = 0; d < w.space && !padding; d++) all.dim[d] = whole(&w, d);
    ChainLayer *l = chain_layer(c, arena_printf(c->a, "%sTranspose", cls), &all);
    chain_set(l, "filters", json_integer(k->dim[1]));
    set_window(l, &w, padding ? padding : "valid");
    chain_weight(l, "kernel", turned(c, k, 1, 0), k->count);
    c->at.positive = false;
    return set_bias(c, l, k->dim[1]) && (padding || cut(c, &w));
}

// --------------------------------------------------------------------------------------- pools

static bool is_nothing(const Window2 *w) { // as an AdaptiveAvgPool2d of the size that there is
    bool one = !is_padded(w);
    for (int d = 0; d < w->space; d++) one &= w->size[d] == 1 && w->stride[d] == 1;
    return one;
}

static bool take_pool(Chain *c, const char *stem, bool average) {
    Window2 w;
    const char *cls = chain_spaced(c, stem);
    bool ceil = chain_int(c, "ceil_mode", 0) != 0;
    bool counted = average && chain_int(c, "count_include_pad", 0) != 0;
    if (!average) chain_int(c, "storage_order", 0); // of an output that is not used
    if (!cls) return false;
    chain_channels(c);
    if (!read_window(c, &w, NULL)) return false;
    const Window2 given = w;
    if (!find_outputs(c, &w, ceil)) return false;
    const Shape out = out_of(c, &w, chain_dim(c, 0));
    bool beyond = memcmp(given.behind, w.behind, sizeof w.behind) != 0;
    for (int d = 0; d < w.space; d++)
        if (w.dilation[d] != 1)
            return chain_fault(c, "its dilations are not 1, and Keras's pools have none");
    const bool pads = is_padded(&w), same = pads && is_same(&w) && !counted, own = pads && !same;
    if (own && average && (!counted || beyond))
        return chain_fault(c, "its mean is of what is not padded, and its pads are not those of "
                              "padding=\"same\": Keras has no such pool");
    if (own && !average && !c->at.positive)
        return chain_fault(c,
                           "its pads are not those of padding=\"same\", and only where no value is "
                           "below 0, as behind a Relu, zeros could stand for them");
    if (is_nothing(&w)) return true;
    if (own) chain_sides(c, 1, w.before, w.behind);
    ChainLayer *l = chain_layer(c, cls, &out);
    chain_set_ints(l, "pool_size", w.size, w.space);
    if (memcmp(w.stride, w.size, sizeof w.size) != 0)
        chain_set_ints(l, "strides", w.stride, w.space);
    chain_set(l, "padding", json_string(same ? "same" : "valid"));
    return true;
}

bool take_max_pool(Chain *c) {
    return take_pool(c, "MaxPooling", false);
}

bool take_average_pool(Chain *c) {
    return take_pool(c, "AveragePooling", true);
}

// The channels, this many, are the layers' last dimension.
static bool global(Chain *c, const char *stem, int64_t channels, bool keep) {
    const char *cls = chain_spaced(c, arena_printf(c->a, "Global%sPooling", stem));
    const int rank = keep ? chain_rank(c) : 1;
    Shape out = {.rank = rank};
    if (!cls) return false;
    for (int d = 0; d < rank; d++) out.dim[d] = d == rank - 1 ? channels : 1;
    ChainLayer *l = chain_layer(c, cls, &out);
    if (keep)
        chain_set(l, "keepdims", json_true());
    else
        c->at.place[0] = 0;
    return true;
}

static bool global_pool(Chain *c, const char *stem) {
    chain_channels(c);
    return global(c, stem, chain_dim(c, 0), true);
}

bool take_global_max(Chain *c) {
    return global_pool(c, "Max");
}

bool take_global_average(Chain *c) {
    return global_pool(c, "Average");
}

// Over all dimensions but one: those are the channels.
static bool reduce(Chain *c, const char *stem) {
    int64_t axis[MOST_DIMS];
    const int n = chain_list_or_input(c, "axes", 1, axis, MOST_DIMS), rank = chain_rank(c);
    bool is[MAX_RANK] = {false}, keep = chain_int(c, "keepdims", 1) != 0;
    int left = 0, count = 0, d;
    chain_int(c, "noop_with_empty_axes", 0); // n is none then
    if (c->wrong) return false;
    for (int i = 0; i < n; i++) {
        if (!chain_axis(c, axis[i], &d)) return false;
        is[d] = true;
    }
    for (int e = 0; e < rank; e++)
        if (!is[e]) left = e, count++;
    if (n < 1 || count != 1 || rank < 2)
        return chain_fault(c, "it is not over all dimensions but one, as a global pool is");
    if (c->at.place[left] != rank - 1) {
        if (left == 0)
            chain_channels(c);
        else
            chain_natural(c);
    }
    if (c->at.place[left] != rank - 1)
        return chain_fault(c, "it leaves a dimension between others, which no global pool does");
    return global(c, stem, chain_dim(c, left), keep);
}

bool take_reduce_max(Chain *c) {
    return reduce(c, "Max");
}

bool take_reduce_mean(Chain *c) {
    return reduce(c, "Average");
}

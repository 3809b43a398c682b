// SPDX-License-Identifier: MIT
// Convolutions and pools as ONNX has them: channels before places, paddings as numbers. A kernel [places, in, out] of
// Keras's is [out, in, places] there. See onnx.h.
#include "exchange/onnx.h"
#include <string.h>

enum { PLACES = 2 };

typedef struct Window2 { // of one or two dimensions
    int space;
    int64_t size[PLACES], stride[PLACES], dilation[PLACES],
        pad[2 * PLACES]; // before all, then behind all
} Window2;

// strides: what the argument is called; None of it is the size.
static Window2 window_of(const Graph *g, const Shape *in, const char *size, bool dilated) {
    Window2 w = {.space = g->layer->cls->space};
    bool same = graph_is(g, "padding", "same"), causal = graph_is(g, "padding", "causal");
    for (int d = 0; d < w.space; d++) {
        w.size[d] = graph_item(g, size, d);
        w.stride[d] = graph_argument(g, "strides") ? graph_item(g, "strides", d) : w.size[d];
        w.dilation[d] = dilated ? graph_item(g, "dilation_rate", d) : 1;
        int64_t n = in->dim[d], by = w.dilation[d];
        int64_t before = window_pad(n, w.size[d], w.stride[d], by, same);
        w.pad[d] = causal ? (w.size[d] - 1) * by : before;
        w.pad[w.space + d] = window_padded(n, w.size[d], w.stride[d], by, same) - n - before;
    }
    return w;
}

static void put_window(Node *n, const Window2 *w, bool dilated) {
    node_ints(n, "kernel_shape", w->size, w->space);
    node_ints(n, "strides", w->stride, w->space);
    node_ints(n, "pads", w->pad, 2 * w->space);
    if (dilated) node_ints(n, "dilations", w->dilation, w->space);
}

// The kernel's dimensions: `a` and `b` of the two behind its places, then the places.
static const char *kernel(Graph *g, int i, int a, int b, const Shape *as) {
    int space = g->layer->weight[i].shape.rank - 2;
    int from[MAX_RANK] = {space + a, space + b};
    for (int d = 0; d < space; d++) from[2 + d] = d;
    return graph_weight(g, i, from, as);
}

static const char *bias(Graph *g, int i) {
    static const int from[] = {0};
    return graph_is(g, "use_bias", "True") ? graph_weight(g, i, from, NULL) : "";
}

static void leave(Graph *g, Flow *f, const char *value) {
    *f = (Flow){value, g->layer->out, true};
}

void onnx_conv(Graph *g, Flow *f) {
    Window2 w = window_of(g, &f->shape, "kernel_size", true);
    onnx_channels_first(g, f);
    const char *k = kernel(g, 0, 1, 0, NULL), *b = bias(g, 1);
    Node n = node_three(g, "Conv", f->name, k, b);
    put_window(&n, &w, true);
    node_int(&n, "group", graph_int(g, "groups"));
    leave(g, f, node_out(&n));
    onnx_activation(g, f);
}

// Keras cuts off what reaches beyond its size, or leaves zeros where nothing does.
void onnx_conv_transpose(Graph *g, Flow *f) {
    Window2 w = window_of(g, &f->shape, "kernel_size", true);
    bool same = graph_is(g, "padding", "same");
    int64_t more[PLACES];
    for (int d = 0; d < w.space; d++) {
        int64_t spread = (f->shape.dim[d] - 1) * w.stride[d] + (w.size[d] - 1) * w.dilation[d] + 1;
        int64_t over = spread - g->layer->out.dim[d];
        w.pad[d] = same && over > 0 ? over / 2 : 0;
        w.pad[w.space + d] = over > 0 ? over - w.pad[d] : 0;
        more[d] = over < 0 ? -over : 0;
    }
    onnx_channels_first(g, f);
    const char *k = kernel(g, 0, 1, 0, NULL), *b = bias(g, 1);
    Node n = node_three(g, "ConvTranspose", f->name, k, b);
    put_window(&n, &w, true);
    node_ints(&n, "output_padding", more, w.space);
    leave(g, f, node_out(&n));
    onnx_activation(g, f);
}

// A group for each channel. Keras's kernel [places, c, m] is [c m, 1, places].
static const char *by_channel(Graph *g, Flow *f, const char *b) {
    const Shape *of = &g->layer->weight[0].shape;
    Window2 w = window_of(g, &f->shape, "kernel_size", true);
    Shape as = {of->rank, {of->dim[w.space] * of->dim[w.space + 1], 1}};
    for (int d = 0; d < w.space; d++) as.dim[2 + d] = of->dim[d];
    onnx_channels_first(g, f);
    const char *k = kernel(g, 0, 0, 1, &as);
    Node n = node_three(g, "Conv", f->name, k, b);
    put_window(&n, &w, true);
    node_int(&n, "group", of->dim[w.space]);
    return node_out(&n);
}

void onnx_depthwise(Graph *g, Flow *f) {
    leave(g, f, by_channel(g, f, bias(g, 1)));
    onnx_activation(g, f);
}

void onnx_separable(Graph *g, Flow *f) {
    const char *x = by_channel(g, f, "");
    const char *k = kernel(g, 1, 1, 0, NULL), *b = bias(g, 2);
    Node n = node_three(g, "Conv", x, k, b);
    leave(g, f, node_out(&n));
    onnx_activation(g, f);
}

static void pool_by(Graph *g, Flow *f, const char *type, const Window2 *w) {
    onnx_channels_first(g, f);
    Node n = node_new(g, type);
    node_in(&n, f->name);
    put_window(&n, w, false);
    leave(g, f, node_out(&n));
}

static void pool(Graph *g, Flow *f, const char *type) {
    Window2 w = window_of(g, &f->shape, "pool_size", false);
    pool_by(g, f, type, &w);
}

void onnx_max_pool(Graph *g, Flow *f) {
    pool(g, f, "MaxPool");
}

void onnx_average_pool(Graph *g, Flow *f) { // what is padded does not count
    pool(g, f, "AveragePool");
}

// ---- windows that share n inputs out among o outputs: number k has those from floor(k n / o) to ceil((k + 1) n / o)

static const char *shared_out(Graph *g, const char *x, const char *type, int64_t axis, int64_t in,
                              int64_t out) {
    const char **each = ARENA_ARRAY(g->a, const char *, out);
    if (in == out) return x;
    for (int64_t k = 0; k < out; k++) {
        const int64_t first = k * in / out, end = ((k + 1) * in + out - 1) / out;
        each[k] = graph_reduce(g, type, graph_slice(g, x, &first, &end, &axis, 1), &axis, 1);
    }
    Node n = node_new(g, "Concat");
    for (int64_t k = 0; k < out; k++) node_in(&n, each[k]);
    node_int(&n, "axis", axis);
    return node_out(&n);
}

// Where o divides n in all dimensions it is a pool like others.
static void adaptive_pool(Graph *g, Flow *f, const char *type, const char *reduce) {
    Window2 w = {.space = g->layer->cls->space};
    bool even = true;
    for (int d = 0; d < w.space; d++) {
        int64_t in = f->shape.dim[d], out = g->layer->out.dim[d];
        w.size[d] = w.stride[d] = in / out;
        even &= in % out == 0;
    }
    if (even) {
        pool_by(g, f, type, &w);
        return;
    }
    onnx_channels_first(g, f);
    for (int d = 0; d < w.space; d++)
        f->name = shared_out(g, f->name, reduce, onnx_place_of(f, d), f->shape.dim[d],
                             g->layer->out.dim[d]);
    leave(g, f, f->name);
}

void onnx_adaptive_max_pool(Graph *g, Flow *f) {
    adaptive_pool(g, f, "MaxPool", "ReduceMax");
}

void onnx_adaptive_average_pool(Graph *g, Flow *f) {
    adaptive_pool(g, f, "AveragePool", "ReduceMean");
}

static void global_pool(Graph *g, Flow *f, const char *type) {
    onnx_channels_first(g, f);
    leave(g, f, graph_op1(g, type, f->name));
    if (graph_is(g, "keepdims", "True")) return;
    Node n = node_new(g, "Flatten");
    node_in(&n, f->name);
    node_int(&n, "axis", 1);
    leave(g, f, node_out(&n));
    f->channels_first = false;
}

void onnx_global_max_pool(Graph *g, Flow *f) {
    global_pool(g, f, "GlobalMaxPool");
}

void onnx_global_average_pool(Graph *g, Flow *f) {
    global_pool(g, f, "GlobalAveragePool");
}

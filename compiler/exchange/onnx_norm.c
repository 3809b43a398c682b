// SPDX-License-Identifier: MIT
// Normalisations as ONNX has them. Where an operator of its own does not say it, they are what they are made of. See
// onnx.h.
#include "exchange/onnx.h"
#include "keras/layers/normalization.h"
#include <math.h>
#include <string.h>

// Which of a sample's dimensions the argument "axis" means; they were checked.
static void axes_of(const Graph *g, bool is[MAX_RANK]) {
    const json_t *axis = graph_argument(g, "axis");
    Axes axes = {.n = json_is_array(axis) ? (int)json_array_size(axis) : axis ? 1 : 0};
    for (int i = 0; i < axes.n; i++) axes.axis[i] = graph_item(g, "axis", i);
    layer_axes(NULL, NULL, g->layer, "axis", &axes, is);
}

// Those dimensions among the value's, and how many there are.
static int axis_places(const Flow *f, const bool is[MAX_RANK], int64_t place[MAX_RANK]) {
    int n = 0;
    for (int d = 0; d < f->shape.rank; d++)
        if (is[d]) place[n++] = onnx_place_of(f, d);
    return n;
}

// Numbers that differ along those dimensions, in Keras's order.
static const char *along(Graph *g, const char *name, const bool is[MAX_RANK], const float *value) {
    Shape shape = g->layer->in[0];
    for (int d = 0; d < shape.rank; d++)
        if (!is[d]) shape.dim[d] = 1;
    return graph_floats(g, name, &shape, value);
}

static int weight_called(const Layer *l, const char *name) { // -1: there is none
    for (int i = 0; i < l->nweight; i++)
        if (strcmp(l->weight[i].name, name) == 0) return i;
    return -1;
}

static const float *weight_values(const Graph *g, const char *name) { // or NULL
    int64_t count;
    int i = weight_called(g->layer, name);
    return i < 0 ? NULL : export_weight(g->x, g->layer, i, &count);
}

static const char *weight_name(const Graph *g, const char *name) {
    return arena_printf(g->a, "%s/%s", g->layer->name, name);
}

// x gamma + beta, each where there is one.
static const char *scaled(Graph *g, const char *x, const bool is[MAX_RANK]) {
    const float *gamma = weight_values(g, "gamma"), *beta = weight_values(g, "beta");
    if (gamma) x = graph_op2(g, "Mul", x, along(g, weight_name(g, "gamma"), is, gamma));
    if (beta) x = graph_op2(g, "Add", x, along(g, weight_name(g, "beta"), is, beta));
    return x;
}

// (x - mean) / sqrt(variance + epsilon), both over these axes of the value.
static const char *standardised(Graph *g, const char *x, const int64_t *axis, int n) {
    const char *centred = graph_op2(g, "Sub", x, graph_reduce(g, "ReduceMean", x, axis, n));
    const char *variance =
        graph_reduce(g, "ReduceMean", graph_op2(g, "Mul", centred, centred), axis, n);
    const char *more = graph_with(g, "Add", variance, graph_number(g, "epsilon"));
    return graph_op2(g, "Div", centred, graph_op1(g, "Sqrt", more));
}

// (x - mean) by, or x by + mean, with numbers along those dimensions.
static void shift_and_scale(Graph *g, Flow *f, const bool is[MAX_RANK], const float *mean,
                            const float *by, bool mean_first) {
    onnx_channels_last(g, f);
    const char *m = along(g, NULL, is, mean), *b = along(g, NULL, is, by);
    f->name = mean_first ? graph_op2(g, "Mul", graph_op2(g, "Sub", f->name, m), b)
                         : graph_op2(g, "Add", graph_op2(g, "Mul", f->name, b), m);
}

// ---- a softmax; of several axes what it is made of

void onnx_softmax(Graph *g, Flow *f) {
    bool is[MAX_RANK];
    int64_t axis[MAX_RANK];
    axes_of(g, is);
    const int n = axis_places(f, is, axis);
    if (n == 1) {
        Node softmax = node_new(g, "Softmax");
        node_in(&softmax, f->name);
        node_int(&softmax, "axis", axis[0]);
        f->name = node_out(&softmax);
        return;
    }
    const char *most = graph_reduce(g, "ReduceMax", f->name, axis, n);
    const char *power = graph_op1(g, "Exp", graph_op2(g, "Sub", f->name, most));
    const char *sum = graph_op2(g, "ReduceSum", power, graph_ints(g, axis, n));
    f->name = graph_op2(g, "Div", power, sum);
}

// ---- with statistics that are known

static const char *statistic(Graph *g, const char *name, double otherwise, int64_t channels) {
    const float *value = weight_values(g, name);
    const Shape shape = {1, {channels}};
    if (value) return graph_floats(g, weight_name(g, name), &shape, value);
    float *all = ARENA_ARRAY(g->a, float, channels);
    for (int64_t i = 0; i < channels; i++) all[i] = (float)otherwise;
    return graph_floats(g, NULL, &shape, all);
}

// Along another axis than the channels: x by + (beta - mean by), by = gamma / sqrt(variance + epsilon).
static void along_axis(Graph *g, Flow *f, int axis) {
    const float *gamma = weight_values(g, "gamma"), *beta = weight_values(g, "beta");
    const float *mean = weight_values(g, "moving_mean");
    const float *variance = weight_values(g, "moving_variance");
    int64_t n = f->shape.dim[axis];
    float *by = ARENA_ARRAY(g->a, float, n), *add = ARENA_ARRAY(g->a, float, n);
    for (int64_t i = 0; i < n; i++) {
        double root = sqrt((double)variance[i] + graph_number(g, "epsilon"));
        double factor = (gamma ? (double)gamma[i] : 1) / root;
        by[i] = (float)factor;
        add[i] = (float)((beta ? (double)beta[i] : 0) - (double)mean[i] * factor);
    }
    bool is[MAX_RANK] = {false};
    is[axis] = true;
    shift_and_scale(g, f, is, add, by, false);
}

void onnx_batch_normalization(Graph *g, Flow *f) {
    int axis = layer_axis(NULL, NULL, g->layer, "axis", graph_int(g, "axis"));
    int64_t channels = f->shape.dim[axis];
    if (axis != f->shape.rank - 1) {
        along_axis(g, f, axis);
        return;
    }
    onnx_channels_first(g, f);
    static const struct {
        const char *name;
        double otherwise;
    } of[] = {{"gamma", 1}, {"beta", 0}, {"moving_mean", 0}, {"moving_variance", 1}};
    const char *in[4];
    for (int i = 0; i < 4; i++) in[i] = statistic(g, of[i].name, of[i].otherwise, channels);
    Node n = node_new(g, "BatchNormalization");
    node_in(&n, f->name);
    for (int i = 0; i < 4; i++) node_in(&n, in[i]);
    node_float(&n, "epsilon", graph_number(g, "epsilon"));
    f->name = node_out(&n);
}

// The script's numbers, or the weight's.
static const double *numbers_of(Graph *g, const char *name, bool variance, int64_t n) {
    double *to = normalization_numbers(g->a, g->layer, variance);
    if (to) return to;
    const float *weight = weight_values(g, name);
    to = ARENA_ARRAY(g->a, double, n);
    for (int64_t i = 0; i < n; i++) to[i] = (double)weight[i];
    return to;
}

void onnx_normalization(Graph *g, Flow *f) {
    bool is[MAX_RANK], inverted = graph_is(g, "invert", "True");
    int64_t n = 1;
    axes_of(g, is);
    for (int d = 0; d < f->shape.rank; d++) n *= is[d] ? f->shape.dim[d] : 1;
    const double *mean = numbers_of(g, "mean", false, n);
    const double *variance = numbers_of(g, "variance", true, n);
    float *m = ARENA_ARRAY(g->a, float, n), *by = ARENA_ARRAY(g->a, float, n);
    for (int64_t i = 0; i < n; i++) {
        double wide = fmax(sqrt(variance[i]), 1e-7);
        m[i] = (float)mean[i];
        by[i] = (float)(inverted ? wide : 1 / wide);
    }
    shift_and_scale(g, f, is, m, by, !inverted);
}

// ---- with those of the sample

// The operator is over all dimensions from one on, and always scales.
static const char *over_last(Graph *g, const char *x, int first) {
    const Shape *in = &g->layer->in[0];
    const float *gamma = weight_values(g, "gamma"), *beta = weight_values(g, "beta");
    Shape shape = {in->rank - first, {0}};
    for (int d = first; d < in->rank; d++) shape.dim[d - first] = in->dim[d];
    int64_t count = shape_count(&shape);
    float *ones = ARENA_ARRAY(g->a, float, count);
    for (int64_t i = 0; i < count; i++) ones[i] = 1;
    const char *name = gamma ? weight_name(g, "gamma") : NULL;
    const char *scale = graph_floats(g, name, &shape, gamma ? gamma : ones);
    const char *more = beta ? graph_floats(g, weight_name(g, "beta"), &shape, beta) : "";
    Node n = node_new(g, "LayerNormalization");
    node_in(&n, x);
    node_in(&n, scale);
    if (beta) node_in(&n, more);
    node_int(&n, "axis", 1 + first);
    node_float(&n, "epsilon", graph_number(g, "epsilon"));
    return node_out(&n);
}

void onnx_layer_normalization(Graph *g, Flow *f) {
    bool is[MAX_RANK];
    int64_t axis[MAX_RANK];
    axes_of(g, is);
    onnx_channels_last(g, f);
    const int n = axis_places(f, is, axis), rank = f->shape.rank;
    f->name = axis[0] == 1 + rank - n ? over_last(g, f->name, rank - n)
                                      : scaled(g, standardised(g, f->name, axis, n), is);
}

// The channels, one dimension, become two: groups and what is in each.
void onnx_group_normalization(Graph *g, Flow *f) {
    const Shape *in = &g->layer->in[0];
    int at = layer_axis(NULL, NULL, g->layer, "axis", graph_int(g, "axis")), rank = in->rank;
    int64_t groups = graph_int(g, "groups"), to[MAX_RANK + 2] = {0}, back[MAX_RANK + 1] = {0};
    int64_t axis[MAX_RANK + 1];
    if (groups == -1) groups = in->dim[at];
    for (int d = 0; d < rank; d++) {
        back[1 + d] = in->dim[d];
        to[d < at ? 1 + d : 2 + d] = in->dim[d];
    }
    to[1 + at] = groups;
    to[2 + at] = in->dim[at] / groups;
    for (int d = 0, n = 0; d <= rank; d++)
        if (d != at) axis[n++] = 1 + d;
    onnx_channels_last(g, f);
    const char *apart = graph_op2(g, "Reshape", f->name, graph_ints(g, to, rank + 2));
    const char *y = standardised(g, apart, axis, rank);
    bool is[MAX_RANK] = {false};
    is[at] = true;
    f->name = scaled(g, graph_op2(g, "Reshape", y, graph_ints(g, back, rank + 1)), is);
}

void onnx_rms_normalization(Graph *g, Flow *f) { // x / sqrt(mean of x^2 + epsilon) scale
    bool is[MAX_RANK];
    int64_t axis[MAX_RANK];
    axes_of(g, is);
    onnx_channels_last(g, f);
    const int n = axis_places(f, is, axis);
    const char *square = graph_op2(g, "Mul", f->name, f->name);
    const char *mean = graph_reduce(g, "ReduceMean", square, axis, n);
    const char *more = graph_with(g, "Add", mean, graph_number(g, "epsilon"));
    const char *unit = graph_op2(g, "Div", f->name, graph_op1(g, "Sqrt", more));
    const char *scale = along(g, weight_name(g, "scale"), is, weight_values(g, "scale"));
    f->name = graph_op2(g, "Mul", unit, scale);
}

void onnx_unit_normalization(Graph *g, Flow *f) { // x min(1 / |x|, 1e12)
    bool is[MAX_RANK];
    int64_t axis[MAX_RANK];
    axes_of(g, is);
    const int n = axis_places(f, is, axis);
    const char *square = graph_op2(g, "Mul", f->name, f->name), *over = graph_ints(g, axis, n);
    const char *norm = graph_op1(g, "Sqrt", graph_op2(g, "ReduceSum", square, over));
    const char *by = graph_with(g, "Min", graph_op1(g, "Reciprocal", norm), 1e12);
    f->name = graph_op2(g, "Mul", f->name, by);
}

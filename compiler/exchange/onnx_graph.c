// SPDX-License-Identifier: MIT
// See onnx.h.
#include "exchange/onnx.h"
#include "exchange/onnx_proto.h"
#include "exchange/permuted.h"
#include <stdlib.h>
#include <string.h>

const char *graph_fault(Graph *g, const char *text) {
    if (!g->wrong) g->wrong = text;
    return "";
}

// ------------------------------------------------------------------------------------- arguments

const json_t *graph_argument(const Graph *g, const char *name) {
    const json_t *j = json_object_get(g->config, name);
    return json_is_null(j) ? NULL : j;
}

int64_t graph_int(const Graph *g, const char *name) {
    return json_integer_value(json_object_get(g->config, name));
}

double graph_number(const Graph *g, const char *name) {
    return json_number_value(json_object_get(g->config, name));
}

bool graph_is(const Graph *g, const char *name, const char *text) {
    const json_t *j = json_object_get(g->config, name);
    if (json_is_boolean(j)) return json_is_true(j) == (strcmp(text, "True") == 0);
    return json_is_string(j) && strcmp(json_string_value(j), text) == 0;
}

int64_t graph_item(const Graph *g, const char *name, int i) {
    const json_t *j = json_object_get(g->config, name);
    return json_integer_value(json_is_array(j) ? json_array_get(j, (size_t)i) : j);
}

// ----------------------------------------------------------------------------------------- nodes

static const char *own_name(Graph *g, const char *what) { // "conv2d/Conv", "conv2d/Add_2"
    const char *layer = g->layer ? g->layer->name : "input";
    int n = g->serial++;
    return arena_printf(g->a, n ? "%s/%s_%d" : "%s/%s", layer, what, n);
}

Node node_new(Graph *g, const char *type) {
    Node n = {.g = g, .output = own_name(g, type)};
    message_start(&n.message);
    message_text(&n.message, NODE_OUTPUT, n.output);
    message_text(&n.message, NODE_NAME, n.output);
    message_text(&n.message, NODE_TYPE, type);
    return n;
}

// One that is absent has a place only before others: behind the last one OpenVINO takes it for a value.
void node_in(Node *n, const char *value) {
    if (!*value) {
        n->absent++;
        return;
    }
    for (; n->absent > 0; n->absent--) message_text(&n->message, NODE_INPUT, "");
    message_text(&n->message, NODE_INPUT, value);
}

Node node_three(Graph *g, const char *type, const char *x, const char *y, const char *z) {
    Node n = node_new(g, type);
    node_in(&n, x);
    node_in(&n, y);
    node_in(&n, z);
    return n;
}

static void attribute_start(Message *attribute, const char *name, int kind) {
    message_start(attribute);
    message_text(attribute, ATTRIBUTE_NAME, name);
    message_int(attribute, ATTRIBUTE_KIND, kind);
}

void node_int(Node *n, const char *name, int64_t value) {
    Message m;
    attribute_start(&m, name, KIND_INT);
    message_int(&m, ATTRIBUTE_INT, value);
    message_put(&n->message, NODE_ATTRIBUTE, &m);
}

void node_float(Node *n, const char *name, double value) {
    Message m;
    attribute_start(&m, name, KIND_FLOAT);
    message_float(&m, ATTRIBUTE_FLOAT, (float)value);
    message_put(&n->message, NODE_ATTRIBUTE, &m);
}

void node_text(Node *n, const char *name, const char *text) {
    Message m;
    attribute_start(&m, name, KIND_TEXT);
    message_text(&m, ATTRIBUTE_TEXT, text);
    message_put(&n->message, NODE_ATTRIBUTE, &m);
}

void node_ints(Node *n, const char *name, const int64_t *value, int count) {
    Message m;
    attribute_start(&m, name, KIND_INTS);
    for (int i = 0; i < count; i++) message_int(&m, ATTRIBUTE_INTS, value[i]);
    message_put(&n->message, NODE_ATTRIBUTE, &m);
}

const char *node_out(Node *n) {
    message_put(&n->g->message, GRAPH_NODE, &n->message);
    return n->output;
}

const char *graph_op1(Graph *g, const char *type, const char *x) {
    Node n = node_new(g, type);
    node_in(&n, x);
    return node_out(&n);
}

const char *graph_op2(Graph *g, const char *type, const char *x, const char *y) {
    Node n = node_new(g, type);
    node_in(&n, x);
    node_in(&n, y);
    return node_out(&n);
}

const char *graph_reduce(Graph *g, const char *type, const char *x, const int64_t *axis, int n) {
    Node reduce = node_new(g, type);
    node_in(&reduce, x);
    node_ints(&reduce, "axes", axis, n);
    return node_out(&reduce);
}

const char *graph_slice(Graph *g, const char *x, const int64_t *first, const int64_t *end,
                        const int64_t *axis, int n) {
    const char *from = graph_ints(g, first, n);
    const char *to = graph_ints(g, end, n);
    const char *along = graph_ints(g, axis, n);
    Node slice = node_three(g, "Slice", x, from, to);
    node_in(&slice, along);
    return node_out(&slice);
}

// ------------------------------------------------------------------------------------- constants

static const char *tensor(Graph *g, const char *name, int type, const int64_t *dim, int rank,
                          const void *data, size_t size) {
    Message m;
    message_start(&m);
    for (int d = 0; d < rank; d++) message_int(&m, TENSOR_DIMS, dim[d]);
    message_int(&m, TENSOR_TYPE, type);
    message_text(&m, TENSOR_NAME, name);
    message_bytes(&m, TENSOR_RAW, data, size);
    message_put(&g->message, GRAPH_TENSOR, &m);
    return name;
}

const char *graph_floats(Graph *g, const char *name, const Shape *shape, const float *value) {
    size_t size = (size_t)shape_count(shape) * sizeof *value;
    if (!name) name = own_name(g, "constant");
    return tensor(g, name, ONNX_FLOAT, shape->dim, shape->rank, value, size);
}

const char *graph_scalar(Graph *g, double value) {
    const float x = (float)value;
    return graph_floats(g, NULL, &(Shape){0}, &x);
}

const char *graph_ints(Graph *g, const int64_t *value, int count) {
    const int64_t n = count;
    return tensor(g, own_name(g, "constant"), ONNX_INT64, &n, 1, value,
                  (size_t)count * sizeof *value);
}

const char *graph_weight(Graph *g, int i, const int *from, const Shape *as) {
    const Weight *w = &g->layer->weight[i];
    const int rank = w->shape.rank;
    const char *name = arena_printf(g->a, "%s/%s", g->layer->name, w->name);
    int64_t count;
    const float *value = export_weight(g->x, g->layer, i, &count);
    float *to = malloc((size_t)count * sizeof *to);
    if (!to) return message_drop(&g->message), "";
    Shape shape = {rank, {0}};
    for (int d = 0; d < rank; d++) shape.dim[d] = w->shape.dim[from[d]];
    permuted(to, value, rank, w->shape.dim, from);
    const char *made = graph_floats(g, name, as ? as : &shape, to);
    free(to);
    return made;
}

const char *graph_with(Graph *g, const char *type, const char *x, double y) {
    return graph_op2(g, type, x, graph_scalar(g, y));
}

// ----------------------------------------------------------------------------------------- order

int onnx_place_of(const Flow *f, int d) {
    if (!f->channels_first) return d + 1;
    return d == f->shape.rank - 1 ? 1 : d + 2;
}

static void turn(Graph *g, Flow *f, bool first) {
    int64_t order[MAX_RANK + 1] = {0};
    int rank = f->shape.rank + 1; // with the samples'
    if (f->channels_first == first || f->shape.rank < 2) return;
    for (int d = 1; d < rank; d++)
        order[d] = first ? (d == 1 ? rank - 1 : d - 1) : (d == rank - 1 ? 1 : d + 1);
    Node n = node_new(g, "Transpose");
    node_in(&n, f->name);
    node_ints(&n, "perm", order, rank);
    f->name = node_out(&n);
    f->channels_first = first;
}

void onnx_channels_first(Graph *g, Flow *f) {
    turn(g, f, true);
}

void onnx_channels_last(Graph *g, Flow *f) {
    turn(g, f, false);
}

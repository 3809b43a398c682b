// SPDX-License-Identifier: MIT
// An ONNX graph in the making: values by name, nodes that make them, constants. Layers append to it; see
// onnx_layers.c.
#ifndef CNNC_ONNX_H
#define CNNC_ONNX_H
#include "exchange/export.h"
#include "exchange/protobuf.h"
#include "keras/layers/layer.h"

// A value between layers. Convolutions of ONNX have the channels before places, Keras behind: what a layer leaves in
// ONNX's order stays so until a layer asks for the other one.
typedef struct Flow {
    const char *name;
    Shape shape; // Keras's
    bool channels_first;
} Flow;

typedef struct Graph {
    const Export *x;
    Arena *a;
    Message message;
    const Layer *layer; // that is being written
    const json_t *config; // its arguments
    int serial; // of the names that it has given
    const char *wrong; // the first fault, or NULL
} Graph;

typedef struct Node { // of the graph: op_type, inputs, attributes
    Graph *g;
    Message message;
    const char *output;
    int absent; // inputs that are not there, behind the last one that is
} Node;

const char *graph_fault(Graph *g, const char *text); // "": the name of no value

// ---- the layer's arguments, by name
int64_t graph_int(const Graph *g, const char *name);
double graph_number(const Graph *g, const char *name);
bool graph_is(const Graph *g, const char *name, const char *text); // a string, or true as "True"
int64_t graph_item(const Graph *g, const char *name, int i); // of a list, or the number itself
const json_t *graph_argument(const Graph *g, const char *name); // NULL where it is None

// ---- nodes: in the order in which they are made. So that this is the same by every C compiler, a call has at most
// one argument that makes another.
Node node_new(Graph *g, const char *type);
Node node_three(Graph *g, const char *type, const char *x, const char *y, const char *z);
void node_in(Node *n, const char *value); // "": an input that is left out
void node_int(Node *n, const char *name, int64_t value);
void node_float(Node *n, const char *name, double value);
void node_text(Node *n, const char *name, const char *text);
void node_ints(Node *n, const char *name, const int64_t *value, int count);
const char *node_out(Node *n); // its output; the node is done
// Over dimensions of the value, which become 1: ReduceMean, ReduceMax.
const char *graph_reduce(Graph *g, const char *type, const char *x, const int64_t *axis, int n);
// Along these n dimensions of the value what is from `first` on, up to before `end`.
const char *graph_slice(Graph *g, const char *x, const int64_t *first, const int64_t *end,
                        const int64_t *axis, int n);
const char *graph_op1(Graph *g, const char *type, const char *x);
const char *graph_op2(Graph *g, const char *type, const char *x, const char *y);
const char *graph_with(Graph *g, const char *type, const char *x, double y); // a number

// ---- constants
const char *graph_floats(Graph *g, const char *name, const Shape *shape, const float *value);
const char *graph_scalar(Graph *g, double value);
const char *graph_ints(Graph *g, const int64_t *value, int count);
// A weight of the layer with its dimensions in another order: place i has what is place from[i] of Keras's; under
// another shape of as many numbers, or NULL.
const char *graph_weight(Graph *g, int i, const int *from, const Shape *as);

// ---- dimensions
// Keras's dimension d of a sample, among those of the value.
int onnx_place_of(const Flow *f, int d);
void onnx_channels_first(Graph *g, Flow *f); // channels before places
void onnx_channels_last(Graph *g, Flow *f); // Keras's

// What the layer's argument "activation" makes of f (onnx_activation.c).
void onnx_activation(Graph *g, Flow *f);
// The same of a name, or of an object {"class_name": "ReLU", ...}.
void onnx_activate(Graph *g, Flow *f, const json_t *activation);

// A layer's form: appends what it is, and moves f on. A row for each that has one; others are refused by name.
typedef struct OnnxLayer {
    const LayerClass *cls;
    void (*put)(Graph *g, Flow *f);
} OnnxLayer;
extern const OnnxLayer onnx_layers[]; // ended by a NULL class; onnx_layers.c
void onnx_layer(Graph *g, Flow *f);

// onnx_conv.c
void onnx_conv(Graph *g, Flow *f);
void onnx_conv_transpose(Graph *g, Flow *f);
void onnx_depthwise(Graph *g, Flow *f);
void onnx_separable(Graph *g, Flow *f);
void onnx_max_pool(Graph *g, Flow *f);
void onnx_average_pool(Graph *g, Flow *f);
void onnx_adaptive_max_pool(Graph *g, Flow *f);
void onnx_adaptive_average_pool(Graph *g, Flow *f);
void onnx_global_max_pool(Graph *g, Flow *f);
void onnx_global_average_pool(Graph *g, Flow *f);
// onnx_norm.c
void onnx_softmax(Graph *g, Flow *f);
void onnx_normalization(Graph *g, Flow *f);
void onnx_batch_normalization(Graph *g, Flow *f);
void onnx_layer_normalization(Graph *g, Flow *f);
void onnx_group_normalization(Graph *g, Flow *f);
void onnx_rms_normalization(Graph *g, Flow *f);
void onnx_unit_normalization(Graph *g, Flow *f);
// onnx_place.c
void onnx_flatten(Graph *g, Flow *f);
void onnx_reshape(Graph *g, Flow *f);
void onnx_permute(Graph *g, Flow *f);
void onnx_repeat_vector(Graph *g, Flow *f);
void onnx_zero_padding(Graph *g, Flow *f);
void onnx_cropping(Graph *g, Flow *f);
void onnx_center_crop(Graph *g, Flow *f);
void onnx_random_crop(Graph *g, Flow *f);
void onnx_up_sampling(Graph *g, Flow *f);
void onnx_resizing(Graph *g, Flow *f);
#endif

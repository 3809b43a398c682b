// SPDX-License-Identifier: MIT
// From an ONNX graph to layers. The graph must be a chain: from its one input nodes are taken one after the other, each
// with what it says becoming a layer, or a part of the last one, until the output is reached.
//
// ONNX's convolutions have the channels before places, Keras's behind. A transposition moves nothing here: it only
// changes which of the layer's dimensions each of the value's is. Where a layer wants another order than there is, a
// Permute brings it about, and the weights behind a Flatten are put in the order that the layers have.
#ifndef CNNC_CHAIN_H
#define CNNC_CHAIN_H
#include "exchange/onnx_file.h"
#include "model/model.h"
#include "support/map.h"
#include <jansson.h>

typedef struct Known { // what does not depend on the input, but for the number of samples
    bool real; // float32, else integers
    int rank;
    int64_t dim[MOST_DIMS];
    int64_t count;
    const float *f;
    const int64_t *i;
} Known;
static const int64_t SAMPLES = INT64_MIN; // among integers: how many samples there are

typedef struct ChainWeight {
    const char *name; // Keras's: "kernel"
    int64_t count;
    const float *value; // in Keras's order
} ChainWeight;

typedef struct ChainLayer {
    const char *cls; // "Conv2D"
    const OnnxNode *node; // that it is made of
    json_t *config; // its arguments
    Shape out;
    int nweight;
    ChainWeight weight[MAX_WEIGHTS];
    bool plain; // an activation or a bias may still become its own
    bool scaled; // a factor that would be its own has been taken, or a term behind it
} ChainLayer;

typedef struct Link { // the value that the chain has come to
    const char *name;
    Shape shape; // of the layers
    int place[MAX_RANK]; // dimension d of ONNX's sample is number place[d] of the layers'
    const int64_t *order; // of a vector: element i of ONNX's is number order[i]; NULL: i itself
    bool positive; // no element is below 0
} Link;

typedef struct Chain {
    Arena *a;
    OnnxFile *f;
    Map *tensor, *known, *maker, *readers, *seen; // by name of a value
    Link at;
    Shape input; // of the layers
    bool turned; // the input's channels are behind its places, in ONNX before them
    OnnxNode *node; // that is being taken
    json_t *layers; // their configurations, in order
    int nlayer;
    ChainLayer **layer;
    const char *wrong; // the first fault, or NULL
} Chain;

// ---- the whole (chain.c)
// False with c->wrong: it is no chain of layers that cnnc has. *model is Keras's configuration, for config_script().
bool chain_read(Chain *c, Arena *a, OnnxFile *f, json_t **model);
void chain_drop(Chain *c); // what is not in the arena
// The values of a model's weights, one behind the other. NULL, or what does not fit.
const char *chain_weights(const Chain *c, const Model *m, float *to);

// ---- faults: false, for `return chain_fault(...)`; the node's name stands before the text
bool chain_fault(Chain *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

// ---- values (chain_known.c)
const Known *chain_known(Chain *c, const char *value); // NULL: it depends on the input
const Known *chain_given(Chain *c,
                         int i); // input i of the node; NULL with a fault: it is not known
bool chain_has(const Chain *c, int i); // that input is not left out
bool chain_scalar(const Known *k, double *to);
bool chain_ints(Chain *c, const Known *k, int64_t *to, int most, int *n); // false with a fault
// Where a slice of so many begins or ends: counted from behind where it is below 0, and not beyond least and most.
int64_t chain_held(int64_t n, int64_t count, int64_t least, int64_t most);
typedef struct Readers {
    int n;
    OnnxNode **node; // but for those that only ask for its shape
} Readers;
const Readers *chain_readers(const Chain *c, const char *value);

// ---- the node's attributes; which of them are read is kept
int64_t chain_int(Chain *c, const char *name, int64_t otherwise);
double chain_real(Chain *c, const char *name, double otherwise);
const char *chain_text(Chain *c, const char *name, const char *otherwise);
int chain_list(Chain *c, const char *name, int64_t *to, int most); // -1: there is none
// An attribute in older opsets, an input in newer ones: how many there are, -1: there is none.
int chain_list_or_input(Chain *c, const char *name, int i, int64_t *to, int most);

// ---- layers
ChainLayer *chain_layer(Chain *c, const char *cls, const Shape *out); // one more, without arguments
ChainLayer *chain_same(Chain *c, const char *cls); // of this shape; its sign is not known
ChainLayer *chain_last(const Chain *c); // or NULL
void chain_pop(Chain *c);
void chain_set(ChainLayer *l, const char *name, json_t *value);
void chain_set_ints(ChainLayer *l, const char *name, const int64_t *n, int count);
void chain_weight(ChainLayer *l, const char *name, const float *value, int64_t count);
const float *chain_weight_of(const ChainLayer *l, const char *name); // or NULL
const char *chain_spaced(Chain *c, const char *stem); // "Conv2D" of places; NULL with a fault

// ---- order of dimensions (chain_order.c)
int chain_rank(const Chain *c); // of ONNX's sample
int64_t chain_dim(const Chain *c, int d); // ONNX's sample's
bool chain_axis(Chain *c, int64_t axis, int *d); // ONNX's, with the samples': d of a sample
void chain_channels(Chain *c); // so that ONNX's first dimension is the layers' last
void chain_natural(Chain *c); // so that they are as ONNX has them
bool chain_is_natural(const Chain *c);
void chain_reshaped(Chain *c, const Shape *to); // the same elements in ONNX's order, natural
// Numbers along ONNX's dimension d, in the layers' order.
const float *chain_in_order(Chain *c, const float *value, int d);
// A constant beside the value: along which dimensions it varies, and its numbers over these in the layers' order.
typedef struct Spread {
    int n; // of dimensions
    int axis[MAX_RANK]; // of the layers, rising
    Shape shape; // of these dimensions
    float *value;
} Spread;
bool chain_spread(Chain *c, const Known *k, Spread *s);
float *chain_permuted(Chain *c, const Known *k,
                      const int *from); // place i has what is dimension from[i]

// ---- sides of places (chain_border.c): zeros added, or with sign -1 so much cut off, by place of the layers'
bool chain_sides(Chain *c, int sign, const int64_t *before, const int64_t *behind);

// ---- activations (chain_activation.c)
bool chain_activate(Chain *c, const char *name); // of the last layer, or a layer of its own
bool chain_form(Chain *c); // several nodes that are one layer (chain_form.c); false: there is none

// ---- operators: each takes the node whose input the chain's value is. A row for each.
typedef struct ChainOperator {
    const char *type;
    bool (*take)(Chain *c);
    int most; // inputs
    // Each element by itself, or with one of a constant; tells where channels are.
    enum { KEEPS = 1, CHANNELS_FIRST = 2 } kind;
} ChainOperator;
const ChainOperator *chain_operator(const char *type); // or NULL; chain_operators.c

bool take_conv(Chain *c); // chain_window.c
bool take_conv_transpose(Chain *c);
bool take_max_pool(Chain *c);
bool take_average_pool(Chain *c);
bool take_global_max(Chain *c);
bool take_global_average(Chain *c);
bool take_reduce_max(Chain *c);
bool take_reduce_mean(Chain *c);
bool take_gemm(Chain *c); // chain_dense.c
bool take_matmul(Chain *c);
bool take_add(Chain *c); // chain_affine.c
bool take_sub(Chain *c);
bool take_mul(Chain *c);
bool take_div(Chain *c);
bool take_neg(Chain *c);
bool take_batch_normalization(Chain *c); // chain_norm.c
bool take_layer_normalization(Chain *c);
bool take_instance_normalization(Chain *c);
bool take_group_normalization(Chain *c);
bool take_rms_normalization(Chain *c);
bool take_activation(Chain *c); // chain_activation.c
bool take_leaky_relu(Chain *c);
bool take_elu(Chain *c);
bool take_clip(Chain *c);
bool take_hard_sigmoid(Chain *c);
bool take_prelu(Chain *c);
bool take_softmax(Chain *c);
bool take_log_softmax(Chain *c);
bool take_selu(Chain *c);
bool take_celu(Chain *c);
bool take_gelu(Chain *c);
bool take_swish(Chain *c);
bool take_shrink(Chain *c);
bool take_identity(Chain *c); // chain_place.c
bool take_cast(Chain *c);
bool take_dropout(Chain *c);
bool take_transpose(Chain *c);
bool take_flatten(Chain *c);
bool take_reshape(Chain *c);
bool take_squeeze(Chain *c);
bool take_unsqueeze(Chain *c);
bool take_expand(Chain *c);
bool take_pad(Chain *c); // chain_border.c
bool take_slice(Chain *c);
bool take_resize(Chain *c);
#endif

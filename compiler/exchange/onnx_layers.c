// SPDX-License-Identifier: MIT
// The layers that have a form in ONNX, a row each, and those whose form is a line or two. See onnx.h.
#include "exchange/onnx.h"

static void nothing(Graph *g, Flow *f) { // what it does it does in training alone
    (void)g, (void)f;
}

// [N, K] by [K, M]; with more dimensions each row of the last.
static void dense(Graph *g, Flow *f) {
    static const int as_is[] = {0, 1};
    bool biased = graph_is(g, "use_bias", "True"), plain = f->shape.rank == 1;
    onnx_channels_last(g, f);
    const char *kernel = graph_weight(g, 0, as_is, NULL);
    const char *bias = biased ? graph_weight(g, 1, as_is, NULL) : "";
    Node n = node_new(g, plain ? "Gemm" : "MatMul");
    node_in(&n, f->name);
    node_in(&n, kernel);
    if (plain) node_in(&n, bias);
    *f = (Flow){node_out(&n), g->layer->out, false};
    if (biased && !plain) f->name = graph_op2(g, "Add", f->name, bias);
    onnx_activation(g, f);
}

static void rescaling(Graph *g, Flow *f) {
    double offset = graph_number(g, "offset");
    f->name = graph_with(g, "Mul", f->name, graph_number(g, "scale"));
    if (offset != 0) f->name = graph_with(g, "Add", f->name, offset);
}

static void sloped(Graph *g, Flow *f, const char *type, const char *argument) {
    Node n = node_new(g, type);
    node_in(&n, f->name);
    node_float(&n, "alpha", graph_number(g, argument));
    f->name = node_out(&n);
}

static void leaky_relu(Graph *g, Flow *f) {
    sloped(g, f, "LeakyRelu", "negative_slope");
}

static void elu(Graph *g, Flow *f) {
    sloped(g, f, "Elu", "alpha");
}

static const char *from(Graph *g, const char *x, double threshold) { // x where it is above, else 0
    if (threshold == 0) return graph_op1(g, "Relu", x);
    const char *above = graph_with(g, "Greater", x, threshold);
    const char *none = graph_scalar(g, 0);
    Node n = node_three(g, "Where", above, x, none);
    return node_out(&n);
}

// x from the threshold on, up to max_value; below it less the slope times what is missing.
static void relu(Graph *g, Flow *f) {
    double slope = graph_number(g, "negative_slope"), threshold = graph_number(g, "threshold");
    const json_t *most = graph_argument(g, "max_value");
    const char *x = f->name, *y = from(g, x, threshold);
    if (most) y = graph_with(g, "Min", y, json_number_value(most));
    if (slope != 0) {
        const char *below = graph_op1(g, "Neg", graph_with(g, "Sub", x, threshold));
        const char *missing = graph_op1(g, "Relu", below);
        y = graph_op2(g, "Sub", y, graph_with(g, "Mul", missing, slope));
    }
    f->name = y;
}

static void prelu(Graph *g, Flow *f) {
    static const int as_is[] = {0, 1, 2, 3, 4};
    onnx_channels_last(g, f);
    f->name = graph_op2(g, "PRelu", f->name, graph_weight(g, 0, as_is, NULL));
}

#define LAYER(x) extern const LayerClass layer_##x;
#include "keras/layers/layers.def"
#undef LAYER

const OnnxLayer onnx_layers[] = {
    {&layer_conv1d, onnx_conv},
    {&layer_conv2d, onnx_conv},
    {&layer_conv1d_transpose, onnx_conv_transpose},
    {&layer_conv2d_transpose, onnx_conv_transpose},
    {&layer_depthwise_conv1d, onnx_depthwise},
    {&layer_depthwise_conv2d, onnx_depthwise},
    {&layer_separable_conv1d, onnx_separable},
    {&layer_separable_conv2d, onnx_separable},
    {&layer_max_pooling1d, onnx_max_pool},
    {&layer_max_pooling2d, onnx_max_pool},
    {&layer_average_pooling1d, onnx_average_pool},
    {&layer_average_pooling2d, onnx_average_pool},
    {&layer_adaptive_max_pooling1d, onnx_adaptive_max_pool},
    {&layer_adaptive_max_pooling2d, onnx_adaptive_max_pool},
    {&layer_adaptive_average_pooling1d, onnx_adaptive_average_pool},
    {&layer_adaptive_average_pooling2d, onnx_adaptive_average_pool},
    {&layer_global_max_pooling1d, onnx_global_max_pool},
    {&layer_global_max_pooling2d, onnx_global_max_pool},
    {&layer_global_average_pooling1d, onnx_global_average_pool},
    {&layer_global_average_pooling2d, onnx_global_average_pool},
    {&layer_flatten, onnx_flatten},
    {&layer_reshape, onnx_reshape},
    {&layer_zero_padding1d, onnx_zero_padding},
    {&layer_zero_padding2d, onnx_zero_padding},
    {&layer_cropping1d, onnx_cropping},
    {&layer_cropping2d, onnx_cropping},
    {&layer_center_crop, onnx_center_crop},
    {&layer_permute, onnx_permute},
    {&layer_repeat_vector, onnx_repeat_vector},
    {&layer_normalization, onnx_normalization},
    {&layer_resizing, onnx_resizing},
    {&layer_up_sampling1d, onnx_up_sampling},
    {&layer_up_sampling2d, onnx_up_sampling},
    {&layer_dropout, nothing},
    {&layer_spatial_dropout1d, nothing},
    {&layer_spatial_dropout2d, nothing},
    {&layer_dense, dense},
    {&layer_activation, onnx_activation},
    {&layer_relu, relu},
    {&layer_softmax, onnx_softmax},
    {&layer_rescaling, rescaling},
    {&layer_activity_regularization, nothing},
    {&layer_layer_normalization, onnx_layer_normalization},
    {&layer_group_normalization, onnx_group_normalization},
    {&layer_rms_normalization, onnx_rms_normalization},
    {&layer_unit_normalization, onnx_unit_normalization},
    {&layer_identity, nothing},
    {&layer_leaky_relu, leaky_relu},
    {&layer_elu, elu},
    {&layer_prelu, prelu},
    {&layer_gaussian_noise, nothing},
    {&layer_gaussian_dropout, nothing},
    {&layer_alpha_dropout, nothing},
    {&layer_batch_normalization, onnx_batch_normalization},
    {&layer_random_flip, nothing},
    {&layer_random_translation, nothing},
    {&layer_random_rotation, nothing},
    {&layer_random_zoom, nothing},
    {&layer_random_crop, onnx_random_crop},
    {&layer_random_contrast, nothing},
    {&layer_random_brightness, nothing},
    {NULL, NULL},
};

void onnx_layer(Graph *g, Flow *f) {
    for (const OnnxLayer *row = onnx_layers; row->cls; row++) {
        if (row->cls != g->layer->cls) continue;
        row->put(g, f);
        return;
    }
    graph_fault(g, "this layer has no form in ONNX");
}

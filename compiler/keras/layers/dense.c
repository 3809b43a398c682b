// SPDX-License-Identifier: MIT
// Dense: y[..., o] = act(sum over i of x[..., i] k[i, o] + b[o]), on the last axis as in Keras.
#include "keras/activation.h"
#include "keras/layers/layer.h"
#include "support/text.h"
#include "step/step.h"
#include <math.h>

typedef struct Dense {
    int64_t units;
    const Activation *activation;
    bool use_bias;
    WeightArgs kernel, bias;
    Penalty activity;
} Dense;

#define AT(field) offsetof(Dense, field)
static const Arg args[] = {
    {"units", ARG_INT, AT(units), .min = 1, .max = INFINITY},
    ARGS_KERNEL_AND_BIAS(AT),
    ARG_UNSUPPORTED("lora_rank", "None"),
    ARG_UNSUPPORTED("lora_alpha", "None"),
    ARG_UNSUPPORTED("quantization_config", "None"),
    {0},
};
#undef AT

static bool shape(Arena *a, Diag *d, Layer *l) {
    const Dense *dense = l->args;
    (void)a, (void)d; // any input has a last axis
    l->out = l->in[0];
    l->out.dim[l->out.rank - 1] = dense->units;
    return true;
}

static void weights(Layer *l) {
    const Dense *dense = l->args;
    int64_t in = l->in[0].dim[l->in[0].rank - 1];
    Shape kernel = {2, {in, dense->units}}, bias = {1, {dense->units}};
    layer_weight(l, "kernel", kernel, &dense->kernel);
    if (dense->use_bias) layer_weight(l, "bias", bias, &dense->bias);
}

static const Penalty *activity(const Layer *l) {
    return &((const Dense *)l->args)->activity;
}

static int build(Step *s, const Layer *l, const int *x) {
    const Dense *dense = l->args;
    int last = l->in[0].rank - 1, w = step_weight(s, l, 0);
    int y = step_tensor(s, l->name, T_F32, O_SAMPLE, l->out.rank, l->out.dim);
    Node *n = step_node(s, P_CONTRACT, true);
    for (int d = 0; d < l->out.rank; d++) step_axis(n, l->out.dim[d], A_OUT);
    int sum = step_axis(n, l->in[0].dim[last], A_SUM);
    Access in = access_whole(s, x[0], 1), kernel = access_none(w);
    in.coef[last][1 + last] = 0;
    in.coef[last][sum] = kernel.coef[0][sum] = kernel.coef[1][1 + last] = 1;
    node_reads(n, in);
    node_reads(n, kernel);
    node_writes(n, access_whole(s, y, 1));
    if (dense->use_bias) y = step_bias(s, y, step_weight(s, l, 1));
    return step_activation(s, y, dense->activation);
}

const LayerClass layer_dense = {
    .name = "Dense",
    .stem = "dense",
    .size = sizeof(Dense),
    .args = args,
    .shape = shape,
    .weights = weights,
    .explain = layer_explain_weights,
    .build = build,
    .activity = activity,
};

// SPDX-License-Identifier: MIT
// Activation: applies one of the activations of activation.c on its own.
#include "keras/activation.h"
#include "keras/layers/layer.h"
#include "step/step.h"

typedef struct ActivationLayer {
    const Activation *activation;
} ActivationLayer;

static const Arg args[] = {
    {"activation", ARG_ACTIVATION, .offset = offsetof(ActivationLayer, activation)},
    {0},
};

static int build(Step *s, const Layer *l, const int *x) {
    const ActivationLayer *a = l->args;
    return step_activation(s, x[0], a->activation);
}

const LayerClass layer_activation = {
    .name = "Activation",
    .stem = "activation",
    .size = sizeof(ActivationLayer),
    .args = args,
    .shape = layer_same_shape,
    .build = build,
};

// SPDX-License-Identifier: MIT
// Softmax on the last axis: y[i] = exp(x[i]) / sum over j of exp(x[j]).
#include "keras/layers/layer.h"
#include "keras/activation.h"
#include "step/step.h"

typedef struct Softmax {
    char none; // no argument changes what Softmax does
} Softmax;

static const Arg args[] = {ARG_UNSUPPORTED("axis", "-1"), {0}};

static int build(Step *s, const Layer *l, const int *x) {
    (void)l;
    return step_activation(s, x[0], activation_find("softmax"));
}

const LayerClass layer_softmax = {
    .name = "Softmax",
    .stem = "softmax",
    .size = sizeof(Softmax),
    .args = args,
    .shape = layer_same_shape,
    .build = build,
};

// SPDX-License-Identifier: MIT
// Identity: its input as it is.
#include "keras/layers/layer.h"

typedef struct Identity {
    char none; // it has no arguments of its own
} Identity;

static const Arg args[] = {{0}};

static int build(Step *s, const Layer *l, const int *x) {
    (void)s, (void)l;
    return x[0];
}

const LayerClass layer_identity = {
    .name = "Identity",
    .stem = "identity",
    .size = sizeof(Identity),
    .args = args,
    .shape = layer_same_shape,
    .build = build,
};

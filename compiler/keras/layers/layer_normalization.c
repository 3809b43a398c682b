// SPDX-License-Identifier: MIT
// LayerNormalization: each sample by itself, with mean and biased variance over the axes given:
// y = (x - mean) / sqrt(variance + epsilon) gamma + beta, gamma and beta of the shape of these axes.
#include "keras/layers/standardise.h"
#include <math.h>

typedef struct LayerNorm {
    Axes axis;
    ScaleArgs scale;
} LayerNorm;

static const Arg args[] = {
    {"axis", ARG_AXES, offsetof(LayerNorm, axis), .standard = "-1"},
    SCALE_ARGS(offsetof(LayerNorm, scale)),
    ARG_UNSUPPORTED("rms_scaling", "False"),
    {0},
};

static bool shape(Arena *a, Diag *d, Layer *l) {
    bool over[MAX_RANK];
    l->out = l->in[0];
    return layer_axes(a, d, l, "axis", &((const LayerNorm *)l->args)->axis, over);
}

static void weights(Layer *l) {
    const LayerNorm *norm = l->args;
    bool over[MAX_RANK];
    Shape each = {0};
    layer_axes(NULL, NULL, l, "axis", &norm->axis, over); // they were checked
    for (int d = 0; d < l->in[0].rank; d++)
        if (over[d]) each.dim[each.rank++] = l->in[0].dim[d];
    scale_weights(l, &norm->scale, each);
}

static int build(Step *s, const Layer *l, const int *x) {
    const LayerNorm *norm = l->args;
    bool over[MAX_RANK], others[MAX_RANK];
    layer_axes(NULL, NULL, l, "axis", &norm->axis, over);
    for (int d = 0; d < MAX_RANK; d++) others[d] = !over[d];
    int y = standardise(s, l, x[0], over, norm->scale.epsilon);
    return scale(s, l, &norm->scale, y, others);
}

const LayerClass layer_layer_normalization = {
    .name = "LayerNormalization",
    .stem = "layer_normalization",
    .size = sizeof(LayerNorm),
    .args = args,
    .shape = shape,
    .weights = weights,
    .build = build,
};

// SPDX-License-Identifier: MIT
// ActivityRegularization: leaves x as it is; a sample's loss grows by l1 times the sum of its |x| and l2
// times that of its x^2.
#include "keras/layers/layer.h"
#include "keras/regularizers/regularizer.h"

static const Arg args[] = {
    REGULARIZER_FACTOR("l1", offsetof(Penalty, l1), "0.0"),
    REGULARIZER_FACTOR("l2", offsetof(Penalty, l2), "0.0"),
    {0},
};

static int build(Step *s, const Layer *l, const int *x) {
    (void)s, (void)l; // the penalty is added for all layers alike
    return x[0];
}

static const Penalty *activity(const Layer *l) {
    return l->args;
}

const LayerClass layer_activity_regularization = {
    .name = "ActivityRegularization",
    .stem = "activity_regularization",
    .size = sizeof(Penalty),
    .args = args,
    .shape = layer_same_shape,
    .build = build,
    .activity = activity,
};

// SPDX-License-Identifier: MIT
// L2: l2 times the sum of all w^2.
#include "keras/regularizers/regularizer.h"

static const Arg args[] = {REGULARIZER_FACTOR("l2", offsetof(Penalty, l2), "0.01"), {0}};

static Penalty penalty(const void *self) {
    return *(const Penalty *)self;
}

const RegularizerClass regularizer_l2 = {
    .object = {.name = "L2", .function = "l2", .args = args, .size = sizeof(Penalty)},
    .penalty = penalty,
};

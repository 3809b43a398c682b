// SPDX-License-Identifier: MIT
// L1: l1 times the sum of all |w|.
#include "keras/regularizers/regularizer.h"

static const Arg args[] = {REGULARIZER_FACTOR("l1", offsetof(Penalty, l1), "0.01"), {0}};

static Penalty penalty(const void *self) {
    return *(const Penalty *)self;
}

const RegularizerClass regularizer_l1 = {
    .object = {.name = "L1", .function = "l1", .args = args, .size = sizeof(Penalty)},
    .penalty = penalty,
};

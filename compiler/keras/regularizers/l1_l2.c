// SPDX-License-Identifier: MIT
// L1L2: l1 times the sum of all |w|, and l2 times the sum of all w^2.
#include "keras/regularizers/regularizer.h"

static const Arg args[] = {
    REGULARIZER_FACTOR("l1", offsetof(Penalty, l1), "0.0"),
    REGULARIZER_FACTOR("l2", offsetof(Penalty, l2), "0.0"),
    {0},
};

static Penalty penalty(const void *self) {
    return *(const Penalty *)self;
}

const RegularizerClass regularizer_l1_l2 = {
    .object =
        {
            .name = "L1L2",
            .function = "l1_l2",
            .aliases = {"l1l2"},
            .args = args,
            .size = sizeof(Penalty),
        },
    .penalty = penalty,
};

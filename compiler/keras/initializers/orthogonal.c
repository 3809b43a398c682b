// SPDX-License-Identifier: MIT
// Orthogonal: with the last dimension as columns and all others as rows, the columns (or the rows, where
// they are fewer) are orthogonal to each other and `gain` long; all such matrices are equally likely.
#include "keras/initializers/initializer.h"

typedef struct Orthogonal {
    InitializerArgs common;
    double gain;
} Orthogonal;

static const Arg args[] = {
    {"gain", ARG_FLOAT, offsetof(Orthogonal, gain), .standard = "1.0"},
    INITIALIZER_SEED,
    {0},
};

static Init start(const void *self, const Shape *shape) {
    (void)shape; // its rank was checked
    return (Init){.kind = INIT_ORTHOGONAL, .a = ((const Orthogonal *)self)->gain};
}

const InitializerClass initializer_orthogonal = {
    .object = {.name = "Orthogonal",
               .function = "orthogonal",
               .aliases = {"OrthogonalInitializer"},
               .args = args,
               .size = sizeof(Orthogonal)},
    .min_rank = 2,
    .start = start,
};

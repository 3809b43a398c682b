// SPDX-License-Identifier: MIT
// Identity: gain where row and column are the same, else 0. For matrices.
#include "keras/initializers/initializer.h"

typedef struct Identity {
    InitializerArgs common;
    double gain;
} Identity;

static const Arg args[] = {
    {"gain", ARG_FLOAT, offsetof(Identity, gain), .standard = "1.0"},
    {0},
};

static Init start(const void *self, const Shape *shape) {
    (void)shape; // its rank was checked
    return (Init){.kind = INIT_IDENTITY, .a = ((const Identity *)self)->gain};
}

const InitializerClass initializer_identity = {
    .object = {.name = "Identity",
               .function = "identity",
               .aliases = {"IdentityInitializer"},
               .args = args,
               .size = sizeof(Identity),
               .base = &(const Identity){{-1}, 0}},
    .min_rank = 2,
    .max_rank = 2,
    .start = start,
};

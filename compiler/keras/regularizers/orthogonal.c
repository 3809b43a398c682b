// SPDX-License-Identifier: MIT
// OrthogonalRegularizer: factor times the mean, over pairs of a matrix's rows or columns, of the size of the product
// of the two, each divided by its length.
#include "keras/regularizers/regularizer.h"

typedef struct Orthogonal {
    double factor;
    int mode;
} Orthogonal;

static const char *const modes[] = {"rows", "columns", NULL};
static const Arg args[] = {
    REGULARIZER_FACTOR("factor", offsetof(Orthogonal, factor), "0.01"),
    {"mode", ARG_CHOICE, offsetof(Orthogonal, mode), .standard = "\"rows\"", .choices = modes},
    {0},
};

static Penalty penalty(const void *self) {
    const Orthogonal *o = self;
    return (Penalty){.pairs = o->factor, .columns = o->mode == 1};
}

const RegularizerClass regularizer_orthogonal = {
    .object =
        {
            .name = "OrthogonalRegularizer",
            .function = "orthogonal_regularizer",
            .args = args,
            .size = sizeof(Orthogonal),
        },
    .penalty = penalty,
};

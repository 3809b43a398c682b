// SPDX-License-Identifier: MIT
// Flatten: [H, W, C] -> [H W C] in row-major order. No value moves: only the shape changes.
#include "keras/layers/layer.h"
#include "support/text.h"
#include "step/step.h"

typedef struct Flatten {
    char none; // no argument changes what Flatten does
} Flatten;

static const Arg args[] = {ARG_DATA_FORMAT, {0}};

static bool shape(Arena *a, Diag *d, Layer *l) {
    (void)a, (void)d; // every shape flattens
    l->out = (Shape){1, {shape_count(&l->in[0])}};
    return true;
}

static const char *explain(Arena *a, const Layer *l) {
    const char *text = text_thousands(a, l->in[0].dim[0]);
    for (int i = 1; i < l->in[0].rank; i++)
        text = arena_printf(a, "%s x %s", text, text_thousands(a, l->in[0].dim[i]));
    return l->in[0].rank == 1 ? NULL
                              : arena_printf(a, "%s = %s", text, text_thousands(a, l->out.dim[0]));
}

static int build(Step *s, const Layer *l, const int *x) {
    return step_reshape(s, x[0], &l->out);
}

const LayerClass layer_flatten = {
    .name = "Flatten",
    .stem = "flatten",
    .size = sizeof(Flatten),
    .args = args,
    .shape = shape,
    .explain = explain,
    .build = build,
};

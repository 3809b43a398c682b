// SPDX-License-Identifier: MIT
// RepeatVector: the same vector at each of n steps, y[t, k] = x[k].
#include "keras/layers/layer.h"
#include "step/step.h"
#include <math.h>

typedef struct RepeatVector {
    int64_t n;
} RepeatVector;

static const Arg args[] = {
    {"n", ARG_INT, offsetof(RepeatVector, n), .min = 1, .max = INFINITY},
    {0},
};

static bool shape(Arena *a, Diag *d, Layer *l) {
    const RepeatVector *r = l->args;
    l->out = (Shape){2, {r->n, l->in[0].dim[0]}};
    if (l->in[0].rank == 1) return true;
    diag_error(d, l->loc, 302, "RepeatVector '%s' needs vectors (None, size), not %s", l->name,
               shape_text(a, &l->in[0]));
    layer_input_note(a, d, l);
    return false;
}

static int build(Step *s, const Layer *l, const int *x) {
    int y = step_tensor(s, l->name, T_F32, O_SAMPLE, 2, l->out.dim);
    Node *n = step_node(s, P_VIEW, true);
    n->op = V_AFFINE;
    step_axis(n, l->out.dim[0], A_OUT); // which x lacks
    int k = step_axis(n, l->out.dim[1], A_OUT);
    node_reads(n, access_whole(s, x[0], k));
    node_writes(n, access_whole(s, y, 1));
    return y;
}

const LayerClass layer_repeat_vector = {
    .name = "RepeatVector",
    .stem = "repeat_vector",
    .size = sizeof(RepeatVector),
    .args = args,
    .shape = shape,
    .build = build,
};

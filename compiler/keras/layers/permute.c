// SPDX-License-Identifier: MIT
// Permute: dimension i of y is dimension dims[i] of x, counted from 1: of (2, 1), y[a, b] = x[b, a].
#include "keras/layers/layer.h"
#include "step/step.h"
#include <math.h>

typedef struct Permute {
    Shape dims;
} Permute;

static const Arg args[] = {
    {"dims", ARG_SHAPE, offsetof(Permute, dims), .min = 1, .max = INFINITY},
    {0},
};

static bool permutation(const Shape *dims) {
    bool seen[MAX_RANK + 1] = {0};
    for (int i = 0; i < dims->rank; i++) {
        if (dims->dim[i] > dims->rank || seen[dims->dim[i]]) return false;
        seen[dims->dim[i]] = true;
    }
    return true;
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    const Permute *p = l->args;
    int rank = p->dims.rank;
    if (!permutation(&p->dims)) {
        diag_error(d, layer_arg_loc(l, "dims"), 303, "dims of '%s' must hold each of 1 to %d once",
                   l->name, rank);
        return false;
    }
    if (rank != l->in[0].rank) {
        diag_error(d, layer_arg_loc(l, "dims"), 303, "'%s' has %d dims for an input of %d", l->name,
                   rank, l->in[0].rank);
        layer_input_note(a, d, l);
        return false;
    }
    l->out.rank = rank;
    for (int i = 0; i < rank; i++) l->out.dim[i] = l->in[0].dim[p->dims.dim[i] - 1];
    return true;
}

static int build(Step *s, const Layer *l, const int *x) {
    const Permute *p = l->args;
    int y = step_tensor(s, l->name, T_F32, O_SAMPLE, l->out.rank, l->out.dim);
    Node *n = step_node(s, P_VIEW, true);
    Access in = access_none(x[0]);
    n->op = V_AFFINE;
    for (int i = 0; i < l->out.rank; i++)
        in.coef[p->dims.dim[i] - 1][step_axis(n, l->out.dim[i], A_OUT)] = 1;
    node_reads(n, in);
    node_writes(n, access_whole(s, y, 1));
    return y;
}

const LayerClass layer_permute = {
    .name = "Permute",
    .stem = "permute",
    .size = sizeof(Permute),
    .args = args,
    .shape = shape,
    .build = build,
};

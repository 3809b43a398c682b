// SPDX-License-Identifier: MIT
// Softmax on one axis or several: y[i] = exp(x[i]) / sum over j of exp(x[j]), j all places that differ from i along
// these axes. The primitive works on the last one, so these go behind the others, as one, and back.
#include "keras/layers/layer.h"
#include "keras/activation.h"
#include "step/step.h"

typedef struct Softmax {
    Axes axis;
} Softmax;

static const Arg args[] = {{"axis", ARG_AXES, offsetof(Softmax, axis), .standard = "-1"}, {0}};

static bool shape(Arena *a, Diag *d, Layer *l) {
    bool is[MAX_RANK];
    l->out = l->in[0];
    return layer_axes(a, d, l, "axis", &((const Softmax *)l->args)->axis, is);
}

// x with its dimension order[d] at d.
static int permuted(Step *s, int x, const int *order) {
    Tensor t = s->tensor[x];
    bool same = true;
    for (int d = 0; d < t.rank; d++) {
        t.dim[d] = s->tensor[x].dim[order[d]];
        same &= order[d] == d;
    }
    if (same) return x;
    const char *name = arena_printf(s->arena, "%s.permuted", s->building->name);
    int y = step_tensor(s, name, T_F32, O_SAMPLE, t.rank, t.dim);
    Node *n = step_node(s, P_VIEW, true);
    n->op = V_AFFINE;
    for (int d = 0; d < t.rank; d++) step_axis(n, t.dim[d], A_OUT);
    Access in = access_whole(s, x, 1);
    for (int d = 0; d < t.rank; d++) in.coef[d][1 + d] = 0;
    for (int d = 0; d < t.rank; d++) in.coef[order[d]][1 + d] = 1;
    node_reads(n, in);
    node_writes(n, access_whole(s, y, 1));
    return y;
}

static int build(Step *s, const Layer *l, const int *x) {
    const Activation *softmax = activation_find("softmax");
    bool is[MAX_RANK];
    int rank = l->in[0].rank, order[MAX_RANK], back[MAX_RANK], n = 0;
    layer_axes(NULL, NULL, l, "axis", &((const Softmax *)l->args)->axis, is); // was checked
    for (int last = 0; last < 2; last++)
        for (int d = 0; d < rank; d++)
            if (is[d] == last) order[n++] = d;
    Shape whole = {.rank = rank}, one = {.rank = 0};
    for (int d = 0; d < rank; d++) {
        back[order[d]] = d;
        whole.dim[d] = l->in[0].dim[order[d]];
        if (!is[order[d]] || d == 0 || !is[order[d - 1]])
            one.dim[one.rank++] = whole.dim[d];
        else
            one.dim[one.rank - 1] *= whole.dim[d];
    }
    int y = permuted(s, x[0], order);
    if (one.rank == rank) return permuted(s, step_activation(s, y, softmax), back);
    y = step_activation(s, step_reshape(s, y, &one), softmax);
    return permuted(s, step_reshape(s, y, &whole), back);
}

const LayerClass layer_softmax = {
    .name = "Softmax",
    .stem = "softmax",
    .size = sizeof(Softmax),
    .args = args,
    .shape = shape,
    .build = build,
};

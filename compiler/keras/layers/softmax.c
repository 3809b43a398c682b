// SPDX-License-Identifier: MIT
// Softmax on one axis: y[i] = exp(x[i]) / sum over j of exp(x[j]). The primitive works on the last one, so
// another changes places with it before and after.
#include "keras/layers/layer.h"
#include "keras/activation.h"
#include "step/step.h"

typedef struct Softmax {
    Axes axis;
} Softmax;

static const Arg args[] = {{"axis", ARG_AXES, offsetof(Softmax, axis), .standard = "-1"}, {0}};

static bool shape(Arena *a, Diag *d, Layer *l) {
    const Axes *axis = &((const Softmax *)l->args)->axis;
    bool is[MAX_RANK];
    l->out = l->in[0];
    if (axis->n == 1) return layer_axes(a, d, l, "axis", axis, is);
    diag_error(d, layer_arg_loc(l, "axis"), 208, "Softmax '%s' works on one axis, not on %d",
               l->name, axis->n);
    return false;
}

static int exchanged(Step *s, int x, int d) { // dimension d and the last
    Tensor t = s->tensor[x];
    int last = t.rank - 1;
    t.dim[d] = s->tensor[x].dim[last];
    t.dim[last] = s->tensor[x].dim[d];
    const char *name = arena_printf(s->arena, "%s.exchanged", s->building->name);
    int y = step_tensor(s, name, T_F32, O_SAMPLE, t.rank, t.dim);
    Node *n = step_node(s, P_VIEW, true);
    n->op = V_AFFINE;
    for (int k = 0; k < t.rank; k++) step_axis(n, t.dim[k], A_OUT);
    Access in = access_whole(s, x, 1);
    in.coef[d][1 + d] = in.coef[last][1 + last] = 0;
    in.coef[d][1 + last] = in.coef[last][1 + d] = 1;
    node_reads(n, in);
    node_writes(n, access_whole(s, y, 1));
    return y;
}

static int build(Step *s, const Layer *l, const int *x) {
    const Activation *softmax = activation_find("softmax");
    bool is[MAX_RANK];
    int d = 0;
    layer_axes(NULL, NULL, l, "axis", &((const Softmax *)l->args)->axis, is); // was checked
    while (!is[d]) d++;
    if (d == l->in[0].rank - 1) return step_activation(s, x[0], softmax);
    return exchanged(s, step_activation(s, exchanged(s, x[0], d), softmax), d);
}

const LayerClass layer_softmax = {
    .name = "Softmax",
    .stem = "softmax",
    .size = sizeof(Softmax),
    .args = args,
    .shape = shape,
    .build = build,
};

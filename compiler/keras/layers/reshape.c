// SPDX-License-Identifier: MIT
// Reshape: the same values in another shape; one dimension may be -1, which is then computed.
#include "keras/layers/layer.h"
#include "support/text.h"
#include "step/step.h"
#include <math.h>

typedef struct Reshape {
    Shape target;
} Reshape;

static const Arg args[] = {
    {"target_shape", ARG_SHAPE, offsetof(Reshape, target), .min = -1, .max = INFINITY},
    {0},
};

// "7 x 7 x -1"
static const char *product_text(Arena *a, const Shape *s) {
    const char *text = s->rank ? text_thousands(a, s->dim[0]) : "1";
    for (int i = 1; i < s->rank; i++)
        text = arena_printf(a, "%s x %s", text, text_thousands(a, s->dim[i]));
    return text;
}

static bool mismatch(Arena *a, Diag *d, const Layer *l) {
    const Reshape *r = l->args;
    diag_error(d, layer_arg_loc(l, "target_shape"), 303, "'%s' cannot give %s values the shape %s",
               l->name, text_thousands(a, shape_count(&l->in[0])), product_text(a, &r->target));
    layer_input_note(a, d, l);
    return false;
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    const Reshape *r = l->args;
    int unknown = -1;
    Shape known = {0};
    for (int i = 0; i < r->target.rank; i++) {
        int64_t dim = r->target.dim[i];
        if (dim == 0 || (dim < 0 && unknown >= 0)) {
            diag_error(d, layer_arg_loc(l, "target_shape"), 303, "%s",
                       dim ? "only one dimension of target_shape may be -1"
                           : "a dimension of target_shape is 0");
            return false;
        }
        if (dim < 0)
            unknown = i;
        else
            known.dim[known.rank++] = dim;
    }
    int64_t have = shape_count(&l->in[0]), count = shape_count(&known);
    l->out = r->target;
    if (unknown < 0) return have == count || mismatch(a, d, l);
    if (have % count != 0) return mismatch(a, d, l);
    l->out.dim[unknown] = have / count;
    return true;
}

static int build(Step *s, const Layer *l, const int *x) {
    return step_reshape(s, x[0], &l->out);
}

const LayerClass layer_reshape = {
    .name = "Reshape",
    .stem = "reshape",
    .size = sizeof(Reshape),
    .args = args,
    .shape = shape,
    .build = build,
};

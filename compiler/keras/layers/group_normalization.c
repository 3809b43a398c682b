// SPDX-License-Identifier: MIT
// GroupNormalization: the channels, which are one axis, in groups of neighbours, each sample and group by itself:
// y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with mean and biased variance over the group's
// channels and all places; gamma and beta have an element a channel. The groups are an axis of a reshape.
#include "keras/layers/standardise.h"
#include <math.h>

typedef struct GroupNorm {
    int64_t groups, axis;
    ScaleArgs scale;
} GroupNorm;

static const Arg args[] = {
    {"groups", ARG_INT, offsetof(GroupNorm, groups), .standard = "32", .min = -1, .max = INFINITY},
    {"axis", ARG_INT, offsetof(GroupNorm, axis), .standard = "-1"},
    SCALE_ARGS(offsetof(GroupNorm, scale)),
    {0},
};

static int channel(const Layer *l) { // the dimension, which was checked
    return layer_axis(NULL, NULL, l, "axis", ((const GroupNorm *)l->args)->axis);
}

static int64_t channels(const Layer *l) {
    return l->in[0].dim[channel(l)];
}

static int64_t groups(const Layer *l) {
    int64_t n = ((const GroupNorm *)l->args)->groups;
    return n == -1 ? channels(l) : n;
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    const GroupNorm *norm = l->args;
    int rank = l->in[0].rank;
    l->out = l->in[0];
    if (layer_axis(a, d, l, "axis", norm->axis) < 0) return false;
    if (groups(l) < 1 || channels(l) % groups(l) != 0) {
        diag_error(d, layer_arg_loc(l, "groups"), 302,
                   "the %lld channels of '%s' do not fall into %lld groups", (long long)channels(l),
                   l->name, (long long)groups(l));
        return false;
    }
    if (rank < MAX_RANK) return true;
    diag_error(d, l->loc, 302, "'%s' takes at most %d dimensions, not %s", l->name, MAX_RANK - 1,
               shape_text(a, &l->in[0]));
    return false;
}

static void weights(Layer *l) {
    scale_weights(l, &((const GroupNorm *)l->args)->scale, (Shape){1, {channels(l)}});
}

static int build(Step *s, const Layer *l, const int *x) {
    const GroupNorm *norm = l->args;
    int at = channel(l);
    bool over[MAX_RANK], places[MAX_RANK];
    Shape grouped = l->in[0];
    for (int d = grouped.rank++; d > at; d--) grouped.dim[d] = grouped.dim[d - 1];
    grouped.dim[at] = groups(l);
    grouped.dim[at + 1] = channels(l) / groups(l);
    for (int d = 0; d < MAX_RANK; d++) over[d] = places[d] = d != at; // all but group, channel
    int y = standardise(s, l, step_reshape(s, x[0], &grouped), over, norm->scale.epsilon);
    return scale(s, l, &norm->scale, step_reshape(s, y, &l->out), places);
}

const LayerClass layer_group_normalization = {
    .name = "GroupNormalization",
    .stem = "group_normalization",
    .size = sizeof(GroupNorm),
    .args = args,
    .shape = shape,
    .weights = weights,
    .build = build,
};

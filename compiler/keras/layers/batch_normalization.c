// SPDX-License-Identifier: MIT
// BatchNormalization, by channel, which is one axis: y = (x - mean) gamma / sqrt(variance + epsilon) + beta. In training
// mean and variance, the biased one, are those of the batch, over samples and all other axes; the moving
// averages follow them. Elsewhere the moving averages stand in their place.
//
// The squares that the variance is the mean of are those of centred values, which loses no digits where the
// mean is large; and x, which the batch has too much of for any cache, is read once for them. With t the sum of
// a sample's values over its n positions,
//     sum of (x - mean)^2 = sum of (x - t / n)^2, while the sample is at hand,
//                         + sum of n (t / n - mean)^2 over the samples, when the mean is there.
// That values are centred on a mean has no part in the gradient by it: they add up to zero.
//
// In training y = (x - mean) scale + shift, and the gradient by the mean is had from the shift, as
//     shift = beta - (mean - mean') scale     with mean' = mean, a constant for the derivation
// is beta, and -scale its derivative: the sum of dy that beta wants serves the mean as well.
#include "keras/layers/layer.h"
#include "support/text.h"
#include "step/step.h"
#include "../runtime/abi.h"
#include <math.h>

typedef struct Norm {
    int64_t axis;
    double momentum, epsilon;
    bool center, scale;
    bool synchronized; // statistics are those of the whole batch in any case, also over ranks
    WeightArgs beta, gamma, mean, variance;
} Norm;

#define AT(field) offsetof(Norm, field)
static const Arg args[] = {
    {"axis", ARG_INT, AT(axis), .standard = "-1"},
    {"momentum", ARG_FLOAT, AT(momentum), .standard = "0.99", .min = 0, .max = 1},
    {"epsilon", ARG_FLOAT, AT(epsilon), .standard = "0.001", .min = 1e-30, .max = INFINITY},
    {"center", ARG_BOOL, AT(center), .standard = "True"},
    {"scale", ARG_BOOL, AT(scale), .standard = "True"},
    WEIGHT_INITIALIZER("beta", AT(beta), "\"zeros\""),
    WEIGHT_INITIALIZER("gamma", AT(gamma), "\"ones\""),
    WEIGHT_INITIALIZER("moving_mean", AT(mean), "\"zeros\""),
    WEIGHT_INITIALIZER("moving_variance", AT(variance), "\"ones\""),
    WEIGHT_REGULARIZER("beta", AT(beta)),
    WEIGHT_REGULARIZER("gamma", AT(gamma)),
    WEIGHT_CONSTRAINT("beta", AT(beta)),
    WEIGHT_CONSTRAINT("gamma", AT(gamma)),
    ARG_UNSUPPORTED("renorm", "False"),
    ARG_UNSUPPORTED("renorm_clipping", "None"),
    ARG_UNSUPPORTED("renorm_momentum", "0.99"),
    {"synchronized", ARG_BOOL, AT(synchronized), .standard = "False"},
    {0},
};
#undef AT

enum { GAMMA, BETA, MEAN, VARIANCE }; // the weights, in Keras's order; the first two may be missing

static bool shape(Arena *a, Diag *d, Layer *l) {
    l->out = l->in[0];
    return layer_axis(a, d, l, "axis", ((const Norm *)l->args)->axis) >= 0;
}

static int channel(const Layer *l) { // the dimension, which was checked
    return layer_axis(NULL, NULL, l, "axis", ((const Norm *)l->args)->axis);
}

static int64_t channels(const Layer *l) {
    return l->in[0].dim[channel(l)];
}

static void weights(Layer *l) {
    const Norm *norm = l->args;
    Shape each = {1, {channels(l)}};
    if (norm->scale) layer_weight(l, "gamma", each, &norm->gamma);
    if (norm->center) layer_weight(l, "beta", each, &norm->beta);
    layer_weight(l, "moving_mean", each, &norm->mean);
    layer_weight(l, "moving_variance", each, &norm->variance);
    for (int i = l->nweight - 2; i < l->nweight; i++) l->weight[i].trainable = false;
}

static int weight(Step *s, const Layer *l, int which) { // or -1
    const Norm *norm = l->args;
    if (which >= MEAN) return step_weight(s, l, l->nweight - 2 + which - MEAN);
    if (!(which == GAMMA ? norm->scale : norm->center)) return -1;
    return step_weight(s, l, which == BETA && norm->scale);
}

#define OP2(op, x, y) expr_op2(s->arena, (op), (x), (y))
#define C(v) expr_const(s->arena, (v))
#define IN(k) expr_in(s->arena, (k))

// by / sqrt(variance + epsilon)
static Expr *over_root(Step *s, const Norm *norm, Expr *by, Expr *variance) {
    return OP2(E_DIV, by, expr_op1(s->arena, E_SQRT, OP2(E_ADD, variance, C(norm->epsilon))));
}

// A MAP over x, whose channels are dimension d, that also reads tensors with an element a channel.
static int map_channels(Step *s, const char *what, int x, int d, const int *each, int n, Expr *e) {
    int y = step_map(s, x, e, NULL);
    Node *node = s->node[s->nnode - 1];
    s->tensor[y].name = arena_printf(s->arena, "%s%s", s->building->name, what);
    for (int k = 0; k < n; k++) {
        Access along = access_none(each[k]);
        along.coef[0][1 + d] = 1;
        node_reads(node, along);
    }
    return y;
}

// A channel: the sum of x, over all of a sample (O_SAMPLE) or over the batch (O_LEAF).
static int total(Step *s, const char *what, int x, int channel, Owner owner) {
    const char *name = arena_printf(s->arena, "%s.%s", s->building->name, what);
    int sum = step_tensor(s, name, T_F32, owner, 1, &s->tensor[x].dim[channel]);
    Node *n = step_node(s, P_CONTRACT, true);
    n->axis[0].role = owner == O_LEAF ? A_SUM : A_OUT;
    for (int d = 0; d < s->tensor[x].rank; d++)
        step_axis(n, s->tensor[x].dim[d], d == channel ? A_OUT : A_SUM);
    Access out = access_none(sum);
    out.coef[0][1 + channel] = 1;
    node_reads(n, access_whole(s, x, 1));
    node_writes(n, out);
    return sum;
}

// average += (mean of what was summed - average) (1 - momentum)
static void follow(Step *s, const Norm *norm, int average, int sum, Expr *share) {
    Node *n = step_node(s, P_UPDATE, false);
    Expr *mean = OP2(E_MUL, IN(1), share);
    Expr *way = OP2(E_MUL, OP2(E_SUB, mean, IN(0)), C(1 - norm->momentum));
    n->pass = PASS_UPDATE;
    step_axis(n, s->tensor[average].dim[0], A_OUT);
    node_reads(n, access_whole(s, average, 1));
    node_reads(n, access_whole(s, sum, 1));
    node_writes(n, access_whole(s, average, 1));
    n->expr[0] = OP2(E_ADD, IN(0), way);
}

// Over the batch: the sum of weight times the square of `centred`, of x and the mean it is centred on.
static int squares(Step *s, const char *what, int x, int d, int mean, Expr *centred,
                   double weight) {
    const char *name = arena_printf(s->arena, ".%s.each", what);
    Expr *square = OP2(E_MUL, OP2(E_MUL, centred, centred), C(weight));
    int y = map_channels(s, name, x, d, &mean, 1, square);
    s->node[s->nnode - 1]->fixed = 1 << 1;
    return total(s, what, y, d, O_LEAF);
}

// beta, and by the mean its gradient.
static int shift(Step *s, const Norm *norm, int mean, int scale, int beta) {
    int in[4] = {mean, mean, scale, beta};
    Expr *none = OP2(E_MUL, OP2(E_SUB, IN(0), IN(1)), IN(2));
    int y =
        step_once(s, "shift", in, 3 + norm->center, OP2(E_SUB, norm->center ? IN(3) : C(0), none));
    s->node[s->nnode - 1]->fixed = 1 << 1 | 1 << 2;
    return y;
}

static int build_training(Step *s, const Layer *l, int x) {
    const Norm *norm = l->args;
    int gamma = weight(s, l, GAMMA), beta = weight(s, l, BETA);
    int64_t positions = shape_count(&l->in[0]) / channels(l); // of a sample
    double n = (double)positions;
    Expr *share = OP2(E_MUL, expr_scalar(s->arena, CNN_INV_N), C(1 / n));
    int d = channel(l), one = n > 1 ? 0 : d; // the channels of x, and of a sample's sums
    int of_sample = n > 1 ? total(s, "sample", x, d, O_SAMPLE) : x;
    int sum = total(s, "sum", of_sample, one, O_LEAF);
    int mean = step_once(s, "mean", &sum, 1, OP2(E_MUL, IN(0), share));
    Expr *between = OP2(E_SUB, OP2(E_MUL, IN(0), C(1 / n)), IN(1));
    int from[3] = {squares(s, "between", of_sample, one, mean, between, n)}, parts = 1;
    Expr *within = OP2(E_SUB, IN(0), OP2(E_MUL, IN(1), C(1 / n))), *all = IN(0);
    if (n > 1) {
        from[parts++] = squares(s, "within", x, d, of_sample, within, 1);
        all = OP2(E_ADD, IN(0), IN(1));
    }
    from[parts] = gamma;
    Expr *by = norm->scale ? IN(parts) : C(1), *variance = OP2(E_MUL, all, share);
    int scale = step_once(s, "scale", from, parts + norm->scale, over_root(s, norm, by, variance));
    follow(s, norm, weight(s, l, MEAN), sum, share);
    follow(s, norm, weight(s, l, VARIANCE), step_once(s, "squares", from, parts, all), share);
    const int each[3] = {mean, scale, shift(s, norm, mean, scale, beta)};
    Expr *y = OP2(E_ADD, OP2(E_MUL, OP2(E_SUB, IN(0), IN(1)), IN(2)), IN(3));
    int out = map_channels(s, "", x, d, each, 3, y);
    s->node[s->nnode - 1]->fixed = 1 << 1;
    return out;
}

// y = x scale + shift, both computed once from the weights
static int build_inference(Step *s, const Layer *l, int x) {
    const Norm *norm = l->args;
    int in[4] = {weight(s, l, VARIANCE), weight(s, l, MEAN)}, n = 2;
    Expr *gamma = C(1), *beta = C(0);
    if (norm->scale) {
        gamma = IN(n);
        in[n++] = weight(s, l, GAMMA);
    }
    if (norm->center) {
        beta = IN(n);
        in[n++] = weight(s, l, BETA);
    }
    Expr *shift = OP2(E_SUB, beta, OP2(E_MUL, IN(1), over_root(s, norm, gamma, IN(0))));
    int each[2] = {0, step_once(s, "shift", in, n, shift)};
    in[1] = in[2]; // what the factor reads: no mean, no beta
    if (norm->scale) gamma = IN(1);
    each[0] = step_once(s, "scale", in, 1 + norm->scale, over_root(s, norm, gamma, IN(0)));
    Expr *y = OP2(E_ADD, OP2(E_MUL, IN(0), IN(1)), IN(2));
    return map_channels(s, "", x, channel(l), each, 2, y);
}

static int build(Step *s, const Layer *l, const int *x) {
    return (s->mode == STEP_TRAIN && l->trainable ? build_training : build_inference)(s, l, x[0]);
}

static const char *explain(Arena *a, const Layer *l) {
    const char *text = "";
    for (int i = 0; i < l->nweight; i++)
        text = arena_printf(a, "%s%s%s", text, i ? ", " : "", l->weight[i].name);
    bool some = l->nweight > 2 && l->weight[0].trainable;
    return arena_printf(a, "%s: %d x %s = %s, %s", text, l->nweight, text_thousands(a, channels(l)),
                        text_thousands(a, l->nweight * channels(l)),
                        some ? "the last two not trained" : "none trained");
}

const LayerClass layer_batch_normalization = {
    .name = "BatchNormalization",
    .stem = "batch_normalization",
    .size = sizeof(Norm),
    .args = args,
    .shape = shape,
    .weights = weights,
    .build = build,
    .explain = explain,
};

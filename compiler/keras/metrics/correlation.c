// SPDX-License-Identifier: MIT
// Correlations of a row's outputs z with its targets y, as Keras 3 computes them, deviations of all K values:
//   Pearson      mean (y - mean y) (z - mean z) / (deviation y deviation z)
//   concordance  mean 2 (y - mean z) (z - mean z) / (variance y + variance z + (mean y - mean z)^2 + epsilon)
#include "keras/metrics/metric.h"
#include "keras/rows.h"

typedef struct Moments {
    Expr *mean_y, *mean_z, *variance_y, *variance_z;
} Moments;

static Expr *mean(RowMath *m, Expr *of) {
    return DIV(SUM(of), C((double)m->outputs));
}

static Expr *square(RowMath *m, Expr *x) {
    return MUL(x, x);
}

static Moments moments(RowMath *m) {
    Moments of = {.mean_y = mean(m, Y), .mean_z = mean(m, Z)};
    of.variance_y = mean(m, square(m, SUB(Y, of.mean_y)));
    of.variance_z = mean(m, square(m, SUB(Z, of.mean_z)));
    return of;
}

static void pearson(RowMath *m) {
    Moments of = moments(m);
    Expr *together = mean(m, MUL(SUB(Y, of.mean_y), SUB(Z, of.mean_z)));
    m->value = DIV(together, MUL(SQRT(of.variance_y), SQRT(of.variance_z)));
}

static void concordance(RowMath *m) {
    Moments of = moments(m);
    Expr *together = mean(m, MUL(SUB(Y, of.mean_z), SUB(Z, of.mean_z)));
    Expr *apart = square(m, SUB(of.mean_y, of.mean_z));
    Expr *all = ADD(ADD(of.variance_y, of.variance_z), ADD(apart, C(KERAS_EPSILON)));
    m->value = DIV(MUL(C(2), together), all);
}

#define CORRELATION(class_, name_, math_)                                                          \
    static const Arg math_##_args[] = {                                                            \
        METRIC_ARGS(#name_),                                                                       \
        METRIC_ARG_AXIS,                                                                           \
        {0},                                                                                       \
    };                                                                                             \
    const MetricClass metric_##name_ = {                                                           \
        .object = {class_, #name_, {0}, math_##_args, sizeof(AxisArgs), NULL},                     \
        .math = math_,                                                                             \
        .better = BETTER_UP,                                                                       \
        .refuse = axis_refuse,                                                                     \
    };
CORRELATION("PearsonCorrelation", pearson_correlation, pearson)
CORRELATION("ConcordanceCorrelation", concordance_correlation, concordance)

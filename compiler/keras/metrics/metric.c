// SPDX-License-Identifier: MIT
// The table of metrics, and what several of them share.
#include "keras/metrics/metric.h"
#include "keras/losses/loss.h"
#include "keras/metrics/of_loss.h"
#include "keras/rows.h"

#define METRIC(x) extern const MetricClass metric_##x;
#include "keras/metrics/metrics.def"
#undef METRIC

const MetricClass *const metric_classes[] = {
#define METRIC(x) &metric_##x,
#include "keras/metrics/metrics.def"
#undef METRIC
    NULL,
};

static RowMath *math_of(Arena *a, const Metric *metric, const Loss *loss, int64_t outputs,
                        bool logits) {
    RowMath *m = ARENA_NEW(a, RowMath);
    *m = (RowMath){.arena = a, .args = metric->args, .outputs = outputs, .logits = logits};
    m->class_number = loss_class_numbers(loss);
    metric->cls->math(m);
    m->slope = NULL;
    return m;
}

RowMath *metric_math(Arena *a, const Metric *metric, const Loss *loss, int64_t outputs,
                     int64_t rows, bool logits) {
    RowMath *m = math_of(a, metric, loss, outputs, logits);
    Expr *share = C(1 / (double)rows);
    if (m->nsum == 0) row_add(m, MUL(m->value, share));
    m->value = NULL;
    if (metric->cls->of_batch) row_add(m, share);
    if (!metric->weighted) return m;
    Expr *counts = IN(ROW_COUNTS);
    if (metric->cls->whole_weights) counts = expr_op1(a, E_TRUNC, counts);
    for (int k = 0; k < m->nsum; k++) m->sum[k].value = MUL(m->sum[k].value, counts);
    row_add(m, MUL(IN(ROW_COUNTS), share));
    return m;
}

const Expr *metric_of_batch(Arena *a, const Metric *metric, const Loss *loss, int64_t outputs) {
    if (!metric->cls->of_batch) return NULL;
    return metric->cls->of_batch(math_of(a, metric, loss, outputs, false), metric->nsum);
}

MetricBetter metric_better(const Metric *metric) {
    if (!is_of_loss(metric)) return metric->cls->better;
    const OfLossArgs *args = metric->args;
    return args->cls->neither ? BETTER_NEITHER : BETTER_DOWN;
}

int64_t metric_figures(const Metric *metric, int64_t outputs) {
    return metric->cls->figures ? metric->cls->figures(metric->args, outputs) : 1;
}

int metric_settings(const Metric *metric, int64_t outputs, double setting[MAX_RESULT_SETTINGS]) {
    const MetricClass *cls = metric->cls;
    return cls->settings ? cls->settings(metric->args, outputs, setting) : 0;
}

double metric_result(const Metric *metric, int64_t outputs, const double *sum, double samples,
                     int64_t figure) {
    double setting[MAX_RESULT_SETTINGS];
    metric_settings(metric, outputs, setting);
    CnnResult *result = metric->cls->result ? metric->cls->result : cnn_result_mean;
    int64_t n = metric->nsum - metric->weighted;
    return result(sum, n, metric->weighted ? sum[n] : samples, setting, figure);
}

// As Keras 3 resolves it: by the number of outputs, then by the labels' form, which here follows from
// the loss.
const MetricClass *metric_accuracy(const Loss *loss, int64_t outputs) {
    if (outputs == 1) return &metric_binary_accuracy;
    return loss_class_numbers(loss) ? &metric_sparse_categorical_accuracy
                                    : &metric_categorical_accuracy;
}

Expr *metric_where_right(RowMath *m) {
    return m->class_number ? IN(ROW_LABEL) : WHERE_MOST(Y);
}

Expr *metric_same(RowMath *m, Expr *index, Expr *other) {
    return LESS(ABS(SUB(index, other)), C(0.5), C(1), C(0));
}

const char *axis_is_last(Arena *a, int64_t axis, const Shape *output) {
    if (axis == -1 || axis == output->rank) return NULL;
    return arena_printf(a, "a metric works along the last axis, -1 or %d, not along %lld",
                        output->rank, (long long)axis);
}

const char *axis_refuse(Arena *a, const void *args, const Shape *output, bool class_numbers) {
    (void)class_numbers;
    return axis_is_last(a, ((const AxisArgs *)args)->axis, output);
}

// Those as large as the right one do not come before it; what is no number does.
void metric_in_top(RowMath *m) {
    Expr *class = metric_where_right(m);
    Expr *right = SUM(MUL(metric_same(m, IN(ROW_INDEX), class), Z));
    Expr *before = SUM(LESS(SUB(Z, right), SMALLEST, C(0), C(1)));
    m->value = LESS(before, C((double)((const TopKArgs *)m->args)->k), C(1), C(0));
}

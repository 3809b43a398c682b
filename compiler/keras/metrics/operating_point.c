// SPDX-License-Identifier: MIT
// The best that a figure can be at one of num_thresholds thresholds in [0, 1] at which another is at least some
// value; 0 where there is no such threshold. Figures: the recall tp / (tp + fn), which is the sensitivity as well,
// the specificity tn / (tn + fp), the precision tp / (tp + fp).
#include "keras/metrics/thresholds.h"
#include "keras/rows.h"

typedef struct PointArgs {
    MetricArgs metric;
    double value, class_id; // class_id NaN: all outputs
    int64_t num_thresholds;
} PointArgs;

#define AT(field) offsetof(PointArgs, field)
#define POINT_ARGS(value_)                                                                         \
    {                                                                                              \
        {value_, ARG_FLOAT, AT(value), .min = 0, .max = 1},                                        \
        {"num_thresholds", ARG_INT, AT(num_thresholds), .standard = "200", .min = 1,               \
         .max = MOST_THRESHOLDS},                                                                  \
        {"class_id", ARG_FLOAT_OPT, AT(class_id), .standard = "None", .min = 0, .max = 1 << 24},   \
        METRIC_OWN_NAME,                                                                           \
        METRIC_ARG_DTYPE,                                                                          \
        {0},                                                                                       \
    }

// What is above no threshold is in the last two sums alone.
static void math(RowMath *m) {
    const PointArgs *o = m->args;
    int64_t n = o->num_thresholds;
    Expr *p = outputs_in_range(m, Z), *at = n > 1 ? above_even(m, p, n) : C(1);
    Expr *above = LESS(C(n > 1 ? 0 : 0.5), p, C(1), C(0));
    Expr *is = metric_positive(m), *counts = of_class(m, o->class_id);
    Expr *positive = MUL(is, counts), *other = MUL(SUB(C(1), is), counts);
    row_add_at(m, MUL(positive, above), at, n);
    row_add_at(m, MUL(other, above), at, n);
    row_add(m, SUM(positive));
    row_add(m, SUM(other));
}

static int settings(const PointArgs *o, int given, int best, double *setting) {
    setting[POINT_GIVEN] = given;
    setting[POINT_BEST] = best;
    setting[POINT_VALUE] = o->value;
    return POINT_SETTINGS;
}

static const char *refuse(Arena *a, const void *self, const Shape *output, bool class_numbers) {
    (void)class_numbers;
    return class_refuse(a, ((const PointArgs *)self)->class_id, output);
}

#define POINT(symbol_, class_, function_, value_, given_, best_)                                   \
    static const Arg symbol_##_args[] = POINT_ARGS(value_);                                        \
    static int symbol_##_settings(const void *self, int64_t outputs,                               \
                                  double setting[MAX_RESULT_SETTINGS]) {                           \
        (void)outputs;                                                                             \
        return settings(self, given_, best_, setting);                                             \
    }                                                                                              \
    const MetricClass metric_##symbol_ = {                                                         \
        .object = {class_, function_, {0}, symbol_##_args, sizeof(PointArgs), NULL},               \
        .math = math,                                                                              \
        .better = BETTER_UP,                                                                       \
        METRIC_RESULT(cnn_result_point),                                                           \
        .settings = symbol_##_settings,                                                            \
        .refuse = refuse,                                                                          \
    };
POINT(sensitivity_at_specificity, "SensitivityAtSpecificity", "sensitivity_at_specificity",
      "specificity", POINT_SPECIFICITY, POINT_RECALL)
POINT(specificity_at_sensitivity, "SpecificityAtSensitivity", "specificity_at_sensitivity",
      "sensitivity", POINT_RECALL, POINT_SPECIFICITY)
POINT(precision_at_recall, "PrecisionAtRecall", "precision_at_recall", "recall", POINT_RECALL,
      POINT_PRECISION)
POINT(recall_at_precision, "RecallAtPrecision", "recall_at_precision", "precision", POINT_PRECISION,
      POINT_RECALL)

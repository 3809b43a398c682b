// SPDX-License-Identifier: MIT
// What a metric's file says: its names and arguments, the labels it goes with, and the value of a row of
// outputs, whose mean over rows and samples it is; or the sums over all rows, and what the runtime makes
// of them. Its z are the model's outputs.
#ifndef CNNC_METRIC_H
#define CNNC_METRIC_H
#include "keras/losses/loss.h"
#include "script/value.h"
#include "step/rowmath.h"
#include "../runtime/fit/results.h"
#include <math.h>

// More of it, or less, as Keras says.
typedef enum { BETTER_NEITHER, BETTER_UP, BETTER_DOWN } MetricBetter;

struct MetricClass {
    ObjectClass object; // its arguments' struct begins with MetricArgs
    // It goes with labels that are class numbers; else with one value an output; or with either.
    enum { METRIC_OF_VALUES, METRIC_OF_CLASS_NUMBERS, METRIC_OF_EITHER } labels;
    void (*math)(RowMath *m); // fills in steps, and value or sums
    MetricBetter better;
    const char *symbol; // METRIC_RESULT(the runtime's function of the sums); NULL: the mean
    CnnResult *result;
    // Fills in what it reads beside the sums; how many. NULL: nothing.
    int (*settings)(const void *args, int64_t outputs, double setting[MAX_RESULT_SETTINGS]);
    int64_t (*figures)(const void *args, int64_t outputs); // that it has; NULL: one
    // What is wrong with its arguments for such outputs and labels that are class numbers or not, or NULL; NULL:
    // nothing can be.
    const char *(*refuse)(Arena *a, const void *args, const Shape *output, bool class_numbers);
    bool of_logits; // its z are what a softmax or sigmoid at the model's end reads, if there is one
    bool (*counts_samples)(const void *args); // also where these have weights; NULL: no
    bool whole_weights; // it takes weights without their fractions
    bool (*one_weight)(const void *args,
                       const Shape *output); // false: weights go with each output; NULL: true
    bool one_row; // it takes outputs of rank 1 alone
    // What the sums of a batch make, from input ROW_SUMS on: it is the mean of these over batches, which its last sum
    // counts. NULL: it is one of samples.
    const Expr *(*of_batch)(RowMath *m, int64_t nsum);
};
#define METRIC_RESULT(name) .symbol = #name, .result = name

typedef struct MetricArgs { // what an arguments' struct begins with
    const char *name;
} MetricArgs;

extern const MetricClass *const metric_classes[]; // NULL-terminated, from metrics.def

// rows: of a sample. logits: its z are the logits.
RowMath *metric_math(Arena *a, const Metric *metric, const Loss *loss, int64_t outputs,
                     int64_t rows, bool logits);
MetricBetter metric_better(const Metric *metric);
int64_t metric_figures(const Metric *metric, int64_t outputs);
int metric_settings(const Metric *metric, int64_t outputs, double setting[MAX_RESULT_SETTINGS]);
// What the sums of a batch make, where it is a mean over batches: of inputs from ROW_SUMS on.
const Expr *metric_of_batch(Arena *a, const Metric *metric, const Loss *loss, int64_t outputs);
double metric_result(const Metric *metric, int64_t outputs, const double *sum, double samples,
                     int64_t figure);
// What "accuracy" means for a model of this loss and so many outputs.
const MetricClass *metric_accuracy(const Loss *loss, int64_t outputs);

// ---- what several metrics share
typedef struct TopKArgs {
    MetricArgs metric;
    int64_t k;
} TopKArgs;
void metric_in_top(RowMath *m); // is the class that is right among the k largest outputs?
Expr *metric_where_right(RowMath *m); // index of the class that is right
Expr *metric_positive(RowMath *m); // 1 where the target is not 0, else 0
Expr *metric_same(RowMath *m, Expr *index, Expr *other); // 1 where two indices are equal, else 0

#define METRIC_ARG_NAME(name_)                                                                     \
    {"name", ARG_TEXT, offsetof(MetricArgs, name), .standard = "\"" name_ "\""}
typedef struct AxisArgs { // of metrics along an axis, which is the last
    MetricArgs metric;
    int64_t axis;
} AxisArgs;
const char *axis_refuse(Arena *a, const void *args, const Shape *output, bool class_numbers);
const char *axis_is_last(Arena *a, int64_t axis, const Shape *output); // or what is wrong

#define METRIC_ARG_AXIS {"axis", ARG_INT, offsetof(AxisArgs, axis), .standard = "-1"}
#define METRIC_ARG_DTYPE                                                                           \
    {.name = "dtype", .type = ARG_ONLY_DEFAULT, .standard = "None", .choices = loss_dtypes}
#define METRIC_ARGS(name_) METRIC_ARG_NAME(name_), METRIC_ARG_DTYPE
#define METRIC_OWN_NAME {"name", ARG_TEXT, offsetof(MetricArgs, name), .standard = "None"}
#define METRIC_ARG_K                                                                               \
    {"k", ARG_INT, offsetof(TopKArgs, k), .standard = "5", .min = 1, .max = INFINITY}
#endif

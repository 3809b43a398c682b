// SPDX-License-Identifier: MIT
// Intersection over union: of a class, right / (right + taken for it though not + not taken though it); the mean of
// the classes asked for that are there. Classes are values without their fractions, or the places of a row's
// largest; a pair of which one is no class does not count.
#include "keras/metrics/metric.h"
#include "keras/rows.h"

enum { MOST_NUMBERS = 100 }; // classes whose numbers are found by comparisons

typedef struct IouArgs {
    MetricArgs metric;
    int64_t num_classes, axis;
    Numbers target; // class numbers; n 0: all
    double ignore_class, threshold; // NaN: none; an output above or at the threshold is 1, else 0
    bool sparse_y_true, sparse_y_pred; // they are class numbers
} IouArgs;

#define AT(field) offsetof(IouArgs, field)
#define CLASSES {"num_classes", ARG_INT, AT(num_classes), .min = 1, .max = 1 << 20}
#define TARGETS {"target_class_ids", ARG_NUMBERS, AT(target), .min = 0, .max = 1 << 20}
#define BEGIN METRIC_OWN_NAME, METRIC_ARG_DTYPE
#define IGNORED {"ignore_class", ARG_FLOAT_OPT, AT(ignore_class), .standard = "None"}
#define SPARSE_TRUE {"sparse_y_true", ARG_BOOL, AT(sparse_y_true), .standard = "True"}
#define SPARSE_PRED(is) {"sparse_y_pred", ARG_BOOL, AT(sparse_y_pred), .standard = is}
#define AXIS {"axis", ARG_INT, AT(axis), .standard = "-1"}

static const Arg of_classes[] = {CLASSES, TARGETS, BEGIN, IGNORED, SPARSE_TRUE, SPARSE_PRED("True"),
                                 AXIS,    {0}};
static const Arg of_all[] = {CLASSES, BEGIN, IGNORED, SPARSE_TRUE, SPARSE_PRED("True"), AXIS, {0}};
static const Arg of_rows[] = {CLASSES, TARGETS, BEGIN, IGNORED, SPARSE_PRED("False"), AXIS, {0}};
static const Arg of_all_rows[] = {CLASSES, BEGIN, IGNORED, SPARSE_PRED("False"), AXIS, {0}};
static const Arg of_bits[] = {
    {"target_class_ids", ARG_NUMBERS, AT(target), .standard = "(0, 1)", .min = 0, .max = 1},
    {"threshold", ARG_FLOAT, AT(threshold), .standard = "0.5"},
    BEGIN,
    {0},
};
static const IouArgs plain = {.threshold = NAN}, two = {.num_classes = 2,
                                                        .axis = -1,
                                                        .ignore_class = NAN,
                                                        .sparse_y_true = true,
                                                        .sparse_y_pred = true};

// x without its fraction, where it is a class: so many of 1, 2, ... are not above it.
static Expr *whole(RowMath *m, Expr *x) {
    Expr *number = C(0);
    for (int64_t k = 1; k < ((const IouArgs *)m->args)->num_classes; k++)
        number = ADD(number, LESS(x, C((double)k), C(0), C(1)));
    return number;
}

static Expr *is_class(RowMath *m, Expr *x) {
    Expr *below = LESS(x, C((double)((const IouArgs *)m->args)->num_classes), C(1), C(0));
    return LESS(C(-1), x, below, C(0));
}

static Expr *wanted(RowMath *m, Expr *class) {
    const IouArgs *o = m->args;
    Expr *any = C(o->target.n == 0);
    for (int i = 0; i < o->target.n; i++) any = ADD(any, metric_same(m, class, C(o->target.of[i])));
    return any;
}

static Expr *unless_ignored(RowMath *m, Expr *class) {
    double ignored = ((const IouArgs *)m->args)->ignore_class;
    return isnan(ignored) ? C(1) : SUB(C(1), metric_same(m, class, C(ignored)));
}

// Of a class right, taken for it though not, not taken though it. y and z have the value 1 where they are of class
// y_at and z_at, which both are the same or not.
static void add(RowMath *m, Expr *y, Expr *y_at, Expr *z, Expr *z_at, Expr *same, int64_t n) {
    y = MUL(y, wanted(m, y_at)), z = MUL(z, wanted(m, z_at));
    y_at = ADD(y_at, C(1)), z_at = ADD(z_at, C(1));
    row_add_at(m, MUL(y, same), y_at, n);
    row_add_at(m, MUL(z, SUB(C(1), same)), z_at, n);
    row_add_at(m, MUL(y, SUB(C(1), same)), y_at, n);
}

// A row has one class: it is counted at the output of that number.
static void of_rows_math(RowMath *m) {
    Expr *y = metric_where_right(m), *z = WHERE_MOST(Z), *index = IN(ROW_INDEX);
    Expr *counts = MUL(MUL(is_class(m, y), is_class(m, z)), unless_ignored(m, y));
    add(m, MUL(counts, metric_same(m, index, y)), index, MUL(counts, metric_same(m, index, z)),
        index, metric_same(m, y, z), m->outputs);
}

static void math(RowMath *m) {
    const IouArgs *o = m->args;
    if (!o->sparse_y_pred) {
        of_rows_math(m);
        return;
    }
    bool cut = !isnan(o->threshold);
    Expr *y = whole(m, Y), *z = cut ? LESS(Z, C(o->threshold), C(0), C(1)) : whole(m, Z);
    Expr *counts = MUL(is_class(m, Y), unless_ignored(m, y));
    if (!cut) counts = MUL(counts, is_class(m, Z));
    add(m, counts, y, counts, z, metric_same(m, y, z), o->num_classes);
}

static bool is_target(const IouArgs *o, int i) {
    double class = o->target.of[i];
    for (int k = 0; k < i; k++)
        if (o->target.of[k] == class) return false;
    return class == floor(class) && class < (double)o->num_classes;
}

static const char *refuse(Arena *a, const void *self, const Shape *output, bool class_numbers) {
    const IouArgs *o = self;
    const char *wrong = axis_is_last(a, o->axis, output);
    if (wrong) return wrong;
    for (int i = 0; i < o->target.n; i++)
        if (!is_target(o, i))
            return arena_printf(a, "target_class_ids are different classes below %lld, unlike %g",
                                (long long)o->num_classes, o->target.of[i]);
    if (class_numbers && !o->sparse_y_true)
        return "these labels are class numbers already: leave sparse_y_true at True";
    if (o->sparse_y_pred != (o->sparse_y_true && !class_numbers))
        return class_numbers ? "the largest output of a row is its class: set sparse_y_pred=False"
                             : "labels and outputs are of one form: set both sparse_y_true and "
                               "sparse_y_pred, or none";
    if (o->sparse_y_pred && o->num_classes > MOST_NUMBERS)
        return arena_printf(a, "of outputs that are class numbers there are at most %d classes",
                            MOST_NUMBERS);
    return NULL;
}

// Keras counts in integers, and its weights are of classes: of a sample there may be one alone.
static bool has_one_class(const void *self, const Shape *output) {
    bool row = !((const IouArgs *)self)->sparse_y_pred;
    return output->rank == 1 && (row || output->dim[0] == 1);
}

#define IOU(symbol_, class_, args_, base_)                                                         \
    const MetricClass metric_##symbol_ = {                                                         \
        .object = {class_, #symbol_, {0}, args_, sizeof(IouArgs), &base_},                         \
        .labels = METRIC_OF_EITHER,                                                                \
        .math = math,                                                                              \
        .better = BETTER_UP,                                                                       \
        METRIC_RESULT(cnn_result_iou),                                                             \
        .refuse = refuse,                                                                          \
        .whole_weights = true,                                                                     \
        .one_weight = has_one_class,                                                               \
    };
IOU(io_u, "IoU", of_classes, plain)
IOU(mean_io_u, "MeanIoU", of_all, plain)
IOU(one_hot_io_u, "OneHotIoU", of_rows, plain)
IOU(one_hot_mean_io_u, "OneHotMeanIoU", of_all_rows, plain)
IOU(binary_io_u, "BinaryIoU", of_bits, two)

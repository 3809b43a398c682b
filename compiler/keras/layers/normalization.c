// SPDX-License-Identifier: MIT
// Normalization: y = (x - mean) / max(sqrt(variance), 1e-7), or inverted y = mean + x max(sqrt(variance), 1e-7).
// Mean and variance have an element for each index of the axes given. They are numbers of the script; or weights
// that are not trained, which adapt() makes the program compute from its data before it trains.
#include "keras/initializers/initializer.h"
#include "keras/layers/normalization.h"
#include "support/text.h"
#include "step/step.h"
#include <math.h>

typedef struct Normalization {
    Axes axis; // none: one mean, of all values
    const Value *mean, *variance;
    bool invert;
} Normalization;

#define AT(field) offsetof(Normalization, field)
static const Arg args[] = {
    {"axis", ARG_AXES_OPT, AT(axis), .standard = "-1"},
    {"mean", ARG_VALUE, AT(mean), .standard = "None"},
    {"variance", ARG_VALUE, AT(variance), .standard = "None"},
    {"invert", ARG_BOOL, AT(invert), .standard = "False"},
    {0},
};
#undef AT

static bool given(const Layer *l) {
    return ((const Normalization *)l->args)->mean->kind != VALUE_NONE;
}

// Which of the input's dimensions are measured over: those that are no axis. They were checked.
static Shape kept_shape(const Layer *l, bool over[MAX_RANK]) {
    bool is[MAX_RANK];
    Shape each = {0};
    layer_axes(NULL, NULL, l, "axis", &((const Normalization *)l->args)->axis, is);
    for (int d = 0; d < MAX_RANK; d++) over[d] = !is[d];
    for (int d = 0; d < l->in[0].rank; d++)
        if (is[d]) each.dim[each.rank++] = l->in[0].dim[d];
    return each;
}

// ---- numbers of the script

// The shape of nested lists of numbers; false: they are none, or not of equal lengths.
static bool list_shape(const Value *v, Shape *s) {
    *s = (Shape){0};
    if (value_is_number(v)) return true;
    if (!value_is_sequence(v) || value_count(v) < 1) return false;
    for (int i = 0; i < value_count(v); i++) {
        Shape inner;
        if (!list_shape(value_at(v, i), &inner) || inner.rank + 1 > MAX_RANK) return false;
        for (int d = 0; i && d < inner.rank; d++)
            if (inner.dim[d] != s->dim[d + 1]) return false;
        if (i && inner.rank + 1 != s->rank) return false;
        s->rank = inner.rank + 1;
        s->dim[0] = value_count(v);
        for (int d = 0; d < inner.rank; d++) s->dim[d + 1] = inner.dim[d];
    }
    return true;
}

static void put_numbers(const Value *v, double **to) {
    if (value_is_number(v)) *(*to)++ = value_real(v);
    for (int i = 0; !value_is_number(v) && i < value_count(v); i++) put_numbers(value_at(v, i), to);
}

// Numbers of shape `from` as those of shape `to`, whose last dimensions they have or repeat.
static double *spread(Arena *a, const Value *v, const Shape *from, const Shape *to) {
    int64_t count = shape_count(to);
    double *some = ARENA_ARRAY(a, double, shape_count(from)), *end = some;
    double *all = ARENA_ARRAY(a, double, count);
    put_numbers(v, &end);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = 0, stride = 1, rest = i;
        for (int d = to->rank - 1, e = from->rank - 1; e >= 0; rest /= to->dim[d--], e--) {
            if (from->dim[e] > 1) at += rest % to->dim[d] * stride;
            stride *= from->dim[e];
        }
        all[i] = some[at];
    }
    return all;
}

double *normalization_numbers(Arena *a, const Layer *l, bool variance) {
    const Normalization *n = l->args;
    const Value *of = variance ? n->variance : n->mean;
    bool over[MAX_RANK];
    Shape shape, each = kept_shape(l, over);
    return given(l) && list_shape(of, &shape) ? spread(a, of, &shape, &each) : NULL;
}

static bool complain(Diag *d, const Layer *l, const char *arg, const char *text) {
    diag_error(d, layer_arg_loc(l, arg), 206, "'%s' of '%s' %s", arg, l->name, text);
    return false;
}

static bool fits(const Shape *from, const Shape *to) {
    if (from->rank > to->rank) return false;
    for (int e = from->rank - 1, d = to->rank - 1; e >= 0; e--, d--)
        if (from->dim[e] != 1 && from->dim[e] != to->dim[d]) return false;
    return true;
}

static bool check_numbers(Arena *a, Diag *d, const Layer *l, const Shape *each) {
    const Normalization *n = l->args;
    const Value *const of[] = {n->mean, n->variance};
    static const char *const names[] = {"mean", "variance"};
    Shape shape[2];
    for (int i = 0; i < 2; i++) {
        if (of[i]->kind == VALUE_ERROR) return false;
        if (of[i]->kind == VALUE_NONE)
            return complain(d, l, names[!i], arena_printf(a, "is needed beside the %s", names[i]));
        if (!list_shape(of[i], &shape[i]))
            return complain(d, l, names[i],
                            arena_printf(a, "must be a number or a list of numbers, not %s",
                                         value_describe(a, of[i])));
        if (!fits(&shape[i], each))
            return complain(d, l, names[i],
                            arena_printf(a, "does not fit its %s elements",
                                         text_thousands(a, shape_count(each))));
    }
    double *number = spread(a, n->variance, &shape[1], each);
    for (int64_t i = 0; i < shape_count(each); i++)
        if (!(number[i] >= 0)) return complain(d, l, "variance", "must be at least 0");
    if (shape[0].rank == shape[1].rank && fits(&shape[0], &shape[1]) && fits(&shape[1], &shape[0]))
        return true;
    return complain(d, l, "variance", "must have as many numbers as the mean");
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    const Normalization *n = l->args;
    bool is[MAX_RANK], over[MAX_RANK];
    l->out = l->in[0];
    if (!layer_axes(a, d, l, "axis", &n->axis, is)) return false;
    Shape each = kept_shape(l, over);
    bool none = n->mean->kind == VALUE_NONE && n->variance->kind == VALUE_NONE;
    return none || check_numbers(a, d, l, &each);
}

// ---- weights: Keras's, of which the last one is there for files of older versions

enum { MEAN, VARIANCE };
extern const InitializerClass initializer_zeros, initializer_ones;

static void statistic(Layer *l, const char *name, Shape each, const InitializerClass *start) {
    const WeightArgs as = {.init = {start, start->object.base, l->loc}};
    layer_weight(l, name, each, &as);
    l->weight[l->nweight - 1].trainable = false;
}

static void weights(Layer *l) {
    bool over[MAX_RANK];
    Shape each = kept_shape(l, over);
    if (given(l)) return;
    statistic(l, "mean", each, &initializer_zeros);
    statistic(l, "variance", each, &initializer_ones);
    statistic(l, "count", (Shape){0}, &initializer_zeros);
}

// ---- what is computed

static Expr *deviation(Arena *a, Expr *variance) { // but for rounding not 0
    Expr *root = expr_op1(a, E_SQRT, variance), *least = expr_const(a, 1e-7);
    return expr_less(a, root, least, least, root);
}

// An element for each index kept, of numbers: one where they are all equal.
static Expr *of_numbers(Step *s, const char *what, const Shape *each, const double *number,
                        int *tensor, int input) {
    int64_t count = shape_count(each), same = 1;
    while (same < count && number[same] == number[0]) same++;
    *tensor = -1;
    if (same >= count) return expr_const(s->arena, number[0]);
    *tensor = step_table(s, what, each->rank, each->dim, number);
    return expr_in(s->arena, input);
}

typedef struct Factors { // y = (x - mean) by, or mean + x by
    Expr *mean, *by;
    int tensor[2], n; // that they read, as inputs from 1 on
} Factors;

static Factors from_script(Step *s, const Layer *l, const Shape *each) {
    const Normalization *n = l->args;
    Shape shape;
    list_shape(n->mean, &shape); // the variance's too
    double *mean = spread(s->arena, n->mean, &shape, each);
    double *by = spread(s->arena, n->variance, &shape, each);
    Factors f = {0};
    for (int64_t i = 0; i < shape_count(each); i++) {
        double wide = fmax(sqrt(by[i]), 1e-7);
        by[i] = n->invert ? wide : 1 / wide;
    }
    f.mean = of_numbers(s, "mean", each, mean, &f.tensor[0], 1);
    f.n = f.tensor[0] >= 0;
    f.by = of_numbers(s, "by", each, by, &f.tensor[f.n], 1 + f.n);
    f.n += f.tensor[f.n] >= 0;
    return f;
}

static Factors from_weights(Step *s, const Layer *l) {
    Arena *a = s->arena;
    int variance = step_weight(s, l, VARIANCE);
    Expr *by = deviation(a, expr_in(a, 0));
    if (!((const Normalization *)l->args)->invert) by = expr_op2(a, E_DIV, expr_const(a, 1), by);
    return (Factors){expr_in(a, 1),
                     expr_in(a, 2),
                     {step_weight(s, l, MEAN), step_once(s, "by", &variance, 1, by)},
                     2};
}

static int build(Step *s, const Layer *l, const int *x) {
    Arena *a = s->arena;
    bool over[MAX_RANK];
    Shape each = kept_shape(l, over);
    Factors f = given(l) ? from_script(s, l, &each) : from_weights(s, l);
    Expr *y = expr_in(a, 0);
    if (((const Normalization *)l->args)->invert)
        y = expr_op2(a, E_ADD, f.mean, expr_op2(a, E_MUL, y, f.by));
    else
        y = expr_op2(a, E_MUL, expr_op2(a, E_SUB, y, f.mean), f.by);
    int out = step_map(s, x[0], y, NULL);
    for (int k = 0; k < f.n; k++)
        node_reads(s->node[s->nnode - 1], access_kept(s, x[0], f.tensor[k], over));
    return out;
}

static const char *explain(Arena *a, const Layer *l) {
    if (given(l)) return "mean and variance are given";
    int64_t each = shape_count(&l->weight[MEAN].shape);
    return arena_printf(a, "mean, variance: 2 x %s, count: 1 = %s, none trained",
                        text_thousands(a, each), text_thousands(a, 2 * each + 1));
}

static bool measures(const Layer *l, bool over[MAX_RANK]) {
    kept_shape(l, over);
    return !given(l);
}

const LayerClass layer_normalization = {
    .name = "Normalization",
    .stem = "normalization",
    .size = sizeof(Normalization),
    .args = args,
    .shape = shape,
    .weights = weights,
    .build = build,
    .measures = measures,
    .explain = explain,
};

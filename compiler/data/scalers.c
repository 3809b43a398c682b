// SPDX-License-Identifier: MIT
// scikit-learn's scalers: what each is told, and the steps that the program does (runtime/data/scaled.c).
#include "data/estimator.h"
#include "data/frame.h"
#include "../runtime/data/types.h"
#include <string.h>

static bool read_flag(const Value *v, double *to) {
    if (v && v->kind == VALUE_BOOL) *to = (double)v->integer;
    return !v || v->kind == VALUE_BOOL;
}

static bool read_pair(const Value *v, Estimator *m) {
    if (!v) return true;
    bool pair = value_is_sequence(v) && value_count(v) == 2;
    for (int i = 0; pair && i < 2; i++) pair = value_is_number(value_at(v, i));
    if (!pair) return false;
    m->setting[FIT_LOW] = value_real(value_at(v, 0));
    m->setting[FIT_HIGH] = value_real(value_at(v, 1));
    return true;
}

static void start(Estimator *m, FitOp op, double low, double high) {
    const double setting[] = {op, 1, 1, low, high};
    memcpy(m->setting, setting, sizeof setting);
}

static bool standard_read(const Value *const *v, Estimator *m) {
    start(m, FIT_STANDARD, 0, 0);
    return read_flag(v[1], &m->setting[FIT_CENTRES]) && read_flag(v[2], &m->setting[FIT_DIVIDES]);
}

static bool range_read(const Value *const *v, Estimator *m) {
    double clips = 0;
    start(m, FIT_RANGE, 0, 1);
    if (!read_pair(v[0], m) || !read_flag(v[2], &clips)) return false;
    m->clips = clips != 0;
    return m->setting[FIT_LOW] < m->setting[FIT_HIGH];
}

static bool largest_read(const Value *const *v, Estimator *m) {
    (void)v;
    start(m, FIT_LARGEST, 0, 0);
    return true;
}

static bool robust_read(const Value *const *v, Estimator *m) {
    double unit = 0;
    start(m, FIT_ROBUST, 25, 75);
    return read_flag(v[0], &m->setting[FIT_CENTRES]) && read_flag(v[1], &m->setting[FIT_DIVIDES]) &&
           read_pair(v[2], m) && read_flag(v[4], &unit) && unit == 0 && m->setting[FIT_LOW] >= 0 &&
           m->setting[FIT_LOW] <= m->setting[FIT_HIGH] && m->setting[FIT_HIGH] <= 100;
}

static bool norm_read(const Value *const *v, Estimator *m) {
    static const char *const names[] = {
        [NORM_LENGTH] = "l2", [NORM_SUM] = "l1", [NORM_MOST] = "max"};
    m->fitted = true; // there is nothing to find
    for (int i = 0; i < 3; i++) {
        m->setting[0] = i;
        if (v[0] ? v[0]->kind == VALUE_STRING && strcmp(v[0]->text, names[i]) == 0
                 : i == NORM_LENGTH)
            return true;
    }
    return false;
}

// Rows of numbers: an array of two dimensions, or a table. None: it is something else; or that was reported.
static Value numbers_of(Eval *e, const Estimator *m, const Value *x, Loc loc) {
    const Frame *f = frame_of(x);
    if (f ? f->series : x->array->rank != 2) {
        diag_error(e->d, loc, 307, "%s takes rows of numbers, not %s", m->of->name,
                   f ? "a column alone" : array_shape(e->a, x->array));
        diag_help(e->d, loc, "%s",
                  f || x->array->rank < 2
                      ? "write x.reshape(-1, 1), or df[[\"a\"]]"
                      : "write x.reshape(len(x), -1), and shape it anew behind");
        return eval_error();
    }
    return frame_rows(e, x, loc);
}

static Array step_of(Eval *e, const Array *from, const CnnArrayClass *of, const char *text) {
    Array x = array_step(e, from, of, text);
    if (!type_rows[x.type].real) x.type = CNN_F8;
    x.numbers = ARENA_NEW(e->a, char);
    x.plain = (Plain){0};
    x.is_frame = false;
    x.table = NULL;
    x.set = NULL;
    return x;
}

static bool scaler_fit(Eval *e, Estimator *m, const Value *x, Loc loc) {
    const Value rows = numbers_of(e, m, x, loc);
    if (rows.kind != VALUE_ARRAY) return false;
    Array found = step_of(e, rows.array, &array_fitted, "what a scaler finds");
    found.one = true;
    found.type = CNN_F8;
    found.rank = 2;
    found.dim[0] = 2;
    found.dim[1] = rows.array->dim[1];
    for (int i = 0; i < FIT_SETTINGS; i++) array_number(e, &found, m->setting[i]);
    const Value v = array_value(e, loc, found);
    m->found = v.array;
    return v.kind == VALUE_ARRAY;
}

static Value scaler_transform(Eval *e, const Estimator *m, const Value *x, Loc loc) {
    const Value rows = numbers_of(e, m, x, loc);
    if (rows.kind != VALUE_ARRAY) return rows;
    if (rows.array->dim[1] != m->found->dim[1]) {
        diag_error(e->d, loc, 307, "%s was fitted to %lld columns, and this has %lld", m->of->name,
                   (long long)m->found->dim[1], (long long)rows.array->dim[1]);
        return eval_error();
    }
    const char *text = arena_printf(e->a, "scaled by (%s)", array_describe(e->a, m->found));
    Array y = step_of(e, rows.array, &array_scaled, text);
    y.ninput = 2;
    y.input[1] = m->found;
    array_number(e, &y, m->setting[FIT_OP] == FIT_RANGE);
    array_number(e, &y, m->setting[FIT_OP] == FIT_STANDARD);
    array_number(e, &y, m->clips);
    array_number(e, &y, m->setting[FIT_LOW]);
    array_number(e, &y, m->setting[FIT_HIGH]);
    return array_value(e, loc, y);
}

static bool norm_fit(Eval *e, Estimator *m, const Value *x, Loc loc) {
    return numbers_of(e, m, x, loc).kind == VALUE_ARRAY;
}

static Value norm_transform(Eval *e, const Estimator *m, const Value *x, Loc loc) {
    const Value rows = numbers_of(e, m, x, loc);
    if (rows.kind != VALUE_ARRAY) return rows;
    Array y = step_of(e, rows.array, &array_normalized, "each row through its norm");
    array_number(e, &y, m->setting[0]);
    return array_value(e, loc, y);
}

const EstimatorClass scaler_classes[] = {
    {.name = "StandardScaler",
     .argument = {"copy", "with_mean", "with_std"},
     .read = standard_read,
     .fit = scaler_fit,
     .transform = scaler_transform},
    {.name = "MinMaxScaler",
     .argument = {"feature_range", "copy", "clip"},
     .read = range_read,
     .fit = scaler_fit,
     .transform = scaler_transform},
    {.name = "MaxAbsScaler",
     .argument = {"copy"},
     .read = largest_read,
     .fit = scaler_fit,
     .transform = scaler_transform},
    {.name = "RobustScaler",
     .argument = {"with_centering", "with_scaling", "quantile_range", "copy", "unit_variance"},
     .read = robust_read,
     .fit = scaler_fit,
     .transform = scaler_transform},
    {.name = "Normalizer",
     .argument = {"norm", "copy"},
     .read = norm_read,
     .fit = norm_fit,
     .transform = norm_transform},
    {0},
};

Value scaler_standard(Eval *e, const Value *x, Loc loc) {
    Estimator m = {.of = scaler_classes};
    start(&m, FIT_STANDARD, 0, 0);
    return scaler_fit(e, &m, x, loc) ? scaler_transform(e, &m, x, loc) : eval_error();
}

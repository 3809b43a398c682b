// SPDX-License-Identifier: MIT
// fit, transform and fit_transform of scikit-learn's objects, whose tables say what each of them does.
#include "data/estimator.h"
#include "data/frame.h"
#include <string.h>

static const EstimatorClass *const tables[] = {encoder_classes, scaler_classes};

static const EstimatorClass *class_of(const char *name) {
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const EstimatorClass *c = tables[i]; c->name; c++)
            if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

static Value unknown(Eval *e, const char *name, Loc loc) {
    return foreign_made(e, arena_printf(e->a, "sklearn.preprocessing.%s", name), loc);
}

// copy=: where it is not true the rows are changed in place.
static bool copies(const Value *copy) {
    return !copy || copy->kind == VALUE_NONE || (copy->kind == VALUE_BOOL && copy->integer);
}

static Value make(Eval *e, const Call *call) {
    const EstimatorClass *c = class_of(call->what);
    const Value *v[9];
    int n = 0;
    while (n < 9 && c->argument[n]) n++;
    if (!take(e, call, c->argument, 0, n, v)) return eval_error();
    Estimator m = {.of = c, .type = CNN_F8};
    for (int i = 0; i < n; i++)
        if (strcmp(c->argument[i], "copy") == 0) m.in_place = !copies(v[i]);
    if (c->read && !c->read(v, &m)) return unknown(e, c->name, call->loc);
    Array x = {.of = array_class(&array_constant), .source = c->name, .steps = ""};
    x.members = dict_new(e->a); // it is no array itself
    x.estimator = arena_copy(e->a, &m, sizeof m);
    return array_value(e, call->loc, x);
}

void estimator_forget(const Value *v, const Foreign *by) {
    Estimator *m = v->kind == VALUE_ARRAY ? (Estimator *)(uintptr_t)v->array->estimator : NULL;
    if (m) m->fitted = true, m->lost = by;
}

// ------------------------------------------------------------------------------------ methods

// Texts of the script as a column of them, numbers of it as rows; else v.
static Value as_data(Eval *e, const Value *v, Loc loc) {
    Frame f = {.n = 1, .series = true};
    f.column = ARENA_NEW(e->a, Column);
    f.column->name = "0";
    if (!value_is_sequence(v)) return array_as_rows(e, v);
    f.rows = value_count(v);
    if (!f.rows || !frame_cells(e, v->list, f.column) || !f.column->texts) return *v;
    return frame_value(e, &f, loc);
}

static bool is_data(const Value *v) {
    const Array *x = v->kind == VALUE_ARRAY ? v->array : NULL;
    return x && !x->one && (!x->members || x->frame) && !x->order && !x->flow && !x->generator &&
           !x->predicted && (!x->counts || x->counts->labels);
}

static Value foreign(Eval *e, const Estimator *m, const Value *v, Loc loc) {
    const Foreign *f = foreign_unknown(e, v);
    return f ? (Value){.kind = VALUE_FOREIGN, .loc = loc, .foreign = f}
             : unknown(e, m->of->name, loc);
}

static Value fit(Eval *e, const Value *self, const Value *v, Loc loc) {
    Estimator *m = (Estimator *)(uintptr_t)self->array->estimator;
    const Value x = as_data(e, v, loc);
    int errors = diag_errors(e->d);
    m->fitted = true;
    m->lost = NULL;
    if (is_data(&x) && m->of->fit(e, m, &x, loc)) return *self;
    const Value made = foreign(e, m, v, loc);
    m->lost = made.foreign;
    return diag_errors(e->d) > errors ? eval_error() : made;
}

static Value transform(Eval *e, const Value *self, const Value *v, Loc loc) {
    const Estimator *m = self->array->estimator;
    if (!m->fitted) {
        diag_error(e->d, loc, 411, "this %s is not fitted: it knows nothing of the data yet",
                   m->of->name);
        diag_help(e->d, loc, "call its fit or fit_transform before");
        return eval_error();
    }
    if (m->lost) return (Value){.kind = VALUE_FOREIGN, .loc = loc, .foreign = m->lost};
    const Value x = as_data(e, v, loc);
    return is_data(&x) ? m->of->transform(e, m, &x, loc) : foreign(e, m, v, loc);
}

Value estimator_get(Eval *e, const Value *v, const char *name, Loc loc) {
    static const char *const methods[] = {"fit", "transform", "fit_transform"};
    const Estimator *m = v->array->estimator;
    Value out;
    for (int i = 0; i < 3; i++)
        if (strcmp(methods[i], name) == 0) return method_bound(e, VALUE_BOUND, v, name);
    if (m->of->get && m->fitted && !m->lost && m->of->get(e, m, name, &out)) return out;
    const Value made = unknown(e, arena_printf(e->a, "%s.%s", m->of->name, name), loc);
    bool changes = strcmp(name, "partial_fit") == 0 || strcmp(name, "set_params") == 0;
    if (changes) estimator_forget(v, made.foreign);
    return made;
}

Value estimator_call(Eval *e, const Value *self, const char *name, const Call *call) {
    static const char *const fitted[] = {"X", "y", "sample_weight"}, *const changed[] = {"X",
                                                                                         "copy"};
    const Estimator *m = self->array->estimator;
    bool labels = m->of->labels; // those take y alone
    bool fits = strncmp(name, "fit", 3) == 0, transforms = strcmp(name, "fit") != 0;
    const char *const *names = labels ? fitted + 1 : fits ? fitted : changed;
    const Value *v[3] = {NULL};
    if (!take(e, call, names, 1, labels ? 1 : fits ? 3 : 2, v)) return eval_error();
    Value made = *self;
    bool in_place = transforms && (m->in_place || (!fits && !copies(v[1]))),
         weighted = v[2] && v[2]->kind != VALUE_NONE;
    if (in_place || weighted) {
        const char *with = in_place ? "copy" : "sample_weight";
        made = unknown(e, arena_printf(e->a, "%s with %s", m->of->name, with), call->loc);
        if (weighted) estimator_forget(self, made.foreign);
        if (in_place && v[0]->kind == VALUE_ARRAY) array_lose(e, v[0]->array, made);
        return made;
    }
    if (fits) made = fit(e, self, v[0], call->loc);
    if (made.kind != VALUE_ARRAY || !transforms) return made;
    return transform(e, self, v[0], call->loc);
}

const Function estimator_functions[] = {
    {"OneHotEncoder", "sklearn.preprocessing", make, true},
    {"LabelEncoder", "sklearn.preprocessing", make, true},
    {"LabelBinarizer", "sklearn.preprocessing", make, true},
    {"StandardScaler", "sklearn.preprocessing", make, true},
    {"MinMaxScaler", "sklearn.preprocessing", make, true},
    {"MaxAbsScaler", "sklearn.preprocessing", make, true},
    {"RobustScaler", "sklearn.preprocessing", make, true},
    {"Normalizer", "sklearn.preprocessing", make, true},
    {0},
};

// SPDX-License-Identifier: MIT
// Attributes and methods of values: which there are, by kind of value.
#include "data/data.h"
#include "script/later.h"
#include "script/methods.h"
#include "support/text.h"
#include <string.h>

static const struct {
    ValueKind kind;
    const Method *methods;
} tables[] = {
    {VALUE_STRING, string_methods}, {VALUE_LIST, list_methods}, {VALUE_TUPLE, tuple_methods},
    {VALUE_DICT, dict_methods},     {VALUE_SET, set_methods},   {VALUE_KNOWN, known_methods},
};

static const Method *methods_of(ValueKind kind) {
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (tables[i].kind == kind) return tables[i].methods;
    return NULL;
}

Value method_bound(Eval *e, ValueKind kind, const Value *self, const char *name) {
    Bound *b = ARENA_NEW(e->a, Bound);
    *b = (Bound){*self, name};
    return (Value){.kind = kind, .bound = b};
}

// What Python's values have besides.
static const struct {
    ValueKind kind;
    const char *names;
} others[] = {
    {VALUE_STRING,
     " casefold center encode expandtabs format_map index isalnum isalpha isascii isdecimal "
     "isidentifier islower isnumeric isprintable isspace istitle isupper maketrans partition "
     "removeprefix removesuffix rfind rindex rpartition rsplit splitlines swapcase translate "},
    {VALUE_DICT, " clear fromkeys popitem "},
    {VALUE_SET,
     " clear difference difference_update intersection intersection_update isdisjoint issubset "
     "issuperset pop remove symmetric_difference symmetric_difference_update union "},
    {VALUE_INT, " as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag "
                "is_integer numerator real to_bytes "},
    {VALUE_FLOAT, " as_integer_ratio conjugate fromhex hex imag is_integer real "},
};

static bool python_has(Eval *e, ValueKind kind, const char *name) {
    bool special = strncmp(name, "__", 2) == 0;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].kind == kind && strstr(others[i].names, arena_printf(e->a, " %s ", name)))
            return true;
    return special;
}

static Value no_attribute(Eval *e, const Value *v, const char *name, Loc loc, const char **names,
                          int n) {
    if (python_has(e, v->kind, name)) {
        diag_error(e->d, loc, 110, "'%s' of %s is not supported yet", name,
                   value_describe(e->a, v));
        return eval_error();
    }
    diag_error(e->d, loc, 102, "%s has no attribute '%s'", value_describe(e->a, v), name);
    const char *nearest = text_nearest(name, names, n);
    if (nearest) diag_help(e->d, loc, "did you mean '%s'?", nearest);
    return eval_error();
}

static Value record_get(Eval *e, const Value *v, const char *name, Loc loc) {
    const Record *r = v->record;
    const Value *own = map_get(r->names, name),
                *shared = r->of ? map_get(r->of->names, name) : NULL;
    if (own) return *own;
    if (shared && shared->kind == VALUE_FUNCTION) {
        Value b = method_bound(e, VALUE_BOUND, v, name);
        return b;
    }
    if (shared) return *shared;
    int n;
    const char *const *names = map_keys(r->of ? r->of->names : r->names, &n);
    return no_attribute(e, v, name, loc, (const char **)(uintptr_t)names, n);
}

static Value model_get(Eval *e, const Value *v, const char *name) {
    const Model *m = v->model->model;
    Value names = value_sequence(e->a, VALUE_LIST, 0);
    if (strcmp(name, "name") == 0)
        return (Value){.kind = VALUE_STRING, .text = m->name ? m->name : ""};
    if (strcmp(name, "metrics_names") != 0) return method_bound(e, VALUE_METHOD, v, name);
    value_append(e->a, &names, (Value){.kind = VALUE_STRING, .text = "loss"});
    if (m->nmetric) // as Keras 3 has it
        value_append(e->a, &names, (Value){.kind = VALUE_STRING, .text = "compile_metrics"});
    return names;
}

Value method_get(Eval *e, const Value *v, const char *name, Loc loc) {
    const Method *m = methods_of(v->kind);
    const char **names = NULL;
    int n = 0;
    bool shape = v->kind == VALUE_FOREIGN && v->foreign->like && strcmp(name, "shape") == 0;
    if (shape) {
        Value like = {.kind = VALUE_ARRAY, .array = v->foreign->like};
        return array_get(e, &like, name, loc);
    }
    if (v->kind == VALUE_FOREIGN) return foreign_part(e, v, name, loc);
    Value own;
    if (attribute_get(e, v, name, &own)) return own;
    if (adapt_has(v, name)) return method_bound(e, VALUE_BOUND, v, name);
    if (v->kind == VALUE_ARRAY) return array_get(e, v, name, loc);
    if (v->kind == VALUE_KNOWN) return known_get(e, v, name, loc);
    if (v->kind == VALUE_MODEL) return model_get(e, v, name);
    if (v->kind == VALUE_HISTORY) return history_get(e, v, name, loc);
    if (v->kind == VALUE_INSTANCE || v->kind == VALUE_CLASS) return record_get(e, v, name, loc);
    if (v->kind == VALUE_SERIES)
        return foreign_made(e, arena_printf(e->a, "fit's history.%s", name), loc);
    if (v->kind == VALUE_FIGURES)
        return foreign_made(e, arena_printf(e->a, "a metric's figures.%s", name), loc);
    if (v->kind == VALUE_DATA)
        return foreign_made(e, arena_printf(e->a, "%s.%s", v->text, name), loc);
    for (; m && m->name; m++) {
        ARENA_PUSH(e->a, names, n, m->name);
        if (strcmp(m->name, name) == 0) return method_bound(e, VALUE_BOUND, v, name);
    }
    return no_attribute(e, v, name, loc, names, n);
}

Value bound_run(Eval *e, const Bound *b, const Call *call, Loc name_loc) {
    (void)name_loc;
    Value foreign;
    if (b->self.kind == VALUE_INSTANCE) {
        const Value *f = map_get(b->self.record->of->names, b->name);
        return closure_run(e, f->closure, &b->self, call);
    }
    bool keeps = b->self.kind != VALUE_STRING; // a list may hold what is foreign
    if (b->self.kind == VALUE_OBJECT) return adapt_run(e, &b->self, call);
    if (b->self.kind == VALUE_ARRAY) return array_call(e, &b->self, b->name, call);
    if (!keeps && foreign_arguments(call, &foreign))
        return foreign_part(e, &foreign, "", call->loc);
    for (const Method *m = methods_of(b->self.kind); m->name; m++)
        if (strcmp(m->name, b->name) == 0) return m->run(e, &b->self, call);
    return eval_error();
}

// SPDX-License-Identifier: MIT
// How objects are made from the rows that Keras's names stand for.
#include "script/eval.h"
#include "support/text.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

Value object_make(Eval *e, const Thing *t, const Call *call) {
    const ObjectClass *row = t->row;
    if (t->function && foreign_numbers(e, call)) // that the script has, after training
        return foreign_made(e, arena_printf(e->a, "%s.%s", t->module, t->name), call->loc);
    if (t->function) {
        diag_error(e->d, call->loc, 108, "'%s' is not called here but given by name", t->name);
        diag_help(e->d, call->loc, "write \"%s\", or %s(...) for arguments", t->name, row->name);
        return eval_error();
    }
    Value foreign;
    if (t->kind == THING_CALLBACK && foreign_arguments(call, &foreign))
        return foreign_made(e, arena_printf(e->a, "callbacks.%s", t->name), foreign.foreign->loc);
    void *args = arena_alloc(e->a, row->size);
    if (row->base) memcpy(args, row->base, row->size);
    Loc *locs = bind_locs(e->a, row->args);
    if (!bind(e, call, &(ArgTable){row->args, args, locs}, 1)) return eval_error();
    const char *wrong = row->refuse ? row->refuse(e->a, args) : NULL;
    if (wrong) {
        diag_error(e->d, call->loc, 207, "%s", wrong);
        return eval_error();
    }
    Object *object = ARENA_NEW(e->a, Object);
    *object = (Object){.thing = t, .args = args, .arg_loc = locs, .loc = call->loc};
    return (Value){.kind = VALUE_OBJECT, .loc = call->loc, .object = object};
}

static bool reals_equal(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static bool arg_equal(ArgType type, const void *a, const void *b) {
    switch (type) {
    case ARG_ONLY_DEFAULT:
    case ARG_TEXT: return true; // a name, which no result has
    case ARG_BOOL: return *(const bool *)a == *(const bool *)b;
    case ARG_CHOICE: return *(const int *)a == *(const int *)b;
    case ARG_INT:
    case ARG_INT_OPT: return *(const int64_t *)a == *(const int64_t *)b;
    case ARG_FLOAT:
    case ARG_FLOAT_OPT: return reals_equal(*(const double *)a, *(const double *)b);
    default: return false; // what no loss and no optimiser takes beside the rate
    }
}

bool args_equal(const Arg *args, const void *a, const void *b, const char *but) {
    for (const Arg *arg = args; arg->name; arg++) {
        bool skipped = but && strcmp(arg->name, but) == 0;
        if (!skipped &&
            !arg_equal(arg->type, (const char *)a + arg->offset, (const char *)b + arg->offset))
            return false;
    }
    return true;
}

static bool same_word(const char *a, const char *b, bool fold) {
    while (*a && *b &&
           (*a == *b || (fold && tolower((unsigned char)*a) == tolower((unsigned char)*b))))
        a++, b++;
    return *a == *b;
}

// Optimisers are found whatever the case ("adam", "SGD"), as in Keras.
static const Thing *find_by_string(const Eval *e, ThingKind kind, const char *name) {
    for (int i = 0; i < e->nthing; i++)
        if (e->things[i].kind == kind &&
            same_word(e->things[i].name, name, kind == THING_OPTIMIZER))
            return &e->things[i];
    return NULL;
}

static const char *module_of(const Eval *e, ThingKind kind) {
    for (int i = 0; i < e->nthing; i++)
        if (e->things[i].kind == kind) return e->things[i].module;
    return "";
}

void object_unknown(Eval *e, ThingKind kind, const char *what, const char *name, Loc loc) {
    const char **names = NULL;
    int n = 0;
    for (int i = 0; i < e->nthing; i++)
        if (e->things[i].kind == kind) ARENA_PUSH(e->a, names, n, e->things[i].name);
    if (catalog_unsupported(e, module_of(e, kind), name)) {
        diag_error(e->d, loc, 208, "the %s \"%s\" is not supported yet", what, name);
        return;
    }
    diag_error(e->d, loc, 210, "unknown %s \"%s\"", what, name);
    const char *nearest = text_nearest(name, names, n);
    if (nearest) diag_help(e->d, loc, "did you mean \"%s\"?", nearest);
}

// As get_config() of Keras writes it: {"class_name": "Adam", "config": {"learning_rate": 0.1}}.
static const Thing *class_of_config(Eval *e, ThingKind kind, const char *what, const Value *v,
                                    Loc loc, Call *call) {
    Value class_key = {.kind = VALUE_STRING, .text = "class_name"};
    Value config_key = {.kind = VALUE_STRING, .text = "config"};
    const Value *class = dict_find(v->dict, &class_key), *given = dict_find(v->dict, &config_key);
    bool whole = class && class->kind == VALUE_STRING && (!given || given->kind == VALUE_DICT) &&
                 dict_count(v->dict) == 1 + (given != NULL);
    if (!whole) {
        diag_error(e->d, loc, 206, "expected the %s as a dict of 'class_name' and 'config'", what);
        return NULL;
    }
    Argument *arg = ARENA_ARRAY(e->a, Argument, given ? dict_count(given->dict) + 1 : 1);
    const Value *key, *item;
    for (int at = 0; given && dict_next(given->dict, &at, &key, &item); call->n++) {
        if (key->kind != VALUE_STRING) {
            diag_error(e->d, loc, 206, "an argument of %s is named by %s", class->text,
                       value_describe(e->a, key));
            return NULL;
        }
        arg[call->n] = (Argument){key->text, loc, *item};
    }
    call->arg = arg;
    const Thing *t = find_by_string(e, kind, class->text);
    if (!t) object_unknown(e, kind, what, class->text, loc);
    return t;
}

const Object *object_resolve(Eval *e, ThingKind kind, const char *what, const Value *v, Loc loc) {
    if (v->kind == VALUE_ERROR) return NULL;
    if (v->kind == VALUE_OBJECT && v->object->thing->kind == kind) return v->object;
    const Thing *t = v->kind == VALUE_THING ? v->thing : NULL;
    if (t && t->kind == THING_UNSUPPORTED) {
        diag_error(e->d, loc, 208, "%s is not supported yet", t->name);
        return NULL;
    }
    Call call = {.loc = loc};
    if (v->kind == VALUE_STRING) {
        t = find_by_string(e, kind, v->text);
        if (!t) return object_unknown(e, kind, what, v->text, loc), NULL;
    }
    if (v->kind == VALUE_DICT && !(t = class_of_config(e, kind, what, v, loc, &call))) return NULL;
    if (!t || t->kind != kind) {
        diag_error(e->d, loc, 206, "expected %s %s, found %s",
                   strchr("aeiou", what[0]) ? "an" : "a", what, value_describe(e->a, v));
        return NULL;
    }
    Thing *as_class = arena_copy(e->a, t, sizeof *t);
    as_class->function = false;
    call.what = t->name;
    Value made = object_make(e, as_class, &call);
    return made.kind == VALUE_OBJECT ? made.object : NULL;
}

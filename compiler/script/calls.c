// SPDX-License-Identifier: MIT
// Calls: what each kind of value does when it is called.
#include "data/data.h"
#include "script/later.h"
#include <string.h>

typedef Value (*Make)(Eval *, const Thing *, const Call *);

static Value call_activation(Eval *e, const Thing *t, const Call *call) {
    if (foreign_numbers(e, call)) // that the script has, after training
        return foreign_made(e, arena_printf(e->a, "%s.%s", t->module, t->name), call->loc);
    diag_error(e->d, call->loc, 108, "'%s' is not called here but given by name", t->name);
    diag_help(e->d, call->loc, "write \"%s\", or the layer Activation(\"%s\")", t->name, t->name);
    return eval_error();
}

// What goes through all epochs, where their number is not known, is foreign.
static const Value *open_series(const Function *f, const Call *call) {
    static const char names[] =
        " zip enumerate list tuple sorted reversed map filter set dict all any iter ";
    char word[32];
    snprintf(word, sizeof word, " %.20s ", f->name);
    for (int i = 0; i < call->n && strstr(names, word); i++)
        if (call->arg[i].value.kind == VALUE_SERIES && series_open(&call->arg[i].value))
            return &call->arg[i].value;
    return NULL;
}

// Arguments of one value that the program predicts are numbers that it computes; others of labels may be known now.
static Call predicted_numbers(Eval *e, const Call *call) {
    Call numbers = *call;
    Argument *arg = ARENA_ARRAY(e->a, Argument, call->n + 1);
    for (int i = 0; i < call->n; i++) {
        arg[i] = call->arg[i];
        arg[i].value = array_number_later(e, &arg[i].value);
        array_known(e, &arg[i].value, call->loc, &arg[i].value);
    }
    numbers.arg = arg;
    return numbers;
}

// dict(batch_size=8, frame=of_another_library): nothing is done to what it holds.
static bool keeps(const Function *f, const Call *call) {
    for (int i = 0; i < call->n; i++)
        if (!call->arg[i].keyword) return false;
    return f->keeps;
}

Value function_run(Eval *e, const Function *f, const Call *call) {
    Value foreign;
    if (!keeps(f, call) && foreign_arguments(call, &foreign)) {
        if (strcmp(f->module, "numpy.random") == 0) e->draws.follows = false;
        return foreign_part(e, &foreign, "", call->loc);
    }
    if (open_series(f, call)) return foreign_made(e, "fit's history", call->loc);
    bool data = call->n && call->arg[0].value.kind == VALUE_ARRAY && !call->arg[0].keyword;
    if (data && strcmp(f->module, "numpy") == 0 && array_reduces(f->name)) // numbers have their own
        return array_reduce(e, &call->arg[0].value, f->name, call, 1);
    Value mapped;
    if (data && call->n == 1 && strcmp(f->module, "numpy") == 0 &&
        array_map(e, &call->arg[0].value, f->name, call->loc, &mapped))
        return mapped;
    Call numbers = f->arrays ? *call : predicted_numbers(e, call);
    call = &numbers;
    for (int i = 0; i < call->n && !f->arrays; i++)
        if (call->arg[i].value.kind == VALUE_ARRAY || call->arg[i].value.kind == VALUE_DATA)
            return foreign_made(e, arena_printf(e->a, "%s(...) of data", call->what), call->loc);
    bool before = e->open_arguments;
    e->open_arguments = catalog_foreign_inside(f->module);
    e->unknown_argument = NULL;
    const Value v = f->run(e, call);
    e->open_arguments = before;
    const char *unknown = v.kind == VALUE_ERROR ? e->unknown_argument : NULL;
    e->unknown_argument = NULL;
    if (!unknown) return v;
    return foreign_made(e, arena_printf(e->a, "%s.%s(%s)", f->module, f->name, unknown), call->loc);
}

static Value call_function(Eval *e, const Thing *t, const Call *call) {
    return function_run(e, t->row, call);
}

static Value call_unsupported(Eval *e, const Thing *t, const Call *call) {
    diag_error(e->d, call->loc, 110, "%s is not supported yet", t->name);
    return eval_error();
}

static const Make makers[] = {
    [THING_LAYER] = layer_make,           [THING_INPUT] = input_make,
    [THING_SEQUENTIAL] = sequential_make, [THING_MODEL] = functional_make,
    [THING_LOSS] = object_make,           [THING_OPTIMIZER] = object_make,
    [THING_METRIC] = object_make,         [THING_INITIALIZER] = object_make,
    [THING_REGULARIZER] = object_make,    [THING_CONSTRAINT] = object_make,
    [THING_ACTIVATION] = call_activation, [THING_SCHEDULE] = object_make,
    [THING_CALLBACK] = object_make,       [THING_DATASET] = dataset_make,
    [THING_FUNCTION] = call_function,     [THING_UNSUPPORTED] = call_unsupported,
};

Value eval_call(Eval *e, const Value *callee, const Call *given, Loc callee_loc) {
    Call call = *given;
    Value made;
    if (functional_call(e, callee, given, &made)) return made;
    switch (callee->kind) {
    case VALUE_ERROR: return eval_error();
    case VALUE_THING: call.what = callee->thing->name; break;
    case VALUE_METHOD: call.what = callee->bound->name; break;
    case VALUE_BOUND: call.what = callee->bound->name; break;
    case VALUE_FUNCTION: call.what = callee->closure->name; break;
    case VALUE_CLASS: call.what = callee->record->name; break;
    case VALUE_FOREIGN: random_state_given(&call); return foreign_called(e, callee, &call);
    default:
        if (callee->kind == VALUE_OBJECT && foreign_numbers(e, &call)) // a loss of numbers
            return foreign_made(e, value_describe(e->a, callee), call.loc);
        diag_error(e->d, callee_loc, 102, "%s cannot be called", value_describe(e->a, callee));
        return eval_error();
    }
    if (callee->kind == VALUE_METHOD) return method_run(e, callee->bound, &call, callee_loc);
    if (callee->kind == VALUE_BOUND) return bound_run(e, callee->bound, &call, callee_loc);
    if (callee->kind == VALUE_FUNCTION) return closure_run(e, callee->closure, NULL, &call);
    if (callee->kind == VALUE_CLASS) return instance_make(e, callee->record, &call);
    random_state_given(&call);
    return makers[callee->thing->kind](e, callee->thing, &call);
}

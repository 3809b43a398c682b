// SPDX-License-Identifier: MIT
// model.fit and model.evaluate: how long, on what, and how much is said about it.
#include "keras/callbacks/callback.h"
#include "model/eval.h"
#include <math.h>
#include <string.h>

typedef struct FitArgs {
    const Value *x, *y, *verbose, *callbacks, *validation_data;
    Fit fit;
} FitArgs;

#define AT(field) offsetof(FitArgs, field)
static const Arg fit_args[] = {
    {"x", ARG_VALUE, AT(x), .standard = NULL},
    {"y", ARG_VALUE, AT(y), .standard = NULL},
    {"batch_size", ARG_INT_OPT, AT(fit.batch_size), .standard = "None", .min = 1, .max = INFINITY},
    {"epochs", ARG_INT, AT(fit.epochs), .standard = "1", .min = 1, .max = INFINITY},
    {"verbose", ARG_VALUE, AT(verbose), .standard = "\"auto\""},
    {"callbacks", ARG_VALUE, AT(callbacks), .standard = "None"},
    {"validation_split", ARG_FLOAT, AT(fit.validation_split), .standard = "0.0", .min = 0, .max = 1,
     .below = true},
    {"validation_data", ARG_VALUE, AT(validation_data), .standard = "None"},
    {"shuffle", ARG_BOOL, AT(fit.shuffle), .standard = "True"},
    ARG_UNSUPPORTED("class_weight", "None"),
    ARG_UNSUPPORTED("sample_weight", "None"),
    {"initial_epoch", ARG_INT, AT(fit.initial_epoch), .standard = "0", .min = 0, .max = INFINITY},
    ARG_UNSUPPORTED("steps_per_epoch", "None"),
    ARG_UNSUPPORTED("validation_steps", "None"),
    ARG_UNSUPPORTED("validation_batch_size", "None"),
    ARG_UNSUPPORTED("validation_freq", "1"),
    {0},
};
static const Arg evaluate_args[] = {
    {"x", ARG_VALUE, AT(x), .standard = NULL},
    {"y", ARG_VALUE, AT(y), .standard = NULL},
    ARG_UNSUPPORTED("batch_size", "None"),
    {"verbose", ARG_VALUE, AT(verbose), .standard = "\"auto\""},
    ARG_UNSUPPORTED("sample_weight", "None"),
    ARG_UNSUPPORTED("steps", "None"),
    ARG_UNSUPPORTED("callbacks", "None"),
    ARG_UNSUPPORTED("return_dict", "False"),
    {0},
};
#undef AT

static bool is_data(const Value *v, const char *name) {
    return v->kind == VALUE_DATA && strcmp(v->text, name) == 0;
}

static bool want_data(Eval *e, const Value *v, const char *name, const char *what) {
    if (is_data(v, name)) return true;
    diag_error(e->d, v->loc, 411, "%s takes '%s' here, not %s", what, name,
               value_describe(e->a, v));
    return false;
}

static bool read_verbose(Eval *e, const Value *v, int *verbose) {
    *verbose = 1;
    if (v->kind == VALUE_STRING && strcmp(v->text, "auto") == 0) return true;
    if (value_is_int(v) && v->integer >= 0 && v->integer <= 2) {
        *verbose = (int)v->integer;
        return true;
    }
    diag_error(e->d, v->loc, 207, "'verbose' must be \"auto\", 0, 1 or 2, not %s",
               value_describe(e->a, v));
    return false;
}

static bool read_validation(Eval *e, const Value *v, Fit *fit) {
    if (v->kind == VALUE_NONE) return true;
    fit->validation_data = true;
    bool pair = value_is_sequence(v) && value_count(v) == 2 && is_data(value_at(v, 0), "x_test") &&
                is_data(value_at(v, 1), "y_test");
    if (!pair)
        diag_error(e->d, v->loc, 411, "'validation_data' must be (x_test, y_test), not %s",
                   value_describe(e->a, v));
    else if (fit->validation_split > 0)
        diag_error(e->d, v->loc, 411, "validation_split and validation_data exclude each other");
    else
        return true;
    return false;
}

static bool compiled(Eval *e, const Call *call) {
    if (e->model->has_compile) return true;
    diag_error(e->d, call->loc, 412, "%s needs model.compile(...) before it", call->what);
    return false;
}

Value method_fit(Eval *e, const Call *call) {
    Model *m = e->model;
    FitArgs args = {0};
    Loc *locs = bind_locs(e->a, fit_args);
    if (m->has_fit) {
        diag_error(e->d, call->loc, 403, "fit stands at most once in a file");
        return eval_error();
    }
    m->has_fit = true;
    if (!compiled(e, call)) return eval_error();
    if (!bind(e, call, &(ArgTable){fit_args, &args, locs}, 1)) return eval_error();
    Fit *fit = &args.fit;
    if (fit->batch_size == 0) fit->batch_size = 32; // None, as Keras
    bool good = want_data(e, args.x, "x_train", "fit");
    good &= want_data(e, args.y, "y_train", "fit");
    good &= read_verbose(e, args.verbose, &fit->verbose);
    good &= read_validation(e, args.validation_data, fit);
    good &= callbacks_read(e, args.callbacks, args.callbacks->loc, fit) &&
            callbacks_agree(e, args.callbacks->loc);
    if (fit->initial_epoch >= fit->epochs) {
        diag_error(e->d, call->loc, 207, "no epoch to train: initial_epoch is %lld of %lld epochs",
                   (long long)fit->initial_epoch, (long long)fit->epochs);
        good = false;
    }
    if (!good) return eval_error();
    fit->loc = call->loc;
    m->fit = *fit;
    statement_add(e, e->at, call->loc, (Statement){.kind = STATEMENT_FIT, .verbose = fit->verbose});
    return (Value){.kind = VALUE_HISTORY};
}

Value method_evaluate(Eval *e, const Call *call) {
    FitArgs args = {0};
    Loc *locs = bind_locs(e->a, evaluate_args);
    Statement s = {.kind = STATEMENT_EVALUATE};
    if (!compiled(e, call)) return eval_error();
    if (!bind(e, call, &(ArgTable){evaluate_args, &args, locs}, 1)) return eval_error();
    bool good = want_data(e, args.x, "x_test", "evaluate");
    good &= want_data(e, args.y, "y_test", "evaluate");
    good &= read_verbose(e, args.verbose, &s.verbose);
    if (!good) return eval_error();
    statement_add(e, e->at, call->loc, s);
    return (Value){.kind = VALUE_SCORE, .n = ++e->at->evaluations, .model = e->at};
}

// SPDX-License-Identifier: MIT
// The list of callbacks, those that a fit names, and what several of them ask.
#include "keras/callbacks/callback.h"
#include "keras/optimizers/optimizer.h"
#include "support/text.h"
#include <math.h>
#include <string.h>

#define CALLBACK(x) extern const CallbackClass callback_##x;
#include "keras/callbacks/callbacks.def"
#undef CALLBACK

const CallbackClass *const callback_classes[] = {
#define CALLBACK(x) &callback_##x,
#include "keras/callbacks/callbacks.def"
#undef CALLBACK
    NULL};

static bool add(Eval *e, const Object *object, Fit *fit) {
    const CallbackClass *cls = object->thing->row;
    Callback made = {cls,
                     object->args,
                     cls->nsetting,
                     cls->ntext,
                     ARENA_ARRAY(e->a, double, cls->nsetting + 1),
                     ARENA_ARRAY(e->a, const char *, cls->ntext + 1),
                     false};
    if (!cls->settings(e, object, fit, &made)) return false;
    ARENA_PUSH(e->a, fit->callback, fit->ncallback, made);
    return true;
}

bool callbacks_read(Eval *e, const Value *v, Loc loc, Fit *fit) {
    bool good = true;
    if (v->kind == VALUE_NONE) return true;
    if (v->kind == VALUE_ERROR) return false; // was refused by name
    if (v->kind == VALUE_OBJECT && v->object->thing->kind == THING_CALLBACK)
        return add(e, v->object, fit);
    if (v->kind == VALUE_FOREIGN && strncmp(v->foreign->what, "callbacks.", 10) == 0) {
        foreign_left_out(e, loc, v->foreign);
        if (v->foreign->acts)
            model_lacks(e, loc, "callback",
                        arena_printf(e->a, "%s may change the training, and is not compiled",
                                     v->foreign->what));
        return true;
    }
    if (value_is_sequence(v)) {
        for (int i = 0; i < value_count(v); i++)
            good &= callbacks_read(e, value_at(v, i), value_at(v, i)->loc, fit);
        return good;
    }
    diag_error(e->d, loc, 206, "expected a callback, found %s", value_describe(e->a, v));
    return false;
}

bool callbacks_agree(Eval *e, const Fit *fit, Loc loc) {
    for (int i = 0; i < fit->ncallback; i++)
        for (int k = 0; k < fit->ncallback; k++) {
            const Callback *reads = &fit->callback[i], *sets = &fit->callback[k];
            if (i == k || !reads->reads_rate || !sets->cls->sets_rate) continue;
            diag_error(e->d, loc, 411,
                       "%s reads the learning rate, which %s changes while the program runs",
                       reads->cls->object.name, sets->cls->object.name);
            diag_help(e->d, loc, "give it a function of the epoch alone, or leave one of them out");
            return false;
        }
    return true;
}

// ---- what several callbacks ask

Loc callback_arg_loc(const Object *object, int index) {
    return object->arg_loc[index].line ? object->arg_loc[index] : object->loc;
}

bool callback_save_freq(Eval *e, const Value *v, double *steps) {
    *steps = 0;
    if (v->kind == VALUE_STRING && strcmp(v->text, "epoch") == 0) return true;
    if (v->kind == VALUE_INT && v->integer > 0) {
        *steps = (double)v->integer;
        return true;
    }
    diag_error(e->d, v->loc, 207, "'save_freq' must be \"epoch\" or a number of steps, not %s",
               value_describe(e->a, v));
    return false;
}

bool callback_rate_can_be_set(Eval *e, const Object *object) {
    const OptimizerArgs *optimizer = e->model->optimizer.args;
    if (!optimizer->learning_rate.schedule) return true;
    diag_error(e->d, object->loc, 411,
               "%s sets the learning rate, but the optimizer's is a schedule, %s",
               object->thing->name, optimizer->learning_rate.schedule->object.name);
    diag_help(e->d, object->loc, "give the optimizer a number, or leave %s out",
              object->thing->name);
    return false;
}

// ---- --dump=graph

static const char *argument_text(Arena *a, const Arg *arg, const void *at) {
    const char *text = arg->type == ARG_TEXT ? *(const char *const *)at : NULL;
    double real = arg->type == ARG_FLOAT || arg->type == ARG_FLOAT_OPT ? *(const double *)at : 0;
    const Value *value = arg->type == ARG_VALUE ? *(const Value *const *)at : NULL;
    switch (arg->type) {
    case ARG_TEXT: return text ? text_json(a, text, strlen(text)) : "None";
    case ARG_CHOICE: return arg->choices[*(const int *)at];
    case ARG_BOOL: return *(const bool *)at ? "True" : "False";
    case ARG_INT: return arena_printf(a, "%lld", (long long)*(const int64_t *)at);
    case ARG_VALUE: return value_str(a, value) ? value_str(a, value) : value_describe(a, value);
    default: return isnan(real) ? "None" : arena_printf(a, "%g", real);
    }
}

void callback_print(Arena *a, FILE *out, const Callback *c) {
    const ObjectClass *object = &c->cls->object;
    fprintf(out, "callback %s", object->name);
    for (const Arg *arg = object->args; arg->name; arg++)
        if (arg->type != ARG_ONLY_DEFAULT)
            fprintf(out, " %s=%s", arg->name,
                    argument_text(a, arg, (const char *)c->args + arg->offset));
    fputc('\n', out);
}

// SPDX-License-Identifier: MIT
// LearningRateScheduler: a function of the script gives each epoch its learning rate. It is called here, for all
// epochs of fit, with the rate before where it takes two arguments.
#include "keras/callbacks/callback.h"
#include "keras/optimizers/optimizer.h"
#include "../runtime/fit/rate_schedule.h"
#include <math.h>

enum { MOST_EPOCHS = 100000 };

typedef struct Scheduler {
    const Value *schedule;
    int64_t verbose;
} Scheduler;

#define AT(field) offsetof(Scheduler, field)
static const Arg args[] = {
    {"schedule", ARG_VALUE, AT(schedule)},
    CALLBACK_VERBOSE(AT(verbose)),
    {0},
};
enum { SCHEDULE };

static bool takes_rate(const Value *schedule) {
    const Ast *params = schedule->closure->params;
    for (int i = 0; i < params->nparam; i++)
        if (params->param[i].kind == PARAM_REST) return true;
    return params->nparam > 1 && params->param[1].kind == PARAM_PLAIN;
}

// The epoch's rate, NaN where that was reported.
static double call(Eval *e, const Object *object, int64_t epoch, double rate) {
    const Value *schedule = ((const Scheduler *)object->args)->schedule;
    Loc loc = callback_arg_loc(object, SCHEDULE);
    const Argument given[] = {
        {.loc = loc, .value = {.kind = VALUE_INT, .loc = loc, .integer = epoch}},
        {.loc = loc, .value = {.kind = VALUE_FLOAT, .loc = loc, .real = rate}}};
    const Call made = {.loc = loc, .n = takes_rate(schedule) ? 2 : 1, .arg = given};
    Value v = eval_call(e, schedule, &made, loc);
    bool good = v.kind == VALUE_FLOAT && isfinite(v.real) && v.real >= 0;
    if (!good && v.kind != VALUE_ERROR)
        diag_error(e->d, loc, 207,
                   "the learning rate of epoch %lld must be a float of at least 0, not %s",
                   (long long)epoch, value_describe(e->a, &v));
    return good ? v.real : (double)NAN;
}

static bool is_function(Eval *e, const Object *object) {
    const Value *schedule = ((const Scheduler *)object->args)->schedule;
    if (schedule->kind == VALUE_FUNCTION) return true;
    if (schedule->kind != VALUE_ERROR)
        diag_error(e->d, callback_arg_loc(object, SCHEDULE), 206,
                   "'schedule' must be a function of the epoch, not %s",
                   value_describe(e->a, schedule));
    return false;
}

static bool settings(Eval *e, const Object *object, const Fit *fit, Callback *made) {
    const Scheduler *o = object->args;
    if (!callback_rate_can_be_set(e, object) || !is_function(e, object)) return false;
    if (fit->epochs > MOST_EPOCHS) {
        diag_error(e->d, object->loc, 207, "LearningRateScheduler knows at most %d epochs",
                   MOST_EPOCHS);
        return false;
    }
    double rate =
        (double)(float)((const OptimizerArgs *)e->model->optimizer.args)->learning_rate.number;
    made->nsetting = SCHEDULE_RATES + (int)fit->epochs;
    made->setting = ARENA_ARRAY(e->a, double, made->nsetting);
    made->setting[SCHEDULE_VERBOSE] = (double)o->verbose;
    made->setting[SCHEDULE_EPOCHS] = (double)fit->epochs;
    made->reads_rate = takes_rate(o->schedule);
    for (int64_t epoch = fit->initial_epoch; epoch < fit->epochs; epoch++) {
        double next = call(e, object, epoch, rate);
        if (isnan(next)) return false;
        made->setting[SCHEDULE_RATES + epoch] = next;
        rate = (double)(float)next;
    }
    return true;
}

const CallbackClass callback_learning_rate_scheduler = {
    .object = {.name = "LearningRateScheduler", .args = args, .size = sizeof(Scheduler)},
    CALLBACK_RUNTIME(cnn_rate_schedule),
    .nsetting = SCHEDULE_RATES,
    .settings = settings,
    .sets_rate = true,
};

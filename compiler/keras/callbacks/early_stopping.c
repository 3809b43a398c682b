// SPDX-License-Identifier: MIT
// EarlyStopping: training ends when a figure has not improved for `patience` epochs.
#include "keras/callbacks/callback.h"
#include "../runtime/fit/early_stopping.h"
#include <math.h>

typedef struct EarlyStopping {
    const char *monitor;
    double min_delta, baseline;
    int64_t patience, verbose, start_from_epoch;
    int mode;
    bool restore_best_weights;
} EarlyStopping;

#define AT(field) offsetof(EarlyStopping, field)
static const Arg args[] = {
    {"monitor", ARG_TEXT, AT(monitor), .standard = "\"val_loss\""},
    {"min_delta", ARG_FLOAT, AT(min_delta), .standard = "0"},
    {"patience", ARG_INT, AT(patience), .standard = "0", .min = 0, .max = INFINITY},
    CALLBACK_VERBOSE(AT(verbose)),
    {"mode", ARG_CHOICE, AT(mode), .standard = "\"auto\"", .choices = monitor_modes},
    {"baseline", ARG_FLOAT_OPT, AT(baseline), .standard = "None"},
    {"restore_best_weights", ARG_BOOL, AT(restore_best_weights), .standard = "False"},
    {"start_from_epoch", ARG_INT, AT(start_from_epoch), .standard = "0", .min = 0, .max = INFINITY},
    {0},
};

static bool settings(Eval *e, const Object *object, const Fit *fit, Callback *made) {
    const EarlyStopping *o = object->args;
    double *setting = made->setting;
    setting[STOP_PATIENCE] = (double)o->patience;
    setting[STOP_VERBOSE] = (double)o->verbose;
    setting[STOP_BASELINE] = o->baseline;
    setting[STOP_RESTORE] = o->restore_best_weights;
    setting[STOP_FROM] = (double)o->start_from_epoch;
    const Monitor monitor = {o->monitor, 0, o->mode, o->min_delta};
    return monitor_settings(e, object, fit, &monitor, setting);
}

const CallbackClass callback_early_stopping = {
    .object = {.name = "EarlyStopping", .args = args, .size = sizeof(EarlyStopping)},
    CALLBACK_RUNTIME(cnn_early_stopping),
    .nsetting = STOP_SETTINGS,
    .settings = settings,
    .stops = true,
};

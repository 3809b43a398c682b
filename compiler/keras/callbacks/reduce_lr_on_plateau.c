// SPDX-License-Identifier: MIT
// ReduceLROnPlateau: the learning rate shrinks when a figure has not improved for `patience` epochs.
#include "keras/callbacks/callback.h"
#include "../runtime/fit/reduce_lr.h"
#include <math.h>

typedef struct ReduceLR {
    const char *monitor;
    double factor, min_delta, min_lr;
    int64_t patience, verbose, cooldown;
    int mode;
} ReduceLR;

#define AT(field) offsetof(ReduceLR, field)
static const Arg args[] = {
    {"monitor", ARG_TEXT, AT(monitor), .standard = "\"val_loss\""},
    {"factor", ARG_FLOAT, AT(factor), .standard = "0.1", .min = 0, .max = 1, .below = true},
    {"patience", ARG_INT, AT(patience), .standard = "10", .min = 0, .max = INFINITY},
    CALLBACK_VERBOSE(AT(verbose)),
    {"mode", ARG_CHOICE, AT(mode), .standard = "\"auto\"", .choices = monitor_modes},
    {"min_delta", ARG_FLOAT, AT(min_delta), .standard = "1e-4"},
    {"cooldown", ARG_INT, AT(cooldown), .standard = "0", .min = 0, .max = INFINITY},
    {"min_lr", ARG_FLOAT, AT(min_lr), .standard = "0.0", .min = 0, .max = INFINITY},
    {0},
};

static bool settings(Eval *e, const Object *object, const Fit *fit, Callback *made) {
    const ReduceLR *o = object->args;
    double *setting = made->setting;
    setting[REDUCE_FACTOR] = o->factor;
    setting[REDUCE_PATIENCE] = (double)o->patience;
    setting[REDUCE_VERBOSE] = (double)o->verbose;
    setting[REDUCE_COOLDOWN] = (double)o->cooldown;
    setting[REDUCE_LEAST] = o->min_lr;
    const Monitor monitor = {o->monitor, 0, o->mode, o->min_delta};
    return callback_rate_can_be_set(e, object) &&
           monitor_settings(e, object, fit, &monitor, setting);
}

const CallbackClass callback_reduce_lr_on_plateau = {
    .object = {.name = "ReduceLROnPlateau", .args = args, .size = sizeof(ReduceLR)},
    CALLBACK_RUNTIME(cnn_reduce_lr),
    .nsetting = REDUCE_SETTINGS,
    .settings = settings,
    .sets_rate = true,
};

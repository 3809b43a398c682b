// SPDX-License-Identifier: MIT
// EarlyStopping: training ends when a figure has not improved for `patience` epochs.
#include "keras/callbacks/callback.h"
#include "support/text.h"
#include "../runtime/fit/early_stopping.h"
#include <math.h>
#include <string.h>

typedef struct EarlyStopping {
    const char *monitor;
    double min_delta, baseline;
    int64_t patience, verbose, start_from_epoch;
    int mode;
    bool restore_best_weights;
} EarlyStopping;

enum { MODE_AUTO, MODE_MIN, MODE_MAX };
static const char *const modes[] = {"auto", "min", "max", NULL};
#define AT(field) offsetof(EarlyStopping, field)
static const Arg args[] = {
    {"monitor", ARG_TEXT, AT(monitor), .standard = "\"val_loss\""},
    {"min_delta", ARG_FLOAT, AT(min_delta), .standard = "0"},
    {"patience", ARG_INT, AT(patience), .standard = "0", .min = 0, .max = INFINITY},
    {"verbose", ARG_INT, AT(verbose), .standard = "0", .min = 0, .max = INFINITY},
    {"mode", ARG_CHOICE, AT(mode), .standard = "\"auto\"", .choices = modes},
    {"baseline", ARG_FLOAT_OPT, AT(baseline), .standard = "None"},
    {"restore_best_weights", ARG_BOOL, AT(restore_best_weights), .standard = "False"},
    {"start_from_epoch", ARG_INT, AT(start_from_epoch), .standard = "0", .min = 0, .max = INFINITY},
    {0},
};
enum { ARG_MONITOR = 0 };

static Loc monitor_loc(const Object *object) {
    return object->arg_loc[ARG_MONITOR].line ? object->arg_loc[ARG_MONITOR] : object->loc;
}

// The index of the figure that an epoch has under this name, or -1.
static int find_figure(const Model *m, const char *name) {
    if (strcmp(name, "loss") == 0) return 0;
    for (int i = 0; i < m->nmetric; i++)
        if (strcmp(m->metric[i].name, name) == 0) return 1 + i;
    return -1;
}

static bool no_figure(Eval *e, const Object *object, const char *monitor) {
    const Model *m = e->model;
    const char **names = ARENA_ARRAY(e->a, const char *, 2 * (m->nmetric + 1));
    const char *list = "";
    int n = 0;
    for (int i = 0; i <= m->nmetric; i++) {
        const char *name = i ? m->metric[i - 1].name : "loss";
        names[n++] = name;
        names[n++] = arena_printf(e->a, "val_%s", name);
        list = arena_printf(e->a, "%s%s'%s'", list, i ? ", " : "", name);
    }
    diag_error(e->d, monitor_loc(object), 210,
               "EarlyStopping monitors '%s', but an epoch has %s, and the same with val_", monitor,
               list);
    const char *nearest = text_nearest(monitor, names, n);
    if (nearest) diag_help(e->d, monitor_loc(object), "did you mean \"%s\"?", nearest);
    return false;
}

static bool no_validation(Eval *e, const Object *object, const char *monitor) {
    diag_error(e->d, monitor_loc(object), 411,
               "EarlyStopping monitors '%s', but fit has no validation data", monitor);
    diag_help(e->d, monitor_loc(object),
              "give fit validation_split=0.1 or validation_data=(x_test, y_test), or write "
              "monitor=\"%s\"",
              monitor + strlen("val_"));
    return false;
}

// Whether larger is better; auto knows that of the loss and of accuracies.
static bool find_direction(Eval *e, const Object *object, const char *figure, double *up) {
    int mode = ((const EarlyStopping *)object->args)->mode;
    bool loss = strcmp(figure, "loss") == 0, accuracy = strstr(figure, "acc") != NULL;
    *up = mode == MODE_MAX || (mode == MODE_AUTO && !loss);
    if (mode != MODE_AUTO || loss || accuracy) return true;
    diag_error(e->d, object->loc, 207, "is more or less of '%s' better?", figure);
    diag_help(e->d, object->loc, "give EarlyStopping mode=\"max\" or mode=\"min\"");
    return false;
}

static bool settings(Eval *e, const Object *object, const Fit *fit, double setting[MAX_SETTINGS]) {
    const EarlyStopping *o = object->args;
    const char *monitor = o->monitor ? o->monitor : "None";
    bool val = strncmp(monitor, "val_", 4) == 0;
    const char *figure = val ? monitor + 4 : monitor;
    int index = find_figure(e->model, figure);
    if (index < 0) return no_figure(e, object, monitor);
    if (val && !fit->validation_data && fit->validation_split == 0)
        return no_validation(e, object, monitor);
    setting[STOP_FIGURE] = index;
    setting[STOP_VALIDATION] = val;
    setting[STOP_MIN_DELTA] = fabs(o->min_delta);
    setting[STOP_PATIENCE] = (double)o->patience;
    setting[STOP_VERBOSE] = (double)o->verbose;
    setting[STOP_BASELINE] = o->baseline;
    setting[STOP_RESTORE] = o->restore_best_weights;
    setting[STOP_FROM] = (double)o->start_from_epoch;
    return find_direction(e, object, figure, &setting[STOP_UP]);
}

const CallbackClass callback_early_stopping = {
    .object = {.name = "EarlyStopping", .args = args, .size = sizeof(EarlyStopping)},
    CALLBACK_RUNTIME(cnn_early_stopping),
    .nsetting = STOP_SETTINGS,
    .settings = settings,
};

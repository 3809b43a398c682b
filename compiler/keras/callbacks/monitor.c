// SPDX-License-Identifier: MIT
// What callbacks that look at a figure say of it: a name that an epoch has, and whether more or less is better.
#include "keras/callbacks/callback.h"
#include "keras/metrics/metric.h"
#include "script/later.h"
#include "support/text.h"
#include "../runtime/fit/monitor.h"
#include <math.h>
#include <string.h>

enum { MODE_AUTO, MODE_MIN, MODE_MAX };
const char *const monitor_modes[] = {"auto", "min", "max", NULL};

int monitor_find(const Model *m, const char *name) {
    if (strcmp(name, "loss") == 0) return 0;
    for (int i = 0; i < m->nmetric; i++)
        if (strcmp(m->metric[i].name, name) == 0) return 1 + i;
    return -1;
}

bool monitor_validates(const Fit *fit) {
    return fit->validation_data || fit->validation_split > 0;
}

const char *monitor_list(Arena *a, const Model *m) {
    const char *list = "'loss'";
    for (int i = 0; i < m->nmetric; i++)
        list = arena_printf(a, "%s, '%s'", list, m->metric[i].name);
    return list;
}

static bool no_figure(Eval *e, const Object *object, const Monitor *monitor) {
    const Model *m = e->model;
    Loc loc = callback_arg_loc(object, monitor->arg);
    const char **names = ARENA_ARRAY(e->a, const char *, 2 * (m->nmetric + 1));
    int n = 0;
    for (int i = 0; i <= m->nmetric; i++) {
        names[n++] = figure_name(m, i);
        names[n] = arena_printf(e->a, "val_%s", names[n - 1]);
        n++;
    }
    diag_error(e->d, loc, 210, "%s monitors '%s', but an epoch has %s, and the same with val_",
               object->thing->name, monitor->name, monitor_list(e->a, m));
    const char *nearest = text_nearest(monitor->name, names, n);
    if (nearest) diag_help(e->d, loc, "did you mean \"%s\"?", nearest);
    return false;
}

static bool several_figures(Eval *e, const Object *object, const Monitor *m, const Metric *metric) {
    diag_error(e->d, callback_arg_loc(object, m->arg), 210,
               "%s monitors '%s', which is %lld figures, not one", object->thing->name, m->name,
               (long long)metric->figures);
    return false;
}

static bool no_validation(Eval *e, const Object *object, const Monitor *monitor) {
    Loc loc = callback_arg_loc(object, monitor->arg);
    diag_error(e->d, loc, 411, "%s monitors '%s', but fit has no validation data",
               object->thing->name, monitor->name);
    diag_help(e->d, loc,
              "give fit validation_split=0.1 or validation_data=(x_test, y_test), or write "
              "monitor=\"%s\"",
              monitor->name + strlen("val_"));
    return false;
}

// Whether more of the figure is better, as Keras decides it: by the metric's class, not its name.
static bool find_direction(Eval *e, const Object *object, const Monitor *m, int figure,
                           double *up) {
    const Metric *metric = figure ? &e->model->metric[figure - 1] : NULL;
    *up = m->mode == MODE_MAX;
    if (m->mode != MODE_AUTO || !metric) return true;
    *up = metric_better(metric) == BETTER_UP;
    if (metric_better(metric)) return true;
    diag_error(e->d, callback_arg_loc(object, m->arg), 207, "is more or less of '%s' better?",
               m->name);
    diag_help(e->d, object->loc, "give %s mode=\"max\" or mode=\"min\"", object->thing->name);
    return false;
}

bool monitor_settings(Eval *e, const Object *object, const Fit *fit, const Monitor *given,
                      double *setting) {
    Monitor m = *given;
    if (!m.name) m.name = "None";
    bool val = strncmp(m.name, "val_", 4) == 0;
    int figure = monitor_find(e->model, val ? m.name + 4 : m.name);
    if (figure < 0) return no_figure(e, object, &m);
    if (val && !monitor_validates(fit)) return no_validation(e, object, &m);
    if (figure && e->model->metric[figure - 1].figures > 1)
        return several_figures(e, object, &m, &e->model->metric[figure - 1]);
    setting[MONITOR_FIGURE] = (double)model_figure(e->model, figure);
    setting[MONITOR_VALIDATION] = val;
    setting[MONITOR_DELTA] = fabs(m.min_delta);
    return find_direction(e, object, &m, figure, &setting[MONITOR_UP]);
}

// SPDX-License-Identifier: 0BSD
// See monitor.h. A figure that is nan is better than none and than no other, as in Keras.
#include "fit/monitor.h"
#include "fit/callback.h"

bool monitor_there(const Callback *c, const Training *t) {
    return c->setting[MONITOR_VALIDATION] == 0 || t->val;
}

double monitor_figure(const Callback *c, const Training *t) {
    const double *figures = c->setting[MONITOR_VALIDATION] != 0 ? t->val : t->means;
    return figures[(int64_t)c->setting[MONITOR_FIGURE]];
}

bool monitor_better(const Callback *c, double figure, double than) {
    double delta = c->setting[MONITOR_DELTA];
    return c->setting[MONITOR_UP] != 0 ? figure - delta > than : figure + delta < than;
}

bool monitor_improves(Callback *c, double figure) {
    if (c->state[MONITOR_SEEN] != 0 && !monitor_better(c, figure, c->state[MONITOR_BEST]))
        return false;
    c->state[MONITOR_SEEN] = 1;
    c->state[MONITOR_BEST] = figure;
    return true;
}

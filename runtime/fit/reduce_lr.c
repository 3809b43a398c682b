// SPDX-License-Identifier: 0BSD
// ReduceLROnPlateau, as Keras has it: after `patience` epochs in which a figure has not improved, the
// learning rate is multiplied by `factor`. Rates are float32, what is said of a new one is a double.
#include "fit/reduce_lr.h"
#include "fit/callback.h"

enum { WAIT = MONITOR_STATES, COOLDOWN, STATES };

// False: it is as small as it may get.
static bool lower(const Callback *c, const Training *t) {
    double old = engine_rate(t->engine), least = c->setting[REDUCE_LEAST];
    double rate = old * c->setting[REDUCE_FACTOR];
    char number[TEXT_NUMBER];
    if (old <= (double)(float)least) return false;
    if (rate < least) rate = least;
    engine_set_rate(t->engine, rate);
    if (c->setting[REDUCE_VERBOSE] > 0)
        printf("Epoch %lld: ReduceLROnPlateau reducing learning rate to %s.\n",
               (long long)t->epoch + 1, text_repr(number, rate));
    return true;
}

static void epoch_end(Callback *c, Training *t) {
    double *state = c->state;
    t->rate_is_figure = true;
    if (!monitor_there(c, t)) return;
    if (state[COOLDOWN] > 0) {
        state[COOLDOWN]--;
        state[WAIT] = 0;
    }
    if (monitor_improves(c, monitor_figure(c, t))) {
        state[WAIT] = 0;
    } else if (state[COOLDOWN] <= 0 && ++state[WAIT] >= c->setting[REDUCE_PATIENCE]) {
        if (!lower(c, t)) return;
        state[COOLDOWN] = c->setting[REDUCE_COOLDOWN];
        state[WAIT] = 0;
    }
}

const CnnCallbackClass cnn_reduce_lr = {.states = STATES, .epoch_end = epoch_end};

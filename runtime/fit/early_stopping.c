// SPDX-License-Identifier: 0BSD
// EarlyStopping, as Keras has it: training ends when a figure has not improved for `patience` epochs.
#include "fit/early_stopping.h"
#include "fit/callback.h"
#include <math.h>
#include <string.h>

enum { // states; epochs count from 0
    WAIT = MONITOR_STATES,
    BEST_EPOCH,
    STOPPED_EPOCH, // 0: it was not
    STATES
};

static bool keeps_weights(const double *setting) {
    return setting[STOP_RESTORE] != 0;
}

static size_t weights_size(const Callback *c) {
    return (size_t)c->model->param_floats * sizeof(float);
}

static void epoch_end(Callback *c, Training *t) {
    const double *setting = c->setting;
    if (!monitor_there(c, t) || (double)t->epoch < setting[STOP_FROM]) return;
    double *state = c->state, figure = monitor_figure(c, t), baseline = setting[STOP_BASELINE];
    state[WAIT]++;
    if (monitor_improves(c, figure)) {
        state[BEST_EPOCH] = (double)t->epoch;
        if (c->weights) memcpy(c->weights, t->engine->run.params, weights_size(c));
        if (isnan(baseline) || monitor_better(c, figure, baseline)) state[WAIT] = 0;
    } else if (state[WAIT] >= setting[STOP_PATIENCE] && t->epoch > 0) {
        state[STOPPED_EPOCH] = (double)t->epoch;
        t->stop = true;
    }
}

static void train_end(Callback *c, Training *t) {
    bool says = c->setting[STOP_VERBOSE] > 0;
    if (c->state[STOPPED_EPOCH] > 0 && says)
        printf("Epoch %.0f: early stopping\n", c->state[STOPPED_EPOCH] + 1);
    if (!c->weights || c->state[MONITOR_SEEN] == 0) return;
    if (says)
        printf("Restoring model weights from the end of the best epoch: %.0f.\n",
               c->state[BEST_EPOCH] + 1);
    memcpy(t->engine->run.params, c->weights, weights_size(c));
}

const CnnCallbackClass cnn_early_stopping = {.states = STATES,
                                             .keeps_weights = keeps_weights,
                                             .epoch_end = epoch_end,
                                             .train_end = train_end};

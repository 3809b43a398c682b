// SPDX-License-Identifier: 0BSD
// LearningRateScheduler: each epoch has its learning rate. The compiler has called the function for all
// epochs of fit; of later ones nothing is known.
#include "fit/rate_schedule.h"
#include "fit/callback.h"

static bool start(Callback *c, const Training *t, CnnError *error) {
    if (t->fit->rate_is_set)
        return cnn_fail(error, CNN_USAGE,
                        "--set learning_rate: LearningRateScheduler gives each epoch its own");
    if ((double)t->fit->epochs <= c->setting[SCHEDULE_EPOCHS]) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "LearningRateScheduler knows the learning rates of fit's %.0f epochs, not of "
                    "%lld; change fit's epochs and build the program again",
                    c->setting[SCHEDULE_EPOCHS], (long long)t->fit->epochs);
}

static void epoch_begin(Callback *c, Training *t) {
    double rate = c->setting[SCHEDULE_RATES + t->epoch];
    char number[TEXT_NUMBER];
    engine_set_rate(t->engine, rate);
    if (c->setting[SCHEDULE_VERBOSE] > 0)
        printf("Epoch %lld: LearningRateScheduler setting learning rate to %s.\n",
               (long long)t->epoch + 1, text_repr(number, rate));
}

static void epoch_end(Callback *c, Training *t) {
    (void)c;
    t->rate_is_figure = true;
}

const CnnCallbackClass cnn_rate_schedule = {
    .start = start, .epoch_begin = epoch_begin, .epoch_end = epoch_end};

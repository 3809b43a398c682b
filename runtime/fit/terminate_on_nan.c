// SPDX-License-Identifier: 0BSD
// TerminateOnNaN: a loss that is not finite ends the training, but not the program.
#include "fit/terminate_on_nan.h"
#include "fit/callback.h"
#include <math.h>

static void step_end(Callback *c, Training *t) {
    if (isfinite(t->loss) || c->setting[TERMINATE_RAISES] != 0) return;
    callback_line(t);
    printf("Batch %lld: Invalid loss, terminating training\n", (long long)t->step);
    t->stop = true;
    t->loss_is_seen_to = true;
}

const CnnCallbackClass cnn_terminate_on_nan = {.step_end = step_end};

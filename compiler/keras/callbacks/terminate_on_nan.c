// SPDX-License-Identifier: MIT
// TerminateOnNaN: a loss that is not finite ends the training.
#include "keras/callbacks/callback.h"
#include "../runtime/fit/terminate_on_nan.h"

typedef struct TerminateOnNaN {
    bool raise_error;
} TerminateOnNaN;

static const Arg args[] = {
    {"raise_error", ARG_BOOL, offsetof(TerminateOnNaN, raise_error), .standard = "False"},
    {0},
};

static bool settings(Eval *e, const Object *object, const Fit *fit, Callback *made) {
    (void)e, (void)fit;
    made->setting[TERMINATE_RAISES] = ((const TerminateOnNaN *)object->args)->raise_error;
    return true;
}

const CallbackClass callback_terminate_on_nan = {
    .object = {.name = "TerminateOnNaN", .args = args, .size = sizeof(TerminateOnNaN)},
    CALLBACK_RUNTIME(cnn_terminate_on_nan),
    .nsetting = TERMINATE_SETTINGS,
    .settings = settings,
    .stops = true,
};

// SPDX-License-Identifier: 0BSD
// What the compiler tells EarlyStopping.
#ifndef CNN_EARLY_STOPPING_H
#define CNN_EARLY_STOPPING_H
#include "abi.h"

enum { // settings
    STOP_FIGURE, // the figure it looks at: 0 the loss, then the metrics
    STOP_VALIDATION, // of the validation, else of the training
    STOP_UP, // larger is better
    STOP_MIN_DELTA, // at least 0
    STOP_PATIENCE,
    STOP_VERBOSE,
    STOP_BASELINE, // NaN: none
    STOP_RESTORE, // the best epoch's weights
    STOP_FROM, // epochs before this one are not looked at
    STOP_SETTINGS
};
extern const CnnCallbackClass cnn_early_stopping;
#endif

// SPDX-License-Identifier: 0BSD
// What the compiler tells EarlyStopping.
#ifndef CNN_EARLY_STOPPING_H
#define CNN_EARLY_STOPPING_H
#include "fit/monitor.h"

enum { // settings
    STOP_PATIENCE = MONITOR_SETTINGS,
    STOP_VERBOSE,
    STOP_BASELINE, // NaN: none
    STOP_RESTORE, // the best epoch's weights
    STOP_FROM, // epochs before this one are not looked at
    STOP_SETTINGS
};
extern const CnnCallbackClass cnn_early_stopping;
#endif

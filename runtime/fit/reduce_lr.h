// SPDX-License-Identifier: 0BSD
// What the compiler tells ReduceLROnPlateau.
#ifndef CNN_REDUCE_LR_H
#define CNN_REDUCE_LR_H
#include "fit/monitor.h"

enum { // settings
    REDUCE_FACTOR = MONITOR_SETTINGS, // below 1
    REDUCE_PATIENCE,
    REDUCE_VERBOSE,
    REDUCE_COOLDOWN, // epochs after a reduction that do not count
    REDUCE_LEAST, // learning rate
    REDUCE_SETTINGS
};
extern const CnnCallbackClass cnn_reduce_lr;
#endif

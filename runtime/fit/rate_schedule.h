// SPDX-License-Identifier: 0BSD
// What the compiler tells LearningRateScheduler.
#ifndef CNN_RATE_SCHEDULE_H
#define CNN_RATE_SCHEDULE_H
#include "abi.h"

enum { // settings
    SCHEDULE_VERBOSE,
    SCHEDULE_EPOCHS, // as many learning rates follow
    SCHEDULE_RATES
};
extern const CnnCallbackClass cnn_rate_schedule;
#endif

// SPDX-License-Identifier: 0BSD
// What the compiler tells ModelCheckpoint.
#ifndef CNN_MODEL_CHECKPOINT_H
#define CNN_MODEL_CHECKPOINT_H
#include "fit/monitor.h"

enum { // settings
    SAVE_BEST = MONITOR_SETTINGS, // only where the figure improves
    SAVE_VERBOSE,
    SAVE_WEIGHTS, // only; else the optimiser's state too
    SAVE_STEPS, // after so many; 0: after an epoch
    SAVE_THRESHOLD, // what the first is to be better than; NaN: none
    SAVE_SETTINGS
};
enum { SAVE_FILE, SAVE_MONITOR, SAVE_TEXTS }; // texts: a name with fields; the figure's name
extern const CnnCallbackClass cnn_model_checkpoint;
#endif

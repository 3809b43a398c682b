// SPDX-License-Identifier: 0BSD
// What callbacks that look at a figure have in common: which one, what is better, and the best so far.
#ifndef CNN_MONITOR_H
#define CNN_MONITOR_H
#include "abi.h"
#include <stdbool.h>

enum { // what their settings begin with
    MONITOR_FIGURE, // 0 the loss, then the metrics
    MONITOR_VALIDATION, // of the validation, else of the training
    MONITOR_UP, // larger is better
    MONITOR_DELTA, // a better one is so much better; at least 0
    MONITOR_SETTINGS
};
enum { // and their states
    MONITOR_SEEN, // there is a best one
    MONITOR_BEST,
    MONITOR_STATES
};

struct Callback;
struct Training;
// Whether the epoch has the figure: not each may have been validated.
bool monitor_there(const struct Callback *c, const struct Training *t);
double monitor_figure(const struct Callback *c, const struct Training *t);
bool monitor_better(const struct Callback *c, double figure, double than);
// Whether it is better than the best so far, or the first; then it becomes the best.
bool monitor_improves(struct Callback *c, double figure);
#endif

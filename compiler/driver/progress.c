// SPDX-License-Identifier: MIT
// See progress.h. Where stderr is no terminal that can draw over a line, nothing is written.
#include "driver/progress.h"
#include "support/terminal.h"
#include <stdio.h>

static const double quiet_seconds = 1;

ProgressLine progress_line(const char *what) {
    ProgressLine line = {.what = what, .terminal = terminal_knows_codes()};
    clock_gettime(CLOCK_MONOTONIC, &line.start);
    return line;
}

static double seconds_since(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

void progress_show(void *data, double done) {
    ProgressLine *line = data;
    double seconds = seconds_since(&line->start);
    if (!line->terminal || seconds < quiet_seconds || done <= 0) return;
    line->shown = true;
    char text[256];
    snprintf(text, sizeof text, "cnnc: %s %3.0f %% - ETA: %.0fs ", line->what, 100 * done,
             seconds * (1 - done) / done);
    terminal_draw(text);
}

void progress_clear(ProgressLine *line) {
    if (line->shown) terminal_clear();
}

// SPDX-License-Identifier: MIT
// A line on the terminal while something takes longer than a second, with the time it still needs.
#ifndef CNNC_PROGRESS_H
#define CNNC_PROGRESS_H
#include <stdbool.h>
#include <time.h>

typedef struct ProgressLine {
    const char *what;
    struct timespec start;
    bool terminal, shown;
} ProgressLine;

ProgressLine progress_line(const char *what); // starts the clock
void progress_show(void *line, double done); // 0 to 1: draws the line again
void progress_clear(ProgressLine *line); // leaves nothing behind
#endif

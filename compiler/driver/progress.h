// SPDX-License-Identifier: MIT
// A line on the terminal while something takes longer than a second, with the time it still needs where that
// is known, else with the time it took. A thread draws it, so it moves whatever the others are at.
#ifndef CNNC_PROGRESS_H
#define CNNC_PROGRESS_H
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

typedef struct ProgressLine {
    const char *what;
    struct timespec start;
    bool drawing, shown, ended; // drawing: there is a thread
    double done; // 0 to 1; 0: it is not known
    pthread_t thread;
    pthread_mutex_t lock; // of done and ended
    pthread_cond_t end;
} ProgressLine;

void line_begin(ProgressLine *line, const char *what);
void line_show(void *line, double done); // of type ProgressLine
void line_end(ProgressLine *line); // leaves nothing behind. Before anything else is printed
double seconds_since(const struct timespec *start); // by the clock that does not jump
#endif

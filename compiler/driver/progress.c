// SPDX-License-Identifier: MIT
// See progress.h. Where stderr is no terminal that can draw over a line, nothing is written.
#include "driver/progress.h"
#include "support/terminal.h"
#include <errno.h>
#include <stdio.h>

enum { QUIET_MS = 1000, EVERY_MS = 200 };

double seconds_since(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static struct timespec later(struct timespec t, int ms) {
    t.tv_nsec += (long)ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void draw_line(ProgressLine *line) {
    char text[256];
    double seconds = seconds_since(&line->start), done = line->done;
    if (done > 0)
        snprintf(text, sizeof text, "cnnc: %s %3.0f %% - ETA: %.0fs ", line->what, 100 * done,
                 seconds * (1 - done) / done);
    else
        snprintf(text, sizeof text, "cnnc: %s - %.0fs ", line->what, seconds);
    line->shown = true;
    terminal_draw(text);
}

static void *draw(void *of) {
    ProgressLine *line = of;
    struct timespec next = later(line->start, QUIET_MS);
    pthread_mutex_lock(&line->lock);
    while (!line->ended) {
        if (pthread_cond_timedwait(&line->end, &line->lock, &next) != ETIMEDOUT) continue;
        if (!line->ended) draw_line(line);
        next = later(next, EVERY_MS);
    }
    pthread_mutex_unlock(&line->lock);
    return NULL;
}

void line_begin(ProgressLine *line, const char *what) {
    pthread_condattr_t clock;
    *line = (ProgressLine){.what = what};
    clock_gettime(CLOCK_MONOTONIC, &line->start);
    if (!terminal_knows_codes()) return;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&line->end, &clock);
    pthread_condattr_destroy(&clock);
    pthread_mutex_init(&line->lock, NULL);
    line->drawing = pthread_create(&line->thread, NULL, draw, line) == 0;
}

void line_show(void *data, double done) {
    ProgressLine *line = data;
    if (!line->drawing) return;
    pthread_mutex_lock(&line->lock);
    line->done = done;
    pthread_mutex_unlock(&line->lock);
}

void line_end(ProgressLine *line) {
    if (!line->drawing) return;
    pthread_mutex_lock(&line->lock);
    line->ended = true;
    pthread_cond_signal(&line->end);
    pthread_mutex_unlock(&line->lock);
    pthread_join(line->thread, NULL);
    if (line->shown) terminal_clear();
    line->drawing = false;
}

// SPDX-License-Identifier: 0BSD
// Keras's lines on how training goes:
//     422/422 [==============================] - 1s 3ms/step - loss: 0.3678 - accuracy: 0.8893
// On a terminal the line is drawn again as the epoch moves on, with the time it still needs; into a
// file goes one line an epoch.
#include "runtime.h"
#include <math.h>

enum { WIDTH = 30 };
static const double redraw_seconds = 0.05;

Progress progress_start(const CnnModel *model, FILE *file, int verbose, int64_t steps) {
    return (Progress){
        .file = file, .model = model, .verbose = verbose, .steps = steps, .start = clock_seconds()};
}

static void put_means(FILE *file, const CnnModel *model, const char *prefix, const double *means) {
    for (int64_t i = 0; i <= model->nmetric; i++)
        fprintf(file, fabs(means[i]) > 1e-3 ? " - %s%s: %.4f" : " - %s%s: %.4e", prefix,
                i ? model->metric[i - 1] : "loss", means[i]);
}

static void put_bar(const Progress *p, int64_t step) {
    int digits = snprintf(NULL, 0, "%lld", (long long)p->steps);
    int done = (int)(WIDTH * step / p->steps);
    fprintf(p->file, "%*lld/%lld [", digits, (long long)step, (long long)p->steps);
    for (int i = 0; i < WIDTH; i++)
        fputc(i + 1 < done || (i < done && step == p->steps) ? '=' : i < done ? '>' : '.', p->file);
    fputc(']', p->file);
}

static void put_eta(FILE *file, double seconds) {
    long long s = (long long)(seconds + 0.5);
    if (s >= 3600)
        fprintf(file, " - ETA: %lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else if (s >= 60)
        fprintf(file, " - ETA: %lld:%02lld", s / 60, s % 60);
    else
        fprintf(file, " - ETA: %llds", s);
}

void progress_step(Progress *p, int64_t step, const double *means) {
    double now = clock_seconds();
    if (!p->moving || p->verbose != 1 || step == p->steps || now - p->drawn < redraw_seconds)
        return;
    p->drawn = now;
    fputc('\r', p->file);
    put_bar(p, step);
    put_eta(p->file, (now - p->start) / (double)step * (double)(p->steps - step));
    put_means(p->file, p->model, "", means);
    fputs("\033[K", p->file); // clear what a longer line left
    fflush(p->file);
}

void progress_end(Progress *p, double seconds, const double *means, const double *val) {
    static const struct {
        double from, scale;
        const char *unit;
    } units[] = {{1, 1, "s"}, {1e-3, 1e3, "ms"}, {0, 1e6, "us"}};
    double each = seconds / (double)p->steps;
    int unit = 0;
    while (each < units[unit].from) unit++;
    if (p->verbose == 0) return;
    if (p->moving && p->verbose == 1) fputc('\r', p->file);
    if (p->verbose == 1)
        put_bar(p, p->steps);
    else
        fprintf(p->file, "%lld/%lld", (long long)p->steps, (long long)p->steps);
    fprintf(p->file, " - %.0fs %.0f%s/step", seconds, each * units[unit].scale, units[unit].unit);
    put_means(p->file, p->model, "", means);
    if (val) put_means(p->file, p->model, "val_", val);
    fputs(p->moving && p->verbose == 1 ? "\033[K\n" : "\n", p->file);
    fflush(p->file);
}

// SPDX-License-Identifier: 0BSD
// Keras's lines on how training goes:
//     422/422 [==============================] - 1s 3ms/step - loss: 0.3678 - accuracy: 0.8893
// On a terminal the line is drawn again as the epoch moves on, with the time it still needs; what does
// not fit is left out, the bar first, as a line that wraps cannot be drawn over. Into a file, or on a
// terminal that knows no control codes, goes one line an epoch.
#define _DEFAULT_SOURCE // TIOCGWINSZ
#include "runtime.h"
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR = 30, LEAST_BAR = 4, LINE = 1024 };
static const double redraw_seconds = 0.05;

Progress progress_start(const CnnModel *model, FILE *file, int verbose, int64_t steps) {
    return (Progress){
        .file = file, .model = model, .verbose = verbose, .steps = steps, .start = clock_seconds()};
}

bool progress_can_move(FILE *file) {
    const char *term = getenv("TERM");
    return isatty(fileno(file)) && term && *term && strcmp(term, "dumb") != 0;
}

static int columns(FILE *file) { // INT_MAX: not known
    struct winsize size;
    bool known = ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : INT_MAX;
}

// A line under construction: what is before the bar and after it.
typedef struct Line {
    char text[LINE];
    size_t length;
} Line;

__attribute__((format(printf, 2, 3))) static void put(Line *line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->text + line->length, LINE - line->length, format, args);
    va_end(args);
    line->length += n < 0 ? 0 : (size_t)n;
    if (line->length >= LINE) line->length = LINE - 1;
}

// Of several figures of a metric their mean, as Keras.
static void put_means(Line *line, const CnnModel *model, const char *prefix, const double *means) {
    for (int64_t i = 0, n = 1; i <= model->nmetric; i += n) {
        double mean = 0;
        n = results_figures(model, i);
        for (int64_t k = 0; k < n; k++) mean += means[i + k] / (double)n;
        if (isnan(mean)) mean = NAN; // without its sign
        put(line, fabs(mean) > 1e-3 ? " - %s%s: %.4f" : " - %s%s: %.4e", prefix,
            results_name(model, i), mean);
    }
}

static void put_bar(Line *line, int64_t step, int64_t steps, int width) {
    int done = (int)(width * step / steps);
    put(line, " [");
    for (int i = 0; i < width; i++)
        put(line, "%c", i + 1 < done || (i < done && step == steps) ? '=' : i < done ? '>' : '.');
    put(line, "]");
}

// Draws the line with its bar and `rest` after it on a terminal, over what is there.
static void draw(const Progress *p, int64_t step, const Line *rest) {
    Line line = {.length = 0};
    int room = columns(p->file) - 1; // the cursor stands after it
    int digits = snprintf(NULL, 0, "%lld", (long long)p->steps);
    put(&line, "%*lld/%lld", digits, (long long)step, (long long)p->steps);
    int bar = room - (int)(line.length + rest->length + strlen(" []"));
    if (bar >= LEAST_BAR) put_bar(&line, step, p->steps, bar < BAR ? bar : BAR);
    put(&line, "%s", rest->text);
    fprintf(p->file, "\r%.*s\033[K", room, line.text); // and what a longer line left
    fflush(p->file);
}

static void put_eta(Line *line, double seconds) {
    long long s = (long long)(seconds + 0.5);
    if (s >= 3600)
        put(line, " - ETA: %lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else if (s >= 60)
        put(line, " - ETA: %lld:%02lld", s / 60, s % 60);
    else
        put(line, " - ETA: %llds", s);
}

void progress_step(Progress *p, int64_t step, const double *means) {
    double now = clock_seconds();
    if (!p->moving || p->verbose != 1 || step == p->steps || now - p->drawn < redraw_seconds)
        return;
    Line rest = {.length = 0};
    p->drawn = now;
    put_eta(&rest, (now - p->start) / (double)step * (double)(p->steps - step));
    put_means(&rest, p->model, "", means);
    draw(p, step, &rest);
}

void progress_end(Progress *p, double seconds, const double *means, const double *val) {
    static const struct {
        double from, scale;
        const char *unit;
    } units[] = {{1, 1, "s"}, {1e-3, 1e3, "ms"}, {0, 1e6, "us"}};
    Line line = {.length = 0};
    double each = seconds / (double)p->steps;
    int unit = 0;
    while (each < units[unit].from) unit++;
    if (p->verbose < 1 || p->verbose > 2) return;
    put(&line, "%lld/%lld", (long long)p->steps, (long long)p->steps);
    if (p->verbose == 1) put_bar(&line, p->steps, p->steps, BAR);
    put(&line, " - %.0fs %.0f%s/step", seconds, each * units[unit].scale, units[unit].unit);
    if (means) put_means(&line, p->model, "", means);
    if (val) put_means(&line, p->model, "val_", val);
    bool over = p->moving && p->verbose == 1; // this one may wrap: nothing is drawn over it
    fprintf(p->file, over ? "\r%s\033[K\n" : "%s\n", line.text);
    fflush(p->file);
}

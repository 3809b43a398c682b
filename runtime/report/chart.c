// SPDX-License-Identifier: 0BSD
// Curves over the epochs as SVG: a grid at round numbers, a line a curve, and a dot with its numbers at each epoch
// where these are few. What spans more than a factor of 20 above zero is drawn on a logarithmic scale. Values may be
// as near to each other, or as large, as doubles are: ticks are counted, since a step can be lost in rounding.
#include "report/report.h"
#include "io/text.h"
#include <math.h>

enum {
    WIDTH = 560,
    HEIGHT = 250,
    LEFT = 62,
    RIGHT = 12,
    TOP = 10,
    BOTTOM = 30,
    DOTS = 60,
    X_TICKS = 8,
    Y_TICKS = 5
};
static const double logarithmic = 20;
static const double largest = 1e300; // that is drawn: differences of such are numbers, too

typedef struct Scale { // of one direction
    double from, to, step; // step: between ticks
    double at, length; // pixels
    bool log;
} Scale;

static double place(const Scale *s, double value) {
    double v = s->log ? log10(value) : value;
    return s->at + s->length * (v - s->from) / (s->to - s->from);
}

static double round_step(double range, int64_t ticks) {
    double step = pow(10, floor(log10(range / (double)ticks)));
    static const double by[] = {1, 2, 5, 10};
    for (int i = 0; i < 4; i++)
        if (range / (step * by[i]) <= (double)ticks) return step * by[i];
    return step * 10;
}

static Scale x_scale(const double *x, int64_t n) {
    double from = x[0], to = x[n - 1] > from ? x[n - 1] : from + 1,
           step = round_step(to - from, X_TICKS);
    return (Scale){.from = from,
                   .to = to,
                   .step = step < 1 ? 1 : step,
                   .at = LEFT,
                   .length = WIDTH - LEFT - RIGHT};
}

static bool is_drawn(double y) {
    return fabs(y) <= largest; // which NaN is not
}

static Scale y_scale(const Curve *curve, int64_t curves, int64_t n) {
    double least = INFINITY, most = -INFINITY;
    for (int64_t c = 0; c < curves; c++)
        for (int64_t i = 0; i < n; i++)
            if (is_drawn(curve[c].y[i])) {
                least = fmin(least, curve[c].y[i]);
                most = fmax(most, curve[c].y[i]);
            }
    Scale s = {.at = HEIGHT - BOTTOM, .length = -(HEIGHT - BOTTOM - TOP)};
    s.log = least > 0 && most / least > logarithmic;
    if (s.log) least = log10(least), most = log10(most);
    double pad = most > least ? (most - least) / 20 : fabs(most) / 20 + 1e-9;
    s.from = least - pad;
    s.to = most + pad;
    s.step = round_step(s.to - s.from, Y_TICKS);
    return s;
}

static double tick(const Scale *s, int i) {
    return (ceil(s->from / s->step) + i) * s->step;
}

static void print_tick(FILE *page, const Scale *y, double value) {
    double at = place(y, value);
    fprintf(page, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT,
            WIDTH - RIGHT, at, at);
    fprintf(page, "<text class=\"y\" x=\"%d\" y=\"%.1f\">%.4g</text>\n", LEFT - 8, at + 4, value);
}

// Of few decades 1, 2 and 5 times each, of more the decades alone.
static void print_decades(FILE *page, const Scale *y) {
    double range = y->to - y->from;
    int step = (int)ceil(range / (2 * Y_TICKS));
    for (int decade = (int)floor(y->from); decade <= y->to; decade += step)
        for (int i = 0; i < (range < 3 ? 3 : 1); i++) {
            double value = pow(10, decade) * (i == 0 ? 1 : i == 1 ? 2 : 5), v = log10(value);
            if (v >= y->from && v <= y->to) print_tick(page, y, value);
        }
}

static void print_grid(FILE *page, const Scale *x, const Scale *y) {
    double v;
    if (y->log) print_decades(page, y);
    for (int i = 0; !y->log && i <= Y_TICKS && (v = tick(y, i)) <= y->to; i++)
        print_tick(page, y, fabs(v) < y->step / 2 ? 0 : v);
    for (int i = 0; i <= X_TICKS && (v = tick(x, i)) <= x->to; i++)
        fprintf(page, "<text class=\"x\" x=\"%.1f\" y=\"%d\">%g</text>\n", place(x, v), HEIGHT - 10,
                v);
}

static void print_curve(FILE *page, const Scale *x, const Scale *y, const double *at, int64_t n,
                        const Curve *curve, int number) {
    bool pen = false;
    fprintf(page, "<path class=\"curve c%d\" d=\"", number);
    for (int64_t i = 0; i < n; i++) {
        bool there = is_drawn(curve->y[i]);
        if (there)
            fprintf(page, "%c%.1f %.1f", pen ? 'L' : 'M', place(x, at[i]), place(y, curve->y[i]));
        pen = there;
    }
    fputs("\"/>\n", page);
    for (int64_t i = 0; n <= DOTS && i < n; i++) {
        if (!is_drawn(curve->y[i])) continue;
        fprintf(page, "<circle class=\"dot c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>", number,
                place(x, at[i]), place(y, curve->y[i]));
        html_text(page, curve->name);
        fprintf(page, ", epoch %g: %.6g</title></circle>\n", at[i], curve->y[i]);
    }
}

static bool has_values(const Curve *curve, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (is_drawn(curve->y[i])) return true;
    return false;
}

void chart_print(FILE *page, const char *title, const double *x, int64_t n, const Curve *curve,
                 int64_t curves) {
    int64_t shown = 0;
    for (int64_t c = 0; c < curves; c++) shown += has_values(&curve[c], n);
    if (!shown) return;
    Scale across = x_scale(x, n), up = y_scale(curve, curves, n);
    fputs("<figure class=\"chart\"><figcaption>", page);
    html_text(page, title);
    if (up.log) fputs(" <span class=\"note\">logarithmic</span>", page);
    for (int64_t c = 0; shown > 1 && c < curves; c++) {
        fprintf(page, "<span class=\"key k%d\">", (int)c);
        html_text(page, curve[c].name);
        fputs("</span>", page);
    }
    fprintf(page, "</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH,
            HEIGHT);
    html_text(page, title);
    fputs(" over the epochs\">\n", page);
    print_grid(page, &across, &up);
    for (int64_t c = 0; c < curves; c++) print_curve(page, &across, &up, x, n, &curve[c], (int)c);
    fputs("</svg></figure>\n", page);
}

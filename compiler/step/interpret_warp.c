// SPDX-License-Identifier: MIT
// WARP: the pixel (x, y) of the result is the image at (a x + b y + c, d x + e y + f), from the four pixels
// around that place by their distances, or the nearest one, as TensorFlow's ImageProjectiveTransformV3 has
// it. A place beyond the image stands for one inside, by an axis of L pixels:
//   nearest    the first or the last pixel
//   reflect    |  x, then 2 L - 1 - x, and again with a period of 2 L
//   wrap       x less L for each L - 1 that it is beyond, or the first or last pixel where that is outside
//   period     x less L - 1 as often as it is beyond
//   constant   itself: what is outside there has the given value
//   cut        itself: a place before the first pixel or behind the last one has the given value alone
// The adjoint adds dy to the same pixels by the same shares.
#include "step/interpret.h"
#include <math.h>

typedef struct Places { // of one pixel of the result
    int n;
    int64_t row[4], column[4];
    double share[4];
    bool beyond; // it is cut
} Places;

static double reflect(double x, double count) {
    if (x < 0) x = -x - 1;
    x -= 2 * count * trunc(x / (2 * count));
    return x < count ? x : 2 * count - 1 - x;
}

static double wrap(Interpreter *r, double x, double count) {
    double last = count - 1;
    if (last == 0) return 0;
    interpreter_near(r, fabs(x / last - round(x / last)) * last); // it jumps
    if (x < 0) return x + count * (trunc(-x / last) + 1);
    return x > last ? x - count * trunc(x / last) : x;
}

static double period(Interpreter *r, double x, double count) {
    double last = count - 1;
    if (last == 0) return 0;
    interpreter_near(r, fabs(x / last - round(x / last)) * last); // it jumps
    if (x < 0) return x + last * (trunc(-x / last) + 1);
    return x > last ? x - last * trunc(x / last) : x;
}

static bool beyond(Interpreter *r, double x, int64_t count) {
    double last = (double)(count - 1);
    interpreter_near(r, fmin(fabs(x), fabs(x - last))); // it jumps
    return x < 0 || x > last;
}

static double place(Interpreter *r, const Node *n, double x, int64_t count) {
    if (warp_fills(n->fill)) return x;
    if (n->fill == FILL_REFLECT) x = reflect(x, (double)count);
    if (n->fill == FILL_WRAP) x = wrap(r, x, (double)count);
    if (n->fill == FILL_PERIOD) x = period(r, x, (double)count);
    return fmin(fmax(x, 0), (double)(count - 1));
}

static Places nearest(Interpreter *r, double row, double column) {
    interpreter_near(r, fabs(row - floor(row) - 0.5));
    interpreter_near(r, fabs(column - floor(column) - 0.5));
    return (Places){1, {(int64_t)round(row)}, {(int64_t)round(column)}, {1}, false};
}

static Places around(double row, double column) {
    Places p = {.n = 4};
    double down = row - floor(row), right = column - floor(column);
    for (int k = 0; k < 4; k++) {
        p.row[k] = (int64_t)floor(row) + k / 2;
        p.column[k] = (int64_t)floor(column) + k % 2;
        p.share[k] = (k / 2 ? down : 1 - down) * (k % 2 ? right : 1 - right);
    }
    return p;
}

typedef struct Images {
    const Node *n;
    const Tensor *image, *warped;
    double map[WARP_EXPRS]; // of the sample at hand
    double *of, *to; // image and warped, or their gradients
} Images;

static Places places(Interpreter *r, const Images *m, int64_t y, int64_t x) {
    const double *c = m->map;
    double column = c[0] * (double)x + c[1] * (double)y + c[2];
    double row = c[3] * (double)x + c[4] * (double)y + c[5];
    row = place(r, m->n, row, m->image->dim[0]);
    column = place(r, m->n, column, m->image->dim[1]);
    Places p = warp_linear(m->n) ? around(row, column) : nearest(r, row, column);
    if (m->n->fill == FILL_CUT)
        p.beyond = beyond(r, row, m->image->dim[0]) || beyond(r, column, m->image->dim[1]);
    return p;
}

static void warp_pixel(const Images *m, const Places *p, double *to) {
    int64_t rows = m->image->dim[0], columns = m->image->dim[1], channels = m->image->dim[2];
    for (int k = 0; k < p->n; k++) {
        int64_t y = p->row[k], x = p->column[k];
        bool inside = !p->beyond && y >= 0 && y < rows && x >= 0 && x < columns;
        double *of = m->of + (inside ? y * columns + x : 0) * channels;
        for (int64_t c = 0; c < channels; c++) {
            if (m->n->scatter)
                of[c] += inside ? p->share[k] * to[c] : 0;
            else if (p->share[k] != 0) // at the last pixel the one behind it does not count
                to[c] += p->share[k] * (inside ? of[c] : m->n->outside);
        }
    }
}

static void warp_sample(Interpreter *r, const Images *m) {
    int64_t columns = m->warped->dim[1], channels = m->warped->dim[2];
    int64_t count = interpreter_count(m->n->scatter ? m->image : m->warped);
    for (int64_t i = 0; i < count; i++) (m->n->scatter ? m->of : m->to)[i] = 0;
    for (int64_t y = 0; y < m->warped->dim[0]; y++)
        for (int64_t x = 0; x < columns; x++) {
            Places p = places(r, m, y, x);
            warp_pixel(m, &p, m->to + (y * columns + x) * channels);
        }
}

void interpret_warp(Interpreter *r, const Node *n) {
    int image = n->scatter ? n->out[0].tensor : n->in[0].tensor;
    int warped = n->scatter ? n->in[0].tensor : n->out[0].tensor;
    Images m = {.n = n, .image = &r->s->tensor[image], .warped = &r->s->tensor[warped]};
    for (int64_t i = 0; i < r->n; i++) {
        double number[MAX_IN] = {0};
        int64_t at[MAX_AXIS] = {i};
        for (int k = 1; k < n->nin; k++) {
            Reading u = interpreter_read(r, &n->in[k]);
            number[k] = *element_at(n, &u, at);
        }
        for (int k = 0; k < WARP_EXPRS; k++) m.map[k] = interpret_expr(r, n->expr[k], number);
        m.of = r->value[image] + i * interpreter_count(m.image);
        m.to = r->value[warped] + i * interpreter_count(m.warped);
        warp_sample(r, &m);
    }
}

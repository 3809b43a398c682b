// SPDX-License-Identifier: 0BSD
// A matrix with orthogonal columns, or rows where they are fewer, each `length` long: normal numbers, made
// orthogonal one vector after the other (Gram and Schmidt). That is the Q of a QR decomposition whose R has
// a positive diagonal, so that all orthogonal matrices are equally likely. What floats round away is taken
// out by a second turn.
#include "engine/core.h"
#include "engine/elementary.h"

static double dot(const float *a, const float *b, int64_t n, int64_t step) {
    double sum = 0;
    for (int64_t i = 0; i < n * step; i += step) sum += (double)a[i] * b[i];
    return sum;
}

static void scale(float *a, int64_t n, int64_t step, double by) {
    for (int64_t i = 0; i < n * step; i += step) a[i] = (float)(a[i] * by);
}

void orthogonal_fill(Stream *stream, int64_t rows, int64_t columns, double length, float *to) {
    bool tall = rows >= columns; // the vectors are columns, whose elements lie a row apart
    int64_t vectors = tall ? columns : rows, n = tall ? rows : columns;
    int64_t step = tall ? columns : 1, next = tall ? 1 : columns;
    for (int64_t i = 0; i < rows * columns; i++) to[i] = (float)stream_normal(stream);
    for (int64_t k = 0; k < vectors; k++) {
        float *v = to + k * next;
        for (int64_t j = 0; j < 2 * k; j++) {
            const float *u = to + j % k * next;
            double along = dot(u, v, n, step);
            for (int64_t i = 0; i < n * step; i += step) v[i] = (float)(v[i] - along * u[i]);
        }
        scale(v, n, step, 1 / cnn_sqrt(dot(v, v, n, step)));
    }
    for (int64_t k = 0; k < vectors; k++) scale(to + k * next, n, step, length);
}

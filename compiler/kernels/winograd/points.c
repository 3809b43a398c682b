// SPDX-License-Identifier: MIT
// Winograd's points and matrices. Points were chosen by their rounding error on random data: F(2,3)
// 0, +-1; F(3,3) +-3/8, +-11/8; F(4,3) 0, +-3/4, +-3/2; F(5,3) +-1, +-11/32, +-15/8; F(6,3) 0, +-1,
// +-1/2, +-2 (root mean square errors 2e-7, 3e-7, 7e-7, 2e-6 and 2e-6, on both axes). Other taps take
// the points of as many: on one axis F(2,5), F(4,5) and F(5,5) err by 3e-7, 6e-7 and 8e-7.
#include "kernels/winograd/winograd.h"
#include <string.h>

// The pair +-1 comes first and begins sums without a product. With it F(3,3) would err
// 1.4 times and F(4,3) twice as much.
static const struct {
    int t, pairs, zero;
    double q[4];
} forms[] = {
    {3, 1, 0, {1}},
    {4, 1, 1, {1}},
    {5, 2, 0, {0.375, 1.375}},
    {6, 2, 1, {0.75, 1.5}},
    {7, 3, 0, {1, 0.34375, 1.875}},
    {8, 3, 1, {1, 0.5, 2}},
    {9, 4, 0, {1, 0.25, 0.625, 2.25}},
};

int64_t tiles_a_window(int64_t m, int64_t window) {
    int64_t tiles = 1;
    while (tiles * m % window) tiles++;
    return tiles;
}

static Winograd toom_cook(int m, int r) {
    int f = m + r - 1 - forms[0].t;
    Winograd w = {.m = m,
                  .r = r,
                  .t = forms[f].t,
                  .stride = 1,
                  .pairs = forms[f].pairs,
                  .zero = forms[f].zero};
    memcpy(w.q, forms[f].q, sizeof w.q);
    double point[WINO_POINTS] = {0};
    int n = w.t - 1; // finite points; the last row is infinity
    for (int i = 0; i < w.pairs; i++) {
        point[2 * i] = w.q[i];
        point[2 * i + 1] = -w.q[i];
    }
    for (int j = 0; j <= n; j++) {
        double c[WINO_POINTS + 1] = {1}, scale = 1; // product of (x - q) over the other points
        int degree = 0;
        for (int l = 0; l < n; l++) {
            if (l == j) continue;
            degree++;
            for (int e = degree; e >= 0; e--) c[e] = (e ? c[e - 1] : 0) - point[l] * c[e];
            if (j < n) scale *= point[j] - point[l];
        }
        for (int e = 0; e < w.t; e++) w.B[j][e] = c[e];
        double power = 1;
        for (int e = 0; e < r; e++, power *= j < n ? point[j] : 0)
            w.G[j][e] = j < n ? power / scale : e == r - 1;
        power = 1;
        for (int e = 0; e < m; e++, power *= j < n ? point[j] : 0)
            w.A[e][j] = j < n ? power : e == m - 1;
    }
    return w;
}

static Winograd one_tap(int m) {
    Winograd w = {.m = m, .r = 1, .t = m, .stride = 1};
    for (int j = 0; j < m; j++) w.G[j][0] = w.B[j][j] = w.A[j][j] = 1;
    return w;
}

Winograd winograd_phase(const Winograd *w, int phase) {
    return winograd(w->m, (w->r - phase + w->stride - 1) / w->stride, 1);
}

Winograd winograd(int m, int r, int stride) {
    if (stride == 1) return r == 1 ? one_tap(m) : toom_cook(m, r);
    Winograd w = {.m = m, .r = r, .stride = stride};
    for (int phase = 0; phase < stride; phase++) {
        Winograd part = winograd_phase(&w, phase);
        for (int j = 0; j < part.t; j++, w.t++) {
            for (int e = 0; e < part.r; e++) w.G[w.t][e * stride + phase] = part.G[j][e];
            for (int e = 0; e < part.t; e++) w.B[w.t][e * stride + phase] = part.B[j][e];
            for (int e = 0; e < m; e++) w.A[e][w.t] = part.A[e][j];
        }
    }
    return w;
}

int64_t winograd_points(int64_t m, int64_t r, int64_t stride) {
    return (m - 1) * stride + r;
}

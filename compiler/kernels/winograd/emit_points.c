// SPDX-License-Identifier: MIT
// Winograd's transforms along one axis: at stride 1, and phase by phase at a larger one. Points come in pairs +-q, and
// each pair costs little more than one point: what their rows have in common is summed once. The pair +-1 costs no
// products.
#include "kernels/winograd/emit_points.h"

// sum + x c, where NULL is 0 and c = +-1 costs no product.
static Val plus(Builder *ir, Val sum, Val x, double c, int width) {
    if (c == 0 || !x) return sum;
    if (!sum) return c == 1 ? x : ir_fmul(ir, x, ir_f32(ir, c, width));
    if (c == 1) return ir_fadd(ir, sum, x);
    if (c == -1) return ir_fsub(ir, sum, x);
    return ir_fma(ir, x, ir_f32(ir, c, width), sum);
}

// c x, from the last term down: rows of B^T begin with 1 there.
static Val dot(Builder *ir, const double *c, const Val *x, int last, int step, int width) {
    Val sum = NULL;
    for (int e = last; e >= 0; e -= step) sum = plus(ir, sum, x[e], c[e], width);
    return sum;
}

// Values at the points +-q, added and subtracted.
static void pairs(Builder *ir, const Winograd *w, const Val *at, Val *sum, Val *difference) {
    for (int i = 0; i < w->pairs; i++) {
        sum[i] = ir_fadd(ir, at[2 * i], at[2 * i + 1]);
        difference[i] = ir_fsub(ir, at[2 * i], at[2 * i + 1]);
    }
}

// v = B^T d. The rows of a pair differ in the sign of every other term, not in the leading one.
static void input(Builder *ir, const Winograd *w, const Val *d, Val *v, int width) {
    int t = w->t;
    for (int i = 0; i < w->pairs; i++) {
        const double *row = w->B[2 * i];
        Val same = dot(ir, row, d, t - 2, 2, width), other = dot(ir, row, d, t - 3, 2, width);
        v[2 * i] = ir_fadd(ir, same, other);
        v[2 * i + 1] = ir_fsub(ir, same, other);
    }
    for (int j = 2 * w->pairs; j < t; j++) v[j] = dot(ir, w->B[j], d, t - 1, 1, width);
}

// y = A^T m
static void output(Builder *ir, const Winograd *w, const Val *m, Val *y, int width) {
    Val sum[4], difference[4];
    pairs(ir, w, m, sum, difference);
    for (int e = 0; e < w->m; e++) {
        y[e] = NULL;
        for (int i = 0; i < w->pairs; i++)
            y[e] = plus(ir, y[e], e % 2 ? difference[i] : sum[i], w->A[e][2 * i], width);
        for (int j = 2 * w->pairs; j < w->t; j++) y[e] = plus(ir, y[e], m[j], w->A[e][j], width);
    }
}

// u = G g
static void filter(Builder *ir, const Winograd *w, const Val *g, Val *u, int width) {
    for (int j = 0; j < w->t; j++) u[j] = dot(ir, w->G[j], g, w->r - 1, 1, width);
}

// m = A y, the adjoint of output; y NULL where the tile sticks out
static void output_grad(Builder *ir, const Winograd *w, const Val *y, Val *m, int width) {
    for (int i = 0; i < w->pairs; i++) {
        Val half[2] = {NULL, NULL}; // even and odd terms
        for (int e = 0; e < w->m; e++)
            half[e % 2] = plus(ir, half[e % 2], y[e], w->A[e][2 * i], width);
        m[2 * i] = plus(ir, half[0], half[1], 1, width);
        m[2 * i + 1] = plus(ir, half[0], half[1], -1, width);
    }
    for (int j = 2 * w->pairs; j < w->t; j++) {
        m[j] = NULL;
        for (int e = 0; e < w->m; e++) m[j] = plus(ir, m[j], y[e], w->A[e][j], width);
    }
}

// g = G^T u, the adjoint of filter; of a pair, G's columns are equal or opposite
void points_filter_grad(Builder *ir, const Winograd *w, const Val *u, Val *g, int width) {
    Val sum[4], difference[4];
    pairs(ir, w, u, sum, difference);
    for (int e = 0; e < w->r; e++) {
        g[e] = NULL;
        for (int i = 0; i < w->pairs; i++) {
            bool equal = w->G[2 * i][e] * w->G[2 * i + 1][e] > 0;
            g[e] = plus(ir, g[e], equal ? sum[i] : difference[i], w->G[2 * i][e], width);
        }
        for (int j = 2 * w->pairs; j < w->t; j++) g[e] = plus(ir, g[e], u[j], w->G[j][e], width);
    }
}

// d = B m, the adjoint of input: of a pair, B's columns are equal in every other row from the leading one on
static void input_grad(Builder *ir, const Winograd *w, const Val *m, Val *d, int width) {
    Val sum[4], difference[4];
    pairs(ir, w, m, sum, difference);
    for (int e = 0; e < w->t; e++) {
        d[e] = NULL;
        for (int i = 0; i < w->pairs; i++)
            d[e] = plus(ir, d[e], (w->t - e) % 2 ? difference[i] : sum[i], w->B[2 * i][e], width);
        for (int j = 2 * w->pairs; j < w->t; j++) d[e] = plus(ir, d[e], m[j], w->B[j][e], width);
    }
}

// --- any stride: taps and inputs of a phase lie a stride apart, points follow each other, outputs are one sum ---

typedef enum { TAPS, INPUTS, OUTPUTS } Side;

static void to_points(Builder *ir, const Winograd *w, Transform *f, Side side, const Val *in,
                      Val *out, int width) {
    for (int phase = 0; phase < w->stride; phase++) {
        Winograd part = winograd_phase(w, phase);
        Val of[WINO_POINTS] = {0};
        int n = side == TAPS ? part.r : part.t;
        for (int i = 0; i < n && side != OUTPUTS; i++) of[i] = in[i * w->stride + phase];
        f(ir, &part, side == OUTPUTS ? in : of, out, width);
        out += part.t;
    }
}

static void from_points(Builder *ir, const Winograd *w, Transform *f, Side side, const Val *in,
                        Val *out, int width) {
    for (int phase = 0; phase < w->stride; phase++) {
        Winograd part = winograd_phase(w, phase);
        Val of[WINO_POINTS] = {0};
        int n = side == INPUTS ? part.t : part.m;
        f(ir, &part, in, of, width);
        for (int i = 0; i < n; i++) {
            Val *to = side == OUTPUTS ? &out[i] : &out[i * w->stride + phase];
            *to = side == OUTPUTS && phase ? ir_fadd(ir, *to, of[i]) : of[i];
        }
        in += part.t;
    }
}

void points_input(Builder *ir, const Winograd *w, const Val *in, Val *out, int width) {
    to_points(ir, w, input, INPUTS, in, out, width);
}

void points_output(Builder *ir, const Winograd *w, const Val *in, Val *out, int width) {
    from_points(ir, w, output, OUTPUTS, in, out, width);
}

void points_filter(Builder *ir, const Winograd *w, const Val *in, Val *out, int width) {
    to_points(ir, w, filter, TAPS, in, out, width);
}

void points_output_grad(Builder *ir, const Winograd *w, const Val *in, Val *out, int width) {
    to_points(ir, w, output_grad, OUTPUTS, in, out, width);
}

void points_input_grad(Builder *ir, const Winograd *w, const Val *in, Val *out, int width) {
    from_points(ir, w, input_grad, INPUTS, in, out, width);
}

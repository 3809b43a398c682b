// SPDX-License-Identifier: MIT
// A convolution at Winograd's points along the rows, with the max-pool after it (see kernels/winograd/rows.c for the
// rewrite). A tile is a few windows that stand side by side, by one vector of channels:
//     m[p][x] = sum over kx and i of V[strip][p][x + kx][i] U[p][kx][i][o]
//     y       = A^T m in each column, its windows' maximum, stages
// Each element of V is broadcast once a tile. A kernel that fits stays in registers beside the sums.
#include "kernels/winograd/family.h"
#include "kernels/generic/nest.h"
#include "kernels/winograd/emit_points.h"
#include "support/limit.h"

enum { MAX_SUMS = 64, UNROLL_FMA = 256 };

typedef struct Pooled {
    Builder *ir;
    const Plan *p;
    const Nest *n; // axes of the convolution: row, column, channel; operands V, U
    const Tile *t;
    Winograd w;
    const Tensor *v, *u;
    int64_t taps, in; // columns of the kernel, channels of x
    int64_t columns; // of the tile at hand
    Lanes l;
    bool held;
    Val kernel[MAX_SUMS]; // in registers, if held: by point, tap and channel
} Pooled;

static Val kernel_at(const Pooled *q, Val u, int64_t point, int64_t tap) {
    Builder *ir = q->ir;
    Val i = ir_int(ir, point * q->u->stride[0] + tap * q->u->stride[1]);
    return ir_load(ir, ir_at(ir, u, ir->f32, i), q->l);
}

static Val input_at(const Pooled *q, Val v, int64_t point, int64_t column) {
    Builder *ir = q->ir;
    Val i = ir_int(ir, point * q->v->stride[0] + column * q->v->stride[2]);
    return ir_splat(ir, ir_scalar(ir, ir->f32, ir_at(ir, v, ir->f32, i)), q->l.width);
}

// Channel i of V or U; all that is loaded of it stands at constant distances.
static Val channel_at(const Pooled *q, const Cursor *c, int op, Val i, int64_t stride) {
    Builder *ir = q->ir;
    return ir_at(ir, operand_at(ir, q->p, q->n, c, op), ir->f32, ir_mulk(ir, i, stride));
}

// What channel i of x adds to the sums, by point and column; those that are NULL begin.
static void multiply(const Pooled *q, const Cursor *c, Val i, const Val *held, Val *sum) {
    Builder *ir = q->ir;
    Val v = ir_again(ir, channel_at(q, c, 0, i, 1));
    Val u = held ? NULL : ir_again(ir, channel_at(q, c, 1, i, q->u->stride[2]));
    for (int64_t p = 0; p < q->w.t; p++) {
        Val kernel[MAX_SUMS];
        for (int64_t k = 0; k < q->taps; k++)
            kernel[k] = held ? held[(p * q->taps + k) * q->in] : kernel_at(q, u, p, k);
        for (int64_t x = 0; x < q->columns + q->taps - 1; x++) {
            Val d = input_at(q, v, p, x);
            for (int64_t k = 0; k < q->taps; k++) {
                if (x < k || x - k >= q->columns) continue;
                Val *to = &sum[p * q->columns + x - k];
                *to = *to ? ir_fma(ir, d, kernel[k], *to) : ir_fmul(ir, d, kernel[k]);
            }
        }
    }
}

// Over the channels of x: few of them one after the other, many in a loop.
static void sum_channels(const Pooled *q, const Cursor *c, Val *sum) {
    Builder *ir = q->ir;
    int64_t count = WITHIN(q->w.t * q->columns, MAX_SUMS, "sums of a strip");
    bool unroll = count * q->taps * q->in <= UNROLL_FMA;
    for (int64_t i = 0; i < (unroll ? q->in : 1); i++)
        multiply(q, c, ir_int(ir, i), q->held ? &q->kernel[i] : NULL, sum);
    if (unroll) return;
    Val var[MAX_SUMS];
    Type vec = ir_vec(ir, ir->f32, q->l.width);
    for (int64_t k = 0; k < count; k++) var[k] = ir_var(ir, vec, sum[k]);
    Loop l = ir_loop(ir, ir_int(ir, 1), ir_int(ir, q->in), 1);
    for (int64_t k = 0; k < count; k++) sum[k] = ir_get(ir, vec, var[k]);
    multiply(q, c, l.i, NULL, sum);
    for (int64_t k = 0; k < count; k++) ir_set(ir, var[k], sum[k]);
    ir_end(ir, &l);
    for (int64_t k = 0; k < count; k++) sum[k] = ir_get(ir, vec, var[k]);
}

static void tile(const Pooled *q, Cursor c) {
    Builder *ir = q->ir;
    const int64_t *pool = q->n->pool;
    Val sum[MAX_SUMS] = {0}, y[WINO_TILE][MAX_SUMS], window[MAX_WINDOW];
    int positions = WITHIN(pool[0] * pool[1], MAX_WINDOW, "positions of a window");
    sum_channels(q, &c, sum);
    for (int64_t x = 0; x < q->columns; x++) {
        Val m[WINO_POINTS], out[WINO_TILE];
        for (int64_t p = 0; p < q->w.t; p++) m[p] = sum[p * q->columns + x];
        points_output(ir, &q->w, m, out, q->l.width);
        for (int64_t d = 0; d < pool[0]; d++) y[d][x] = out[d];
    }
    for (int64_t x = 0; x < q->columns; x += pool[1]) {
        for (int64_t i = 0; i < positions; i++) window[i] = y[i / pool[1]][x + i % pool[1]];
        Cursor at = cursor_stepk(ir, q->n, c, 2, x);
        finish_maximum(ir, q->p, q->n, &at, window, q->l, 3);
    }
}

// A strip's row of windows, for one vector of channels.
static void windows(void *state, Cursor c, Lanes l) {
    Pooled *q = state;
    Builder *ir = q->ir;
    q->l = l;
    int64_t taps = q->taps * q->in, extent = q->n->extent[2], size = q->t->rows[1];
    q->held = q->w.t * (taps + size) <= q->p->target.accumulators;
    int64_t kernel = q->held ? WITHIN(q->w.t * taps, MAX_SUMS, "points of a kernel") : 0;
    for (int64_t i = 0; i < kernel; i++)
        q->kernel[i] = kernel_at(q, channel_at(q, &c, 1, ir_int(ir, i % q->in), q->u->stride[2]),
                                 i / taps, i % taps / q->in);
    int64_t end[2] = {extent / size * size, extent};
    for (int part = 0; part < 2; part++) {
        int64_t from = part ? end[0] : 0;
        q->columns = part ? extent % size : size;
        if (from == end[part]) continue;
        Loop x = ir_loop(ir, ir_int(ir, from), ir_int(ir, end[part]), q->columns);
        tile(q, cursor_step(ir, q->n, c, 2, x.i));
        ir_end(ir, &x);
    }
}

static void emit_products(Builder *ir, const Plan *p, const Kernel *k) {
    const Nest *n = &k->nest;
    const Tensor *tensor = p->step->tensor;
    Pooled q = {.ir = ir, .p = p, .n = n, .t = &k->tile};
    q.v = &tensor[n->op[0].tensor];
    q.u = &tensor[n->op[1].tensor];
    q.taps = WITHIN(q.u->dim[1], MAX_SUMS, "columns of a kernel");
    q.in = q.u->dim[2];
    q.w = winograd((int)n->pool[0], (int)(q.u->dim[0] - n->pool[0] + 1), 1);
    Loop s = ir_loop(ir, ir->lo, ir->hi, 1);
    Cursor c = cursor_step(ir, n, cursor_start(ir, n), 0, s.i);
    Val lo, hi;
    ir_own_share(ir, q.v->dim[1], 1, &lo, &hi);
    Loop strip = ir_loop(ir, lo, hi, 1);
    c = cursor_step(ir, n, c, 1, ir_mulk(ir, strip.i, n->pool[0]));
    c.off[0] = ir_add(ir, c.off[0], ir_mulk(ir, strip.i, q.v->stride[1]));
    each_vector(ir, n, c, 3, n->extent[3], windows, &q);
    ir_end(ir, &strip);
    ir_end(ir, &s);
}

void emit_strips_pool(Builder *ir, const Plan *p, const Kernel *k) {
    bool transform = p->step->node[k->node[0]]->kind == P_TRANSFORM;
    (transform ? emit_strips : emit_products)(ir, p, k);
}

// SPDX-License-Identifier: MIT
// What the plan's rewrites mean: tensors at Winograd's points, and CONTRACTs that read a pooled gradient.
//   TRANSFORM  with the matrices of F(m, r), along each of the axes that are summed:
//              U = G k,  V = B^T x,  y = A^T M,  and the adjoints  Y = A dy,  dk = G^T dU,  dx += B M
//   SPARSE     d[y, x, o] = g[y / P0, x / P1, o] where the argmax of that window is (y, x), else 0; then
//              the CONTRACT of d and its other factor, as it stood before the rewrite: d along axes 1 to 3
//   STRIPS     y[s m + j, x, o] = sum over points p, kx and i of A[p][j] V[p][s][x + kx][i] U[p][kx][i][o]
#include "step/interpret.h"
#include "kernels/winograd/winograd.h"

// ---- TRANSFORM

typedef struct Points {
    const Node *n;
    Winograd w[2];
    int inner; // axes that are transformed, 1 or 2: the last ones
    int64_t stride; // between points
} Points;

// The matrix of axis d: what element i has to do with point p.
static double weight(const Points *q, int d, int64_t p, int64_t i) {
    switch (q->n->op) {
    case X_FILTER:
    case X_FILTER_GRAD: return q->w[d].G[p][i];
    case X_INPUT:
    case X_INPUT_GRAD: return q->w[d].B[p][i];
    default: return q->w[d].A[i][p];
    }
}

static double weight_of(const Points *q, int64_t p, const int64_t *at) {
    const Node *n = q->n;
    int first = n->naxis - q->inner;
    if (q->inner == 1) return weight(q, 0, p, at[first]);
    return weight(q, 0, p / q->w[1].t, at[first]) * weight(q, 1, p % q->w[1].t, at[first + 1]);
}

static void transform_tile(Interpreter *r, const Points *q, int64_t *at, const Reading *in,
                           const Reading *out) {
    const Node *n = q->n;
    bool to = transform_to_points(n);
    int64_t count = q->w[0].t * (q->inner == 2 ? q->w[1].t : 1);
    double *points = element_at(n, to ? out : in, at);
    for (int64_t p = 0; p < count && to; p++) points[p * q->stride] = 0;
    do {
        double *x = element_at(n, to ? in : out, at), sum = 0; // NULL: the tile sticks out
        for (int64_t p = 0; p < count && x; p++)
            if (to)
                points[p * q->stride] += weight_of(q, p, at) * *x;
            else
                sum += weight_of(q, p, at) * points[p * q->stride];
        if (x && !to) *x = sum + (n->op == X_INPUT_GRAD ? *x : 0);
    } while (next_point(r, n, at, n->naxis - q->inner, n->naxis));
}

void interpret_transform(Interpreter *r, const Node *n) {
    Reading in = interpreter_read(r, &n->in[0]), out = interpreter_read(r, &n->out[0]);
    const Tensor *points = transform_to_points(n) ? out.t : in.t;
    Points q = {.n = n, .inner = step_inner(n)};
    q.stride = interpreter_count(points) / points->dim[0];
    for (int d = 0; d < q.inner; d++)
        q.w[d] =
            winograd((int)n->window[d], q.inner == 2 ? 3 : (int)n->window[1], (int)n->window[2]);
    int64_t all = (n->samples ? r->n : 1) * interpreter_count(out.t), at[MAX_AXIS];
    for (int64_t i = 0; i < all && n->op == X_INPUT_GRAD; i++) out.value[i] = 0;
    first_point(n, at);
    do transform_tile(r, &q, at, &in, &out);
    while (next_point(r, n, at, 0, n->naxis - q.inner));
}

// ---- SPARSE

static Tensor plain_tensor(Owner owner, int rank, const int64_t *dim) {
    Tensor t = {.name = "", .owner = owner, .rank = rank};
    for (int d = 0; d < rank; d++) {
        t.dim[d] = dim[d];
        t.need[d] = (Span){0, dim[d]};
    }
    return t;
}

// Whole tensor t along these axes of the node.
static Reading along(const Interpreter *r, const Tensor *t, const int *axis) {
    int64_t samples = owner_per_sample(t->owner) ? r->n : 1;
    Reading o = {.t = t, .x = access_none(-1)};
    o.value = ARENA_ARRAY(r->arena, double, samples *interpreter_count(t));
    for (int d = 0; d < t->rank; d++) o.x.coef[d][axis[d]] = 1;
    return o;
}

// g at element i of the pooled tensors: as it lies there, or computed from two.
static double pooled_gradient(Interpreter *r, const Node *n, int64_t i) {
    double in[2] = {r->value[n->in[0].tensor][i], 0};
    if (n->nin > 3) in[1] = r->value[n->in[3].tensor][i];
    return n->expr[0] ? interpret_expr(r, n->expr[0], in) : in[0];
}

// Fills d, and the sums over all windows in bias, if it is wanted.
static void spread_windows(Interpreter *r, const Node *n, const Reading *d, double *bias) {
    const Tensor *g = &r->s->tensor[n->in[0].tensor];
    const double *argmax = r->value[n->in[2].tensor];
    int64_t count = interpreter_count(g), of = interpreter_count(d->t), co = g->dim[2];
    for (int64_t i = 0; i < r->n * count; i++) {
        int64_t sample = i / count, o = i % co, col = i / co % g->dim[1],
                row = i % count / co / g->dim[1];
        if (row >= g->need[0].hi || col >= g->need[1].hi) continue;
        double value = pooled_gradient(r, n, i);
        int64_t y = row * n->window[0] + (int64_t)argmax[i] / n->window[1];
        int64_t x = col * n->window[1] + (int64_t)argmax[i] % n->window[1];
        if (y < d->t->dim[0] && x < d->t->dim[1])
            d->value[sample * of + (y * d->t->dim[1] + x) * co + o] = value;
        if (bias) bias[o] += value;
    }
}

static int axis_of(const Access *x, int d,
                   int but) { // that dimension d runs along, other than `but`
    for (int a = 1; a < MAX_AXIS; a++)
        if (a != but && x->coef[d][a]) return a;
    return 0;
}

// The kernel that was packed as [CI / V][CO][KH][KW][V], as [KH][KW][CI][CO] along the node's axes.
static Reading unpacked_kernel(const Interpreter *r, const Node *n, Tensor *t) {
    const Tensor *from = &r->s->tensor[n->in[1].tensor];
    const double *value = r->value[n->in[1].tensor];
    int64_t co = from->dim[1], v = from->dim[4];
    *t = plain_tensor(O_STEP, 4, (int64_t[]){from->dim[2], from->dim[3], from->dim[0] * v, co});
    int axis[4] = {axis_of(&n->out[0], 0, 1), axis_of(&n->out[0], 1, 2), axis_of(&n->out[0], 2, 0),
                   3};
    Reading k = along(r, t, axis);
    for (int64_t i = 0; i < interpreter_count(t); i++) {
        int64_t o = i % co, ci = i / co % t->dim[2], tap = i / co / t->dim[2];
        k.value[i] = value[((ci / v * co + o) * t->dim[0] * t->dim[1] + tap) * v + ci % v];
    }
    return k;
}

void interpret_sparse(Interpreter *r, const Node *n) {
    int64_t dim[3] = {n->axis[1].span.hi, n->axis[2].span.hi, n->axis[3].span.hi};
    Tensor dense = plain_tensor(O_SAMPLE, 3, dim), kernel;
    Reading in[2] = {along(r, &dense, (int[]){1, 2, 3})}, out = interpreter_read(r, &n->out[0]);
    double *bias = NULL;
    if (n->nout > 1 && r->s->tensor[n->out[1].tensor].type == T_F32) {
        bias = r->value[n->out[1].tensor];
        for (int64_t o = 0; o < dim[2]; o++) bias[o] = 0;
    }
    spread_windows(r, n, &in[0], bias);
    in[1] = n->op == C_SPARSE_DX ? unpacked_kernel(r, n, &kernel) : interpreter_read(r, &n->in[1]);
    sum_products(r, n, &out, in, 2);
}

// ---- STRIPS

static double strip_output(const Interpreter *r, const Node *n, const Winograd *w,
                           const int64_t *at) {
    const Tensor *v = &r->s->tensor[n->in[0].tensor], *u = &r->s->tensor[n->in[1].tensor];
    const double *from = r->value[n->in[0].tensor] + at[0] * interpreter_count(v);
    int64_t row = at[1] - n->axis[1].span.lo, x = at[2] - n->axis[2].span.lo, ci = u->dim[2],
            co = u->dim[3];
    double y = 0;
    for (int64_t p = 0; p < w->t; p++)
        for (int64_t k = 0; k < u->dim[1]; k++)
            for (int64_t i = 0; i < ci; i++) {
                int64_t strip = (p * v->dim[1] + row / w->m) * v->dim[2] + x + k;
                double kernel =
                    r->value[n->in[1].tensor][((p * u->dim[1] + k) * ci + i) * co + at[3]];
                y += w->A[row % w->m][p] * from[strip * ci + i] * kernel;
            }
    return y;
}

void interpret_strips(Interpreter *r, const Node *n) {
    Reading out = interpreter_read(r, &n->out[0]);
    int taps = (int)axis_extent(n, 4), points = (int)r->s->tensor[n->in[0].tensor].dim[0];
    Winograd w = winograd(points - taps + 1, taps, 1);
    int64_t at[MAX_AXIS];
    first_point(n, at);
    do *element_at(n, &out, at) = strip_output(r, n, &w, at);
    while (next_point(r, n, at, 0, 4));
}

// SPDX-License-Identifier: MIT
// Winograd convolution as a rewrite: a CONTRACT of a 3x3 kernel at stride 1 becomes
//   U[p][i][o]  the kernel at the points, once a step (or once for all in an object)
//   V[p][tile][i]  tiles of the input at the points
//   M[p][tile][o] = sum over i of V[p][tile][i] U[p][i][o]      one matrix product a point, plain row
//   y           tiles of the output from M
// with p running over the pairs of points of both axes. It serves the forward and, with the kernel
// turned round and in and out exchanged, the gradient by the input. Tiles of 2, 4 or 5 outputs are
// priced for each axis; tiles that stick out read zeros and their outputs are not stored.
// Points were chosen by their rounding error on random data: F(2,3) 0, +-1; F(4,3) 0, +-3/4, +-3/2;
// F(5,3) +-3/8, +-7/8, +-3/2 (root mean square errors 2e-7, 7e-7 and 2e-6).
//   requires: backward, gathered        sets: nodes
#include "plan/winograd.h"
#include "plan/plan.h"
#include <math.h>
#include <string.h>

static const struct {
    int m, pairs, zero;
    double q[3];
} forms[] = {
    {2, 1, 1, {1}},
    {4, 2, 1, {0.75, 1.5}},
    {5, 3, 0, {0.375, 0.875, 1.5}},
};

Winograd winograd(int m) {
    int f = m == 2 ? 0 : m == 4 ? 1 : 2;
    Winograd w = {.m = m, .t = m + 2, .pairs = forms[f].pairs, .zero = forms[f].zero};
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
        for (int e = 0; e < 3; e++, power *= j < n ? point[j] : 0)
            w.G[j][e] = j < n ? power / scale : e == 2;
        power = 1;
        for (int e = 0; e < m; e++, power *= j < n ? point[j] : 0)
            w.A[e][j] = j < n ? power : e == m - 1;
    }
    return w;
}

// What the rewrite needs to know of a convolution.
typedef struct Convolution {
    int pos[2], out, tap[2], in; // axes: output position, output channel, taps, input channel
    int flip; // input index falls with the tap
    int64_t ci, co, extent[2];
} Convolution;

static int single_axis(const Access *x, int d, int role, const Node *n) {
    int found = 0;
    for (int a = 1; a < n->naxis; a++)
        if (x->coef[d][a] && (int)n->axis[a].role == role) found = found ? -1 : a;
    return found;
}

// Is node n y[h, w, o] = sum x[h +- kh, w +- kw, i] k[kh, kw, ..] with three taps on both axes?
static bool convolution(const Step *s, const Node *n, Convolution *c) {
    if (n->kind != P_CONTRACT || n->row || n->nin != 2 || n->scatter || !n->samples) return false;
    const Access *x = &n->in[0], *k = &n->in[1], *y = &n->out[0];
    const Tensor *kernel = &s->tensor[k->tensor];
    if (kernel->rank != 4 || kernel->owner != O_MODEL || s->tensor[y->tensor].rank != 3)
        return false;
    if (s->tensor[x->tensor].rank != 3 || !owner_per_sample(s->tensor[y->tensor].owner))
        return false;
    for (int d = 0; d < 2; d++) {
        c->pos[d] = single_axis(y, d, A_OUT, n);
        c->tap[d] = single_axis(k, d, A_SUM, n);
        if (c->pos[d] <= 0 || c->tap[d] <= 0 || kernel->dim[d] != 3) return false;
        int64_t step = x->coef[d][c->tap[d]];
        if (x->coef[d][c->pos[d]] != 1 || (step != 1 && step != -1)) return false;
        if (d && (step < 0) != c->flip) return false;
        c->flip = step < 0;
        c->extent[d] = n->axis[c->pos[d]].span.hi - n->axis[c->pos[d]].span.lo;
    }
    c->out = single_axis(y, 2, A_OUT, n);
    c->in = single_axis(x, 2, A_SUM, n);
    if (c->out <= 0 || c->in <= 0) return false;
    c->ci = n->axis[c->in].span.hi;
    c->co = n->axis[c->out].span.hi;
    return true;
}

// Vector operations a sample: products, transforms of tiles, and the kernel's share of a group.
static double price(const Plan *p, const Convolution *c, int my, int mx) {
    int v = p->target.vector;
    int64_t ty = (c->extent[0] + my - 1) / my, tx = (c->extent[1] + mx - 1) / mx;
    double points = (my + 2) * (mx + 2), tiles = (double)(ty * tx);
    double vi = (double)((c->ci + v - 1) / v), vo = (double)((c->co + v - 1) / v);
    double products = points * tiles * (double)c->ci * vo;
    double transforms = tiles * points * (10 * vi + 7 * vo);
    return products + transforms;
}

static void tell_price(const Plan *p, Prices *to, const int m[2], double operations) {
    const Variant *row = variant_find(m ? "winograd" : "plain");
    const char *detail = m ? arena_printf(p->arena, "%dx%d", m[0], m[1]) : NULL;
    prices_add(to, row, detail, operations / 2); // two a cycle
}

// The cheapest tiles; false if the direct convolution is cheaper, or the tiles would stick out over
// an input that cannot have a ring of zeros.
static bool choose_tiles(const Plan *p, const Node *n, const Convolution *c, int m[2],
                         Prices *prices) {
    static const int sizes[] = {2, 4, 5};
    const Step *s = p->step;
    const Tensor *x = &s->tensor[n->in[0].tensor];
    int v = p->target.vector, def = step_def(s, n->in[0].tensor);
    bool ring = x->owner == O_SAMPLE && def >= 0 && s->node[def].kind != P_VIEW;
    double direct = (double)(c->extent[0] * c->extent[1] * 9 * c->ci * ((c->co + v - 1) / v));
    double best = INFINITY;
    m[0] = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            bool over = c->extent[0] % sizes[i] || c->extent[1] % sizes[j];
            if ((over && !ring) || (s->exact_ties && (sizes[i] > 2 || sizes[j] > 2))) continue;
            double cost = price(p, c, sizes[i], sizes[j]);
            if (cost >= best) continue;
            best = cost;
            m[0] = sizes[i];
            m[1] = sizes[j];
        }
    tell_price(p, prices, NULL, direct);
    if (m[0]) tell_price(p, prices, m, best);
    return best < direct;
}

static Node start(const Node *of, int op, const Variant *row, const int m[2]) {
    Node n = {.kind = P_TRANSFORM,
              .op = op,
              .naxis = 1,
              .samples = op != X_FILTER,
              .loc = of->loc,
              .layer = of->layer,
              .pass = op == X_FILTER ? PASS_PREPARE : of->pass,
              .row = row,
              .window = {m[0], m[1]}};
    return n;
}

// U[p][i][o] of the kernel; shared by convolutions that read the same one alike.
static Node filter(Step *s, const Node *n, const Convolution *c, const Variant *row, const int m[2],
                   int64_t points) {
    const Tensor *w = &s->tensor[n->in[1].tensor];
    int64_t dim[3] = {points, c->ci, c->co};
    const char *name = arena_printf(s->arena, "%s.points%s", w->name, c->flip ? ".t" : "");
    int u = step_tensor(s, name, T_F32, O_STEP, 3, dim);
    Node f = start(n, X_FILTER, row, m);
    step_axis(&f, c->ci, A_OUT);
    step_axis(&f, c->co, A_OUT);
    for (int d = 0; d < 2; d++) step_axis(&f, 3, A_SUM);
    Access in = access_none(n->in[1].tensor), out = access_none(u);
    for (int d = 0; d < 4; d++) { // taps may run backwards
        if (n->in[1].coef[d][c->in]) in.coef[d][1] = 1;
        if (n->in[1].coef[d][c->out]) in.coef[d][2] = 1;
    }
    for (int d = 0; d < 2; d++) {
        in.coef[d][3 + d] = c->flip ? -1 : 1;
        in.off[d] = c->flip ? 2 : 0;
    }
    out.coef[1][1] = out.coef[2][2] = 1;
    f.in[f.nin++] = in;
    f.out[f.nout++] = out;
    return f;
}

// Tiles of tensor x (X_INPUT) or of the output (X_OUTPUT): axes tile row, tile column, channel.
static Node tiles(const Node *n, const Convolution *c, int op, const Variant *row, const int m[2],
                  int points_tensor) {
    Node t = start(n, op, row, m);
    bool input = op == X_INPUT;
    for (int d = 0; d < 2; d++) step_axis(&t, (c->extent[d] + m[d] - 1) / m[d], A_OUT);
    step_axis(&t, input ? c->ci : c->co, A_OUT);
    for (int d = 0; d < 2; d++) step_axis(&t, input ? m[d] + 2 : m[d], A_SUM);
    const Access *image = input ? &n->in[0] : &n->out[0];
    Access x = access_none(image->tensor), q = access_none(points_tensor);
    for (int d = 0; d < 2; d++) {
        x.coef[d][1 + d] = m[d];
        x.coef[d][4 + d] = 1;
        x.off[d] = n->axis[c->pos[d]].span.lo + image->off[d] - (input && c->flip ? 2 : 0);
    }
    x.coef[2][3] = q.coef[2][3] = 1;
    q.coef[1][2] = 1;
    q.coef[1][1] = t.axis[2].span.hi;
    t.in[t.nin++] = input ? x : q;
    t.out[t.nout++] = input ? q : x;
    return t;
}

static Node products(const Step *s, const Node *n, int v, int u, int q) {
    const Tensor *tv = &s->tensor[v], *tu = &s->tensor[u];
    Node g = {.kind = P_CONTRACT,
              .naxis = 1,
              .samples = true,
              .loc = n->loc,
              .layer = n->layer,
              .pass = n->pass};
    int point = step_axis(&g, tv->dim[0], A_OUT), tile = step_axis(&g, tv->dim[1], A_OUT);
    int out = step_axis(&g, tu->dim[2], A_OUT), sum = step_axis(&g, tu->dim[1], A_SUM);
    Access av = access_none(v), au = access_none(u), aq = access_none(q);
    av.coef[0][point] = au.coef[0][point] = aq.coef[0][point] = 1;
    av.coef[1][tile] = aq.coef[1][tile] = 1;
    av.coef[2][sum] = au.coef[1][sum] = au.coef[2][out] = aq.coef[2][out] = 1;
    g.in[g.nin++] = av;
    g.in[g.nin++] = au;
    g.out[g.nout++] = aq;
    g.prices = n->prices;
    g.written = n->written; // the three together are the convolution; this one is its arithmetic
    return g;
}

static int points_tensor(Step *s, const Node *n, const char *what, int64_t points, int64_t tiles,
                         int64_t channels) {
    int64_t dim[3] = {points, tiles, channels};
    const Tensor *y = &s->tensor[n->out[0].tensor];
    return step_tensor(s, arena_printf(s->arena, "%s.%s", y->name, what), T_F32, O_SAMPLE, 3, dim);
}

// Node i becomes transform, product, transform; the kernel's transform goes to the front.
static void rewrite(Plan *p, int i, const Convolution *c, const int m[2], const Variant *row) {
    Step *s = p->step;
    Node n = s->node[i];
    int64_t points = (int64_t)(m[0] + 2) * (m[1] + 2);
    int64_t count = ((c->extent[0] + m[0] - 1) / m[0]) * ((c->extent[1] + m[1] - 1) / m[1]);
    Node f = filter(s, &n, c, row, m, points);
    int v = points_tensor(s, &n, "v", points, count, c->ci);
    int q = points_tensor(s, &n, "m", points, count, c->co);
    Node part[4] = {f, tiles(&n, c, X_INPUT, row, m, v), products(s, &n, v, f.out[0].tensor, q),
                    tiles(&n, c, X_OUTPUT, row, m, q)};
    for (int k = 0; k < 3; k++) ARENA_PUSH(s->arena, s->node, s->nnode, part[0]); // room
    memmove(&s->node[i + 4], &s->node[i + 1], sizeof(Node) * (size_t)(s->nnode - 3 - i - 1));
    memmove(&s->node[1], &s->node[0], sizeof(Node) * (size_t)i);
    s->node[0] = part[0];
    for (int k = 1; k < 4; k++) s->node[i + k] = part[k];
    step_touch(s);
}

void plan_winograd(Plan *p) {
    const Variant *row = variant_find("winograd");
    if (!plan_allows(p, row->name)) return;
    for (int i = 0; i < p->step->nnode; i++) {
        Convolution c;
        int m[2];
        if (!convolution(p->step, &p->step->node[i], &c) || c.ci < 8 || c.co < 8) continue;
        Prices *prices = ARENA_NEW(p->arena, Prices);
        p->step->node[i].prices = prices;
        if (choose_tiles(p, &p->step->node[i], &c, m, prices)) rewrite(p, i, &c, m, row);
    }
}

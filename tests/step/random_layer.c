// SPDX-License-Identifier: MIT
// A layer for tests alone: random nodes of a Step, most of which no layer of Keras's makes. So passes and
// kernels meet what the Step can say, not only what today's layers say. RandomNodes(seed) draws some
// operations from the seed and its input's shape; walk() goes through them for the shape, for the weights
// and for the nodes, with the same draws each time.
#include "keras/activation.h"
#include "keras/initializers/initializer.h"
#include "keras/layers/layer.h"
#include "step/step.h"
#include <string.h>

enum { MOST_WEIGHTS = 3 };

typedef struct RandomNodes {
    int64_t seed;
} RandomNodes;

typedef struct Walk {
    uint64_t state;
    Layer *into; // takes the weights; or NULL
    const Layer *l;
    Step *s; // takes the nodes; or NULL
    int x; // the tensor at hand
    Shape at; // its shape
    int nweight;
} Walk;

static int draw(Walk *w, int n) { // below n
    w->state = w->state * 6364136223846793005u + 1442695040888963407u;
    return (int)((w->state >> 33) % (unsigned)n);
}

static int among(Walk *w, const int *of, int n) {
    return of[draw(w, n)];
}

static Init half_normal(const void *self, const Shape *shape) {
    (void)self, (void)shape; // one for all
    return (Init){.kind = INIT_NORMAL, .b = 0.5};
}

// The next weight's tensor; -1 without nodes.
static int weight(Walk *w, Shape shape) {
    static const char *const name[MOST_WEIGHTS] = {"a", "b", "c"};
    static const InitializerClass normal = {.start = half_normal};
    static const InitializerArgs no_seed = {-1};
    static const WeightArgs args = {.init = {.cls = &normal, .args = &no_seed}};
    int index = w->nweight++;
    if (w->into) layer_weight(w->into, name[index], shape, &args);
    return w->s ? step_weight(w->s, w->l, index) : -1;
}

static bool room(const Walk *w) { // for one weight more
    return w->nweight < MOST_WEIGHTS;
}

static int new_tensor(Walk *w, const Shape *shape) {
    return step_tensor(w->s, w->l->name, T_F32, O_SAMPLE, shape->rank, shape->dim);
}

// A CONTRACT over the axes of `out`, which are its first ones.
static Node *contract(Walk *w, const Shape *out) {
    Node *n = step_node(w->s, P_CONTRACT, true);
    for (int d = 0; d < out->rank; d++) step_axis(n, out->dim[d], A_OUT);
    return n;
}

static void finish(Walk *w, Node *n, Access in, Access kernel, const Shape *out) {
    int y = new_tensor(w, out);
    node_reads(n, in);
    if (kernel.tensor >= 0) node_reads(n, kernel);
    node_writes(n, access_whole(w->s, y, 1));
    w->x = y;
}

static void become(Walk *w, const Shape *shape) {
    w->at = *shape;
}

// ---- operations: each draws first, and does nothing where it does not fit

// Convolutions: dense, with the kernel's channels the other way round, depthwise with a multiplier.
static void convolve(Walk *w) {
    static const int sizes[] = {1, 2, 3, 3, 3, 5}, strides[] = {1, 1, 1, 2, 3},
                     filters[] = {3, 8, 9, 16};
    int64_t size[2], stride[2], dilation[2];
    bool usual = draw(w, 2); // as most kernels want it
    for (int d = 0; d < 2; d++) {
        size[d] = among(w, sizes, 6);
        stride[d] = among(w, strides, 5);
        dilation[d] = 1 + (draw(w, 4) == 0);
        if (usual) size[d] = 3, stride[d] = dilation[d] = 1;
    }
    int kind = draw(w, 4), count = among(w, filters, 4), many = 1 + draw(w, 3);
    if (w->at.rank != 3 || !room(w)) return;
    int64_t c = w->at.dim[2];
    bool depthwise = kind >= 2;
    Shape out = {depthwise ? 4 : 3, {0, 0, depthwise ? c : count, many}};
    Shape kernel = {4, {size[0], size[1], c, depthwise ? many : count}};
    if (kind == 1) kernel = (Shape){4, {size[0], size[1], count, c}};
    for (int d = 0; d < 2; d++) {
        out.dim[d] = window_extent(w->at.dim[d], size[d], stride[d], dilation[d], false);
        if (out.dim[d] < 1) return;
    }
    int k = weight(w, kernel);
    Shape flat = {3, {out.dim[0], out.dim[1], c * many}};
    if (w->s) {
        Node *n = contract(w, &out);
        Access in = access_none(w->x), of = access_none(k);
        for (int d = 0; d < 2; d++) {
            int tap = step_axis(n, size[d], A_SUM);
            in.coef[d][1 + d] = stride[d];
            in.coef[d][tap] = dilation[d];
            of.coef[d][tap] = 1;
        }
        int sum = depthwise ? 3 : step_axis(n, c, A_SUM);
        in.coef[2][sum] = of.coef[kind == 1 ? 3 : 2][sum] = 1;
        of.coef[kind == 1 ? 2 : 3][depthwise ? 4 : 3] = 1;
        finish(w, n, in, of, &out);
        if (depthwise) w->x = step_reshape(w->s, w->x, &flat);
    }
    become(w, depthwise ? &flat : &out);
}

// A matrix along one dimension: y[.., k, ..] = sum over j of x[.., j, ..] a[j, k], or a[k, j].
static void mix(Walk *w) {
    static const int sizes[] = {1, 3, 8, 10, 17};
    int d = draw(w, w->at.rank), to = among(w, sizes, 5), turned = draw(w, 2);
    if (!room(w)) return;
    int64_t from = w->at.dim[d];
    Shape out = w->at, kernel = {2, {turned ? to : from, turned ? from : to}};
    out.dim[d] = to;
    int k = weight(w, kernel);
    if (w->s) {
        Node *n = contract(w, &out);
        Access in = access_whole(w->s, w->x, 1), of = access_none(k);
        int sum = step_axis(n, from, A_SUM);
        in.coef[d][1 + d] = 0;
        in.coef[d][sum] = of.coef[turned][sum] = of.coef[!turned][1 + d] = 1;
        finish(w, n, in, of, &out);
    }
    become(w, &out);
}

// Every place has a weight of its own, shared by nobody: y[i, j, ..] = x[i, j, ..] a[i, j, ..].
static void scale_each(Walk *w) {
    if (!room(w)) return;
    int k = weight(w, w->at);
    if (!w->s) return;
    Node *n = contract(w, &w->at);
    finish(w, n, access_whole(w->s, w->x, 1), access_whole(w->s, k, 1), &w->at);
}

// How a node over the elements of `w->at` reads what lacks dimension d.
static Access without(const Walk *w, int tensor, int d) {
    Access in = access_none(tensor);
    for (int i = 0; i < w->at.rank; i++)
        if (i != d) in.coef[i - (i > d)][1 + i] = 1;
    return in;
}

// The sum along one dimension, which goes away.
static void sum_along(Walk *w, int d) {
    Shape out = {w->at.rank - 1, {0}};
    for (int i = 0; i < out.rank; i++) out.dim[i] = w->at.dim[i + (i >= d)];
    if (w->s) {
        Node *n = contract(w, &out);
        Access in = access_none(w->x);
        for (int i = 0; i < out.rank; i++) in.coef[i + (i >= d)][1 + i] = 1;
        in.coef[d][step_axis(n, w->at.dim[d], A_SUM)] = 1;
        finish(w, n, in, access_none(-1), &out);
    }
    become(w, &out);
}

static void sum_out(Walk *w) {
    int d = draw(w, w->at.rank);
    if (w->at.rank > 1) sum_along(w, d);
}

// A statistic along one dimension and, half of the time, the squares of what differs from it, summed along
// another: y = x - m, or y[i] = sum over j of (x - m)^2[i, j]. Passes join these.
static void deviate(Walk *w) {
    int d = draw(w, w->at.rank), e = draw(w, w->at.rank), squares = draw(w, 2);
    if (w->at.rank < 2) return;
    if (w->s) {
        Walk mean = *w;
        sum_along(&mean, d);
        Arena *a = w->s->arena;
        Expr *m = expr_op2(a, E_MUL, expr_in(a, 1), expr_const(a, 1.0 / (double)w->at.dim[d]));
        Expr *apart = expr_op2(a, E_SUB, expr_in(a, 0), m);
        Expr *y = squares ? expr_op2(a, E_MUL, apart, apart) : apart;
        w->x = step_map(w->s, w->x, y, NULL);
        node_reads(w->s->node[w->s->nnode - 1], without(w, mean.x, d));
    }
    if (squares) sum_along(w, e);
}

// Products of two of the sample's own tensors: y[i, j] = sum over c of x[i, c] tanh(x)[j, c].
static void attend(Walk *w) {
    if (w->at.rank != 2) return;
    Shape out = {2, {w->at.dim[0], w->at.dim[0]}};
    if (w->s) {
        int other = step_activation(w->s, w->x, activation_find("tanh"));
        Node *n = contract(w, &out);
        Access a = access_none(w->x), b = access_none(other);
        a.coef[0][1] = b.coef[0][2] = 1;
        a.coef[1][step_axis(n, w->at.dim[1], A_SUM)] = 1;
        b.coef[1][3] = 1;
        finish(w, n, a, b, &out);
    }
    become(w, &out);
}

// y = x + f(x), or x f(x): read twice, so that gradients are added up.
static void fork(Walk *w) {
    static const char *const f[] = {"tanh", "sigmoid", "gelu", "silu"};
    const char *name = f[draw(w, 4)];
    ExprOp op = draw(w, 2) ? E_ADD : E_MUL;
    if (!w->s) return;
    int x = w->x, y = step_activation(w->s, x, activation_find(name));
    Arena *a = w->s->arena;
    w->x = step_map(w->s, x, expr_op2(a, op, expr_in(a, 0), expr_in(a, 1)), NULL);
    node_reads(w->s->node[w->s->nnode - 1], access_whole(w->s, y, 1));
}

// y = x + b or x b, with b along one dimension.
static void broadcast(Walk *w) {
    int d = draw(w, w->at.rank);
    ExprOp op = draw(w, 2) ? E_ADD : E_MUL;
    if (!room(w)) return;
    int b = weight(w, (Shape){1, {w->at.dim[d]}});
    if (!w->s) return;
    Arena *a = w->s->arena;
    w->x = step_map(w->s, w->x, expr_op2(a, op, expr_in(a, 0), expr_in(a, 1)), NULL);
    Access of = access_none(b);
    of.coef[0][1 + d] = 1;
    node_reads(w->s->node[w->s->nnode - 1], of);
}

static void activate(Walk *w) {
    static const char *const f[] = {"relu",     "tanh",       "sigmoid", "elu",
                                    "softplus", "leaky_relu", "softmax"};
    const char *name = f[draw(w, 7)];
    if (w->s) w->x = step_activation(w->s, w->x, activation_find(name));
}

static void drop(Walk *w) {
    double rate = draw(w, 2) ? 0.5 : 0.3;
    if (!w->s || w->s->mode != STEP_TRAIN) return;
    Arena *a = w->s->arena;
    Tensor t = w->s->tensor[w->x];
    int x = w->x, mask = step_mask(w->s, t.rank, t.dim, rate, -1);
    Expr *kept = expr_op2(a, E_MUL, expr_in(a, 0), expr_const(a, 1 / (1 - rate)));
    w->x = step_map(w->s, x, expr_bit(a, 1, kept, expr_const(a, 0)), NULL);
    node_reads(w->s->node[w->s->nnode - 1], access_whole(w->s, mask, 1));
}

static void pool(Walk *w) {
    int64_t size[2], stride[2], pad[2];
    bool same = draw(w, 3) == 0, max = draw(w, 3) > 0;
    Shape out = w->at;
    for (int d = 0; d < 2; d++) {
        size[d] = 1 + draw(w, 3);
        stride[d] = draw(w, 2) ? size[d] : 1 + draw(w, 3);
        if (w->at.rank != 3) continue;
        out.dim[d] = window_extent(w->at.dim[d], size[d], stride[d], 1, same);
        pad[d] = window_pad(w->at.dim[d], size[d], stride[d], 1, same);
    }
    if (w->at.rank != 3 || out.dim[0] < 1 || out.dim[1] < 1) return;
    if (w->s) w->x = step_window(w->s, w->x, max ? W_MAX : W_AVG, size, stride, pad, &out);
    become(w, &out);
}

// The same values at other places: dimensions exchanged, a part, every second, or zeros around.
static void move(Walk *w) {
    int kind = draw(w, 3), before = draw(w, 2), p = draw(w, w->at.rank), q = draw(w, w->at.rank);
    int64_t step = kind == 2 ? 2 : 1, off = kind == 1 ? before : 0;
    Shape out = w->at;
    if (kind == 0) {
        out.dim[p] = w->at.dim[q];
        out.dim[q] = w->at.dim[p];
    } else {
        out.dim[p] = (w->at.dim[p] - 2 * off + step - 1) / step;
    }
    if (out.dim[p] < 1) return;
    if (w->s) {
        int y = new_tensor(w, &out);
        Node *n = step_node(w->s, P_VIEW, true);
        n->op = V_AFFINE;
        for (int d = 0; d < out.rank; d++) step_axis(n, out.dim[d], A_OUT);
        Access in = access_whole(w->s, w->x, 1);
        if (kind == 0 && p != q) {
            in.coef[p][1 + p] = in.coef[q][1 + q] = 0;
            in.coef[p][1 + q] = in.coef[q][1 + p] = 1;
        } else {
            in.coef[p][1 + p] = step;
            in.off[p] = off;
        }
        node_reads(n, in);
        node_writes(n, access_whole(w->s, y, 1));
        w->x = y;
    }
    become(w, &out);
}

static void pad(Walk *w) {
    int64_t before[2] = {draw(w, 2), draw(w, 3)}, after[2] = {draw(w, 3), draw(w, 2)};
    if (w->at.rank != 3) return;
    if (w->s) w->x = step_pad(w->s, w->x, before, after);
    for (int d = 0; d < 2; d++) w->at.dim[d] += before[d] + after[d];
}

static void reshape(Walk *w) {
    int kind = draw(w, 3), rank = w->at.rank;
    const int64_t *dim = w->at.dim;
    Shape out = {1, {1}};
    for (int d = 0; d < rank; d++) out.dim[0] *= dim[d];
    if (kind == 0 && rank == 3) out = (Shape){2, {dim[0] * dim[1], dim[2]}};
    if (kind == 1 && rank == 3) out = (Shape){2, {dim[0], dim[1] * dim[2]}};
    if (rank == 2) out = (Shape){3, {dim[0], 1, dim[1]}};
    if (rank == 1 && dim[0] % 2 == 0) out = (Shape){3, {2, 1, dim[0] / 2}};
    if (w->s) w->x = step_reshape(w->s, w->x, &out);
    become(w, &out);
}

static void (*const operations[])(Walk *w) = {
    convolve, convolve, convolve, mix,  mix,  scale_each, sum_out,
    attend,   deviate,  deviate,  fork, fork, broadcast,  activate,
    activate, drop,     pool,     pool, move, pad,        reshape};

static void walk(Walk *w) {
    enum { COUNT = sizeof operations / sizeof *operations };
    w->state = (uint64_t)((const RandomNodes *)w->l->args)->seed * 0x9E3779B97F4A7C15u + 1;
    w->at = w->l->in[0];
    for (int n = 2 + draw(w, 5); n > 0; n--) operations[draw(w, COUNT)](w);
}

static bool shape(Arena *a, Diag *d, Layer *l) {
    (void)a, (void)d;
    Walk w = {.l = l, .x = -1};
    walk(&w);
    l->out = w.at;
    return true;
}

static void weights(Layer *l) {
    Walk w = {.l = l, .into = l, .x = -1};
    walk(&w);
}

static int build(Step *s, const Layer *l, const int *x) {
    Walk w = {.l = l, .s = s, .x = x[0]};
    walk(&w);
    return w.x;
}

static const Arg args[] = {
    {.name = "seed", .type = ARG_INT, .offset = offsetof(RandomNodes, seed), .max = 1e9}, {0}};

const LayerClass layer_random_nodes = {
    .name = "RandomNodes",
    .stem = "random_nodes",
    .size = sizeof(RandomNodes),
    .args = args,
    .shape = shape,
    .weights = weights,
    .build = build,
};

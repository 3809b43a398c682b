// SPDX-License-Identifier: MIT
// Rows that change the Step itself are chosen before layouts are: here the sparse gradients.
//
// After a max-pool whose windows do not overlap, the gradient by a convolution's output has at most
// one non-zero a window, and relu and dropout take more away. Instead of spreading it into a dense
// tensor, dX and dW walk the non-zeros: each adds one row of the kernel (dX) or one patch of the input
// (dW), scaled. Such a CONTRACT reads the pooled gradient (in[0]) and the argmax (in[2]); its
// `window` is the pool's; the accesses that give the geometry (dX: out, dW: in[1]) stay as they were.
//   dX    reads the kernel as [CI / V][CO][KH][KW][V], V channels a vector, packed once a step
//   dW    is kept as [CO][KH][KW][CI]: a row of it in registers while the non-zeros of CO are walked;
//         with few input channels instead every window's input is picked by the argmax, CO in the lanes
//   requires: backward, scattering        sets: Node.row, .window; drops adjoint WINDOWs nobody reads
#include "kernels/sparse/sparse.h"
#include "plan/choices.h"
#include "step/problem.h"
#include <string.h>

// The adjoint of a max-pool that wrote dense gradient d: windows apart and inside; or NULL.
static const Node *pool_behind(const Step *s, int d) {
    int def = step_def(s, d);
    if (def < 0 || s->node[def]->kind != P_WINDOW || s->node[def]->op != W_MAX_GRAD) return NULL;
    const Node *w = s->node[def];
    if (step_inner(w) != 2) return NULL;
    for (int e = 0; e < 2; e++) {
        if (w->out[0].coef[e][1 + e] != w->window[e] || w->out[0].off[e] != 0) return NULL;
        if (!span_within(access_span(w, &w->out[0], e), (Span){0, s->tensor[d].dim[e]}))
            return NULL;
        if (w->axis[1 + e].span.lo != 0) return NULL;
    }
    return w;
}

static bool stays_inside(const Step *s, const Node *n, const Access *x) {
    const Tensor *t = &s->tensor[x->tensor];
    for (int d = 0; d < t->rank; d++)
        if (!span_within(access_span(n, x, d), t->need[d])) return false;
    return true;
}

static bool keras_kernel(const Step *s,
                         const Node *n) { // [KH, KW, CI, CO], as kernels here count on
    return problem_dense_images(s, n) && !problem_turned(n);
}

static void read_pooled(Step *s, int i, const Node *w, ContractOp op) {
    Node *n = step_edit(s, i);
    n->op = op;
    n->in[0] = access_none(w->in[0].tensor);
    n->in[2] = access_none(w->in[1].tensor);
    n->nin = 3;
    memcpy(n->window, w->window, sizeof n->window);
}

// The kernel as [CI / V][CO][KH][KW][V].
static int packed_kernel(Step *s, int w, int v) {
    Tensor t = s->tensor[w];
    int64_t dim[5] = {t.dim[2] / v, t.dim[3], t.dim[0], t.dim[1], v};
    int copy = step_tensor(s, arena_printf(s->arena, "%s.rows", t.name), T_F32, O_STEP, 5, dim);
    Node *n = step_node(s, P_VIEW, false);
    n->op = V_AFFINE;
    n->loc = s->tensor[copy].loc = t.loc;
    n->layer = t.layer;
    for (int d = 0; d < 5; d++) step_axis(n, dim[d], A_OUT);
    node_writes(n, access_whole(s, copy, 1));
    Access in = access_none(w);
    in.coef[0][3] = in.coef[1][4] = in.coef[3][2] = in.coef[2][5] = 1;
    in.coef[2][1] = v;
    node_reads(n, in);
    return copy;
}

// Channels a vector: whole vectors of the target, or all channels where they are fewer.
static int channels(const Plan *p, int64_t ci) {
    int v = p->target.vector;
    if (ci % v == 0) return v;
    return ci < v ? (int)ci : 0;
}

// Vector operations of dX, as of dW below.
static const Prices *weigh_dx(const Plan *p, const Node *w, const Tensor *kernel) {
    Prices *prices = ARENA_NEW(p->arena, Prices);
    const Tensor *dy = &p->step->tensor[w->in[0].tensor];
    double taps = (double)(kernel->dim[0] * kernel->dim[1]), co = (double)kernel->dim[3];
    double vi = (double)plan_vectors(p, kernel->dim[2]);
    double windows = (double)(dy->need[0].hi * dy->need[1].hi);
    double positions = (double)(w->window[0] * w->window[1]);
    prices_add(prices, &row_plain, NULL, windows * positions * vi * (taps * co / 2 + 1));
    prices_add(prices, &row_sparse_dx, NULL, SPARSE_SHARE * windows * co * (taps * vi / 2 + 5));
    return prices;
}

// A further result of node i: notes of where the gradient is not 0.
static void note(Step *s, int i, const char *what, int rank, const int64_t *dim) {
    const char *name =
        arena_printf(s->arena, "%s.%s", s->tensor[s->node[i]->out[0].tensor].name, what);
    int tensor = step_tensor(s, name, T_I32, O_SAMPLE, rank, dim);
    node_writes(step_edit(s, i), access_none(tensor));
}

static bool sparse_input(Plan *p, int i) {
    Step *s = p->step;
    Node *n = s->node[i];
    const Node *w = pool_behind(s, n->in[0].tensor);
    if (!w || !keras_kernel(s, n) || !stays_inside(s, n, &n->out[0])) return false;
    const Tensor *kernel = &s->tensor[n->in[1].tensor];
    int v = channels(p, kernel->dim[2]);
    if (!v || kernel->dim[0] * kernel->dim[1] > p->target.accumulators + 4) return false;
    if (kernel->owner != O_MODEL) return false;
    enum { LISTS = 64 }; // of 64 output channels, one a position: each has code of its own
    int64_t lists = w->window[0] * w->window[1] * ((kernel->dim[3] + 63) / 64);
    if (lists > LISTS) return false;
    Node window = *w;
    n->prices = weigh_dx(p, w, kernel);
    int copy = packed_kernel(s, n->in[1].tensor, v);
    step_bring(s, i++);
    n = s->node[i];
    read_pooled(s, i, &window, C_SPARSE_DX);
    n->in[1] = access_none(copy);
    n->row = &row_sparse_dx;
    const Tensor *dy = &s->tensor[window.in[0].tensor];
    int64_t words = dy->need[0].hi * dy->need[1].hi * lists * 2; // of 64 channels, as two I32
    note(s, i, "hits", 1, &words);
    return true;
}

// Vector operations of dW by each way: sparse, a patch of [KH, KW, CI] an entry and some 5 cycles to
// find it; picking, one product a window and a choice for each further position; dense, a product a
// position, and the spread gradient to write and read. Few input channels leave a sparse row's lanes
// empty, few output channels the others'.
typedef enum { DW_DENSE, DW_SPARSE, DW_PICK } KernelGradient;

static KernelGradient cheapest_dw(const Plan *p, const Node *n, const Node *w, const Tensor *g,
                                  Prices *prices) {
    const Tensor *dy = &p->step->tensor[w->in[0].tensor];
    double taps = (double)(g->dim[0] * g->dim[1]), ci = (double)g->dim[2], co = (double)g->dim[3];
    double vi = (double)plan_vectors(p, g->dim[2]), vo = (double)plan_vectors(p, g->dim[3]);
    double windows = (double)(dy->need[0].hi * dy->need[1].hi);
    double positions = (double)(w->window[0] * w->window[1]);
    double dense = windows * positions * vo * (taps * ci / 2 + 1);
    double sparse = SPARSE_SHARE * windows * co * (taps * vi / 2 + 5);
    double pick = windows * vo * taps * ci * (0.5 + 0.25 * (positions - 1));
    bool picks = positions <= 4 && plan_allows(p, n, &row_pick_dw);
    bool walks = plan_allows(p, n, &row_sparse_dw);
    prices_add(prices, &row_plain, NULL, dense);
    if (picks) prices_add(prices, &row_pick_dw, NULL, pick);
    if (walks) prices_add(prices, &row_sparse_dw, NULL, sparse);
    if (walks && plan_forces(p, n, &row_sparse_dw)) return DW_SPARSE;
    if (picks && plan_forces(p, n, &row_pick_dw)) return DW_PICK;
    if (!picks) pick = dense;
    if (!walks) sparse = dense;
    if (sparse < dense && sparse < pick) return DW_SPARSE;
    return pick < dense ? DW_PICK : DW_DENSE;
}

int sparse_dw_vectors(const Plan *p, int64_t taps) {
    int64_t most = p->target.accumulators / taps;
    return most < 1 ? 1 : (int)most;
}

// For a strip of windows at a time: a bit of each by output channel, and by window every channel's g and
// place. Windows lie an odd number of cache lines apart, so that those of one channel share no set.
// Where the input channels are taken in pieces, room for a piece of the strip's input.
static void note_strips(Plan *p, int i, int64_t windows, Tensor g, Tensor x) {
    const int64_t line = p->target.line, near = p->target.l1 / 4; // floats
    Step *s = p->step;
    int64_t lines = (2 * g.dim[3] + line - 1) / line, strip = SPARSE_WINDOWS;
    int64_t piece = (int64_t)sparse_dw_vectors(p, g.dim[0] * g.dim[1]) * p->target.vector;
    int64_t copy = x.dim[0] * x.dim[1] * piece;
    note(s, i, "hits", 2, (int64_t[]){2, g.dim[3]});
    note(s, i, "entries", 2, (int64_t[]){windows < strip ? windows : strip, (lines | 1) * line});
    if (g.dim[2] > piece) note(s, i, "piece", 1, (int64_t[]){copy < near ? copy : near});
}

static bool kernel_gradient(Plan *p, int i) {
    Step *s = p->step;
    Node *n = s->node[i];
    const Node *w = pool_behind(s, n->in[0].tensor);
    if (!w || !keras_kernel(s, n)) return false;
    Tensor *g = &s->tensor[n->out[0].tensor];
    if (g->dim[0] * g->dim[1] > p->target.accumulators + 4) return false;
    Prices *prices = ARENA_NEW(p->arena, Prices);
    KernelGradient way = cheapest_dw(p, n, w, g, prices);
    n->prices = prices;
    if (way == DW_DENSE) return false;
    Node window = *w;
    n->row = way == DW_SPARSE ? &row_sparse_dw : &row_pick_dw;
    read_pooled(s, i, &window, C_SPARSE_DW);
    if (way == DW_PICK) return true;
    const int order[4] = {3, 0, 1, 2};
    memcpy(g->order, order, sizeof order);
    const Tensor *dy = &s->tensor[window.in[0].tensor];
    Tensor x = s->tensor[s->node[i]->in[1].tensor];
    note_strips(p, i, dy->need[0].hi * dy->need[1].hi, *g, x);
    return true;
}

bool sparse_patches_cover(const Plan *p, const Node *n) {
    const Step *s = p->step;
    const Access *x = &n->out[0];
    const Tensor *t = &s->tensor[x->tensor], *dy = &s->tensor[n->in[0].tensor];
    int64_t held = 1;
    for (int d = 0; d < 2; d++) {
        int64_t taps = n->axis[4 + d].span.hi, around = n->window[d] + taps - 1;
        int64_t windows = dy->need[d].hi - dy->need[d].lo;
        if (x->coef[d][1 + d] != 1 || x->coef[d][4 + d] != 1) return false;
        if (t->ring[d][0] || t->ring[d][1] || x->off[d] != t->need[d].lo) return false;
        if (t->need[d].hi - t->need[d].lo != (windows - 1) * n->window[d] + around) return false;
        held *= around;
    }
    return held <= p->target.accumulators;
}

static void drop_unread(Step *s) {
    for (int i = s->nnode - 1; i >= 0; i--) {
        const Node *n = s->node[i];
        if (n->kind != P_WINDOW || !n->scatter || step_readers(s, n->out[0].tensor)) continue;
        step_remove(s, i);
    }
}

void sparse_select(Plan *p) {
    Step *s = p->step;
    for (int i = 0; i < s->nnode; i++) { // grows by copies of weights, before their readers
        Node *n = s->node[i];
        if (n->kind != P_CONTRACT || n->op != C_SUM || n->nin != 2 || n->row) continue;
        Owner out = s->tensor[n->out[0].tensor].owner;
        if (out == O_LEAF) kernel_gradient(p, i);
        if (out != O_LEAF && n->scatter && plan_allows(p, n, &row_sparse_dx)) sparse_input(p, i);
    }
    drop_unread(s);
}

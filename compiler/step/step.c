// SPDX-License-Identifier: MIT
// The Step's constructors: tensors, nodes and the few shapes of node that layers are made of.
#include "step/step.h"
#include "keras/layers/layer.h"
#include "keras/losses/loss.h"
#include "support/limit.h"
#include <math.h>
#include <string.h>

bool owner_per_sample(Owner o) {
    return o == O_INPUT || o == O_LABEL || o == O_OUTPUT || o == O_BATCH || o == O_SAMPLE;
}

bool owner_external(Owner o) {
    return o == O_INPUT || o == O_LABEL || o == O_OUTPUT;
}

int step_tensor(Step *s, const char *name, TensorType type, Owner owner, int rank,
                const int64_t *dim) {
    Tensor t = {.name = name,
                .type = type,
                .owner = owner,
                .rank = WITHIN(rank, MAX_RANK, "dimensions of a tensor"),
                .weight = -1,
                .grad = -1,
                .alias = -1};
    if (s->building) t.loc = s->building->loc;
    for (int d = 0; d < rank; d++) {
        t.dim[d] = dim[d];
        t.need[d] = (Span){0, dim[d]};
        t.order[d] = d;
    }
    ARENA_PUSH(s->arena, s->tensor, s->ntensor, t);
    return s->ntensor - 1;
}

static int tensor_like(Step *s, int like, const char *what) {
    Tensor t = s->tensor[like];
    const char *layer = s->building ? s->building->name : "model";
    const char *name = arena_printf(s->arena, "%s%s%s", layer, *what ? "." : "", what);
    return step_tensor(s, name, T_F32, O_SAMPLE, t.rank, t.dim);
}

int step_weight(Step *s, const Layer *l, int index) {
    int flat = index;
    for (const Layer *k = s->model->layer; k != l; k++) flat += k->nweight;
    return s->weight_tensor[flat];
}

Node *step_node(Step *s, Prim kind, bool samples) {
    Node *n = ARENA_NEW(s->arena, Node);
    *n = (Node){.kind = kind, .samples = samples, .naxis = 1, .pass = s->pass, .written = 1};
    if (s->building) {
        n->loc = s->building->loc;
        n->layer = s->building->name;
    }
    ARENA_PUSH(s->arena, s->node, s->nnode, n);
    return n;
}

int step_axis(Node *n, int64_t extent, Role role) {
    n->axis[ROOM(n->naxis, MAX_AXIS, "axes of a node")] = (Axis){{0, extent}, role};
    n->written *= (double)extent;
    return n->naxis++;
}

void node_reads(Node *n, Access x) {
    n->in[ROOM(n->nin, MAX_IN, "inputs of a node")] = x;
    n->nin++;
}

void node_writes(Node *n, Access x) {
    n->out[ROOM(n->nout, MAX_OUT, "results of a node")] = x;
    n->nout++;
}

// A node over the elements of tensor y, which it writes.
static Node *elementwise(Step *s, Prim kind, int y) {
    Node *n = step_node(s, kind, true);
    for (int d = 0; d < s->tensor[y].rank; d++) step_axis(n, s->tensor[y].dim[d], A_OUT);
    node_writes(n, access_whole(s, y, 1));
    return n;
}

int step_map(Step *s, int x, Expr *expr, const Activation *act) {
    int y = tensor_like(s, x, act ? act->name : "map");
    Node *n = elementwise(s, P_MAP, y);
    node_reads(n, access_whole(s, x, 1));
    n->expr[0] = expr;
    n->act = act;
    return y;
}

int step_once(Step *s, const char *what, const int *in, int nin, Expr *expr) {
    int y = tensor_like(s, in[0], what);
    s->tensor[y].owner = O_STEP;
    Node *n = step_node(s, P_MAP, false);
    for (int d = 0; d < s->tensor[y].rank; d++) step_axis(n, s->tensor[y].dim[d], A_OUT);
    for (int k = 0; k < nin; k++) node_reads(n, access_whole(s, in[k], 1));
    node_writes(n, access_whole(s, y, 1));
    n->expr[0] = expr;
    return y;
}

int step_table(Step *s, const char *what, int rank, const int64_t *dim, const double *numbers) {
    const char *name = arena_printf(s->arena, "%s.%s", s->building->name, what);
    int y = step_tensor(s, name, T_F32, O_STEP, rank, dim);
    Node *n = step_node(s, P_TABLE, false);
    for (int d = 0; d < rank; d++) step_axis(n, dim[d], A_OUT);
    node_writes(n, access_whole(s, y, 1));
    n->pass = PASS_PREPARE;
    n->numbers = numbers;
    return y;
}

Access access_kept(const Step *s, int x, int tensor, const bool over[MAX_RANK]) {
    Access kept = access_none(tensor);
    for (int d = 0, k = 0; d < s->tensor[x].rank; d++)
        if (!over[d]) kept.coef[k++][1 + d] = 1;
    return kept;
}

int step_sum(Step *s, const char *name, int x, bool squares, const bool over[MAX_RANK]) {
    const Tensor t = s->tensor[x];
    bool samples = owner_per_sample(t.owner);
    int64_t dim[MAX_RANK] = {1};
    int rank = 0;
    for (int d = 0; d < t.rank; d++)
        if (!over[d]) dim[rank++] = t.dim[d];
    bool one = rank == 0; // a dimension of its own, of 1
    int sum = step_tensor(s, name, T_F32, samples ? O_SAMPLE : O_STEP, one ? 1 : rank, dim);
    Node *n = step_node(s, P_CONTRACT, samples);
    for (int d = 0; d < t.rank; d++) step_axis(n, t.dim[d], over[d] ? A_SUM : A_OUT);
    Access out = access_kept(s, x, sum, over);
    if (one) out.coef[0][step_axis(n, 1, A_OUT)] = 1;
    for (int k = 0; k < 1 + squares; k++) node_reads(n, access_whole(s, x, 1));
    node_writes(n, out);
    return sum;
}

int step_activation(Step *s, int x, const Activation *act) {
    if (!act || act == &activations[0]) return x;
    if (act->layer) return act->layer->build(s, &(Layer){.cls = act->layer, .args = act->args}, &x);
    if (act->value) return step_map(s, x, act->value(s, expr_in(s->arena, 0)), act);
    int y = tensor_like(s, x, act->name);
    Node *n = elementwise(s, P_REDUCE, y);
    n->op = act->reduce;
    node_reads(n, access_whole(s, x, 1));
    return y;
}

int step_bias(Step *s, int x, int bias) {
    int rank = s->tensor[x].rank;
    int y =
        step_map(s, x, expr_op2(s->arena, E_ADD, expr_in(s->arena, 0), expr_in(s->arena, 1)), NULL);
    s->tensor[y].name = arena_printf(s->arena, "%s.bias", s->building->name);
    Node *n = s->node[s->nnode - 1];
    Access along = access_none(bias);
    along.coef[0][rank] = 1;
    node_reads(n, along);
    return y;
}

int step_reshape(Step *s, int x, const Shape *shape) {
    const char *name = s->building ? s->building->name : "loss.z";
    int y = step_tensor(s, name, T_F32, O_SAMPLE, shape->rank, shape->dim);
    Node *n = elementwise(s, P_VIEW, y);
    n->op = V_RESHAPE;
    node_reads(n, access_none(x)); // the index follows from the row-major order
    return y;
}

int step_pad(Step *s, int x, const int64_t *before, const int64_t *after) {
    Tensor t = s->tensor[x];
    bool same = true;
    for (int d = 0; d < t.rank - 1; d++) {
        t.dim[d] += before[d] + after[d];
        same &= !before[d] && !after[d];
    }
    if (same) return x;
    const char *name = arena_printf(s->arena, "%s.pad", s->building->name);
    int y = step_tensor(s, name, T_F32, O_SAMPLE, t.rank, t.dim);
    Node *n = elementwise(s, P_VIEW, y);
    n->op = V_AFFINE;
    Access in = access_whole(s, x, 1);
    for (int d = 0; d < t.rank - 1; d++) in.off[d] = -before[d];
    node_reads(n, in);
    return y;
}

int step_window(Step *s, int x, WindowOp op, const int64_t *window, const int64_t *stride,
                const int64_t *pad, const Shape *out) {
    int space = WITHIN(out->rank - 1, MAX_SPACE, "dimensions of a window");
    int y = step_tensor(s, s->building->name, T_F32, O_SAMPLE, out->rank, out->dim);
    Node *n = elementwise(s, P_WINDOW, y);
    n->op = op;
    Access in = access_whole(s, x, 1);
    for (int d = 0; d < space; d++) {
        int k = step_axis(n, window[d], A_SUM);
        in.coef[d][1 + d] = stride[d];
        in.coef[d][k] = 1;
        in.off[d] = -pad[d];
        n->window[d] = window[d];
    }
    node_reads(n, in);
    return y;
}

int step_loss_z(const Step *s) {
    if (s->logits != s->output) return s->of_softmax ? Z_OF_SOFTMAX : Z_LOGITS;
    return s->model->loss.from_logits ? Z_LOGITS : Z_OUTPUTS;
}

int step_metrics_input(const Step *s, const Node *loss) {
    for (int k = 2; k < loss->nin; k++)
        if (loss->in[k].tensor != s->penalty && loss->in[k].tensor != s->counts)
            return loss->in[k].tensor;
    return -1;
}

int64_t step_positions(const Node *n) {
    int64_t count = 1;
    for (int d = 0; d < MAX_SPACE && n->window[d]; d++) count *= n->window[d];
    return count;
}

// A node that writes random bits or numbers to tensor y.
static Node *drawn(Step *s, int y, MaskOp op, int64_t seed) {
    enum { SEEDED = 0xFF };
    Node *n = elementwise(s, P_MASK, y);
    n->op = op;
    n->late = true;
    n->seeded = seed >= 0;
    n->seed = n->seeded ? (uint32_t)seed : 0;
    n->stream = n->seeded ? SEEDED : s->stream;
    return n;
}

int step_mask(Step *s, int rank, const int64_t *dim, double rate, int64_t seed) {
    const char *name = arena_printf(s->arena, "%s.mask", s->building->name);
    int y = step_tensor(s, name, T_BIT, O_SAMPLE, rank, dim);
    drawn(s, y, M_BITS, seed)->rate = rate;
    return y;
}

int step_uniform(Step *s, int count, int64_t seed, bool together) {
    int64_t dim = count;
    const char *name = arena_printf(s->arena, "%s.uniform", s->building->name);
    int u = step_tensor(s, name, T_F32, O_SAMPLE, 1, &dim);
    drawn(s, u, M_UNIFORM, seed)->together = together;
    return u;
}

// sqrt(2) erfinv(u) by M. Giles, "Approximating the erfinv function" (2010), for single precision: a
// polynomial of w = -log(1 - u^2), or in the tails of its root, times u.
static Expr *normal_of(Arena *a, Expr *u) {
    static const double middle[] = {2.81022636e-08,  3.43273939e-07, -3.5233877e-06,
                                    -4.39150654e-06, 0.00021858087,  -0.00125372503,
                                    -0.00417768164,  0.246640727,    1.50140941};
    static const double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322,
                                  -0.00367342844,  0.00573950773,  -0.0076224613,
                                  0.00943887047,   1.00167406,     2.83297682};
    Expr *one = expr_const(a, 1), *p = expr_const(a, middle[0]), *q = expr_const(a, tail[0]);
    Expr *both = expr_op2(a, E_MUL, expr_op2(a, E_SUB, one, u), expr_op2(a, E_ADD, one, u));
    Expr *w = expr_op1(a, E_NEG, expr_op1(a, E_LOG, both));
    Expr *near = expr_op2(a, E_SUB, w, expr_const(a, 2.5));
    Expr *far = expr_op2(a, E_SUB, expr_op1(a, E_SQRT, w), expr_const(a, 3));
    for (int i = 1; i < 9; i++) {
        p = expr_op2(a, E_ADD, expr_const(a, middle[i]), expr_op2(a, E_MUL, p, near));
        q = expr_op2(a, E_ADD, expr_const(a, tail[i]), expr_op2(a, E_MUL, q, far));
    }
    Expr *by = expr_less(a, w, expr_const(a, 5), p, q);
    return expr_op2(a, E_MUL, expr_op2(a, E_MUL, expr_const(a, sqrt(2)), by), u);
}

int step_normal(Step *s, int x, int64_t seed) {
    int u = tensor_like(s, x, "uniform");
    drawn(s, u, M_UNIFORM, seed);
    int z = step_map(s, u, normal_of(s->arena, expr_in(s->arena, 0)), NULL);
    s->tensor[z].name = arena_printf(s->arena, "%s.normal", s->building->name);
    return z;
}

int64_t axis_extent(const Node *n, int axis) {
    return n->axis[axis].span.hi - n->axis[axis].span.lo;
}

bool transform_to_points(const Node *n) {
    return n->op == X_FILTER || n->op == X_INPUT || n->op == X_OUTPUT_GRAD;
}

int step_inner(const Node *n) {
    int inner = 0;
    while (inner < n->naxis - 1 && n->axis[n->naxis - 1 - inner].role == A_SUM) inner++;
    return inner;
}

int step_of_weights(const Step *s, int tensor) {
    int def = step_def(s, tensor);
    if (def < 0 || s->node[def]->kind != P_MAP || s->node[def]->samples) return -1;
    for (int k = 0; k < s->node[def]->nin; k++)
        if (s->tensor[s->node[def]->in[k].tensor].owner != O_MODEL) return -1;
    return def;
}

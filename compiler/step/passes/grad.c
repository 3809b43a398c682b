// SPDX-License-Identifier: MIT
// The backward pass, derived once per primitive, from the trimmed forward:
//   CONTRACT  y = sum a b         da = sum dy b, db = sum dy a over the axes they lack
//   MAP       y = f(x, ..)        dx = dy f'(..), summed over the axes along which x was repeated
//   WINDOW    max, average        the adjoint: dy goes to the argmax, or evenly to the window
//   VIEW                          the inverse view
//   REDUCE    softmax             dx = (dy - sum dy y) y; of its logarithm dx = dy - e^y sum dy
//   WARP                          the adjoint: dy goes to the pixels that y came from
//   LOSS                          writes its own gradient
// A regulariser's gradient is added to that of its weight, or of what its layer makes.
// The gradient by what is one for all samples, a weight or a batch's statistic, is a sum over samples where a
// node reads it for each of them (O_LEAF), else computed once a step (O_STEP).
// A tensor that no trainable weight feeds has no gradient, so dX of the first layer never exists.
//   requires: trimmed forward with LOSS        sets: Tensor.grad, .wants_grad
#include "step/passes/batch_loss.h"
#include "step/passes/regularise.h"
#include "../runtime/abi.h"
#include <string.h>

static void name_gradient(Step *s, int g, int t) {
    s->tensor[g].name = arena_printf(s->arena, "d(%s)", s->tensor[t].name);
}

static Owner gradient_owner(const Step *s, int t, bool samples) {
    if (owner_per_sample(s->tensor[t].owner)) return O_SAMPLE;
    return samples ? O_LEAF : O_STEP;
}

// A place for the gradient by t, to be written over samples or once a step.
static int gradient_like(Step *s, int t, bool samples) {
    const Tensor *x = &s->tensor[t];
    int g = step_tensor(s, "", T_F32, gradient_owner(s, t, samples), x->rank, x->dim);
    name_gradient(s, g, t);
    memcpy(s->tensor[g].need, s->tensor[t].need, sizeof s->tensor[g].need);
    s->tensor[g].loc = s->tensor[t].loc;
    return g;
}

static Node *backward_node(Step *s, Prim kind, const Node *of) {
    Node *n = step_node(s, kind, of->samples);
    n->loc = of->loc;
    n->layer = of->layer;
    n->naxis = of->naxis;
    n->written = of->written;
    memcpy(n->axis, of->axis, sizeof n->axis);
    return n;
}

// g covers only the part of t that is read; elsewhere the gradient is 0. A producer that needs all of t (a
// reshape, softmax), or the update of a weight, gets a copy that is filled with zeros.
static int filled(Step *s, int t, int g) {
    if (memcmp(s->tensor[g].need, s->tensor[t].need, sizeof s->tensor[t].need) == 0) return g;
    bool samples = owner_per_sample(s->tensor[t].owner);
    int whole = gradient_like(s, t, samples);
    const char *layer = s->node[step_def(s, g)]->layer;
    Node *n = step_node(s, P_VIEW, samples);
    n->op = V_AFFINE;
    n->loc = s->tensor[t].loc;
    n->layer = layer;
    for (int d = 0; d < s->tensor[t].rank; d++)
        n->axis[step_axis(n, s->tensor[t].dim[d], A_OUT)].span = s->tensor[t].need[d];
    node_reads(n, access_whole(s, g, 1));
    node_writes(n, access_whole(s, whole, 1));
    return whole;
}

// Adds one more contribution to the gradient by t.
static void contribute(Step *s, int t, int g) {
    g = filled(s, t, g);
    if (s->tensor[t].grad < 0) {
        s->tensor[t].grad = g;
        return;
    }
    bool samples = owner_per_sample(s->tensor[t].owner);
    int sum = gradient_like(s, t, samples);
    Node *n = step_node(s, P_MAP, samples);
    for (int d = 0; d < s->tensor[t].rank; d++)
        n->axis[step_axis(n, s->tensor[t].dim[d], A_OUT)].span = s->tensor[t].need[d];
    node_reads(n, access_whole(s, s->tensor[t].grad, 1));
    node_reads(n, access_whole(s, g, 1));
    node_writes(n, access_whole(s, sum, 1));
    n->expr[0] = expr_op2(s->arena, E_ADD, expr_in(s->arena, 0), expr_in(s->arena, 1));
    s->tensor[t].grad = sum;
}

// Roles follow from what the node writes; the samples are summed where the result has none.
static void set_roles(Step *s, Node *n) {
    bool per_sample = owner_per_sample(s->tensor[n->out[0].tensor].owner);
    n->axis[0].role = per_sample ? A_OUT : A_SUM;
    n->pass = per_sample ? PASS_DX : PASS_DW;
    const Access *to = &n->out[0];
    for (int a = 1; a < n->naxis; a++) n->axis[a].role = access_runs(to, a) ? A_OUT : A_SUM;
    for (int d = 0; d < MAX_RANK; d++)
        n->scatter |=
            access_axes(n, to, d) > 1 && !access_fills(n, to, d, s->tensor[to->tensor].need[d]);
}

// What a contraction has read of the zeros around x has no gradient: axes that alone give an index end
// where x does.
static void stay_inside(const Step *s, Node *n) {
    const Access *x = &n->out[0];
    const Tensor *t = &s->tensor[x->tensor];
    for (int d = 0; d < t->rank; d++) {
        int axis = access_axis(n, x, d);
        if (axis && x->coef[d][axis] > 0)
            span_clip(&n->axis[axis].span, x->off[d], x->coef[d][axis], t->need[d]);
    }
}

static void remove_axis(Node *n, int axis) {
    int behind = n->naxis-- - axis - 1;
    memmove(&n->axis[axis], &n->axis[axis + 1], sizeof *n->axis * (size_t)behind);
    for (int k = 0; k < n->nin + n->nout; k++) {
        Access *x = k < n->nin ? &n->in[k] : &n->out[k - n->nin];
        for (int d = 0; d < MAX_RANK; d++) {
            int64_t *coef = x->coef[d];
            memmove(&coef[axis], &coef[axis + 1], sizeof *coef * (size_t)behind);
            coef[axis + behind] = 0;
        }
    }
}

// The sum of all elements has one of its own, along an axis that the elements do not have.
static void remove_alone(Node *n) {
    for (int a = n->naxis - 1; a > 0; a--)
        if (!access_runs(&n->out[0], a) && axis_extent(n, a) == 1) remove_axis(n, a);
}

static void contract_grad(Step *s, int i, int dy) {
    for (int k = 0; k < s->node[i]->nin; k++) {
        Node f = *s->node[i];
        int x = f.in[k].tensor;
        if (!s->tensor[x].wants_grad) continue;
        int dx = gradient_like(s, x, f.samples);
        Node *n = backward_node(s, f.nin == 2 ? P_CONTRACT : P_MAP, &f);
        node_reads(n, access_as(f.out[0], dy));
        if (f.nin == 2)
            node_reads(n, f.in[1 - k]);
        else
            n->expr[0] = expr_in(s->arena, 0);
        node_writes(n, access_as(f.in[k], dx));
        if (f.nin == 1) remove_alone(n);
        set_roles(s, n);
        // As far as it writes. A sum over samples is whole, for an update reads it so: leaves begin with 0.
        bool part = s->tensor[dx].owner != O_LEAF && !n->scatter;
        if (part) stay_inside(s, n);
        for (int d = 0; d < s->tensor[dx].rank && part; d++)
            s->tensor[dx].need[d] = access_span(n, &n->out[0], d);
        contribute(s, x, dx);
    }
}

// Reads after n's first input those of f's that e reads, and numbers them so.
static Expr *read_what_it_needs(Step *s, Node *n, const Node *f, const Expr *e) {
    Expr *with[MAX_IN] = {0};
    for (int k = 0; k < f->nin; k++) {
        if (!expr_reads(e, k)) continue;
        with[k] = expr_in(s->arena, n->nin);
        node_reads(n, f->in[k]);
    }
    return expr_replace(s->arena, e, with);
}

static bool repeated(const Node *n, const Access *x) { // along some axis of n?
    for (int a = 1; a < n->naxis; a++)
        if (!access_runs(x, a)) return true;
    return false;
}

static void map_grad(Step *s, int i, int dy) {
    for (int k = 0; k < s->node[i]->nin; k++) {
        Node f = *s->node[i];
        int x = f.in[k].tensor, g = dy;
        if (!s->tensor[x].wants_grad || f.fixed >> k & 1) continue;
        Expr *slope;
        if (f.act)
            slope = f.act->slope(s, expr_in(s->arena, 1));
        else
            slope = expr_diff(s->arena, f.expr[0], k);
        if (!slope) continue;
        if (!expr_is(slope, 1)) {
            g = gradient_like(s, f.out[0].tensor, f.samples);
            if (owner_per_sample(s->tensor[x].owner) == f.samples) name_gradient(s, g, x);
            Node *n = backward_node(s, P_MAP, &f);
            node_reads(n, access_as(f.out[0], dy));
            node_writes(n, access_as(f.out[0], g));
            if (f.act) {
                node_reads(n, f.act->derivative == DERIVATIVE_OF_Y ? f.out[0] : f.in[0]);
                n->expr[0] = expr_op2(s->arena, E_MUL, expr_in(s->arena, 0), slope);
            } else {
                slope = read_what_it_needs(s, n, &f, slope);
                n->expr[0] = expr_op2(s->arena, E_MUL, expr_in(s->arena, 0), slope);
            }
        }
        if (repeated(&f, &f.in[k]) || owner_per_sample(s->tensor[x].owner) != f.samples) {
            int dx = gradient_like(s, x, f.samples);
            Node *n = backward_node(s, P_CONTRACT, &f);
            node_reads(n, access_as(f.out[0], g));
            node_writes(n, access_as(f.in[k], dx));
            set_roles(s, n);
            g = dx;
        }
        contribute(s, x, g);
    }
}

static void window_grad(Step *s, int i, int dy) {
    Node f = *s->node[i];
    int x = f.in[0].tensor, y = f.out[0].tensor, argmax = -1;
    if (!s->tensor[x].wants_grad) return;
    if (f.op == W_MAX) {
        const char *name = arena_printf(s->arena, "%s.argmax", f.layer);
        TensorType type = step_positions(&f) <= 256 ? T_U8 : T_I32;
        argmax = step_tensor(s, name, type, O_SAMPLE, s->tensor[y].rank, s->tensor[y].dim);
        memcpy(s->tensor[argmax].need, s->tensor[y].need, sizeof s->tensor[y].need);
        node_writes(step_edit(s, i), access_as(f.out[0], argmax));
    }
    int dx = gradient_like(s, x, f.samples);
    Node *n = backward_node(s, P_WINDOW, &f);
    n->op = f.op == W_MAX ? W_MAX_GRAD : W_AVG_GRAD;
    memcpy(n->window, f.window, sizeof n->window);
    n->scatter = true;
    node_reads(n, access_as(f.out[0], dy));
    if (argmax >= 0) node_reads(n, access_as(f.out[0], argmax));
    node_writes(n, access_as(f.in[0], dx));
    contribute(s, x, dx);
}

// The axis that alone, and in steps of 1, runs along dimension d of the access, and along no other; or 0.
static int own_axis(const Node *n, const Access *x, int d) {
    int own = access_axis(n, x, d);
    for (int e = 0; e < MAX_RANK; e++)
        if (x->coef[e][own] != (e == d)) return 0;
    return own;
}

// y[a] = x[a + off], dimensions in any order: dx[j] = dy[j - off]. False where x is read in another way, or
// y written.
static bool invert(const Step *s, const Node *f, Access *in) {
    for (int e = 0; e < s->tensor[f->out[0].tensor].rank; e++)
        if (!own_axis(f, &f->out[0], e)) return false;
    for (int d = 0; d < s->tensor[f->in[0].tensor].rank; d++) {
        int axis = own_axis(f, &f->in[0], d);
        if (!axis) return false;
        for (int e = 0; e < s->tensor[f->out[0].tensor].rank; e++)
            if (f->out[0].coef[e][axis]) {
                in->coef[e][1 + d] = 1;
                in->off[e] = -f->in[0].off[d];
            }
    }
    return s->tensor[f->in[0].tensor].rank == s->tensor[f->out[0].tensor].rank;
}

// What a view leaves out, or takes twice: its gradients are added up where they came from.
static void spread_view(Step *s, const Node *f, int dx, int dy) {
    Node *n = backward_node(s, P_CONTRACT, f);
    node_reads(n, access_as(f->out[0], dy));
    node_writes(n, access_as(f->in[0], dx));
    n->scatter = true;
    set_roles(s, n);
    stay_inside(s, n);
}

static void view_grad(Step *s, int i, int dy) {
    Node f = *s->node[i];
    int x = f.in[0].tensor;
    if (!s->tensor[x].wants_grad) return;
    int dx = gradient_like(s, x, f.samples);
    Access in = access_none(dy);
    if (f.op == V_AFFINE && !invert(s, &f, &in)) {
        spread_view(s, &f, dx, dy);
    } else {
        Node *n = step_node(s, P_VIEW, f.samples);
        n->loc = f.loc;
        n->layer = f.layer;
        n->op = f.op;
        for (int d = 0; d < s->tensor[x].rank; d++)
            n->axis[step_axis(n, s->tensor[x].dim[d], A_OUT)].span = s->tensor[x].need[d];
        node_writes(n, access_whole(s, dx, 1));
        node_reads(n, in); // a reshape's index follows from the row-major order
    }
    contribute(s, x, dx);
}

static void reduce_grad(Step *s, int i, int dy) {
    Node f = *s->node[i];
    int x = f.in[0].tensor;
    if (!s->tensor[x].wants_grad) return;
    int dx = gradient_like(s, x, f.samples);
    Node *n = backward_node(s, P_REDUCE, &f);
    n->op = f.op == R_SOFTMAX ? R_SOFTMAX_GRAD : R_LOG_SOFTMAX_GRAD;
    node_reads(n, access_as(f.out[0], dy));
    node_reads(n, f.out[0]);
    node_writes(n, access_as(f.in[0], dx));
    contribute(s, x, dx);
}

static void warp_grad(Step *s, int i, int dy) {
    Node f = *s->node[i];
    int x = f.in[0].tensor;
    if (!s->tensor[x].wants_grad) return;
    int dx = gradient_like(s, x, f.samples);
    Node *n = step_node(s, P_WARP, true);
    n->loc = f.loc;
    n->layer = f.layer;
    n->op = f.op == I_NEAREST ? I_NEAREST_GRAD : I_LINEAR_GRAD;
    n->scatter = true;
    n->fill = f.fill;
    n->outside = f.outside;
    memcpy(n->expr, f.expr, sizeof n->expr);
    for (int d = 0; d < s->tensor[x].rank; d++) step_axis(n, s->tensor[x].dim[d], A_OUT);
    node_reads(n, access_none(dy));
    for (int k = 1; k < f.nin; k++) node_reads(n, f.in[k]);
    node_writes(n, access_whole(s, dx, 1));
    contribute(s, x, dx);
}

static void loss_grad(Step *s, int i) {
    if (!s->tensor[s->logits].wants_grad) return;
    int g = gradient_like(s, s->logits, true);
    if (s->model->loss.nsum) {
        batch_loss_grad(s, i, g);
    } else {
        Node *n = step_edit(s, i);
        node_writes(n, access_as(n->in[0], g));
    }
    s->loss_grad = g;
    contribute(s, s->logits, g);
}

// The mean over the batch of what layers' outputs add to the loss.
static void activity_grad(Step *s) {
    Arena *a = s->arena;
    for (int i = 0; i < s->nactivity; i++) {
        const Activity *of = &s->activity[i];
        int y = of->tensor;
        if (!s->tensor[y].wants_grad) continue;
        int g = gradient_like(s, y, true);
        const char *layer = s->node[step_def(s, y)]->layer;
        Node *n = step_node(s, P_MAP, true);
        n->layer = layer;
        for (int d = 0; d < s->tensor[y].rank; d++)
            n->axis[step_axis(n, s->tensor[y].dim[d], A_OUT)].span = s->tensor[y].need[d];
        node_reads(n, access_whole(s, y, 1));
        node_writes(n, access_whole(s, g, 1));
        Expr *slope = penalty_slope(a, &of->penalty, expr_in(a, 0));
        n->expr[0] = expr_op2(a, E_MUL, expr_scalar(a, CNN_INV_N), slope);
        contribute(s, y, g);
    }
}

static void spread_wants_grad(Step *s) {
    for (int i = 0; i < s->nnode; i++) {
        const Node *n = s->node[i];
        for (int k = 0; k < n->nin && n->kind != P_UPDATE; k++)
            if (s->tensor[n->in[k].tensor].wants_grad)
                for (int o = 0; o < n->nout; o++) s->tensor[n->out[o].tensor].wants_grad = true;
    }
}

void step_grad(Step *s) {
    static void (*const rule[])(Step *, int, int) = {
        [P_CONTRACT] = contract_grad, [P_MAP] = map_grad,   [P_REDUCE] = reduce_grad,
        [P_WINDOW] = window_grad,     [P_VIEW] = view_grad, [P_WARP] = warp_grad};
    spread_wants_grad(s);
    s->pass = PASS_DX;
    for (int i = s->nnode - 1; i >= 0; i--) {
        Prim kind = s->node[i]->kind;
        if (kind == P_LOSS) {
            loss_grad(s, i);
            activity_grad(s);
        }
        if (kind >= sizeof rule / sizeof *rule || !rule[kind]) continue;
        int dy = s->tensor[s->node[i]->out[0].tensor].grad;
        if (dy >= 0) rule[kind](s, i, dy);
    }
    regularise_weights(s);
}

// SPDX-License-Identifier: MIT
// Is a Step well formed? Held after every pass: what layers, derivation and rewrites leave must be what
// the header says a Step is. In the order of the nodes:
//   - a tensor is written by one node, before it is read; weights and their state by UPDATE alone, in
//     place, when nobody reads them any more
//   - who writes what: a sample's tensor is written over samples; sums over samples are O_LEAF, or
//     O_STEP once deferred; what is computed once a step reads no sample
//   - axes that the first result has are A_OUT, the others A_SUM; each has a span that is not empty
//   - indices stay inside what is needed of a tensor, but for those that Reach names
//   - op, window, expr, act, rate and scatter stand where the kind of node has them, and nowhere else
#include "step/check.h"
#include "step/problem.h"
#include "../runtime/abi.h"
#include <string.h>

typedef struct Check {
    Arena *arena;
    const Step *s;
    const Node *n; // at hand
    int node;
    bool *written, *updated; // by tensor
    const char *wrong; // the first fault, or NULL
} Check;

__attribute__((format(printf, 2, 3))) static bool refuse(Check *c, const char *fmt, ...) {
    if (c->wrong) return false;
    va_list ap;
    va_start(ap, fmt);
    c->wrong = arena_vprintf(c->arena, fmt, ap);
    va_end(ap);
    if (c->n)
        c->wrong = arena_printf(c->arena, "node %d, %s of '%s': %s", c->node,
                                prim_names[c->n->kind], c->n->layer ? c->n->layer : "?", c->wrong);
    return false;
}

static const Tensor *tensor_of(const Check *c, const Access *x) {
    return &c->s->tensor[x->tensor];
}

// ---- tensors

static bool same_shape(const Tensor *a, const Tensor *b) {
    return a->rank == b->rank && !memcmp(a->dim, b->dim, sizeof *a->dim * (size_t)a->rank);
}

static bool check_extents(Check *c, const Tensor *t) {
    bool seen[MAX_RANK] = {0};
    if (t->rank < 1 || t->rank > MAX_RANK) return refuse(c, "'%s' has rank %d", t->name, t->rank);
    for (int d = 0; d < t->rank; d++) {
        Span need = t->need[d];
        if (t->dim[d] < 1)
            return refuse(c, "'%s': dimension %d is %lld", t->name, d, (long long)t->dim[d]);
        if (need.lo < 0 || need.lo > need.hi || need.hi > t->dim[d])
            return refuse(c, "'%s': dimension %d needs %lld:%lld of %lld", t->name, d,
                          (long long)need.lo, (long long)need.hi, (long long)t->dim[d]);
        if (t->order[d] < 0 || t->order[d] >= t->rank || seen[t->order[d]])
            return refuse(c, "'%s': its order is no permutation", t->name);
        seen[t->order[d]] = true;
    }
    return true;
}

static bool check_tensor(Check *c, int index) {
    const Step *s = c->s;
    const Tensor *t = &s->tensor[index];
    if (!t->name) return refuse(c, "tensor %d has no name", index);
    if (!check_extents(c, t)) return false;
    bool owned = t->owner == O_MODEL || t->owner == O_OPT;
    if (owned != (t->weight >= 0) || t->weight >= s->nweight)
        return refuse(c, "'%s' belongs to weight %d of %d", t->name, t->weight, s->nweight);
    if (owned && !same_shape(t, &s->tensor[s->weight_tensor[t->weight]]))
        return refuse(c, "'%s' has not the shape of its weight", t->name);
    if (t->owner == O_MODEL && s->weight_tensor[t->weight] != index)
        return refuse(c, "'%s' is weight %d, whose tensor is another", t->name, t->weight);
    if (t->owner == O_OPT && t->slot >= optimizer_slots(&s->model->optimizer))
        return refuse(c, "'%s' is state %d of an optimiser with fewer", t->name, t->slot);
    if (t->grad >= s->ntensor) return refuse(c, "'%s': no tensor is its gradient", t->name);
    if (t->grad >= 0 && !same_shape(t, &s->tensor[t->grad]))
        return refuse(c, "'%s' has not the shape of its gradient", t->name);
    return true;
}

// ---- axes

static bool check_axes(Check *c) {
    const Node *n = c->n;
    if (n->naxis < 1 || n->naxis > MAX_AXIS) return refuse(c, "%d axes", n->naxis);
    for (int a = 1; a < n->naxis; a++) {
        Span p = n->axis[a].span;
        if (p.lo >= p.hi)
            return refuse(c, "axis %c has the span %lld:%lld", 'a' + a - 1, (long long)p.lo,
                          (long long)p.hi);
        bool sums = n->kind == P_WINDOW || n->kind == P_TRANSFORM;
        Role role = sums ? (a < n->naxis - step_inner(n) ? A_OUT : A_SUM)
                         : (n->nout && !access_runs(&n->out[0], a) ? A_SUM : A_OUT);
        if (n->axis[a].role != role)
            return refuse(c, "axis %c is%s summed", 'a' + a - 1, role == A_OUT ? "" : " not");
        if (role == A_SUM && !sums && n->kind != P_CONTRACT && n->kind != P_LOSS)
            return refuse(c, "axis %c is in no result", 'a' + a - 1);
    }
    bool kept = n->nout == 0 || owner_per_sample(tensor_of(c, &n->out[0])->owner);
    if (n->samples && (n->axis[0].role == A_OUT) != kept)
        return refuse(c, "samples are%s summed", kept ? "" : " not");
    if (n->samples && !kept && n->kind != P_CONTRACT && n->kind != P_LOSS)
        return refuse(c, "it sums over samples");
    return true;
}

// ---- what the fields of a node mean

typedef struct Rule {
    int min_in, max_in, min_out, max_out, ops;
} Rule;
static const Rule rules[] = {[P_CONTRACT] = {1, MAX_IN, 1, 4, C_OPS},
                             [P_MAP] = {1, MAX_IN, 1, 1, 1},
                             [P_REDUCE] = {1, 2, 1, 1, 4},
                             [P_WINDOW] = {1, 2, 1, 2, 4},
                             [P_VIEW] = {1, 1, 1, 1, 2},
                             [P_MASK] = {0, 0, 1, 1, 2},
                             [P_TABLE] = {0, 0, 1, 1, 1},
                             [P_WARP] = {1, MAX_IN, 1, 1, 4},
                             [P_LOSS] = {2, 5, 0, 2, 1},
                             [P_TRANSFORM] = {1, 1, 1, 1, X_OPS},
                             [P_UPDATE] = {2, MAX_IN, 1, MAX_OUT, 1}};

// Inputs and results that kind and op leave no choice of.
static bool check_arity(Check *c) {
    const Node *n = c->n;
    const Rule *r = &rules[n->kind];
    int in = n->nin, out = n->nout;
    bool ok = in >= r->min_in && in <= r->max_in && out >= r->min_out && out <= r->max_out;
    if (n->op < 0 || n->op >= r->ops) return refuse(c, "op %d", n->op);
    if (n->kind == P_REDUCE) ok &= in == (n->op < R_SOFTMAX_GRAD ? 1 : 2);
    if (n->kind == P_WINDOW) ok &= in == (n->op == W_MAX_GRAD ? 2 : 1);
    if (n->kind == P_WINDOW && n->op != W_MAX) ok &= out == 1;
    if (n->kind == P_CONTRACT && n->op == C_SUM) ok &= in <= 2 && out == 1;
    if (n->kind == P_CONTRACT && n->op == C_EXPR) ok &= out == 1;
    if (n->kind == P_CONTRACT && n->op == C_SPARSE_DX) ok &= in == 3;
    if (n->kind == P_CONTRACT && n->op == C_SPARSE_DW) ok &= in == 3 || in == 4;
    if (n->kind == P_CONTRACT && n->op == C_STRIPS) ok &= in == 2 && out == 1;
    if (n->kind == P_UPDATE) ok &= in > out;
    return ok || refuse(c, "%d inputs, %d results", in, out);
}

static bool sparse(const Node *n) {
    return n->kind == P_CONTRACT && (n->op == C_SPARSE_DX || n->op == C_SPARSE_DW);
}

static bool check_transform(Check *c) {
    const Node *n = c->n;
    int64_t points = 1, stride = n->window[2];
    if (stride < 1) return refuse(c, "a stride of %lld", (long long)stride);
    int inner = step_inner(n);
    for (int d = 0; d < inner; d++) {
        int64_t m = n->window[d], r = inner == 2 ? 3 : n->window[1];
        int64_t extent = axis_extent(n, n->naxis - inner + d);
        int64_t t = (m - 1) * stride + r; // inputs of a tile
        int64_t of = n->op == X_INPUT || n->op == X_INPUT_GRAD     ? t
                     : n->op == X_FILTER || n->op == X_FILTER_GRAD ? r
                                                                   : m;
        if (extent != of)
            return refuse(c, "%lld values along a tile of %lld", (long long)extent, (long long)of);
        points *= t;
    }
    const Tensor *t = tensor_of(c, transform_to_points(n) ? &n->out[0] : &n->in[0]);
    return t->dim[0] == points || refuse(c, "'%s' has not %lld points", t->name, (long long)points);
}

static bool check_window(Check *c) {
    const Node *n = c->n;
    if (n->kind == P_TRANSFORM) return check_transform(c);
    int inner = n->kind == P_WINDOW ? step_inner(n) : sparse(n) ? 2 : 0;
    for (int d = 0; d < MAX_SPACE; d++) {
        if (d < inner ? n->window[d] < 1 : n->window[d] != 0)
            return refuse(c, "a window of %lld", (long long)n->window[d]);
        if (n->kind != P_WINDOW || d >= inner) continue;
        int64_t extent = axis_extent(n, n->naxis - inner + d);
        if (n->window[d] != extent)
            return refuse(c, "the window is %lld, its axis %lld long", (long long)n->window[d],
                          (long long)extent);
    }
    return true;
}

static bool check_expr(Check *c, const Expr *e) {
    static const int args[] = {
        [E_CONST] = 0, [E_IN] = 0,   [E_SCALAR] = 0,     [E_ADD] = 2,       [E_SUB] = 2,
        [E_MUL] = 2,   [E_DIV] = 2,  [E_NEG] = 1,        [E_ABS] = 1,       [E_TRUNC] = 1,
        [E_SQRT] = 1,  [E_EXP] = 1,  [E_EXPM1] = 1,      [E_LOG] = 1,       [E_LOG1P] = 1,
        [E_TANH] = 1,  [E_GELU] = 1, [E_GELU_SLOPE] = 1, [E_TIMES_EXP] = 2, [E_LESS] = 4,
        [E_BIT] = 2};
    int k = e->index;
    if (e->op == E_SCALAR && (k < 0 || k >= CNN_SCALARS)) return refuse(c, "scalar %d", k);
    if (e->op == E_IN || e->op == E_BIT) {
        if (k < 0 || k >= c->n->nin) return refuse(c, "its expression reads input %d", k);
        const Tensor *t = tensor_of(c, &c->n->in[k]);
        if ((t->type == T_BIT) != (e->op == E_BIT))
            return refuse(c, "'%s' is read as %s", t->name, e->op == E_BIT ? "a bit" : "a float");
    }
    for (int i = 0; i < 4; i++) {
        if (!e->arg[i] != (i >= args[e->op])) return refuse(c, "an expression lacks its arguments");
        if (e->arg[i] && !check_expr(c, e->arg[i])) return false;
    }
    return true;
}

// An image and another, then numbers of the sample, which alone the coefficients read.
static bool check_warp(Check *c) {
    const Node *n = c->n;
    const Tensor *x = tensor_of(c, &n->in[0]), *y = tensor_of(c, &n->out[0]);
    if (x->rank != 3 || y->rank != 3 || x->dim[2] != y->dim[2])
        return refuse(c, "'%s' and '%s' are no images of equal channels", x->name, y->name);
    if ((unsigned)n->fill >= FILLS || (!warp_fills(n->fill) && n->outside != 0))
        return refuse(c, "what is outside of its image");
    for (int k = 0; k < WARP_EXPRS; k++)
        if (expr_reads(n->expr[k], 0)) return refuse(c, "a coefficient reads the image");
    return n->scatter == (n->op >= I_NEAREST_GRAD) || refuse(c, "it does not scatter");
}

static bool check_fields(Check *c) {
    const Node *n = c->n;
    int exprs = n->kind == P_MAP      ? 1
                : n->kind == P_UPDATE ? n->nout
                : n->kind == P_WARP   ? WARP_EXPRS
                                      : 0;
    bool on_the_way = n->kind == P_CONTRACT && n->op == C_SPARSE_DW && n->expr[0];
    if (on_the_way || (n->kind == P_CONTRACT && n->op == C_EXPR)) exprs = 1;
    for (int k = 0; k < MAX_OUT; k++) {
        if (!n->expr[k] != (k >= exprs)) return refuse(c, "%d expressions are wanted", exprs);
        if (n->expr[k] && !on_the_way && !check_expr(c, n->expr[k])) return false;
    }
    if (n->act && (n->kind != P_MAP || n->nin != 1)) return refuse(c, "an activation");
    if (n->fixed && (n->kind != P_MAP || n->fixed >> n->nin)) return refuse(c, "fixed inputs");
    bool scatters = n->kind == P_CONTRACT || (n->kind == P_WINDOW && n->op >= W_MAX_GRAD) ||
                    (n->kind == P_WARP && n->op >= I_NEAREST_GRAD);
    if (n->scatter && !scatters) return refuse(c, "it scatters");
    bool drops = n->kind == P_MASK && n->op == M_BITS;
    if (drops ? !(n->rate > 0 && n->rate < 1) : n->rate != 0) return refuse(c, "rate %g", n->rate);
    bool draws = n->stream || n->seeded || n->together;
    if (n->kind != P_MASK && draws) return refuse(c, "a stream of random numbers");
    if (n->kind == P_WARP && !check_warp(c)) return false;
    if (n->kind != P_WARP && (n->fill || n->outside != 0))
        return refuse(c, "what is outside of an image");
    if (!n->numbers != (n->kind != P_TABLE)) return refuse(c, "a table of numbers");
    if (n->numbers && n->samples) return refuse(c, "its numbers are a sample's");
    if (!problem_holds(c->s, n)) return refuse(c, "it is another convolution than it keeps");
    return check_window(c);
}

// ---- types

static bool fits_window(const Node *n, const Tensor *t) { // does an argmax's type hold its numbers?
    return t->type == T_I32 || (t->type == T_U8 && step_positions(n) <= 256);
}

static bool check_type(Check *c, bool result, int k) {
    const Node *n = c->n;
    const Tensor *t = tensor_of(c, result ? &n->out[k] : &n->in[k]);
    bool argmax =
        result ? n->kind == P_WINDOW && n->op == W_MAX && k == 1
               : (n->kind == P_WINDOW && n->op == W_MAX_GRAD && k == 1) || (sparse(n) && k == 2);
    bool bits = result ? n->kind == P_MASK && n->op == M_BITS
                       : n->kind == P_MAP && t->type == T_BIT; // see check_expr
    bool note = result && sparse(n) && k > 0 && t->type == T_I32;
    bool ok = argmax ? fits_window(n, t) : note || t->type == (bits ? T_BIT : T_F32);
    if (note && t->owner != O_SAMPLE) ok = false;
    return ok || refuse(c, "'%s' has the wrong type", t->name);
}

// ---- indices

typedef enum {
    FREE, // no index of its own: whole tensors, those of kernels that walk them their own way
    INSIDE, // what is needed of the tensor
    RING, // or zeros around it, which memory of the caller has not
    LEFT_OUT, // what is outside is neither read nor written
} Reach;

static Reach reach_of_input(const Node *n, int k) {
    switch (n->kind) {
    case P_CONTRACT:
        if (n->op == C_SUM) return RING;
        if (n->op == C_EXPR) return INSIDE;
        return n->op == C_SPARSE_DW && k == 1 ? RING : FREE;
    case P_WINDOW: return n->op == W_MAX || n->op == W_AVG ? LEFT_OUT : INSIDE;
    case P_VIEW: return n->op == V_RESHAPE ? FREE : LEFT_OUT; // outside there are zeros
    case P_WARP: return k == 0 ? FREE : INSIDE;
    case P_LOSS: return k == 1 ? FREE : INSIDE;
    case P_TRANSFORM: return n->op == X_INPUT ? RING : n->op == X_OUTPUT_GRAD ? LEFT_OUT : INSIDE;
    default: return INSIDE;
    }
}

static Reach reach_of_result(const Node *n, int k) {
    if (sparse(n) && k > 0) return FREE;
    if (n->scatter && !sparse(n)) return LEFT_OUT;
    bool sticks_out = n->op == X_OUTPUT || n->op == X_INPUT_GRAD;
    return n->kind == P_TRANSFORM && sticks_out ? LEFT_OUT : INSIDE;
}

static bool check_access(Check *c, const Access *x, Reach reach) {
    const Tensor *t = tensor_of(c, x);
    for (int d = 0; d < MAX_RANK; d++) {
        bool indexed = x->off[d] != 0;
        for (int a = 0; a < MAX_AXIS; a++) {
            indexed |= x->coef[d][a] != 0;
            if (x->coef[d][a] && (a < 1 || a >= c->n->naxis))
                return refuse(c, "'%s': an index runs along axis %d", t->name, a);
        }
        if (d >= t->rank) {
            if (indexed) return refuse(c, "'%s' of rank %d has an index %d", t->name, t->rank, d);
            continue;
        }
        Span at = access_span(c->n, x, d), need = t->need[d];
        bool inside = span_within(at, need);
        bool ring = owner_per_sample(t->owner) && !owner_external(t->owner);
        if (reach == FREE || reach == LEFT_OUT || inside || (reach == RING && ring)) continue;
        return refuse(c, "'%s': index %d is %lld:%lld, there is %lld:%lld", t->name, d,
                      (long long)at.lo, (long long)at.hi, (long long)need.lo, (long long)need.hi);
    }
    return true;
}

// ---- order and owners

static bool check_read(Check *c, const Access *x) {
    const Tensor *t = tensor_of(c, x);
    bool given =
        t->owner == O_INPUT || t->owner == O_LABEL || t->owner == O_MODEL || t->owner == O_OPT;
    if (!given && !c->written[x->tensor])
        return refuse(c, "'%s' is read before it is written", t->name);
    if (c->updated[x->tensor]) return refuse(c, "'%s' is read after its update", t->name);
    bool of_loss = c->n->kind == P_LOSS || (c->s->model->loss.nsum && c->n->kind == P_MAP);
    if (t->owner == O_LABEL && !of_loss) return refuse(c, "it reads the labels");
    if (owner_per_sample(t->owner) && !c->n->samples)
        return refuse(c, "'%s' is a sample's, the node once a step", t->name);
    if (t->owner == O_LEAF && c->n->samples)
        return refuse(c, "'%s' is read before all samples are summed", t->name);
    return true;
}

static bool check_update(Check *c,
                         int k) { // in place: what result k was is read by the same indices
    const Node *n = c->n;
    int t = n->out[k].tensor, j = 0;
    while (j < n->nin && !access_same(&n->in[j], &n->out[k])) j++;
    if (j == n->nin) return refuse(c, "'%s' is not updated in place", c->s->tensor[t].name);
    c->updated[t] = true;
    return true;
}

static bool check_write(Check *c, int k) {
    const Node *n = c->n;
    int index = n->out[k].tensor;
    const Tensor *t = &c->s->tensor[index];
    bool kept = t->owner == O_MODEL || t->owner == O_OPT, each = owner_per_sample(t->owner);
    if (t->owner == O_INPUT || t->owner == O_LABEL)
        return refuse(c, "it writes '%s', which is the caller's", t->name);
    if (kept != (n->kind == P_UPDATE)) return refuse(c, "it writes '%s'", t->name);
    if (c->written[index]) return refuse(c, "'%s' is written twice", t->name);
    if (each != (n->samples && n->axis[0].role == A_OUT) && !(sparse(n) && k > 0))
        return refuse(c, "'%s' is %s", t->name, each ? "a sample's" : "not a sample's");
    if (t->owner == O_LEAF && !n->samples) return refuse(c, "'%s' sums no samples", t->name);
    c->written[index] = true;
    return n->kind != P_UPDATE || check_update(c, k);
}

// ---- all of it

static bool check_tensors_of(Check *c) {
    const Node *n = c->n;
    if ((unsigned)n->nin > MAX_IN || (unsigned)n->nout > MAX_OUT) return refuse(c, "its inputs");
    for (int k = 0; k < n->nin + n->nout; k++) {
        int t = k < n->nin ? n->in[k].tensor : n->out[k - n->nin].tensor;
        if (t < 0 || t >= c->s->ntensor) return refuse(c, "there is no tensor %d", t);
    }
    return true;
}

static bool check_node(Check *c) {
    const Node *n = c->n;
    if (!check_tensors_of(c) || !check_arity(c) || !check_axes(c) || !check_fields(c)) return false;
    for (int k = 0; k < n->nin; k++)
        if (!check_read(c, &n->in[k]) || !check_type(c, false, k) ||
            !check_access(c, &n->in[k], reach_of_input(n, k)))
            return false;
    for (int k = 0; k < n->nout; k++)
        if (!check_write(c, k) || !check_type(c, true, k) ||
            !check_access(c, &n->out[k], reach_of_result(n, k)))
            return false;
    return true;
}

static bool check_ends(Check *c) {
    const Step *s = c->s;
    int losses = 0;
    if (!step_index_holds(s)) return refuse(c, "the index of readers is not up to date");
    for (int i = 0; i < s->nnode; i++) losses += s->node[i]->kind == P_LOSS;
    if (losses != (s->mode != STEP_PREDICT)) return refuse(c, "%d losses", losses);
    if (s->input < 0 || s->tensor[s->input].owner != O_INPUT) return refuse(c, "it has no input");
    if (s->output < 0 || s->tensor[s->output].owner != O_OUTPUT || !c->written[s->output])
        return refuse(c, "nothing writes the output");
    for (int i = 0; i < s->nweight; i++) {
        int g = s->tensor[s->weight_tensor[i]].grad;
        if (g >= 0 && !c->written[g])
            return refuse(c, "nothing writes '%s', which is a gradient", s->tensor[g].name);
    }
    return true;
}

const char *step_check(Arena *a, const Step *s) {
    Check c = {.arena = a, .s = s};
    c.written = ARENA_ARRAY(a, bool, s->ntensor);
    c.updated = ARENA_ARRAY(a, bool, s->ntensor);
    for (int i = 0; i < s->ntensor && !c.wrong; i++) check_tensor(&c, i);
    for (c.node = 0; c.node < s->nnode && !c.wrong; c.node++) {
        c.n = s->node[c.node];
        check_node(&c);
    }
    c.n = NULL;
    if (!c.wrong) check_ends(&c);
    return c.wrong;
}

// SPDX-License-Identifier: MIT
// The optimiser as UPDATE nodes, one a trainable weight; the rule is the optimiser's own
// (keras/optimizers). What a rule measures are nodes of their own between the gradients and the update. Sums of
// squares go over all axes of a weight but the last, then over that, then over the weights where it asks for those
// together; or over one dimension. Each is computed once a step, in an order that is the same for any threads.
// Behind the rule stands the weight's constraint, if it has one.
//   requires: backward        sets: UPDATE nodes, O_OPT tensors
#include "keras/constraints/constraint.h"
#include "keras/optimizers/optimizer.h"
#include "step/passes/series.h"
#include "support/limit.h"

typedef struct Target { // a weight that is trained
    Update u;
    int nin,
        in[MAX_IN]; // what its expressions read: the weight, its gradient, its states, then measures
} Target;

static int target_weight(const Target *t) {
    return t->in[0];
}

static void add_input(Target *t, int tensor) {
    t->in[ROOM(t->nin, MAX_IN, "inputs of a node")] = tensor;
    t->nin++;
}

static int state(Step *s, int w, int slot, const char *name) {
    const Tensor *t = &s->tensor[w];
    const char *text = arena_printf(s->arena, "%s.%s", t->name, name);
    int index = t->weight, o = step_tensor(s, text, T_F32, O_OPT, t->rank, t->dim);
    s->tensor[o].weight = index;
    s->tensor[o].slot = slot;
    return o;
}

static Target target(Step *s, int w) {
    const Optimizer *o = &s->model->optimizer;
    const char *name[MAX_STATES];
    int n = optimizer_states(o, name);
    const Tensor *weight = &s->tensor[w];
    int64_t *dim = arena_copy(s->arena, weight->dim, sizeof weight->dim);
    // of its own: passes may change expressions
    const char *path = arena_printf(s->arena, "%s/%s", s->model->name, weight->name);
    Target t = {.u = optimizer_update(s->arena, o, path, weight->rank, dim)};
    add_input(&t, w);
    add_input(&t, s->tensor[w].grad);
    for (int k = 0; k < n; k++) add_input(&t, state(s, w, k, name[k]));
    return t;
}

// ---- measures

// The dimension that a measure is over, others staying; -1: it is a figure.
static int dimension_of(const Target *t, int measure) {
    int how = t->u.measure[measure].how;
    return how == OVER_LAST ? t->u.rank - 1 : how == OVER_LAST_BUT_ONE ? t->u.rank - 2 : -1;
}

static Access whole_or_measure(const Step *s, const Target *t, int input) {
    int measure = input - 2 - t->u.nstate, x = t->in[input];
    if (measure < 0 || t->u.measure[measure].how == BY_SERIES) return access_whole(s, x, 1);
    int d = dimension_of(t, measure);
    bool over[MAX_RANK] = {false};
    if (d < 0) return access_none(x);
    over[d] = true;
    return access_kept(s, target_weight(t), x, over);
}

// The tensor that has an expression's values: an input, or one made for them.
static int values_of(Step *s, const Target *t, const Expr *e) {
    if (e->op == E_IN) return t->in[e->index];
    const Tensor *w = &s->tensor[target_weight(t)];
    int rank = w->rank, y = once_tensor(s, target_weight(t), "measured", rank, w->dim);
    Expr *with[MAX_IN] = {0};
    Node *n = once_node(s, P_MAP, target_weight(t));
    for (int d = 0; d < rank; d++) step_axis(n, s->tensor[y].dim[d], A_OUT);
    for (int k = 0; k < t->nin; k++) {
        if (!expr_reads(e, k)) continue;
        with[k] = expr_in(s->arena, n->nin);
        node_reads(n, whole_or_measure(s, t, k));
    }
    node_writes(n, access_whole(s, y, 1));
    n->expr[0] = expr_replace(s->arena, e, with);
    return y;
}

// The sum of x or of its squares, over all axes or all but the last.
static int add_up(Step *s, const Target *t, int x, bool squares, bool to_last) {
    int last = s->tensor[x].rank - 1;
    int64_t one = 1, kept = s->tensor[x].dim[last];
    int y =
        once_tensor(s, target_weight(t), to_last ? "squares" : "square", 1, to_last ? &kept : &one);
    Node *n = once_node(s, P_CONTRACT, target_weight(t));
    for (int d = 0; d <= last; d++)
        step_axis(n, s->tensor[x].dim[d], to_last && d == last ? A_OUT : A_SUM);
    Access out = access_none(y);
    out.coef[0][1 + last] = to_last;
    for (int k = 0; k <= squares; k++) node_reads(n, access_whole(s, x, 1));
    node_writes(n, out);
    return y;
}

static int sum_of_squares(Step *s, const Target *t, const Expr *e) {
    int x = values_of(s, t, e), rank = s->tensor[x].rank;
    bool planes = rank > 1 && s->tensor[x].dim[rank - 1] > 1;
    if (planes) x = add_up(s, t, x, true, true);
    return add_up(s, t, x, !planes, false);
}

// A tree of sums of so many at a time.
static int sum_of_all(Step *s, int *sum, int n) {
    enum { TOGETHER = 10 };
    for (int left; n > 1; n = left) {
        left = 0;
        for (int i = 0; i < n; i += TOGETHER) {
            int of = n - i < TOGETHER ? n - i : TOGETHER;
            Expr *e = expr_in(s->arena, 0);
            for (int k = 1; k < of; k++) e = expr_op2(s->arena, E_ADD, e, expr_in(s->arena, k));
            sum[left++] = of > 1 ? step_once(s, "square", sum + i, of, e) : sum[i];
        }
    }
    return sum[0];
}

static int sum_over(Step *s, const Target *t, const Expr *e, int d) {
    const Tensor *w = &s->tensor[target_weight(t)];
    const char *name =
        arena_printf(s->arena, "%s.%s", w->name, d + 1 < w->rank ? "columns" : "rows");
    bool over[MAX_RANK] = {false};
    over[d] = true;
    int sum = step_sum(s, name, values_of(s, t, e), true, over);
    s->node[s->nnode - 1]->layer = s->tensor[target_weight(t)].layer;
    s->node[s->nnode - 1]->loc = s->tensor[sum].loc = s->tensor[target_weight(t)].loc;
    return sum;
}

static int measured(Step *s, const Target *t, int k) {
    const Measure *m = &t->u.measure[k];
    int d = dimension_of(t, k);
    if (m->how == BY_SERIES)
        return step_series(s, target_weight(t), values_of(s, t, m->of), &m->series);
    return d >= 0 ? sum_over(s, t, m->of, d) : sum_of_squares(s, t, m->of);
}

// Gives each weight the measure number k that its rule asks for. Those of all weights are the first ones.
static void add_measures(Step *s, Target *t, int n, int k) {
    int *made = ARENA_ARRAY(s->arena, int, n);
    for (int i = 0; i < n; i++) made[i] = k < t[i].u.nmeasure ? measured(s, &t[i], k) : -1;
    bool all = k < t[0].u.nmeasure && t[0].u.measure[k].how == OVER_ALL;
    int sum = all ? sum_of_all(s, made, n) : -1;
    for (int i = 0; i < n; i++)
        if (k < t[i].u.nmeasure) add_input(&t[i], all ? sum : made[i]);
}

// ---- updates

static void add_result(Step *s, Node *n, int tensor, Expr *e) {
    n->expr[ROOM(n->nout, MAX_OUT, "results of a node")] = e;
    node_writes(n, access_whole(s, tensor, 1));
}

// Over all elements of the weight, reading it first.
static Node *over_weight(Step *s, Prim kind, const Target *t) {
    const Tensor *w = &s->tensor[target_weight(t)];
    Node *n = once_node(s, kind, target_weight(t));
    for (int d = 0; d < w->rank; d++) step_axis(n, w->dim[d], A_OUT);
    node_reads(n, access_whole(s, target_weight(t), 1));
    return n;
}

static Node *with_operands(Step *s, Prim kind, const Target *t) {
    Node *n = over_weight(s, kind, t);
    for (int k = 1; k < t->nin; k++) node_reads(n, whole_or_measure(s, t, k));
    return n;
}

static void update(Step *s, const Target *t, bool weight) {
    Node *n = with_operands(s, P_UPDATE, t);
    if (weight) add_result(s, n, target_weight(t), t->u.w);
    for (int k = 0; k < t->u.nstate; k++) add_result(s, n, t->in[2 + k], t->u.state[k]);
}

// ---- constraints: what a weight becomes is computed apart, as its norms are needed first

static int next_weight(Step *s, const Target *t) {
    const Tensor *w = &s->tensor[target_weight(t)];
    int next = once_tensor(s, target_weight(t), "next", w->rank, w->dim);
    s->tensor[next].loc = s->tensor[target_weight(t)].loc;
    Node *n = with_operands(s, P_MAP, t);
    n->expr[0] = t->u.w;
    node_writes(n, access_whole(s, next, 1));
    return next;
}

static void constrained_update(Step *s, Target *t, const Weight *weight) {
    const Constraint *c = &weight->args.constraint;
    int w = target_weight(t);
    Arena *a = s->arena;
    if (!c->cls->norms) {
        t->u.w = c->cls->rule(a, c->args, t->u.w, NULL);
        update(s, t, true);
        return;
    }
    int next = next_weight(s, t);
    const char *name = arena_printf(a, "%s.squares", s->tensor[w].name);
    int squares = step_sum(s, name, next, true, weight->norm_over);
    s->node[s->nnode - 1]->layer = s->tensor[w].layer;
    s->node[s->nnode - 1]->loc = s->tensor[squares].loc = s->tensor[w].loc;
    if (t->u.nstate) update(s, t, false);
    Node *n = over_weight(s, P_UPDATE, t);
    node_reads(n, access_whole(s, next, 1));
    node_reads(n, access_kept(s, w, squares, weight->norm_over));
    Expr *norm = expr_op1(a, E_SQRT, expr_in(a, 2));
    add_result(s, n, w, c->cls->rule(a, c->args, expr_in(a, 1), norm));
}

int optimizer_slots(const Optimizer *o) {
    const char *name[MAX_STATES];
    return o->cls ? optimizer_states(o, name) : 0;
}

void step_update(Step *s) {
    Target *t = ARENA_ARRAY(s->arena, Target, s->nweight + 1);
    int n = 0;
    s->pass = PASS_UPDATE;
    for (int i = 0; i < s->nweight; i++)
        if (s->tensor[s->weight_tensor[i]].grad >= 0) t[n++] = target(s, s->weight_tensor[i]);
    for (int k = 0; k < MAX_MEASURES; k++) add_measures(s, t, n, k);
    for (int i = 0; i < n; i++) {
        const Weight *w = s->weight[s->tensor[target_weight(&t[i])].weight];
        if (w->args.constraint.cls)
            constrained_update(s, &t[i], w);
        else
            update(s, &t[i], true);
    }
}

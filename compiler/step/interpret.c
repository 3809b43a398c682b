// SPDX-License-Identifier: MIT
// The primitives, as step.h says them.
#include "step/interpret.h"
#include <math.h>
#include <string.h>

// ---- tensors

int64_t interpreter_count(const Tensor *t) {
    int64_t count = 1;
    for (int d = 0; d < t->rank; d++) count *= t->dim[d];
    return count;
}

// Elements of what is needed are not yet numbers.
static void forget(const Tensor *t, double *value) {
    int64_t count = interpreter_count(t);
    for (int64_t i = 0; i < count; i++) {
        bool needed = true;
        for (int64_t d = t->rank - 1, rest = i; d >= 0; rest /= t->dim[d--]) {
            int64_t at = rest % t->dim[d];
            needed &= at >= t->need[d].lo && at < t->need[d].hi;
        }
        if (needed) value[i] = NAN;
    }
}

// Which tensors have values?
static bool *all_used(Arena *a, const Step *s, int64_t n) {
    bool *used = ARENA_ARRAY(a, bool, s->ntensor);
    for (int t = 0; t < s->ntensor; t++) used[t] = n > 0;
    for (int i = 0; i < s->nnode; i++) {
        const Node *node = s->node[i];
        for (int k = 0; k < node->nin && !node->samples; k++) used[node->in[k].tensor] = true;
        for (int k = 0; k < node->nout && !node->samples; k++) used[node->out[k].tensor] = true;
    }
    return used;
}

Interpreter *interpreter_new(Arena *a, const Step *s, int64_t n) {
    Interpreter *r = ARENA_NEW(a, Interpreter);
    *r = (Interpreter){.arena = a, .s = s, .n = n, .margin = INFINITY};
    r->value = ARENA_ARRAY(a, double *, s->ntensor);
    const bool *used = all_used(a, s, n);
    for (int i = 0; i < s->ntensor; i++) {
        if (!used[i]) continue;
        const Tensor *t = &s->tensor[i];
        int64_t samples = owner_per_sample(t->owner) ? n : 1, count = interpreter_count(t);
        r->value[i] = ARENA_ARRAY(a, double, samples *count);
        for (int64_t k = 0; k < samples && t->owner != O_LEAF; k++) // sums begin with 0
            forget(t, r->value[i] + k * count);
    }
    return r;
}

Reading interpreter_read(const Interpreter *r, const Access *x) {
    return (Reading){&r->s->tensor[x->tensor], *x, r->value[x->tensor]};
}

// ---- points of a node's axes

static Span axis_span(const Interpreter *r, const Node *n, int a) {
    return a ? n->axis[a].span : (Span){0, n->samples ? r->n : 1};
}

void first_point(const Node *n, int64_t *at) {
    at[0] = 0;
    for (int a = 1; a < n->naxis; a++) at[a] = n->axis[a].span.lo;
}

bool next_point(const Interpreter *r, const Node *n, int64_t *at, int first, int end) {
    for (int a = end - 1; a >= first; a--) {
        Span p = axis_span(r, n, a);
        if (++at[a] < p.hi) return true;
        at[a] = p.lo;
    }
    return false;
}

static double *sample_of(const Node *n, const Reading *o, int64_t sample) {
    bool each = n->samples && owner_per_sample(o->t->owner);
    return o->value + (each ? sample * interpreter_count(o->t) : 0);
}

double *element_at(const Node *n, const Reading *o, const int64_t *at) {
    int64_t i = 0;
    for (int d = 0; d < o->t->rank; d++) {
        int64_t k = o->x.off[d];
        for (int a = 1; a < n->naxis; a++) k += o->x.coef[d][a] * at[a];
        if (k < o->t->need[d].lo || k >= o->t->need[d].hi) return NULL;
        i = i * o->t->dim[d] + k;
    }
    return sample_of(n, o, at[0]) + i;
}

// A run along the innermost axis: where it is inside all tensors, where they begin there, how they go on.
typedef struct Run {
    int64_t count;
    double *p[MAX_IN + MAX_OUT];
    int64_t step[MAX_IN + MAX_OUT];
} Run;

// The run along the innermost axis from `at`; empty where it is outside of some tensor.
static Run run_at(const Interpreter *r, const Node *n, const int64_t *at, const Reading *o,
                  int no) {
    int inner = n->naxis - 1;
    int64_t from[MAX_IN + MAX_OUT][MAX_RANK];
    Span span = axis_span(r, n, inner);
    Run run = {0};
    for (int k = 0; k < no; k++)
        for (int d = 0; d < o[k].t->rank; d++) {
            from[k][d] = o[k].x.off[d];
            for (int a = 1; a < inner; a++) from[k][d] += o[k].x.coef[d][a] * at[a];
            int64_t c = inner ? o[k].x.coef[d][inner] : 0;
            span_clip(&span, from[k][d], c, o[k].t->need[d]);
        }
    if (span.lo >= span.hi) return run;
    run.count = span.hi - span.lo;
    for (int k = 0; k < no; k++) {
        int64_t i = 0, stride = 1, sample = inner ? at[0] : span.lo;
        for (int d = o[k].t->rank - 1; d >= 0; d--) {
            int64_t c = inner ? o[k].x.coef[d][inner] : 0;
            i += (from[k][d] + c * span.lo) * stride;
            run.step[k] += c * stride;
            stride *= o[k].t->dim[d];
        }
        if (!inner && n->samples && owner_per_sample(o[k].t->owner)) run.step[k] = stride;
        run.p[k] = sample_of(n, &o[k], sample) + i;
    }
    return run;
}

typedef void Body(Interpreter *r, const Node *n, const Run *run);

static void each_run(Interpreter *r, const Node *n, const Reading *o, int no, Body *body) {
    int64_t at[MAX_AXIS];
    first_point(n, at);
    do {
        Run run = run_at(r, n, at, o, no);
        if (run.count) body(r, n, &run);
    } while (next_point(r, n, at, 0, n->naxis - 1));
}

// Elements of all samples.
static size_t elements(const Interpreter *r, const Reading *o) {
    int64_t samples = owner_per_sample(o->t->owner) ? r->n : 1;
    return (size_t)(samples * interpreter_count(o->t));
}

static void clear(const Interpreter *r, const Reading *o) {
    memset(o->value, 0, sizeof(double) * elements(r, o));
}

// Every input, then every result.
static int operands(const Interpreter *r, const Node *n, Reading *o) {
    for (int k = 0; k < n->nin; k++) o[k] = interpreter_read(r, &n->in[k]);
    for (int k = 0; k < n->nout; k++) o[n->nin + k] = interpreter_read(r, &n->out[k]);
    return n->nin + n->nout;
}

// ---- CONTRACT

static void add_products(Interpreter *r, const Node *n, const Run *run) {
    (void)r, (void)n;
    double *y = run->p[0], *a = run->p[1], *b = run->p[2];
    for (int64_t i = 0; i < run->count;
         i++, y += run->step[0], a += run->step[1], b += run->step[2])
        *y += *a * *b;
}

static void add_values(Interpreter *r, const Node *n, const Run *run) {
    (void)r, (void)n;
    double *y = run->p[0], *a = run->p[1];
    for (int64_t i = 0; i < run->count; i++, y += run->step[0], a += run->step[1]) *y += *a;
}

// The axes in another order: the longest one, innermost, makes few runs.
static Node longest_inside(Node n, Reading *o, int no) {
    int last = n.naxis - 1, longest = last;
    for (int a = last; a >= 1; a--)
        if (axis_extent(&n, a) > axis_extent(&n, longest)) longest = a;
    Axis axis = n.axis[longest];
    n.axis[longest] = n.axis[last];
    n.axis[last] = axis;
    for (int k = 0; k < no; k++)
        for (int d = 0; d < MAX_RANK; d++) {
            int64_t *coef = o[k].x.coef[d], c = coef[longest];
            coef[longest] = coef[last];
            coef[last] = c;
        }
    return n;
}

void sum_products(Interpreter *r, const Node *n, const Reading *out, const Reading *in, int nin) {
    Reading o[3] = {*out, in[0], in[nin - 1]};
    Node ordered = longest_inside(*n, o, 1 + nin);
    clear(r, out);
    each_run(r, &ordered, o, 1 + nin, nin == 2 ? add_products : add_values);
}

static void add_exprs(Interpreter *r, const Node *n, const Run *run) {
    for (int64_t i = 0; i < run->count; i++) {
        double in[MAX_IN];
        for (int k = 0; k < n->nin; k++) in[k] = run->p[k][i * run->step[k]];
        run->p[n->nin][i * run->step[n->nin]] += interpret_expr(r, n->expr[0], in);
    }
}

static void sum_exprs(Interpreter *r, const Node *n, const Reading *o) {
    clear(r, &o[n->nin]);
    each_run(r, n, o, n->nin + 1, add_exprs);
}

static void contract(Interpreter *r, const Node *n) {
    Reading o[MAX_IN + MAX_OUT];
    operands(r, n, o);
    if (n->op == C_SUM)
        sum_products(r, n, &o[n->nin], o, n->nin);
    else if (n->op == C_EXPR)
        sum_exprs(r, n, o);
    else
        (n->op == C_STRIPS ? interpret_strips : interpret_sparse)(r, n);
}

// ---- MAP, UPDATE

void interpreter_near(Interpreter *r, double distance) {
    if (distance > 0 && distance < r->margin) r->margin = distance;
}

double interpret_expr(Interpreter *r, const Expr *e, const double *in) {
    if (e->op == E_CONST) return e->value;
    if (e->op == E_IN) return in[e->index];
    if (e->op == E_SCALAR) return r->scalar[e->index];
    if (e->op == E_BIT) return interpret_expr(r, e->arg[in[e->index] == 0], in);
    double x = interpret_expr(r, e->arg[0], in),
           y = e->arg[1] ? interpret_expr(r, e->arg[1], in) : 0;
    switch (e->op) {
    case E_ADD: return x + y;
    case E_SUB: return x - y;
    case E_MUL: return x * y;
    case E_DIV: return x / y;
    case E_NEG: return -x;
    case E_ABS: return fabs(x);
    case E_TRUNC: interpreter_near(r, fabs(x - nearbyint(x))); return trunc(x); // it jumps
    case E_SQRT: return sqrt(x);
    case E_EXP: return exp(x);
    case E_EXPM1: return expm1(x);
    case E_LOG: return log(x);
    case E_LOG1P: return log1p(x);
    case E_TANH: return tanh(x);
    case E_GELU: return x / 2 * erfc(-x * sqrt(0.5));
    case E_GELU_SLOPE: return erfc(-x * sqrt(0.5)) / 2 + x * exp(-x * x / 2) / sqrt(8 * atan(1));
    case E_TIMES_EXP: return x == 0 ? 0 : x * exp(y);
    default: interpreter_near(r, fabs(x - y)); return interpret_expr(r, e->arg[x < y ? 2 : 3], in);
    }
}

static void map_run(Interpreter *r, const Node *n, const Run *run) {
    for (int64_t i = 0; i < run->count; i++) {
        double in[MAX_IN], y[MAX_OUT]; // all are read before the first is written
        for (int k = 0; k < n->nin; k++) in[k] = run->p[k][i * run->step[k]];
        for (int k = 0; k < n->nout; k++) y[k] = interpret_expr(r, n->expr[k], in);
        for (int k = n->nin, j = 0; j < n->nout; k++, j++) run->p[k][i * run->step[k]] = y[j];
    }
}

static void map(Interpreter *r, const Node *n) {
    Reading o[MAX_IN + MAX_OUT];
    each_run(r, n, o, operands(r, n, o), map_run);
}

// ---- REDUCE

static void softmax_run(Interpreter *r, const Node *n, const Run *run) {
    (void)r, (void)n;
    double max = -INFINITY, sum = 0;
    for (int64_t i = 0; i < run->count; i++) max = fmax(max, run->p[0][i]);
    for (int64_t i = 0; i < run->count; i++) sum += run->p[1][i] = exp(run->p[0][i] - max);
    for (int64_t i = 0; i < run->count; i++) run->p[1][i] /= sum;
}

static void softmax_grad_run(Interpreter *r, const Node *n, const Run *run) {
    (void)r, (void)n;
    const double *dy = run->p[0], *y = run->p[1];
    double dot = 0;
    for (int64_t i = 0; i < run->count; i++) dot += dy[i] * y[i];
    for (int64_t i = 0; i < run->count; i++) run->p[2][i] = (dy[i] - dot) * y[i];
}

static void log_softmax_run(Interpreter *r, const Node *n, const Run *run) {
    (void)r, (void)n;
    double max = -INFINITY, sum = 0;
    for (int64_t i = 0; i < run->count; i++) max = fmax(max, run->p[0][i]);
    for (int64_t i = 0; i < run->count; i++) sum += exp(run->p[0][i] - max);
    for (int64_t i = 0; i < run->count; i++) run->p[1][i] = run->p[0][i] - max - log(sum);
}

static void log_softmax_grad_run(Interpreter *r, const Node *n, const Run *run) {
    (void)r, (void)n;
    const double *dy = run->p[0], *y = run->p[1];
    double sum = 0;
    for (int64_t i = 0; i < run->count; i++) sum += dy[i];
    for (int64_t i = 0; i < run->count; i++) run->p[2][i] = dy[i] - exp(y[i]) * sum;
}

static void reduce(Interpreter *r, const Node *n) {
    static Body *const run[] = {[R_SOFTMAX] = softmax_run,
                                [R_LOG_SOFTMAX] = log_softmax_run,
                                [R_SOFTMAX_GRAD] = softmax_grad_run,
                                [R_LOG_SOFTMAX_GRAD] = log_softmax_grad_run};
    Reading o[MAX_IN + MAX_OUT];
    int no = operands(r, n, o);
    each_run(r, n, o, no, run[n->op]);
}

// ---- WINDOW: what lies outside the image, needed or not, is left out

static double *tap_at(const Node *n, const Reading *image, const int64_t *at) {
    Tensor whole = *image->t;
    for (int d = 0; d < whole.rank; d++) whole.need[d] = (Span){0, whole.dim[d]};
    return element_at(n, &(Reading){&whole, image->x, image->value}, at);
}

typedef struct Window { // at one position
    double max, second, sum;
    int64_t argmax, count;
} Window;

static Window look(const Interpreter *r, const Node *n, const Reading *image, int64_t *at) {
    Window w = {.max = -INFINITY, .second = -INFINITY};
    int64_t tap = 0;
    do {
        const double *x = tap_at(n, image, at);
        if (x && (!w.count++ || *x > w.max || isnan(*x))) { // a NaN wins, and stays
            w.second = w.max;
            w.max = *x;
            w.argmax = tap;
        } else if (x && *x > w.second) {
            w.second = *x;
        }
        w.sum += x ? *x : 0;
        tap++;
    } while (next_point(r, n, at, n->naxis - step_inner(n), n->naxis));
    return w;
}

static void pool(Interpreter *r, const Node *n, int64_t *at, const Reading *o) {
    Window w = look(r, n, &o[0], at);
    *element_at(n, &o[1], at) = n->op == W_MAX ? w.max : w.sum / (double)w.count;
    if (n->nout == 2) *element_at(n, &o[2], at) = (double)w.argmax;
    if (n->op == W_MAX) interpreter_near(r, w.max - w.second);
}

static void spread(Interpreter *r, const Node *n, int64_t *at, const Reading *o) {
    const Reading *dx = &o[n->nin];
    double dy = *element_at(n, &o[0], at), count = (double)look(r, n, dx, at).count;
    int64_t tap = 0;
    do {
        double *to = tap_at(n, dx, at);
        bool here = n->op == W_AVG_GRAD || *element_at(n, &o[1], at) == (double)tap;
        if (to && here) *to += n->op == W_AVG_GRAD ? dy / count : dy;
        tap++;
    } while (next_point(r, n, at, n->naxis - step_inner(n), n->naxis));
}

static void window(Interpreter *r, const Node *n) {
    Reading o[MAX_IN + MAX_OUT];
    int64_t at[MAX_AXIS];
    bool forward = n->op == W_MAX || n->op == W_AVG;
    operands(r, n, o);
    if (!forward) clear(r, &o[n->nin]);
    first_point(n, at);
    do (forward ? pool : spread)(r, n, at, o);
    while (next_point(r, n, at, 0, n->naxis - step_inner(n)));
}

// ---- VIEW

static void zero_run(Interpreter *r, const Node *n, const Run *run) {
    (void)r, (void)n;
    for (int64_t i = 0; i < run->count; i++) run->p[0][i * run->step[0]] = 0;
}

static void copy_run(Interpreter *r, const Node *n, const Run *run) {
    (void)r, (void)n;
    for (int64_t i = 0; i < run->count; i++)
        run->p[1][i * run->step[1]] = run->p[0][i * run->step[0]];
}

static void view(Interpreter *r, const Node *n) {
    Reading o[MAX_IN + MAX_OUT];
    operands(r, n, o);
    if (n->op == V_RESHAPE) {
        memcpy(o[1].value, o[0].value, sizeof(double) * elements(r, &o[1]));
        return;
    }
    each_run(r, n, &o[1], 1, zero_run); // outside the source there are zeros
    each_run(r, n, o, 2, copy_run);
}

// ---- TABLE

static void table(Interpreter *r, const Node *n) {
    Reading out = interpreter_read(r, &n->out[0]);
    memcpy(out.value, n->numbers, sizeof *n->numbers * elements(r, &out));
}

// ---- all of them

static void run_node(Interpreter *r, const Node *n) {
    static void (*const run[])(Interpreter *, const Node *) = {
        [P_CONTRACT] = contract,   [P_MAP] = map,
        [P_REDUCE] = reduce,       [P_WINDOW] = window,
        [P_VIEW] = view,           [P_MASK] = interpret_mask,
        [P_TABLE] = table,         [P_WARP] = interpret_warp,
        [P_LOSS] = interpret_loss, [P_TRANSFORM] = interpret_transform,
        [P_UPDATE] = map};
    run[n->kind](r, n);
}

void interpret(Interpreter *r) {
    for (int i = 0; i < r->s->nnode; i++)
        if (r->n || !r->s->node[i]->samples) run_node(r, r->s->node[i]);
}

void interpret_those(Interpreter *r, bool samples) {
    for (int i = 0; i < r->s->nnode; i++)
        if (r->s->node[i]->samples == samples) run_node(r, r->s->node[i]);
}

void interpret_forward(Interpreter *r) {
    for (int i = 0; i < r->s->nnode; i++) {
        run_node(r, r->s->node[i]);
        if (r->s->node[i]->kind == P_LOSS) return;
    }
}

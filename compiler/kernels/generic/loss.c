// SPDX-License-Identifier: MIT
// Loss, metrics and the gradient by what the loss reads, a row of K outputs at a time: the passes over a
// row that its mathematics asks for (step/rowmath.h), each a loop of vectors and a masked tail.
// Gradients are of the mean over the batch: n samples, P rows a sample, times 1 / (n P). Losses are
// summed over the leaf's samples in double, at the head of the leaf block; metrics after it.
#include "kernels/generic/row.h"
#include "kernels/generic/nest.h"
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"
#include "../runtime/abi.h"

typedef struct LossRow {
    const RowMath *math;
    Val z, y, p,
        dz; // pointers to this row; p is written where a softmax is wanted; dz: NULL or here
    Val label; // the class number (an index), where labels are
    Val counts; // what the sample counts; NULL: 1
    Val max, log_sum; // of the softmax
    Val scale; // 1 / (n P) in a scalar
    Val sums; // of a loss that is one for the batch: the leaf's, where gradients are made of them
    Val share; // what the row's loss counts more than in the mean; NULL: 1
    Val step[MAX_ROW_STEPS]; // results: scalars
    Acc acc[MAX_ROW_STEPS]; // sums of the pass
    int pass;
} LossRow;

static Val at(Row *r, Val base, Val i) {
    return ir_at(r->ir, base, r->ir->f32, i);
}

// ---- what the expressions read

static Val indices(Builder *ir, Val first, int width) {
    int64_t lane[MAX_LANES];
    for (int k = 0; k < width; k++) lane[k] = k;
    return ir_add(ir, ir_splat(ir, first, width), ir_constants(ir->index, lane, width));
}

static Val as_float(Builder *ir, Val integers, int width) {
    return ir_to_float(ir, integers, ir_vec(ir, ir->f32, width));
}

static Val target(Row *r, const LossRow *w, Val i, Lanes l) {
    Builder *ir = r->ir;
    if (w->y) return ir_load(ir, at(r, w->y, i), l);
    Val hit = ir_equal(ir, indices(ir, i, l.width), ir_splat(ir, w->label, l.width));
    return ir_select(ir, hit, ir_f32(ir, 1, l.width), ir_f32(ir, 0, l.width));
}

static Val input(Row *r, const LossRow *w, int which, Val i, Lanes l) {
    Builder *ir = r->ir;
    switch (which) {
    case ROW_Z: return ir_load(ir, at(r, w->z, i), l);
    case ROW_Y: return target(r, w, i, l);
    case ROW_INDEX: return as_float(ir, indices(ir, i, l.width), l.width);
    case ROW_P: return ir_load(ir, at(r, w->p, i), l);
    case ROW_LABEL: return as_float(ir, ir_splat(ir, w->label, l.width), l.width);
    case ROW_COUNTS: return w->counts ? ir_splat(ir, w->counts, l.width) : ir_f32(ir, 1, l.width);
    case ROW_MAX: return ir_splat(ir, w->max, l.width);
    case ROW_LOG_SUM: return ir_splat(ir, w->log_sum, l.width);
    default: return ir_splat(ir, w->step[which - ROW_STEP], l.width);
    }
}

// An expression at output i as a scalar; one of figures alone needs no i.
static Val scalar(Row *r, const LossRow *w, const Expr *e, Val i) {
    Val in[ROW_INPUTS] = {0};
    for (int k = 0; k < ROW_INPUTS; k++)
        if (expr_reads(e, k)) in[k] = input(r, w, k, i, (Lanes){1, 1});
    return ir_lane(r->ir, emit_expr(r->ir, e, in, NULL, 1), 0);
}

// ---- passes

// Is step k one that can be computed now, and wanted?
static bool due(const LossRow *w, int k) {
    return row_passes_before(w->math, w->math->step[k].of) == w->pass &&
           row_step_wanted(w->math, k, w->dz != NULL);
}

static bool in_pass(const LossRow *w, int k) {
    RowOp op = w->math->step[k].op;
    return (op == ROW_SUM || op == ROW_MOST) && due(w, k);
}

static bool slope_in_pass(const LossRow *w) {
    return w->dz && row_passes_before(w->math, w->math->slope) == w->pass;
}

static bool pass_reads(const LossRow *w, int which) {
    bool any = slope_in_pass(w) && expr_reads(w->math->slope, which);
    for (int k = 0; k < w->math->nstep; k++)
        any |= in_pass(w, k) && expr_reads(w->math->step[k].of, which);
    return any;
}

static void pass_body(Row *r, Val i, Lanes l, void *state) {
    LossRow *w = state;
    Builder *ir = r->ir;
    Val in[ROW_INPUTS] = {0};
    for (int k = 0; k < ROW_INPUTS; k++)
        if (pass_reads(w, k)) in[k] = input(r, w, k, i, l);
    for (int k = 0; k < w->math->nstep; k++) {
        if (!in_pass(w, k)) continue;
        const RowStep *step = &w->math->step[k];
        Val v = emit_expr(ir, step->of, in, NULL, l.width);
        (step->op == ROW_SUM ? acc_add : acc_raise)(r, &w->acc[k], v, l);
    }
    if (!slope_in_pass(w)) return;
    Val d = emit_expr(ir, w->math->slope, in, NULL, l.width);
    ir_store(ir, at(r, w->dz, i), ir_fmul(ir, d, ir_splat(ir, w->scale, l.width)), l);
}

// Index of the first output at which e is largest.
static Val where_most(Row *r, const LossRow *w, const Expr *e) {
    Builder *ir = r->ir;
    Val best = ir_var(ir, ir->f32, scalar(r, w, e, ir_int(ir, 0)));
    Val index = ir_var(ir, ir->index, ir_int(ir, 0));
    Loop l = ir_loop(ir, ir_int(ir, 1), ir_int(ir, r->count), 1);
    Val x = scalar(r, w, e, l.i), old = ir_get(ir, ir->f32, best);
    Val take = ir_less(ir, old, x);
    ir_set(ir, best, ir_select(ir, take, x, old));
    ir_set(ir, index, ir_select(ir, take, l.i, ir_get(ir, ir->index, index)));
    ir_end(ir, &l);
    return ir_to_float(ir, ir_get(ir, ir->index, index), ir->f32);
}

static void settle(Row *r, LossRow *w) {
    for (int k = 0; k < w->math->nstep; k++)
        if (w->math->step[k].op == ROW_ONCE && due(w, k))
            w->step[k] = scalar(r, w, w->math->step[k].of, NULL);
}

static void one_pass(Row *r, LossRow *w) {
    bool any = slope_in_pass(w);
    for (int k = 0; k < w->math->nstep; k++) {
        const RowStep *step = &w->math->step[k];
        if (in_pass(w, k)) w->acc[k] = acc_new(r, step->op == ROW_SUM ? 0 : -__builtin_inf());
        any |= in_pass(w, k);
    }
    if (any) row_each(r, pass_body, w);
    for (int k = 0; k < w->math->nstep; k++) {
        const RowStep *step = &w->math->step[k];
        if (in_pass(w, k))
            w->step[k] = (step->op == ROW_SUM ? acc_sum : acc_max)(r, &w->acc[k]);
        else if (step->op == ROW_WHERE_MOST && due(w, k))
            w->step[k] = where_most(r, w, step->of);
    }
}

// All steps of a row; writes the softmax and the gradient on its way.
static void walk(Row *r, LossRow *w) {
    if (row_softmax_wanted(w->math)) row_softmax(r, w->z, w->p, &w->max, &w->log_sum);
    for (int n = row_passes(w->math, w->dz != NULL); w->pass < n; w->pass++) {
        settle(r, w);
        one_pass(r, w);
    }
    settle(r, w);
}

// ---- what a sample counts

// The class of a row's label: its number, the largest target, or a single target rounded.
static Val class_of(Row *r, const LossRow *w) {
    Builder *ir = r->ir;
    if (w->label) return w->label;
    const Expr *target = expr_in(ir->arena, ROW_Y);
    Val at = r->count > 1 ? where_most(r, w, target)
                          : ir_fadd(ir, scalar(r, w, target, ir_int(ir, 0)), ir_real(ir, 0.5));
    Type types[2] = {ir->index, ir->f32};
    return ir_intrinsic(ir, "llvm.fptosi.sat", types, 2, &at, 1);
}

static Val class_weight(Row *r, const LossRow *w, const Fit *fit) {
    Builder *ir = r->ir;
    Val class = class_of(r, w), weight = ir_real(ir, 1);
    for (int i = 0; i < fit->nclass_weight; i++) {
        const ClassWeight *c = &fit->class_weight[i];
        weight =
            ir_select(ir, ir_equal(ir, class, ir_int(ir, c->of)), ir_real(ir, c->weight), weight);
    }
    return weight;
}

// ---- rows

static void add_double(Builder *ir, Val at, Val v) {
    ir_put(ir, at, ir_fadd(ir, ir_scalar(ir, ir->f64, at), ir_to_double(ir, v)));
}

// The sums from number `first` on of the leaf block.
static Val sums_at(Builder *ir, Val first) {
    return ir_at(ir, ir->leaf, ir->f64, first);
}

// Which of a metric's sums has the output i: ceil(at) - 1, inside of what there is, whatever `at` is.
static Val sum_of_output(Row *r, const LossRow *w, const RowSum *sum, Val i) {
    Builder *ir = r->ir;
    Val x = scalar(r, w, sum->at, i), zero = ir_int(ir, 0), last = ir_int(ir, sum->count - 1);
    Type types[2] = {ir->index, ir->f32};
    Val down = ir_intrinsic(ir, "llvm.fptosi.sat", types, 2, &x, 1);
    Val less = ir_addk(ir, down, -1);
    down = ir_select(ir, ir_fdiffer(ir, ir_to_float(ir, down, ir->f32), x), down, less);
    down = ir_select(ir, ir_iless(ir, down, zero), zero, down);
    down = ir_select(ir, ir_iless(ir, last, down), last, down);
    return sum->each ? ir_add(ir, down, ir_mulk(ir, i, sum->count)) : down;
}

// Adds a row to a metric's sums, which begin at number `first`.
static void add_sums(Row *r, LossRow *w, int64_t first) {
    Builder *ir = r->ir;
    walk(r, w);
    for (int k = 0; k < w->math->nsum; first += row_sum_count(w->math, k++)) {
        const RowSum *sum = &w->math->sum[k];
        if (!sum->at) {
            add_double(ir, sums_at(ir, ir_int(ir, first)), scalar(r, w, sum->value, NULL));
            continue;
        }
        Loop l = ir_loop(ir, ir_int(ir, 0), ir_int(ir, r->count), 1);
        Val at = ir_addk(ir, sum_of_output(r, w, sum, l.i), first);
        add_double(ir, sums_at(ir, at), scalar(r, w, sum->value, l.i));
        ir_end(ir, &l);
    }
}

// Adds a row to what the one loss of a batch is made of: its value, and its gradient.
static void add_batch(Row *r, LossRow *w, int64_t first) {
    Builder *ir = r->ir;
    add_sums(r, w, first);
    for (int k = 0; k < w->math->nsum && w->sums; k++) {
        Val at = ir_at(ir, w->sums, ir->f32, ir_int(ir, k));
        Val sum = scalar(r, w, w->math->sum[k].value, NULL);
        ir_put(ir, at, ir_fadd(ir, ir_scalar(ir, ir->f32, at), sum));
    }
}

// Row at[] of a tensor: an index for each dimension but the last.
static Val row_of(Builder *ir, const Plan *p, int tensor, Val sample, const Val *at) {
    const Tensor *t = &p->step->tensor[tensor];
    Val i = ir_mulk(ir, sample, t->sample_stride);
    for (int d = 0; at[d]; d++)
        i = ir_add(ir, i, ir_mulk(ir, ir_addk(ir, at[d], t->ring[d][0]), t->stride[d]));
    return ir_at(ir, ir_operand(ir, tensor), ir->f32, i);
}

// Points at a row: w of the loss; *result, of the model's output, which the metrics look at.
static void point_at_row(Builder *ir, const Plan *p, LossRow *w, Val *result, const Node *n,
                         Val sample, const Val *row) {
    const Step *s = p->step;
    w->z = row_of(ir, p, n->in[0].tensor, sample, row);
    w->y = row_of(ir, p, s->label, sample, row);
    if (w->math->class_number) {
        w->label = ir_widen_signed(ir, ir_scalar(ir, ir->i32, w->y), ir->index);
        w->y = NULL;
    }
    const Val none[MAX_RANK] = {0};
    if (s->counts >= 0) w->counts = ir_scalar(ir, ir->f32, row_of(ir, p, s->counts, sample, none));
    if (s->model->loss.nsum && n->nout) w->sums = ir_operand(ir, n->out[0].tensor);
    for (int k = 0; k < n->nout && !w->sums; k++) {
        Val at = row_of(ir, p, n->out[k].tensor, sample, row);
        *(n->out[k].tensor == s->loss_grad ? &w->dz : &w->p) = at;
    }
    int seen = step_metrics_input(s, n);
    *result = seen >= 0 ? row_of(ir, p, seen, sample, row) : s->logits != s->output ? w->p : w->z;
}

// Adds the loss of one of a sample's rows to the leaf's.
static void add_loss(Row *r, LossRow *w, int64_t rows) {
    Builder *ir = r->ir;
    if (w->counts) w->scale = ir_fmul(ir, w->scale, w->counts);
    walk(r, w);
    Val value = scalar(r, w, w->math->value, NULL);
    if (w->counts) value = ir_fmul(ir, value, w->counts);
    if (w->share) value = ir_fmul(ir, value, w->share);
    add_double(ir, ir->leaf, ir_fmul(ir, value, ir_real(ir, 1.0 / (double)rows)));
}

// Adds the row's loss and metrics to the leaf block's.
static void emit_row(Builder *ir, const Model *m, bool train, LossRow *w, Val result,
                     int64_t outputs, int64_t rows) {
    Row r = {ir, outputs};
    if (m->fit.nclass_weight && train) { // of a fit that has no weights of samples
        Val weight = class_weight(&r, w, &m->fit);
        w->counts = w->counts ? ir_fmul(ir, w->counts, weight) : weight;
    }
    if (m->loss.nsum)
        add_batch(&r, w, model_sums(m) - m->loss.nsum);
    else
        add_loss(&r, w, rows);
    int64_t first = 1;
    for (int k = 0; k < m->nmetric; first += m->metric[k++].nsum) {
        bool logits = m->metric[k].cls->of_logits && result != w->z;
        LossRow metric = {.z = logits ? w->z : result, .y = w->y, .label = w->label};
        metric.counts = w->counts;
        metric.math = metric_math(ir->arena, &m->metric[k], &m->loss, outputs, rows, logits);
        add_sums(&r, &metric, first);
    }
}

static Val scalar_of_run(Builder *ir, int which) {
    return ir_field(ir, ir->run, (int64_t)offsetof(CnnRun, scalar) + 4 * which, ir->f32);
}

void emit_loss(Builder *ir, const Plan *p, const Node *n) {
    const Step *s = p->step;
    const Tensor *z = &s->tensor[n->in[0].tensor];
    const Loss *loss = &s->model->loss;
    int last = z->rank - 1;
    int64_t rows = 1, outputs = z->dim[last];
    for (int d = 0; d < last; d++) rows *= z->dim[d];
    LossRow w = {.math = loss->nsum ? loss_sums(ir->arena, loss, outputs, rows)
                                    : loss_math(ir->arena, loss, outputs, (LossZ)step_loss_z(s))};
    Val inv_n = scalar_of_run(ir, CNN_INV_N);
    w.scale = ir_fmul(ir, inv_n, ir_real(ir, 1.0 / (double)rows));
    int how = loss_reduction(s->model);
    if (how != CNN_LOSS_MEAN) {
        Val share = scalar_of_run(ir, CNN_SHARE);
        w.share = how == CNN_LOSS_SUM ? ir_fmul(ir, share, ir_real(ir, (double)rows)) : share;
        w.scale = ir_fmul(ir, w.scale, w.share);
    }
    Loop sample = ir_loop(ir, ir->lo, ir->hi, 1), loop[MAX_RANK];
    Val row[MAX_RANK] = {0}, result;
    for (int d = 0; d < last; d++) {
        loop[d] = ir_loop(ir, ir_int(ir, 0), ir_int(ir, z->dim[d]), 1);
        row[d] = loop[d].i;
    }
    point_at_row(ir, p, &w, &result, n, sample.i, row);
    emit_row(ir, s->model, s->mode == STEP_TRAIN, &w, result, outputs, rows);
    for (int d = last - 1; d >= 0; d--) ir_end(ir, &loop[d]);
    if (s->penalty >= 0) {
        Val none[MAX_RANK] = {0}, penalty = row_of(ir, p, s->penalty, sample.i, none);
        add_double(ir, ir->leaf, ir_scalar(ir, ir->f32, penalty));
    }
    ir_end(ir, &sample);
}

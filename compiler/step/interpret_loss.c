// SPDX-License-Identifier: MIT
// LOSS: loss, metrics and the gradient, a row of K outputs at a time, by the mathematics of the model's
// loss and metrics (step/rowmath.h); P rows a sample, n samples.
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"
#include "step/interpret.h"
#include <math.h>
#include <string.h>

typedef struct LossRow {
    const double *z, *given; // outputs or logits; labels: one, or one an output
    double *p, *dz; // of the row: room for the softmax; the gradient before 1 / (n P), or NULL
} LossRow;

static void softmax(const LossRow *w, int64_t k, double *max, double *log_sum) {
    double sum = 0;
    *max = -INFINITY;
    for (int64_t i = 0; i < k; i++) *max = fmax(*max, w->z[i]);
    for (int64_t i = 0; i < k; i++) sum += exp(w->z[i] - *max);
    for (int64_t i = 0; i < k; i++) w->p[i] = exp(w->z[i] - *max) / sum;
    *log_sum = log(sum);
}

static void read_output(const RowMath *m, const LossRow *w, int64_t i, double *in) {
    in[ROW_Z] = w->z[i];
    in[ROW_Y] = m->class_number ? (double)i == w->given[0] : w->given[i];
    in[ROW_INDEX] = (double)i;
    if (w->p) in[ROW_P] = w->p[i];
}

static double row_step_run(Interpreter *r, const RowMath *m, const LossRow *w, const RowStep *step,
                           double *in) {
    if (step->op == ROW_ONCE) return interpret_expr(r, step->of, in);
    double sum = 0, most = -INFINITY;
    int64_t where = 0;
    for (int64_t i = 0; i < m->outputs; i++) {
        read_output(m, w, i, in);
        double x = interpret_expr(r, step->of, in);
        sum += x;
        if (x > most) most = x, where = i;
    }
    return step->op == ROW_SUM ? sum : step->op == ROW_MOST ? most : (double)where;
}

// All steps of a row, into `in`; writes its softmax and gradient where there is room for them.
static void walk(Interpreter *r, const RowMath *m, const LossRow *w, double in[ROW_INPUTS]) {
    in[ROW_LABEL] = w->given[0];
    if (row_softmax_wanted(m)) softmax(w, m->outputs, &in[ROW_MAX], &in[ROW_LOG_SUM]);
    for (int k = 0; k < m->nstep; k++) in[ROW_STEP + k] = row_step_run(r, m, w, &m->step[k], in);
    for (int64_t i = 0; i < m->outputs && w->dz; i++) {
        read_output(m, w, i, in);
        w->dz[i] = interpret_expr(r, m->slope, in);
    }
}

// Of a value that is to be added at `at`; what is no number is added to the first.
static int64_t number_of_sum(double at, int64_t count) {
    double number = ceil(at) - 1;
    if (number >= (double)count) return count - 1;
    return number > 0 ? (int64_t)number : 0;
}

static void add_sums(Interpreter *r, const RowMath *m, const LossRow *w, double counts,
                     double *to) {
    double in[ROW_INPUTS] = {[ROW_COUNTS] = counts};
    walk(r, m, w, in);
    for (int k = 0; k < m->nsum; to += row_sum_count(m, k++)) {
        const RowSum *sum = &m->sum[k];
        if (!sum->at) *to += interpret_expr(r, sum->value, in);
        for (int64_t i = 0; sum->at && i < m->outputs; i++) {
            read_output(m, w, i, in);
            int64_t at = number_of_sum(interpret_expr(r, sum->at, in), sum->count);
            to[at + (sum->each ? i * sum->count : 0)] += interpret_expr(r, sum->value, in);
        }
    }
}

typedef struct Rows { // of all samples
    const RowMath *loss, *metric[MAX_METRICS];
    const double *z, *result, *label; // result: the model's output, which metrics look at
    const double *counts; // of each sample, or NULL
    int64_t each; // rows of a sample
    double *p, *dz; // or NULL
    double *sum[MAX_METRICS];
    double *batch; // sums of a loss that is one for the batch; or NULL
} Rows;

static bool reads_logits(const Step *s, int metric) {
    return s->model->metric[metric].cls->of_logits && s->logits != s->output;
}

static Rows rows_of(const Interpreter *r, const Node *n, int64_t outputs, int64_t each) {
    const Step *s = r->s;
    const Model *m = s->model;
    Rows rows = {.z = r->value[n->in[0].tensor], .label = r->value[s->label], .each = each};
    if (s->counts >= 0) rows.counts = r->value[s->counts];
    rows.loss = loss_math(r->arena, &m->loss, outputs, (LossZ)step_loss_z(s));
    if (m->loss.nsum) {
        rows.loss = loss_sums(r->arena, &m->loss, outputs, each);
        rows.batch = ARENA_ARRAY(r->arena, double, (size_t)m->loss.nsum);
    }
    for (int k = 0; k < m->nmetric; k++) {
        rows.metric[k] =
            metric_math(r->arena, &m->metric[k], &m->loss, outputs, each, reads_logits(r->s, k));
        rows.sum[k] = ARENA_ARRAY(r->arena, double, (size_t)m->metric[k].nsum);
    }
    for (int k = 0; k < n->nout && !rows.batch; k++)
        *(n->out[k].tensor == s->loss_grad ? &rows.dz : &rows.p) = r->value[n->out[k].tensor];
    int seen = step_metrics_input(s, n);
    rows.result = seen >= 0 ? r->value[seen] : s->logits != s->output ? rows.p : rows.z;
    return rows;
}

// What the row's sample counts, by the class of its label; 1 outside of training.
static double class_weight(const Interpreter *r, const RowMath *m, const LossRow *w) {
    const Fit *fit = &r->s->model->fit;
    int64_t of = m->class_number || m->outputs == 1 ? (int64_t)(w->given[0] + 0.5) : 0;
    for (int64_t i = 1; i < m->outputs && !m->class_number; i++)
        if (w->given[i] > w->given[of]) of = i;
    for (int i = 0; i < fit->nclass_weight && r->s->mode == STEP_TRAIN; i++)
        if (fit->class_weight[i].of == of) return fit->class_weight[i].weight;
    return 1;
}

static void run_row(Interpreter *r, const Rows *rows, int64_t i, double share) {
    const Model *m = r->s->model;
    int64_t k = rows->loss->outputs, first = i * k;
    LossRow w = {.z = rows->z + first,
                 .given = rows->label + (rows->loss->class_number ? i : first),
                 .p = rows->p ? rows->p + first : NULL,
                 .dz = rows->dz ? rows->dz + first : NULL};
    double in[ROW_INPUTS] = {0}, weight = class_weight(r, rows->loss, &w);
    if (rows->counts) weight *= rows->counts[i / rows->each];
    if (rows->batch) add_sums(r, rows->loss, &w, weight, rows->batch);
    if (!rows->batch) walk(r, rows->loss, &w, in);
    if (!rows->batch) r->loss += share * weight * interpret_expr(r, rows->loss->value, in);
    for (int64_t j = 0; j < k && w.dz; j++)
        w.dz[j] *= r->scalar[CNN_INV_N] * (double)r->n * share * weight;
    for (int j = 0; j < m->nmetric; j++) {
        const double *z = reads_logits(r->s, j) ? rows->z : rows->result;
        LossRow seen = {.z = z + first, .given = w.given};
        add_sums(r, rows->metric[j], &seen, weight, rows->sum[j]);
    }
}

// The mean of |u v| over pairs of rows or columns made of length 1.
static double pairs(const double *w, const Shape *s, bool columns) {
    int64_t n = s->dim[columns], k = s->dim[!columns];
    int64_t step = columns ? 1 : k, across = columns ? n : 1;
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++) {
            double dot = 0, a = 0, b = 0;
            for (int64_t e = 0; e < k; e++) {
                double u = w[i * step + e * across], v = w[j * step + e * across];
                dot += u * v, a += u * u, b += v * v;
            }
            sum += fabs(dot) * fmin(1 / sqrt(a), 1e7) * fmin(1 / sqrt(b), 1e7);
        }
    return sum / ((double)n * (double)(n - 1) / 2);
}

// What regularisers add: the mean of the activities', and the weights'.
static double penalties(const Interpreter *r) {
    const Step *s = r->s;
    double sum = 0;
    for (int64_t i = 0; i < r->n && s->penalty >= 0; i++)
        sum += r->value[s->penalty][i] / (double)r->n;
    for (int i = 0; i < s->nweight; i++) {
        const Penalty *p = &s->weight[i]->args.penalty;
        if (!s->weight[i]->trainable) continue;
        const double *w = r->value[s->weight_tensor[i]];
        int64_t count = shape_count(&s->weight[i]->shape);
        for (int64_t k = 0; k < count && (p->l1 != 0 || p->l2 != 0); k++)
            sum += p->l1 * fabs(w[k]) + p->l2 * w[k] * w[k];
        if (p->pairs != 0) sum += p->pairs * pairs(w, &s->weight[i]->shape, p->columns);
    }
    return sum;
}

// What a row's loss counts more than in the mean.
static double share_of(const Interpreter *r, const Rows *rows) {
    double sum = 0;
    int how = loss_reduction(r->s->model);
    if (how == CNN_LOSS_SUM) return (double)(r->n * rows->each);
    if (how == CNN_LOSS_MEAN) return 1;
    const double *ignored = loss_ignored(&r->s->model->loss);
    for (int64_t i = 0; i < r->n * rows->each; i++)
        if (!ignored || rows->label[i] != *ignored)
            sum += how == CNN_LOSS_OF_ROWS ? 1 : rows->counts[i / rows->each];
    return sum == 0 ? 0 : (double)(r->n * rows->each) / sum;
}

// The loss that is one for the batch, of sums over it, which are LOSS's result where it has one.
static double batch_loss(Interpreter *r, const Node *n, const Rows *rows, double share) {
    const Loss *loss = &r->s->model->loss;
    const RowMath *m = loss_math(r->arena, loss, rows->loss->outputs, Z_OUTPUTS);
    double in[ROW_INPUTS] = {0}, counts = rows->batch[loss->nsum - 1];
    memcpy(in + ROW_SUMS, rows->batch, sizeof *in * (size_t)loss->nsum);
    for (int64_t k = 0; k < loss->nsum && n->nout; k++)
        r->value[n->out[0].tensor][k] = rows->batch[k];
    return share * (double)rows->each * counts * interpret_expr(r, row_of_sums(m, m->value), in);
}

// What a metric makes of its sums over the batch.
static void metric_figures_of(Interpreter *r, const Metric *metric, int64_t outputs,
                              const double *sum, double *figure) {
    const Expr *of_batch = metric_of_batch(r->arena, metric, &r->s->model->loss, outputs);
    double in[ROW_SUMS + MAX_ROW_SUMS] = {0};
    if (of_batch) memcpy(in + ROW_SUMS, sum, sizeof *in * (size_t)metric->nsum);
    for (int64_t f = 0; f < metric->figures; f++)
        figure[f] = of_batch ? interpret_expr(r, of_batch, in)
                             : metric_result(metric, outputs, sum, (double)r->n, f);
}

void interpret_loss(Interpreter *r, const Node *n) {
    const Tensor *z = &r->s->tensor[n->in[0].tensor];
    int64_t outputs = z->dim[z->rank - 1], count = r->n * interpreter_count(z) / outputs;
    double margin = r->margin; // of layers alone: where a loss's branches meet it is one value
    const Model *m = r->s->model;
    Rows rows = rows_of(r, n, outputs, count / r->n);
    r->loss = 0;
    double share = share_of(r, &rows) / (double)count;
    for (int64_t i = 0; i < count; i++) run_row(r, &rows, i, share);
    if (rows.batch) r->loss = batch_loss(r, n, &rows, share);
    r->loss += penalties(r);
    r->metric = ARENA_ARRAY(r->arena, double, (size_t)model_figures(m));
    for (int k = 0, at = 0; k < m->nmetric; at += (int)m->metric[k++].figures)
        metric_figures_of(r, &m->metric[k], outputs, rows.sum[k], r->metric + at);
    r->margin = margin;
}

// SPDX-License-Identifier: 0BSD
// See alone.h. tests/train.py holds what comes of it to a program on one thread, bit for bit.
#include "engine/alone.h"
#include "engine/denormals.h"
#include "engine/elementary.h"
#include "engine/formula.h"

void cnn_alone_clear(char *at, int64_t bytes) {
    for (int64_t i = 0; i < bytes; i++) at[i] = 0;
}

void cnn_alone_copy(float *to, const float *from, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = from[i];
}

uint64_t cnn_alone_flush(void) {
    return flush_denormals();
}

void cnn_alone_restore(uint64_t mode) {
    restore_denormals(mode);
}

static CnnState *head(char *state) {
    return (CnnState *)(void *)state;
}

static double *sums_of(const CnnAlone *of, char *state) {
    return (double *)(void *)(state + of->sums_at);
}

void cnn_alone_start(const CnnAlone *of, char *state, uint32_t seed) {
    cnn_alone_clear(state, of->state_bytes);
    head(state)->seed = seed;
    head(state)->rate = __builtin_nan("");
}

void cnn_alone_epoch(const CnnAlone *of, char *state, uint32_t epoch) {
    CnnState *s = head(state);
    s->epoch = epoch;
    s->step = 0;
    s->samples = 0;
    for (int64_t i = 0; i < of->nsum; i++) sums_of(of, state)[i] = 0;
}

void cnn_alone_set_rate(char *state, double rate) { // as a program keeps it
    head(state)->rate = (double)(float)rate;
}

static double count_of(const CnnAlone *of, const char *row) {
    return of->has_counts ? (double)*(const float *)(const void *)(row + 4 * of->label_floats) : 1;
}

// The share of rows that count, of a sample.
static double rows_that_count(const CnnAlone *of, const char *row) {
    const int32_t *label = (const int32_t *)(const void *)row;
    int64_t rows = of->label_floats, ignored = 0;
    if (!of->loss_ignores || !of->label_is_class) return 1;
    for (int64_t k = 0; k < rows; k++) ignored += label[k] == of->loss_ignored;
    return (double)(rows - ignored) / (double)rows;
}

// See CNN_SHARE.
static double share(const CnnAlone *of, const char *y, int64_t n) {
    double sum = 0;
    if (of->loss_reduction == CNN_LOSS_SUM) return (double)n;
    if (of->loss_reduction == CNN_LOSS_MEAN) return 1;
    for (int64_t i = 0; i < n; i++) {
        const char *row = y + i * 4 * (of->label_floats + of->has_counts);
        double by = of->loss_reduction == CNN_LOSS_BY_COUNTS ? count_of(of, row) : 1;
        sum += by * rows_that_count(of, row);
    }
    return sum == 0 ? 0 : (double)n / sum;
}

// As optim_scalars().
static void set_scalars(CnnStep *s, int64_t n) {
    const CnnAlone *of = s->of;
    double rate = s->state->rate, made = (double)s->state->iterations;
    s->run.scalar[CNN_INV_N] = (float)(1.0 / (double)n);
    for (int64_t i = 0; i < of->nfigure; s->term += of->terms[i++]) {
        bool known = i == 0 && !cnn_is_nan(rate);
        double figure =
            known ? rate : formula_value(&(CnnFormula){of->terms[i], s->term}, i ? rate : 0, made);
        if (i == 0) rate = figure;
        s->run.scalar[CNN_LR + i] = (float)figure;
    }
    s->run.scalar[CNN_SHARE] = (float)share(of, s->y, n);
}

bool cnn_alone_begin(CnnStep *s, const CnnAlone *of, const CnnTerm *term, const float *x,
                     const void *y, int64_t n, float *params, char *state, char *workspace) {
    if (n < 1 || n > of->capacity) return false;
    s->of = of;
    s->term = term;
    s->state = head(state);
    s->x = x;
    s->y = y;
    s->root = workspace + of->root_at;
    s->stack = workspace + of->stack_at;
    s->scratch = workspace + of->scratch_at;
    s->run.params = params;
    s->run.opt = (float *)(void *)(state + of->opt_at);
    s->run.step = workspace + of->step_at;
    s->run.batch = workspace + of->batch_at;
    s->run.leaf = s->root;
    s->run.out = (float *)(void *)(workspace + of->out_at);
    s->run.n = n;
    s->run.leaf_samples = of->leaf_samples;
    s->run.seed = s->state->seed;
    s->run.epoch = s->state->epoch;
    s->run.step_no = s->state->step;
    s->mode = flush_denormals();
    set_scalars(s, n);
    s->penalty = 0;
    return true;
}

void cnn_alone_penalise(CnnStep *s, const CnnWeight *weight) {
    for (int64_t i = 0; i < s->of->nweight; i++)
        for (int64_t k = 0, units = penalty_units_of(&weight[i]); k < units; k++)
            s->penalty += penalty_unit_of(&weight[i], s->run.params + weight[i].param, k);
}

typedef struct LeafRun {
    CnnStep *step;
    CnnLeafFn *run;
} LeafRun;

static void compute_leaf(void *run, int64_t leaf, char *block) {
    const LeafRun *r = run;
    const CnnStep *s = r->step;
    int64_t most = s->run.leaf_samples, at = leaf * most, left = s->run.n - at;
    const char *y = s->y;
    r->run(&s->run, at, at, left < most ? left : most, s->x + at * s->of->input_floats,
           y + at * 4 * (s->of->label_floats + s->of->has_counts), block, s->scratch, NULL);
}

void cnn_alone_leaves(CnnStep *s, CnnLeafFn *run, CnnLeafAddFn *add, int64_t units) {
    LeafRun of = {s, run};
    Reduction r = {compute_leaf, &of, add, units, s->of->leaf_stride};
    reduce(&r, 0, ceil_div(s->run.n, s->run.leaf_samples), s->root, s->stack);
}

double cnn_alone_end(CnnStep *s) {
    const CnnAlone *of = s->of;
    double *sums = (double *)(void *)(s->root + of->loss_at), *all = sums_of(of, (char *)s->state);
    double n = (double)s->run.n, share = (double)s->run.scalar[CNN_SHARE];
    if (of->batch_terms)
        sums[0] += formula_of(&(CnnFormula){of->batch_terms, s->term}, sums) * share;
    sums[0] += n * s->penalty;
    for (int64_t i = 0; i < of->nsum; i++) all[i] += sums[i];
    s->state->samples += s->run.n;
    s->state->iterations++;
    s->state->step++;
    restore_denormals(s->mode);
    return sums[0] / n;
}

double cnn_alone_figure(const CnnAlone *of, const char *state, int64_t at, const CnnMetric *metric,
                        CnnResult *result, const double *setting) {
    const CnnState *s = (const CnnState *)(const void *)state;
    const double *sum = (const double *)(const void *)(state + of->sums_at) + at;
    double n = (double)s->samples;
    if (!metric) return *sum / n;
    int64_t own = metric->nsum - metric->weighted;
    return result(sum, own, metric->weighted ? sum[own] : n, setting, metric->figure);
}

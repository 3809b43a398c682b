// SPDX-License-Identifier: 0BSD
// The fit loop: epochs of shuffled batches, then validation in inference mode. An epoch's loss and
// metrics are means over its samples, added up in double in the order of the steps. A signal that
// stop.c catches ends it after the step that is running.
#include "fit/callback.h"
#include "runtime.h"
#include <math.h>
#include <stdlib.h>

typedef struct Loop {
    Engine *engine;
    Fit *fit;
    uint32_t *order;
    double *sums, *means, *val; // [1 + nmetric] each
    Callback *callback; // as many as the model has
    Training t;
} Loop;

static bool check_loss(const Loop *l, CnnError *error) {
    const Training *t = &l->t;
    if (isfinite(t->loss) || t->loss_is_seen_to) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "the loss became %s in epoch %lld, step %lld of %lld; no weights were saved: a "
                    "smaller learning rate than %g may help",
                    isnan(t->loss) ? "nan" : "infinite", (long long)t->epoch + 1,
                    (long long)t->step + 1, (long long)t->steps, engine_rate(l->engine));
}

// The step under way; the means of the epoch so far are then in l->means.
static void run_step(Loop *l) {
    Fit *fit = l->fit;
    Training *t = &l->t;
    int64_t first = t->step * fit->batch_size, left = fit->train.n - first;
    int64_t n = left < fit->batch_size ? left : fit->batch_size;
    const double *sums =
        engine_step(l->engine, &fit->train, first, n, (uint32_t)t->epoch, (uint32_t)t->step);
    t->loss = sums[0];
    for (int64_t i = 0; i <= l->engine->model->nmetric; i++) {
        l->sums[i] += sums[i];
        l->means[i] = l->sums[i] / (double)(first + n);
    }
}

// The steps of one epoch; leaves their means in l->means and the time they took in *seconds.
static bool run_steps(Loop *l, Progress *progress, double *seconds, CnnError *error) {
    Fit *fit = l->fit;
    Training *t = &l->t;
    double start = clock_seconds();
    if (fit->shuffle)
        random_shuffle(l->order, (uint32_t)fit->train.n, l->engine->run.seed, (uint32_t)t->epoch);
    fit->train.order = fit->shuffle ? l->order : NULL;
    for (int64_t i = 0; i <= l->engine->model->nmetric; i++) l->sums[i] = 0;
    t->line_is_open = progress->moving && fit->verbose == 1;
    for (t->step = 0; t->step < t->steps && !stop_seen() && !t->stop; t->step++) {
        run_step(l);
        callbacks_step_end(l->callback, t);
        if (!check_loss(l, error)) return false;
        progress_step(progress, t->step + 1, l->means);
    }
    t->line_is_open = false;
    *seconds = clock_seconds() - start;
    return true;
}

static void validate(Loop *l, Epoch *row) {
    double start = clock_seconds();
    if (!l->fit->val.n) return;
    evaluate_samples(l->engine, &l->fit->val, l->val, NULL);
    row->val = l->t.val = l->val;
    row->val_seconds = clock_seconds() - start;
}

static bool run_epoch(Loop *l, CnnError *error) {
    Fit *fit = l->fit;
    Training *t = &l->t;
    Epoch row = {.epoch = t->epoch + 1, .samples = fit->train.n, .train = l->means};
    t->val = NULL;
    callbacks_epoch_begin(l->callback, t);
    if (fit->verbose) printf("Epoch %lld/%lld\n", (long long)t->epoch + 1, (long long)fit->epochs);
    Progress progress = progress_start(l->engine->model, stdout, fit->verbose, t->steps);
    progress.moving = progress_can_move(stdout);
    if (!run_steps(l, &progress, &row.train_seconds, error)) return false;
    if (stop_seen()) return true;
    validate(l, &row);
    progress_end(&progress, row.train_seconds, row.train, row.val);
    if (fit->log) log_row(fit->log, &row);
    t->rate_is_figure = false;
    callbacks_epoch_end(l->callback, t);
    return true;
}

static bool prepare(Loop *l, CnnError *error) {
    const CnnModel *model = l->engine->model;
    Fit *fit = l->fit;
    int64_t sums = 1 + model->nmetric;
    l->order = memory_new(fit->train.n, sizeof *l->order, "the order of the samples", error);
    l->sums = memory_new(3 * sums, sizeof *l->sums, "the metrics", error);
    if (!l->order || !l->sums) return false;
    l->means = l->sums + sums;
    l->val = l->means + sums;
    l->t = (Training){.engine = l->engine,
                      .kept = fit->kept,
                      .epochs = fit->epochs,
                      .epoch = fit->initial_epoch,
                      .steps = ceil_div(fit->train.n, fit->batch_size),
                      .means = l->means};
    l->callback = callbacks_start(model, &l->t, error);
    return l->callback;
}

bool train_fit(Engine *engine, Fit *fit, CnnError *error) {
    Loop l = {.engine = engine, .fit = fit};
    Training *t = &l.t;
    bool ok = prepare(&l, error);
    for (; ok && t->epoch < fit->epochs && !stop_seen() && !t->stop; t->epoch++)
        ok = run_epoch(&l, error);
    if (ok && !stop_seen()) callbacks_train_end(l.callback, t);
    callbacks_free(l.callback, engine->model);
    fit->train.order = NULL;
    free(l.order);
    free(l.sums);
    return ok;
}

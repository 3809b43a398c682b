// SPDX-License-Identifier: 0BSD
// The fit loop: epochs of shuffled batches, then validation in inference mode. An epoch's loss and
// metrics are means over its samples, added up in double in the order of the steps. A signal that
// stop.c catches ends it after the step that is running.
#include "fit/callback.h"
#include "runtime.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Loop {
    Engine *engine;
    Fit *fit;
    uint32_t *order;
    double *sums, *means, *val; // [1 + nmetric] each
    int64_t steps;
    void **callback; // at work, as many as the model has
    bool stop; // one of them wants no more epochs
} Loop;

static bool check_loss(const Loop *l, double sum, int64_t epoch, int64_t step, CnnError *error) {
    if (isfinite(sum)) return true;
    return cnn_fail(error, CNN_REFUSED,
                    "the loss became %s in epoch %lld, step %lld of %lld; no weights were saved: a "
                    "smaller learning rate than %g may help",
                    isnan(sum) ? "nan" : "infinite", (long long)epoch + 1, (long long)step + 1,
                    (long long)l->steps, optim_rate(l->engine->model, l->engine->iterations));
}

// The steps of one epoch; leaves their means in l->means and the time they took in *seconds.
static bool run_steps(Loop *l, int64_t epoch, Progress *progress, double *seconds,
                      CnnError *error) {
    const CnnModel *model = l->engine->model;
    Fit *fit = l->fit;
    double start = clock_seconds();
    if (fit->shuffle)
        random_shuffle(l->order, (uint32_t)fit->train.n, l->engine->run.seed, (uint32_t)epoch);
    fit->train.order = fit->shuffle ? l->order : NULL;
    for (int64_t i = 0; i <= model->nmetric; i++) l->sums[i] = 0;
    for (int64_t step = 0; step < l->steps && !stop_seen(); step++) {
        int64_t first = step * fit->batch_size, left = fit->train.n - first;
        int64_t n = left < fit->batch_size ? left : fit->batch_size;
        const double *sums =
            engine_step(l->engine, &fit->train, first, n, (uint32_t)epoch, (uint32_t)step);
        if (!check_loss(l, sums[0], epoch, step, error)) return false;
        for (int64_t i = 0; i <= model->nmetric; i++) {
            l->sums[i] += sums[i];
            l->means[i] = l->sums[i] / (double)(first + n);
        }
        progress_step(progress, step + 1, l->means);
    }
    *seconds = clock_seconds() - start;
    return true;
}

static bool run_epoch(Loop *l, int64_t epoch, CnnError *error) {
    Fit *fit = l->fit;
    bool validates = fit->val.n > 0;
    Epoch row = {.epoch = epoch + 1,
                 .samples = fit->train.n,
                 .train = l->means,
                 .val = validates ? l->val : NULL};
    if (fit->verbose) printf("Epoch %lld/%lld\n", (long long)epoch + 1, (long long)fit->epochs);
    Progress progress = progress_start(l->engine->model, stdout, fit->verbose, l->steps);
    progress.moving = progress_can_move(stdout);
    if (!run_steps(l, epoch, &progress, &row.train_seconds, error)) return false;
    if (stop_seen()) return true;
    if (validates) {
        double start = clock_seconds();
        evaluate_samples(l->engine, &fit->val, l->val, NULL);
        row.val_seconds = clock_seconds() - start;
    }
    progress_end(&progress, row.train_seconds, row.train, row.val);
    if (fit->log) log_row(fit->log, &row);
    for (int64_t i = 0; i < l->engine->model->ncallback; i++)
        l->engine->model->callback[i].of->epoch_end(l->callback[i], l->engine, &row, &l->stop);
    return true;
}

static bool start_callbacks(Loop *l, CnnError *error) {
    const CnnModel *model = l->engine->model;
    l->callback = memory_new(model->ncallback, sizeof *l->callback, "the callbacks", error);
    bool ok = l->callback;
    for (int64_t i = 0; ok && i < model->ncallback; i++) {
        const CnnCallback *c = &model->callback[i];
        l->callback[i] = c->of->start(model, c->setting, error);
        ok = l->callback[i] != NULL;
    }
    return ok;
}

static void end_callbacks(Loop *l, bool trained) {
    const CnnModel *model = l->engine->model;
    for (int64_t i = 0; l->callback && i < model->ncallback; i++) {
        if (trained) model->callback[i].of->train_end(l->callback[i], l->engine);
        free(l->callback[i]);
    }
    free(l->callback);
}

bool train_fit(Engine *engine, Fit *fit, CnnError *error) {
    int64_t sums = 1 + engine->model->nmetric;
    Loop l = {.engine = engine, .fit = fit};
    l.steps = ceil_div(fit->train.n, fit->batch_size);
    l.order = memory_new(fit->train.n, sizeof *l.order, "the order of the samples", error);
    l.sums = memory_new(3 * sums, sizeof *l.sums, "the metrics", error);
    bool ok = l.order && l.sums && start_callbacks(&l, error);
    if (ok) {
        l.means = l.sums + sums;
        l.val = l.means + sums;
        for (int64_t e = fit->initial_epoch; ok && e < fit->epochs && !stop_seen() && !l.stop; e++)
            ok = run_epoch(&l, e, error);
    }
    end_callbacks(&l, ok && !stop_seen());
    fit->train.order = NULL;
    free(l.order);
    free(l.sums);
    return ok;
}

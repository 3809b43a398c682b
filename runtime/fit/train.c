// SPDX-License-Identifier: 0BSD
// The fit loop: epochs of shuffled batches, then validation in inference mode. An epoch's loss and
// metrics are means over its samples, added up in double in the order of the steps. A signal that
// stop.c catches ends it after the step that is running. Whatever the loop has to know to go on is in
// Training, which a checkpoint keeps.
//
// An epoch of fewer batches than there are goes on where the one before it ended; the last one of a pass through
// the data has what is left of it, and the next pass is shuffled anew, as in Keras.
#include "fit/callback.h"
#include "fit/checkpoint.h"
#include "fit/good.h"
#include "fit/together.h"
#include "data/background.h"
#include "io/safetensors.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Loop {
    Engine *engine;
    Fit *fit;
    uint32_t *order;
    double *means, *val; // [1 + nmetric] each
    int64_t pass_epoch,
        first; // of the epoch: the one that its pass began with, and the batch it begins with
    Training t;
    Good good;
    CnnError lacks; // of the step's samples, which could not be read; code 0: they could
} Loop;

static bool weights_are_finite(const Engine *e) {
    return !safetensors_not_finite(e->run.params, e->model->param_floats);
}

// Has a signal ended the training? What one rank has seen holds for all.
static bool is_stopped(Loop *l) {
    if (!l->fit->stopped) l->fit->stopped = (int)ranks_largest(l->engine->ranks, stop_seen());
    return l->fit->stopped != 0;
}

// Random numbers of a fit's epochs are not those of the fits before it.
static uint32_t stream_epoch(const Loop *l, int64_t epoch) {
    return (uint32_t)(epoch + l->engine->epochs);
}

// Where the epoch is in the data.
static void find_place(Loop *l) {
    const Fit *fit = l->fit;
    int64_t all = ceil_div(fit->train.n, fit->batch_size), steps = fit->steps_per_epoch;
    if (!steps || steps > all) steps = all;
    int64_t behind = (l->t.epoch - fit->initial_epoch) % ceil_div(all, steps); // its pass's first
    l->pass_epoch = l->t.epoch - behind;
    l->first = behind * steps;
    l->t.steps = all - l->first < steps ? all - l->first : steps;
}

// Samples of the epoch's first steps.
static int64_t samples_of(const Loop *l, int64_t steps) {
    int64_t before = l->first * l->fit->batch_size, n = l->fit->train.n - before;
    return steps * l->fit->batch_size < n ? steps * l->fit->batch_size : n;
}

// The step under way; the means of the epoch so far are then in l->means. What its last step leaves is the
// next one's, or nobody's: there a weight that is not finite counts as the loss. Without its samples it is not made.
static void run_step(void *loop) {
    Loop *l = loop;
    Fit *fit = l->fit;
    Training *t = &l->t;
    int64_t first = (l->first + t->step) * fit->batch_size, left = fit->train.n - first;
    int64_t n = left < fit->batch_size ? left : fit->batch_size;
    bool there = samples_need(&fit->train, first, n, &l->lacks);
    if (!ranks_agree(l->engine->ranks, there, &l->lacks)) return;
    const double *sums =
        engine_step(l->engine, &fit->train, first, n, stream_epoch(l, t->epoch), (uint32_t)t->step);
    t->loss = sums[0];
    results_add(l->engine->model, t->sums, sums);
    results_of(l->engine->model, t->sums, samples_of(l, t->step + 1), l->means);
    if (t->step + 1 == t->steps && !weights_are_finite(l->engine)) t->loss = NAN;
}

// The loss of this step is not finite: goes back to the last good state. False with an error, unless a
// callback has seen to it; that one's user reads why.
static bool end_by_loss(Loop *l, CnnError *error) {
    Training *t = &l->t;
    CnnError said;
    char why[TEXT_WHY];
    double loss = t->loss;
    int64_t step = t->step;
    l->fit->is_good = good_restore(&l->good, t, run_step, l, why, sizeof why) && !l->lacks.code;
    l->means[0] = isinf(loss) ? loss : NAN;
    cnn_fail(
        &said, CNN_REFUSED,
        "the loss became %s in epoch %lld, step %lld of %lld%s%s; a smaller learning rate than "
        "%g may help",
        isinf(loss) ? "infinite" : "nan", (long long)t->epoch + 1, (long long)step + 1,
        (long long)t->steps, *why ? ": " : "", why, engine_rate(l->engine));
    l->fit->breaks_off = true;
    if (!t->loss_is_seen_to) *error = said;
    if (t->loss_is_seen_to) printf("%s\n", said.text);
    return t->loss_is_seen_to;
}

// Samples cannot be read: what the steps before have come to stays.
static bool end_by_data(Loop *l, const CnnError *lacks, CnnError *error) {
    l->fit->breaks_off = true;
    l->fit->is_good = weights_are_finite(l->engine);
    *error = *lacks;
    return false;
}

static void settle(Loop *l) {
    callbacks_settled(l->t.callback, &l->t);
    if (l->fit->checkpoints) checkpoints_settled(l->fit->checkpoints, &l->t);
}

// Steps until the epoch's end, or until something ends the training.
static bool run_until_end(Loop *l, Progress *progress, CnnError *error) {
    Training *t = &l->t;
    while (t->step < t->steps && !t->stop && !is_stopped(l)) {
        run_step(l);
        if (l->lacks.code) return end_by_data(l, &l->lacks, error);
        callbacks_step_end(t->callback, t);
        if (!isfinite(t->loss)) return end_by_loss(l, error);
        progress_step(progress, ++t->step, l->means);
        if (t->step < t->steps) settle(l);
    }
    return true;
}

// The steps of one epoch, or what was not made of it yet; leaves their means in l->means and the time they took
// in t->seconds.
static bool run_steps(Loop *l, Progress *progress, CnnError *error) {
    Fit *fit = l->fit;
    Training *t = &l->t;
    double start = clock_seconds();
    if (fit->shuffle)
        random_shuffle(l->order, (uint32_t)fit->train.n, l->engine->run.seed,
                       stream_epoch(l, l->pass_epoch));
    fit->train.order = fit->shuffle ? l->order : NULL;
    int64_t first = l->first * fit->batch_size;
    bool begun = samples_begin(&fit->train, first + t->step * fit->batch_size,
                               first + samples_of(l, t->steps), fit->batch_size, &l->lacks);
    if (!ranks_agree(l->engine->ranks, begun, &l->lacks)) return end_by_data(l, &l->lacks, error);
    good_keep(&l->good, t);
    t->started = start;
    t->line_is_open = progress->moving && fit->verbose == 1;
    bool ok = run_until_end(l, progress, error);
    t->line_is_open = false;
    t->seconds += clock_seconds() - start;
    t->started = 0;
    return ok;
}

static bool is_validated(const CnnModel *model, int64_t epoch) {
    if (model->validation_every) return (epoch + 1) % model->validation_every == 0;
    for (int64_t i = 0; i < model->nvalidation_at; i++)
        if (model->validation_at[i] == epoch + 1) return true;
    return model->nvalidation_at == 0;
}

static bool validate(Loop *l, Epoch *row, CnnError *error) {
    double start = clock_seconds();
    CnnError lacks;
    if (!l->fit->val.n || !is_validated(l->engine->model, l->t.epoch)) return true;
    if (!evaluate_samples(l->engine, &l->fit->val, l->val, NULL, NULL, &lacks))
        return end_by_data(l, &lacks, error);
    row->val = l->t.val = l->val;
    row->val_seconds = clock_seconds() - start;
    return true;
}

int64_t history_series(const CnnModel *model) {
    return 2 * (1 + model->nmetric) + 1;
}

static void append(Series *s, double value) {
    s->value[s->n++] = value;
}

// As logs have them: what float32 holds.
static void keep_history(const Loop *l) {
    int64_t figures = 1 + l->engine->model->nmetric;
    Series *s = l->fit->history;
    if (!s) return;
    for (int64_t i = 0; i < figures; i++) append(&s[i], (double)(float)l->means[i]);
    for (int64_t i = 0; i < figures && l->t.val; i++)
        append(&s[figures + i], (double)(float)l->t.val[i]);
    if (l->t.rate_is_figure) append(&s[2 * figures], engine_rate(l->engine));
}

// The state is then that before the next epoch.
static bool end_epoch(Loop *l, Progress *progress, CnnError *error) {
    Fit *fit = l->fit;
    Training *t = &l->t;
    Epoch row = {.epoch = t->epoch + 1,
                 .samples = samples_of(l, t->steps),
                 .train = l->means,
                 .train_seconds = t->seconds,
                 .rate = engine_rate(l->engine)};
    if (!validate(l, &row, error)) return false;
    progress_end(progress, row.train_seconds, row.train, row.val);
    if (fit->log) log_row(fit->log, &row);
    t->rate_is_figure = false;
    callbacks_epoch_end(t->callback, t);
    keep_history(l);
    t->epoch++;
    t->step = 0;
    t->seconds = 0;
    for (int64_t i = 0; i < l->engine->model->nsum; i++) t->sums[i] = 0;
    settle(l);
    return true;
}

static bool run_epoch(Loop *l, CnnError *error) {
    Fit *fit = l->fit;
    Training *t = &l->t;
    t->val = NULL;
    find_place(l);
    if (t->step == 0) callbacks_epoch_begin(t->callback, t);
    if (fit->verbose) printf("Epoch %lld/%lld\n", (long long)t->epoch + 1, (long long)fit->epochs);
    Progress progress = progress_start(l->engine->model, stdout, fit->verbose, t->steps);
    progress.moving = l->engine->ranks->n == 1 && progress_can_move(stdout); // else it is mpirun's
    if (!run_steps(l, &progress, error)) return false;
    return is_stopped(l) || (end_epoch(l, &progress, error) && together_still(&l->t, error));
}

// The means of an epoch that goes on, or whose steps are all made.
static void take_means(Loop *l) {
    const Training *t = &l->t;
    int64_t n = samples_of(l, t->step);
    if (n) results_of(l->engine->model, t->sums, n, l->means);
}

// Into the state that was saved, if there is one.
static bool resume(Loop *l, CnnError *error) {
    Training *t = &l->t;
    const char *path = l->fit->resume;
    if (l->engine->ranks->own > 0) return true; // the first one's state will be its own
    char *own = path ? NULL : callbacks_resume(t->callback, l->engine->model);
    if (own) path = own;
    bool saves = l->fit->checkpoints || path || callbacks_save(t->callback, l->engine->model);
    bool ok = !saves || (t->identity = checkpoint_identity(t, error));
    ok = ok && (!path || checkpoint_load(path, t, error));
    free(own);
    return ok;
}

static bool make_room(Loop *l, CnnError *error) {
    const CnnModel *model = l->engine->model;
    int64_t sums = model->nsum, means = 1 + model->nmetric;
    l->order = memory_new(l->fit->train.n, sizeof *l->order, "the order of the samples", error);
    l->t.sums = memory_new(sums + 2 * means, sizeof *l->t.sums, "the metrics", error);
    if (!l->order || !l->t.sums) return false;
    l->t.means = l->means = l->t.sums + sums;
    l->val = l->means + means;
    return (l->t.callback = callbacks_new(model, l->fit, error));
}

static bool prepare(Loop *l, CnnError *error) {
    l->t = (Training){.engine = l->engine, .fit = l->fit, .epoch = l->fit->initial_epoch};
    find_place(l);
    bool ok = make_room(l, error) && resume(l, error);
    if (!together_begin(&l->t, ok, error)) return false;
    find_place(l);
    if (l->t.resumed) take_means(l);
    return callbacks_start(l->t.callback, &l->t, error);
}

// The log is opened last: that empties it, so all else must be right.
static bool open_log(Loop *l, CnnError *error) {
    Fit *fit = l->fit;
    if (!fit->log_path) return true;
    fit->log = log_open(fit->log_path, l->engine->model, l->t.log_bytes, error);
    return fit->log;
}

// All that may fail is behind: in one rank, then in all. The state to go back to each has, or none.
static bool is_ready(Loop *l, CnnError *error) {
    const Ranks *ranks = l->engine->ranks;
    if (!ranks_agree(ranks, prepare(l, error) && open_log(l, error), error)) return false;
    good_new(&l->good, &l->t);
    if (ranks_largest(ranks, !l->good.memory)) good_free(&l->good);
    return true;
}

// Weights that a moving average was made of become that.
static void take_averages(Engine *engine) {
    const CnnModel *model = engine->model;
    if (model->average_slot < 0) return;
    const float *average = engine->run.opt + model->average_slot * model->param_floats;
    for (int64_t i = 0; i < model->nweight; i++) {
        const CnnWeight *w = &model->weight[i];
        if (w->grad == CNN_GRAD_NONE) continue;
        memcpy(engine->run.params + w->param, average + w->param, (size_t)w->count * sizeof(float));
    }
}

bool train_fit(Engine *engine, Fit *fit, CnnError *error) {
    Loop l = {.engine = engine, .fit = fit};
    engine->background = background_of(&fit->train, engine->model);
    Training *t = &l.t;
    bool ready = is_ready(&l, error), ok = ready;
    while (ok && t->epoch < fit->epochs && !t->stop && !is_stopped(&l)) ok = run_epoch(&l, error);
    if (ready && fit->checkpoints && (ok || fit->is_good)) checkpoints_save(fit->checkpoints, t);
    bool trained = ok && !is_stopped(&l);
    if (trained && fit->initial_epoch < fit->epochs) take_averages(engine);
    if (trained) callbacks_train_end(t->callback, t);
    engine->epochs += t->epoch - fit->initial_epoch;
    callbacks_free(t->callback, engine->model);
    log_close(fit->log);
    good_free(&l.good);
    fit->train.order = NULL;
    free(t->identity);
    free(l.order);
    free(t->sums);
    return ok;
}

// SPDX-License-Identifier: 0BSD
// See together.h. No weight is exchanged, but at the beginning: each rank makes each update of its own, of the same
// sums. Machines whose arithmetic or C library differ would so drift apart; a checksum an epoch sees that.
#include "fit/together.h"
#include "fit/checkpoint.h"
#include <string.h>
#include <zlib.h>

enum {
    PROGRAM,
    SEED,
    BATCH_SIZE,
    EPOCHS,
    STEPS,
    SAMPLES,
    CHECKSUM,
    VAL_SAMPLES,
    VAL_CHECKSUM,
    ALL
};
static const char *const what[] = {
    [PROGRAM] = "program",
    [SEED] = "seed",
    [BATCH_SIZE] = "batch size",
    [EPOCHS] = "number of epochs",
    [STEPS] = "number of steps in an epoch",
    [SAMPLES] = "number of training samples",
    [CHECKSUM] = "checksum of the training data",
    [VAL_SAMPLES] = "number of validation samples",
    [VAL_CHECKSUM] = "checksum of the validation data",
};

static double checksum(const void *from, size_t bytes) {
    return (double)crc32_z(crc32_z(0, NULL, 0), from, bytes);
}

static double program_of(const CnnModel *m) {
    char text[512];
    snprintf(text, sizeof text, "%s %s %s", m->source_hash, m->version, m->target);
    return checksum(text, strlen(text));
}

static bool describe(Training *t, double f[ALL], CnnError *error) {
    const Fit *fit = t->fit;
    if (!checkpoint_data(t, error)) return false; // which one that saves has summed before
    f[PROGRAM] = program_of(t->engine->model);
    f[SEED] = t->engine->run.seed;
    f[BATCH_SIZE] = (double)fit->batch_size;
    f[EPOCHS] = (double)fit->epochs;
    f[STEPS] = (double)fit->steps_per_epoch;
    f[SAMPLES] = (double)fit->train.n;
    f[CHECKSUM] = t->train_sum;
    f[VAL_SAMPLES] = (double)fit->val.n;
    f[VAL_CHECKSUM] = t->val_sum;
    return true;
}

static bool are_same(const double *own, const double *first, CnnError *error) {
    for (int i = 0; i < ALL; i++)
        if (own[i] != first[i])
            return cnn_fail(error, CNN_REFUSED,
                            "its %s is another one than the first rank's: %.0f, not %.0f", what[i],
                            own[i], first[i]);
    return true;
}

static void spread_state(Training *t) {
    Engine *e = t->engine;
    const CnnModel *model = e->model;
    const Ranks *r = e->ranks;
    struct {
        int64_t epoch, step, iterations, log_bytes;
        double rate, seconds;
        bool stop, resumed;
    } s = {t->epoch, t->step,    e->iterations, t->log_bytes,
           e->rate,  t->seconds, t->stop,       t->resumed};
    ranks_spread(r, &s, sizeof s);
    t->epoch = s.epoch;
    t->step = s.step;
    e->iterations = s.iterations;
    t->log_bytes = s.log_bytes;
    e->rate = s.rate;
    t->seconds = s.seconds;
    t->stop = s.stop;
    t->resumed = s.resumed;
    ranks_spread(r, t->sums, training_sums(t) * (int64_t)sizeof *t->sums);
    ranks_spread(r, e->run.params, model->param_floats * 4);
    ranks_spread(r, e->run.opt, model->opt_slots * model->param_floats * 4);
    for (int64_t i = 0; i < model->ncallback; i++) {
        Callback *c = &t->callback[i];
        ranks_spread(r, c->state, c->of->states * (int64_t)sizeof *c->state);
        if (c->weights) ranks_spread(r, c->weights, model->param_floats * 4);
    }
}

bool together_begin(Training *t, bool ok, CnnError *error) {
    const Ranks *r = t->engine->ranks;
    double own[ALL], first[ALL];
    if (r->n == 1) return ok;
    if (!ranks_agree(r, ok, error)) return false;
    if (!ranks_agree(r, describe(t, own, error), error)) return false;
    memcpy(first, own, sizeof first);
    ranks_spread(r, first, sizeof first);
    if (!ranks_agree(r, are_same(own, first, error), error)) return false;
    spread_state(t);
    return true;
}

bool together_still(const Training *t, CnnError *error) {
    const Engine *e = t->engine;
    if (e->ranks->n == 1) return true;
    double own = checksum(e->run.params, (size_t)e->model->param_floats * sizeof(float)),
           first = own;
    ranks_spread(e->ranks, &first, sizeof first);
    bool same = own == first;
    if (!same)
        cnn_fail(error, CNN_SYSTEM,
                 "its weights are others than the first rank's after epoch %lld: ranks need CPUs "
                 "of one kind and "
                 "one C library",
                 (long long)t->epoch);
    return ranks_agree(e->ranks, same, error);
}

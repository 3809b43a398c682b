// SPDX-License-Identifier: 0BSD
#include "cli/session.h"
#include "data/reader.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BATCH = 32, DEFAULT_EPOCHS = 1 }; // Keras's

// The half of a data set that rows are of; NULL with an error.
static const Data *need_data(Session *s, const CnnRows *rows) {
    for (int i = 0; i < s->ndata; i++)
        if (s->data[i].half == rows->half && data_is(&s->data[i], rows->of)) return &s->data[i];
    assert(s->ndata < SESSION_DATA);
    Data *data = &s->data[s->ndata];
    if (!data_load(data, rows->of, (int)rows->half, s->options.data, s->model, &s->error))
        return NULL;
    s->ndata++;
    return data;
}

bool session_rows(Session *s, const CnnRows *rows, Samples *samples) {
    if (rows->reader) s->reader = rows->reader;
    if (rows->reader)
        return rows->reader->samples(&s->arrays, s->model, rows, session_reads(s), samples,
                                     &s->error);
    const Data *data = need_data(s, rows);
    return data && data_rows(data, s->model, rows, samples, &s->error);
}

void session_close_arrays(Session *s) {
    if (s->reader) s->reader->close(s->arrays);
}

// Threads beyond the CPUs would only take turns.
int session_threads(const Session *s) {
    int64_t wanted = s->options.threads;
    int usable = cpus_usable();
    if (wanted < 1 && s->ranks.threads && !s->alone) return s->ranks.threads;
    return wanted < 1 ? cpus_default() : wanted < usable ? (int)wanted : usable;
}

Threads session_pool(const Session *s) {
    int n = session_threads(s), place = s->alone ? 0 : s->ranks.place;
    return (Threads){n, s->options.pin, (s->place + place) * n};
}

ReadBy session_reads(const Session *s) {
    int64_t megabytes = s->options.data_memory;
    return (ReadBy){.folder = s->options.data,
                    .threads = session_threads(s),
                    .memory = megabytes < 0 ? -1 : megabytes * 1000000};
}

uint32_t session_seed(const Session *s) {
    return (uint32_t)(s->options.seed >= 0 ? s->options.seed : s->model->seed);
}

int64_t session_run(const Session *s) {
    return s->options.runs > 0 ? (int64_t)session_seed(s) : -1;
}

int64_t session_fits(const Session *s) {
    return 1 + s->model->nmore;
}

// As that fit has it.
static const CnnModel *model_of_fit(const Session *s, int64_t index) {
    return index ? &s->model->more[index - 1] : s->model;
}

static int64_t batch_size(const Session *s, const CnnModel *model) {
    if (s->options.batch_size > 0) return s->options.batch_size;
    return model->has_fit && model->batch_size > 0 ? model->batch_size : DEFAULT_BATCH;
}

int64_t session_batch_size(const Session *s) {
    return batch_size(s, s->model);
}

bool session_compiled(Session *s, const char *what) {
    if (s->model->has_compile) return true;
    return cnn_fail(&s->error, CNN_REFUSED,
                    "%s has no model.compile(optimizer=, loss=), which %s needs", s->model->source,
                    what);
}

// All that training has come to.
static void take_over(Engine *to, const Engine *from) {
    const CnnModel *model = from->model;
    size_t bytes = (size_t)model->param_floats * sizeof(float);
    memcpy(to->run.params, from->run.params, bytes);
    if (to->capacity > 0 && from->capacity > 0)
        memcpy(to->run.opt, from->run.opt, bytes * (size_t)model->opt_slots);
    to->iterations = from->iterations;
    to->epochs = from->epochs;
    to->rate = from->rate;
    to->background = from->background;
}

// Does the engine make steps of up to so many samples, in the leaves that batches of so many have?
static bool is_for(const Engine *e, int64_t capacity) {
    int64_t leaf = reduce_leaf(e->model->leaf_from, capacity);
    return capacity == 0 || (capacity <= e->capacity && leaf == e->run.leaf_samples);
}

// An engine for training steps in batches of `capacity` samples, 0 for none. The first one gets the
// first weights; one made anew because fit comes after evaluate, or has other batches, takes them over.
bool session_engine(Session *s, int64_t capacity) {
    const CnnModel *model = s->model;
    Engine old = s->engine, fresh;
    if (old.model && is_for(&old, capacity)) return true;
    if (!engine_new(&fresh, model, s->alone ? &ranks_alone : &s->ranks, session_pool(s), capacity,
                    INFER_ROWS, &s->error))
        return false;
    fresh.run.seed = session_seed(s);
    if (old.model)
        take_over(&fresh, &old);
    else
        random_weights(model, session_seed(s), fresh.run.params);
    engine_free(&old);
    s->engine = fresh;
    return true;
}

bool session_adapt(Session *s) {
    for (int64_t i = 0; !s->adapted && i < s->model->nadapt; i++) {
        const CnnAdapt *a = &s->model->adapt[i];
        Samples samples;
        if (!session_rows(s, a->rows, &samples) || !adapt(&s->engine, a, &samples, &s->error))
            return false;
    }
    return s->adapted = true;
}

// What is trained on and what validated with, as fit says.
static bool split_data(Session *s, const CnnModel *model, Fit *fit) {
    Samples all;
    if (!session_rows(s, model->train, &all)) return false;
    int64_t n = all.n, first = n;
    if (model->validation_data) {
        if (!session_rows(s, model->validation, &fit->val)) return false;
    } else if (model->validation_split > 0) {
        first = data_split(n, model->validation_split);
        if (first < 1 || first == n)
            return cnn_fail(&s->error, CNN_REFUSED,
                            "validation_split=%g of %lld samples leaves %lld for training and %lld "
                            "for validation; both need one",
                            model->validation_split, (long long)n, (long long)first,
                            (long long)(n - first));
        fit->val = samples_part(&all, model, first, n - first);
    }
    if (model->validation_samples && model->validation_samples < fit->val.n)
        fit->val.n = model->validation_samples;
    fit->train = samples_part(&all, model, 0, first);
    if (!fit->val.batch)
        fit->val.batch = fit->batch_size < INFER_ROWS ? fit->batch_size : INFER_ROWS;
    return true;
}

// Of a data set all of them.
bool session_tests(Session *s, CnnRows *tests) {
    const CnnModel *m = s->model;
    const CnnRows *rows = m->validation_data ? m->validation : m->train;
    for (int64_t i = m->nstatement; i-- > 0;)
        if (m->statement[i].kind == CNN_DO_EVALUATE) rows = m->statement[i].rows;
    *tests = *rows;
    if (rows->reader && rows == m->train)
        return cnn_fail(&s->error, CNN_REFUSED, "%s has no evaluate(x, y): its tests are not known",
                        m->source);
    if (!rows->reader) *tests = (CnnRows){.half = DATA_TEST, .table = rows->table, .of = rows->of};
    return true;
}

bool session_keep_history(Session *s, int64_t index, Fit *fit) {
    int64_t n = history_series(s->model), all = n * session_fits(s);
    int64_t epochs = fit->epochs > fit->initial_epoch ? fit->epochs - fit->initial_epoch : 0;
    if (!s->history) s->history = memory_new(all, sizeof *s->history, "the history", &s->error);
    if (!s->history) return false;
    fit->history = s->history + index * n;
    for (int64_t i = 0; i < n; i++) {
        double **value = &fit->history[i].value;
        *value = memory_new(epochs, sizeof **value, "the history", &s->error);
        if (!*value) return false;
    }
    return true;
}

void session_free_history(Session *s) {
    int64_t all = history_series(s->model) * session_fits(s);
    for (int64_t i = 0; s->history && i < all; i++) free(s->history[i].value);
    free(s->history);
}

bool session_prepare_fit(Session *s, int64_t index, Fit *fit) {
    const CnnModel *model = model_of_fit(s, index);
    int64_t wanted = s->options.epochs, own = model->has_fit ? model->epochs : DEFAULT_EPOCHS;
    *fit = (Fit){
        .epochs = wanted > 0 ? wanted : own, .batch_size = batch_size(s, model), .kept = &s->kept};
    fit->index = index;
    fit->run = session_run(s);
    fit->rate_is_set = model->figure == s->figure;
    fit->initial_epoch = model->initial_epoch;
    fit->steps_per_epoch = model->steps_per_epoch;
    fit->verbose = model->has_fit ? (int)model->verbose : 1;
    fit->shuffle = !model->has_fit || model->shuffle;
    if (!session_compiled(s, "training")) return false;
    if (!split_data(s, model, fit)) return false;
    return session_engine(s, fit->batch_size < fit->train.n ? fit->batch_size : fit->train.n) &&
           session_adapt(s);
}

// What an option says of a training goes with one fit.
bool session_one_fit(Session *s) {
    const Options *o = &s->options;
    bool other = o->epochs > 0 && o->epochs != s->model->epochs;
    if (other && s->model->all_epochs)
        return cnn_fail(&s->error, CNN_USAGE,
                        "--epochs: statements of %s go through the %lld epochs of its fit",
                        s->model->source, (long long)s->model->epochs);
    const char *option = o->epochs > 0   ? "--epochs"
                         : o->nset       ? "--set"
                         : o->log        ? "--log"
                         : o->checkpoint ? "--checkpoint"
                         : o->resume     ? "--resume"
                                         : NULL;
    if (session_fits(s) == 1 || !option) return true;
    return cnn_fail(&s->error, CNN_USAGE, "%s goes with one fit: %s has %lld", option,
                    s->model->source, (long long)session_fits(s));
}

// With compile between it and the fit before, the optimiser knows nothing of that.
static void start_anew(Engine *e) {
    size_t bytes = (size_t)e->model->param_floats * sizeof(float);
    if (e->model->opt_slots) memset(e->run.opt, 0, bytes * (size_t)e->model->opt_slots);
    e->iterations = 0;
    e->rate = NAN;
}

bool session_fit(Session *s, int64_t index, Fit *fit) {
    fit->log_path = session_is_first(s) ? s->options.log : NULL;
    if (fit->log_path && !kept_allows(&s->kept, fit->log_path, &s->error)) return false;
    s->engine.model = model_of_fit(s, index);
    if (s->engine.model->anew) start_anew(&s->engine);
    bool ok = train_fit(&s->engine, fit, &s->error);
    s->engine.model = s->model;
    s->trained |= ok;
    s->stopped_by = s->ranks.n > 1 ? fit->stopped : stop_seen();
    return ok;
}

bool session_is_first(const Session *s) {
    return s->ranks.own == 0;
}

bool session_together(Session *s, bool ok) {
    if (!ranks_agree(&s->ranks, ok, &s->error)) return false;
    ranks_spread(&s->ranks, s->engine.run.params, s->model->param_floats * 4);
    return true;
}

// The run has failed with trained weights that are nowhere else.
void session_rescue(Session *s) {
    CnnError why = s->error, none = {0};
    if (!session_is_first(s)) return;
    char *path = weights_rescue(&s->engine, &none);
    if (path)
        cnn_fail(&s->error, why.code, "%.1400s; the weights are saved to %.500s instead", why.text,
                 path);
    else
        cnn_fail(&s->error, CNN_SYSTEM, "%.1000s; the weights are lost: %.900s", why.text,
                 none.text);
    free(path);
}

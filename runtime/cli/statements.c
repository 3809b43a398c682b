// SPDX-License-Identifier: 0BSD
// The statements of a program's file, in their order.
#include "cli/session.h"
#include "cli/print.h"
#include "data/values.h"
#include "fit/callback.h"
#include "fit/filename.h"
#include "io/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int64_t count_statements(const CnnModel *model, int64_t kind) {
    int64_t n = 0;
    for (int64_t i = 0; i < model->nstatement; i++) n += model->statement[i].kind == kind;
    return n;
}
static bool has_statement(const CnnModel *model, int64_t kind) {
    return count_statements(model, kind) > 0;
}

static bool prints_history(const CnnModel *model) {
    for (int64_t i = 0; i < model->nstatement; i++) {
        const CnnStatement *statement = &model->statement[i];
        for (int64_t k = 0; statement->kind == CNN_DO_PRINT && k < statement->nitem; k++)
            for (int64_t t = 0; t < statement->item[k].nterm; t++)
                if (statement->item[k].term[t].op >= CNN_LATER_AT) return true;
    }
    return false;
}

static bool do_summary(Session *s, const CnnStatement *statement) {
    (void)statement;
    fputs(s->model->summary, stdout);
    return true;
}

static bool need_score(Session *s) {
    Samples samples;
    if (!session_compiled(s, "evaluate")) return false;
    for (int64_t i = 0; i < s->model->nstatement; i++)
        if (s->model->statement[i].kind == CNN_DO_EVALUATE &&
            !session_rows(s, s->model->statement[i].rows, &samples))
            return false;
    if (!s->score)
        s->score = memory_new(count_statements(s->model, CNN_DO_EVALUATE) * (1 + s->model->nmetric),
                              sizeof *s->score, "the score", &s->error);
    return s->score;
}

static bool predicted_rows(Session *s, const CnnStatement *statement, Samples *samples) {
    if (!session_rows(s, statement->rows, samples)) return false;
    return samples->n == statement->nrow ||
           cnn_fail(&s->error, CNN_REFUSED,
                    "the data to predict have %lld rows, but the program is compiled for %lld",
                    (long long)samples->n, (long long)statement->nrow);
}

static bool need_predicted(Session *s) {
    Samples samples;
    for (int64_t i = 0; i < s->model->nstatement; i++)
        if (s->model->statement[i].kind == CNN_DO_PREDICT &&
            !predicted_rows(s, &s->model->statement[i], &samples))
            return false;
    return true;
}

// Whatever evaluate and predict statements need is there before the first step.
static bool do_fit(Session *s, const CnnStatement *statement) {
    Fit fit;
    Stop stop;
    if (!session_one_fit(s) || !session_prepare_fit(s, statement->fit, &fit)) return false;
    if (prints_history(s->model) && !session_keep_history(s, statement->fit, &fit)) return false;
    if (has_statement(s->model, CNN_DO_EVALUATE) && !need_score(s)) return false;
    if (!need_predicted(s)) return false;
    stop_catch(&stop);
    bool ok = session_fit(s, statement->fit, &fit);
    stop_release(&stop);
    return ok;
}

static bool do_evaluate(Session *s, const CnnStatement *statement) {
    Samples samples;
    bool ok = need_score(s) && session_engine(s, 0) && session_adapt(s) &&
              session_rows(s, statement->rows, &samples);
    if (!session_together(s, ok)) return false;
    Progress progress =
        progress_start(s->model, stdout, (int)statement->verbose, ceil_div(samples.n, INFER_ROWS));
    double *score = s->score + s->evaluations++ * (1 + s->model->nmetric);
    if (!evaluate_samples(&s->engine, &samples, score, NULL, NULL, &s->error)) return false;
    progress_end(&progress, clock_seconds() - progress.start, score, NULL);
    return true;
}

static void free_arrays(double **value, int64_t n) {
    for (int64_t i = 0; value && i < n; i++) free(value[i]);
    free(value);
}

// The values of each of its arrays; NULL: reported.
static double **read_arrays(Session *s, const CnnStatement *statement) {
    const ReadValues by = {&s->arrays, s->model, (const float *const *)s->predicted,
                           session_reads(s)};
    if (statement->narray) s->reader = statement->values->reader;
    double **value = memory_new(statement->narray, sizeof *value, "predictions", &s->error);
    bool ok = value;
    for (int64_t i = 0; ok && i < statement->narray; i++)
        ok = (value[i] = statement->values->read(&by, statement->array[i], &s->error));
    return ok ? value : (free_arrays(value, statement->narray), NULL);
}

// A print with a path: an array is saved.
static bool write_array(Session *s, const CnnStatement *statement, double *const *value) {
    OutFile out = {.fd = -1};
    bool ok = outfile_folders(statement->path, &s->error) &&
              outfile_open(&out, statement->path, &s->kept, 0, &s->error) &&
              statement->values->write(&out, statement, value, &s->error);
    outfile_close(&out);
    return ok;
}

static bool do_print(Session *s, const CnnStatement *statement) {
    Results r = {.score = s->score, .series = s->history};
    if (!(r.value = read_arrays(s, statement))) return false;
    if (statement->path) {
        bool written = write_array(s, statement, r.value);
        free_arrays(r.value, statement->narray);
        return written;
    }
    bool ok = print_line(stdout, statement, &r);
    free_arrays(r.value, statement->narray);
    return ok || cnn_fail(&s->error, CNN_REFUSED, "%s prints %s", s->model->source, r.wrong);
}

static bool predict_all(Session *s, const Samples *samples, float *to) {
    int64_t floats = s->model->output_floats, rows = evaluate_rows(s->model);
    bool ok = samples_begin(samples, 0, samples->n, rows, &s->error);
    if (!ranks_agree(&s->ranks, ok, &s->error)) return false;
    for (int64_t first = 0; first < samples->n; first += rows) {
        int64_t n = samples->n - first < rows ? samples->n - first : rows;
        ok = samples_need(samples, first, n, &s->error);
        if (!ranks_agree(&s->ranks, ok, &s->error)) return false;
        engine_infer(&s->engine, samples, first, n);
        engine_collect(&s->engine, n);
        memcpy(to + first * floats, s->engine.run.out, (size_t)(n * floats) * sizeof *to);
    }
    return true;
}

// The samples, and room for the outputs of all of them, which stay as long as the program runs.
static bool prepare_predict(Session *s, const CnnStatement *statement, Samples *samples) {
    int64_t all = count_statements(s->model, CNN_DO_PREDICT);
    if (!s->predicted)
        s->predicted = memory_new(all, sizeof *s->predicted, "predictions", &s->error);
    if (!s->predicted || !session_engine(s, 0) || !session_adapt(s) ||
        !predicted_rows(s, statement, samples))
        return false;
    samples->y = NULL;
    samples->y_ahead = NULL;
    int64_t bytes = s->model->output_floats * (int64_t)sizeof(float);
    float *to = memory_new(samples->n, bytes, "predictions", &s->error);
    if (to) s->predicted[s->predictions++] = to;
    return to;
}

static bool do_predict(Session *s, const CnnStatement *statement) {
    Samples samples;
    if (!session_together(s, prepare_predict(s, statement, &samples))) return false;
    Progress progress =
        progress_start(s->model, stdout, (int)statement->verbose, ceil_div(samples.n, INFER_ROWS));
    if (!predict_all(s, &samples, s->predicted[s->predictions - 1])) return false;
    progress_end(&progress, clock_seconds() - progress.start, NULL, NULL);
    return true;
}

static bool callback_writes(const CnnModel *m, const char *path) {
    for (int64_t i = 0; i < m->ncallback; i++) {
        const CnnCallback *c = &m->callback[i];
        if (c->of->writes == WRITES_FILE && filename_fits(path, c->text[0])) return true;
    }
    return false;
}

bool session_writes(const CnnModel *m, const char *path) {
    bool writes = callback_writes(m, path);
    for (int64_t i = 0; !writes && i < m->nmore; i++) writes = callback_writes(&m->more[i], path);
    for (int64_t i = 0; !writes && i < m->nstatement; i++)
        writes = m->statement[i].kind == CNN_DO_SAVE && !strcmp(m->statement[i].path, path);
    return writes;
}

// What the script itself writes, each of several runs has under a name of its own. From malloc; NULL: no memory.
static char *own_path(Session *s, const char *path) {
    int64_t run = session_run(s) >= 0 && session_writes(s->model, path) ? session_run(s) : -1;
    char *own = filename_of_run(path, false, run);
    if (!own) cnn_fail(&s->error, CNN_SYSTEM, "out of memory");
    return own;
}

// The place is made and tried, and what is there stays.
static bool open_save(Session *s, const char *path, OutFile *out) {
    *out = (OutFile){.fd = -1};
    return outfile_folders(path, &s->error) &&
           outfile_open(out, path, &s->kept, weights_bytes(s->model), &s->error);
}

static bool do_save(Session *s, const CnnStatement *statement) {
    OutFile out = {.fd = -1};
    char *path = own_path(s, statement->path);
    bool ok = path && session_engine(s, 0) && session_adapt(s) && open_save(s, path, &out) &&
              weights_save(&s->engine, &out, false, &s->error);
    outfile_close(&out);
    free(path);
    if (ok) s->trained = false; // they are nowhere else no more
    return ok;
}

// What a layer measures it has measured before.
static bool do_load(Session *s, const CnnStatement *statement) {
    char *path = own_path(s, statement->path);
    bool ok = path && session_engine(s, 0) && session_adapt(s) &&
              weights_load(s->model, path, s->engine.run.params, &s->engine.background, &s->error);
    free(path);
    return ok;
}

static const struct {
    bool (*run)(Session *, const CnnStatement *);
    bool together; // all ranks do it; the others are the first one's alone
} statements[] = {
    [CNN_DO_SUMMARY] = {do_summary, false},  [CNN_DO_FIT] = {do_fit, true},
    [CNN_DO_EVALUATE] = {do_evaluate, true}, [CNN_DO_PRINT] = {do_print, false},
    [CNN_DO_SAVE] = {do_save, false},        [CNN_DO_LOAD] = {do_load, false},
    [CNN_DO_PREDICT] = {do_predict, true},
};

static bool do_statement(Session *s, const CnnStatement *statement) {
    if (!statements[statement->kind].together && !session_is_first(s)) return true;
    return statements[statement->kind].run(s, statement) && session_flush(s);
}

// ---- commands

// All files can be written: that is known before the work.
static bool check_saves(Session *s) {
    for (int64_t i = 0; i < s->model->nstatement; i++) {
        const CnnStatement *statement = &s->model->statement[i];
        const char *log = s->options.log;
        OutFile out;
        if (!statement->path || statement->kind == CNN_DO_LOAD || !session_is_first(s)) continue;
        if (log && outfile_same(log, statement->path))
            return cnn_fail(&s->error, CNN_USAGE, "--log and a file that %s saves are one, %s",
                            s->model->source, log);
        if (!open_save(s, statement->path, &out)) return false;
        outfile_close(&out);
    }
    return true;
}

// A file that is saved here is loaded behind it.
static bool loaded_later(const CnnModel *m, int64_t saved) {
    for (int64_t i = saved + 1; i < m->nstatement; i++)
        if (m->statement[i].kind == CNN_DO_LOAD &&
            !strcmp(m->statement[i].path, m->statement[saved].path))
            return true;
    return false;
}

bool session_load(Session *s, int64_t fit) {
    const CnnModel *m = s->model;
    bool ok = true, here = fit == 0;
    int64_t n = m->nstatement;
    while (fit == session_fits(s) && n > 0 && m->statement[n - 1].kind != CNN_DO_EVALUATE) n--;
    for (int64_t i = 0; ok && i < n; i++) {
        const CnnStatement *statement = &m->statement[i];
        bool saves = statement->kind == CNN_DO_SAVE && loaded_later(m, i);
        if (statement->kind == CNN_DO_FIT && statement->fit == fit) break;
        if (statement->kind == CNN_DO_FIT) here = statement->fit == fit - 1;
        if (here && (saves || statement->kind == CNN_DO_LOAD)) ok = do_statement(s, statement);
    }
    return ok;
}

bool session_flush(Session *s) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    return cnn_fail(&s->error, CNN_SYSTEM, "cannot write the output: %s", strerror(errno));
}

bool session_statements(Session *s) {
    const CnnModel *model = s->model;
    Stop stop;
    if (!has_statement(model, CNN_DO_FIT) && s->options.log)
        return cnn_fail(&s->error, CNN_USAGE, "--log: %s has no model.fit(); use the train command",
                        model->source);
    bool ok = check_saves(s);
    for (int64_t i = 0; ok && i < model->nstatement && !s->stopped_by; i++)
        ok = do_statement(s, &model->statement[i]);
    if (!ok && s->trained && !s->stopped_by) {
        stop_catch(&stop);
        stop_hold(&stop);
        session_rescue(s);
        stop_release(&stop);
    }
    if (s->stopped_by) printf("\ninterrupted\n");
    char name[TEXT_NAME];
    if (!model->nstatement)
        fprintf(stderr, "%s: nothing to do; see --help\n",
                text_foreign(name, sizeof name, model->name));
    return ok;
}

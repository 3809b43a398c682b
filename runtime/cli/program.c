// SPDX-License-Identifier: 0BSD
// The commands of a program.
#include "cli/cpu.h"
#include "cli/evaluation.h"
#include "cli/runs.h"
#include "cli/launch.h"
#include "cli/session.h"
#include "cli/settings.h"
#include "data/values.h"
#include "fit/checkpoint.h"
#include "io/digest.h"
#include "io/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIGNAL_CODE = 128 }; // the shell's
enum { BENCH_SECONDS = 2 };

extern void openblas_set_num_threads(int)
    __attribute__((weak)); // there if the model is linked to it

// The weights are saved to out, or else somewhere else.
static bool save(Session *s, const OutFile *out) {
    bool ok = weights_save(&s->engine, out, false, &s->error);
    if (!ok) session_rescue(s);
    char shown[TEXT_PATH], digest[DIGEST_TEXT];
    if (ok)
        printf("%sweights saved to %s\n", s->stopped_by ? "\ninterrupted; " : "",
               text_foreign(shown, sizeof shown, out->path));
    if (ok && out->target && digest_file(out->target, digest))
        printf("weights sha256:%s\n", digest);
    fflush(stdout);
    return ok;
}

// Where they were saved, for who asks.
static void note_saved(Outcome *o, const OutFile *out) {
    snprintf(o->weights, sizeof o->weights, "%s", out->path);
    if (!out->target || !digest_file(out->target, o->digest)) *o->digest = 0;
}

// The loss or the data have ended the training. What was good before is saved, and the error says where.
static void save_good(Session *s, const Fit *fit, const OutFile *out) {
    CnnError why = s->error, none = {0};
    bool saved = out->path && fit->is_good && s->engine.iterations > 0 &&
                 weights_save(&s->engine, out, false, &none);
    cnn_fail(&s->error, why.code,
             saved ? "%.1400s; the weights after %lld steps are saved to %.500s"
                   : "%.1400s; no weights were saved",
             why.text, (long long)s->engine.iterations, out->path ? out->path : "");
}

// What stands between two fits has failed, or the later one before its first step.
static void save_before(Session *s, const OutFile *out) {
    CnnError why = s->error, none = {0};
    if (weights_save(&s->engine, out, false, &none))
        cnn_fail(&s->error, why.code, "%.1400s; the weights of the fits before are saved to %.500s",
                 why.text, out->path);
    else
        session_rescue(s);
}

// A state that could not be saved at the end is an error, when the weights are safe.
static bool check_saved(Session *s, const Fit *fit) {
    const Checkpoints *c = fit->checkpoints;
    if (!c) return true;
    if (c->error.code == CNN_OK) {
        char shown[TEXT_PATH];
        text_foreign(shown, sizeof shown, c->out.path);
        printf(s->stopped_by ? "state saved to %s; --resume goes on from it\n"
                             : "state saved to %s\n",
               shown);
        return true;
    }
    s->error = c->error;
    return false;
}

// One fit after the other.
static bool train_all(Session *s, Fit *fit, Outcome *o) {
    bool ok = true;
    double start = clock_seconds();
    for (int64_t i = 0; ok && !s->stopped_by && i < session_fits(s); i++)
        ok = (i == 0 || session_prepare_fit(s, i, fit)) && (fit->resume || session_load(s, i)) &&
             (!o || session_keep_history(s, i, fit)) && session_fit(s, i, fit);
    if (!ok || !o) return ok;
    outcome_take(s, fit->history, o);
    o->seconds = clock_seconds() - start;
    o->samples = fit->train.n;
    o->epochs = s->engine.epochs;
    return true;
}

// What is written through may take as long as its reader likes: there a second signal still ends it.
static bool train_and_save(Session *s, Fit *fit, const OutFile *out, Outcome *o) {
    Stop stop;
    stop_catch(&stop);
    bool ok = train_all(s, fit, o);
    if (out->target) stop_hold(&stop);
    if (ok && s->stopped_by && !s->engine.iterations)
        printf("\ninterrupted before the first step; no weights were written\n");
    else if (ok)
        ok = !out->path || save(s, out);
    else if (fit->breaks_off)
        save_good(s, fit, out);
    else if (s->trained && out->path)
        save_before(s, out);
    ok = ok && check_saved(s, fit);
    if (ok && o && out->path && s->engine.iterations) note_saved(o, out);
    if (ok && o && !s->stopped_by) ok = outcome_evaluate(s, o);
    s->stopped_by = stop_seen(); // or while they were saved
    stop_release(&stop);
    return ok;
}

// Several outputs of a run are several files.
static bool check_outputs(Session *s, const char *out) {
    const Options *o = &s->options;
    const struct {
        const char *name, *path;
    } all[] = {{"--out", out},
               {"--log", o->log},
               {"--checkpoint", o->checkpoint},
               {"--resume", o->checkpoint ? NULL : o->resume}};
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i; k++)
            if (all[i].path && all[k].path && outfile_same(all[k].path, all[i].path))
                return cnn_fail(&s->error, CNN_USAGE, "%s and %s are one file, %s", all[k].name,
                                all[i].name, all[k].path);
    return true;
}

// The state is saved where it comes from, unless another place is named.
static bool open_checkpoints(Session *s, Checkpoints *c, Fit *fit) {
    const Options *o = &s->options;
    const char *path = o->checkpoint ? o->checkpoint : o->resume;
    Every every = {.epochs = 1};
    fit->resume = o->resume;
    if (!path || !session_is_first(s)) return true;
    if (o->every && !every_parse(o->every, &every, &s->error)) return false;
    fit->checkpoints = c;
    return checkpoints_open(c, s->model, path, &every, &s->kept, &s->error);
}

// What a training starts from is no output of it, unless the script says so.
static void keep_loaded(Session *s) {
    for (int64_t i = 0; i < s->model->nstatement; i++) {
        const CnnStatement *statement = &s->model->statement[i];
        if (statement->kind == CNN_DO_LOAD && !session_writes(s->model, statement->path))
            kept_add(&s->kept, statement->path, "loaded weights");
    }
}

bool session_train(Session *s, const char *path, Outcome *outcome) {
    OutFile out = {.fd = -1};
    if (!session_is_first(s)) path = NULL;
    Checkpoints checkpoints = {.lock = -1, .out.fd = -1};
    Fit fit;
    if (!session_one_fit(s) || !check_outputs(s, path)) return false;
    keep_loaded(s);
    bool ok = (!outcome || outcome_data(s)) &&
              (!path || outfile_open(&out, path, &s->kept, weights_bytes(s->model), &s->error)) &&
              session_prepare_fit(s, 0, &fit) && open_checkpoints(s, &checkpoints, &fit) &&
              train_and_save(s, &fit, &out, outcome);
    checkpoints_close(&checkpoints);
    outfile_close(&out);
    return ok;
}

static bool train_once(Session *s, FILE *json) {
    char *own = malloc(strlen(s->model->name) + sizeof ".safetensors");
    if (!own) return cnn_fail(&s->error, CNN_SYSTEM, "out of memory");
    sprintf(own, "%s.safetensors", s->model->name);
    Outcome outcome = {.seed = session_seed(s)};
    bool ok = session_compiled(s, "training") &&
              session_train(s, s->options.out ? s->options.out : own, json ? &outcome : NULL);
    free(own);
    outcome.done = ok && !s->stopped_by;
    json_t *object = ok && json ? outcome_json(s, &outcome) : NULL;
    if (object) json_dumpf(object, json, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (object) fputc('\n', json);
    json_decref(object);
    return ok;
}

// With --json that alone goes to standard output, and what is said besides to standard error.
static bool run_train(Session *s) {
    bool runs = s->options.runs > 0;
    if (runs && s->ranks.n > 1)
        return cnn_fail(&s->error, CNN_USAGE, "--runs goes with one process, and this is one of %d",
                        s->ranks.n);
    if (!s->options.json) return runs ? session_runs(s, NULL) : train_once(s, NULL);
    fflush(stdout);
    int fd = dup(STDOUT_FILENO);
    FILE *json = fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ? NULL : fdopen(fd, "w");
    if (!json)
        return cnn_fail(&s->error, CNN_SYSTEM, "cannot write the output: %s", strerror(errno));
    bool ok = (runs ? session_runs : train_once)(s, json), lost = ferror(json) != 0;
    if ((fclose(json) != 0 || lost) && ok)
        return cnn_fail(&s->error, CNN_SYSTEM, "cannot write the output: %s", strerror(errno));
    return ok;
}

static bool run_evaluate(Session *s) {
    const CnnModel *model = s->model;
    CnnRows tests;
    Samples samples;
    bool ok = session_compiled(s, "evaluate") && session_engine(s, 0) &&
              (!session_is_first(s) ||
               weights_load(model, s->options.weights, s->engine.run.params, NULL, &s->error)) &&
              session_tests(s, &tests) && session_rows(s, &tests, &samples);
    if (!session_together(s, ok)) return false;
    Evaluation e;
    if (!evaluation_make(&e, &s->engine, &samples, &s->error)) return false;
    void (*print)(const Evaluation *, FILE *) =
        s->options.json ? evaluation_json : evaluation_print;
    print(&e, stdout);
    evaluation_free(&e);
    return true;
}

static bool run_verify(Session *s) {
    const char *path = s->options.out;
    OutFile out = {.fd = -1};
    kept_add(&s->kept, s->options.file[0], "the case");
    bool ok = (!path || outfile_open(&out, path, &s->kept, 0, &s->error)) &&
              verify_case(s->model, s->options.file[0], path ? &out : NULL, session_pool(s),
                          session_seed(s), &s->error);
    outfile_close(&out);
    return ok;
}

static bool run_bench(Session *s) {
    int64_t seconds = s->options.seconds >= 0 ? s->options.seconds : BENCH_SECONDS;
    const BenchSettings set = {.threads = session_pool(s),
                               .seed = session_seed(s),
                               .batch = session_batch_size(s),
                               .seconds = seconds,
                               .json = s->options.json,
                               .kernels = s->options.kernels,
                               .memory = s->options.memory};
    return bench_run(s->model, &set, &s->error);
}

static bool run_summary(Session *s) {
    fputs(s->model->summary, stdout);
    return true;
}

static bool run_version(Session *s) {
    const CnnModel *m = s->model;
    char name[TEXT_NAME], source[TEXT_NAME];
    printf("%s, compiled by cnnc %s for %s from %s (%s)\n",
           text_foreign(name, sizeof name, m->name), m->version, m->target,
           text_foreign(source, sizeof source, m->source), m->source_hash);
    return true;
}

static bool run_licenses(Session *s) {
    licenses_print(s->model, stdout);
    return true;
}

static bool run_help(Session *s) {
    options_help(s->model, stdout);
    return true;
}

static const struct {
    const char *name;
    bool (*run)(Session *);
    bool together; // ranks share the work; else the first one does it
    bool tells; // of the program alone: it reads and writes no files
} commands[] = {
    {"", session_statements, true},
    {"train", run_train, true},
    {"evaluate", run_evaluate, true},
    {"predict", session_predict},
    {"report", session_report},
    {"verify", run_verify},
    {"bench", run_bench},
    {"summary", run_summary, .tells = true},
    {"--version", run_version, .tells = true},
    {"--licenses", run_licenses, .tells = true},
    {"--help", run_help, .tells = true},
};

// One of several copies of a program that runs alone may say what it is.
static bool only_tells(const Session *s, int argc, char **argv) {
    for (size_t i = 0; argc == 2 && !s->model->ranks && i < sizeof commands / sizeof *commands; i++)
        if (commands[i].tells && strcmp(commands[i].name, argv[1]) == 0) return true;
    return false;
}

static bool run_command(Session *s) {
    size_t i = 0;
    while (strcmp(commands[i].name, s->options.command) != 0) i++; // options.c knows the same ones
    s->alone = !commands[i].together;
    return (s->alone && !session_is_first(s)) || commands[i].run(s);
}

// Of ranks the first one prints; what the others say goes nowhere, but for errors, on which all agree.
static bool join(Session *s) {
    if (!launch_join(&s->ranks, s->model->ranks, &s->error)) return false;
    if (session_is_first(s)) return true;
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
        return cnn_fail(&s->error, CNN_SYSTEM, "cannot open /dev/null: %s", strerror(errno));
    return close(nowhere) == 0;
}

// Before anything runs that is compiled for a certain CPU, as the runtime is not.
static bool check_cpu(Session *s) {
    const CnnModel *model = s->model;
    char lacks[CPU_TEXT];
    if (!*cpu_lacks(lacks, model->needs)) return true;
    return cnn_fail(
        &s->error, CNN_SYSTEM,
        "compiled for %s, but this machine's CPU or system lacks %s; build the program for "
        "this machine: cnnc build %s -mcpu=%s",
        model->target, lacks, model->source, cpu_level());
}

static void keep_rows(Session *s, const CnnRows *rows) {
    if (rows->reader)
        rows->reader->keep(&s->kept, rows, s->options.data);
    else
        data_keep(&s->kept, rows->of, s->options.data);
}

static void keep_statement(Session *s, const CnnStatement *statement) {
    if (statement->kind == CNN_DO_EVALUATE || statement->kind == CNN_DO_PREDICT)
        keep_rows(s, statement->rows);
    for (int64_t i = 0; i < statement->narray; i++)
        statement->values->reader->keep(&s->kept, &(CnnRows){.x = statement->array[i]},
                                        s->options.data);
}

// No output may be one of the files of the data.
static void keep_data(Session *s) {
    const CnnModel *m = s->model;
    keep_rows(s, m->train);
    keep_rows(s, m->validation);
    for (int64_t i = 0; i < m->nadapt; i++) keep_rows(s, m->adapt[i].rows);
    for (int64_t i = 0; i < m->nstatement; i++) keep_statement(s, &m->statement[i]);
}

static bool run(Session *s, int argc, char **argv) {
    if (s->model->abi != CNN_ABI)
        return cnn_fail(&s->error, CNN_SYSTEM,
                        "this program's model speaks ABI %lld and its runtime %d; link it with the "
                        "runtime of the cnnc that compiled it",
                        (long long)s->model->abi, CNN_ABI);
    if ((!only_tells(s, argc, argv) && !join(s)) || !check_cpu(s) ||
        !options_parse(&s->options, argc, argv, &s->error) || !settings_apply(s))
        return false;
    kept_add(&s->kept, "/proc/self/exe", "this program");
    kept_add_standard(&s->kept);
    keep_data(s);
    if (s->model->uses_blas && openblas_set_num_threads) openblas_set_num_threads(1);
    if (!run_command(s)) return false;
    if (session_flush(s)) return true;
    if (strcmp(s->options.command, "train") != 0) return false;
    char name[TEXT_NAME]; // a warning: weights are its output
    fprintf(stderr, "%s: warning: %s\n", text_foreign(name, sizeof name, s->model->name),
            s->error.text);
    return true;
}

int program_main(const CnnModel *model, int argc, char **argv) {
    outfile_start();
    Session s = {.model = model, .ranks = ranks_alone};
    bool ok = ranks_agree(&s.ranks, run(&s, argc, argv), &s.error);
    if (!ok && session_is_first(&s)) {
        fflush(stdout);
        char name[TEXT_NAME];
        fprintf(stderr, "%s: error: %s\n", text_foreign(name, sizeof name, model->name),
                s.error.text);
    }
    for (int i = 0; i < s.ndata; i++) data_free(&s.data[i]);
    session_close_arrays(&s);
    engine_free(&s.engine);
    free(s.score);
    while (s.predictions > 0) free(s.predicted[--s.predictions]);
    free(s.predicted);
    session_free_history(&s);
    int code = !ok ? s.error.code : s.stopped_by ? SIGNAL_CODE + s.stopped_by : CNN_OK;
    if (ok) code = (int)ranks_largest(&s.ranks, code);
    ranks_stop(&s.ranks);
    return code;
}

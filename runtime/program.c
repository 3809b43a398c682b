// SPDX-License-Identifier: 0BSD
// The commands of a program. A session holds what they need and makes it at first use: the summary
// is printed before data is looked for, and evaluate doesn't read the training data.
#include "cpu.h"
#include "runtime.h"
#include "text.h"
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_BATCH = 32, DEFAULT_EPOCHS = 1, SIGNAL_CODE = 128 }; // Keras's; the shell's
enum { BENCH_SECONDS = 2 };

extern void openblas_set_num_threads(int)
    __attribute__((weak)); // there if the model is linked to it

typedef struct Session {
    const CnnModel *model;
    Options options;
    Data train, test;
    Engine engine;
    double *score; // [1 + nmetric] of the last evaluate statement, or NULL
    int stopped_by;
    CnnError error;
} Session;

static bool need_data(Session *s, Data *data, int half) {
    return data->folder || data_load(data, half, s->options.data, s->model, &s->error);
}

// Threads beyond the CPUs would only take turns.
static int thread_count(const Session *s) {
    int64_t wanted = s->options.threads;
    int usable = cpus_usable();
    return wanted < 1 ? cpus_default() : wanted < usable ? (int)wanted : usable;
}

static uint32_t seed(const Session *s) {
    return (uint32_t)(s->options.seed >= 0 ? s->options.seed : s->model->seed);
}

static int64_t batch_size(const Session *s) {
    if (s->options.batch_size > 0) return s->options.batch_size;
    return s->model->has_fit && s->model->batch_size > 0 ? s->model->batch_size : DEFAULT_BATCH;
}

static bool need_compile(Session *s, const char *what) {
    if (s->model->has_compile) return true;
    return cnn_fail(&s->error, CNN_REFUSED,
                    "%s has no model.compile(optimizer=, loss=), which %s needs", s->model->source,
                    what);
}

// An engine for training steps of up to `capacity` samples, 0 for none. The first one gets the
// first weights; one made anew because fit comes after evaluate takes them over.
static bool need_engine(Session *s, int64_t capacity) {
    const CnnModel *model = s->model;
    Engine old = s->engine, fresh;
    if (old.model && capacity <= old.capacity) return true;
    if (!engine_new(&fresh, model, thread_count(s), capacity, INFER_ROWS, &s->error)) return false;
    fresh.run.seed = seed(s);
    if (old.model)
        memcpy(fresh.run.params, old.run.params, (size_t)model->param_floats * sizeof(float));
    else
        random_weights(model, seed(s), fresh.run.params);
    engine_free(&old);
    s->engine = fresh;
    return true;
}

static bool has_statement(const CnnModel *model, int64_t kind) {
    for (int64_t i = 0; i < model->nstatement; i++)
        if (model->statement[i].kind == kind) return true;
    return false;
}

// What is trained on and what validated with, as fit says.
static bool split_data(Session *s, Fit *fit) {
    const CnnModel *model = s->model;
    int64_t n = s->train.label.count, first = n;
    if (model->validation_data) {
        if (!need_data(s, &s->test, DATA_TEST)) return false;
        fit->val = data_samples(&s->test, model, 0, s->test.label.count);
    } else if (model->validation_split > 0) {
        first = data_split(n, model->validation_split);
        if (first < 1 || first == n)
            return cnn_fail(&s->error, CNN_REFUSED,
                            "validation_split=%g of %lld samples leaves %lld for training and %lld "
                            "for validation; both need one",
                            model->validation_split, (long long)n, (long long)first,
                            (long long)(n - first));
        fit->val = data_samples(&s->train, model, first, n - first);
    }
    fit->train = data_samples(&s->train, model, 0, first);
    return true;
}

static bool prepare_fit(Session *s, Fit *fit) {
    const CnnModel *model = s->model;
    int64_t wanted = s->options.epochs, own = model->has_fit ? model->epochs : DEFAULT_EPOCHS;
    *fit = (Fit){.epochs = wanted > 0 ? wanted : own, .batch_size = batch_size(s)};
    fit->initial_epoch = model->initial_epoch;
    fit->verbose = model->has_fit ? (int)model->verbose : 1;
    fit->shuffle = !model->has_fit || model->shuffle;
    if (!need_compile(s, "training") || !need_data(s, &s->train, DATA_TRAIN)) return false;
    if (!split_data(s, fit)) return false;
    return need_engine(s, fit->batch_size < fit->train.n ? fit->batch_size : fit->train.n);
}

static bool run_fit(Session *s) {
    Fit fit;
    if (!prepare_fit(s, &fit)) return false;
    if (s->options.log) {
        fit.log = log_open(s->options.log, s->model, &s->error);
        if (!fit.log) return false;
    }
    bool ok = train_fit(&s->engine, &fit, &s->error);
    CnnError closing = {0};
    if (!log_close(fit.log, ok ? &s->error : &closing)) ok = false;
    s->stopped_by = fit.stopped_by;
    return ok;
}

// ---- statements

static bool do_summary(Session *s, const CnnStatement *statement) {
    (void)statement;
    fputs(s->model->summary, stdout);
    return true;
}

static bool do_fit(Session *s, const CnnStatement *statement) {
    (void)statement;
    return run_fit(s);
}

static bool do_evaluate(Session *s, const CnnStatement *statement) {
    if (!need_compile(s, "evaluate") || !need_data(s, &s->test, DATA_TEST) || !need_engine(s, 0))
        return false;
    if (!s->score)
        s->score = memory_new(1 + s->model->nmetric, sizeof *s->score, "the score", &s->error);
    if (!s->score) return false;
    Samples samples = data_samples(&s->test, s->model, 0, s->test.label.count);
    Progress progress =
        progress_start(s->model, stdout, (int)statement->verbose, ceil_div(samples.n, INFER_ROWS));
    evaluate_samples(&s->engine, &samples, s->score, NULL);
    progress_end(&progress, clock_seconds() - progress.start, s->score, NULL);
    return true;
}

static bool do_print(Session *s, const CnnStatement *statement) {
    char number[TEXT_NUMBER];
    for (int64_t i = 0; i < statement->nitem; i++) {
        const CnnPrintItem *item = &statement->item[i];
        bool is_score = item->kind == CNN_PRINT_SCORE;
        if (is_score && (!s->score || item->index < 0 || item->index > s->model->nmetric))
            return cnn_fail(&s->error, CNN_REFUSED, "%s prints score[%lld], which nothing computed",
                            s->model->source, (long long)item->index);
        if (i) putchar(' ');
        text_print(stdout, is_score ? text_python(number, s->score[item->index]) : item->text);
    }
    putchar('\n');
    return true;
}

static bool (*const do_statement[])(Session *, const CnnStatement *) = {
    [CNN_DO_SUMMARY] = do_summary,
    [CNN_DO_FIT] = do_fit,
    [CNN_DO_EVALUATE] = do_evaluate,
    [CNN_DO_PRINT] = do_print,
};

// ---- commands

static bool run_statements(Session *s) {
    const CnnModel *model = s->model;
    if (!has_statement(model, CNN_DO_FIT) && s->options.log)
        return cnn_fail(&s->error, CNN_USAGE, "--log: %s has no model.fit(); use the train command",
                        model->source);
    for (int64_t i = 0; i < model->nstatement && !s->stopped_by; i++) {
        if (!do_statement[model->statement[i].kind](s, &model->statement[i])) return false;
        fflush(stdout);
    }
    if (s->stopped_by) printf("\ninterrupted\n");
    char name[TEXT_NAME];
    if (!model->nstatement)
        fprintf(stderr, "%s: nothing to do; see --help\n",
                text_foreign(name, sizeof name, model->name));
    return true;
}

// Hours of training should not end with a path that cannot be written to.
static bool check_out(Session *s, const char *path) {
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return cnn_fail(&s->error, CNN_REFUSED, "cannot write %s: it exists and is not a file",
                        path);
    char *copy = strdup(path);
    bool ok = copy && access(dirname(copy), W_OK) == 0;
    if (!ok) cnn_fail(&s->error, CNN_SYSTEM, "cannot write %s: %s", path, strerror(errno));
    free(copy);
    return ok;
}

static bool run_train(Session *s) {
    char *own = malloc(strlen(s->model->name) + sizeof ".safetensors");
    if (!own) return cnn_fail(&s->error, CNN_SYSTEM, "out of memory");
    sprintf(own, "%s.safetensors", s->model->name);
    const char *path = s->options.out ? s->options.out : own;
    bool ok = check_out(s, path) && run_fit(s) &&
              weights_save(s->model, path, s->engine.run.params, &s->error);
    char shown[TEXT_PATH];
    if (ok)
        printf("%s%s\n", s->stopped_by ? "\ninterrupted; weights saved to " : "weights saved to ",
               text_foreign(shown, sizeof shown, path));
    free(own);
    return ok;
}

static bool run_evaluate(Session *s) {
    const CnnModel *model = s->model;
    if (!need_compile(s, "evaluate") || !need_engine(s, 0) ||
        !weights_load(model, s->options.weights, s->engine.run.params, &s->error) ||
        !need_data(s, &s->test, DATA_TEST))
        return false;
    int64_t classes = evaluate_classes(model);
    double *means = memory_new(1 + model->nmetric, sizeof *means, "the metrics", &s->error);
    int64_t *confusion =
        memory_new(classes * classes, sizeof *confusion, "the confusion matrix", &s->error);
    bool ok = means && confusion;
    if (ok) {
        Samples samples = data_samples(&s->test, model, 0, s->test.label.count);
        evaluate_samples(&s->engine, &samples, means, classes ? confusion : NULL);
        evaluate_print(model, stdout, means, confusion);
    }
    free(means);
    free(confusion);
    return ok;
}

static bool run_verify(Session *s) {
    return verify_case(s->model, s->options.file, s->options.out, thread_count(s), seed(s),
                       &s->error);
}

static bool run_bench(Session *s) {
    int64_t seconds = s->options.seconds >= 0 ? s->options.seconds : BENCH_SECONDS;
    const BenchSettings set = {.threads = thread_count(s),
                               .seed = seed(s),
                               .batch = batch_size(s),
                               .seconds = seconds,
                               .json = s->options.json,
                               .kernels = s->options.kernels};
    return bench_run(s->model, &set, &s->error);
}

static bool run_summary(Session *s) {
    return do_summary(s, NULL);
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
} commands[] = {
    {"", run_statements},       {"train", run_train},         {"evaluate", run_evaluate},
    {"verify", run_verify},     {"bench", run_bench},         {"summary", run_summary},
    {"--version", run_version}, {"--licenses", run_licenses}, {"--help", run_help},
};

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

static bool run(Session *s, int argc, char **argv) {
    if (s->model->abi != CNN_ABI)
        return cnn_fail(&s->error, CNN_SYSTEM,
                        "this program's model speaks ABI %lld and its runtime %d; link it with the "
                        "runtime of the cnnc that compiled it",
                        (long long)s->model->abi, CNN_ABI);
    if (!check_cpu(s) || !options_parse(&s->options, argc, argv, &s->error)) return false;
    if (s->model->uses_blas && openblas_set_num_threads) openblas_set_num_threads(1);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(commands[i].name, s->options.command) && !commands[i].run(s)) return false;
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    return cnn_fail(&s->error, CNN_SYSTEM, "cannot write the output: %s", strerror(errno));
}

int program_main(const CnnModel *model, int argc, char **argv) {
    Session s = {.model = model};
    bool ok = run(&s, argc, argv);
    if (!ok) {
        fflush(stdout);
        char name[TEXT_NAME];
        fprintf(stderr, "%s: error: %s\n", text_foreign(name, sizeof name, model->name),
                s.error.text);
    }
    data_free(&s.train);
    data_free(&s.test);
    engine_free(&s.engine);
    free(s.score);
    if (!ok) return s.error.code;
    return s.stopped_by ? SIGNAL_CODE + s.stopped_by : CNN_OK;
}

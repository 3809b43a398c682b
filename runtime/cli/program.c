// SPDX-License-Identifier: 0BSD
// The commands of a program. A session holds what they need and makes it at first use: the summary
// is printed before data is looked for, and evaluate doesn't read the training data.
#include "cli/cpu.h"
#include "cli/print.h"
#include "fit/checkpoint.h"
#include "io/digest.h"
#include "io/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BATCH = 32, DEFAULT_EPOCHS = 1, SIGNAL_CODE = 128 }; // Keras's; the shell's
enum { BENCH_SECONDS = 2 };

extern void openblas_set_num_threads(int)
    __attribute__((weak)); // there if the model is linked to it

typedef struct Session {
    const CnnModel *model;
    Options options;
    Data train, test;
    Engine engine;
    double *score; // [evaluate statements, 1 + nmetric], or NULL
    int64_t evaluations; // so many rows of it are there
    Kept kept; // files that no output may be
    bool trained;
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

static int64_t count_statements(const CnnModel *model, int64_t kind) {
    int64_t n = 0;
    for (int64_t i = 0; i < model->nstatement; i++) n += model->statement[i].kind == kind;
    return n;
}
static bool has_statement(const CnnModel *model, int64_t kind) {
    return count_statements(model, kind) > 0;
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
    *fit =
        (Fit){.epochs = wanted > 0 ? wanted : own, .batch_size = batch_size(s), .kept = &s->kept};
    fit->initial_epoch = model->initial_epoch;
    fit->verbose = model->has_fit ? (int)model->verbose : 1;
    fit->shuffle = !model->has_fit || model->shuffle;
    if (!need_compile(s, "training") || !need_data(s, &s->train, DATA_TRAIN)) return false;
    if (!split_data(s, fit)) return false;
    return need_engine(s, fit->batch_size < fit->train.n ? fit->batch_size : fit->train.n);
}

static bool run_fit(Session *s, Fit *fit) {
    fit->log_path = s->options.log;
    if (fit->log_path && !kept_allows(&s->kept, fit->log_path, &s->error)) return false;
    s->trained = train_fit(&s->engine, fit, &s->error);
    s->stopped_by = stop_seen();
    return s->trained;
}

// The run has failed with trained weights that are nowhere else.
static void rescue(Session *s) {
    CnnError why = s->error, none = {0};
    char *path = weights_rescue(s->model, s->engine.run.params, &none);
    if (path)
        cnn_fail(&s->error, why.code, "%.1400s; the weights are saved to %.500s instead", why.text,
                 path);
    else
        cnn_fail(&s->error, CNN_SYSTEM, "%.1000s; the weights are lost: %.900s", why.text,
                 none.text);
    free(path);
}

// ---- statements

static bool do_summary(Session *s, const CnnStatement *statement) {
    (void)statement;
    fputs(s->model->summary, stdout);
    return true;
}

static bool need_score(Session *s) {
    if (!need_compile(s, "evaluate") || !need_data(s, &s->test, DATA_TEST)) return false;
    if (!s->score)
        s->score = memory_new(count_statements(s->model, CNN_DO_EVALUATE) * (1 + s->model->nmetric),
                              sizeof *s->score, "the score", &s->error);
    return s->score;
}

// Whatever evaluate statements need is there before the first step.
static bool do_fit(Session *s, const CnnStatement *statement) {
    Fit fit;
    Stop stop;
    (void)statement;
    if (!prepare_fit(s, &fit)) return false;
    if (has_statement(s->model, CNN_DO_EVALUATE) && !need_score(s)) return false;
    stop_catch(&stop);
    bool ok = run_fit(s, &fit);
    stop_release(&stop);
    return ok;
}

static bool do_evaluate(Session *s, const CnnStatement *statement) {
    if (!need_score(s) || !need_engine(s, 0)) return false;
    Samples samples = data_samples(&s->test, s->model, 0, s->test.label.count);
    Progress progress =
        progress_start(s->model, stdout, (int)statement->verbose, ceil_div(samples.n, INFER_ROWS));
    double *score = s->score + s->evaluations++ * (1 + s->model->nmetric);
    evaluate_samples(&s->engine, &samples, score, NULL);
    progress_end(&progress, clock_seconds() - progress.start, score, NULL);
    return true;
}

static bool do_print(Session *s, const CnnStatement *statement) {
    print_line(stdout, statement, s->score);
    return true;
}

static bool (*const do_statement[])(Session *, const CnnStatement *) = {
    [CNN_DO_SUMMARY] = do_summary,
    [CNN_DO_FIT] = do_fit,
    [CNN_DO_EVALUATE] = do_evaluate,
    [CNN_DO_PRINT] = do_print,
};

// ---- commands

// Each score that is printed is computed before.
static bool check_print(Session *s, const CnnPrintItem *item, int64_t known) {
    for (int64_t i = 0; i < item->nterm; i++) {
        const CnnTerm *t = &item->term[i];
        if (t->op == CNN_LATER_SCORE && (t->number < 0 || t->number >= (double)known))
            return cnn_fail(&s->error, CNN_REFUSED, "%s prints score[%g], which nothing computed",
                            s->model->source, t->number);
    }
    return true;
}

static bool check_prints(Session *s) {
    int64_t known = 0;
    for (int64_t i = 0; i < s->model->nstatement; i++) {
        const CnnStatement *statement = &s->model->statement[i];
        if (statement->kind == CNN_DO_EVALUATE) known += 1 + s->model->nmetric;
        for (int64_t k = 0; statement->kind == CNN_DO_PRINT && k < statement->nitem; k++)
            if (!check_print(s, &statement->item[k], known)) return false;
    }
    return true;
}

static bool flush_output(Session *s) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    return cnn_fail(&s->error, CNN_SYSTEM, "cannot write the output: %s", strerror(errno));
}

static bool run_statements(Session *s) {
    const CnnModel *model = s->model;
    Stop stop;
    if (!has_statement(model, CNN_DO_FIT) && s->options.log)
        return cnn_fail(&s->error, CNN_USAGE, "--log: %s has no model.fit(); use the train command",
                        model->source);
    bool ok = check_prints(s);
    for (int64_t i = 0; ok && i < model->nstatement && !s->stopped_by; i++)
        ok = do_statement[model->statement[i].kind](s, &model->statement[i]) && flush_output(s);
    if (!ok && s->trained && !s->stopped_by) {
        stop_catch(&stop);
        stop_hold(&stop);
        rescue(s);
        stop_release(&stop);
    }
    if (s->stopped_by) printf("\ninterrupted\n");
    char name[TEXT_NAME];
    if (!model->nstatement)
        fprintf(stderr, "%s: nothing to do; see --help\n",
                text_foreign(name, sizeof name, model->name));
    return ok;
}

// The weights are saved to out, or else somewhere else.
static bool save(Session *s, const OutFile *out) {
    bool ok = weights_save(s->model, out, s->engine.run.params, NULL, &s->error);
    if (!ok) rescue(s);
    char shown[TEXT_PATH], digest[DIGEST_TEXT];
    if (ok)
        printf("%sweights saved to %s\n", s->stopped_by ? "\ninterrupted; " : "",
               text_foreign(shown, sizeof shown, out->path));
    if (ok && out->target && digest_file(out->target, digest))
        printf("weights sha256:%s\n", digest);
    fflush(stdout);
    return ok;
}

// The loss has ended the training. What was good before is saved, and the error says where.
static void save_good(Session *s, const Fit *fit, const OutFile *out) {
    CnnError why = s->error, none = {0};
    bool saved = fit->is_good && s->engine.iterations > 0 &&
                 weights_save(s->model, out, s->engine.run.params, NULL, &none);
    cnn_fail(&s->error, why.code,
             saved ? "%.1400s; the weights after %lld steps are saved to %.500s"
                   : "%.1400s; no weights were saved",
             why.text, (long long)s->engine.iterations, out->path);
}

// A state that could not be saved at the end is an error, when the weights are safe.
static bool check_saved(Session *s, const Fit *fit) {
    const Checkpoints *c = fit->checkpoints;
    if (!c) return true;
    if (c->error.code == CNN_OK) {
        char shown[TEXT_PATH];
        printf("state saved to %s\n", text_foreign(shown, sizeof shown, c->out.path));
        return true;
    }
    s->error = c->error;
    return false;
}

// What is written through may take as long as its reader likes: there a second signal still ends it.
static bool train_and_save(Session *s, Fit *fit, const OutFile *out) {
    Stop stop;
    stop_catch(&stop);
    bool ok = run_fit(s, fit);
    if (out->target) stop_hold(&stop);
    if (ok && s->stopped_by && !s->engine.iterations)
        printf("\ninterrupted before the first step; no weights were written\n");
    else if (ok)
        ok = save(s, out);
    else if (fit->by_loss)
        save_good(s, fit, out);
    ok = ok && check_saved(s, fit);
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
    if (!path) return true;
    if (o->every && !every_parse(o->every, &every, &s->error)) return false;
    fit->checkpoints = c;
    return checkpoints_open(c, s->model, path, &every, &s->kept, &s->error);
}

static bool train_to(Session *s, const char *path) {
    OutFile out = {.fd = -1};
    Checkpoints checkpoints = {.lock = -1, .out.fd = -1};
    Fit fit;
    if (!check_outputs(s, path)) return false;
    bool ok = outfile_open(&out, path, &s->kept, weights_bytes(s->model), &s->error) &&
              prepare_fit(s, &fit) && open_checkpoints(s, &checkpoints, &fit) &&
              train_and_save(s, &fit, &out);
    checkpoints_close(&checkpoints);
    outfile_close(&out);
    return ok;
}

static bool run_train(Session *s) {
    char *own = malloc(strlen(s->model->name) + sizeof ".safetensors");
    if (!own) return cnn_fail(&s->error, CNN_SYSTEM, "out of memory");
    sprintf(own, "%s.safetensors", s->model->name);
    bool ok = need_compile(s, "training") && train_to(s, s->options.out ? s->options.out : own);
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
    int64_t *confusion = // for no classes, of no size
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
    const char *path = s->options.out;
    OutFile out = {.fd = -1};
    kept_add(&s->kept, s->options.file, "the case");
    bool ok = (!path || outfile_open(&out, path, &s->kept, 0, &s->error)) &&
              verify_case(s->model, s->options.file, path ? &out : NULL, thread_count(s), seed(s),
                          &s->error);
    outfile_close(&out);
    return ok;
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
    kept_add(&s->kept, "/proc/self/exe", "this program");
    kept_add_standard(&s->kept);
    data_keep(&s->kept, s->options.data);
    if (s->model->uses_blas && openblas_set_num_threads) openblas_set_num_threads(1);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(commands[i].name, s->options.command) && !commands[i].run(s)) return false;
    if (flush_output(s)) return true;
    if (strcmp(s->options.command, "train") != 0) return false;
    char name[TEXT_NAME]; // a warning: weights are its output
    fprintf(stderr, "%s: warning: %s\n", text_foreign(name, sizeof name, s->model->name),
            s->error.text);
    return true;
}

int program_main(const CnnModel *model, int argc, char **argv) {
    outfile_start();
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

// SPDX-License-Identifier: 0BSD
// `train --runs N`: the same training from N seeds, S to S + N - 1. Each is a process of its own, forked when the
// data is read, so that it is there once; as many at a time as there are threads, each with its share of them,
// since a training on one thread loses nothing to barriers. No bit depends on that: a run is what
// `train --seed` makes it. What a run comes to it leaves in memory that it shares with the first process.
#define _GNU_SOURCE // MAP_ANONYMOUS
#include "cli/runs.h"
#include "fit/filename.h"
#include "io/text.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct Runs {
    Session *s;
    int64_t n, together, started, running;
    int threads; // of a run
    Outcome *outcome; // by run
    pid_t *process; // 0: it has not begun, or has ended
    int64_t *place; // of those at a time, which one it is
    FILE *said;
} Runs;

// In the process of a run. What it prints is not shown: lines of several runs would be mixed.
static void be_run(Session *s, int threads, int64_t place, Outcome *o) {
    Options *options = &s->options;
    int nowhere = open("/dev/null", O_WRONLY);
    setpgid(0, 0); // a signal of the terminal comes by the first process, once
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (nowhere >= 0) dup2(nowhere, STDOUT_FILENO);
    options->seed = o->seed;
    options->threads = threads;
    s->place = (int)place;
    if (options->log) options->log = filename_of_run(options->log, false, o->seed);
    char *out = options->out ? filename_of_run(options->out, false, o->seed) : NULL;
    bool ok = session_train(s, out, o);
    if (!ok) o->error = s->error;
    o->done = ok && !s->stopped_by;
    _exit(0);
}

static int64_t free_place(const Runs *r) {
    for (int64_t place = 0;; place++) {
        bool taken = false;
        for (int64_t i = 0; i < r->started; i++) taken |= r->process[i] && r->place[i] == place;
        if (!taken) return place;
    }
}

static bool start_run(Runs *r) {
    int64_t i = r->started;
    r->place[i] = free_place(r);
    r->outcome[i].seed = (int64_t)session_seed(r->s) + i;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return cnn_fail(&r->s->error, CNN_SYSTEM, "cannot start run %lld of %lld: %s",
                        (long long)i + 1, (long long)r->n, strerror(errno));
    if (child == 0) be_run(r->s, r->threads, r->place[i], &r->outcome[i]);
    r->process[i] = child;
    r->started++;
    r->running++;
    return true;
}

static void say_run(const Runs *r, int64_t i) {
    const Outcome *o = &r->outcome[i];
    char name[TEXT_NAME];
    fprintf(r->said, "run %lld of %lld, seed %lld:", (long long)i + 1, (long long)r->n,
            (long long)o->seed);
    if (!o->done) {
        fprintf(r->said, " %s\n", o->error.code ? o->error.text : "interrupted");
    } else {
        fprintf(r->said, " %lld epoch%s in %.1fs", (long long)o->epochs, o->epochs == 1 ? "" : "s",
                o->seconds);
        for (int64_t k = 0; k < o->n; k++)
            if (isfinite(o->figure[k]))
                fprintf(r->said, " - %s: %.4g", outcome_name(r->s->model, k, name), o->figure[k]);
        fputc('\n', r->said);
    }
    fflush(r->said);
}

static void note_end(Runs *r, pid_t child, int status) {
    for (int64_t i = 0; i < r->started; i++) {
        if (r->process[i] != child) continue;
        Outcome *o = &r->outcome[i];
        if (WIFSIGNALED(status) && !stop_seen())
            cnn_fail(&o->error, CNN_SYSTEM, "its process was ended by signal %d (%s)",
                     WTERMSIG(status), strsignal(WTERMSIG(status)));
        if (WIFSIGNALED(status)) o->done = false;
        r->process[i] = 0;
        r->running--;
        say_run(r, i);
    }
}

static void pass_on(const Runs *r, int number) {
    for (int64_t i = 0; i < r->started; i++)
        if (r->process[i]) kill(r->process[i], number);
}

// Until all runs have ended. A signal is passed on to them: each ends after the step under way.
static bool run_all(Runs *r) {
    static const struct timespec moment = {.tv_nsec = 2000000};
    bool ok = true;
    int told = 0, status;
    while (r->running || (ok && !stop_seen() && r->started < r->n)) {
        while (ok && !stop_seen() && r->started < r->n && r->running < r->together)
            ok = start_run(r);
        if ((!ok || stop_seen()) && !told) pass_on(r, told = stop_seen() ? stop_seen() : SIGTERM);
        pid_t child = waitpid(-1, &status, WNOHANG);
        if (child > 0)
            note_end(r, child, status);
        else
            nanosleep(&moment, NULL);
    }
    return ok;
}

// ---- what they come to

typedef struct Spread { // of a figure, over the runs that have it
    int64_t n;
    double mean, deviation, least, most; // deviation: of a sample, NaN of one run
} Spread;

static Spread spread_of(const Runs *r, int64_t figure) {
    Spread all = {.least = INFINITY, .most = -INFINITY};
    double squares = 0;
    for (int64_t i = 0; i < r->started; i++) {
        double x = r->outcome[i].figure[figure], before = all.mean;
        if (!r->outcome[i].done || !isfinite(x)) continue;
        all.mean += (x - before) / (double)++all.n;
        squares += (x - before) * (x - all.mean);
        if (x < all.least) all.least = x;
        if (x > all.most) all.most = x;
    }
    all.deviation = all.n > 1 ? sqrt(squares / (double)(all.n - 1)) : NAN;
    return all;
}

static int64_t count_done(const Runs *r) {
    int64_t n = 0;
    for (int64_t i = 0; i < r->started; i++) n += r->outcome[i].done;
    return n;
}

static void print_table(const Runs *r, double seconds) {
    char name[TEXT_NAME];
    printf("%lld of %lld runs, %lld at a time on %d thread%s each, in %.1fs\n",
           (long long)count_done(r), (long long)r->n, (long long)r->together, r->threads,
           r->threads == 1 ? "" : "s", seconds);
    if (!count_done(r)) return;
    printf("%-28s %12s %12s %12s %12s\n", "figure", "mean", "deviation", "least", "most");
    for (int64_t k = 0; k < outcome_figures(r->s->model); k++) {
        Spread of = spread_of(r, k);
        char deviation[32] = "-";
        if (!of.n) continue;
        if (of.n > 1) snprintf(deviation, sizeof deviation, "%.6g", of.deviation);
        printf("%-28s %12.6g %12s %12.6g %12.6g\n", outcome_name(r->s->model, k, name), of.mean,
               deviation, of.least, of.most);
    }
}

static json_t *spread_json(const Spread *of) {
    json_t *row = json_object();
    json_object_set_new(row, "runs", json_integer(of->n));
    json_object_set_new(row, "mean", json_real(of->mean));
    if (of->n > 1) json_object_set_new(row, "deviation", json_real(of->deviation));
    json_object_set_new(row, "least", json_real(of->least));
    json_object_set_new(row, "most", json_real(of->most));
    return row;
}

static void print_json(const Runs *r, double seconds, FILE *file) {
    json_t *root = json_object(), *runs = json_array(), *figures = json_object();
    char name[TEXT_NAME];
    for (int64_t i = 0; i < r->started; i++)
        json_array_append_new(runs, outcome_json(r->s, &r->outcome[i]));
    for (int64_t k = 0; k < outcome_figures(r->s->model); k++) {
        Spread of = spread_of(r, k);
        if (of.n)
            json_object_set_new(figures, outcome_name(r->s->model, k, name), spread_json(&of));
    }
    json_object_set_new(root, "runs", runs);
    json_object_set_new(root, "figures", figures);
    json_object_set_new(root, "seconds", json_real(seconds));
    json_dumpf(root, file, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    fputc('\n', file);
    json_decref(root);
}

// A run that failed is the whole's error, when the others have been told of.
static bool all_done(Runs *r) {
    for (int64_t i = 0; i < r->started; i++)
        if (r->outcome[i].error.code)
            return cnn_fail(&r->s->error, r->outcome[i].error.code, "run %lld, seed %lld: %.1900s",
                            (long long)i + 1, (long long)r->outcome[i].seed,
                            r->outcome[i].error.text);
    return true;
}

// All that runs read is read before the first of them.
static bool read_data(Session *s) {
    const CnnModel *m = s->model;
    Samples samples;
    if (!session_compiled(s, "training") || !session_one_fit(s)) return false;
    return session_rows(s, m->train, &samples) &&
           (!m->validation_data || session_rows(s, m->validation, &samples)) && outcome_data(s);
}

static bool make_room(Runs *r) {
    size_t bytes = (size_t)r->n * sizeof *r->outcome;
    r->process = calloc((size_t)r->n, sizeof *r->process);
    r->outcome = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    r->place = calloc((size_t)r->n, sizeof *r->place);
    if (!r->process || !r->place || r->outcome == MAP_FAILED)
        return cnn_fail(&r->s->error, CNN_SYSTEM, "out of memory for %lld runs", (long long)r->n);
    return true;
}

bool session_runs(Session *s, FILE *json) {
    Runs r = {.s = s, .n = s->options.runs, .said = json ? stderr : stdout};
    int threads = session_threads(s);
    Stop stop;
    r.together = r.n < threads ? r.n : threads;
    r.threads = threads / (int)r.together;
    if (session_seed(s) + r.n - 1 > UINT32_MAX)
        return cnn_fail(&s->error, CNN_USAGE, "--runs: the last seed would be %lld, more than %u",
                        (long long)(session_seed(s) + r.n - 1), UINT32_MAX);
    if (!read_data(s) || !make_room(&r)) return false;
    stop_catch(&stop);
    double start = clock_seconds();
    bool ok = run_all(&r);
    s->stopped_by = stop_seen();
    stop_release(&stop);
    if (json)
        print_json(&r, clock_seconds() - start, json);
    else
        print_table(&r, clock_seconds() - start);
    ok = ok && all_done(&r) && session_flush(s);
    free(r.process);
    free(r.place);
    munmap(r.outcome, (size_t)r.n * sizeof *r.outcome);
    return ok;
}

// SPDX-License-Identifier: 0BSD
// `report`: a page on a run, of its log, and where they are given of its weights and data.
#include "report/report.h"
#include "cli/session.h"
#include "io/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

// The page's place: -o, or RUN.html for RUN.jsonl.
static char *page_path(const Session *s) {
    const char *log = s->options.file[0], *dot = strrchr(log, '.');
    size_t stem = dot && !strcmp(dot, ".jsonl") ? (size_t)(dot - log) : strlen(log);
    if (s->options.out) return strdup(s->options.out);
    char *path = malloc(stem + sizeof ".html");
    if (path) sprintf(path, "%.*s.html", (int)stem, log);
    return path;
}

// What of the weights and the data can be had; a file of weights that was named must be one.
static bool look(Session *s, Report *r, Evaluation *e, Samples *samples) {
    const CnnModel *model = s->model;
    CnnRows tests;
    r->no_evaluation = "no --weights was given";
    if (!s->options.weights) return true;
    if (!session_engine(s, 0) ||
        !weights_load(model, s->options.weights, s->engine.run.params, NULL, &s->error))
        return false;
    r->params = s->engine.run.params;
    r->no_evaluation = s->error.text;
    if (!session_compiled(s, "an evaluation") || !session_tests(s, &tests) ||
        !session_rows(s, &tests, samples))
        return true;
    if (!evaluation_make(e, &s->engine, samples, &s->error)) return false;
    r->evaluation = e;
    return true;
}

static bool write_page(Session *s, const Report *r, const OutFile *out) {
    char *text = NULL;
    size_t size = 0;
    FILE *page = open_memstream(&text, &size);
    if (page) report_page(r, page);
    bool ok = page && !ferror(page);
    if (page) ok = fclose(page) == 0 && ok;
    const OutPart part = {text, size};
    CnnError error = {0};
    ok = ok ? outfile_write(out, &part, 1, &error)
            : cnn_fail(&error, CNN_SYSTEM, "out of memory for the page");
    if (!ok) s->error = error;
    free(text);
    return ok;
}

static bool make(Session *s, const RunLog *log, const OutFile *out) {
    Report r = {.model = s->model, .log = log};
    Evaluation e = {0};
    Samples samples;
    char shown[TEXT_PATH];
    r.log_path = s->options.file[0];
    r.weights_path = s->options.weights;
    bool ok = look(s, &r, &e, &samples) && write_page(s, &r, out);
    evaluation_free(&e);
    if (ok) printf("report written to %s\n", text_foreign(shown, sizeof shown, out->path));
    return ok;
}

bool session_report(Session *s) {
    OutFile out = {.fd = -1};
    RunLog log;
    char *path = page_path(s);
    if (!path) return cnn_fail(&s->error, CNN_SYSTEM, "out of memory");
    kept_add(&s->kept, s->options.file[0], "the log");
    if (s->options.weights) kept_add(&s->kept, s->options.weights, "the weights");
    bool ok = runlog_read(s->options.file[0], &log, &s->error);
    if (ok) {
        ok = outfile_open(&out, path, &s->kept, 0, &s->error) && make(s, &log, &out);
        runlog_free(&log);
    }
    outfile_close(&out);
    free(path);
    return ok;
}

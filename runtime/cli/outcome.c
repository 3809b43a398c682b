// SPDX-License-Identifier: 0BSD
// See runs.h.
#include "cli/runs.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static bool evaluates(const CnnModel *m) {
    for (int64_t i = 0; i < m->nstatement; i++)
        if (m->statement[i].kind == CNN_DO_EVALUATE) return true;
    return false;
}

int64_t outcome_figures(const CnnModel *m) {
    int64_t n = history_series(m) + (evaluates(m) ? 1 + m->nmetric : 0);
    return n < OUTCOME_FIGURES ? n : OUTCOME_FIGURES;
}

const char *outcome_name(const CnnModel *m, int64_t index, char name[TEXT_NAME]) {
    static const char *const of[] = {"", "val_", "test_"};
    int64_t figures = 1 + m->nmetric, rate = 2 * figures;
    if (index == rate) return "learning_rate";
    if (index > rate) index--;
    int64_t at = index % figures;
    snprintf(name, TEXT_NAME, "%s%s", of[index / figures], at ? m->metric[at - 1] : "loss");
    return name;
}

bool outcome_data(Session *s) {
    CnnRows tests;
    Samples samples;
    return !evaluates(s->model) || (session_tests(s, &tests) && session_rows(s, &tests, &samples));
}

static int64_t peak_bytes(void) {
    struct rusage used;
    return getrusage(RUSAGE_SELF, &used) == 0 ? (int64_t)used.ru_maxrss * 1024 : 0;
}

void outcome_take(const Session *s, const Series *series, Outcome *o) {
    const Engine *e = &s->engine;
    o->memory = engine_bytes(e->model, e->ranks, pool_threads(e->pool), e->capacity, e->rows);
    o->peak = peak_bytes();
    o->n = outcome_figures(s->model);
    for (int64_t i = 0; i < o->n; i++) {
        bool epoch = i < history_series(s->model) && series[i].n > 0;
        o->figure[i] = epoch ? series[i].value[series[i].n - 1] : NAN;
    }
}

bool outcome_evaluate(Session *s, Outcome *o) {
    CnnRows tests;
    Samples samples;
    double mean[OUTCOME_FIGURES];
    int64_t first = history_series(s->model);
    if (o->n <= first) return true;
    bool ok = session_load(s, session_fits(s)) && session_tests(s, &tests) &&
              session_rows(s, &tests, &samples);
    if (!session_together(s, ok) ||
        !evaluate_samples(&s->engine, &samples, mean, NULL, NULL, &s->error))
        return false;
    for (int64_t i = first; i < o->n; i++) o->figure[i] = (double)(float)mean[i - first];
    return true;
}

// What tells one run of many from the others.
static json_t *settings_json(const Session *s) {
    json_t *set = json_object();
    for (int i = 0; i < s->options.nset; i++) {
        const char *text = s->options.set[i];
        int length = (int)strcspn(text, "=");
        char name[TEXT_NAME];
        snprintf(name, sizeof name, "%.*s", length, text);
        json_object_set_new(set, name, json_real(strtod(text + length + 1, NULL)));
    }
    return set;
}

json_t *outcome_json(const Session *s, const Outcome *o) {
    const CnnModel *m = s->model;
    json_t *root = json_object(), *figures = json_object();
    char name[TEXT_NAME];
    json_object_set_new(root, "program", json_string(m->name));
    json_object_set_new(root, "source_hash", json_string(m->source_hash));
    json_object_set_new(root, "seed", json_integer(o->seed));
    json_object_set_new(root, "batch_size", json_integer(session_batch_size(s)));
    json_object_set_new(root, "set", settings_json(s));
    if (o->error.code) json_object_set_new(root, "error", json_string(o->error.text));
    if (!o->done) return json_decref(figures), root;
    json_object_set_new(root, "epochs", json_integer(o->epochs));
    json_object_set_new(root, "samples", json_integer(o->samples));
    json_object_set_new(root, "seconds", json_real(o->seconds));
    json_object_set_new(root, "network_bytes", json_integer(o->memory));
    json_object_set_new(root, "peak_bytes", json_integer(o->peak));
    for (int64_t i = 0; i < o->n; i++)
        if (isfinite(o->figure[i]))
            json_object_set_new(figures, outcome_name(m, i, name), json_real(o->figure[i]));
    json_object_set_new(root, "figures", figures);
    if (*o->weights) json_object_set_new(root, "weights", json_string(o->weights));
    if (*o->digest) json_object_set_new(root, "sha256", json_string(o->digest));
    return root;
}

// SPDX-License-Identifier: 0BSD
// See settings.h. A figure is a row of a table. What code was made for, sizes of layers, is not among them.
#include "cli/settings.h"
#include "engine/formula.h"
#include "io/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Setting {
    const char *name;
    bool whole; // a whole number
    double least, most;
    bool (*set)(Session *s, double value); // false with an error
} Setting;

static bool set_learning_rate(Session *s, double value) {
    CnnModel *m = &s->own;
    bool constant = m->nfigure > 0 && m->figure[0].n == 1 && m->figure[0].term->op == CNN_NUMBER;
    if (!constant)
        return cnn_fail(
            &s->error, CNN_USAGE,
            m->nfigure ? "--set learning_rate: that of %s is a schedule; change it there, or a "
                         "name that it binds by cnnc build -D NAME=VALUE"
                       : "--set learning_rate: %s has no model.compile(optimizer=, loss=)",
            m->source);
    if (s->options.resume)
        return cnn_fail(&s->error, CNN_USAGE,
                        "--set learning_rate and --resume exclude each other: a state goes on with "
                        "the rate that it was saved with");
    s->rate = (CnnTerm){.op = CNN_NUMBER, .number = value};
    memcpy(s->figure, m->figure, (size_t)m->nfigure * sizeof *s->figure);
    s->figure[0] = (CnnFormula){1, &s->rate};
    m->figure = s->figure;
    return true;
}

static bool set_option(Session *s, const char *name, int64_t *option, double value) {
    if (*option >= 0)
        return cnn_fail(&s->error, CNN_USAGE,
                        "--set %s is given twice, or beside the option for it", name);
    *option = (int64_t)value;
    return true;
}

static bool set_epochs(Session *s, double value) {
    return set_option(s, "epochs", &s->options.epochs, value);
}

static bool set_batch_size(Session *s, double value) {
    return set_option(s, "batch_size", &s->options.batch_size, value);
}

static bool set_seed(Session *s, double value) {
    return set_option(s, "seed", &s->options.seed, value);
}

static bool set_validation_split(Session *s, double value) {
    if (s->own.validation_data)
        return cnn_fail(&s->error, CNN_USAGE,
                        "--set validation_split: fit of %s has validation_data", s->own.source);
    s->own.validation_split = value;
    return true;
}

static bool set_steps_per_epoch(Session *s, double value) {
    s->own.steps_per_epoch = (int64_t)value;
    return true;
}

static const Setting settings[] = {
    {"learning_rate", false, 0, 1e30, set_learning_rate},
    {"epochs", true, 1, 1e9, set_epochs},
    {"batch_size", true, 1, INT32_MAX, set_batch_size},
    {"seed", true, 0, UINT32_MAX, set_seed},
    {"validation_split", false, 0, 0.999999, set_validation_split},
    {"steps_per_epoch", true, 1, 1e9, set_steps_per_epoch},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static const Setting *find(Session *s, const char *text, size_t length) {
    char names[256] = "", shown[TEXT_NAME], name[TEXT_NAME];
    for (int i = 0; i < SETTINGS; i++) {
        if (strlen(settings[i].name) == length && !strncmp(settings[i].name, text, length))
            return &settings[i];
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", settings[i].name);
    }
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    cnn_fail(&s->error, CNN_USAGE,
             "--set %s: a program can change %s; what else %s binds to a name needs another "
             "program: cnnc "
             "build -D NAME=VALUE",
             text_foreign(shown, sizeof shown, name), names, s->model->source);
    return NULL;
}

static bool apply(Session *s, const char *text) {
    size_t length = strcspn(text, "=");
    char shown[TEXT_NAME], *end = NULL;
    const Setting *of = find(s, text, length);
    if (!of) return false;
    const char *value = text[length] ? text + length + 1 : "";
    double number = strtod(value, &end);
    bool plain = *value && !*end && strspn(value, "0123456789.eE+-") == strlen(value);
    if (!plain || !(number >= of->least && number <= of->most) ||
        (of->whole && number != floor(number)))
        return cnn_fail(&s->error, CNN_USAGE,
                        "--set %s=: expected a %s from %.15g to %.15g, seen '%s'", of->name,
                        of->whole ? "whole number" : "number", of->least, of->most,
                        text_foreign(shown, sizeof shown, value));
    return of->set(s, number);
}

bool settings_apply(Session *s) {
    if (!s->options.nset) return true;
    s->own = *s->model;
    for (int i = 0; i < s->options.nset; i++)
        if (!apply(s, s->options.set[i])) return false;
    s->model = &s->own;
    return true;
}

// SPDX-License-Identifier: 0BSD
// The callbacks of a training, called in fit's order.
#include "fit/callback.h"
#include "fit/filename.h"
#include "io/text.h"
#include <stdarg.h>
#include <stdlib.h>

static bool make(Callback *c, const CnnModel *model, const CnnCallback *given, const Fit *fit,
                 CnnError *error) {
    const CnnCallbackClass *of = given->of;
    bool keeps = of->keeps_weights && of->keeps_weights(given->setting);
    int64_t floats = keeps ? model->param_floats : 0;
    *c = (Callback){.of = of, .model = model, .setting = given->setting, .text = given->text};
    c->fit = fit->index;
    if (of->writes) {
        c->path = filename_of_run(given->text[0], of->writes == WRITES_FOLDER, fit->run);
        if (!c->path) return cnn_fail(error, CNN_SYSTEM, "out of memory");
    }
    c->state = memory_new(of->states, sizeof *c->state, "a callback's state", error);
    if (keeps) c->weights = memory_new(floats, sizeof *c->weights, "a callback's weights", error);
    return c->state && (c->weights || !keeps);
}

Callback *callbacks_new(const CnnModel *model, const Fit *fit, CnnError *error) {
    Callback *all = memory_new(model->ncallback, sizeof *all, "the callbacks", error);
    bool ok = all;
    for (int64_t i = 0; ok && i < model->ncallback; i++)
        ok = make(&all[i], model, &model->callback[i], fit, error);
    if (ok) return all;
    callbacks_free(all, model);
    return NULL;
}

char *callbacks_resume(const Callback *all, const CnnModel *model) {
    char *path = NULL;
    for (int64_t i = 0; !path && i < model->ncallback; i++)
        if (all[i].of->resumes) path = all[i].of->resumes(&all[i]);
    return path;
}

bool callbacks_save(const Callback *all, const CnnModel *model) {
    for (int64_t i = 0; i < model->ncallback; i++)
        if (all[i].of->resumes) return true;
    return false;
}

static bool is_here(const Callback *c, const Training *t) {
    return c->of->writes == WRITES_NOTHING || t->engine->ranks->own == 0;
}

bool callbacks_start(Callback *all, const Training *t, CnnError *error) {
    bool ok = true;
    for (int64_t i = 0; ok && i < t->engine->model->ncallback; i++)
        if (all[i].of->start && is_here(&all[i], t)) ok = all[i].of->start(&all[i], t, error);
    return ok;
}

#define EACH(hook)                                                                                 \
    void callbacks_##hook(Callback *all, Training *t) {                                            \
        for (int64_t i = 0; i < t->engine->model->ncallback; i++)                                  \
            if (all[i].of->hook && is_here(&all[i], t)) all[i].of->hook(&all[i], t);               \
    }
EACH(epoch_begin)
EACH(step_end)
EACH(epoch_end)
EACH(settled)
EACH(train_end)

void callbacks_free(Callback *all, const CnnModel *model) {
    for (int64_t i = 0; all && i < model->ncallback && all[i].of; i++) {
        if (all[i].of->free) all[i].of->free(&all[i]);
        free(all[i].path);
        free(all[i].state);
        free(all[i].weights);
    }
    free(all);
}

void callback_line(const Training *t) {
    if (t->line_is_open) putchar('\n');
}

void callback_warn(const Callback *c, const char *format, ...) {
    char name[TEXT_NAME];
    va_list args;
    va_start(args, format);
    fprintf(stderr, "\n%s: warning: ", text_foreign(name, sizeof name, c->model->name));
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

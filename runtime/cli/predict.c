// SPDX-License-Identifier: 0BSD
// `predict`: samples are gathered, computed together, and answered in their order.
#include "cli/predict.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROW_FLOATS = 1 << 22, TOP = 3 }; // of all samples that wait

typedef struct Waiting {
    char *name, *note;
    Image image; // to be drawn, or {0}
} Waiting;

typedef struct Predict {
    Session *session;
    Answers answers;
    bool preview; // of an image that was named by itself
    float *x; // [rows, input_floats]
    Waiting *waiting;
    int64_t n, rows;
} Predict;

static void drop(Waiting *w) {
    free(w->name);
    free(w->note);
    image_free(&w->image);
}

static void answer_all(Predict *p) {
    const CnnModel *model = p->session->model;
    const Samples samples = {.n = p->n, .x = p->x};
    if (p->n) engine_infer(&p->session->engine, &samples, 0, p->n);
    for (int64_t i = 0; i < p->n; i++) {
        Waiting *w = &p->waiting[i];
        const Input input = {
            .name = w->name, .note = w->note, .image = w->image.value ? &w->image : NULL};
        answers_add(&p->answers, &input, p->session->engine.run.out + i * model->output_floats);
        drop(w);
    }
    p->n = 0;
}

static bool take(void *context, const Input *input, CnnError *error) {
    Predict *p = context;
    int64_t floats = p->session->model->input_floats;
    Waiting *w = &p->waiting[p->n];
    *w = (Waiting){strdup(input->name), strdup(input->note), {0}};
    bool draws = p->preview && input->alone && input->image;
    bool ok = (w->name && w->note) || cnn_fail(error, CNN_SYSTEM, "out of memory");
    if (!ok || (draws && !image_copy(&w->image, input->image, error))) return drop(w), false;
    memcpy(p->x + p->n++ * floats, input->x, (size_t)floats * sizeof *p->x);
    if (p->n == p->rows) answer_all(p);
    return true;
}

static bool read_invert(const char *text, Invert *invert, CnnError *error) {
    static const char *const names[INVERTS] = {"auto", "yes", "no"};
    for (int i = 0; i < INVERTS; i++)
        if (!text || !strcmp(text, names[i])) return *invert = (Invert)i, true;
    return cnn_fail(error, CNN_USAGE, "--invert: expected auto, yes or no");
}

static bool run(Predict *p, Inputs *in) {
    Session *s = p->session;
    bool ok = true;
    answers_begin(&p->answers);
    for (int i = 0; ok && i < s->options.nfile; i++)
        ok = inputs_each(in, s->options.file[i], &s->error);
    answer_all(p);
    answers_end(&p->answers);
    return ok;
}

bool session_predict(Session *s) {
    const CnnModel *model = s->model;
    const Options *o = &s->options;
    AnswerForm form = o->json ? ANSWER_JSON : o->csv ? ANSWER_CSV : ANSWER_TEXT;
    Answers answers = {.model = model, .file = stdout, .form = form};
    answers.top = o->top > 0 ? o->top : TOP;
    Predict p = {.session = s, .answers = answers, .rows = ROW_FLOATS / model->input_floats};
    p.preview = form == ANSWER_TEXT && isatty(STDOUT_FILENO);
    p.rows = p.rows < 1 ? 1 : p.rows > INFER_ROWS ? INFER_ROWS : p.rows;
    Inputs in;
    if (!inputs_open(&in, s)) return false;
    in.take = take;
    in.context = &p;
    in.frame.exact = o->exact;
    p.x = memory_new(p.rows * model->input_floats, sizeof *p.x, "the samples", &s->error);
    p.waiting = memory_new(p.rows, sizeof *p.waiting, "the samples", &s->error);
    bool ok = p.x && p.waiting && read_invert(o->invert, &in.frame.invert, &s->error) &&
              session_engine(s, 0) &&
              weights_load(model, o->weights, s->engine.run.params, &in.frame.trained, &s->error) &&
              run(&p, &in);
    inputs_close(&in);
    free(p.x);
    free(p.waiting);
    return ok;
}

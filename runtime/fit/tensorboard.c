// SPDX-License-Identifier: 0BSD
// TensorBoard: the figures of epochs, and of steps where that is asked for, in event files below train/ and
// validation/ of a folder, under the names that Keras gives them. A file that fails is a warning.
#include "fit/tensorboard.h"
#include "fit/callback.h"
#include "io/events.h"
#include "io/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS, STATES }; // states: steps so far
enum { TRAIN, VALIDATION, SIDES };

typedef struct Board {
    FILE *file[SIDES];
    bool failed;
    double step_start, epoch_start; // times
} Board;

static bool open_side(Board *b, const Callback *c, int side, CnnError *error) {
    static const char *const names[] = {"/train", "/validation"};
    const char *root = c->path;
    char *folder = malloc(strlen(root) + strlen(names[side]) + 1);
    if (!folder) return cnn_fail(error, CNN_SYSTEM, "out of memory");
    sprintf(folder, "%s%s", root, names[side]);
    b->file[side] = events_open(folder, side, error);
    free(folder);
    return b->file[side];
}

static bool start(Callback *c, const Training *t, CnnError *error) {
    Board *b = c->own = memory_new(1, sizeof *b, "TensorBoard", error);
    (void)t;
    return b && open_side(b, c, TRAIN, error);
}

static void fail(const Callback *c, const char *why) {
    char folder[TEXT_PATH];
    callback_warn(c, "TensorBoard cannot write to %s: %s; the run goes on without it",
                  text_foreign(folder, sizeof folder, c->path), why);
    ((Board *)c->own)->failed = true;
}

static bool put_figures(const Callback *c, int side, const char *prefix, const char *suffix,
                        int64_t step, const double *value) {
    bool ok = true;
    for (int64_t i = 0; ok && i <= c->model->nmetric; i++)
        ok = events_scalar(((Board *)c->own)->file[side], prefix,
                           i ? c->model->metric[i - 1] : "loss", suffix, step, value[i]);
    return ok;
}

static bool put_one(const Callback *c, const char *name, int64_t step, double value) {
    return events_scalar(((Board *)c->own)->file[TRAIN], name, "", "", step, value);
}

static void step_end(Callback *c, Training *t) {
    Board *b = c->own;
    double now, start = b->step_start;
    int64_t step = (int64_t)++c->state[STEPS], every = (int64_t)c->setting[BOARD_STEPS];
    if (!every || b->failed) return;
    b->step_start = now = clock_seconds();
    if (step % every != 0) return;
    bool ok = put_figures(c, TRAIN, "batch_", "", step, t->means);
    if (c->setting[BOARD_SPEED] != 0)
        ok = ok && put_one(c, "batch_steps_per_second", step, 1 / (now - start));
    if (!ok) fail(c, strerror(errno));
}

static void epoch_begin(Callback *c, Training *t) {
    Board *b = c->own;
    (void)t;
    b->step_start = b->epoch_start = clock_seconds();
}

static bool put_training(const Callback *c, const Training *t) {
    double seconds = clock_seconds() - ((const Board *)c->own)->epoch_start;
    bool ok = put_figures(c, TRAIN, "epoch_", "", t->epoch, t->means) &&
              put_one(c, "epoch_learning_rate", t->epoch, engine_rate(t->engine));
    if (ok && c->setting[BOARD_SPEED] != 0)
        ok = put_one(c, "epoch_steps_per_second", t->epoch, (double)t->steps / seconds);
    return ok;
}

static bool put_validation(const Callback *c, const Training *t) {
    return put_figures(c, VALIDATION, "evaluation_", "_vs_iterations", t->engine->iterations,
                       t->val) &&
           put_figures(c, VALIDATION, "epoch_", "", t->epoch, t->val);
}

static void epoch_end(Callback *c, Training *t) {
    Board *b = c->own;
    CnnError error = {0};
    if (b->failed) return;
    if (t->val && !b->file[VALIDATION] && !open_side(b, c, VALIDATION, &error)) {
        fail(c, error.text);
        return;
    }
    bool ok = put_training(c, t) && fflush(b->file[TRAIN]) == 0;
    if (t->val) ok = ok && put_validation(c, t) && fflush(b->file[VALIDATION]) == 0;
    if (!ok) fail(c, strerror(errno));
}

static void end(Callback *c) {
    Board *b = c->own;
    for (int side = 0; b && side < SIDES; side++)
        if (b->file[side] && fclose(b->file[side]) != 0 && !b->failed) fail(c, strerror(errno));
    free(b);
}

const CnnCallbackClass cnn_tensorboard = {.states = STATES,
                                          .writes = WRITES_FOLDER,
                                          .start = start,
                                          .epoch_begin = epoch_begin,
                                          .step_end = step_end,
                                          .epoch_end = epoch_end,
                                          .free = end};

// SPDX-License-Identifier: 0BSD
// ModelCheckpoint: weights, with the optimiser's state unless they alone are asked for, saved after epochs or
// after so many steps, or only where a figure improves. A file that cannot be written is a warning: what
// matters more is the training. Whether the first one can be is found out before.
#include "fit/model_checkpoint.h"
#include "fit/callback.h"
#include "fit/filename.h"
#include "io/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SINCE = MONITOR_STATES, STATES }; // steps since the last one that was saved
enum { LONGEST = 4096 }; // name of a file

// ---- the name

typedef struct Name { // under construction
    char text[LONGEST];
    size_t length;
} Name;

// The value of a figure by its name; NaN where the epoch has no such one yet.
static double find(const Callback *c, const Training *t, const char *name) {
    bool val = !strncmp(name, "val_", 4);
    const double *from = val ? t->val : t->means;
    if (val) name += 4;
    for (int64_t i = 0; from && i <= c->model->nmetric; i++)
        if (!strcmp(name, i ? c->model->metric[i - 1] : "loss")) return from[i];
    return NAN;
}

static int put_float(char *to, size_t room, const NamePiece *p, double value) {
    char form[] = "%0*.*f", number[TEXT_NUMBER];
    if (!p->type) return snprintf(to, room, "%s", text_python(number, value));
    snprintf(form, sizeof form, p->zeros ? "%%0*.*%c" : "%%*.*%c", p->type);
    return snprintf(to, room, form, p->width < 0 ? 0 : p->width,
                    p->precision < 0 ? 6 : p->precision, (double)(float)value);
}

static int put_piece(const Callback *c, const Training *t, const NamePiece *p, char *to,
                     size_t room) {
    bool epoch = !strcmp(p->name, "epoch");
    if (p->literal) return snprintf(to, room, "%c", p->literal);
    if (!epoch && strcmp(p->name, "batch") != 0) return put_float(to, room, p, find(c, t, p->name));
    return snprintf(to, room, p->zeros ? "%0*lld" : "%*lld", p->width < 0 ? 0 : p->width,
                    (long long)(epoch ? t->epoch : t->step) + 1);
}

static bool make_name(const Callback *c, const Training *t, Name *name, CnnError *error) {
    NamePiece piece;
    name->length = 0;
    for (const char *at = c->path; at && *at;) {
        at = filename_piece(at, &piece);
        size_t room = sizeof name->text - name->length;
        int n = at ? put_piece(c, t, &piece, name->text + name->length, room) : -1;
        if (n < 0 || (size_t)n >= room)
            return cnn_fail(error, CNN_REFUSED, "the name %s is too long", c->path);
        name->length += (size_t)n;
    }
    return true;
}

// ---- the file

static bool save(const Callback *c, const Training *t, const char *path, CnnError *error) {
    OutFile out = {.fd = -1};
    Engine *e = t->engine;
    bool whole = c->setting[SAVE_WEIGHTS] == 0;
    bool ok = outfile_folders(path, error) &&
              outfile_open(&out, path, t->fit->kept, weights_bytes(c->model), error) &&
              weights_save(e, &out, whole, error);
    outfile_close(&out);
    return ok;
}

// Says what is done, before it is. False: the figure has not improved.
static bool wanted(const Callback *c, const Training *t, const char *path) {
    bool says = c->setting[SAVE_VERBOSE] > 0;
    char old[TEXT_NUMBER] = "None", shown[TEXT_PATH];
    long long epoch = (long long)t->epoch + 1;
    if (says) callback_line(t);
    text_foreign(shown, sizeof shown, path);
    if (c->setting[SAVE_BEST] == 0) {
        if (says) printf("Epoch %lld: saving model to %s\n", epoch, shown);
        return true;
    }
    double figure = monitor_figure(c, t), than = c->state[MONITOR_BEST];
    bool first = c->state[MONITOR_SEEN] == 0, improves = first || monitor_better(c, figure, than);
    if (!first) snprintf(old, sizeof old, "%.5f", (double)(float)than);
    if (says && improves)
        printf("Epoch %lld: %s improved from %s to %.5f, saving model to %s\n", epoch,
               c->text[SAVE_MONITOR], old, (double)(float)figure, shown);
    else if (says)
        printf("Epoch %lld: %s did not improve from %s\n", epoch, c->text[SAVE_MONITOR], old);
    return improves;
}

static void save_if_wanted(Callback *c, Training *t) {
    CnnError error = {0};
    Name name;
    char shown[TEXT_PATH];
    bool ok = make_name(c, t, &name, &error);
    if (ok && !wanted(c, t, name.text)) return;
    ok = ok && save(c, t, name.text, &error);
    if (!ok) {
        callback_warn(c, "%s", error.text);
        return;
    }
    if (c->setting[SAVE_BEST] != 0) monitor_improves(c, monitor_figure(c, t));
    if (c->setting[SAVE_VERBOSE] > 0)
        printf("Epoch %lld: finished saving model to %s\n", (long long)t->epoch + 1,
               text_foreign(shown, sizeof shown, name.text));
}

// ---- the callback

static bool start(Callback *c, const Training *t, CnnError *error) {
    double threshold = c->setting[SAVE_THRESHOLD];
    OutFile out = {.fd = -1};
    Name name;
    if (!isnan(threshold) && !t->resumed) {
        c->state[MONITOR_SEEN] = 1;
        c->state[MONITOR_BEST] = threshold;
    }
    bool ok = make_name(c, t, &name, error) && outfile_folders(name.text, error) &&
              outfile_open(&out, name.text, t->fit->kept, weights_bytes(c->model), error);
    outfile_close(&out);
    return ok;
}

static void step_end(Callback *c, Training *t) {
    if (c->setting[SAVE_STEPS] == 0 || ++c->state[SINCE] < c->setting[SAVE_STEPS]) return;
    c->state[SINCE] = 0;
    save_if_wanted(c, t);
}

static void epoch_end(Callback *c, Training *t) {
    bool known = c->setting[SAVE_BEST] == 0 || monitor_there(c, t);
    if (c->setting[SAVE_STEPS] == 0 && known) save_if_wanted(c, t);
}

const CnnCallbackClass cnn_model_checkpoint = {.states = STATES,
                                               .writes = WRITES_FILE,
                                               .start = start,
                                               .step_end = step_end,
                                               .epoch_end = epoch_end};

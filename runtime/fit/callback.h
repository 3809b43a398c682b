// SPDX-License-Identifier: 0BSD
// What acts on a training: before and after its epochs, after its steps and at its end. A model's
// descriptor points at the classes it uses, so that a program holds no other.
#ifndef CNN_CALLBACK_H
#define CNN_CALLBACK_H
#include "runtime.h"

typedef struct Callback Callback;
typedef struct Training { // what callbacks see of it, and change
    Engine *engine;
    const Fit *fit;
    Callback *callback; // as many as the model has
    int64_t steps; // in an epoch
    int64_t epoch, step; // under way, from 0
    double *sums; // what loss and metrics come from, of the epoch's samples so far; up to means
    double seconds,
        started; // that its steps have taken, but those since it was `started`, unless that is 0
    double train_sum, val_sum; // checksums of their data, when they are summed
    bool is_summed;
    double *identity; // what a checkpoint says that it is of; NULL where none is saved or read
    int64_t log_bytes; // of the log, when the state was saved
    bool resumed; // it goes on from a state that was saved; callbacks have theirs
    const double *means, *val; // loss and metrics of the epoch so far; of its validation, or NULL
    double loss; // of the step, summed over its samples
    bool rate_is_figure; // a callback has put the learning rate among the epoch's figures
    bool line_is_open; // on a terminal the epoch's bar stands there, without the line's end
    bool stop; // no step more
    bool loss_is_seen_to; // where it is not finite: that is no error
} Training;

struct Callback { // one at work
    const CnnCallbackClass *of;
    const CnnModel *model;
    const double *setting;
    const char *const *text;
    int64_t fit; // of the model's fits
    char *path; // what it writes, where its class does
    double *state; // of->states figures, 0 at first: all it has to know to go on after an epoch
    float *weights; // room for the model's, where the class keeps some
    void *own; // what start() has made
};

static inline int64_t training_sums(const Training *t) { // how many
    return t->means - t->sums;
}

typedef void CallbackHook(Callback *c, Training *t);
enum { WRITES_NOTHING, WRITES_FILE, WRITES_FOLDER };
struct CnnCallbackClass { // what is NULL is not called
    int64_t states;
    // What its first text names, which may have fields. Then the training does not depend on it: of ranks, the
    // first has it alone.
    int writes;
    bool (*keeps_weights)(const double *setting);
    // Before the first epoch: all that may fail by the user's doing, before there is work to lose. Where the
    // training was resumed, the state is what it was.
    bool (*start)(Callback *c, const Training *t, CnnError *error);
    CallbackHook *epoch_begin, *step_end;
    CallbackHook *epoch_end; // after validation and the log's row
    // After a step (t->step is then the next one) or an epoch (then that is 0), when all callbacks have seen
    // it: the training's state may be saved.
    CallbackHook *settled;
    CallbackHook *train_end; // unless a signal or an error ended it
    // Set where it saves or reads checkpoints. A file with the state that the training is to go on from, from malloc; NULL: none.
    char *(*resumes)(const Callback *c);
    void (*free)(Callback *c); // what start() has made, also when that failed
};

// ---- callbacks.c: all callbacks of a model
Callback *callbacks_new(const CnnModel *model, const Fit *fit, CnnError *error);
char *callbacks_resume(const Callback *all,
                       const CnnModel *model); // as resumes() above, of the first
bool callbacks_save(const Callback *all,
                    const CnnModel *model); // does one of them save checkpoints?
bool callbacks_start(Callback *all, const Training *t, CnnError *error);
void callbacks_epoch_begin(Callback *all, Training *t);
void callbacks_step_end(Callback *all, Training *t);
void callbacks_epoch_end(Callback *all, Training *t);
void callbacks_settled(Callback *all, Training *t);
void callbacks_train_end(Callback *all, Training *t);
void callbacks_free(Callback *all, const CnnModel *model); // NULL is nothing
// To be called before something is printed after a step.
void callback_line(const Training *t);
// An output failed: a warning, and the training goes on.
void callback_warn(const Callback *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#endif

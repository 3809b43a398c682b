// SPDX-License-Identifier: MIT
// What a callback's file says, and all it says: its arguments, which class of the runtime acts for it, and
// how arguments, model and fit become that one's settings and texts.
#ifndef CNNC_CALLBACK_H
#define CNNC_CALLBACK_H
#include "script/eval.h"
#include "../runtime/abi.h"

struct CallbackClass {
    ObjectClass object; // name and arguments
    const char *symbol; // CALLBACK_RUNTIME(the runtime's CnnCallbackClass)
    const CnnCallbackClass *runtime; // it is there
    int nsetting, ntext; // that there is room for
    bool sets_rate; // while the training runs it may change the learning rate
    bool stops; // fewer epochs may be trained than fit says
    // Fills in settings and texts. Reports and returns false where the model or fit lacks what it needs.
    bool (*settings)(Eval *e, const Object *object, const Fit *fit, Callback *made);
};
#define CALLBACK_RUNTIME(name) .symbol = #name, .runtime = &name

extern const CallbackClass *const callback_classes[]; // NULL-terminated, from callbacks.def

// fit's argument: None, a callback, or a list of them, nested ones too. False: reported.
bool callbacks_read(Eval *e, const Value *v, Loc loc, Fit *fit);
bool callbacks_agree(Eval *e, const Fit *fit, Loc loc); // on the learning rate. False: reported.
void callback_print(Arena *a, FILE *out, const Callback *c); // a line of --dump=graph

// ---- what several callbacks share
#define CALLBACK_VERBOSE(offset_)                                                                  \
    {"verbose", ARG_INT, offset_, .standard = "0", .min = 0, .max = INFINITY}
// Where an argument stands, or the callback where it is not given.
Loc callback_arg_loc(const Object *object, int index);
// save_freq: "epoch", then *steps is 0, or a number of steps.
bool callback_save_freq(Eval *e, const Value *v, double *steps);
// A rate that a callback sets must not be a schedule's.
bool callback_rate_can_be_set(Eval *e, const Object *object);

// monitor.c: which figure a callback looks at, and what is better
typedef struct Monitor {
    const char *name; // "val_loss"
    int arg; // the argument's index
    int mode; // of monitor_modes
    double min_delta;
} Monitor;
extern const char *const monitor_modes[];
bool monitor_settings(Eval *e, const Object *object, const Fit *fit, const Monitor *m,
                      double *setting);
// The index of the figure that an epoch has under this name, without val_, or -1.
int monitor_find(const Model *m, const char *name);
bool monitor_validates(const Fit *fit);
const char *monitor_list(Arena *a, const Model *m); // 'loss', 'accuracy'
#endif

// SPDX-License-Identifier: MIT
// What a callback's file says, and all it says: its arguments, which class of the runtime acts for it, and
// how arguments, model and fit become that one's settings.
#ifndef CNNC_CALLBACK_H
#define CNNC_CALLBACK_H
#include "model/eval.h"
#include "../runtime/abi.h"

enum { MAX_SETTINGS = 16 };

struct CallbackClass {
    ObjectClass object; // name and arguments
    const char *symbol; // CALLBACK_RUNTIME(the runtime's CnnCallbackClass)
    const CnnCallbackClass *runtime; // it is there
    int nsetting;
    // Fills in the settings. Reports and returns false where the model or fit lacks what it needs.
    bool (*settings)(Eval *e, const Object *object, const Fit *fit, double setting[MAX_SETTINGS]);
};
#define CALLBACK_RUNTIME(name) .symbol = #name, .runtime = &name

extern const CallbackClass *const callback_classes[]; // NULL-terminated, from callbacks.def

// fit's argument: None, a callback, or a list of them, nested ones too. False: reported.
bool callbacks_read(Eval *e, const Value *v, Loc loc, const Fit *fit);
#endif

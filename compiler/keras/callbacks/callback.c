// SPDX-License-Identifier: MIT
// The list of callbacks, and those that a fit names.
#include "keras/callbacks/callback.h"
#include "support/limit.h"

#define CALLBACK(x) extern const CallbackClass callback_##x;
#include "keras/callbacks/callbacks.def"
#undef CALLBACK

const CallbackClass *const callback_classes[] = {
#define CALLBACK(x) &callback_##x,
#include "keras/callbacks/callbacks.def"
#undef CALLBACK
    NULL};

static bool add(Eval *e, const Object *object, const Fit *fit) {
    const CallbackClass *cls = object->thing->row;
    Model *m = e->model;
    double *setting =
        ARENA_ARRAY(e->a, double, WITHIN(cls->nsetting, MAX_SETTINGS, "settings of a callback"));
    if (!cls->settings(e, object, fit, setting)) return false;
    Callback made = {cls, setting};
    ARENA_PUSH(e->a, m->callback, m->ncallback, made);
    return true;
}

bool callbacks_read(Eval *e, const Value *v, Loc loc, const Fit *fit) {
    bool good = true;
    if (v->kind == VALUE_NONE) return true;
    if (v->kind == VALUE_ERROR) return false; // was refused by name
    if (v->kind == VALUE_OBJECT && v->object->thing->kind == THING_CALLBACK)
        return add(e, v->object, fit);
    if (value_is_sequence(v)) {
        for (int i = 0; i < v->n; i++) good &= callbacks_read(e, &v->item[i], v->item[i].loc, fit);
        return good;
    }
    diag_error(e->d, loc, 206, "expected a callback, found %s", value_describe(e->a, v));
    return false;
}

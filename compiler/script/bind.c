// SPDX-License-Identifier: MIT
// Arguments of a call against the argument table of what is called: each finds its place, and is converted to its
// field of a typed struct, or refused at its own place.
#include "script/convert.h"
#include "support/text.h"
#include <string.h>

typedef struct Slot { // one argument of the call being bound
    const Arg *arg;
    char *out; // its field
    Loc *loc;
    const Argument *given;
} Slot;

static int count(const Arg *args) {
    int n = 0;
    while (args[n].name) n++;
    return n;
}

Loc *bind_locs(Arena *a, const Arg *args) {
    return ARENA_ARRAY(a, Loc, count(args) + 1);
}

static Slot *find_slot(Slot *slots, int n, const char *keyword) {
    for (int i = 0; i < n; i++)
        if (strcmp(slots[i].arg->name, keyword) == 0) return &slots[i];
    return NULL;
}

static bool unknown_argument(Eval *e, const Call *call, const Argument *given, const Slot *slots,
                             int n) {
    const char **names = ARENA_ARRAY(e->a, const char *, n + 1);
    for (int i = 0; i < n; i++) names[i] = slots[i].arg->name;
    const char *nearest = text_nearest(given->keyword, names, n);
    diag_error(e->d, given->loc, 201, "unknown argument '%s' of %s", given->keyword, call->what);
    if (spelling_argument(e, given, names, n)) return false;
    if (nearest) diag_help(e->d, given->loc, "did you mean '%s'?", nearest);
    return false;
}

// `decay` of an optimizer: Keras 3 takes it, warns and does nothing.
static bool is_ignored(Slot *slots, int n, const Argument *given) {
    return strcmp(given->keyword, "decay") == 0 && find_slot(slots, n, "learning_rate") &&
           find_slot(slots, n, "weight_decay");
}

// `alpha` of LeakyReLU: Keras 3 takes it, and warns.
static Slot *deprecated_slot(Eval *e, const Argument *given, Slot *slots, int n) {
    Slot *slot = strcmp(given->keyword, "alpha") ? NULL : find_slot(slots, n, "negative_slope");
    if (!slot) return NULL;
    diag_warning(e->d, given->loc, "deprecated", "Keras 3 calls it 'negative_slope'");
    edit_keyword(e, given->loc, "alpha", "negative_slope");
    return slot;
}

// Which argument of the call goes to which slot.
static bool distribute(Eval *e, const Call *call, Slot *slots, int n, int npositional) {
    bool good = true, keywords = false;
    for (int i = 0; i < call->n; i++) {
        const Argument *given = &call->arg[i];
        Slot *slot = given->keyword ? find_slot(slots, n, given->keyword)
                                    : (i < npositional ? &slots[i] : NULL);
        if (!slot && given->keyword) slot = deprecated_slot(e, given, slots, n);
        keywords |= given->keyword != NULL;
        if (keywords && !given->keyword) {
            diag_error(e->d, given->loc, 203, "a positional argument behind a keyword argument");
            good = false;
        } else if (!slot && given->keyword && is_ignored(slots, n, given)) {
            diag_warning(e->d, given->loc, "decay",
                         "Keras 3 ignores 'decay': use a schedule of keras.optimizers.schedules");
            edit_argument_away(e, given->loc);
        } else if (!slot && given->keyword) {
            good = unknown_argument(e, call, given, slots, n);
        } else if (!slot) {
            diag_error(e->d, given->loc, 202, "%s takes at most %d positional argument%s",
                       call->what, npositional, npositional == 1 ? "" : "s");
            return false;
        } else if (slot->given) {
            diag_error(e->d, given->loc, 204, "the argument '%s' is given twice", slot->arg->name);
            diag_note(e->d, slot->given->loc, "it is given here first");
            good = false;
        } else {
            slot->given = given;
        }
    }
    return good;
}

static bool fill(Eval *e, const Call *call, const Slot *slot) {
    const Arg *arg = slot->arg;
    if (slot->given) {
        *slot->loc = slot->given->loc;
        return convert(e, arg, &slot->given->value, slot->given->loc, slot->out);
    }
    if (!arg->standard) {
        diag_error(e->d, call->loc, 205, "%s needs the argument '%s'", call->what, arg->name);
        return false;
    }
    if (arg->type == ARG_ONLY_DEFAULT) return true;
    Value standard = value_literal(e->a, arg->standard, call->loc);
    return convert(e, arg, &standard, call->loc, slot->out);
}

bool bind(Eval *e, const Call *call, const ArgTable *tables, int ntable) {
    int n = 0;
    for (int t = 0; t < ntable; t++) n += count(tables[t].args);
    Slot *slots = ARENA_ARRAY(e->a, Slot, n + 1), *slot = slots;
    for (int t = 0; t < ntable; t++)
        for (int i = 0; tables[t].args[i].name; i++) {
            const Arg *arg = &tables[t].args[i];
            char *out = tables[t].out; // NULL where no argument is kept
            *slot++ = (Slot){arg, out ? out + arg->offset : NULL, &tables[t].loc[i], NULL};
        }
    bool good = distribute(e, call, slots, n, count(tables[0].args));
    for (int i = 0; i < n; i++)
        if (good || slots[i].given) good &= fill(e, call, &slots[i]);
    return good;
}

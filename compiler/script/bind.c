// SPDX-License-Identifier: MIT
// Arguments of a call against the argument table of what is called: each value is converted to its
// field of a typed struct, or refused at its own place.
#include "keras/activation.h"
#include "keras/optimizers/optimizer.h"
#include "keras/regularizers/regularizer.h"
#include "script/eval.h"
#include "support/text.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

typedef struct Slot { // one argument of the call being bound
    const Arg *arg;
    char *out; // its field
    Loc *loc;
    const Argument *given;
} Slot;

// --------------------------------------------------------------------------------- complaints

// A value that is not known when the script is compiled, whole or in part.
static bool refuse_foreign(Eval *e, const char *name, const Value *v, Loc loc) {
    const Foreign *f = foreign_within(v, 0);
    if (!f) return false;
    bool shape = strstr(f->what, ".shape") || strncmp(f->what, "len(", 4) == 0;
    diag_error(e->d, loc, 206, "'%s' must be known when the script is compiled, and %s is not",
               name, f->what);
    diag_note(e->d, f->loc, "%s comes in here, and is not compiled", f->what);
    if (shape)
        diag_help(e->d, loc,
                  "write the numbers, as in (28, 28, 1), or the line that loads the "
                  "data, as in mnist.load_data()");
    return true;
}

static bool wrong_type(Eval *e, const Arg *arg, const Value *v, Loc loc, const char *wanted) {
    if (v->kind == VALUE_THING && v->thing->kind == THING_UNSUPPORTED)
        diag_error(e->d, loc, 208, "%s is not supported yet", v->thing->name);
    else if (v->kind != VALUE_ERROR && !refuse_foreign(e, arg->name, v, loc))
        diag_error(e->d, loc, 206, "'%s' must be %s, not %s", arg->name, wanted,
                   value_describe(e->a, v));
    return false;
}

static const char *number_text(Arena *a, double x) {
    return value_str(a, &(Value){.kind = VALUE_FLOAT, .real = x});
}

static const char *bound_text(Arena *a, double x, bool integer) {
    return integer ? arena_printf(a, "%.0f", x) : arena_printf(a, "%g", x);
}

static bool in_range(Eval *e, const char *name, const Value *v, Loc loc, double min, double max,
                     bool below) {
    double x = value_real(v);
    bool integer = v->kind == VALUE_INT;
    const char *found =
        integer ? arena_printf(e->a, "%lld", (long long)v->integer) : number_text(e->a, x);
    if (!isfinite(x)) {
        diag_error(e->d, loc, 207, "'%s' must be finite, not %s", name, found);
        return false;
    }
    bool none = min == 0 && max == 0;
    if (none || (x >= min && (below ? x < max : x <= max))) return true;
    if (isinf(max))
        diag_error(e->d, loc, 207, "'%s' must be at least %s, not %s", name,
                   bound_text(e->a, min, integer), found);
    else
        diag_error(e->d, loc, 207, "'%s' must be from %s to %s%s, not %s", name,
                   bound_text(e->a, min, integer), below ? "below " : "",
                   bound_text(e->a, max, integer), found);
    return false;
}

// -------------------------------------------------------------------------------- conversions
// One function a type: value -> field `out`; false: reported.

static bool to_int(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    if (v->kind != VALUE_INT) return wrong_type(e, arg, v, loc, "an integer");
    *(int64_t *)out = v->integer;
    return in_range(e, arg->name, v, loc, arg->min, arg->max, arg->below);
}

static bool to_int_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    *(int64_t *)out = 0;
    return v->kind == VALUE_NONE || to_int(e, arg, v, loc, out);
}

static bool to_float(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    if (v->kind != VALUE_INT && v->kind != VALUE_FLOAT)
        return wrong_type(e, arg, v, loc, "a number");
    *(double *)out = value_real(v);
    return in_range(e, arg->name, v, loc, arg->min, arg->max, arg->below);
}

static bool to_float_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    *(double *)out = NAN;
    return v->kind == VALUE_NONE || to_float(e, arg, v, loc, out);
}

static bool to_bool(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    if (v->kind != VALUE_BOOL) return wrong_type(e, arg, v, loc, "True or False");
    *(bool *)out = v->integer;
    return true;
}

// An integer for all sizes, or a sequence of so many.
static bool to_sizes(Eval *e, const Arg *arg, const Value *v, Loc loc, int64_t *out, int n) {
    static const char *const wanted[] = {
        [1] = "an integer, also as in (3,)", [2] = "an integer or two, as in (3, 3)"};
    bool sequence = value_is_sequence(v);
    if (sequence ? value_count(v) != n : v->kind != VALUE_INT)
        return wrong_type(e, arg, v, loc, wanted[n]);
    for (int i = 0; i < n; i++) {
        const Value *item = sequence ? value_at(v, i) : v;
        if (!to_int(e, arg, item, loc, &out[i])) return false;
    }
    return true;
}

// None is one below the least that may be given.
static bool to_sizes_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, int64_t *out, int n) {
    for (int i = 0; i < n; i++) out[i] = (int64_t)arg->min - 1;
    return v->kind == VALUE_NONE || to_sizes(e, arg, v, loc, out, n);
}

static bool to_single(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    return to_sizes(e, arg, v, loc, out, 1);
}

static bool to_single_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    return to_sizes_opt(e, arg, v, loc, out, 1);
}

static bool to_pair(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    return to_sizes(e, arg, v, loc, out, 2);
}

static bool to_pair_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    return to_sizes_opt(e, arg, v, loc, out, 2);
}

// By dimension what is before and behind: one for all, one for both sides, or a pair.
static bool to_sides(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    int64_t(*side)[2] = out;
    bool sequence = value_is_sequence(v);
    if (sequence ? value_count(v) != 2 : v->kind != VALUE_INT)
        return wrong_type(e, arg, v, loc, "an integer, two, or two pairs, as in ((1, 1), (2, 2))");
    for (int i = 0; i < 2; i++)
        if (!to_sizes(e, arg, sequence ? value_at(v, i) : v, loc, side[i], 2)) return false;
    return true;
}

bool bind_shape(Eval *e, const char *name, const Value *v, Loc loc, double min, Shape *out) {
    if (refuse_foreign(e, name, v, loc)) return false;
    if (!value_is_sequence(v)) {
        if (v->kind != VALUE_ERROR)
            diag_error(e->d, loc, 206, "'%s' must be a tuple, not %s", name,
                       value_describe(e->a, v));
        if (v->kind == VALUE_INT)
            diag_help(e->d, loc, "write %s=(%lld,)", name, (long long)v->integer);
        return false;
    }
    if (value_count(v) < 1 || value_count(v) > MAX_RANK) {
        diag_error(e->d, loc, 207, "'%s' must have 1 to %d dimensions, not %d", name, MAX_RANK,
                   value_count(v));
        return false;
    }
    out->rank = value_count(v);
    for (int i = 0; i < out->rank; i++) {
        const Value *item = value_at(v, i);
        if (item->kind == VALUE_NONE) {
            diag_error(e->d, loc, 207, "every dimension of '%s' must be known, not None", name);
            return false;
        }
        if (item->kind != VALUE_INT) {
            if (item->kind != VALUE_ERROR)
                diag_error(e->d, loc, 206, "'%s' must hold integers, not %s", name,
                           value_describe(e->a, item));
            return false;
        }
        if (!in_range(e, name, item, loc, min, INFINITY, false)) return false;
        out->dim[i] = item->integer;
    }
    return true;
}

static bool to_shape(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    return bind_shape(e, arg->name, v, loc, arg->min, out);
}

static bool same_letters(const char *a, const char *b) {
    while (*a && tolower((unsigned char)*a) == tolower((unsigned char)*b)) a++, b++;
    return *a == 0 && *b == 0;
}

static bool to_choice(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    const char *list = "";
    int n = 0;
    for (; arg->choices[n]; n++) {
        if (v->kind == VALUE_STRING && same_letters(v->text, arg->choices[n])) {
            *(int *)out = n;
            return true;
        }
        list = arena_printf(e->a, "%s%s\"%s\"", list, n ? " or " : "", arg->choices[n]);
    }
    wrong_type(e, arg, v, loc, list);
    const char *nearest = v->kind == VALUE_STRING ? text_nearest(v->text, arg->choices, n) : NULL;
    if (nearest) diag_help(e->d, loc, "did you mean \"%s\"?", nearest);
    return false;
}

static bool unknown_activation(Eval *e, const char *name, Loc loc) {
    if (catalog_unsupported(e, "activations", name)) {
        diag_error(e->d, loc, 208, "the activation \"%s\" is not supported yet", name);
        return false;
    }
    const char **names = NULL;
    int n = 0;
    for (const Activation *act = activations; act->name; act++)
        ARENA_PUSH(e->a, names, n, act->name);
    diag_error(e->d, loc, 210, "unknown activation \"%s\"", name);
    const char *nearest = text_nearest(name, names, n);
    if (nearest) diag_help(e->d, loc, "did you mean \"%s\"?", nearest);
    return false;
}

// A layer in the place of an activation, as Keras takes it; NULL: reported.
static const Activation *activation_of_layer(Eval *e, const Value *v, Loc loc) {
    const LayerClass *cls = v->object->thing->row;
    if (cls->activates) {
        Activation *act = ARENA_NEW(e->a, Activation);
        *act = (Activation){.name = cls->stem, .layer = cls, .args = v->object->args};
        return act;
    }
    diag_error(e->d, loc, 208, "%s as an activation is not supported", cls->name);
    diag_help(e->d, loc, "put it behind the layer, as a layer of its own");
    return NULL;
}

static bool is_layer(const Value *v) {
    return v->kind == VALUE_OBJECT && v->object->thing->kind == THING_LAYER;
}

static bool to_activation(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    const Activation *act = NULL;
    if (v->kind == VALUE_NONE)
        act = &activations[0];
    else if (v->kind == VALUE_THING && v->thing->kind == THING_ACTIVATION)
        act = v->thing->row;
    else if (is_layer(v))
        act = activation_of_layer(e, v, loc);
    else if (v->kind != VALUE_STRING)
        return wrong_type(e, arg, v, loc, "the name of an activation or None");
    else if (!(act = activation_find(v->text)))
        return unknown_activation(e, v->text, loc);
    *(const Activation **)out = act;
    return act != NULL;
}

static bool to_init(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    (void)arg; // the value's own kind is judged
    const Object *object = object_resolve(e, THING_INITIALIZER, "initializer", v, loc);
    if (object) *(Initializer *)out = (Initializer){object->thing->row, object->args, loc};
    return object != NULL;
}

static bool to_penalty(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    (void)arg; // the value's own kind is judged
    *(Penalty *)out = (Penalty){0};
    if (v->kind == VALUE_NONE) return true;
    const Object *object = object_resolve(e, THING_REGULARIZER, "regularizer", v, loc);
    if (!object) return false;
    const RegularizerClass *row = object->thing->row;
    *(Penalty *)out = row->penalty(object->args);
    return true;
}

static bool to_constraint(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    (void)arg; // the value's own kind is judged
    *(Constraint *)out = (Constraint){0};
    if (v->kind == VALUE_NONE) return true;
    const Object *object = object_resolve(e, THING_CONSTRAINT, "constraint", v, loc);
    if (object) *(Constraint *)out = (Constraint){object->thing->row, object->args, loc};
    return object != NULL;
}

static bool to_axes(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    Axes *axes = out;
    bool sequence = value_is_sequence(v);
    int n = sequence ? value_count(v) : 1;
    if (n < 1 || n > MAX_RANK) return wrong_type(e, arg, v, loc, "one axis or several");
    for (axes->n = 0; axes->n < n; axes->n++) {
        const Value *item = sequence ? value_at(v, axes->n) : v;
        if (item->kind != VALUE_INT)
            return wrong_type(e, arg, item, loc, "an integer or several, as in (0, 1)");
        axes->axis[axes->n] = item->integer;
    }
    return true;
}

static bool to_axes_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    ((Axes *)out)->n = 0;
    return v->kind == VALUE_NONE || to_axes(e, arg, v, loc, out);
}

static bool to_seed(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    *(int64_t *)out = -1;
    if (v->kind == VALUE_NONE) return true;
    if (v->kind != VALUE_INT) return wrong_type(e, arg, v, loc, "an integer or None");
    *(int64_t *)out = v->integer;
    return in_range(e, arg->name, v, loc, 0, UINT32_MAX, false);
}

static bool to_rate(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    Rate *rate = out;
    if (v->kind == VALUE_OBJECT && v->object->thing->kind == THING_SCHEDULE) {
        rate->schedule = v->object->thing->row;
        rate->args = v->object->args;
        rate->formula = rate->schedule->rate(e->a, rate->args);
        return true;
    }
    if (v->kind != VALUE_INT && v->kind != VALUE_FLOAT)
        return wrong_type(e, arg, v, loc, "a number or a schedule");
    if (!to_float(e, arg, v, loc, &rate->number)) return false;
    rate->formula = formula_number(e->a, rate->number);
    return true;
}

static bool to_numbers(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    if (!value_is_sequence(v)) return wrong_type(e, arg, v, loc, "a list of numbers");
    int n = value_count(v);
    double *of = ARENA_ARRAY(e->a, double, (size_t)n + 1);
    for (int i = 0; i < n; i++)
        if (!to_float(e, arg, value_at(v, i), loc, &of[i])) return false;
    *(Numbers *)out = (Numbers){n, of};
    return true;
}

static bool to_numbers_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    *(Numbers *)out = (Numbers){0, NULL};
    return v->kind == VALUE_NONE || to_numbers(e, arg, v, loc, out);
}

static bool to_floats_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    if (v->kind == VALUE_NONE || value_is_sequence(v)) return to_numbers_opt(e, arg, v, loc, out);
    double *of = ARENA_NEW(e->a, double);
    *(Numbers *)out = (Numbers){1, of};
    return to_float(e, arg, v, loc, of);
}

static bool to_two(Eval *e, const Arg *arg, const Value *v, Loc loc, double *out) {
    for (int i = 0; i < 2; i++)
        if (!to_float(e, arg, value_at(v, i), loc, &out[i])) return false;
    if (out[0] > out[1]) {
        double less = out[1];
        out[1] = out[0];
        out[0] = less;
    }
    return true;
}

static bool to_range(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    if (!value_is_sequence(v) || value_count(v) != 2)
        return wrong_type(e, arg, v, loc, "two numbers, as in (0, 1)");
    return to_two(e, arg, v, loc, out);
}

static bool to_factor(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    double *factor = out;
    bool pair = value_is_sequence(v) && value_count(v) == 2;
    if (pair) return to_two(e, arg, v, loc, factor);
    if (v->kind != VALUE_INT && v->kind != VALUE_FLOAT)
        return wrong_type(e, arg, v, loc, "a number or two, as in (-0.1, 0.2)");
    if (!to_float(e, arg, v, loc, &factor[1])) return false;
    factor[1] = fabs(factor[1]);
    factor[0] = fmax(-factor[1], arg->min);
    return true;
}

static bool to_factor_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    ((double *)out)[0] = ((double *)out)[1] = NAN;
    return v->kind == VALUE_NONE || to_factor(e, arg, v, loc, out);
}

static bool to_text(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    if (v->kind != VALUE_STRING && v->kind != VALUE_NONE)
        return wrong_type(e, arg, v, loc, "a string");
    *(const char **)out = v->kind == VALUE_STRING ? v->text : NULL;
    return true;
}

static bool to_value(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    (void)arg, (void)loc; // whoever asked judges
    *(const Value **)out = arena_copy(e->a, v, sizeof *v);
    return true;
}

static bool only_default(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    (void)out; // nothing to keep
    Value standard = value_literal(e->a, arg->standard, loc);
    if (v->kind == VALUE_ERROR) return false;
    if (value_equal(v, &standard)) return true;
    for (int i = 0; arg->choices && arg->choices[i]; i++)
        if (v->kind == VALUE_STRING && strcmp(v->text, arg->choices[i]) == 0) return true;
    diag_error(e->d, loc, 208, "the argument '%s' is not supported yet", arg->name);
    diag_help(e->d, loc, "leave it out: only %s, its default, is understood", arg->standard);
    return false;
}

// clang-format off: a line a type
static bool (*const convert[])(Eval *, const Arg *, const Value *, Loc, void *) = {
    [ARG_INT] = to_int,
    [ARG_INT_OPT] = to_int_opt,
    [ARG_FLOAT] = to_float,
    [ARG_BOOL] = to_bool,
    [ARG_SINGLE] = to_single,
    [ARG_SINGLE_OPT] = to_single_opt,
    [ARG_PAIR] = to_pair,
    [ARG_PAIR_OPT] = to_pair_opt,
    [ARG_SIDES] = to_sides,
    [ARG_SHAPE] = to_shape,
    [ARG_CHOICE] = to_choice,
    [ARG_ACTIVATION] = to_activation,
    [ARG_INIT] = to_init,
    [ARG_SEED] = to_seed,
    [ARG_PENALTY] = to_penalty,
    [ARG_CONSTRAINT] = to_constraint,
    [ARG_AXES] = to_axes,
    [ARG_AXES_OPT] = to_axes_opt,
    [ARG_FLOAT_OPT] = to_float_opt,
    [ARG_RATE] = to_rate,
    [ARG_NUMBERS] = to_numbers,
    [ARG_NUMBERS_OPT] = to_numbers_opt,
    [ARG_FLOATS_OPT] = to_floats_opt,
    [ARG_FACTOR] = to_factor,
    [ARG_FACTOR_OPT] = to_factor_opt,
    [ARG_RANGE] = to_range,
    [ARG_TEXT] = to_text,
    [ARG_VALUE] = to_value,
    [ARG_ONLY_DEFAULT] = only_default,
};
// clang-format on

// ------------------------------------------------------------------------------------ binding

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

// Which argument of the call goes to which slot.
static bool distribute(Eval *e, const Call *call, Slot *slots, int n, int npositional) {
    bool good = true, keywords = false;
    for (int i = 0; i < call->n; i++) {
        const Argument *given = &call->arg[i];
        Slot *slot = given->keyword ? find_slot(slots, n, given->keyword)
                                    : (i < npositional ? &slots[i] : NULL);
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
        return convert[arg->type](e, arg, &slot->given->value, slot->given->loc, slot->out);
    }
    if (!arg->standard) {
        diag_error(e->d, call->loc, 205, "%s needs the argument '%s'", call->what, arg->name);
        return false;
    }
    if (arg->type == ARG_ONLY_DEFAULT) return true;
    Value standard = value_literal(e->a, arg->standard, call->loc);
    return convert[arg->type](e, arg, &standard, call->loc, slot->out);
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

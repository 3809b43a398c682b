// SPDX-License-Identifier: MIT
// Values of arguments to fields of structs, by the types that argument tables name: each value is checked, and
// refused at its own place.
#include "data/data.h"
#include "script/convert.h"
#include "support/text.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

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

bool convert_refuse(Eval *e, const Arg *arg, const Value *v, Loc loc, const char *wanted) {
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
    Value known;
    if (array_known(e, v, loc, &known)) v = &known;
    if (v->kind != VALUE_INT) return convert_refuse(e, arg, v, loc, "an integer");
    *(int64_t *)out = v->integer;
    return in_range(e, arg->name, v, loc, arg->min, arg->max, arg->below);
}

static bool to_int_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    *(int64_t *)out = 0;
    return v->kind == VALUE_NONE || to_int(e, arg, v, loc, out);
}

bool to_float(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    if (v->kind != VALUE_INT && v->kind != VALUE_FLOAT)
        return convert_refuse(e, arg, v, loc, "a number");
    *(double *)out = value_real(v);
    return in_range(e, arg->name, v, loc, arg->min, arg->max, arg->below);
}

static bool to_float_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    *(double *)out = NAN;
    return v->kind == VALUE_NONE || to_float(e, arg, v, loc, out);
}

static bool to_bool(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    if (v->kind != VALUE_BOOL) return convert_refuse(e, arg, v, loc, "True or False");
    *(bool *)out = v->integer;
    return true;
}

// An integer for all sizes, or a sequence of so many.
static bool to_sizes(Eval *e, const Arg *arg, const Value *v, Loc loc, int64_t *out, int n) {
    static const char *const wanted[] = {
        [1] = "an integer, also as in (3,)", [2] = "an integer or two, as in (3, 3)"};
    bool sequence = value_is_sequence(v);
    if (sequence ? value_count(v) != n : v->kind != VALUE_INT)
        return convert_refuse(e, arg, v, loc, wanted[n]);
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
        return convert_refuse(e, arg, v, loc,
                              "an integer, two, or two pairs, as in ((1, 1), (2, 2))");
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
    convert_refuse(e, arg, v, loc, list);
    const char *nearest = v->kind == VALUE_STRING ? text_nearest(v->text, arg->choices, n) : NULL;
    if (nearest) diag_help(e->d, loc, "did you mean \"%s\"?", nearest);
    return false;
}

static bool to_axes(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    Axes *axes = out;
    bool sequence = value_is_sequence(v);
    int n = sequence ? value_count(v) : 1;
    if (n < 1 || n > MAX_RANK) return convert_refuse(e, arg, v, loc, "one axis or several");
    for (axes->n = 0; axes->n < n; axes->n++) {
        const Value *item = sequence ? value_at(v, axes->n) : v;
        if (item->kind != VALUE_INT)
            return convert_refuse(e, arg, item, loc, "an integer or several, as in (0, 1)");
        axes->axis[axes->n] = item->integer;
    }
    return true;
}

static bool to_axes_opt(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    bool empty = value_is_sequence(v) && value_count(v) == 0; // as get_config() of Keras has None
    ((Axes *)out)->n = 0;
    return v->kind == VALUE_NONE || empty || to_axes(e, arg, v, loc, out);
}

static bool to_seed(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    *(int64_t *)out = -1;
    if (v->kind == VALUE_NONE) return true;
    if (v->kind != VALUE_INT) return convert_refuse(e, arg, v, loc, "an integer or None");
    *(int64_t *)out = v->integer;
    return in_range(e, arg->name, v, loc, 0, UINT32_MAX, false);
}

static bool to_numbers(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    if (!value_is_sequence(v)) return convert_refuse(e, arg, v, loc, "a list of numbers");
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
        return convert_refuse(e, arg, v, loc, "two numbers, as in (0, 1)");
    return to_two(e, arg, v, loc, out);
}

static bool to_factor(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    double *factor = out;
    bool pair = value_is_sequence(v) && value_count(v) == 2;
    if (pair) return to_two(e, arg, v, loc, factor);
    if (v->kind != VALUE_INT && v->kind != VALUE_FLOAT)
        return convert_refuse(e, arg, v, loc, "a number or two, as in (-0.1, 0.2)");
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
        return convert_refuse(e, arg, v, loc, "a string");
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
static bool (*const of_type[])(Eval *, const Arg *, const Value *, Loc, void *) = {
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

bool convert(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out) {
    return of_type[arg->type](e, arg, v, loc, out);
}

// SPDX-License-Identifier: MIT
// Arrays that numpy draws at random: np.random.normal, uniform, randint and their like. After np.random.seed they are the
// numbers that numpy has, as long as all that is drawn is known here. Without a seed they are other ones in each run of
// Python, so those that the script's own seed gives are as good.
#include "data/data.h"
#include "support/text.h"
#include "../runtime/data/types.h"
#include <math.h>
#include <string.h>

enum { MOST_DRAWS = 1000 }; // that the program does once more for each array that comes behind them

void random_seeded(Eval *e, uint32_t seed) {
    e->draws.follows = e->draws.seeded = true;
    e->draws.state = (RandomState){.seed = seed};
}

uint32_t random_unseeded(Eval *e) {
    return e->seed + (uint32_t)e->nunseeded++;
}

bool random_next(Eval *e, Loc loc, RandomDraw draw, RandomState *from) {
    RandomState *s = &e->draws.state;
    *from = *s;
    if (!e->draws.seeded) *from = (RandomState){.seed = random_unseeded(e)};
    if (!e->draws.seeded) return true;
    if (s->n == MOST_DRAWS) e->draws.follows = false;
    if (!e->draws.follows || !eval_spend(e, loc, s->n)) return false;
    from->draw = arena_copy(e->a, s->draw, (size_t)s->n * sizeof *s->draw);
    ARENA_PUSH(e->a, s->draw, s->n, draw);
    return true;
}

void random_settings(Eval *e, Array *x, const RandomState *from) {
    array_number(e, x, from->seed);
    array_number(e, x, from->n);
    for (int i = 0; i < from->n; i++) {
        array_number(e, x, from->draw[i].kind);
        array_number(e, x, (double)from->draw[i].n);
        array_number(e, x, from->draw[i].most);
    }
}

Array random_array(Eval *e, int type, RandomKind kind, double first, double span,
                   const RandomState *from) {
    Array x = {.of = array_class(&array_random), .type = type, .steps = ""};
    x.numbers = ARENA_NEW(e->a, char);
    array_number(e, &x, kind);
    array_number(e, &x, first);
    array_number(e, &x, span);
    random_settings(e, &x, from);
    return x;
}

typedef struct Drawing {
    RandomKind kind;
    int type;
    double first, span;
} Drawing;

// What is not done here draws, too, as much as is not known.
static Value lost(Eval *e, const Call *call) {
    e->draws.follows = false;
    return foreign_made(e, arena_printf(e->a, "numpy.random.%s", call->what), call->loc);
}

// The shape of `size`: a number or several. False: it is none of rows, or not known.
static bool read_size(const Value *v, Array *x) {
    if (!v) return false;
    bool many = value_is_sequence(v);
    x->rank = many ? value_count(v) : 1;
    if (x->rank < 1 || x->rank > ARRAY_RANK) return false;
    for (int d = 0; d < x->rank; d++) {
        const Value *n = many ? value_at(v, d) : v;
        if (!value_is_int(n) || n->integer < 1) return false;
        x->dim[d] = n->integer;
    }
    return true;
}

static Value drawn(Eval *e, const Call *call, const Drawing *of, const Value *size) {
    static const char *const names[] = {
        [RANDOM_NORMAL] = "normal", [RANDOM_UNIFORM] = "uniform", [RANDOM_BELOW] = "whole"};
    Array shape = {0};
    RandomState from;
    int64_t n = 1;
    bool known = read_size(size, &shape) && isfinite(of->first) && isfinite(of->span);
    for (int d = 0; known && d < shape.rank; d++) known = mul64(n, shape.dim[d], &n);
    RandomDraw draw = {.kind = of->kind, .n = n};
    if (of->kind == RANDOM_BELOW) draw.most = (uint32_t)of->span;
    if (!known) return lost(e, call);
    if (!random_next(e, call->loc, draw, &from))
        return foreign_made(
            e, arena_printf(e->a, "numpy.random.%s behind draws that are not known", call->what),
            call->loc);
    Array x = random_array(e, of->type, of->kind, of->first, of->span, &from);
    x.source = arena_printf(e->a, "%s random numbers from %u", names[of->kind], from.seed);
    x.rank = shape.rank;
    memcpy(x.dim, shape.dim, sizeof x.dim);
    return array_value(e, call->loc, x);
}

// A number, or what stands in its place; false: neither.
static bool number_or(const Value *v, double standard, double *to) {
    *to = v && value_is_number(v) ? value_real(v) : standard;
    return !v || value_is_number(v);
}

// normal(loc, scale, size)
static Value run_normal(Eval *e, const Call *call) {
    static const char *const names[] = {"loc", "scale", "size"};
    const Value *v[3];
    Drawing of = {RANDOM_NORMAL, CNN_F8, 0, 1};
    if (!take(e, call, names, 0, 3, v)) return eval_error();
    if (!number_or(v[0], 0, &of.first) || !number_or(v[1], 1, &of.span)) return lost(e, call);
    if (of.span < 0) {
        diag_error(e->d, v[1]->loc, 207, "'scale' must be at least 0, not %g", of.span);
        return eval_error();
    }
    return drawn(e, call, &of, v[2]);
}

// uniform(low, high, size)
static Value run_uniform(Eval *e, const Call *call) {
    static const char *const names[] = {"low", "high", "size"};
    const Value *v[3];
    double high;
    Drawing of = {RANDOM_UNIFORM, CNN_F8, 0, 1};
    if (!take(e, call, names, 0, 3, v)) return eval_error();
    if (!number_or(v[0], 0, &of.first) || !number_or(v[1], 1, &high)) return lost(e, call);
    of.span = high - of.first;
    return drawn(e, call, &of, v[2]);
}

// standard_normal(size), random(size) and its other names
static Value run_sized(Eval *e, const Call *call) {
    static const char *const names[] = {"size"};
    const Value *v;
    bool normal = strcmp(call->what, "standard_normal") == 0;
    const Drawing of = {normal ? RANDOM_NORMAL : RANDOM_UNIFORM, CNN_F8, 0, 1};
    if (!take(e, call, names, 0, 1, &v)) return eval_error();
    return drawn(e, call, &of, v);
}

// randn(d0, d1, ...), rand(d0, d1, ...)
static Value run_dimensions(Eval *e, const Call *call) {
    bool normal = strcmp(call->what, "randn") == 0;
    const Drawing of = {normal ? RANDOM_NORMAL : RANDOM_UNIFORM, CNN_F8, 0, 1};
    Value size = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int i = 0; i < call->n; i++) {
        if (call->arg[i].keyword) return lost(e, call);
        value_append(e->a, &size, call->arg[i].value);
    }
    return drawn(e, call, &of, &size);
}

// randint(low, high, size, dtype): from 0 if that is all, to below the last one.
static Value run_integers(Eval *e, const Call *call) {
    static const char *const names[] = {"low", "high", "size", "dtype"};
    const Value *v[4];
    Drawing of = {RANDOM_BELOW, CNN_I8, 0, 0};
    if (!take(e, call, names, 1, 4, v)) return eval_error();
    const Value *high = v[1] && v[1]->kind != VALUE_NONE ? v[1] : NULL;
    bool known =
        value_is_int(v[0]) && (!high || value_is_int(high)) &&
        (!v[3] || array_parse_type(v[3], &of.type)) &&
        (of.type == CNN_I8 || of.type == CNN_I4); // shorter ones take several from one draw
    if (!known) return lost(e, call);
    int64_t low = high ? v[0]->integer : 0, end = high ? high->integer : v[0]->integer;
    const TypeRow *type = &type_rows[of.type];
    if (low >= end) {
        diag_error(e->d, (high ? high : v[0])->loc, 207, "%lld must be above %lld", (long long)end,
                   (long long)low);
        return eval_error();
    }
    of.first = (double)low;
    of.span = (double)end - 1 - (double)low;
    bool held = of.first >= type->least && (double)end - 1 <= type->most &&
                fabs(of.first) <= 0x1p53 && fabs((double)end) <= 0x1p53;
    if (of.span > UINT32_MAX || !held) return lost(e, call);
    return drawn(e, call, &of, v[2]);
}

// tf.random.normal(shape, mean, stddev, dtype), whose numbers are the script's seed's: TensorFlow's own are not known.
static Value run_tensor(Eval *e, const Call *call) {
    bool normal = strcmp(call->what, "normal") == 0;
    static const char *const of_normal[] = {"shape", "mean", "stddev", "dtype"};
    static const char *const of_uniform[] = {"shape", "minval", "maxval", "dtype"};
    const Value *v[4];
    double end = 1;
    Drawing of = {normal ? RANDOM_NORMAL : RANDOM_UNIFORM, CNN_F4, 0, 1};
    if (!take(e, call, normal ? of_normal : of_uniform, 1, 4, v)) return eval_error();
    bool known = number_or(v[1], 0, &of.first) && number_or(v[2], 1, &end) &&
                 (!v[3] || (array_parse_type(v[3], &of.type) && type_rows[of.type].real));
    of.span = normal ? end : end - of.first;
    const Draws outer = e->draws;
    e->draws = (Draws){.seeded = false};
    const Value made = drawn(e, call, &of, known ? v[0] : NULL);
    e->draws = outer;
    if (made.kind != VALUE_FOREIGN) return made;
    return foreign_made(e, arena_printf(e->a, "tf.random.%s", call->what), call->loc);
}

const Function random_functions[] = {
    {"normal", "tf.random", run_tensor, true},
    {"uniform", "tf.random", run_tensor, true},
    {"normal", "numpy.random", run_normal, true},
    {"uniform", "numpy.random", run_uniform, true},
    {"standard_normal", "numpy.random", run_sized, true},
    {"random", "numpy.random", run_sized, true},
    {"random_sample", "numpy.random", run_sized, true},
    {"ranf", "numpy.random", run_sized, true},
    {"sample", "numpy.random", run_sized, true},
    {"randn", "numpy.random", run_dimensions, true},
    {"rand", "numpy.random", run_dimensions, true},
    {"randint", "numpy.random", run_integers, true},
    {0},
};

// SPDX-License-Identifier: MIT
// np.pad and tf.pad: a border of one value around each row, as 28x28 images get for LeNet.
#include "data/data.h"
#include "../runtime/data/types.h"
#include "support/text.h"
#include <string.h>

enum { BEFORE, BEHIND, SIDES };

// A width, or one before and one behind. False: neither, or it is not known.
static bool read_pair(const Value *v, int64_t width[SIDES]) {
    bool many = value_is_sequence(v);
    int n = many ? value_count(v) : 1;
    for (int i = 0; i < SIDES && (n == 1 || n == SIDES); i++) {
        const Value *w = many ? value_at(v, n == 1 ? 0 : i) : v;
        if (!value_is_int(w) || w->integer < 0) return false;
        width[i] = w->integer;
    }
    return n == 1 || n == SIDES;
}

// For each dimension, or the same for all.
static bool read_widths(const Value *v, int rank, int64_t width[][SIDES]) {
    bool each = value_is_sequence(v) && value_count(v) == rank && rank > 0 &&
                value_is_sequence(value_at(v, 0));
    for (int d = 0; d < rank; d++)
        if (!read_pair(each ? value_at(v, d) : v, width[d])) return false;
    return each || !value_is_sequence(v) || !value_is_sequence(value_at(v, 0));
}

static Value padded(Eval *e, const Value *v, int64_t width[][SIDES], double value, Loc loc) {
    Array x = array_step(e, v->array, &array_padded, "a border around each row");
    x.numbers = ARENA_NEW(e->a, char);
    x.set = NULL;
    array_number(e, &x, type_cast(CNN_F8, x.type, value));
    for (int d = 1; d < x.rank; d++) {
        array_number(e, &x, (double)width[d][BEFORE]);
        if (!add64(x.dim[d], width[d][BEFORE], &x.dim[d]) ||
            !add64(x.dim[d], width[d][BEHIND], &x.dim[d]))
            x.dim[d] = INT64_MAX; // which array_value refuses
    }
    return array_value(e, loc, x);
}

static Value pad(Eval *e, const Call *call, const Value *v, const Value *widths, const Value *mode,
                 const Value *value) {
    int64_t width[ARRAY_RANK][SIDES];
    bool constant = !mode || (mode->kind == VALUE_STRING &&
                              (!strcmp(mode->text, "constant") || !strcmp(mode->text, "CONSTANT")));
    const Array *x = v->kind == VALUE_ARRAY ? v->array : NULL;
    if (!x) return foreign_made(e, "numpy.pad", call->loc);
    bool plain = !x->one && !x->members && !x->order && !x->counts && !x->flow && !x->generator;
    bool known = plain && constant && (!value || value_is_number(value)) &&
                 read_widths(widths, x->rank, width) && !width[0][BEFORE] && !width[0][BEHIND];
    return known ? padded(e, v, width, value ? value_real(value) : 0, call->loc)
                 : array_foreign(e, v, "pad", call->loc);
}

static Value run_pad(Eval *e, const Call *call) {
    static const char *const names[] = {"array", "pad_width", "mode", "constant_values"};
    const Value *v[4];
    if (!take(e, call, names, 2, 4, v)) return eval_error();
    const Value array = table_array(e, v[0], call->loc);
    return pad(e, call, &array, v[1], v[2], v[3]);
}

static Value run_tensor_pad(Eval *e, const Call *call) {
    static const char *const names[] = {"tensor", "paddings", "mode", "constant_values"};
    const Value *v[4];
    if (!take(e, call, names, 2, 4, v)) return eval_error();
    return pad(e, call, v[0], v[1], v[2], v[3]);
}

const Function pad_functions[] = {
    {"pad", "numpy", run_pad, true}, {"pad", "tf", run_tensor_pad, true}, {0}};

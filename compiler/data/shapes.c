// SPDX-License-Identifier: MIT
// Shapes of data and parts of them: what keeps the order of the values in a row costs the program nothing.
#include "data/frame.h"
#include "support/text.h"
#include <string.h>

// The same values in the same rows: a plain array stays plain.
static Value reshaped(Eval *e, Loc loc, const Array *from, const char *text, int rank,
                      const int64_t *dim) {
    Array x = array_step(e, from, &array_same, text);
    x.plain = from->plain;
    x.rank = rank;
    for (int i = 0; i < rank; i++) x.dim[i] = dim[i];
    return array_value(e, loc, x);
}

// The new shape of so many dimensions, one of which may be -1; false: reported.
static bool read_shape(Eval *e, const Array *x, const List *list, Loc loc, Array *out) {
    int64_t rest = array_count(x), given = 1;
    int open = -1;
    out->rank = list->n;
    for (int i = 0; i < list->n; i++) {
        int64_t n = list->item[i].integer;
        out->dim[i] = n;
        if (n == -1 && open < 0)
            open = i;
        else if (n < 1 || !mul64(given, n, &given))
            given = -1;
        if (given < 0) break;
    }
    if (given > 0 && open >= 0 && rest % given == 0) out->dim[open] = rest / given, given = rest;
    if (given == rest) return true;
    diag_error(e->d, loc, 307, "%s values of shape %s do not fit the shape %s",
               text_thousands(e->a, rest), array_shape(e->a, x), array_shape(e->a, out));
    return false;
}

Value array_reshape(Eval *e, const Value *v, const List *list, Loc loc) {
    const Array *from = v->array;
    Array x = *from;
    if (list->n < 1 || list->n > ARRAY_RANK || from->members)
        return array_foreign_view(e, v, "reshape", loc);
    for (int i = 0; i < list->n; i++)
        if (!value_is_int(&list->item[i])) return array_foreign_view(e, v, "reshape", loc);
    if (!read_shape(e, from, list, loc, &x)) return eval_error();
    bool keeps = from->one || x.dim[0] == from->dim[0];
    Value out;
    if (!keeps && written_shaped(e, v, x.rank, x.dim, loc, &out)) return out;
    return keeps ? reshaped(e, loc, from, "reshape", x.rank, x.dim)
                 : array_foreign_view(e, v, "reshape", loc);
}

Value array_flatten(Eval *e, const Value *v, Loc loc) {
    const Array *from = v->array;
    const int64_t all = from->members ? 0 : array_count(from);
    bool rows = from->rank > 0 && all == from->dim[0];
    Value out;
    if (!rows && written_shaped(e, v, 1, &all, loc, &out)) return out;
    if (from->one && from->rank == 1) return *v;
    if (from->plain.classes || from->one || from->members || !rows)
        return array_foreign_view(e, v, "flatten", loc);
    return reshaped(e, loc, from, "flatten", 1, from->dim);
}

Value array_expand(Eval *e, const Value *v, int64_t axis, Loc loc) {
    const Array *from = v->array;
    int64_t dim[ARRAY_RANK] = {0};
    if (axis < 0) axis += from->rank + 1;
    if (axis < !from->one || axis > from->rank || from->rank == ARRAY_RANK || from->members)
        return array_foreign_view(e, v, "expand_dims", loc);
    for (int i = 0; i <= from->rank; i++) dim[i] = i == axis ? 1 : from->dim[i - (i > axis)];
    return reshaped(e, loc, from, "expand_dims", from->rank + 1, dim);
}

Value array_rows_shaped(Eval *e, const Value *v, int rank, const int64_t *dim, Loc loc) {
    int64_t all[ARRAY_RANK] = {v->array->dim[0]};
    for (int d = 0; d < rank; d++) all[d + 1] = dim[d];
    return reshaped(e, loc, v->array, "each sample reshaped", rank + 1, all);
}

Value array_squeeze(Eval *e, const Value *v, Loc loc) {
    const Array *from = v->array;
    int64_t dim[ARRAY_RANK] = {from->dim[0]};
    int n = !from->one;
    if (from->members) return array_foreign_view(e, v, "squeeze", loc);
    for (int i = n; i < from->rank; i++)
        if (from->dim[i] != 1) dim[n++] = from->dim[i];
    return reshaped(e, loc, from, "squeeze", n, dim);
}

// --------------------------------------------------------------------------------- turned rows

// Where the values of a row are in the input's: strides by dimension of the input.
static void row_strides(const Array *x, int64_t stride[ARRAY_RANK]) {
    int64_t step = 1;
    for (int d = x->rank - 1; d >= !x->one; step *= x->dim[d--]) stride[d] = step;
}

Value array_transpose(Eval *e, const Value *v, const List *order, Loc loc) {
    const Array *from = v->array;
    int64_t stride[ARRAY_RANK] = {0};
    bool used[ARRAY_RANK] = {false};
    int axes[ARRAY_RANK];
    Value out;
    if (order->n != from->rank || from->members) return array_foreign_view(e, v, "transpose", loc);
    for (int i = 0; i < order->n; i++) {
        const Value *d = &order->item[i];
        int64_t axis = value_is_int(d) ? d->integer < 0 ? d->integer + from->rank : d->integer : -1;
        if (axis < 0 || axis >= from->rank || used[axis])
            return array_foreign_view(e, v, "transpose", loc);
        used[axis] = true;
        axes[i] = (int)axis;
    }
    if (from->rank < 2) return *v;
    if (axes[0] != 0 && !from->one)
        return written_turned(e, v, axes, loc, &out) ? out
                                                     : array_foreign_view(e, v, "transpose", loc);
    Array x = array_step(e, from, &array_view, "transpose");
    x.plain.bytes = from->plain.bytes;
    row_strides(from, stride);
    array_number(e, &x, 0);
    for (int i = 0; i < order->n; i++) {
        x.dim[i] = from->dim[axes[i]];
        if (i > 0 || from->one) array_number(e, &x, (double)stride[axes[i]]);
    }
    return array_value(e, loc, x);
}

Value array_turn(Eval *e, const Value *v, Loc loc) {
    List order = {0};
    for (int d = v->array->rank - 1; d >= 0; d--) {
        const Value axis = {.kind = VALUE_INT, .integer = d};
        ARENA_PUSH(e->a, order.item, order.n, axis);
    }
    return array_transpose(e, v, &order, loc);
}

Value array_repeat(Eval *e, const Value *v, int64_t times, int64_t axis, Loc loc) {
    const Array *from = v->array;
    int64_t stride[ARRAY_RANK] = {0};
    int row = !from->one;
    if (axis < 0) axis += from->rank;
    if (axis < row || axis >= from->rank || from->dim[axis] != 1 || times < 1 || from->members)
        return array_foreign(e, v, "repeat", loc);
    Array x = array_step(e, from, &array_view,
                         arena_printf(e->a, "repeated %lld times", (long long)times));
    x.plain.bytes = from->plain.bytes;
    x.numbers = ARENA_NEW(e->a, char);
    row_strides(from, stride);
    stride[axis] = 0;
    x.dim[axis] = times;
    array_number(e, &x, 0);
    for (int d = row; d < from->rank; d++) array_number(e, &x, (double)stride[d]);
    return array_value(e, loc, x);
}

// ---------------------------------------------------------------------------------- subscripts

typedef struct Part { // of a dimension
    int64_t first, n, step;
    bool whole, drops; // drops: an index, which takes the dimension away
} Part;

// What a subscript takes of n, of rows perhaps none; false: not known, or reported, then *wrong.
static bool read_part(Eval *e, const Value *v, int64_t n, bool rows, Loc loc, Part *p,
                      bool *wrong) {
    *p = (Part){.n = n, .step = 1, .whole = true};
    if (value_is_int(v)) {
        int64_t at = v->integer < 0 ? v->integer + n : v->integer;
        *p = (Part){.first = at, .n = 1, .step = 1, .drops = true};
        if (at >= 0 && at < n) return true;
        diag_error(e->d, loc, 107, "index %lld is outside a dimension of %lld",
                   (long long)v->integer, (long long)n);
        return *wrong = true, false;
    }
    if (v->kind != VALUE_SLICE) return false;
    const Value *part = v->list->item;
    Range r;
    if (!slice_range(v, n, &r)) return false;
    bool turned = r.step == -1 && part[0].kind == VALUE_NONE && part[1].kind == VALUE_NONE;
    if (r.step < 1 && !turned) return false;
    *p = (Part){.first = r.start, .n = r.n, .step = r.step};
    p->whole = p->first == 0 && p->n == n && p->step == 1;
    if (p->n > 0 || rows) return true;
    diag_error(e->d, loc, 307, "no rows are left: %lld to %lld of %lld", (long long)r.start,
               (long long)r.stop, (long long)n);
    return *wrong = true, false;
}

Value array_slice_rows(Eval *e, const Value *v, int64_t first, int64_t n, int64_t step, Loc loc) {
    const Array *from = v->array;
    if (from->counts && step == 1) return counts_slice(e, v, first, n, loc);
    const char *text =
        step == 1 ? arena_printf(e->a, "rows %lld to %lld", (long long)first, (long long)first + n)
                  : arena_printf(e->a, "%lld rows from %lld, each %lld behind the last",
                                 (long long)n, (long long)first, (long long)step);
    Array x = array_step(e, from, &array_slice, text);
    array_number(e, &x, (double)first);
    array_number(e, &x, (double)step);
    x.dim[0] = n;
    x.plain.holds = from->plain.holds && step == 1;
    x.plain.bytes = from->plain.bytes;
    x.plain.first += first;
    if (from->order && step == 1) {
        RowOrder part = *from->order;
        part.first += first;
        x.order = arena_copy(e->a, &part, sizeof part);
    }
    return array_value(e, loc, x);
}

// x[:, 1:, 0]: parts by dimension within a row.
static Value columns(Eval *e, const Value *v, const Part *part, Loc loc) {
    const Array *from = v->array;
    int64_t stride[ARRAY_RANK] = {0}, offset = 0;
    bool whole = true;
    int row = !from->one;
    for (int d = row; d < from->rank; d++) whole &= part[d].whole;
    if (whole) return *v;
    const Value some =
        row || from->rank != 1 || part[0].drops
            ? (Value){.kind = VALUE_NONE}
            : array_some_numbers(e, from, part[0].first, part[0].n, part[0].step, loc);
    if (some.kind != VALUE_NONE) return some;
    Value out;
    if (from->rank == 2 && table_values_part(e, from, part[1].first, part[1].n, part[1].step,
                                             part[1].drops, loc, &out))
        return out;
    Array x = array_step(e, from, &array_view, "a part of each row");
    x.plain.bytes = from->plain.bytes && !from->plain.classes;
    x.plain.classes = 0;
    row_strides(from, stride);
    for (int d = row; d < from->rank; d++) offset += part[d].first * stride[d];
    array_number(e, &x, (double)offset);
    x.rank = row;
    for (int d = row; d < from->rank; d++) {
        if (part[d].drops) continue;
        array_number(e, &x, (double)(part[d].step * stride[d]));
        x.dim[x.rank++] = part[d].n;
    }
    return array_value(e, loc, x);
}

static Value one_row(Eval *e, const Value *v, int64_t first, Loc loc) {
    Value made = array_slice_rows(e, v, first, 1, 1, loc);
    if (made.kind != VALUE_ARRAY) return made;
    Array x = *made.array;
    x.one = true;
    x.plain.holds = false;
    for (int i = 1; i < x.rank; i++) x.dim[i - 1] = x.dim[i];
    x.rank--;
    return array_value(e, loc, x);
}

// The subscripts, one a dimension but for new axes: an ellipsis stands for all that are not there.
static bool read_parts(Eval *e, const Array *x, const Value *index, Loc loc, Part *part, int *fresh,
                       bool *wrong) {
    int n = index->kind == VALUE_TUPLE ? value_count(index) : 1, d = 0, given = 0;
    *fresh = -1;
    for (int i = 0; i < n; i++) {
        const Value *v = index->kind == VALUE_TUPLE ? value_at(index, i) : index;
        given += v->kind != VALUE_NONE && v->kind != VALUE_ELLIPSIS;
    }
    if (given > x->rank) return false;
    for (int i = 0; i < n; i++) {
        const Value *v = index->kind == VALUE_TUPLE ? value_at(index, i) : index;
        int all = v->kind == VALUE_ELLIPSIS ? x->rank - given : 0;
        if (v->kind == VALUE_NONE) {
            if (*fresh >= 0) return false;
            *fresh = d;
            continue;
        }
        for (; all > 0; all--, d++) part[d] = (Part){.n = x->dim[d], .step = 1, .whole = true};
        if (v->kind == VALUE_ELLIPSIS) continue;
        if (d >= x->rank || !read_part(e, v, x->dim[d], d == 0 && !x->one, loc, &part[d], wrong))
            return false;
        d++;
    }
    for (; d < x->rank; d++) part[d] = (Part){.n = x->dim[d], .step = 1, .whole = true};
    return true;
}

static Value member(Eval *e, const Value *v, const Value *index, Loc loc) {
    const Value *found = value_hashable(index) ? dict_find(v->array->members, index) : NULL;
    if (found) return *found;
    if (v->array->of->runtime == &array_csv) // a Bunch of scikit-learn
        return array_foreign(e, v, "a part", loc);
    const char *all = "";
    const Value *key, *item;
    for (int at = 0; dict_next(v->array->members, &at, &key, &item);)
        all = arena_printf(e->a, "%s%s'%s'", all, *all ? ", " : "", key->text);
    diag_error(e->d, loc, 107, "'%s' has no array of %s: it has %s", v->array->source,
               value_describe(e->a, index), *all ? all : "none");
    return eval_error();
}

// No rows, as the first and the last fold of some have before or behind them: what is joined to others adds nothing.
static Value no_rows(Eval *e, const Array *x, int64_t first, Loc loc) {
    Value made = foreign_made(e,
                              arena_printf(e->a, "rows %lld to %lld of %lld", (long long)first,
                                           (long long)first, (long long)x->dim[0]),
                              loc);
    ((Foreign *)(uintptr_t)made.foreign)->empty = true;
    return made;
}

Value array_subscript(Eval *e, const Value *v, const Value *index, Loc loc) {
    const Array *x = v->array;
    Part part[ARRAY_RANK];
    int fresh;
    bool wrong = false;
    Value out;
    if (x->labels && (index->kind == VALUE_STRING || index->kind == VALUE_LIST)) {
        const Value table = frame_from(e, v, loc);
        return frame_subscript(e, &table, index, loc);
    }
    if (x->frame) return frame_subscript(e, v, index, loc);
    if (x->estimator || x->dense) return array_foreign(e, v, "a part", loc);
    if (x->members) return member(e, v, index, loc);
    if (table_subscript(e, v, index, loc, &out)) return out;
    bool where = index->kind == VALUE_TUPLE && value_count(index) == 1; // x[np.where(...)]
    if (where && value_at(index, 0)->kind == VALUE_ARRAY) index = value_at(index, 0);
    if (mask_is(index)) return mask_rows(e, v, index->array, loc);
    bool ordered = index->kind == VALUE_ARRAY && index->array->order;
    if (ordered && x->is_frame && x->rank > 1 && v->n != TABLE_ILOC) // columns by their numbers
        return array_foreign(e, v, "a part", loc);
    if (ordered && !x->one)
        return array_shuffle(e, v, index->array->order, index->array->dim[0], loc);
    if (index->kind == VALUE_ARRAY && one_hot_table(x) && one_hot_labels(index->array))
        return one_hot_typed(e, index->array, x->dim[0], x->type, loc);
    if (index->kind == VALUE_ARRAY) return array_foreign(e, v, "a part", loc);
    if (!read_parts(e, x, index, loc, part, &fresh, &wrong))
        return wrong ? eval_error() : array_foreign_view(e, v, "a part", loc);
    if (x->one && x->rank > 0 && fresh < 0) return columns(e, v, part, loc);
    if (x->one) return array_foreign_view(e, v, "a part", loc);
    int drops = 0;
    for (int d = 0; d < x->rank; d++) drops += part[d].drops && d < fresh;
    out = part[0].drops && x->rank < 2 && !x->predicted ? array_foreign(e, v, "an item", loc)
                                                        : columns(e, v, part, loc);
    if (out.kind != VALUE_ARRAY) return out;
    if (part[0].n == 0) return no_rows(e, x, part[0].first, loc);
    if (part[0].drops)
        out = one_row(e, &out, part[0].first, loc);
    else if (!part[0].whole)
        out = array_slice_rows(e, &out, part[0].first, part[0].n, part[0].step, loc);
    if (out.kind != VALUE_ARRAY || fresh < 0) return out;
    return array_expand(e, &out, fresh - drops, loc);
}

Value array_join_two(Eval *e, const Value *v, const Value *more, Loc loc) {
    const Array *a = v->array, *b = more->array;
    bool fits = a->rank == b->rank && a->rank > 0;
    for (int d = 1; fits && d < a->rank; d++) fits = a->dim[d] == b->dim[d];
    if (a->one || b->one || a->members || b->members)
        return array_foreign(e, v, "concatenate", loc);
    if (!fits) {
        diag_error(e->d, loc, 307, "rows of shape %s and %s do not go together",
                   array_shape(e->a, a), array_shape(e->a, b));
        return eval_error();
    }
    Array x = array_step(e, a, &array_join, arena_printf(e->a, "then %s", array_describe(e->a, b)));
    x.ninput = 2;
    x.input[1] = b;
    x.type = array_common_type(a->type, b->type);
    if (!x.predicted) x.predicted = b->predicted;
    x.numbers = ARENA_NEW(e->a, char);
    if (!add64(a->dim[0], b->dim[0], &x.dim[0])) x.dim[0] = INT64_MAX; // which array_value refuses
    return array_value(e, loc, x);
}

Value array_beside_two(Eval *e, const Value *v, const Value *more, Loc loc) {
    const Array *a = v->array, *b = more->array;
    bool fits = a->rank == b->rank && a->dim[0] == b->dim[0];
    for (int d = 2; fits && d < a->rank; d++) fits = a->dim[d] == b->dim[d];
    if (a->one || b->one || a->members || b->members || a->rank < 2)
        return array_foreign(e, v, "concatenate", loc);
    if (!fits) {
        diag_error(e->d, loc, 307, "data of shape %s and %s do not go side by side",
                   array_shape(e->a, a), array_shape(e->a, b));
        return eval_error();
    }
    const char *text = arena_printf(e->a, "beside %s", array_describe(e->a, b));
    Array x = array_step(e, a, &array_beside, text);
    x.ninput = 2;
    x.input[1] = b;
    x.type = array_common_type(a->type, b->type);
    if (!x.predicted) x.predicted = b->predicted;
    x.numbers = ARENA_NEW(e->a, char);
    x.table = NULL;
    x.set = NULL;
    x.plain = (Plain){0};
    array_number(e, &x, 0);
    array_number(e, &x, 1);
    if (!add64(a->dim[1], b->dim[1], &x.dim[1])) x.dim[1] = INT64_MAX; // which array_value refuses
    return array_value(e, loc, x);
}

// SPDX-License-Identifier: MIT
// Which rows of a table are taken, found when the script is compiled: the program's own steps are done to the numbers of
// its rows.
#include "data/frame.h"
#include <math.h>
#include <string.h>

enum { MOST_WAYS = 1000 };

typedef struct Reading { // of arrays without a model
    Eval *e;
    const Array *base; // in whose place
    const CnnArray *numbers; // these are read; or NULL
    const CnnArray **made; // by id
    double *ways; // to it
} Reading;

// What the program would be given of it; NULL: it cannot be done here.
static const CnnArray *as_runtime(Reading *r, const Array *x) {
    Arena *arena = r->e->a;
    if (x == r->base) return r->numbers;
    if (x->of->runtime == &array_dataset || x->of->runtime == &array_predicted) return NULL;
    if (r->made[x->id]) return r->made[x->id];
    CnnArray *a = ARENA_NEW(arena, CnnArray);
    const CnnArray **input = ARENA_ARRAY(arena, const CnnArray *, 2);
    *a = (CnnArray){.of = x->of->runtime, .type = x->type, .ninput = x->ninput};
    a->rank = x->rank + x->one; // then it has one row
    a->number = x->number;
    a->text = x->text;
    a->one = x->one;
    a->input = input;
    r->ways[x->id] = 1;
    for (int i = 0; i < a->rank; i++) a->dim[i] = i < x->one ? 1 : x->dim[i - x->one];
    for (int i = 0; i < x->ninput; i++) {
        Reading other = *r;
        if (i && r->base) { // the other one is read as it is
            other.base = NULL;
            other.made = ARENA_ARRAY(arena, const CnnArray *, r->e->narray);
        }
        if (!(input[i] = as_runtime(&other, x->input[i]))) return NULL;
        r->ways[x->id] += x->input[i] == r->base ? 0 : r->ways[x->input[i]->id];
    }
    return r->ways[x->id] < MOST_WAYS ? r->made[x->id] = a : NULL;
}

static bool read_array(Eval *e, const Array *x, const Array *base, const CnnArray *numbers,
                       double *to) {
    CnnError error = {0};
    Reading r = {e, base, numbers, ARENA_ARRAY(e->a, const CnnArray *, e->narray),
                 ARENA_ARRAY(e->a, double, e->narray)};
    const CnnArray *of = as_runtime(&r, x);
    return of && array_values(of, e->data, to, &error);
}

double *array_read(Eval *e, const Array *x, Loc loc) {
    int64_t n = array_count(x);
    if (n > LARGEST_SEQUENCE || !eval_spend(e, loc, n / 16 + e->narray)) return NULL;
    double *to = ARENA_ARRAY(e->a, double, n + 1);
    return read_array(e, x, NULL, NULL, to) ? to : NULL;
}

const double *array_read_with(Eval *e, const Array *x, const Array *base, double value, Loc loc) {
    const CnnArray number = {.of = &array_constant,
                             .type = base->type,
                             .rank = 1,
                             .dim = {1},
                             .number = &value,
                             .one = true};
    double *to = ARENA_ARRAY(e->a, double, array_count(x) + 1);
    return eval_spend(e, loc, e->narray) && read_array(e, x, base, &number, to) ? to : NULL;
}

const double *chosen_rows(Eval *e, const Array *x, const Array *base, Loc loc) {
    CnnArray numbers = {.of = &array_listed, .type = CNN_I8, .rank = 1, .dim = {base->dim[0]}};
    if (!eval_items(e, loc, base->dim[0]) || !eval_items(e, loc, x->dim[0])) return NULL;
    double *all = ARENA_ARRAY(e->a, double, base->dim[0] + 1),
           *to = ARENA_ARRAY(e->a, double, x->dim[0] + 1);
    for (int64_t i = 0; i < base->dim[0]; i++) all[i] = (double)i;
    numbers.number = all;
    return read_array(e, x, base, &numbers, to) ? to : NULL;
}

int64_t array_classes_read(Eval *e, const Array *x, Loc loc) {
    enum { MOST = 1 << 20 };
    double most = 0;
    const double *label = array_count(x) == x->dim[0] ? array_read(e, x, loc) : NULL;
    for (int64_t i = 0; label && i < x->dim[0]; i++) {
        if (!(label[i] >= 0 && label[i] < MOST) || label[i] != floor(label[i])) return 0;
        most = fmax(most, label[i]);
    }
    return label ? (int64_t)most + 1 : 0;
}

// ---- of tables that the script makes

Value frame_chosen(Eval *e, const Value *frame, RowStep *step, const void *context, Loc loc) {
    Frame f = frame_copy(e, frame_of(frame));
    List list = {0};
    if (f.rows < 1 || f.lost || !eval_items(e, loc, f.rows))
        return array_foreign(e, frame, "rows", loc);
    for (int64_t i = 0; i < f.rows; i++) {
        const Value row = {.kind = VALUE_INT, .integer = i};
        ARENA_PUSH(e->a, list.item, list.n, row);
    }
    const Value all = texts_numbers(e, &list, NULL, CNN_I8, loc),
                some = step(e, &all, context, loc);
    if (some.kind != VALUE_ARRAY) return some;
    const double *row = chosen_rows(e, some.array, all.array, loc);
    if (!row) return array_foreign(e, frame, "rows", loc);
    f.rows = some.array->dim[0];
    f.chosen = true;
    for (int k = 0; k < f.n; k++) {
        Column *c = &f.column[k];
        const char **cell = c->cell ? ARENA_ARRAY(e->a, const char *, f.rows + 1) : NULL;
        Value v = {.kind = VALUE_ARRAY, .array = c->array};
        if (c->array) v = step(e, &v, context, loc);
        if (c->array && v.kind != VALUE_ARRAY) return v;
        if (c->array) c->array = v.array;
        for (int64_t i = 0; cell && i < f.rows; i++) cell[i] = c->cell[(int64_t)row[i]];
        c->cell = cell;
    }
    return frame_value(e, &f, loc);
}

typedef struct Rows { // that are taken
    const RowOrder *order; // of a permutation, or NULL
    int64_t first, n, step;
} Rows;

static Value take_rows(Eval *e, const Value *v, const void *context, Loc loc) {
    const Rows *r = context;
    return r->order ? array_shuffle(e, v, r->order, r->n, loc)
                    : array_slice_rows(e, v, r->first, r->n, r->step, loc);
}

static Value some_rows(Eval *e, const Value *v, const Rows *r, Loc loc) {
    return frame_of(v) ? frame_chosen(e, v, take_rows, r, loc) : take_rows(e, v, r, loc);
}

Value rows_ordered(Eval *e, const Value *v, const RowOrder *order, int64_t n, Loc loc) {
    const Rows r = {.order = order, .n = n};
    return some_rows(e, v, &r, loc);
}

bool frame_part(Eval *e, const Value *v, const Value *index, Loc loc, Value *out) {
    const Frame *f = frame_of(v);
    Range range;
    if (index->kind == VALUE_SLICE && slice_range(index, f->rows, &range) && range.n > 0 &&
        range.step > 0) {
        const Rows r = {NULL, range.start, range.n, range.step};
        return *out = some_rows(e, v, &r, loc), true;
    }
    bool other = f->chosen || (mask_is(index) && table_renumbered(index->array));
    if (mask_is(index)) // pandas puts rows together by their numbers
        return *out = other ? array_foreign(e, v, "rows", loc) : mask_frame(e, v, index, loc), true;
    Frame part = *f;
    if (!(index->kind == VALUE_LIST || index->kind == VALUE_KNOWN) || f->series) return false;
    part.n = 0, part.column = NULL;
    for (int i = 0; i < value_count(index); i++) {
        const Value *name = value_at(index, i);
        Column c;
        if (name->kind != VALUE_STRING || frame_named(e, v, name->text, &c, loc) < 0) return false;
        ARENA_PUSH(e->a, part.column, part.n, c);
    }
    return *out = frame_value(e, &part, loc), part.n > 0;
}

bool rows_method(const char *name) {
    return !strcmp(name, "head") || !strcmp(name, "tail") || !strcmp(name, "sample") ||
           !strcmp(name, "reset_index");
}

// The numbers of the rows begin at 0 again.
static Value renumbered(Eval *e, const Value *v, Loc loc) {
    const Frame *f = frame_of(v);
    if (v->kind != VALUE_ARRAY) return *v;
    Array x = *v->array;
    x.renumbered = true;
    if (!f) return array_value(e, loc, x);
    Frame made = frame_copy(e, f);
    made.chosen = false;
    for (int i = 0; i < f->n; i++) {
        Value one = {.kind = VALUE_ARRAY, .array = f->column[i].array};
        if (!one.array) continue;
        one = renumbered(e, &one, loc);
        if (one.kind != VALUE_ARRAY) return one;
        made.column[i].array = one.array;
    }
    return frame_value(e, &made, loc);
}

static Value reset_index(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"level", "drop", "inplace"};
    const Value *v[3];
    if (!take(e, call, names, 0, 3, v)) return eval_error();
    bool drops = v[1] && v[1]->kind == VALUE_BOOL && v[1]->integer, here = v[2] && v[2]->integer;
    if (v[0] || !drops || (v[2] && v[2]->kind != VALUE_BOOL))
        return array_foreign(e, self, "reset_index", call->loc);
    const Value made = renumbered(e, self, call->loc);
    if (!here || made.kind != VALUE_ARRAY) return made;
    array_rebind(e, self->array, made);
    return (Value){.kind = VALUE_NONE};
}

// As numpy's RandomState draws them.
static Value sample(Eval *e, const Value *self, int64_t rows, const Call *call) {
    static const char *const names[] = {"n",    "frac",        "replace", "weights", "random_state",
                                        "axis", "ignore_index"};
    const Value *v[7];
    if (!take(e, call, names, 0, 7, v)) return eval_error();
    bool seeded =
        v[4] && v[4]->kind == VALUE_INT && v[4]->integer >= 0 && v[4]->integer <= UINT32_MAX;
    bool drawn = !v[4] || v[4]->kind == VALUE_NONE;
    int64_t n = v[0] && v[0]->kind == VALUE_INT          ? v[0]->integer
                : v[1] && value_is_number(v[1]) && !v[0] ? llrint(value_real(v[1]) * (double)rows)
                                                         : 0;
    bool plain = !v[2] && !v[3] && !v[5] && (v[0] == NULL) != (v[1] == NULL);
    if (drawn) e->draws.follows = false; // numpy's generator has drawn what is not followed here
    if (!plain || !seeded || n < 1 || n > rows) return array_foreign(e, self, "sample", call->loc);
    const RowOrder order = {.from = {.seed = (uint32_t)v[4]->integer}, .all = rows};
    const Value out = rows_ordered(e, self, &order, n, call->loc);
    bool anew = v[6] && v[6]->kind == VALUE_BOOL && v[6]->integer;
    return anew ? renumbered(e, &out, call->loc) : out;
}

Value rows_call(Eval *e, const Value *self, const char *name, const Call *call) {
    const Frame *f = frame_of(self);
    int64_t rows = f ? f->rows : self->array->dim[0];
    if (strcmp(name, "reset_index") == 0) return reset_index(e, self, call);
    if (strcmp(name, "sample") == 0) return sample(e, self, rows, call);
    static const char *const names[] = {"n"};
    const Value *v;
    if (!take(e, call, names, 0, 1, &v)) return eval_error();
    int64_t n = !v ? 5 : v->kind == VALUE_INT ? v->integer : 0;
    if (n > rows) n = rows;
    const Rows r = {NULL, strcmp(name, "tail") == 0 ? rows - n : 0, n, 1};
    return r.n < 1 ? array_foreign(e, self, name, call->loc) : some_rows(e, self, &r, call->loc);
}

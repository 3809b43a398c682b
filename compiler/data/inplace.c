// SPDX-License-Identifier: MIT
// What changes an array in place: by its operator, by numpy's functions, or in a way that is not known. An array is a
// value here, so that all that stands for it in the script becomes the changed one. Of what else shares its numbers, as
// a part of it does, the changed values are not known.
#include "data/frame.h"
#include "../runtime/data/types.h"
#include "support/text.h"
#include <string.h>

typedef struct Change {
    const Array *from;
    Value to;
    const char *other; // that names another array which shares the numbers
} Change;

static bool shares(const Change *c, const Value *v) {
    return v->kind == VALUE_ARRAY && v->array->numbers && v->array->numbers == c->from->numbers;
}

static void rebind(void *context, const char *name, Value *v) {
    const Change *c = context;
    (void)name;
    if (v->kind == VALUE_ARRAY && v->array == c->from) *v = c->to;
}

static void lose(void *context, const char *name, Value *v) {
    const Change *c = context;
    (void)name;
    if (shares(c, v)) *v = c->to;
}

static void find_other(void *context, const char *name, Value *v) {
    Change *c = context;
    if (!c->other && shares(c, v) && v->array != c->from) c->other = name;
}

static const char *other_name(Eval *e, const Array *x) { // NULL: there is none
    Change c = {.from = x};
    scope_each(e, find_other, &c);
    return c.other;
}

void array_rebind(Eval *e, const Array *from, Value to) {
    Change c = {.from = from, .to = to};
    scope_each(e, rebind, &c);
}

void array_lose(Eval *e, const Array *x, Value lost) {
    Change c = {.from = x, .to = lost};
    scope_each(e, lose, &c);
}

void array_changed(Eval *e, const Array *x, Value to, Loc loc) {
    array_rebind(e, x, to);
    const char *other = other_name(e, x);
    if (other)
        diag_error(e->d, loc, 103, "'%s' shares these numbers, which are changed: give it a copy",
                   other);
}

void array_forget(Eval *e, const Value *v, Loc loc) {
    Value lost = array_foreign(e, v, "an item", loc);
    array_lose(e, v->array, lost);
    foreign_left_out(e, loc, lost.foreign);
}

// -------------------------------------------------------------------------------- x += 1

// numpy's casting="same_kind".
static bool same_kind(int from, int to) {
    const TypeRow *f = &type_rows[from], *t = &type_rows[to];
    if (t->real || f->real) return t->real;
    if (to == CNN_B1 || from == CNN_B1) return from == CNN_B1;
    return f->least >= 0 || t->least < 0;
}

static Value refuse(Eval *e, const Ast *target, AstOp op, Loc loc, const char *why) {
    const char *name = target->kind == AST_NAME ? target->text : NULL, *sign = ast_operators[op];
    diag_error(e->d, loc, 103, "%s: write %s", why,
               name ? arena_printf(e->a, "%s = %s %s ...", name, name, sign)
                    : arena_printf(e->a, "an assignment with = and %s", sign));
    return eval_error();
}

// What numpy stores of a result in x's place.
static Value stored(Eval *e, const Ast *target, AstOp op, const Array *x, const Value *made,
                    Loc loc) {
    const Array *y = made->array;
    const char *type = type_rows[x->type].name;
    const Value to = {.kind = VALUE_STRING, .text = type};
    bool integers = !type_rows[x->type].real && type_rows[y->type].real;
    if (!same_kind(y->type, x->type))
        return refuse(e, target, op, loc,
                      arena_printf(e->a, "numpy keeps %s in place", integers ? "integers" : type));
    if (y->rank != x->rank || memcmp(y->dim, x->dim, sizeof *x->dim * (size_t)x->rank) != 0)
        return refuse(e, target, op, loc,
                      arena_printf(e->a, "numpy keeps the shape %s in place, and this has %s",
                                   array_shape(e->a, x), array_shape(e->a, y)));
    return y->type == x->type ? *made : array_astype(e, made, &to, loc);
}

Value array_updated(Eval *e, const Ast *target, AstOp op, const Value *l, const Value *r, Loc loc) {
    const Array *x = l->array;
    bool numbers = !x->members && !x->is_frame; // pandas makes new ones
    const char *other = numbers ? other_name(e, x) : NULL;
    if (other)
        return refuse(e, target, op, l->loc,
                      arena_printf(e->a, "'%s' shares these numbers", other));
    Value made = op == OP_POWER ? arith_power(e, loc, l, r) : arith(e, loc, op, l, r);
    if (numbers && made.kind == VALUE_ARRAY) made = stored(e, target, op, x, &made, l->loc);
    made.loc = loc;
    if (made.kind != VALUE_ERROR && !x->members) array_rebind(e, x, made);
    return made;
}

// ------------------------------------------------------------------------ by what is not known

typedef struct FillRow { // a function of numpy's that writes into one of its arguments
    const char *name;
    int place;
    const char *keyword; // if it is given this one; NULL: always
} FillRow;

static const FillRow fills[] = {
    {"put", 0, NULL},          {"put_along_axis", 0, NULL},
    {"copyto", 0, NULL},       {"place", 0, NULL},
    {"putmask", 0, NULL},      {"fill_diagonal", 0, NULL},
    {"nan_to_num", 0, "copy"}, {"add", 2, NULL},
    {"subtract", 2, NULL},     {"multiply", 2, NULL},
    {"divide", 2, NULL},       {"true_divide", 2, NULL},
    {"floor_divide", 2, NULL}, {"power", 2, NULL},
    {"mod", 2, NULL},          {"remainder", 2, NULL},
    {"maximum", 2, NULL},      {"minimum", 2, NULL},
    {"abs", 1, NULL},          {"absolute", 1, NULL},
    {"negative", 1, NULL},     {"sqrt", 1, NULL},
    {"square", 1, NULL},       {"exp", 1, NULL},
    {"log", 1, NULL},          {"sign", 1, NULL},
    {"round", 2, NULL},        {"around", 2, NULL},
    {"clip", 3, NULL},         {"dot", 2, NULL},
    {"matmul", 2, NULL},
};

static bool has_keyword(const Filling *g, const char *keyword) {
    for (int i = 0; i < g->n; i++)
        if (g->keyword[i] && strcmp(g->keyword[i], keyword) == 0) return true;
    return false;
}

bool array_fills(const Filling *g, int i) {
    bool numpy = strncmp(g->function, "numpy.", 6) == 0;
    const char *name = g->function + (numpy ? 6 : 0);
    if (g->keyword[i]) return strcmp(g->keyword[i], "out") == 0;
    if (strncmp(name, "random.", 7) == 0) return i == 0 && text_ends(name, ".shuffle");
    for (size_t k = 0; numpy && k < sizeof fills / sizeof *fills; k++)
        if (fills[k].place == i && strcmp(name, fills[k].name) == 0)
            return !fills[k].keyword || has_keyword(g, fills[k].keyword);
    return false;
}

const Array *array_shared(const Value *v) {
    if (v->kind == VALUE_FOREIGN) return v->foreign->view;
    return v->kind == VALUE_ARRAY ? v->array : NULL;
}

void array_given(Eval *e, const char *function, const Call *call, const Value *made) {
    const char **keyword = ARENA_ARRAY(e->a, const char *, (size_t)call->n + 1);
    for (int i = 0; i < call->n; i++) keyword[i] = call->arg[i].keyword;
    const Filling given = {function, call->n, keyword};
    for (int i = 0; i < call->n; i++)
        if (array_shared(&call->arg[i].value) && array_fills(&given, i))
            array_lose(e, array_shared(&call->arg[i].value), *made);
}

const Array *array_viewed(const char *function, const Call *call) {
    static const char *const views[] = {"reshape",
                                        "ravel",
                                        "squeeze",
                                        "expand_dims",
                                        "transpose",
                                        "swapaxes",
                                        "moveaxis",
                                        "rollaxis",
                                        "flip",
                                        "fliplr",
                                        "flipud",
                                        "rot90",
                                        "atleast_1d",
                                        "atleast_2d",
                                        "atleast_3d",
                                        "asanyarray",
                                        "ascontiguousarray",
                                        "asarray"};
    const Value *v = call->n ? &call->arg[0].value : NULL;
    if (!v || v->kind != VALUE_ARRAY || strncmp(function, "numpy.", 6) != 0) return NULL;
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        if (strcmp(function + 6, views[i]) == 0) return v->array;
    return NULL;
}

bool array_changes(const Ast *call) {
    static const char *const methods[] = {"insert", "pop",       "update", "fill",
                                          "sort",   "partition", "put",    "resize"};
    if (call->left->kind != AST_ATTRIBUTE) return false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(call->left->text, methods[i]) == 0) return true;
    for (int i = 0; i < call->n; i++)
        if (call->item[i].keyword && strcmp(call->item[i].keyword, "inplace") == 0) return true;
    return false;
}

bool array_part_forget(Eval *e, const Ast *part, const Foreign *by) {
    Loc loc = part->loc;
    while (part->kind == AST_ATTRIBUTE || part->kind == AST_SUBSCRIPT) part = part->left;
    const Value *v = part->kind == AST_NAME ? scope_get(e, part->text) : NULL;
    const Array *view = v && v->kind == VALUE_FOREIGN ? v->foreign->view : NULL;
    if (view)
        return array_lose(e, view, (Value){.kind = VALUE_FOREIGN, .loc = loc, .foreign = by}), true;
    if (!v || v->kind != VALUE_ARRAY) return false;
    if (frame_forget(e, v, loc)) return true;
    array_rebind(e, v->array, (Value){.kind = VALUE_FOREIGN, .loc = loc, .foreign = by});
    return true;
}

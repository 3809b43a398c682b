// SPDX-License-Identifier: MIT
// The methods of lists, tuples, dicts and sets.
#include "script/methods.h"
#include <string.h>

static const Value none = {.kind = VALUE_NONE};
static const char *const names[] = {"object", "default"};

static bool one(Eval *e, const Call *call, const Value **v) {
    return take(e, call, names, 1, 1, v);
}
static bool nothing(Eval *e, const Call *call) {
    const Value *v;
    return take(e, call, NULL, 0, 0, &v);
}

// ---------------------------------------------------------------------------- lists and tuples

static Value run_append(Eval *e, const Value *self, const Call *call) {
    const Value *v;
    if (!one(e, call, &v) || !eval_spend(e, call->loc, 1)) return eval_error();
    if (self->list->n >= LARGEST_SEQUENCE)
        return eval_items(e, call->loc, (int64_t)self->list->n + 1), eval_error();
    ARENA_PUSH(e->a, self->list->item, self->list->n, *v);
    return none;
}

static Value run_extend(Eval *e, const Value *self, const Call *call) {
    const Value *v;
    if (!one(e, call, &v)) return eval_error();
    const List *list = eval_iterate(e, v, call->loc);
    int n = list ? list->n : 0;
    if (!list || !eval_items(e, call->loc, (int64_t)n + self->list->n)) return eval_error();
    for (int i = 0; i < n; i++) ARENA_PUSH(e->a, self->list->item, self->list->n, list->item[i]);
    return none;
}

static Value run_insert(Eval *e, const Value *self, const Call *call) {
    static const char *const words[] = {"index", "object"};
    const Value *v[2];
    List *l = self->list;
    if (!take(e, call, words, 2, 2, v) || !eval_items(e, call->loc, (int64_t)l->n + 1))
        return eval_error();
    int64_t at = 0;
    if (!take_whole(e, call, v[0], "index", &at)) return eval_error();
    if (at < 0) at = at + l->n < 0 ? 0 : at + l->n;
    if (at > l->n) at = l->n;
    ARENA_PUSH(e->a, l->item, l->n, none);
    memmove(&l->item[at + 1], &l->item[at], sizeof *l->item * (size_t)(l->n - 1 - at));
    l->item[at] = *v[1];
    return none;
}

static void cut(List *l, int64_t at) {
    memmove(&l->item[at], &l->item[at + 1], sizeof *l->item * (size_t)(l->n - 1 - at));
    l->n--;
}

static Value run_list_pop(Eval *e, const Value *self, const Call *call) {
    static const char *const words[] = {"index"};
    const Value *v;
    List *l = self->list;
    if (!take(e, call, words, 0, 1, &v) || !eval_items(e, call->loc, l->n)) return eval_error();
    int64_t wanted = -1;
    if (!take_whole(e, call, v, "index", &wanted)) return eval_error();
    int64_t at = wanted < 0 ? wanted + l->n : wanted;
    if (at < 0 || at >= l->n) {
        diag_error(e->d, call->loc, 107, "%s has no item %lld to pop", value_describe(e->a, self),
                   (long long)wanted);
        return eval_error();
    }
    Value item = l->item[at];
    cut(l, at);
    return item;
}

static int find(const List *l, const Value *v) {
    for (int i = 0; i < l->n; i++)
        if (value_equal(&l->item[i], v)) return i;
    return -1;
}

static Value run_index(Eval *e, const Value *self, const Call *call) {
    const Value *v;
    if (!one(e, call, &v) || !eval_weigh(e, call->loc, v) || !eval_weigh(e, call->loc, self))
        return eval_error();
    int at = find(self->list, v);
    if (at >= 0) return (Value){.kind = VALUE_INT, .integer = at};
    diag_error(e->d, call->loc, 107, "%s is not in %s", value_describe(e->a, v),
               value_describe(e->a, self));
    return eval_error();
}

static Value run_remove(Eval *e, const Value *self, const Call *call) {
    Value at = run_index(e, self, call);
    if (at.kind == VALUE_ERROR) return at;
    cut(self->list, at.integer);
    return none;
}

static Value run_count(Eval *e, const Value *self, const Call *call) {
    const Value *v;
    int64_t n = 0;
    if (!one(e, call, &v) || !eval_weigh(e, call->loc, v) || !eval_weigh(e, call->loc, self))
        return eval_error();
    for (int i = 0; i < self->list->n; i++) n += value_equal(&self->list->item[i], v);
    return (Value){.kind = VALUE_INT, .integer = n};
}

static Value run_reverse(Eval *e, const Value *self, const Call *call) {
    List *l = self->list;
    if (!nothing(e, call) || !eval_items(e, call->loc, l->n)) return eval_error();
    for (int i = 0, k = l->n - 1; i < k; i++, k--) {
        Value held = l->item[i];
        l->item[i] = l->item[k], l->item[k] = held;
    }
    return none;
}

static Value run_sort(Eval *e, const Value *self, const Call *call) {
    return sort_list(e, call, self->list) ? none : eval_error();
}

static Value run_list_copy(Eval *e, const Value *self, const Call *call) {
    if (!nothing(e, call) || !eval_items(e, call->loc, self->list->n)) return eval_error();
    Value v = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < self->list->n; i++) value_append(e->a, &v, self->list->item[i]);
    return v;
}

static Value run_list_clear(Eval *e, const Value *self, const Call *call) {
    if (!nothing(e, call)) return eval_error();
    *self->list = (List){0};
    return none;
}

const Method list_methods[] = {
    {"append", run_append},  {"extend", run_extend},    {"insert", run_insert},
    {"pop", run_list_pop},   {"index", run_index},      {"remove", run_remove},
    {"count", run_count},    {"sort", run_sort},        {"reverse", run_reverse},
    {"copy", run_list_copy}, {"clear", run_list_clear}, {0},
};
const Method tuple_methods[] = {{"index", run_index}, {"count", run_count}, {0}};

// ------------------------------------------------------------------------------ dicts and sets

static Value view(Eval *e, const Value *self, const Call *call, int of) {
    if (!nothing(e, call)) return eval_error();
    View *v = ARENA_NEW(e->a, View);
    *v = (View){self->dict, of};
    return (Value){.kind = VALUE_VIEW, .view = v};
}

static Value run_keys(Eval *e, const Value *self, const Call *call) {
    return view(e, self, call, VIEW_KEYS);
}
static Value run_values(Eval *e, const Value *self, const Call *call) {
    return view(e, self, call, VIEW_VALUES);
}
static Value run_items(Eval *e, const Value *self, const Call *call) {
    return view(e, self, call, VIEW_ITEMS);
}

static Value run_get(Eval *e, const Value *self, const Call *call) {
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    const Value *item = value_hashable(v[0]) ? dict_find(self->dict, v[0]) : NULL;
    return item ? *item : v[1] ? *v[1] : none;
}

static Value run_setdefault(Eval *e, const Value *self, const Call *call) {
    Value v = run_get(e, self, call);
    if (v.kind != VALUE_ERROR && value_hashable(&call->arg[0].value) && eval_spend(e, call->loc, 2))
        dict_put(self->dict, call->arg[0].value, v);
    return v;
}

static Value run_dict_pop(Eval *e, const Value *self, const Call *call) {
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    const Value *item = value_hashable(v[0]) ? dict_find(self->dict, v[0]) : NULL;
    Value found = item ? *item : v[1] ? *v[1] : eval_error();
    if (item) dict_remove(self->dict, v[0]);
    if (found.kind == VALUE_ERROR && !v[1])
        diag_error(e->d, call->loc, 107, "the dict has no key %s", value_describe(e->a, v[0]));
    return found;
}

static Value run_update(Eval *e, const Value *self, const Call *call) {
    const Value *key, *item;
    for (int i = 0; i < call->n; i++) {
        const Argument *arg = &call->arg[i];
        if (!arg->keyword && arg->value.kind != self->kind) {
            diag_error(e->d, arg->loc, 206, "update takes %s, not %s",
                       self->kind == VALUE_DICT ? "a dict" : "a set",
                       value_describe(e->a, &arg->value));
            return eval_error();
        }
        int n = arg->keyword ? 1 : dict_count(arg->value.dict);
        if (!eval_items(e, call->loc, 2 * (int64_t)n)) return eval_error();
        if (arg->keyword)
            dict_put(self->dict, (Value){.kind = VALUE_STRING, .text = arg->keyword}, arg->value);
        else if (arg->value.dict != self->dict)
            for (int at = 0; dict_next(arg->value.dict, &at, &key, &item);)
                dict_put(self->dict, *key, *item);
    }
    return none;
}

static Value run_dict_copy(Eval *e, const Value *self, const Call *call) {
    Value v = {.kind = self->kind, .dict = dict_new(e->a)};
    const Value *key, *item;
    if (!nothing(e, call) || !eval_items(e, call->loc, 2 * (int64_t)dict_count(self->dict)))
        return eval_error();
    for (int at = 0; dict_next(self->dict, &at, &key, &item);) dict_put(v.dict, *key, *item);
    return v;
}

static Value run_add(Eval *e, const Value *self, const Call *call) {
    const Value *v;
    if (!one(e, call, &v) || !eval_spend(e, call->loc, 2)) return eval_error();
    if (value_hashable(v)) return dict_put(self->dict, *v, *v), none;
    diag_error(e->d, call->loc, 103, "%s cannot be in a set", value_describe(e->a, v));
    return eval_error();
}

static Value run_discard(Eval *e, const Value *self, const Call *call) {
    const Value *v;
    if (!one(e, call, &v)) return eval_error();
    if (value_hashable(v)) dict_remove(self->dict, v);
    return none;
}

const Method dict_methods[] = {
    {"keys", run_keys},      {"values", run_values},         {"items", run_items},
    {"get", run_get},        {"pop", run_dict_pop},          {"update", run_update},
    {"copy", run_dict_copy}, {"setdefault", run_setdefault}, {0},
};
const Method set_methods[] = {{"add", run_add},
                              {"discard", run_discard},
                              {"update", run_update},
                              {"copy", run_dict_copy},
                              {0}};

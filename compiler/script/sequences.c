// SPDX-License-Identifier: MIT
// Python's functions of sequences: range, enumerate, zip, sorted, min, max, sum and the like.
#include "script/eval.h"
#include "data/data.h"
#include "script/later.h"
#include "script/methods.h"
#include "support/text.h"
#include <string.h>

static bool arguments(Eval *e, const Call *call, int least, int most) {
    int n = 0;
    for (int i = 0; i < call->n; i++) n += !call->arg[i].keyword;
    if (n >= least && n <= most) return true;
    diag_error(e->d, call->loc, n < least ? 205 : 202, "%s takes %d to %d positional arguments",
               call->what, least, most);
    return false;
}

// The keyword argument, or NULL. Others are refused: false.
static bool keyword(Eval *e, const Call *call, const char *const *names, int n, const Value **out) {
    for (int k = 0; k < n; k++) out[k] = NULL;
    for (int i = 0; i < call->n; i++) {
        int k = 0;
        if (!call->arg[i].keyword) continue;
        while (k < n && strcmp(call->arg[i].keyword, names[k]) != 0) k++;
        if (k == n) {
            diag_error(e->d, call->arg[i].loc, 201, "unknown argument '%s' of %s",
                       call->arg[i].keyword, call->what);
            return false;
        }
        out[k] = &call->arg[i].value;
    }
    return true;
}

static const List *items(Eval *e, const Call *call, int i) {
    const Value *v = &call->arg[i].value;
    return eval_iterate(e, v, call->arg[i].loc);
}

int64_t range_items(const Range *r) {
    bool empty = r->step > 0 ? r->stop <= r->start : r->stop >= r->start;
    uint64_t start = (uint64_t)r->start, stop = (uint64_t)r->stop;
    uint64_t distance = r->step > 0 ? stop - start : start - stop;
    uint64_t step = r->step > 0 ? (uint64_t)r->step : 0 - (uint64_t)r->step;
    uint64_t n = empty ? 0 : (distance - 1) / step + 1;
    return n > INT64_MAX ? INT64_MAX : (int64_t)n;
}

static Value run_range(Eval *e, const Call *call) {
    int64_t part[3] = {0, 0, 1};
    if (!arguments(e, call, 1, 3)) return eval_error();
    for (int i = 0; i < call->n; i++) {
        const Value *v = &call->arg[i].value;
        if (v->kind == VALUE_LATER)
            return foreign_made(e, value_describe(e->a, v), call->arg[i].loc);
        if (!value_is_int(v)) {
            diag_error(e->d, call->arg[i].loc, 206, "range takes integers, not %s",
                       value_describe(e->a, v));
            return eval_error();
        }
        part[call->n == 1 ? 1 : i] = v->integer;
    }
    Range r = {part[0], part[1], part[2], 0};
    if (r.step == 0) {
        diag_error(e->d, call->loc, 207, "the step of a range must not be 0");
        return eval_error();
    }
    r.n = range_items(&r);
    return (Value){.kind = VALUE_RANGE, .range = arena_copy(e->a, &r, sizeof r)};
}

static Value run_enumerate(Eval *e, const Call *call) {
    static const char *const names[] = {"iterable", "start"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    const List *list = eval_iterate(e, v[0], call->loc);
    int64_t start = 0;
    if (!list || !take_whole(e, call, v[1], "start", &start) ||
        !eval_items(e, call->loc, 3 * (int64_t)list->n))
        return eval_error();
    Value out = value_sequence(e->a, VALUE_ITERATOR, 0);
    for (int i = 0; i < list->n; i++) {
        Value pair = value_sequence(e->a, VALUE_TUPLE, 0);
        value_append(e->a, &pair,
                     (Value){.kind = VALUE_INT,
                             .loc = call->loc,
                             .integer = (int64_t)((uint64_t)start + (uint64_t)i)});
        value_append(e->a, &pair, list->item[i]);
        value_append(e->a, &out, pair);
    }
    return out;
}

static Value run_zip(Eval *e, const Call *call) {
    const List **list = ARENA_ARRAY(e->a, const List *, call->n + 1);
    const Value *none;
    int n = call->n ? LARGEST_SEQUENCE : 0;
    if (!keyword(e, call, NULL, 0, &none)) return eval_error();
    for (int i = 0; i < call->n; i++) {
        if (!(list[i] = items(e, call, i))) return eval_error();
        if (list[i]->n < n) n = list[i]->n;
    }
    if (!eval_items(e, call->loc, (int64_t)n * (call->n + 1))) return eval_error();
    Value out = value_sequence(e->a, VALUE_ITERATOR, 0);
    for (int i = 0; i < n; i++) {
        Value row = value_sequence(e->a, VALUE_TUPLE, 0);
        for (int k = 0; k < call->n; k++) value_append(e->a, &row, list[k]->item[i]);
        value_append(e->a, &out, row);
    }
    return out;
}

static Value apply(Eval *e, const Value *f, const Value *x, Loc loc) {
    Argument arg = {NULL, loc, *x};
    return eval_call(e, f, &(Call){.loc = loc, .n = 1, .arg = &arg}, loc);
}

static Value run_map(Eval *e, const Call *call) {
    if (!arguments(e, call, 2, 2)) return eval_error();
    const List *list = items(e, call, 1);
    if (!list || !eval_items(e, call->loc, list->n)) return eval_error();
    Value out = value_sequence(e->a, VALUE_ITERATOR, 0);
    for (int i = 0; i < list->n; i++) {
        Value v = apply(e, &call->arg[0].value, &list->item[i], call->loc);
        if (v.kind == VALUE_ERROR) return v;
        value_append(e->a, &out, v);
    }
    return out;
}

static Value run_filter(Eval *e, const Call *call) {
    if (!arguments(e, call, 2, 2)) return eval_error();
    const List *list = items(e, call, 1);
    if (!list || !eval_items(e, call->loc, list->n)) return eval_error();
    bool plain = call->arg[0].value.kind == VALUE_NONE, truth;
    Value out = value_sequence(e->a, VALUE_ITERATOR, 0);
    for (int i = 0; i < list->n; i++) {
        Value v = plain ? list->item[i] : apply(e, &call->arg[0].value, &list->item[i], call->loc);
        if (v.kind == VALUE_FOREIGN) return v;
        if (!eval_truth(e, &v, &truth)) return eval_error();
        if (truth) value_append(e->a, &out, list->item[i]);
    }
    return out;
}

// --------------------------------------------------------------------------------- collections

static Value collect(Eval *e, const Call *call, ValueKind kind) {
    const Value *none;
    if (!arguments(e, call, 0, 1) || !keyword(e, call, NULL, 0, &none)) return eval_error();
    Value out = value_sequence(e->a, kind, 0);
    const List *list = call->n ? items(e, call, 0) : &(List){0};
    if (!list || !eval_items(e, call->loc, list->n)) return eval_error();
    for (int i = 0; i < list->n; i++) value_append(e->a, &out, list->item[i]);
    return out;
}

static Value run_list(Eval *e, const Call *call) {
    return collect(e, call, VALUE_LIST);
}
static Value run_tuple(Eval *e, const Call *call) {
    return collect(e, call, VALUE_TUPLE);
}

static Value run_reversed(Eval *e, const Call *call) {
    Value v = collect(e, call, VALUE_ITERATOR);
    if (v.kind == VALUE_ERROR) return v;
    for (int i = 0, k = v.list->n - 1; i < k; i++, k--) {
        Value held = v.list->item[i];
        v.list->item[i] = v.list->item[k], v.list->item[k] = held;
    }
    return v;
}

static Value run_set(Eval *e, const Call *call) {
    if (call->n == 1 && call->arg[0].value.kind == VALUE_ARRAY) return data_classes(e, call);
    Value list = collect(e, call, VALUE_LIST), out = {.kind = VALUE_SET, .dict = dict_new(e->a)};
    if (list.kind == VALUE_ERROR) return list;
    for (int i = 0; i < value_count(&list); i++) {
        const Value *item = value_at(&list, i);
        if (!value_hashable(item)) {
            diag_error(e->d, call->loc, 103, "%s cannot be in a set", value_describe(e->a, item));
            return eval_error();
        }
        dict_put(out.dict, *item, *item);
    }
    return out;
}

static bool put_pair(Eval *e, Dict *d, const Value *pair, Loc loc) {
    const List *two = eval_iterate(e, pair, loc);
    if (two && two->n == 2 && value_hashable(&two->item[0]))
        return dict_put(d, two->item[0], two->item[1]), true;
    if (two) diag_error(e->d, loc, 103, "dict takes pairs of a key and a value");
    return false;
}

static Value run_dict(Eval *e, const Call *call) {
    Value out = {.kind = VALUE_DICT, .dict = dict_new(e->a)};
    const Value *key, *item;
    if (!arguments(e, call, 0, 1) || !eval_items(e, call->loc, call->n)) return eval_error();
    for (int i = 0; i < call->n; i++) {
        const Argument *arg = &call->arg[i];
        if (arg->keyword) {
            dict_put(out.dict, (Value){.kind = VALUE_STRING, .text = arg->keyword}, arg->value);
        } else if (arg->value.kind == VALUE_DICT) {
            for (int at = 0; dict_next(arg->value.dict, &at, &key, &item);)
                dict_put(out.dict, *key, *item);
        } else {
            const List *list = items(e, call, i);
            for (int k = 0; list && k < list->n; k++)
                if (!put_pair(e, out.dict, &list->item[k], call->loc)) return eval_error();
            if (!list) return eval_error();
        }
    }
    return out;
}

// ------------------------------------------------------------------------------------- sorting

typedef struct Sort {
    Eval *e;
    Loc loc;
    bool reverse, failed;
    const Value *key; // by item
    int *order, *room;
} Sort;

static bool before(Sort *s, int a, int b) {
    bool comparable;
    int order = compare_values(&s->key[a], &s->key[b], &comparable);
    if (!comparable && !s->failed) {
        s->failed = true;
        diag_error(s->e->d, s->loc, 103, "'<' does not go with %s and %s",
                   value_describe(s->e->a, &s->key[a]), value_describe(s->e->a, &s->key[b]));
    }
    return s->reverse ? order == 1 : order == -1;
}

// Merge sort: equal items keep their order.
static void sort(Sort *s, int from, int to) {
    if (to - from < 2 || s->failed || !eval_spend(s->e, s->loc, to - from)) return;
    int middle = from + (to - from) / 2, l = from, r = middle;
    sort(s, from, middle);
    sort(s, middle, to);
    for (int i = from; i < to; i++) {
        bool right = l == middle || (r < to && before(s, s->order[r], s->order[l]));
        s->room[i] = s->order[right ? r++ : l++];
    }
    memcpy(s->order + from, s->room + from, sizeof *s->order * (size_t)(to - from));
}

bool sort_list(Eval *e, const Call *call, List *list) {
    static const char *const names[] = {"key", "reverse"};
    const Value *v[2];
    Sort s = {.e = e, .loc = call->loc};
    Value *keys = ARENA_ARRAY(e->a, Value, list->n + 1);
    if (!keyword(e, call, names, 2, v) || !eval_items(e, call->loc, list->n)) return false;
    if (v[1] && !eval_truth(e, v[1], &s.reverse)) return false;
    s.order = ARENA_ARRAY(e->a, int, list->n + 1);
    s.room = ARENA_ARRAY(e->a, int, list->n + 1);
    for (int i = 0; i < list->n; i++) {
        bool plain = !v[0] || v[0]->kind == VALUE_NONE;
        keys[i] = plain ? list->item[i] : apply(e, v[0], &list->item[i], call->loc);
        s.order[i] = i;
    }
    s.key = keys;
    List weighed = {list->n, keys};
    if (!eval_weigh(e, call->loc, &(Value){.kind = VALUE_LIST, .list = &weighed})) return false;
    sort(&s, 0, list->n);
    Value *sorted = ARENA_ARRAY(e->a, Value, list->n + 1);
    for (int i = 0; i < list->n; i++) sorted[i] = list->item[s.order[i]];
    if (list->n) memcpy(list->item, sorted, sizeof *sorted * (size_t)list->n);
    return !s.failed;
}

static Value run_sorted(Eval *e, const Call *call) {
    if (!arguments(e, call, 1, 1)) return eval_error();
    const List *list = items(e, call, 0);
    if (!list || !eval_items(e, call->loc, list->n)) return eval_error();
    Value out = value_sequence(e->a, VALUE_LIST, 0);
    for (int i = 0; i < list->n; i++) value_append(e->a, &out, list->item[i]);
    return sort_list(e, call, out.list) ? out : eval_error();
}

// ------------------------------------------------------------------------------------- extremes

static Value extreme(Eval *e, const Call *call, int wanted) {
    static const char *const names[] = {"key", "default"};
    const Value *v[2];
    List given = {0};
    if (!keyword(e, call, names, 2, v)) return eval_error();
    for (int i = 0; i < call->n; i++)
        if (!call->arg[i].keyword) ARENA_PUSH(e->a, given.item, given.n, call->arg[i].value);
    if (given.n == 1 && given.item->kind == VALUE_SERIES && !v[0])
        return series_made(e, given.item, wanted < 0 ? LATER_LEAST : LATER_MOST, call->loc);
    const List *list = given.n == 1 ? eval_iterate(e, &given.item[0], call->loc) : &given;
    if (!list || !eval_items(e, call->loc, list->n)) return eval_error();
    if (list->n == 0 && v[1]) return *v[1];
    List weighed = *list;
    if (!eval_weigh(e, call->loc, &(Value){.kind = VALUE_LIST, .list = &weighed}))
        return eval_error();
    if (list->n == 0) {
        diag_error(e->d, call->loc, 207, "%s needs at least one value", call->what);
        return eval_error();
    }
    Value best = list->item[0], best_key = v[0] ? apply(e, v[0], &best, call->loc) : best;
    for (int i = 1; i < list->n; i++) {
        Value key = v[0] ? apply(e, v[0], &list->item[i], call->loc) : list->item[i];
        if (key.kind == VALUE_LATER || best_key.kind == VALUE_LATER) {
            best_key = best =
                later_binary(e, call->loc, wanted < 0 ? LATER_MIN : LATER_MAX, &best_key, &key);
            if (best.kind == VALUE_ERROR) return best;
            continue;
        }
        bool comparable;
        int order = compare_values(&key, &best_key, &comparable);
        if (!comparable) {
            diag_error(e->d, call->loc, 103, "%s does not compare %s and %s", call->what,
                       value_describe(e->a, &key), value_describe(e->a, &best_key));
            return eval_error();
        }
        if (order == wanted) best = list->item[i], best_key = key;
    }
    return best;
}

static Value run_min(Eval *e, const Call *call) {
    return extreme(e, call, -1);
}
static Value run_max(Eval *e, const Call *call) {
    return extreme(e, call, 1);
}

static Value run_sum(Eval *e, const Call *call) {
    static const char *const names[] = {"iterable", "start"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    if (v[0]->kind == VALUE_SERIES && !v[1]) return series_made(e, v[0], LATER_TOTAL, call->loc);
    const List *list = eval_iterate(e, v[0], call->loc);
    Value sum = v[1] ? *v[1] : (Value){.kind = VALUE_INT, .loc = call->loc};
    if (!list || !eval_spend(e, call->loc, list->n)) return eval_error();
    for (int i = 0; i < list->n; i++) sum = arith(e, call->loc, OP_ADD, &sum, &list->item[i]);
    return sum;
}

static Value all_or_any(Eval *e, const Call *call, bool wanted) {
    if (!arguments(e, call, 1, 1)) return eval_error();
    const List *list = items(e, call, 0);
    bool truth = !wanted;
    for (int i = 0; list && i < list->n && truth != wanted; i++)
        if (!eval_truth(e, &list->item[i], &truth)) return eval_error();
    return list ? (Value){.kind = VALUE_BOOL, .integer = list->n ? truth : !wanted} : eval_error();
}

static Value run_all(Eval *e, const Call *call) {
    return all_or_any(e, call, false);
}
static Value run_any(Eval *e, const Call *call) {
    return all_or_any(e, call, true);
}

const Function sequence_functions[] = {
    {"range", "", run_range},
    {"enumerate", "", run_enumerate},
    {"zip", "", run_zip},
    {"map", "", run_map},
    {"filter", "", run_filter},
    {"list", "", run_list},
    {"tuple", "", run_tuple},
    {"reversed", "", run_reversed},
    {"set", "", run_set, true},
    {"dict", "", run_dict, true, true},
    {"sorted", "", run_sorted},
    {"min", "", run_min},
    {"max", "", run_max},
    {"sum", "", run_sum},
    {"all", "", run_all},
    {"any", "", run_any},
    {0},
};

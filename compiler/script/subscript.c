// SPDX-License-Identifier: MIT
// Items and slices of sequences, strings and dicts; what a loop walks; what counts as true.
#include "data/data.h"
#include "script/later.h"
#include "support/text.h"
#include <string.h>

// ------------------------------------------------------------------------------------ strings

static int64_t characters(const char *s) {
    int64_t n = 0;
    for (; *s; s++) n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

// Where character i of s starts.
static const char *character(const char *s, int64_t i) {
    while (*s && i-- > 0) do
            s++;
        while (((unsigned char)*s & 0xC0) == 0x80);
    return s;
}

// --------------------------------------------------------------------------------- positions

// Each item of a range is within 64 bits, if not all that leads there.
static int64_t range_item(const Range *r, int64_t i) {
    return (int64_t)((uint64_t)r->start + (uint64_t)i * (uint64_t)r->step);
}

static bool index_of(Eval *e, const Ast *node, const Value *of, const Value *index, int64_t n,
                     int64_t *out) {
    if (!value_is_int(index)) {
        diag_error(e->d, node->right->loc, 107, "an index is an integer, not %s",
                   value_describe(e->a, index));
        return false;
    }
    *out = index->integer < 0 ? index->integer + n : index->integer;
    if (*out >= 0 && *out < n) return true;
    diag_error(e->d, node->right->loc, 107, "index %lld is outside %s", (long long)index->integer,
               value_describe(e->a, of));
    return false;
}

static int64_t clamp(int64_t i, int64_t n, int64_t low, int64_t high) {
    if (i < 0) i += n;
    return i < low ? low : i > high ? high : i;
}

bool slice_range(const Value *slice, int64_t n, Range *r) {
    const Value *part = slice->list->item;
    for (int i = 0; i < 3; i++)
        if (part[i].kind != VALUE_NONE && !value_is_int(&part[i])) return false;
    r->step = part[2].kind == VALUE_NONE ? 1 : part[2].integer;
    if (r->step == 0 || r->step == INT64_MIN) return false;
    int64_t low = r->step > 0 ? 0 : -1, high = r->step > 0 ? n : n - 1;
    r->start = part[0].kind == VALUE_NONE ? (r->step > 0 ? 0 : n - 1)
                                          : clamp(part[0].integer, n, low, high);
    r->stop =
        part[1].kind == VALUE_NONE ? (r->step > 0 ? n : -1) : clamp(part[1].integer, n, low, high);
    r->n = range_items(r);
    return true;
}

static Value no_range(Eval *e, const Value *slice, Loc loc) {
    const Value *part = slice->list->item;
    for (int i = 0; i < 3; i++)
        if (part[i].kind != VALUE_NONE && !value_is_int(&part[i])) {
            diag_error(e->d, loc, 107, "a slice has integers, not %s",
                       value_describe(e->a, &part[i]));
            return eval_error();
        }
    diag_error(e->d, loc, 107, "the step of a slice is not 0");
    return eval_error();
}

static Value slice_string(Eval *e, const Value *v, const Range *r, Loc loc) {
    int64_t n = characters(v->text);
    bool whole = r->step == 1, ascii = n == (int64_t)strlen(v->text);
    if (!eval_bytes(e, loc, ascii || whole ? 4 * r->n : n * r->n)) return eval_error();
    char *text = arena_alloc(e->a, (size_t)(4 * r->n) + 1), *out = text;
    for (int64_t i = 0; i < r->n; i++) {
        int64_t at = r->start + i * r->step;
        const char *from = ascii ? v->text + at : character(v->text, at);
        if (whole && !ascii) {
            const char *end = character(from, r->n);
            memcpy(out, from, (size_t)(end - from));
            break;
        }
        const char *end = character(from, 1);
        memcpy(out, from, (size_t)(end - from));
        out += end - from;
    }
    return (Value){.kind = VALUE_STRING, .text = text};
}

static Value slice_of(Eval *e, const Value *v, const Value *slice, Loc loc) {
    Range r;
    int64_t n = v->kind == VALUE_STRING  ? characters(v->text)
                : v->kind == VALUE_RANGE ? v->range->n
                                         : v->list->n;
    if (!slice_range(slice, n, &r)) return no_range(e, slice, loc);
    if (v->kind == VALUE_STRING) return slice_string(e, v, &r, loc);
    if (v->kind == VALUE_RANGE) {
        const Range *of = v->range;
        uint64_t start = (uint64_t)of->start, step = (uint64_t)of->step; // all within 64 bits
        Range part = {(int64_t)(start + (uint64_t)r.start * step),
                      (int64_t)(start + (uint64_t)r.stop * step),
                      (int64_t)(step * (uint64_t)r.step), r.n};
        return (Value){.kind = VALUE_RANGE, .range = arena_copy(e->a, &part, sizeof part)};
    }
    if (!eval_items(e, loc, r.n)) return eval_error();
    Value out = value_sequence(e->a, v->kind, 0);
    out.n = v->n;
    for (int64_t i = 0; i < r.n; i++) value_append(e->a, &out, v->list->item[r.start + i * r.step]);
    return out;
}

// --------------------------------------------------------------------------------- subscripts

// What a dict of figures, or another small one, has instead.
static void list_keys(Eval *e, const Dict *d, Loc loc) {
    enum { MANY = 12 };
    const Value *key, *item;
    const char *list = "";
    if (dict_count(d) == 0 || dict_count(d) > MANY) return;
    for (int at = 0; dict_next(d, &at, &key, &item);) {
        const char *text = value_repr(e->a, key);
        list = arena_printf(e->a, "%s%s%.40s", list, *list ? ", " : "", text ? text : "...");
    }
    diag_help(e->d, loc, "it has %s", list);
}

static Value dict_item(Eval *e, const Ast *node, const Value *dict, const Value *key) {
    const Value *item = value_hashable(key) ? dict_find(dict->dict, key) : NULL;
    if (item) return *item;
    diag_error(e->d, node->right->loc, 107, "the dict has no key %s", value_describe(e->a, key));
    list_keys(e, dict->dict, node->right->loc);
    spelling_figure(e, dict->dict, key, node->right->loc);
    return eval_error();
}

static Value item_of(Eval *e, const Ast *node, const Value *v, const Value *index) {
    int64_t n = v->kind == VALUE_STRING  ? characters(v->text)
                : v->kind == VALUE_RANGE ? v->range->n
                                         : v->list->n;
    int64_t i;
    if (!index_of(e, node, v, index, n, &i)) return eval_error();
    if (v->kind == VALUE_RANGE)
        return (Value){.kind = VALUE_INT, .integer = range_item(v->range, i)};
    if (v->kind != VALUE_STRING) return v->list->item[i];
    const char *from = character(v->text, i), *end = character(from, 1);
    if (!eval_spend(e, node->loc, i / 16)) return eval_error();
    return (Value){.kind = VALUE_STRING, .text = arena_strndup(e->a, from, (size_t)(end - from))};
}

static Value score_item(Eval *e, const Ast *node, const Value *score, const Value *index) {
    int n = 1 + (score->model->broken ? MAX_METRICS : score->model->model->nmetric);
    if (!value_is_int(index)) {
        diag_error(e->d, node->right->loc, 107, "an index is an integer, not %s",
                   value_describe(e->a, index));
        return eval_error();
    }
    if (index->integer < -n || index->integer >= n) {
        diag_error(e->d, node->right->loc, 107,
                   "index %lld is outside the %d results of evaluate()", (long long)index->integer,
                   n);
        diag_help(e->d, node->right->loc, "0 is the loss, then come the metrics in their order");
        return eval_error();
    }
    int at = (int)(index->integer < 0 ? index->integer + n : index->integer);
    return later_score(e, score, at);
}

static Value figure_at(Eval *e, const Ast *node, const Value *figures, const Value *index) {
    int64_t i;
    if (!value_is_int(index)) return foreign_part(e, figures, "[]", node->loc);
    if (!index_of(e, node, figures, index, figures->n, &i)) return eval_error();
    return figures_item(e, figures, (int)i, node->loc);
}

Value eval_subscript(Eval *e, const Ast *node) {
    Value left = eval(e, node->left), index = eval(e, node->right);
    if (left.kind == VALUE_FOREIGN) return foreign_part(e, &left, "[]", node->loc);
    if (left.kind == VALUE_ERROR || index.kind == VALUE_ERROR) return eval_error();
    if (index.kind == VALUE_FOREIGN) return foreign_part(e, &index, "", node->loc);
    if (left.kind != VALUE_ARRAY && foreign_unknown(e, &index)) return foreign_result(e, &index);
    bool sequence =
        value_is_sequence(&left) || left.kind == VALUE_STRING || left.kind == VALUE_RANGE;
    if (left.kind == VALUE_SERIES) return series_item(e, &left, &index, node->loc);
    if (left.kind == VALUE_FIGURES) return figure_at(e, node, &left, &index);
    if (left.kind == VALUE_SCORE) return score_item(e, node, &left, &index);
    if (left.kind == VALUE_DICT) return dict_item(e, node, &left, &index);
    if (left.kind == VALUE_ARRAY && left.n == TABLE_LOC)
        return names_loc(e, &left, &index, node->loc);
    if (left.kind == VALUE_ARRAY) return array_subscript(e, &left, &index, node->loc);
    if (left.kind == VALUE_DATA)
        return foreign_made(e, arena_printf(e->a, "%s[...]", left.text), node->loc);
    if (sequence && index.kind == VALUE_SLICE) return slice_of(e, &left, &index, node->loc);
    if (sequence) return item_of(e, node, &left, &index);
    if (left.kind == VALUE_THING || left.kind == VALUE_MODULE)
        return left; // list[int]: a hint of a type
    diag_error(e->d, node->loc, 102, "%s cannot be subscripted", value_describe(e->a, &left));
    return eval_error();
}

// -------------------------------------------------------------------------------- iterations

static const List *iterate_range(Eval *e, const Range *r, Loc loc) {
    if (!eval_items(e, loc, r->n)) return NULL;
    Value v = value_sequence(e->a, VALUE_LIST, 0);
    for (int64_t i = 0; i < r->n; i++)
        value_append(e->a, &v, (Value){.kind = VALUE_INT, .loc = loc, .integer = range_item(r, i)});
    return v.list;
}

static const List *iterate_string(Eval *e, const char *s, Loc loc) {
    if (!eval_items(e, loc, characters(s))) return NULL;
    Value v = value_sequence(e->a, VALUE_LIST, 0);
    while (*s) {
        const char *end = character(s, 1);
        const char *text = arena_strndup(e->a, s, (size_t)(end - s));
        value_append(e->a, &v, (Value){.kind = VALUE_STRING, .loc = loc, .text = text});
        s = end;
    }
    return v.list;
}

static const List *iterate_dict(Eval *e, const Dict *d, int of, Loc loc) {
    Value v = value_sequence(e->a, VALUE_LIST, 0);
    const Value *key, *item;
    if (!eval_items(e, loc, dict_count(d))) return NULL;
    for (int at = 0; dict_next(d, &at, &key, &item);) {
        Value both = *key;
        if (of == VIEW_VALUES) both = *item;
        if (of == VIEW_ITEMS) {
            both = value_sequence(e->a, VALUE_TUPLE, 0);
            value_append(e->a, &both, *key);
            value_append(e->a, &both, *item);
        }
        value_append(e->a, &v, both);
    }
    return v.list;
}

const List *eval_iterate(Eval *e, const Value *v, Loc loc) {
    List *copy = ARENA_NEW(e->a, List);
    switch (v->kind) {
    case VALUE_TUPLE:
    case VALUE_LIST:
    case VALUE_KNOWN: return v->list;
    case VALUE_ITERATOR: // it gives its items once
        *copy = *v->list;
        *v->list = (List){0};
        return copy;
    case VALUE_RANGE: return iterate_range(e, v->range, loc);
    case VALUE_STRING: return iterate_string(e, v->text, loc);
    case VALUE_DICT:
    case VALUE_SET: return iterate_dict(e, v->dict, VIEW_KEYS, loc);
    case VALUE_VIEW: return iterate_dict(e, v->view->dict, v->view->of, loc);
    case VALUE_SCORE: return later_scores(e, v);
    case VALUE_SERIES: return series_items(e, v, loc);
    case VALUE_FIGURES: return figures_items(e, v, loc);
    default: break;
    }
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, loc, 102, "%s holds no items to go through", value_describe(e->a, v));
    return NULL;
}

bool eval_truth(Eval *e, const Value *v, bool *truth) {
    *truth = true;
    switch (v->kind) {
    case VALUE_ERROR:
    case VALUE_FOREIGN:
    case VALUE_LATER:
    case VALUE_FIGURES:
    case VALUE_SERIES:
    case VALUE_TEXT_LATER: return false;
    case VALUE_DATA:
    case VALUE_KNOWN:
    case VALUE_ARRAY:
        if (v->kind == VALUE_ARRAY && array_count(v->array) == 1) return false;
        diag_error(e->d, v->loc, 103, "%s is neither true nor false", value_describe(e->a, v));
        return false;
    case VALUE_NONE: *truth = false; break;
    case VALUE_BOOL:
    case VALUE_INT: *truth = v->integer != 0; break;
    case VALUE_FLOAT: *truth = v->real != 0; break;
    case VALUE_STRING: *truth = *v->text != 0; break;
    case VALUE_TUPLE:
    case VALUE_LIST: *truth = v->list->n > 0; break;
    case VALUE_RANGE: *truth = v->range->n > 0; break;
    case VALUE_DICT:
    case VALUE_SET: *truth = dict_count(v->dict) > 0; break;
    case VALUE_VIEW: *truth = dict_count(v->view->dict) > 0; break;
    default: break;
    }
    return true;
}

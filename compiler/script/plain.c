// SPDX-License-Identifier: MIT
// Values as str() and repr() have them, those of lists and dicts with what the program will put in.
#include "data/data.h"
#include "script/later.h"
#include <ctype.h>

static Value scores_text(Eval *e, Loc loc, const Value *score) {
    const List *list = later_scores(e, score);
    Value all = {.kind = VALUE_STRING, .loc = loc, .text = "["};
    Value comma = {.kind = VALUE_STRING, .loc = loc, .text = ", "};
    Value end = {.kind = VALUE_STRING, .loc = loc, .text = "]"};
    for (int i = 0; list && i < list->n; i++) {
        Value piece = text_plain(e, loc, &list->item[i], true);
        if (i) all = later_text(e, loc, &all, &comma);
        all = later_text(e, loc, &all, &piece);
    }
    return list ? later_text(e, loc, &all, &end) : eval_error();
}

static bool holds_later(const Value *v, int depth) {
    bool later = v->kind == VALUE_LATER || v->kind == VALUE_SERIES || v->kind == VALUE_TEXT_LATER;
    if (later || v->kind == VALUE_SCORE) return true;
    enum { MANY = 1 << 16 };
    if ((!value_is_sequence(v) && v->kind != VALUE_DICT) || depth > 3) return false;
    if (depth == 0 && value_weight(v, MANY) >= MANY) return false;
    const Value *key, *item;
    for (int at = 0; v->kind == VALUE_DICT && dict_next(v->dict, &at, &key, &item);)
        if (holds_later(item, depth + 1)) return true;
    if (v->kind == VALUE_DICT) return false;
    for (int i = 0; i < value_count(v); i++)
        if (holds_later(value_at(v, i), depth + 1)) return true;
    return false;
}

static const Value *array_within(const Value *v, int depth) {
    const Value *found = v->kind == VALUE_ARRAY ? v : NULL;
    for (int i = 0; !found && depth < 3 && value_is_sequence(v) && i < value_count(v); i++)
        found = array_within(value_at(v, i), depth + 1);
    return found;
}

static Value fixed(Loc loc, const char *text) {
    return (Value){.kind = VALUE_STRING, .loc = loc, .text = text};
}

static Value sequence_text(Eval *e, Loc loc, const Value *v) {
    bool list = v->kind == VALUE_LIST;
    Value all = fixed(loc, list ? "[" : "("), comma = fixed(loc, ", ");
    Value end = fixed(loc, list ? "]" : value_count(v) == 1 ? ",)" : ")");
    for (int i = 0; i < value_count(v); i++) {
        Value piece = text_plain(e, loc, value_at(v, i), true);
        if (i) all = later_text(e, loc, &all, &comma);
        all = later_text(e, loc, &all, &piece);
    }
    return later_text(e, loc, &all, &end);
}

static Value view_text(Eval *e, Loc loc, const Value *v) {
    static const char *const names[] = {"dict_keys(", "dict_values(", "dict_items("};
    const List *list = eval_iterate(e, v, loc);
    if (!list) return eval_error();
    Value items = value_sequence(e->a, VALUE_LIST, 0), all = fixed(loc, names[v->view->of]);
    for (int i = 0; i < list->n; i++) value_append(e->a, &items, list->item[i]);
    Value text = text_plain(e, loc, &items, true), end = fixed(loc, ")");
    all = arith(e, loc, OP_ADD, &all, &text);
    return arith(e, loc, OP_ADD, &all, &end);
}

static Value dict_text(Eval *e, Loc loc, const Dict *d) {
    Value all = fixed(loc, "{"), comma = fixed(loc, ", "), colon = fixed(loc, ": ");
    Value end = fixed(loc, "}");
    const Value *key, *item;
    int n = 0;
    for (int at = 0; dict_next(d, &at, &key, &item);) {
        Value name = text_plain(e, loc, key, true), piece = text_plain(e, loc, item, true);
        if (n++) all = later_text(e, loc, &all, &comma);
        all = later_text(e, loc, &all, &name);
        all = later_text(e, loc, &all, &colon);
        all = later_text(e, loc, &all, &piece);
    }
    return later_text(e, loc, &all, &end);
}

static Value between(Eval *e, Loc loc, const char *before, const Value *v, const char *behind) {
    Value name = fixed(loc, before), end = fixed(loc, behind);
    Value head = later_text(e, loc, &name, v);
    return head.kind == VALUE_ERROR ? head : later_text(e, loc, &head, &end);
}

static Value shown_with_marks(Eval *e, Loc loc) {
    diag_error(e->d, loc, 418,
               "a list shows this text with marks for what is in it, which is not supported yet: "
               "print it by itself");
    return eval_error();
}

// A float32 of numpy says so; a text stands in quotes, which it must not hold itself.
static Value later_repr(Eval *e, Loc loc, const Value *v) {
    if (v->kind == VALUE_LATER) {
        Value number = later_piece(e, loc, v, "");
        return between(e, loc, "np.float32(", &number, ")");
    }
    for (int i = 0; i < v->list->n; i++) {
        const Value *piece = &v->list->item[i];
        const char *text = piece->kind == VALUE_STRING ? piece->text : "";
        for (; *text; text++)
            if (*text == '\'' || *text == '\\' || !isprint((unsigned char)*text))
                return shown_with_marks(e, loc);
    }
    return between(e, loc, "'", v, "'");
}

// The value as str() or repr() have it. Items that come later are put in their places.
Value text_plain(Eval *e, Loc loc, const Value *v, bool repr) {
    if (v->kind == VALUE_SCORE && v->model->model->nmetric > 0) return scores_text(e, loc, v);
    if (v->kind == VALUE_SCORE) {
        Value one = later_score(e, v, 0);
        return later_piece(e, loc, &one, "");
    }
    bool single = v->kind == VALUE_LATER && v->later->single;
    if (repr && (single || v->kind == VALUE_TEXT_LATER)) return later_repr(e, loc, v);
    if (v->kind == VALUE_LATER || (v->kind == VALUE_SERIES && !v->n))
        return later_piece(e, loc, v, "");
    if (v->kind == VALUE_TEXT_LATER) return *v;
    if (value_is_sequence(v) && holds_later(v, 0)) return sequence_text(e, loc, v);
    if (v->kind == VALUE_DICT && holds_later(v, 0)) return dict_text(e, loc, v->dict);
    if (v->kind == VALUE_VIEW) return view_text(e, loc, v);
    const char *text = repr ? value_repr(e->a, v) : value_str(e->a, v);
    if (text) return eval_text(e, loc, text);
    if (v->kind == VALUE_KNOWN) return known_foreign(e, v, "", loc);
    const Value *array = array_within(v, 0);
    if (array) return array_foreign(e, array, "values", loc);
    if (v->kind != VALUE_FIGURES)
        return foreign_made(e, arena_printf(e->a, "text of %s", value_describe(e->a, v)), loc);
    diag_error(e->d, loc, 404, "%s cannot be printed: print its items one by one",
               value_describe(e->a, v));
    return eval_error();
}

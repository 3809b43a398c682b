// SPDX-License-Identifier: MIT
// print: texts as Python prints them, and numbers that the program computes, in their formats.
#include "data/data.h"
#include "script/later.h"
#include "support/text.h"
#include <string.h>

typedef struct Line {
    Eval *e;
    int n;
    PrintItem *item;
    const Sequential *of; // whose results are printed
    bool of_two; // of two models
    Value foreign; // what cannot be printed, as it is not known here
} Line;

static void put(Line *l, PrintItem item, bool joined) {
    item.joined = joined;
    ARENA_PUSH(l->e->a, l->item, l->n, item);
}

static void put_text(Line *l, const char *text, bool joined) {
    put(l, (PrintItem){.kind = PRINT_TEXT, .text = text}, joined);
}

// Or an array of them.
static bool put_number(Line *l, const Value *number, const char *spec, bool joined) {
    bool array = number->kind == VALUE_ARRAY;
    const Sequential *of = array ? number->array->predicted : number->later->of;
    if (of && l->of && of != l->of) return l->of_two = true, false;
    if (of) l->of = of;
    if (array)
        put(l, (PrintItem){.kind = PRINT_ARRAY, .array = number->array, .text = ""}, joined);
    else
        put(l, later_item(l->e, number, spec), joined);
    return true;
}

static bool put_value(Line *l, const Value *v, bool joined, Loc loc) {
    Value text = text_field(l->e, loc, v, "s", "");
    if (text.kind == VALUE_STRING) return put_text(l, text.text, joined), true;
    if (text.kind == VALUE_FOREIGN) l->foreign = text;
    if (text.kind != VALUE_TEXT_LATER) return false;
    for (int i = 0; i < value_count(&text); i++) {
        const Value *piece = value_at(&text, i);
        bool number = piece->kind == VALUE_TUPLE;
        if (!number) put_text(l, piece->text, joined);
        if (number && !put_number(l, value_at(piece, 0), value_at(piece, 1)->text, joined))
            return false;
        joined = true;
    }
    return true;
}

// sep=, end=; flush= and a stream change nothing that is printed.
static bool read_keyword(Eval *e, const Argument *arg, const char **sep, const char **end) {
    static const char *const names[] = {"sep", "end", "flush", "file"};
    const Value *v = &arg->value;
    const char **out = strcmp(arg->keyword, "sep") == 0   ? sep
                       : strcmp(arg->keyword, "end") == 0 ? end
                                                          : NULL;
    if (out && v->kind == VALUE_STRING) return *out = v->text, true;
    if (out && v->kind == VALUE_NONE) return true;
    if (strcmp(arg->keyword, "flush") == 0 && v->kind == VALUE_BOOL) return true;
    if (strcmp(arg->keyword, "file") == 0 && v->kind == VALUE_NONE) return true;
    bool known = out || text_nearest(arg->keyword, names, 4) == names[2];
    diag_error(e->d, arg->loc, known ? 206 : 201,
               known ? "'%s' must be a string" : "unknown argument '%s' of print", arg->keyword);
    return false;
}

Value print_run(Eval *e, const Call *call) {
    Line l = {.e = e};
    const char *sep = " ", *end = "\n";
    int count = 0;
    if (!eval_spend(e, call->loc, 8)) return eval_error();
    for (int i = 0; i < call->n; i++)
        if (call->arg[i].keyword && !read_keyword(e, &call->arg[i], &sep, &end))
            return eval_error();
    for (int i = 0; i < call->n; i++) {
        if (call->arg[i].keyword) continue;
        bool plain = strcmp(sep, " ") == 0;
        if (count && !plain) put_text(&l, sep, true);
        if (put_value(&l, &call->arg[i].value, count && !plain, call->arg[i].loc)) {
            count++;
            continue;
        }
        if (!l.of_two) return l.foreign; // else an error
        diag_warning(e->d, call->loc, "models",
                     "left out: this is of two models, of which one is compiled");
        return (Value){.kind = VALUE_NONE};
    }
    statement_add(e, l.of, call->loc,
                  (Statement){.kind = STATEMENT_PRINT, .nitem = l.n, .item = l.item, .end = end});
    return (Value){.kind = VALUE_NONE};
}

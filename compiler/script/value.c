// SPDX-License-Identifier: MIT
// Values: what they are called in messages, and how Python prints them.
#include "data/data.h"
#include "../runtime/io/pyformat.h"
#include "support/text.h"
#include "syntax/ast.h"
#include <stdlib.h>
#include <string.h>

bool value_is_int(const Value *v) {
    return v->kind == VALUE_INT || v->kind == VALUE_BOOL;
}
bool value_is_number(const Value *v) {
    return value_is_int(v) || v->kind == VALUE_FLOAT;
}
double value_real(const Value *v) {
    return v->kind == VALUE_FLOAT ? v->real : (double)v->integer;
}
bool value_is_sequence(const Value *v) {
    return v->kind == VALUE_TUPLE || v->kind == VALUE_LIST || v->kind == VALUE_KNOWN;
}

bool value_is_layer(const Value *v) {
    return v->kind == VALUE_OBJECT && v->object->thing->kind == THING_LAYER;
}
bool value_is_input(const Value *v) {
    return v->kind == VALUE_OBJECT && v->object->thing->kind == THING_INPUT;
}

int value_count(const Value *v) {
    return v->list->n;
}
const Value *value_at(const Value *v, int i) {
    return &v->list->item[i];
}

Value value_integer(int64_t n) {
    return (Value){.kind = VALUE_INT, .integer = n};
}

Value value_sequence(Arena *a, ValueKind kind, int n) {
    Value v = {.kind = kind, .list = ARENA_NEW(a, List)};
    for (int i = 0; i < n; i++) value_append(a, &v, (Value){.kind = VALUE_NONE});
    return v;
}

void value_append(Arena *a, Value *sequence, Value item) {
    ARENA_PUSH(a, sequence->list->item, sequence->list->n, item);
}

static int weight(const Value *v, int most, int depth) {
    int n = 1, at = 0;
    const Value *key, *item;
    if (depth > MAX_NESTING) return most;
    bool list = value_is_sequence(v) || v->kind == VALUE_ITERATOR;
    for (int i = 0; list && i < v->list->n && n < most; i++)
        n += weight(&v->list->item[i], most - n, depth + 1);
    if (v->kind == VALUE_DICT || v->kind == VALUE_SET)
        while (n < most && dict_next(v->dict, &at, &key, &item)) {
            n += weight(key, most - n, depth + 1);
            if (v->kind == VALUE_DICT && n < most) n += weight(item, most - n, depth + 1);
        }
    return n;
}

int value_weight(const Value *v, int most) {
    return weight(v, most, 0);
}

static bool equal(const Value *a, const Value *b, int depth);

static bool equal_dicts(const Value *a, const Value *b, int depth) {
    const Value *key, *item;
    if (dict_count(a->dict) != dict_count(b->dict)) return false;
    for (int at = 0; dict_next(a->dict, &at, &key, &item);) {
        const Value *other = dict_find(b->dict, key);
        if (!other || (a->kind == VALUE_DICT && !equal(item, other, depth))) return false;
    }
    return true;
}

static bool equal(const Value *a, const Value *b, int depth) {
    if (value_is_int(a) && value_is_int(b)) return a->integer == b->integer;
    if (value_is_number(a) && value_is_number(b)) return value_real(a) == value_real(b);
    if (a->kind != b->kind || depth > MAX_NESTING) return false;
    switch (a->kind) {
    case VALUE_NONE:
    case VALUE_ELLIPSIS: return true;
    case VALUE_STRING: return strcmp(a->text, b->text) == 0;
    case VALUE_RANGE:
        return a->range->n == b->range->n &&
               (a->range->n == 0 || (a->range->start == b->range->start &&
                                     (a->range->n == 1 || a->range->step == b->range->step)));
    case VALUE_DICT:
    case VALUE_SET: return equal_dicts(a, b, depth + 1);
    case VALUE_TUPLE:
    case VALUE_LIST:
        if (a->list->n != b->list->n) return false;
        for (int i = 0; i < a->list->n; i++)
            if (!equal(&a->list->item[i], &b->list->item[i], depth + 1)) return false;
        return true;
    default: return value_same(a, b);
    }
}

bool value_equal(const Value *a, const Value *b) {
    return equal(a, b, 0);
}

// Numbers and strings are the same where they are equal: Python leaves that open.
bool value_same(const Value *a, const Value *b) {
    if (a->kind != b->kind) return false;
    if (a->kind == VALUE_NONE || a->kind == VALUE_ELLIPSIS) return true;
    if (a->kind == VALUE_FLOAT) return a->real == b->real;
    if (a->kind == VALUE_STRING || a->kind == VALUE_MODULE || a->kind == VALUE_DATA)
        return strcmp(a->text, b->text) == 0;
    return a->integer == b->integer; // or the pointers
}

static Value pair_literal(Arena *a, const char *text, Loc loc) {
    const char *comma = strchr(text, ',');
    Value v = value_sequence(a, VALUE_TUPLE, 2);
    v.list->item[0] = value_literal(a, arena_strndup(a, text + 1, (size_t)(comma - text) - 1), loc);
    v.list->item[1] = value_literal(a, arena_strndup(a, comma + 2, strlen(comma) - 3), loc);
    v.loc = loc;
    return v;
}

Value value_literal(Arena *a, const char *text, Loc loc) {
    if (text[0] == '(') return pair_literal(a, text, loc);
    size_t n = strlen(text);
    Value v = {.kind = VALUE_NONE, .loc = loc};
    if (strcmp(text, "None") == 0) return v;
    if (strcmp(text, "True") == 0 || strcmp(text, "False") == 0) {
        v.kind = VALUE_BOOL;
        v.integer = text[0] == 'T';
    } else if (text[0] == '"') {
        v.kind = VALUE_STRING;
        v.text = arena_strndup(a, text + 1, n - 2);
    } else if (strpbrk(text, ".e")) {
        v.kind = VALUE_FLOAT;
        v.real = strtod(text, NULL);
    } else {
        v.kind = VALUE_INT;
        v.integer = strtoll(text, NULL, 10);
    }
    return v;
}

// ----------------------------------------------------------------------------------- printing

typedef struct Printer {
    Arena *arena;
    int n;
    char *text;
    bool failed;
} Printer;

enum { LONGEST_TEXT = 1 << 16 }; // print() of more is refused

static void put(Printer *p, const char *s) {
    for (; *s && !p->failed; s++) {
        ARENA_PUSH(p->arena, p->text, p->n, *s);
        p->failed = p->n > LONGEST_TEXT;
    }
}

static const char *float_text(Arena *a, double x) {
    char buffer[64];
    PySpec plain;
    size_t n;
    py_spec("", 0, &plain);
    py_format(&(PyValue){.kind = PY_FLOAT, .real = x}, &plain, buffer, sizeof buffer, &n);
    return arena_printf(a, "%s", buffer);
}

// Python quotes with ' unless the text holds ' and no ".
static void put_quoted(Printer *p, const char *s) {
    const char *quote = strchr(s, '\'') && !strchr(s, '"') ? "\"" : "'";
    put(p, quote);
    for (; *s; s++) {
        static const char escaped[] = "\n\r\t\\", letters[] = "nrt\\";
        const char *at = strchr(escaped, *s);
        if (at)
            put(p, (char[]){'\\', letters[at - escaped], 0});
        else if (*s == *quote)
            put(p, (char[]){'\\', *s, 0});
        else if ((unsigned char)*s < 0x20 || *s == 0x7F)
            put(p, arena_printf(p->arena, "\\x%02x", (unsigned char)*s));
        else
            put(p, (char[]){*s, 0});
    }
    put(p, quote);
}

static void put_value(Printer *p, const Value *v, int depth);

static void put_items(Printer *p, const Value *v, int depth, const char *open, const char *close) {
    if (depth >= MAX_NESTING) p->failed = true;
    put(p, open);
    for (int i = 0; i < v->list->n && !p->failed; i++) {
        if (i > 0) put(p, ", ");
        put_value(p, &v->list->item[i], depth + 1);
    }
    put(p, close);
}

static void put_entries(Printer *p, const Value *v, int depth) {
    const Value *key, *item;
    bool first = true;
    if (depth >= MAX_NESTING) p->failed = true;
    put(p, "{");
    for (int at = 0; !p->failed && dict_next(v->dict, &at, &key, &item); first = false) {
        if (!first) put(p, ", ");
        put_value(p, key, depth + 1);
        put(p, ": ");
        put_value(p, item, depth + 1);
    }
    put(p, "}");
}

// Of an array, as numpy prints those that fit into a line; others are printed by their program alone.
static void put_integers(Printer *p, const Value *v, int depth) {
    enum { LINE = 70 };
    int width = 0, n = value_count(v);
    p->failed |= v->n != KNOWN_ARRAY || depth > 0 || n == 0;
    for (int i = 0; i < n && !p->failed; i++) {
        const char *text = arena_printf(p->arena, "%lld", (long long)value_at(v, i)->integer);
        p->failed |= value_at(v, i)->kind != VALUE_INT;
        width = (int)strlen(text) > width ? (int)strlen(text) : width;
    }
    p->failed |= n * (width + 1) > LINE;
    for (int i = 0; i < n && !p->failed; i++)
        put(p, arena_printf(p->arena, "%s%*lld%s", i ? " " : "[", width,
                            (long long)value_at(v, i)->integer, i + 1 < n ? "" : "]"));
}

static void put_value(Printer *p, const Value *v, int depth) {
    Arena *a = p->arena;
    switch (v->kind) {
    case VALUE_NONE: put(p, "None"); return;
    case VALUE_BOOL: put(p, v->integer ? "True" : "False"); return;
    case VALUE_INT: put(p, arena_printf(a, "%lld", (long long)v->integer)); return;
    case VALUE_FLOAT: put(p, float_text(a, v->real)); return;
    case VALUE_ELLIPSIS: put(p, "Ellipsis"); return;
    case VALUE_RANGE:
        put(p, arena_printf(a, "range(%lld, %lld", (long long)v->range->start,
                            (long long)v->range->stop));
        if (v->range->step != 1) put(p, arena_printf(a, ", %lld", (long long)v->range->step));
        put(p, ")");
        return;
    case VALUE_STRING:
        if (depth == 0)
            put(p, v->text);
        else
            put_quoted(p, v->text);
        return;
    case VALUE_LIST: put_items(p, v, depth, "[", "]"); return;
    case VALUE_TUPLE: put_items(p, v, depth, "(", v->list->n == 1 ? ",)" : ")"); return;
    case VALUE_KNOWN: put_integers(p, v, depth); return;
    case VALUE_DICT: put_entries(p, v, depth); return;
    default: p->failed = true; return; // a set too: Python's order of it is its own
    }
}

static const char *printed(Arena *a, const Value *v, int depth) {
    Printer p = {.arena = a};
    put_value(&p, v, depth);
    if (p.failed) return NULL;
    ARENA_PUSH(a, p.text, p.n, 0);
    return p.text;
}

const char *value_str(Arena *a, const Value *v) {
    return printed(a, v, 0);
}
const char *value_repr(Arena *a, const Value *v) {
    return printed(a, v, 1);
}

static const char *object_text(Arena *a, const Value *v) {
    const char *name = v->object->thing->name;
    return arena_printf(a, "%s %s(...)", strchr("AEIO", name[0]) ? "an" : "a", name);
}

static const char *many(Arena *a, const char *what, int n) {
    return arena_printf(a, "%s %s of %d value%s", *what == 'a' ? "an" : "a", what, n,
                        n == 1 ? "" : "s");
}

const char *value_describe(Arena *a, const Value *v) {
    switch (v->kind) {
    case VALUE_INT: return arena_printf(a, "the integer %lld", (long long)v->integer);
    case VALUE_FLOAT: return arena_printf(a, "the number %s", float_text(a, v->real));
    case VALUE_STRING: return arena_printf(a, "the string \"%.80s\"", v->text);
    case VALUE_TUPLE: return many(a, "tuple", v->list->n);
    case VALUE_LIST: return many(a, "list", v->list->n);
    case VALUE_KNOWN:
        return v->n == KNOWN_ARRAY ? many(a, "array", v->list->n)
                                   : arena_printf(a, "an Index of %d names", v->list->n);
    case VALUE_DICT: return many(a, "dict", dict_count(v->dict));
    case VALUE_SET: return many(a, "set", dict_count(v->dict));
    case VALUE_ELLIPSIS: return "'...'";
    case VALUE_ITERATOR: return "an iterator";
    case VALUE_RANGE: return "a range";
    case VALUE_SLICE: return "a slice";
    case VALUE_VIEW: return "a view of a dict";
    case VALUE_FUNCTION: return "a function";
    case VALUE_CLASS: return "a class";
    case VALUE_INSTANCE: return "an instance of a class";
    case VALUE_BOUND: return arena_printf(a, "the method '%s'", v->bound->name);
    case VALUE_MODULE: return arena_printf(a, "the module '%s'", v->text);
    case VALUE_THING:
        return arena_printf(a, "the %s '%s'", v->thing->function ? "function" : "class",
                            v->thing->name);
    case VALUE_OBJECT: return object_text(a, v);
    case VALUE_DATA: return arena_printf(a, "the data '%s'", v->text);
    case VALUE_ARRAY:
        if (v->array->counts) return "numbers by label";
        if (v->array->estimator || v->array->draws)
            return arena_printf(a, "a %s", v->array->source);
        if (v->array->dense)
            return arena_printf(a, "a sparse matrix of %s", array_shape(a, v->array));
        if (v->array->predicted && v->array->rank == 0) return "a prediction";
        return arena_printf(a, v->array->predicted ? "predictions of %s" : "data of %s",
                            array_shape(a, v->array));
    case VALUE_MODEL: return "the model";
    case VALUE_OUTPUT: return "the output of a layer";
    case VALUE_METHOD: return arena_printf(a, "the method '%s'", v->bound->name);
    case VALUE_HISTORY: return "the history of fit()";
    case VALUE_SERIES: return "a figure of fit's epochs";
    case VALUE_SCORE: return "the result of evaluate()";
    case VALUE_LATER: return "a result of the program";
    case VALUE_FIGURES: return arena_printf(a, "an array of %d results of the program", v->n);
    case VALUE_TEXT_LATER: return "a text that the program makes";
    case VALUE_FOREIGN: return arena_printf(a, "what comes from %s", v->foreign->what);
    case VALUE_ERROR: return "an error";
    default: return value_str(a, v); // None, True, False
    }
}

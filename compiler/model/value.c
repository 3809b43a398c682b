// SPDX-License-Identifier: MIT
// Values: what they are called in messages, and how Python prints them.
#include "model/value.h"
#include "support/text.h"
#include "syntax/ast.h"
#include <math.h>
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
    return v->kind == VALUE_TUPLE || v->kind == VALUE_LIST;
}

bool value_equal(const Value *a, const Value *b) {
    if (value_is_number(a) && value_is_number(b)) return value_real(a) == value_real(b);
    if (a->kind != b->kind) return false;
    return a->kind == VALUE_NONE || (a->kind == VALUE_STRING && strcmp(a->text, b->text) == 0);
}

Value value_literal(Arena *a, const char *text, Loc loc) {
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

// The shortest digits that read back as the same double, laid out as Python's repr does.
static const char *float_text(Arena *a, double x) {
    if (isnan(x)) return "nan";
    if (isinf(x)) return x > 0 ? "inf" : "-inf";
    char digits[40];
    int precision = 0;
    do snprintf(digits, sizeof digits, "%.*e", precision, x);
    while (strtod(digits, NULL) != x && ++precision < 17);
    int exponent = atoi(strchr(digits, 'e') + 1);
    if (exponent < -4 || exponent >= 16)
        return arena_printf(a, "%.*s%c%c%02d", (int)strcspn(digits, "e"), digits, 'e',
                            exponent < 0 ? '-' : '+', abs(exponent));
    int decimals = precision - exponent;
    return arena_printf(a, "%.*f", decimals > 1 ? decimals : 1, x);
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

static void put_value(Printer *p, const Value *v, int depth) {
    switch (v->kind) {
    case VALUE_NONE: put(p, "None"); return;
    case VALUE_BOOL: put(p, v->integer ? "True" : "False"); return;
    case VALUE_INT: put(p, arena_printf(p->arena, "%lld", (long long)v->integer)); return;
    case VALUE_FLOAT: put(p, float_text(p->arena, v->real)); return;
    case VALUE_STRING:
        if (depth == 0)
            put(p, v->text);
        else
            put_quoted(p, v->text);
        return;
    case VALUE_TUPLE:
    case VALUE_LIST: break;
    default: p->failed = true; return;
    }
    bool list = v->kind == VALUE_LIST;
    if (depth == MAX_NESTING) p->failed = true;
    put(p, list ? "[" : "(");
    for (int i = 0; i < v->n && !p->failed; i++) {
        if (i > 0) put(p, ", ");
        put_value(p, &v->item[i], depth + 1);
    }
    put(p, list ? "]" : v->n == 1 ? ",)" : ")");
}

const char *value_str(Arena *a, const Value *v) {
    Printer p = {.arena = a};
    put_value(&p, v, 0);
    if (p.failed) return NULL;
    ARENA_PUSH(a, p.text, p.n, 0);
    return p.text;
}

static const char *object_text(Arena *a, const Value *v) {
    const char *name = v->object->thing->name;
    return arena_printf(a, "%s %s(...)", strchr("AEIO", name[0]) ? "an" : "a", name);
}

const char *value_describe(Arena *a, const Value *v) {
    switch (v->kind) {
    case VALUE_INT: return arena_printf(a, "the integer %lld", (long long)v->integer);
    case VALUE_FLOAT: return arena_printf(a, "the number %s", float_text(a, v->real));
    case VALUE_STRING: return arena_printf(a, "the string \"%.80s\"", v->text);
    case VALUE_TUPLE:
    case VALUE_LIST:
        return arena_printf(a, "a %s of %d value%s", v->kind == VALUE_LIST ? "list" : "tuple", v->n,
                            v->n == 1 ? "" : "s");
    case VALUE_MODULE: return arena_printf(a, "the module '%s'", v->text);
    case VALUE_THING:
        return arena_printf(a, "the %s '%s'", v->thing->function ? "function" : "class",
                            v->thing->name);
    case VALUE_OBJECT: return object_text(a, v);
    case VALUE_DATA: return arena_printf(a, "the data '%s'", v->text);
    case VALUE_MODEL: return "the model";
    case VALUE_METHOD: return arena_printf(a, "the method '%s'", v->text);
    case VALUE_HISTORY: return "the history of fit()";
    case VALUE_SCORE: return "the result of evaluate()";
    case VALUE_SCORE_ITEM: return "a result of evaluate()";
    case VALUE_ERROR: return "an error";
    default: return value_str(a, v); // None, True, False
    }
}

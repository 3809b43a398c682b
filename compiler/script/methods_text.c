// SPDX-License-Identifier: MIT
// The methods of strings. Letters beyond ASCII keep their case.
#include "script/methods.h"
#include "support/text.h"
#include <ctype.h>
#include <string.h>

static const char *text_of(Eval *e, const Call *call, const Value *v) {
    if (v && v->kind == VALUE_STRING) return v->text;
    if (v && v->kind != VALUE_ERROR)
        diag_error(e->d, call->loc, 206, "%s takes a string, not %s", call->what,
                   value_describe(e->a, v));
    return NULL;
}

static Value part(Eval *e, Loc loc, const char *from, size_t n) {
    if (!eval_bytes(e, loc, (int64_t)n)) return eval_error();
    return (Value){.kind = VALUE_STRING, .loc = loc, .text = arena_strndup(e->a, from, n)};
}

static Value nothing(Eval *e, const Call *call, const Value *self) {
    const Value *none;
    if (!take(e, call, NULL, 0, 0, &none)) return eval_error();
    return part(e, call->loc, self->text, strlen(self->text));
}

static Value run_upper(Eval *e, const Value *self, const Call *call) {
    Value v = nothing(e, call, self);
    if (v.kind == VALUE_STRING)
        for (char *s = (char *)(uintptr_t)v.text; *s; s++) *s = (char)toupper((unsigned char)*s);
    return v;
}

static Value run_lower(Eval *e, const Value *self, const Call *call) {
    Value v = nothing(e, call, self);
    if (v.kind == VALUE_STRING)
        for (char *s = (char *)(uintptr_t)v.text; *s; s++) *s = (char)tolower((unsigned char)*s);
    return v;
}

static Value raise_first(Eval *e, const Value *self, const Call *call, bool each) {
    Value v = run_lower(e, self, call);
    bool start = true;
    if (v.kind == VALUE_STRING)
        for (char *s = (char *)(uintptr_t)v.text; *s; s++) {
            if (start) *s = (char)toupper((unsigned char)*s);
            start = each && !isalpha((unsigned char)*s) && (unsigned char)*s < 0x80;
        }
    return v;
}

static Value run_title(Eval *e, const Value *self, const Call *call) {
    return raise_first(e, self, call, true);
}
static Value run_capitalize(Eval *e, const Value *self, const Call *call) {
    return raise_first(e, self, call, false);
}

static Value strip(Eval *e, const Value *self, const Call *call, bool left, bool right) {
    static const char *const names[] = {"chars"};
    const Value *v;
    if (!take(e, call, names, 0, 1, &v)) return eval_error();
    const char *set = v && v->kind != VALUE_NONE ? text_of(e, call, v) : " \t\n\r\f\v";
    const char *from = self->text, *end = from + strlen(from);
    if (!set) return eval_error();
    while (left && from < end && strchr(set, *from)) from++;
    while (right && end > from && strchr(set, end[-1])) end--;
    return part(e, call->loc, from, (size_t)(end - from));
}

static Value run_strip(Eval *e, const Value *self, const Call *call) {
    return strip(e, self, call, true, true);
}
static Value run_lstrip(Eval *e, const Value *self, const Call *call) {
    return strip(e, self, call, true, false);
}
static Value run_rstrip(Eval *e, const Value *self, const Call *call) {
    return strip(e, self, call, false, true);
}

static bool blank(char c) {
    return c && strchr(" \t\n\r\f\v", c);
}

// Without a separator: at runs of blanks.
static Value split_blanks(Eval *e, const char *s, Loc loc, int64_t most) {
    Value out = value_sequence(e->a, VALUE_LIST, 0);
    while (true) {
        while (blank(*s)) s++;
        if (!*s) return out;
        const char *end = s;
        if (value_count(&out) == most) {
            end += strlen(s);
            while (blank(end[-1])) end--;
        }
        while (*end && !blank(*end) && value_count(&out) != most) end++;
        Value word = part(e, loc, s, (size_t)(end - s));
        if (word.kind == VALUE_ERROR || !eval_items(e, loc, (int64_t)out.list->n + 1))
            return eval_error();
        e->budget += out.list->n;
        value_append(e->a, &out, word);
        s = value_count(&out) > most && most >= 0 ? end + strlen(end) : end;
    }
}

static Value run_split(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"sep", "maxsplit"};
    const Value *v[2];
    if (!take(e, call, names, 0, 2, v)) return eval_error();
    int64_t most = -1;
    if (!take_whole(e, call, v[1], "maxsplit", &most)) return eval_error();
    if (!v[0] || v[0]->kind == VALUE_NONE) return split_blanks(e, self->text, call->loc, most);
    const char *sep = text_of(e, call, v[0]), *s = self->text, *at;
    if (!sep || !*sep) {
        if (sep) diag_error(e->d, call->loc, 207, "the separator must not be empty");
        return eval_error();
    }
    Value out = value_sequence(e->a, VALUE_LIST, 0);
    for (; (most < 0 || value_count(&out) < most) && (at = strstr(s, sep)); s = at + strlen(sep)) {
        Value word = part(e, call->loc, s, (size_t)(at - s));
        if (word.kind == VALUE_ERROR || !eval_spend(e, call->loc, 1)) return eval_error();
        value_append(e->a, &out, word);
    }
    value_append(e->a, &out, part(e, call->loc, s, strlen(s)));
    return eval_items(e, call->loc, value_count(&out)) ? out : eval_error();
}

static Value run_join(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"iterable"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    const List *list = eval_iterate(e, v, call->loc);
    size_t n = 0, gap = strlen(self->text);
    for (int i = 0; list && i < list->n; i++) {
        const char *s = text_of(e, call, &list->item[i]);
        if (!s || !eval_bytes(e, call->loc, (int64_t)(n += strlen(s) + gap))) return eval_error();
    }
    if (!list) return eval_error();
    char *text = arena_alloc(e->a, n + 1), *to = text;
    for (int i = 0; i < list->n; i++) {
        if (i) to = stpcpy(to, self->text);
        to = stpcpy(to, list->item[i].text);
    }
    return (Value){.kind = VALUE_STRING, .text = text};
}

static Value run_replace(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"old", "new", "count"};
    const Value *v[3];
    if (!take(e, call, names, 2, 3, v)) return eval_error();
    const char *old = text_of(e, call, v[0]), *new = text_of(e, call, v[1]), *s = self->text, *at;
    int64_t most = -1, times = 0;
    if (!old || !new || !take_whole(e, call, v[2], "count", &most)) return eval_error();
    if (!*old) {
        diag_error(e->d, call->loc, 207, "what is replaced must not be empty");
        return eval_error();
    }
    for (at = s; (at = strstr(at, old)) && (most < 0 || times < most); at += strlen(old)) times++;
    int64_t room, more = (int64_t)strlen(new);
    if (!mul64(times, more, &room) || !add64(room, (int64_t)strlen(s), &room)) room = INT64_MAX;
    if (!eval_bytes(e, call->loc, room)) return eval_error();
    char *text = arena_alloc(e->a, (size_t)room + 1), *to = text;
    for (; times > 0; times--, s = at + strlen(old)) {
        at = strstr(s, old);
        memcpy(to, s, (size_t)(at - s));
        to = stpcpy(to + (at - s), new);
    }
    strcpy(to, s);
    return (Value){.kind = VALUE_STRING, .text = text};
}

static Value ends(Eval *e, const Value *self, const Call *call, bool start) {
    static const char *const names[] = {"prefix"};
    const Value *v;
    bool found = false;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    int n = v->kind == VALUE_TUPLE ? value_count(v) : 1;
    for (int i = 0; i < n; i++) {
        const char *s = text_of(e, call, v->kind == VALUE_TUPLE ? value_at(v, i) : v);
        if (!s) return eval_error();
        size_t all = strlen(self->text), length = strlen(s);
        const char *from = start ? self->text : self->text + (all >= length ? all - length : 0);
        found |= all >= length && strncmp(from, s, length) == 0;
    }
    return (Value){.kind = VALUE_BOOL, .integer = found};
}

static Value run_startswith(Eval *e, const Value *self, const Call *call) {
    return ends(e, self, call, true);
}
static Value run_endswith(Eval *e, const Value *self, const Call *call) {
    return ends(e, self, call, false);
}

static Value run_find(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"sub"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    const char *s = text_of(e, call, v), *at = s ? strstr(self->text, s) : NULL;
    int64_t n = at ? 0 : -1;
    for (const char *c = self->text; at && c < at; c++) n += ((unsigned char)*c & 0xC0) != 0x80;
    return s ? (Value){.kind = VALUE_INT, .integer = n} : eval_error();
}

static Value run_count(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"sub"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    const char *s = text_of(e, call, v);
    int64_t n = 0;
    if (!s) return eval_error();
    if (!*s) { // one in front of each character, and one behind the last
        for (const char *at = self->text; *at; at++) n += (*at & 0xc0) != 0x80;
        return (Value){.kind = VALUE_INT, .integer = n + 1};
    }
    for (const char *at = self->text; (at = strstr(at, s)); at += strlen(s)) n++;
    return (Value){.kind = VALUE_INT, .integer = n};
}

static Value pad(Eval *e, const Value *self, const Call *call, const char *align) {
    static const char *const names[] = {"width", "fillchar"};
    const Value *v[2];
    if (!take(e, call, names, 1, 2, v)) return eval_error();
    const char *fill = v[1] ? text_of(e, call, v[1]) : " ";
    int64_t width = 0;
    if (!fill || !take_whole(e, call, v[0], "width", &width)) return eval_error();
    const char *spec = arena_printf(e->a, "%.4s%s%lld", fill, align, (long long)width);
    return width < 1 ? *self : text_field(e, call->loc, self, NULL, spec);
}

static Value run_ljust(Eval *e, const Value *self, const Call *call) {
    return pad(e, self, call, "<");
}
static Value run_rjust(Eval *e, const Value *self, const Call *call) {
    return pad(e, self, call, ">");
}

static Value run_zfill(Eval *e, const Value *self, const Call *call) {
    static const char *const names[] = {"width"};
    const Value *v;
    if (!take(e, call, names, 1, 1, &v)) return eval_error();
    int64_t n = (int64_t)strlen(self->text), width = 0;
    if (!take_whole(e, call, v, "width", &width)) return eval_error();
    if (width <= n) return *self;
    if (!eval_bytes(e, call->loc, width)) return eval_error();
    char *text = arena_alloc(e->a, (size_t)width + 1);
    bool sign = *self->text == '-' || *self->text == '+';
    memset(text, '0', (size_t)width);
    memcpy(text + (width - n), self->text, (size_t)n);
    if (sign) text[width - n] = '0', text[0] = *self->text;
    return (Value){.kind = VALUE_STRING, .text = text};
}

static Value run_isdigit(Eval *e, const Value *self, const Call *call) {
    const Value *none;
    if (!take(e, call, NULL, 0, 0, &none)) return eval_error();
    size_t n = strlen(self->text);
    return (Value){.kind = VALUE_BOOL, .integer = n > 0 && strspn(self->text, "0123456789") == n};
}

static Value run_format(Eval *e, const Value *self, const Call *call) {
    return text_format(e, call->loc, self->text, call);
}

const Method string_methods[] = {
    {"upper", run_upper},           {"lower", run_lower},
    {"title", run_title},           {"strip", run_strip},
    {"lstrip", run_lstrip},         {"rstrip", run_rstrip},
    {"split", run_split},           {"join", run_join},
    {"replace", run_replace},       {"find", run_find},
    {"count", run_count},           {"startswith", run_startswith},
    {"ljust", run_ljust},           {"rjust", run_rjust},
    {"endswith", run_endswith},     {"zfill", run_zfill},
    {"isdigit", run_isdigit},       {"format", run_format},
    {"capitalize", run_capitalize}, {0},
};

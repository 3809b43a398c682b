// SPDX-License-Identifier: MIT
// Strings with values put in: fields of f-strings, str.format, and the % operator. What the program
// computes is put in when it runs, by the same code (runtime/io/pyformat.c).
#include "../runtime/io/pyformat.h"
#include "data/data.h"
#include "script/later.h"
#include <stdlib.h>
#include <string.h>

static Value complain(Eval *e, Loc loc, const char *wrong) {
    diag_error(e->d, loc, 418, "%s", wrong);
    return eval_error();
}

// The number or text that a value is for a spec; false: neither.
static bool plain_value(const Value *v, PyValue *out) {
    if (value_is_int(v))
        *out = (PyValue){.kind = PY_INT, .integer = v->integer};
    else if (v->kind == VALUE_FLOAT)
        *out = (PyValue){.kind = PY_FLOAT, .real = v->real};
    else if (v->kind == VALUE_STRING)
        *out = (PyValue){.kind = PY_TEXT, .text = v->text};
    else
        return false;
    return true;
}

static Value formatted(Eval *e, Loc loc, const PyValue *v, const PySpec *spec) {
    size_t n;
    const char *wrong = py_format(v, spec, NULL, 0, &n);
    if (wrong) return complain(e, loc, wrong);
    if (!eval_bytes(e, loc, (int64_t)n)) return eval_error();
    char *text = arena_alloc(e->a, n + 1);
    py_format(v, spec, text, n + 1, &n);
    return (Value){.kind = VALUE_STRING, .loc = loc, .text = text};
}

// Whether the spec goes with the number that will be there.
static Value later_field(Eval *e, Loc loc, const Value *v, const char *text, const PySpec *spec) {
    PyValue probe = {.kind = v->later->integer ? PY_INT : PY_FLOAT};
    size_t n;
    const char *wrong = py_format(&probe, spec, NULL, 0, &n);
    return wrong ? complain(e, loc, wrong) : later_piece(e, loc, v, text);
}

// Predictions, as numpy prints them. (pandas prints its columns in another way.)
static Value array_field(Eval *e, Loc loc, const Value *v, const char *conversion,
                         const char *spec) {
    PySpec s;
    bool repr = conversion && *conversion != 's';
    bool series = v->array->is_frame && v->array->rank > 0;
    if (!v->array->predicted || series || repr) return array_foreign(e, v, "values", loc);
    Value one = array_number_later(e, v);
    bool number = one.kind == VALUE_LATER && !conversion &&
                  v->array->type != CNN_B1; // a field of one is that of Python's number
    if (!*spec) return later_piece(e, loc, number ? &one : v, "");
    const char *wrong = py_spec(spec, strlen(spec), &s);
    if (wrong) return complain(e, loc, wrong);
    if (one.kind == VALUE_LATER) return later_field(e, loc, &one, spec, &s);
    return complain(e, loc, "an array takes no format");
}

Value text_field(Eval *e, Loc loc, const Value *v, const char *conversion, const char *spec) {
    PySpec s;
    PyValue plain;
    if (v->kind == VALUE_ERROR || v->kind == VALUE_FOREIGN) return *v;
    if (v->kind == VALUE_ARRAY) return array_field(e, loc, v, conversion, spec);
    if (v->kind == VALUE_DATA || v->kind == VALUE_HISTORY)
        return foreign_made(e, value_describe(e->a, v), loc);
    Value made = *v;
    bool bare = !*spec && (!conversion || v->kind != VALUE_STRING || *conversion != 'r');
    if (conversion || bare) made = text_plain(e, loc, v, conversion && *conversion != 's');
    if (!*spec || made.kind == VALUE_ERROR) return made;
    const char *wrong = py_spec(spec, strlen(spec), &s);
    if (wrong) return complain(e, loc, wrong);
    if (made.kind == VALUE_SCORE && made.model->model->nmetric == 0)
        made = later_score(e, &made, 0);
    if (made.kind == VALUE_LATER) return later_field(e, loc, &made, spec, &s);
    if (plain_value(&made, &plain)) return formatted(e, loc, &plain, &s);
    diag_error(e->d, loc, 418, "%s takes no format", value_describe(e->a, &made));
    return eval_error();
}

// --------------------------------------------------------------------------------- str.format

typedef struct Format {
    Eval *e;
    Loc loc;
    const Call *call;
    int next; // of fields without a name or number
    int depth;
} Format;

static const Value *argument(Format *f, const char *name, size_t n) {
    int at = n == 0 ? f->next++ : (int)strspn(name, "0123456789") >= (int)n ? atoi(name) : -1;
    int position = 0;
    for (int i = 0; i < f->call->n; i++) {
        const Argument *arg = &f->call->arg[i];
        if (arg->keyword && strlen(arg->keyword) == n && strncmp(arg->keyword, name, n) == 0)
            return &arg->value;
        if (!arg->keyword && position++ == at) return &arg->value;
    }
    if (at >= 0)
        diag_error(f->e->d, f->loc, 418, "format has no argument %d", at);
    else
        diag_error(f->e->d, f->loc, 418, "format has no argument '%.*s'", (int)n, name);
    return NULL;
}

// What stands in brackets behind a name is an integer if it is digits, else a text.
static bool take_item(Format *f, const char *part, Value *out) {
    size_t n = strlen(part);
    bool digits = n > 0 && n < 10 && strspn(part, "0123456789") == n;
    Value key = {.kind = digits ? VALUE_INT : VALUE_STRING, .text = part};
    if (digits) key.integer = atoi(part);
    const Value *found = NULL;
    if (out->kind == VALUE_DICT) found = dict_find(out->dict, &key);
    if (digits && value_is_sequence(out) && key.integer < value_count(out))
        found = value_at(out, (int)key.integer);
    bool score = digits && out->kind == VALUE_SCORE &&
                 (out->model->broken || key.integer <= out->model->model->nmetric);
    if (score) return *out = later_score(f->e, out, (int)key.integer), true;
    if (found) return *out = *found, true;
    complain(f->e, f->loc,
             arena_printf(f->e->a, "%s has no item [%.100s]", value_describe(f->e->a, out), part));
    return false;
}

// NAME, NAME[i] and NAME.attribute up to where the name ends.
static bool find_field(Format *f, const char *name, size_t n, Value *out) {
    size_t head = 0;
    while (head < n && name[head] != '.' && name[head] != '[') head++;
    const Value *v = argument(f, name, head);
    if (!v) return false;
    *out = *v;
    while (head < n) {
        bool item = name[head] == '[';
        size_t from = head + 1, end = from;
        while (end < n && (item ? name[end] != ']' : name[end] != '.' && name[end] != '[')) end++;
        const char *part = arena_strndup(f->e->a, name + from, end - from);
        if (!item)
            *out = method_get(f->e, out, part, f->loc);
        else if (!take_item(f, part, out))
            return false;
        head = item ? end + 1 : end;
    }
    return out->kind != VALUE_ERROR;
}

static Value run_format(Format *f, const char *format, size_t n);

// What stands between the braces.
static Value field(Format *f, const char *s, size_t n) {
    size_t name = 0;
    while (name < n && s[name] != '!' && s[name] != ':') name++;
    Value v;
    if (!find_field(f, s, name, &v)) return eval_error();
    const char *conversion = NULL, *spec = "";
    size_t at = name;
    if (at < n && s[at] == '!') {
        conversion = at + 1 < n ? arena_strndup(f->e->a, s + at + 1, 1) : "";
        if (!*conversion || !strchr("rsa", *conversion))
            return complain(f->e, f->loc, "after '!' stands r, s or a");
        at += 2;
    }
    if (at < n && s[at] == ':') {
        Value text = run_format(f, s + at + 1, n - at - 1);
        if (text.kind != VALUE_STRING) return text;
        spec = text.text;
    }
    return text_field(f->e, f->loc, &v, conversion, spec);
}

static const char *close_of(const char *s, const char *end) {
    int depth = 0;
    for (; s < end; s++) {
        if (*s == '}' && depth-- == 0) return s;
        if (*s == '{') depth++;
    }
    return NULL;
}

static Value run_format(Format *f, const char *format, size_t n) {
    Value all = {.kind = VALUE_STRING, .loc = f->loc, .text = ""};
    const char *s = format, *end = format + n;
    if (++f->depth > 3) return complain(f->e, f->loc, "fields are nested too deeply");
    while (s < end && all.kind != VALUE_ERROR && all.kind != VALUE_FOREIGN) {
        size_t plain = 0;
        while (s + plain < end && s[plain] != '{' && s[plain] != '}') plain++;
        bool brace = s + plain < end, twice = s + plain + 1 < end && s[plain + 1] == s[plain];
        Value piece = {.kind = VALUE_STRING,
                       .loc = f->loc,
                       .text = arena_strndup(f->e->a, s, plain + (brace && twice))};
        all = arith(f->e, f->loc, OP_ADD, &all, &piece);
        s += plain + (brace ? (twice ? 2 : 1) : 0);
        if (!brace || twice) continue;
        const char *close = s[-1] == '{' ? close_of(s, end) : NULL;
        if (!close) return complain(f->e, f->loc, "a brace of the format has no partner");
        piece = field(f, s, (size_t)(close - s));
        all = piece.kind == VALUE_ERROR || piece.kind == VALUE_FOREIGN
                  ? piece
                  : arith(f->e, f->loc, OP_ADD, &all, &piece);
        s = close + 1;
    }
    f->depth--;
    return all;
}

Value text_format(Eval *e, Loc loc, const char *format, const Call *call) {
    Format f = {e, loc, call, 0, 0};
    return run_format(&f, format, strlen(format));
}

// ------------------------------------------------------------------------------------------ %

typedef struct Percent {
    Eval *e;
    Loc loc;
    const Value *values;
    int next;
} Percent;

static const Value *next_value(Percent *p, const char *name) {
    const Value *v = p->values;
    if (name) {
        Value key = {.kind = VALUE_STRING, .text = name};
        const Value *item = v->kind == VALUE_DICT ? dict_find(v->dict, &key) : NULL;
        if (!item) complain(p->e, p->loc, "'%(name)' takes a dict with that key behind '%'");
        return item;
    }
    bool tuple = v->kind == VALUE_TUPLE;
    if (p->next < (tuple ? value_count(v) : 1))
        return tuple ? value_at(v, p->next++) : (p->next++, v);
    complain(p->e, p->loc, "the text has more conversions than there are values behind '%'");
    return NULL;
}

// A spec as "{:...}" has it, so that numbers of the program are formatted by it.
static const char *as_spec(Eval *e, const PySpec *s) {
    const char *sign = s->sign ? arena_printf(e->a, "%c", s->sign) : "";
    const char *width = s->width ? arena_printf(e->a, "%lld", (long long)s->width) : "";
    const char *precision =
        s->precision >= 0 ? arena_printf(e->a, ".%lld", (long long)s->precision) : "";
    return arena_printf(e->a, "%s%c%s%s%s%s%c", s->fill, s->align, sign, s->alternate ? "#" : "",
                        width, precision, s->type);
}

static Value convert_later(Percent *p, const Value *v, const PySpec *spec) {
    Value whole = *v;
    PySpec s = *spec;
    if (v->kind == VALUE_TEXT_LATER) return *v;
    if (strchr("dxXo", s.type)) whole = later_unary(p->e, p->loc, LATER_INT, v);
    if (s.type == 's' || s.type == 'r') return text_plain(p->e, p->loc, v, false);
    return later_field(p->e, p->loc, &whole, as_spec(p->e, &s), &s);
}

static Value convert(Percent *p, const Value *v, PySpec *spec) {
    PyValue plain;
    if (v->kind == VALUE_FOREIGN || v->kind == VALUE_ERROR) return *v;
    if (v->kind == VALUE_ARRAY && spec->type == 's' && spec->width < 1 && spec->precision < 0)
        return array_field(p->e, p->loc, v, "s", "");
    Value score = v->kind == VALUE_SCORE && v->model->model->nmetric == 0
                      ? later_score(p->e, v, 0)
                      : array_number_later(p->e, v);
    if (score.kind == VALUE_ARRAY) return array_foreign(p->e, v, "values", p->loc);
    if (score.kind == VALUE_LATER || score.kind == VALUE_TEXT_LATER)
        return convert_later(p, &score, spec);
    if (strchr("sra", spec->type)) {
        Value text = text_plain(p->e, p->loc, v, spec->type != 's');
        if (text.kind != VALUE_STRING) return text;
        spec->type = 's', spec->sign = 0, spec->alternate = false;
        return formatted(p->e, p->loc, &(PyValue){.kind = PY_TEXT, .text = text.text}, spec);
    }
    if (!plain_value(v, &plain)) return complain(p->e, p->loc, "the conversion is for a number");
    if (strchr("dxXo", spec->type) && plain.kind == PY_FLOAT && spec->type == 'd') {
        if (!(plain.real > -9e18 && plain.real < 9e18))
            return complain(p->e, p->loc, "the number does not fit 64 bits");
        plain = (PyValue){.kind = PY_INT, .integer = (int64_t)plain.real};
    }
    if (plain.kind == PY_TEXT && spec->type == 'c') spec->type = 's';
    return formatted(p->e, p->loc, &plain, spec);
}

// Behind a '%'; sets *s behind the conversion.
static Value conversion(Percent *p, const char **s) {
    PySpec spec;
    const char *name = NULL;
    if (**s == '(') {
        const char *end = strchr(*s, ')');
        if (!end) return complain(p->e, p->loc, "a '%(' of the text is never closed");
        name = arena_strndup(p->e->a, *s + 1, (size_t)(end - *s - 1));
        *s = end + 1;
    }
    const char *wrong = py_conversion(*s, &spec, s);
    if (wrong) return complain(p->e, p->loc, wrong);
    if (spec.type == '%') return eval_text(p->e, p->loc, "%");
    const Value *v = next_value(p, name);
    return v ? convert(p, v, &spec) : eval_error();
}

Value text_percent(Eval *e, Loc loc, const Value *format, const Value *values) {
    Percent p = {e, loc, values, 0};
    Value all = {.kind = VALUE_STRING, .loc = loc, .text = ""};
    for (const char *s = format->text;
         *s && all.kind != VALUE_ERROR && all.kind != VALUE_FOREIGN;) {
        size_t n = strcspn(s, "%");
        Value piece = {.kind = VALUE_STRING, .loc = loc, .text = arena_strndup(e->a, s, n)};
        all = arith(e, loc, OP_ADD, &all, &piece);
        s += n;
        if (!*s) break;
        s++;
        piece = conversion(&p, &s);
        if (piece.kind == VALUE_ERROR || piece.kind == VALUE_FOREIGN) return piece;
        all = arith(e, loc, OP_ADD, &all, &piece);
    }
    bool rest = values->kind == VALUE_TUPLE ? p.next < value_count(values)
                                            : values->kind != VALUE_DICT && p.next == 0;
    return rest ? complain(e, loc, "there are more values behind '%' than conversions") : all;
}

// SPDX-License-Identifier: 0BSD
// A value becomes sign, prefix, digits and tail; then come grouping and padding, the same for all.
#include "io/pyformat.h"
#include "runtime.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// ---- reading specs

static int utf8_length(unsigned char c) {
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

static const char *read_count(const char *s, const char *end, int64_t *count) {
    for (*count = 0; s < end && isdigit((unsigned char)*s); s++)
        if (*count <= PY_WIDEST) *count = *count * 10 + (*s - '0');
    return s;
}

static const char *wrong_size(const PySpec *spec) {
    return spec->width > PY_WIDEST || spec->precision > PY_WIDEST ? "the format is too wide" : NULL;
}

static const char *read_align(const char *s, const char *end, PySpec *spec) {
    int first = s < end ? utf8_length((unsigned char)*s) : 0;
    if (s + first < end && strchr("<>^=", s[first])) {
        memcpy(spec->fill, s, (size_t)first);
        spec->fill[first] = 0;
        spec->align = s[first];
        return s + first + 1;
    }
    if (s < end && strchr("<>^=", *s)) spec->align = *s++;
    return s;
}

const char *py_spec(const char *text, size_t n, PySpec *spec) {
    const char *end = text + n, *s;
    *spec = (PySpec){.fill = " ", .precision = -1};
    s = read_align(text, end, spec);
    bool filled = s > text + 1; // with a character of its own
    if (s < end && strchr("+- ", *s)) spec->sign = *s++;
    if (s < end && *s == '#') spec->alternate = true, s++;
    if (s < end && *s == '0') {
        spec->zero = true;
        if (!filled) strcpy(spec->fill, "0");
        s++;
    }
    s = read_count(s, end, &spec->width);
    if (s < end && (*s == ',' || *s == '_')) spec->group = *s++;
    if (s < end && *s == '.') {
        const char *digits = s + 1;
        s = read_count(digits, end, &spec->precision);
        if (s == digits) return "the format has no precision behind its '.'";
    }
    if (s < end) spec->type = *s++;
    if (s < end || (spec->type && !strchr("bcdeEfFgGnosxX%", spec->type)))
        return "the format is none of Python's";
    return wrong_size(spec);
}

const char *py_conversion(const char *text, PySpec *spec, const char **end) {
    const char *s = text, *stop = text + strlen(text);
    *spec = (PySpec){.fill = " ", .precision = -1, .align = '>'};
    for (; *s && strchr("-+ #0", *s); s++) {
        if (*s == '-') spec->align = '<';
        if (*s == '+' || (*s == ' ' && !spec->sign)) spec->sign = *s;
        if (*s == '#') spec->alternate = true;
        if (*s == '0') spec->zero = true;
    }
    s = read_count(s, stop, &spec->width);
    if (*s == '.') s = read_count(s + 1, stop, &spec->precision);
    if (*s == 'l' || *s == 'h' || *s == 'L') s++;
    if (!*s || !strchr("diouxXeEfFgGcrsa%", *s)) return "the conversion is none of Python's";
    spec->type = *s == 'i' || *s == 'u' ? 'd' : *s;
    if (spec->zero && spec->align == '>' && !strchr("rsac", spec->type))
        strcpy(spec->fill, "0"), spec->align = '=';
    *end = s + 1;
    return wrong_size(spec);
}

// ---- writing

typedef struct Out {
    char *to;
    size_t room, n;
} Out;

static void put(Out *o, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++, o->n++)
        if (o->n + 1 < o->room) o->to[o->n] = s[i];
}

static void pad(Out *o, const char *fill, int64_t times) {
    for (int64_t i = 0; i < times; i++) put(o, fill, strlen(fill));
}

static int64_t characters(const char *s, size_t n) {
    int64_t count = 0;
    for (size_t i = 0; i < n; i++) count += ((unsigned char)s[i] & 0xC0) != 0x80;
    return count;
}

typedef struct Parts { // of a number
    char sign[2], prefix[3];
    const char *digits, *tail;
    size_t ndigit, ntail;
    int every; // digits in a group
} Parts;

// Digits with their groups, and zeros before them until all are `least` characters wide.
static int64_t grouped(Out *o, const Parts *p, char group, int64_t least) {
    int64_t n = (int64_t)p->ndigit, all = n;
    while (all + (group ? (all - 1) / p->every : 0) < least) all++;
    for (int64_t i = all; o && i > 0; i--) {
        put(o, i > n ? "0" : p->digits + (n - i), 1);
        if (group && i > 1 && (i - 1) % p->every == 0) put(o, &group, 1);
    }
    return all + (group && all ? (all - 1) / p->every : 0);
}

static void put_number(Out *o, const Parts *p, const PySpec *spec) {
    size_t head = strlen(p->sign) + strlen(p->prefix);
    bool numeric = spec->align == '=' || (!spec->align && spec->zero);
    bool zeros = numeric && spec->fill[0] == '0';
    int64_t least = zeros ? spec->width - (int64_t)(head + p->ntail) : 0;
    int64_t digits = grouped(NULL, p, spec->group, least);
    int64_t blank = spec->width - (int64_t)(head + p->ntail) - digits;
    if (blank < 0) blank = 0;
    int64_t before = spec->align == '<' || numeric ? 0 : spec->align == '^' ? blank / 2 : blank;
    pad(o, spec->fill, before);
    put(o, p->sign, strlen(p->sign));
    put(o, p->prefix, strlen(p->prefix));
    if (numeric) pad(o, spec->fill, blank);
    grouped(o, p, spec->group, least);
    put(o, p->tail, p->ntail);
    if (!numeric) pad(o, spec->fill, blank - before);
}

static void set_sign(Parts *p, bool negative, const PySpec *spec) {
    char c = negative ? '-' : spec->sign == '+' || spec->sign == ' ' ? spec->sign : 0;
    p->sign[0] = c;
}

static const char *put_text(Out *o, const char *text, const PySpec *spec) {
    size_t n = strlen(text);
    if (spec->align == '=' || spec->sign || spec->group || spec->alternate)
        return "a string takes no sign, no '=', no '#' and no grouping";
    if (spec->precision >= 0)
        for (size_t i = 0; i <= n; i++)
            if (characters(text, i) > spec->precision) {
                n = i - 1;
                break;
            }
    int64_t blank = spec->width - characters(text, n);
    if (blank < 0) blank = 0;
    int64_t before = spec->align == '>' ? blank : spec->align == '^' ? blank / 2 : 0;
    pad(o, spec->fill, before);
    put(o, text, n);
    pad(o, spec->fill, blank - before);
    return NULL;
}

static const char *put_integer(Out *o, int64_t value, const PySpec *spec) {
    char text[72];
    int at = sizeof text - 1, base = 10;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    const char *digits = spec->type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    if (spec->type == 'b') base = 2;
    if (spec->type == 'o') base = 8;
    if (spec->type == 'x' || spec->type == 'X') base = 16;
    if (spec->group == ',' && base != 10) return "',' groups only decimal digits";
    text[at] = 0;
    do text[--at] = digits[rest % (unsigned)base];
    while ((rest /= (unsigned)base) && at > 0);
    Parts p = {.digits = text + at, .ndigit = sizeof text - 1 - (size_t)at, .tail = ""};
    p.every = base == 10 ? 3 : 4;
    if (spec->alternate && base != 10) p.prefix[0] = '0', p.prefix[1] = spec->type;
    set_sign(&p, value < 0, spec);
    put_number(o, &p, spec);
    return NULL;
}

// A float with a precision but no type: as g made it, but with a point and a digit behind it, or an
// exponent where there is no room for that digit.
static void with_point(char *text, size_t room, double value, int precision) {
    if (strpbrk(text, ".e")) return;
    if ((int)strlen(text) < precision || (value == 0 && precision > 0)) {
        strcat(text, ".0");
        return;
    }
    snprintf(text, room, "%.*e", precision > 1 ? precision - 1 : 0, value);
    char *e = strchr(text, 'e'), *last = e;
    if (!strchr(text, '.')) return;
    while (last[-1] == '0') last--;
    if (last[-1] == '.') last--;
    memmove(last, e, strlen(e) + 1);
}

// The digits of a finite number without sign. Free the result.
static char *real_text(double value, const PySpec *spec, char type) {
    enum { LONGEST = 320 }; // digits before the point
    int precision = spec->precision < 0 ? 6 : (int)spec->precision;
    size_t room = (size_t)precision + LONGEST + 16;
    char *text = malloc(room), format[] = "%.*f";
    if (!text) return NULL;
    if (!type && spec->precision < 0) {
        char buffer[TEXT_NUMBER];
        snprintf(text, room, "%s", text_repr(buffer, value));
        return text;
    }
    char kind = type == '%' || type == 'F' ? 'f' : type == 'n' || !type ? 'g' : type;
    if (kind == 'g' && precision == 0) precision = 1;
    format[3] = kind;
    snprintf(text, room, format, precision, value);
    if (!type) with_point(text, room, value, spec->precision ? precision : 0);
    return text;
}

static const char *put_real(Out *o, double value, const PySpec *spec) {
    char type = spec->type;
    bool negative = signbit(value) && !isnan(value), upper = type && strchr("EFG", type);
    double size = fabs(value) * (type == '%' ? 100 : 1);
    if (spec->alternate) return "the '#' of a float is not supported";
    char *text = NULL;
    Parts p = {.digits = "", .tail = "", .every = 3};
    if (isfinite(size)) {
        text = real_text(size, spec, type);
        if (!text) return "out of memory";
        p.digits = text;
        p.ndigit = strspn(text, "0123456789");
        if (type == '%') strcat(text, "%");
        p.tail = text + p.ndigit;
    } else {
        static const char *const names[] = {"inf", "nan", "INF", "NAN"};
        p.digits = names[(isnan(size) ? 1 : 0) + (upper ? 2 : 0)];
        p.ndigit = strlen(p.digits);
        if (type == '%') p.tail = "%";
    }
    PySpec plain = *spec;
    if (!isfinite(size)) plain.group = 0;
    p.ntail = strlen(p.tail);
    set_sign(&p, negative, spec);
    put_number(o, &p, &plain);
    free(text);
    return NULL;
}

static const char *put_value(Out *o, const PyValue *v, const PySpec *spec) {
    char type = spec->type;
    if (v->kind == PY_TEXT) {
        if (type && type != 's') return "the format is for a number, the value is a string";
        return put_text(o, v->text, spec);
    }
    if (type && strchr("sra", type)) return "the format is for a string, the value is a number";
    if (v->kind == PY_INT && (!type || strchr("bdoxXn", type))) {
        if (spec->precision >= 0) return "an integer takes no precision";
        return put_integer(o, v->integer, spec);
    }
    if (type == 'c') return "the format 'c' is not supported";
    if (type && strchr("bdoxX", type)) return "the format is for an integer, the value is a float";
    return put_real(o, v->kind == PY_INT ? (double)v->integer : v->real, spec);
}

const char *py_format(const PyValue *value, const PySpec *spec, char *out, size_t room,
                      size_t *length) {
    Out o = {out, room, 0};
    const char *wrong = put_value(&o, value, spec);
    if (room) out[o.n < room ? o.n : room - 1] = 0;
    *length = o.n;
    return wrong;
}

double py_round(double value, int64_t digits) {
    enum { MOST = 323 }; // a double has no more decimals that count
    char text[MOST + 330];
    if (!isfinite(value) || digits > MOST) return value;
    if (digits < -MOST) return 0 * value;
    if (digits < 0) {
        double scale = pow(10, (double)-digits);
        return nearbyint(value / scale) * scale;
    }
    snprintf(text, sizeof text, "%.*f", (int)digits, value);
    return strtod(text, NULL);
}

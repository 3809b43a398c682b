// SPDX-License-Identifier: 0BSD
// Numbers and shapes as text, and foreign text as a terminal may get it. Both kinds of number start
// from the shortest decimal digits that read back as the same double: d.ddd x 10^e with 1 to 17
// digits, found by trying.
#include "io/text.h"
#include "runtime.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Digits {
    char digit[24]; // without point
    int count, exponent;
    bool negative;
} Digits;

static bool reads_back(const char *word, double value, bool single) {
    return single ? strtof(word, NULL) == (float)value : strtod(word, NULL) == value;
}

// The next number away from 0 of as many digits.
static void next_word(char *word) {
    char *first = word + (*word == '-'), *end = strchr(word, 'e'), *at = end;
    while (at-- > first) {
        if (*at == '.') continue;
        if (++*at <= '9') return;
        *at = '0';
    }
    *first = '1';
    sprintf(end, "e%+03d", atoi(end + 1) + 1);
}

// Of a power of two the numbers below it are nearer to each other than those above: where the nearest of so many
// digits is another number, the next one may still be it.
void text_shortest(char word[TEXT_NUMBER], double value, bool single, int most) {
    int exponent;
    bool power = fabs(frexp(value, &exponent)) == 0.5;
    for (int precision = 0; precision <= most; precision++) {
        snprintf(word, TEXT_NUMBER, "%.*e", precision, value);
        if (reads_back(word, value, single)) return;
        if (!power) continue;
        char nearest[TEXT_NUMBER];
        strcpy(nearest, word);
        next_word(word);
        if (reads_back(word, value, single)) return;
        strcpy(word, nearest);
    }
}

static Digits shortest(double value) {
    char text[TEXT_NUMBER];
    text_shortest(text, value, false, 16);
    Digits d = {.negative = text[0] == '-'};
    char *c = text + d.negative;
    for (; *c && *c != 'e'; c++)
        if (*c != '.') d.digit[d.count++] = *c;
    d.exponent = (int)strtol(c + 1, NULL, 10);
    return d;
}

// Writes digits with the point after 1 + exponent of them, filling up with zeros.
static char *put_plain(char *to, const Digits *d) {
    if (d->exponent < 0) to += sprintf(to, "0.");
    for (int i = d->exponent; i < -1; i++) *to++ = '0';
    for (int i = 0; i < d->count || i <= d->exponent; i++) {
        *to++ = i < d->count ? d->digit[i] : '0';
        if (i == d->exponent && i + 1 < d->count) *to++ = '.';
    }
    *to = 0;
    return to;
}

const char *text_single(char buffer[TEXT_NUMBER], double value) {
    char number[TEXT_NUMBER];
    value = (double)(float)value;
    if (!isfinite(value)) return strcpy(buffer, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    text_shortest(buffer, value, true, 17);
    bool powers = value != 0 && (fabs(value) < 1e-4 || fabs(value) >= 1e6);
    return powers ? buffer : strcpy(buffer, text_repr(number, strtod(buffer, NULL)));
}

const char *text_decimal(char buffer[TEXT_NUMBER], double value) {
    Digits d = shortest(value);
    char *to = buffer;
    if (d.negative) *to++ = '-';
    put_plain(to, &d);
    return buffer;
}

const char *text_repr(char buffer[TEXT_NUMBER], double value) {
    if (!isfinite(value)) {
        sprintf(buffer, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return buffer;
    }
    Digits d = shortest(value);
    char *to = buffer;
    if (d.negative) *to++ = '-';
    if (d.exponent < -4 || d.exponent >= 16) {
        *to++ = d.digit[0];
        if (d.count > 1) to += sprintf(to, ".%.*s", d.count - 1, d.digit + 1);
        sprintf(to, "e%c%02d", d.exponent < 0 ? '-' : '+', abs(d.exponent));
    } else {
        to = put_plain(to, &d);
        if (d.count <= d.exponent + 1) sprintf(to, ".0");
    }
    return buffer;
}

const char *text_python(char buffer[TEXT_NUMBER], double value) {
    return text_repr(buffer, (double)(float)value);
}

const char *text_shape(char buffer[TEXT_SHAPE], const int64_t *dim, int64_t rank) {
    char *to = buffer;
    *to++ = '(';
    for (int64_t i = 0; i < rank; i++) to += sprintf(to, i ? ", %lld" : "%lld", (long long)dim[i]);
    sprintf(to, rank == 1 ? ",)" : ")");
    return buffer;
}

// Bytes of the UTF-8 character that text begins with, and in *code its number; 0: it is none.
static int decode(const unsigned char *text, unsigned *code) {
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    int n = text[0] < 0x80 ? 1 : text[0] >> 5 == 6 ? 2 : text[0] >> 4 == 14 ? 3 : 4;
    if (n == 4 && text[0] >> 3 != 30) return 0;
    *code = n == 1 ? text[0] : text[0] & (0x7fu >> n);
    for (int i = 1; i < n; i++) {
        if (text[i] >> 6 != 2) return 0; // also at the end of text
        *code = *code << 6 | (text[i] & 0x3f);
    }
    bool half = *code >= 0xd800 && *code < 0xe000; // of a pair of UTF-16
    return *code >= least[n] && *code <= 0x10ffff && !half ? n : 0;
}

// The next character of text as it may be printed; returns how many bytes it has there.
static size_t next_piece(const char *text, char piece[TEXT_PIECE]) {
    unsigned code = 0;
    int n = decode((const unsigned char *)text, &code);
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    if (n && !control) return (size_t)sprintf(piece, "%.*s", n, text);
    sprintf(piece, "\\x%02X", (unsigned char)*text); // of a longer one the next bytes are none
    return 1;
}

const char *text_foreign(char *buffer, size_t size, const char *text) {
    static const char gap[] = "…";
    char piece[TEXT_PIECE];
    size_t whole = 0, at = 0, used = 0, room = size - 1;
    for (const char *c = text; *c; whole += strlen(piece)) c += next_piece(c, piece);
    bool cut = whole > room, in_gap = false;
    size_t head = cut ? (room - strlen(gap)) / 3 * 2 : whole;
    size_t tail = cut ? room - strlen(gap) - head : 0;
    for (const char *c = text; *c; at += strlen(piece)) {
        c += next_piece(c, piece);
        bool kept = at + strlen(piece) <= head || at >= whole - tail;
        if (kept || !in_gap) used += (size_t)sprintf(buffer + used, "%s", kept ? piece : gap);
        in_gap = in_gap || !kept;
    }
    buffer[used] = 0;
    return buffer;
}

void text_print(FILE *file, const char *text) {
    char piece[TEXT_PIECE];
    while (*text) {
        bool layout = *text == '\n' || *text == '\t';
        const char *from = text;
        text += next_piece(text, piece);
        fprintf(file, "%.*s", layout ? 1 : TEXT_PIECE, layout ? from : piece);
    }
}

void text_put_json(FILE *file, const char *text) {
    char shown[TEXT_PATH];
    putc('"', file);
    for (const char *c = text_foreign(shown, sizeof shown, text); *c; c++) {
        if (*c == '"' || *c == '\\') putc('\\', file);
        putc(*c, file);
    }
    putc('"', file);
}

void text_put_number(FILE *file, double value) {
    if (isfinite(value))
        fprintf(file, "%.9g", value);
    else
        fputs("null", file);
}

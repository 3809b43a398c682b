// SPDX-License-Identifier: MIT
// String literals: prefixes, escapes, and the fields of formatted strings, which are parsed as the
// expressions they are.
#include "syntax/lexer.h"
#include <ctype.h>
#include <string.h>

typedef struct Literal {
    const char *at, *end; // what is still to be read, between the quotes
    bool raw, formatted;
    const char *escape; // the first that is none, whose backslash stays
} Literal;

static int put_utf8(char *out, unsigned long c) {
    if (c < 0x80) return out[0] = (char)c, 1;
    if (c < 0x800) return out[0] = (char)(0xC0 | c >> 6), out[1] = (char)(0x80 | (c & 63)), 2;
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 63));
        return out[2] = (char)(0x80 | (c & 63)), 3;
    }
    out[0] = (char)(0xF0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 63));
    return out[2] = (char)(0x80 | (c >> 6 & 63)), out[3] = (char)(0x80 | (c & 63)), 4;
}

// Exactly n hexadecimal digits; -1 if they are not there.
static long hex(const char *s, const char *end, int n) {
    long value = 0;
    for (int i = 0; i < n; i++, s++) {
        const char *all = "0123456789abcdef", *at;
        if (s >= end || !(at = strchr(all, *s | 0x20)) || !*s) return -1;
        value = value * 16 + (at - all);
    }
    return value;
}

static long octal(const char *s, const char *end, int *width) {
    long value = 0;
    for (*width = 0; *width < 3 && s < end && *s >= '0' && *s <= '7'; s++, ++*width)
        value = value * 8 + (*s - '0');
    return *width ? value : -1;
}

// One escape, whose backslash is at l->at. Returns what is wrong, or NULL.
static const char *escape(Arena *a, Literal *l, char **out) {
    static const char plain[] = "\\'\"nrtabfv", meaning[] = "\\'\"\n\r\t\a\b\f\v";
    const char **s = &l->at, *end = l->end;
    char letter = (*s)[1];
    const char *at = strchr(plain, letter);
    int width = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0, lead = 2;
    long c = width ? hex(*s + 2, end, width) : -1;
    if (letter == '\r' || letter == '\n') { // a line that goes on
        *s += letter == '\r' ? 3 : 2;
        return NULL;
    }
    if (letter >= '0' && letter <= '7') c = octal(*s + 1, end, &width), lead = 1;
    if (at && letter)
        *(*out)++ = meaning[at - plain];
    else if (c > 0 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF))
        *out += put_utf8(*out, (unsigned long)c);
    else if (!width && letter != 'N') {
        l->escape = l->escape ? l->escape : *s;
        *(*out)++ = '\\';
        lead = 1;
    } else {
        return arena_printf(a, "the escape '\\%c' is not supported", letter);
    }
    *s += lead + width;
    return NULL;
}

// The characters up to a field, or to the end; in a format spec also up to its end.
static const char *plain_text(Arena *a, Literal *l, bool in_spec, const char **wrong) {
    char *text = arena_alloc(a, (size_t)(l->end - l->at) + 1), *out = text;
    while (l->at < l->end) {
        const char *s = l->at;
        bool twice = s + 1 < l->end && s[1] == s[0] && !in_spec;
        if (*s == '\\' && !l->raw) {
            if ((*wrong = escape(a, l, &out))) return NULL;
        } else if (*s == '\r' && s + 1 < l->end && s[1] == '\n') {
            l->at++;
        } else if (l->formatted && (*s == '{' || *s == '}') && !twice) {
            break;
        } else {
            l->at += l->formatted && (*s == '{' || *s == '}') ? 2 : 1;
            *out++ = *s;
        }
    }
    return text;
}

// Where the expression of a field ends: at a !, : or } that is in no bracket and no string.
static const char *field_end(const char *s, const char *end) {
    int depth = 0;
    for (; s < end; s++) {
        if (*s == '\'' || *s == '"') {
            const char *close = memchr(s + 1, *s, (size_t)(end - s - 1));
            if (!close) return end;
            s = close;
        } else if (strchr("([{", *s)) {
            depth++;
        } else if (depth > 0 && strchr(")]}", *s)) {
            depth--;
        } else if (depth == 0 && (*s == '}' || *s == ':')) {
            return s;
        } else if (depth == 0 && *s == '!' && !(s + 1 < end && s[1] == '=')) {
            return s;
        }
    }
    return end;
}

static Loc place_of(Loc loc, const char *text, const char *at) {
    for (const char *s = text; s < at; s++) {
        loc.col++;
        if (*s == '\n') loc.line++, loc.col = 1;
    }
    loc.end_line = loc.line, loc.end_col = loc.col + 1;
    return loc;
}

static Ast *pieces(Lexer *lexer, Loc loc, const char *text, Literal *l, int depth,
                   const char **wrong);

// {expression=!r:spec}; l->at is behind the brace.
static Ast *field(Lexer *lexer, Loc loc, const char *text, Literal *l, int depth,
                  const char **wrong) {
    Arena *a = lexer->arena;
    const char *start = l->at, *end = field_end(start, l->end), *last = end;
    while (last > start && isspace((unsigned char)last[-1])) last--;
    bool shown = last - 1 > start && last[-1] == '=' && !strchr("=!<>", last[-2]);
    if (end == l->end) return *wrong = "a '{' in the string is never closed", NULL;
    Ast *node = ast_node(a, AST_FIELD, place_of(loc, text, start), NULL, NULL);
    size_t length = (size_t)((shown ? last - 1 : end) - start);
    Ast *inner = lexer_field(lexer, start, length, node->loc);
    if (!inner) return *wrong = "", NULL; // was reported
    *node = *ast_node(a, AST_FIELD, inner->loc, inner, NULL);
    char conversion = end + 1 < l->end && *end == '!' ? end[1] : 0;
    if (*end == '!') end += 2;
    if (conversion && !strchr("rsa", conversion))
        return *wrong = "after '!' stands r, s or a", NULL;
    l->at = end;
    if (end < l->end && *end == ':') {
        l->at++;
        node->right = pieces(lexer, loc, text, l, depth + 1, wrong);
        if (!node->right) return NULL;
    }
    if (l->at >= l->end || *l->at != '}')
        return *wrong = "a '{' in the string is never closed", NULL;
    l->at++;
    if (shown && !conversion && !node->right) conversion = 'r';
    if (conversion) node->text = arena_printf(a, "%c", conversion);
    if (!shown) return node;
    Ast *both = ast_node(a, AST_FORMATTED, node->loc, NULL, NULL);
    const char *said = arena_strndup(a, start, (size_t)(end - start));
    if (strchr(said, '!') && conversion) said = arena_strndup(a, start, (size_t)(end - 2 - start));
    ast_add(a, both, (AstItem){.value = ast_leaf(a, AST_STRING, node->loc, said)});
    return ast_add(a, both, (AstItem){.value = node});
}

// Texts and fields up to the end, of a format spec up to its '}'.
static Ast *pieces(Lexer *lexer, Loc loc, const char *text, Literal *l, int depth,
                   const char **wrong) {
    enum { DEEPEST = 2 }; // a field within a format spec, as in Python
    Ast *node = ast_node(lexer->arena, AST_FORMATTED, loc, NULL, NULL);
    if (depth > DEEPEST) return *wrong = "fields are nested too deeply", NULL;
    while (l->at < l->end) {
        const char *plain = plain_text(lexer->arena, l, depth > 0, wrong);
        if (!plain) return NULL;
        Ast *piece = ast_leaf(lexer->arena, AST_STRING, loc, plain);
        if (*plain) ast_add(lexer->arena, node, (AstItem){.loc = loc, .value = piece});
        if (l->at >= l->end) break;
        if (*l->at == '}') {
            if (depth > 0) break;
            return *wrong = "a '}' in the string closes nothing: write '}}'", NULL;
        }
        l->at++;
        piece = field(lexer, loc, text, l, depth, wrong);
        if (!piece) return NULL;
        ast_add(lexer->arena, node, (AstItem){.loc = piece->loc, .value = piece});
    }
    return node;
}

// "C:\data": Python warns, too, that this may be an escape one day.
static void warn_of_escape(Lexer *lexer, Loc loc, const char *at) {
    int n = 2; // bytes, with the backslash
    while (((unsigned char)at[n] & 0xC0) == 0x80) n++;
    diag_warning(lexer->diag, loc, "escape",
                 "'%.*s' is no escape: the backslash stays; write '\\%.*s'", n, at, n, at);
}

const char *lexer_string(Lexer *lexer, Loc loc, const char *text, size_t n, Ast **fields,
                         const char **wrong) {
    Literal l = {.at = text, .end = text + n};
    bool bytes = false;
    for (; *l.at != '"' && *l.at != '\''; l.at++) {
        l.raw |= *l.at == 'r' || *l.at == 'R';
        l.formatted |= *l.at == 'f' || *l.at == 'F';
        bytes |= *l.at == 'b' || *l.at == 'B';
    }
    if (bytes) return *wrong = "strings of bytes are not part of the language", NULL;
    bool triple = l.end - l.at >= 6 && l.at[1] == l.at[0] && l.at[2] == l.at[0];
    l.at += triple ? 3 : 1;
    l.end -= triple ? 3 : 1;
    const char *plain = NULL;
    if (l.formatted)
        *fields = pieces(lexer, loc, text, &l, 0, wrong);
    else
        plain = plain_text(lexer->arena, &l, false, wrong);
    if (l.escape && !*wrong) warn_of_escape(lexer, loc, l.escape);
    return plain;
}

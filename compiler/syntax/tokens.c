// SPDX-License-Identifier: MIT
// Between flex and bison: statements get one NEWLINE, brackets are made to balance, a missing
// comma is put in, and what the language does not have is refused by name.
#include "syntax/lexer.h"
#include "parser.h"
#include "support/text.h"
#include <string.h>

int scan_token(CNN_STYPE *value, CNN_LTYPE *loc, void *scanner); // lexer.l, whose types these are

// ------------------------------------------------------------------------ what Python has more

static const struct {
    const char *word, *what;
    bool block;
} refused[] = {
    {"if", "conditions", true},
    {"elif", "conditions", true},
    {"else", "conditions", true},
    {"for", "loops and comprehensions", true},
    {"while", "loops", true},
    {"break", "loops", false},
    {"continue", "loops", false},
    {"def", "function definitions", true},
    {"return", "function definitions", false},
    {"lambda", "function definitions", false},
    {"yield", "function definitions", false},
    {"class", "class definitions", true},
    {"with", "with-blocks", true},
    {"try", "exceptions", true},
    {"except", "exceptions", true},
    {"finally", "exceptions", true},
    {"raise", "exceptions", false},
    {"assert", "assertions", false},
    {"async", "coroutines", false},
    {"await", "coroutines", false},
    {"del", "deleting names", false},
    {"global", "scopes", false},
    {"nonlocal", "scopes", false},
    {"pass", "empty statements", false},
    {"not", "conditions", false},
    {"and", "conditions", false},
    {"or", "conditions", false},
    {"in", "comparisons", false},
    {"is", "comparisons", false},
    {"<", "comparisons", false},
    {">", "comparisons", false},
    {"<=", "comparisons", false},
    {">=", "comparisons", false},
    {"!=", "comparisons", false},
    {"==", "comparisons", false},
    {":=", "assignments within expressions", false},
    {"+=", "write 'x = x + ...'; updates in place", false},
    {"-=", "write 'x = x - ...'; updates in place", false},
    {"*=", "write 'x = x * ...'; updates in place", false},
    {"/=", "write 'x = x / ...'; updates in place", false},
    {"%=", "write 'x = x % ...'; updates in place", false},
    {"//=", "write 'x = x // ...'; updates in place", false},
    {"**=", "write 'x = x ** ...'; updates in place", false},
    {"{", "dicts and sets", false},
    {"}", "dicts and sets", false},
    {";", "write one statement a line; several on one", false},
    {"\\", "put the expression in brackets; continued lines", false},
    {"->", "function definitions", false},
    {"...", "ellipses", false},
};

const char *lexer_refused(Arena *a, const char *word, bool *block) {
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(word, refused[i].word) == 0) {
            *block = refused[i].block;
            return arena_printf(a, "'%s': %s are not part of the language", word, refused[i].what);
        }
    if (strpbrk(word, "@&|^~<>")) // never in a name
        return arena_printf(a, "'%s': operators on bits and matrices are not part of the language",
                            word);
    return NULL;
}

// ------------------------------------------------------------------------------------ strings

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

const char *lexer_string(Arena *a, const char *text, size_t n, const char **wrong) {
    static const char plain[] = "\\'\"nrtabfv", meaning[] = "\\'\"\n\r\t\a\b\f\v";
    char *string = arena_alloc(a, n), *out = string; // no escape is shorter than what it stands for
    const char *end = text + n - 1;
    for (const char *s = text + 1; s < end;) {
        if (*s != '\\') {
            *out++ = *s++;
            continue;
        }
        const char *at = strchr(plain, s[1]);
        int width = s[1] == 'x' ? 2 : s[1] == 'u' ? 4 : s[1] == 'U' ? 8 : 0;
        long c = at && s[1] ? 0 : width ? hex(s + 2, end, width) : -1;
        if (at && s[1])
            *out++ = meaning[at - plain];
        else if (c > 0 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF))
            out += put_utf8(out, (unsigned long)c);
        else
            return *wrong = arena_printf(a, "the escape '\\%c' is not supported", s[1]), NULL;
        s += 2 + width;
    }
    return string;
}

// ------------------------------------------------------------------------------------- tokens

static Token scan(Lexer *lexer) {
    CNN_STYPE value = {0};
    Token t = {0};
    t.kind = scan_token(&value, &t.loc, lexer->scanner);
    if (t.kind == 0) t.loc = (Loc){lexer->line, lexer->col, lexer->line, lexer->col + 1};
    if (t.kind == INTEGER)
        t.integer = value.integer;
    else if (t.kind == FLOAT)
        t.real = value.real;
    else
        t.text = value.text;
    return t;
}

static bool starts_operand(int kind) {
    return kind == NAME || kind == INTEGER || kind == FLOAT || kind == STRING || kind == TRUE_ ||
           kind == FALSE_ || kind == NONE;
}
static bool ends_operand(int kind) {
    return starts_operand(kind) || kind == ')' || kind == ']';
}

static Token put_in(int kind, Loc before) {
    return (Token){.kind = kind, .loc = {before.line, before.col, before.line, before.col}};
}

static void hold(Lexer *lexer, Token t) {
    lexer->held = t;
    lexer->holding = true;
}

// Reads on to the end of the statement, which is not understood anyway.
static void skip_statement(Lexer *lexer) {
    for (;;) {
        Token t = scan(lexer);
        if ((t.kind == '(' || t.kind == '[') && lexer->depth < MAX_NESTING)
            lexer->open[lexer->depth++] = t;
        if ((t.kind == ')' || t.kind == ']') && lexer->depth > 0) lexer->depth--;
        bool unclosed = lexer->depth > 0 && t.kind == NAME && t.loc.col == 1 &&
                        t.loc.line > lexer->last.loc.line;
        if (t.kind == 0 || unclosed || (t.kind == NEWLINE && lexer->depth == 0)) {
            lexer->depth = 0;
            lexer->closing = unclosed;
            hold(lexer, t);
            return;
        }
    }
}

static Token refuse(Lexer *lexer, Token t) {
    diag_error(lexer->diag, t.loc, 5, "%s", t.text);
    lexer->last = t;
    skip_statement(lexer);
    return t;
}

static Token open_bracket(Lexer *lexer, Token t) {
    if (lexer->depth == MAX_NESTING) {
        diag_error(lexer->diag, t.loc, 7, "nested deeper than %d", MAX_NESTING);
        lexer->stopped = true;
        lexer->depth = 0;
        t.kind = REFUSED;
        return t;
    }
    lexer->open[lexer->depth++] = t;
    return t;
}

static int closer(Token open) {
    return open.kind == '(' ? ')' : ']';
}

// False: there is nothing to close and the token is dropped. A bracket that closes an outer one
// closes the inner one too, which is reported.
static bool close_bracket(Lexer *lexer, Token *t) {
    if (lexer->depth == 0) {
        diag_error(lexer->diag, t->loc, 6, "'%c' closes nothing", t->kind);
        lexer->file->incomplete = true;
        return false;
    }
    Token open = lexer->open[--lexer->depth];
    if (t->kind == closer(open)) return true;
    lexer->file->incomplete = true;
    if (lexer->depth > 0 && closer(lexer->open[lexer->depth - 1]) == t->kind) {
        diag_error(lexer->diag, open.loc, 6, "'%c' is never closed", open.kind);
        diag_note(lexer->diag, t->loc, "'%c' closes the bracket around it", t->kind);
        hold(lexer, *t);
    } else {
        diag_error(lexer->diag, t->loc, 6, "expected '%c', found '%c'", closer(open), t->kind);
        diag_note(lexer->diag, open.loc, "'%c' is opened here", open.kind);
    }
    t->kind = closer(open);
    return true;
}

static void unclosed(Lexer *lexer, Token t) {
    Token open = lexer->open[lexer->depth - 1];
    diag_error(lexer->diag, open.loc, 6, "'%c' is never closed", open.kind);
    lexer->file->incomplete = true;
    if (t.kind) diag_note(lexer->diag, t.loc, "a new statement seems to start here");
    hold(lexer, t);
    lexer->closing = true;
}

// While brackets are being closed: the closers, then the end of the statement.
static Token close_next(Lexer *lexer) {
    if (lexer->depth > 0) return put_in(closer(lexer->open[--lexer->depth]), lexer->held.loc);
    lexer->closing = false;
    lexer->fresh = true;
    return put_in(NEWLINE, lexer->held.loc);
}

// An operand right after an operand, within brackets: a comma is missing, or the brackets' end.
static Token between_operands(Lexer *lexer, Token t) {
    if (t.loc.col == 1 && t.loc.line > lexer->last.loc.line) {
        unclosed(lexer, t);
        return close_next(lexer);
    }
    bool strings = lexer->last.kind == STRING && t.kind == STRING;
    Loc after = lexer->last.loc;
    after.line = after.end_line, after.col = after.end_col, after.end_col++;
    diag_error(lexer->diag, after, 2, "missing ','%s", strings ? " (or '+') between strings" : "");
    hold(lexer, t);
    return put_in(',', after);
}

// False: the line is skipped.
static bool first_of_line(Lexer *lexer, Token t) {
    bool indented = t.loc.col > 1;
    if (indented && lexer->in_block) {
        lexer->last = t;
        skip_statement(lexer);
        lexer->closing = false;
        if (lexer->held.kind == NEWLINE) lexer->holding = false;
        return false;
    }
    if (indented && !lexer->indented) diag_error(lexer->diag, t.loc, 3, "unexpected indentation");
    lexer->indented = indented;
    if (t.kind != REFUSED) lexer->in_block = false;
    return true;
}

static Token end_of_text(Lexer *lexer, Token t) {
    if (lexer->depth > 0) {
        unclosed(lexer, t);
        return close_next(lexer);
    }
    if (lexer->fresh) return t;
    hold(lexer, t);
    return put_in(NEWLINE, t.loc);
}

static Token next(Lexer *lexer) {
    for (;;) {
        if (lexer->closing) return close_next(lexer);
        if (lexer->stopped) return end_of_text(lexer, (Token){.kind = 0, .loc = lexer->last.loc});
        Token t = lexer->holding ? lexer->held : scan(lexer);
        lexer->holding = false;
        if (t.kind == NEWLINE && (lexer->depth > 0 || lexer->fresh)) continue;
        if (t.kind == 0) return end_of_text(lexer, t);
        if (t.kind == NEWLINE) return t;
        if (lexer->fresh && !first_of_line(lexer, t)) continue;
        if (t.kind == REFUSED) return refuse(lexer, t);
        bool operands = ends_operand(lexer->last.kind) && starts_operand(t.kind);
        if (lexer->depth > 0 && operands) return between_operands(lexer, t);
        if (t.kind == '(' || t.kind == '[') return open_bracket(lexer, t);
        if ((t.kind == ')' || t.kind == ']') && !close_bracket(lexer, &t)) continue;
        return t;
    }
}

int cnn_lex(CNN_STYPE *value, CNN_LTYPE *loc, Lexer *lexer) {
    Token t = next(lexer);
    lexer->fresh = t.kind == NEWLINE;
    lexer->last = t;
    *loc = t.loc;
    if (t.kind == INTEGER)
        value->integer = t.integer;
    else if (t.kind == FLOAT)
        value->real = t.real;
    else
        value->text = t.text;
    return t.kind;
}

// SPDX-License-Identifier: MIT
// Between flex and bison: statements get one NEWLINE and blocks INDENT and DEDENT, brackets are made
// to balance, a missing comma is put in, and what the language does not have is refused by name.
#include "syntax/lexer.h"
#include "parser.h"
#include "support/text.h"
#include <string.h>

int scan_token(CNN_STYPE *value, CNN_LTYPE *loc, void *scanner); // lexer.l, whose types these are

static const struct {
    const char *word, *what;
} refused[] = {
    {"yield", "generators"},
    {"async", "coroutines"},
    {"await", "coroutines"},
    {"global", "write 'return' and bind the result; scopes"},
    {"nonlocal", "write 'return' and bind the result; scopes"},
    {":=", "assignments within expressions"},
};

const char *lexer_refused(Arena *a, const char *word) {
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(word, refused[i].word) == 0)
            return arena_printf(a, "'%s': %s are not part of the language", word, refused[i].what);
    return NULL;
}

// ------------------------------------------------------------------------------------- tokens

static void measure(const Lexer *lexer, Token *t) {
    enum { TAB = 8 };
    const char *s = lexer->source + lexer->token_line;
    for (int i = 1; i < t->loc.col; i++, s++) {
        t->narrow++;
        t->width = *s == '\t' ? (t->width / TAB + 1) * TAB : *s == '\f' ? 0 : t->width + 1;
    }
}

static Token scan(Lexer *lexer) {
    CNN_STYPE value = {0};
    Token t = {0};
    t.kind = scan_token(&value, &t.loc, lexer->scanner);
    if (t.kind == 0) t.loc = (Loc){lexer->line, lexer->col, lexer->line, lexer->col + 1};
    if (t.kind == INTEGER || t.kind == UPDATE)
        t.integer = t.kind == UPDATE ? (uint64_t)value.op : value.integer;
    else if (t.kind == FLOAT)
        t.real = value.real;
    else if (t.kind == FIELDS)
        t.ast = value.ast;
    else
        t.text = value.text;
    if (lexer->fresh && !lexer->placed && !lexer->fields) measure(lexer, &t);
    return t;
}

static bool is_string(int kind) {
    return kind == STRING || kind == FIELDS;
}
static bool starts_operand(int kind) {
    return kind == NAME || kind == INTEGER || kind == FLOAT || is_string(kind) || kind == TRUE_ ||
           kind == FALSE_ || kind == NONE;
}
static bool opens(int kind) {
    return kind == '(' || kind == '[' || kind == '{';
}
static bool closes(int kind) {
    return kind == ')' || kind == ']' || kind == '}';
}
static bool ends_operand(int kind) {
    return starts_operand(kind) || closes(kind);
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
        if (opens(t.kind) && lexer->depth < MAX_NESTING) lexer->open[lexer->depth++] = t;
        if (closes(t.kind) && lexer->depth > 0) lexer->depth--;
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
    if (*t.text) diag_error(lexer->diag, t.loc, 5, "%s", t.text);
    lexer->skipping = true;
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
    return open.kind == '(' ? ')' : open.kind == '[' ? ']' : '}';
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
    Loc after = lexer->last.loc;
    after.line = after.end_line, after.col = after.end_col, after.end_col++;
    diag_error(lexer->diag, after, 2, "missing ','");
    hold(lexer, t);
    return put_in(',', after);
}

// Two strings side by side are one, as in Python: in a list that is rarely meant.
static void warn_of_strings(Lexer *lexer, Token t) {
    if (!is_string(lexer->last.kind) || !is_string(t.kind) || lexer->depth == 0) return;
    if (lexer->open[lexer->depth - 1].kind != '[') return;
    Loc after = lexer->last.loc;
    after.line = after.end_line, after.col = after.end_col, after.end_col++;
    diag_warning(lexer->diag, after, "strings", "no ',' between strings: they are one");
}

// ---------------------------------------------------------------------------------- indentation

static Token block_end(Lexer *lexer, Loc loc) {
    lexer->dedents--;
    return put_in(DEDENT, loc);
}

// How far this line is indented against the innermost block: -1, 0, 1; 2 where tabs leave it open.
static int compare(const Lexer *lexer, Token t) {
    const Token *top = lexer->level ? &lexer->indent[lexer->level - 1] : &(Token){0};
    int wide = (t.width > top->width) - (t.width < top->width);
    int narrow = (t.narrow > top->narrow) - (t.narrow < top->narrow);
    return wide == narrow ? wide : 2;
}

static bool open_block(Lexer *lexer, Token t) {
    if (lexer->level < MAX_NESTING) {
        lexer->indent[lexer->level++] = t;
        return true;
    }
    diag_error(lexer->diag, t.loc, 7, "nested deeper than %d", MAX_NESTING);
    lexer->file->incomplete = lexer->stopped = true;
    return false;
}

static void close_blocks(Lexer *lexer, Token t) {
    while (lexer->level && compare(lexer, t) < 0) lexer->level--, lexer->dedents++;
    if (compare(lexer, t) == 0) return;
    diag_error(lexer->diag, t.loc, 3, "no line before is indented like this one");
    lexer->file->incomplete = true;
}

static bool wrong_indentation(Lexer *lexer, Token t, const char *text) {
    if (!lexer->indented) diag_error(lexer->diag, t.loc, 3, "%s", text);
    lexer->indented = true;
    return false;
}

// Looks at the first token of a line. True: *out goes before it.
static bool first_of_line(Lexer *lexer, Token t, Token *out) {
    int deeper = compare(lexer, t);
    bool opened = lexer->opens;
    lexer->opens = false;
    if (deeper == 2) {
        lexer->file->incomplete = true;
        return wrong_indentation(lexer, t,
                                 "tabs and blanks are mixed: how far this line is "
                                 "indented depends on the width of a tab");
    }
    if (deeper > 0 && !opened) return wrong_indentation(lexer, t, "unexpected indentation");
    lexer->indented = false;
    if (deeper > 0) return *out = put_in(INDENT, t.loc), open_block(lexer, t);
    if (opened) {
        diag_error(lexer->diag, t.loc, 3, "expected an indented line after the ':'");
        lexer->file->incomplete = true;
        lexer->dedents = 1;
        lexer->placed = false;
        return *out = put_in(INDENT, t.loc), true;
    }
    close_blocks(lexer, t);
    return lexer->dedents ? (*out = block_end(lexer, t.loc), true) : false;
}

// A line of a block whose head was refused.
static bool skip_line(Lexer *lexer, Token t) {
    if (!lexer->skipping || compare(lexer, t) <= 0) return lexer->skipping = false;
    lexer->last = t;
    lexer->opens = false;
    if (opens(t.kind)) lexer->open[lexer->depth++] = t;
    skip_statement(lexer);
    lexer->closing = false;
    if (lexer->held.kind == NEWLINE) lexer->holding = false;
    return true;
}

static Token end_of_text(Lexer *lexer, Token t) {
    if (lexer->depth > 0) {
        unclosed(lexer, t);
        return close_next(lexer);
    }
    if (lexer->fields) return t;
    if (!lexer->fresh || lexer->opens) {
        hold(lexer, t);
        if (!lexer->fresh) return put_in(NEWLINE, t.loc);
        lexer->opens = false, lexer->dedents = 1;
        diag_error(lexer->diag, t.loc, 3, "expected an indented line after the ':'");
        lexer->file->incomplete = true;
        return put_in(INDENT, t.loc);
    }
    if (lexer->level == 0) return t;
    lexer->level--;
    hold(lexer, t);
    return put_in(DEDENT, t.loc);
}

static Token next(Lexer *lexer) {
    for (;;) {
        if (lexer->closing) return close_next(lexer);
        if (lexer->dedents) return block_end(lexer, lexer->held.loc);
        if (lexer->stopped) return end_of_text(lexer, (Token){.kind = 0, .loc = lexer->last.loc});
        Token t = lexer->holding ? lexer->held : scan(lexer), before;
        lexer->holding = false;
        if (t.kind == NEWLINE && (lexer->depth > 0 || lexer->fresh || lexer->fields)) continue;
        if (t.kind == 0) return end_of_text(lexer, t);
        if (t.kind == NEWLINE) {
            lexer->opens = lexer->last.kind == ':' && !lexer->skipping;
            return t;
        }
        if (lexer->fresh && !lexer->placed && !lexer->fields) {
            if (skip_line(lexer, t)) continue;
            lexer->placed = true;
            hold(lexer, t);
            if (first_of_line(lexer, t, &before)) return before;
            lexer->holding = false;
        }
        if (t.kind == REFUSED) return refuse(lexer, t);
        bool operands = ends_operand(lexer->last.kind) && starts_operand(t.kind) &&
                        !(is_string(lexer->last.kind) && is_string(t.kind));
        if (lexer->depth > 0 && operands) return between_operands(lexer, t);
        warn_of_strings(lexer, t);
        if (opens(t.kind)) return open_bracket(lexer, t);
        if (closes(t.kind) && !close_bracket(lexer, &t)) continue;
        return t;
    }
}

int cnn_lex(CNN_STYPE *value, CNN_LTYPE *loc, Lexer *lexer) {
    if (lexer->start) {
        int start = lexer->start;
        *loc = (Loc){lexer->line, lexer->col, lexer->line, lexer->col};
        lexer->start = 0;
        return start;
    }
    Token t = next(lexer);
    lexer->fresh = t.kind == NEWLINE || t.kind == INDENT || t.kind == DEDENT;
    if (t.kind == NEWLINE || !lexer->fresh) lexer->placed = false;
    lexer->last = t;
    *loc = t.loc;
    if (t.kind == INTEGER)
        value->integer = t.integer;
    else if (t.kind == UPDATE)
        value->op = (AstOp)t.integer;
    else if (t.kind == FLOAT)
        value->real = t.real;
    else if (t.kind == FIELDS)
        value->ast = t.ast;
    else
        value->text = t.text;
    return t.kind;
}

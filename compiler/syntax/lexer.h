// SPDX-License-Identifier: MIT
// What lexer and parser share. The lexer hands out balanced brackets, one NEWLINE a statement and
// balanced INDENT and DEDENT, whatever the text: it repairs a missing comma or bracket (and reports
// it), and cuts off the rest of a statement which holds something the language does not have.
#ifndef CNNC_LEXER_H
#define CNNC_LEXER_H
#include "syntax/ast.h"

typedef struct Token {
    int kind;
    Loc loc;
    const char *text; // names, strings, and what is wrong with a REFUSED
    uint64_t integer;
    double real;
    Ast *ast; // a string with fields
    int width, narrow; // of the blanks in front of it on its line, tabs to 8 and to 1
} Token;

typedef struct Lexer {
    Arena *arena;
    Diag *diag;
    AstFile *file;
    void *scanner; // flex's
    const char *source; // its text
    int line, col; // where the next token starts
    size_t at, line_at; // bytes from source: the next token, its line
    size_t token_at; // the last token
    size_t token_line; // the line in which the last token started
    int start; // the token that says what is parsed, until it was handed out
    int fields; // this text is a field of a string, of so many strings within each other
    Ast *result; // of a field
    int depth; // open brackets
    Token open[MAX_NESTING];
    int level; // open blocks
    Token indent[MAX_NESTING]; // with their widths
    int dedents; // waiting to be handed out
    Token last, held; // the token before; one that waits after a repair
    bool holding, closing; // held is set; brackets are being closed before it
    bool fresh; // no token of this statement yet
    bool placed; // this line's indentation was looked at
    bool opens; // the line before ended in ':'
    bool indented; // the line before was indented: reported once
    bool skipping; // lines that are indented more belong to what was refused
    bool stopped; // nested too deeply: the rest is not read
} Lexer;

// flex's scanner over a text in memory, made and freed; lexer.l.
void lexer_open(Lexer *lexer, const char *text, int length);
void lexer_close(Lexer *lexer);
// parse.c: a lexer of a whole file.
void lexer_start(Lexer *lexer, Arena *a, Diag *d, AstFile *file, const char *text, size_t length);
// strings.c: a literal with its prefix, of which *wrong is set if it is no good. A string with fields
// gives *fields and no text.
const char *lexer_string(Lexer *lexer, Loc loc, const char *text, size_t n, Ast **fields,
                         const char **wrong);
// parse.c: an expression within a string, at loc; NULL: was reported.
Ast *lexer_field(Lexer *outer, const char *text, size_t n, Loc loc);
// "'yield': generators are not part of the language", or NULL if the word is none of these.
const char *lexer_refused(Arena *a, const char *word);
#endif

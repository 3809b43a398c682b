// SPDX-License-Identifier: MIT
// What lexer and parser share. The lexer hands out balanced brackets and one NEWLINE a statement,
// whatever the text: it repairs a missing comma or bracket (and reports it), and cuts off the rest
// of a statement which holds something the language does not have.
#ifndef CNNC_LEXER_H
#define CNNC_LEXER_H
#include "syntax/ast.h"

typedef struct Token {
    int kind;
    Loc loc;
    const char *text; // names, strings, and what is wrong with a REFUSED
    uint64_t integer;
    double real;
} Token;

typedef struct Lexer {
    Arena *arena;
    Diag *diag;
    AstFile *file;
    void *scanner; // flex's
    int line, col; // where the next token starts
    int depth; // open brackets
    Token open[MAX_NESTING];
    Token last, held; // the token before; one that waits after a repair
    bool holding, closing; // held is set; brackets are being closed before it
    bool fresh; // no token of this statement yet
    bool indented; // the line before was indented: reported once
    bool in_block; // after a refused `def f():`, whose indented lines are skipped
    bool stopped; // nested too deeply: the rest is not read
} Lexer;

// flex's scanner over a text in memory, made and freed; lexer.l.
void lexer_open(Lexer *lexer, const char *text, int length);
void lexer_close(Lexer *lexer);
// A quoted literal with its escapes undone; NULL with *wrong set if there is a bad one.
const char *lexer_string(Arena *a, const char *text, size_t n, const char **wrong);
// "'if' is not part of the language: ...", or NULL if the word is none of Python's.
const char *lexer_refused(Arena *a, const char *word, bool *block);
#endif

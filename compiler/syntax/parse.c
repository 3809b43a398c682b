// SPDX-License-Identifier: MIT
// From text to tree: checks the bytes, then runs lexer and parser.
#include "syntax/lexer.h"
#include "parser.h"
#include "support/text.h"

// Python refuses NUL and broken UTF-8 anywhere in a file; so do we, at the first of them.
static bool text_is_clean(Diag *d, const char *text, size_t length) {
    Loc loc = {1, 1, 1, 2};
    for (size_t i = 0; i < length;) {
        int n = utf8_sequence(text + i, length - i);
        if (n == 0 || text[i] == 0) {
            diag_error(d, loc, 8,
                       n ? "a NUL byte: is this a text?" : "the text is not UTF-8 here: \\x%02X",
                       (unsigned char)text[i]);
            return false;
        }
        loc.col += n, loc.end_col = loc.col + 1;
        if (text[i] == '\n') loc = (Loc){loc.line + 1, 1, loc.line + 1, 2};
        i += (size_t)n;
    }
    return true;
}

void lexer_start(Lexer *lexer, Arena *a, Diag *d, AstFile *file, const char *text, size_t length) {
    *lexer = (Lexer){.arena = a,
                     .diag = d,
                     .file = file,
                     .line = 1,
                     .col = 1,
                     .start = START_FILE,
                     .fresh = true};
    lexer_open(lexer, text, (int)length);
}

AstFile *syntax_parse(Arena *a, Diag *d, const char *text, size_t length) {
    AstFile *file = ARENA_NEW(a, AstFile);
    if (length > MOST_TEXT) {
        diag_error(d, (Loc){1, 1, 1, 2}, 8, "the text is longer than %d MiB", MOST_TEXT >> 20);
        file->incomplete = true;
    }
    if (file->incomplete || !text_is_clean(d, text, length)) return file->incomplete = true, file;
    Lexer *lexer = ARENA_NEW(a, Lexer);
    if (length >= 3 && text[0] == '\xEF' && text[1] == '\xBB' && text[2] == '\xBF')
        text += 3, length -= 3; // a byte order mark
    lexer_start(lexer, a, d, file, text, length);
    cnn_parse(lexer);
    lexer_close(lexer);
    return file;
}

Ast *lexer_field(Lexer *outer, const char *text, size_t n, Loc loc) {
    Lexer *lexer = ARENA_NEW(outer->arena, Lexer);
    *lexer = (Lexer){.arena = outer->arena,
                     .diag = outer->diag,
                     .file = outer->file,
                     .line = loc.line,
                     .col = loc.col,
                     .start = START_FIELD,
                     .fields = outer->fields + 1};
    lexer_open(lexer, text, (int)n);
    cnn_parse(lexer);
    lexer_close(lexer);
    return lexer->result;
}

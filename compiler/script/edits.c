// SPDX-License-Identifier: MIT
// Edits of the script's text that mend old spellings: words renamed, arguments taken away.
#include "script/eval.h"
#include <ctype.h>
#include <string.h>

typedef struct Span { // of bytes of the text
    const char *text;
    size_t from, to;
} Span;

static Span span_of(const Eval *e, Loc loc) {
    size_t n;
    return (Span){diag_text(e->d, &n), diag_offset(e->d, loc.line, loc.col),
                  diag_offset(e->d, loc.end_line, loc.end_col)};
}

static void place(const char *text, size_t at, int *line, int *col) {
    *line = *col = 1;
    for (size_t i = 0; i < at; i++) {
        *col = text[i] == '\n' ? 1 : *col + 1;
        *line += text[i] == '\n';
    }
}

static Loc loc_of(Span s) {
    Loc loc;
    place(s.text, s.from, &loc.line, &loc.col);
    place(s.text, s.to, &loc.end_line, &loc.end_col);
    return loc;
}

static bool in_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

// The last place of a whole word in the range; false: it is not there.
static bool find_word(Span *s, const char *word) {
    size_t n = strlen(word);
    for (size_t at = s->to; at >= s->from + n; at--) {
        const char *here = s->text + at - n;
        if (memcmp(here, word, n) != 0) continue;
        bool starts = !in_word(*word) || at == n || !in_word(here[-1]);
        if (!starts || in_word(here[n])) continue;
        *s = (Span){s->text, at - n, at};
        return true;
    }
    return false;
}

void edit_word(Eval *e, Loc within, const char *old, const char *new) {
    Span s = span_of(e, within);
    if (find_word(&s, old)) diag_edit(e->d, loc_of(s), new);
}

void edit_keyword(Eval *e, Loc argument, const char *old, const char *new) {
    Span s = span_of(e, argument);
    size_t n = strlen(old);
    if (s.to - s.from < n || memcmp(s.text + s.from, old, n) != 0) return;
    s.to = s.from + n;
    diag_edit(e->d, loc_of(s), new);
}

void edit_replace(Eval *e, Loc at, const char *text) {
    diag_edit(e->d, at, text);
}

void edit_insert(Eval *e, Loc at, bool behind, const char *text) {
    Loc loc = behind ? (Loc){at.end_line, at.end_col, at.end_line, at.end_col}
                     : (Loc){at.line, at.col, at.line, at.col};
    diag_edit(e->d, loc, text);
}

void edit_string_end(Eval *e, Loc string, const char *end) {
    const Span s = span_of(e, string);
    const char first = s.text[s.from], last = s.to > s.from + 1 ? s.text[s.to - 1] : 0;
    if (first != last || (first != '"' && first != '\'')) return;
    diag_edit(e->d, loc_of((Span){s.text, s.to - 1, s.to - 1}), end);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// With the comma before it, or behind it where it is the first one.
void edit_argument_away(Eval *e, Loc argument) {
    Span s = span_of(e, argument);
    size_t before = s.from, behind = s.to;
    while (before > 0 && is_blank(s.text[before - 1])) before--;
    while (is_blank(s.text[behind])) behind++;
    if (before > 0 && s.text[before - 1] == ',') {
        s.from = before - 1;
    } else if (s.text[behind] == ',') {
        for (behind++; is_blank(s.text[behind]);) behind++;
        s.to = behind;
    }
    diag_edit(e->d, loc_of(s), "");
}

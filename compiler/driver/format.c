// SPDX-License-Identifier: MIT
// cnnc fmt: a file in the canonical layout, with --model without the statements that were left out as foreign.
#include "driver/format.h"
#include "../runtime/io/outfile.h"
#include "model/model.h"
#include "support/tell.h"
#include "syntax/ast.h"
#include "syntax/layout.h"
#include "syntax/notebook.h"
#include <stdlib.h>
#include <string.h>

// ---- without what is foreign

typedef struct Cut { // statements out of a text
    Arena *arena;
    const Model *model;
    int n;
    Edit *edit;
} Cut;

static Loc extent(const AstStatement *s);

static void widen(Loc *at, const AstBlock *b) {
    if (!b->n) return;
    Loc end = extent(b->statement[b->n - 1]);
    at->end_line = end.end_line, at->end_col = end.end_col;
}

// Of a compound statement with its blocks.
static Loc extent(const AstStatement *s) {
    Loc at = s->loc;
    for (int i = 0; i < s->narm; i++) widen(&at, &s->arm[i].body);
    widen(&at, &s->body);
    widen(&at, &s->other);
    widen(&at, &s->last);
    return at;
}

static bool is_left_out(const Cut *c, const AstStatement *s) {
    for (int i = 0; i < c->model->nleft_out; i++) {
        Loc at = c->model->left_out[i];
        if (at.line == s->loc.line && at.col == s->loc.col) return true;
    }
    return false;
}

static void cut_block(Cut *c, const AstBlock *b, int head);

static void cut_within(Cut *c, const AstStatement *s) {
    for (int i = 0; i < s->narm; i++) cut_block(c, &s->arm[i].body, s->arm[i].loc.line);
    cut_block(c, &s->body, s->loc.line);
    cut_block(c, &s->other, s->loc.line);
    cut_block(c, &s->last, s->loc.line);
}

// A block keeps a statement, and a line with others of it, or with its head, one in this place.
static void cut_block(Cut *c, const AstBlock *b, int head) {
    int kept = 0;
    for (int i = 0; i < b->n; i++) kept += !is_left_out(c, b->statement[i]);
    for (int i = 0; i < b->n; i++) {
        const AstStatement *s = b->statement[i];
        if (!is_left_out(c, s)) {
            cut_within(c, s);
            continue;
        }
        bool shared = s->loc.line == head || (i && b->statement[i - 1]->loc.line == s->loc.line) ||
                      (i + 1 < b->n && b->statement[i + 1]->loc.line == s->loc.line);
        bool needed = shared || (head && !kept && i == 0);
        Edit edit = {extent(s), needed ? "pass" : ""};
        ARENA_PUSH(c->arena, c->edit, c->n, edit);
    }
}

// The model without the places of its layers.
static const char *printed(Arena *a, const Model *m) {
    char *text = NULL, *out;
    size_t n;
    FILE *file = open_memstream(&text, &n);
    if (!file) return "";
    model_print(a, m, file);
    model_print_data(m, file);
    fclose(file);
    out = arena_strndup(a, text, n);
    free(text);
    for (char *at = out; (at = strstr(at, "  @")); at++) memset(at, ' ', strcspn(at, "\n"));
    return out;
}

// The text without what is left out; NULL: the diagnostics say why not.
static const char *cut_foreign(const Options *o, Arena *a, Diag *d, const char *text,
                               size_t *length) {
    const ModelOptions options = {o->data, o->model};
    const Model *m = model_load(a, d, text, *length, &options);
    if (!m) return NULL;
    Cut c = {.arena = a, .model = m};
    cut_block(&c, &syntax_parse(a, diag_new(a, "", text, *length), text, *length)->block, 0);
    if (!c.n) return text;
    const char *cut = diag_mended(d, c.edit, c.n, length);
    const Model *now = model_load(a, diag_new(a, "", cut, *length), cut, *length, &options);
    if (now && strcmp(printed(a, now), printed(a, m)) == 0) return cut;
    diag_error(d, diag_last_line(d), 423,
               "without the statements that are left out this would be another model");
    diag_help(d, diag_last_line(d),
              "layers are named in the order in which they are made: give them names");
    return NULL;
}

// ---- the command

static ExitCode write_file(const char *name, const char *text, size_t n) {
    OutFile out = {.fd = -1};
    CnnError error = {0};
    OutPart part = {text, n};
    bool ok =
        outfile_open(&out, name, NULL, (int64_t)n, &error) && outfile_write(&out, &part, 1, &error);
    outfile_close(&out);
    if (!ok) tell("error: %s", error.text);
    return ok ? EXIT_OK : (ExitCode)error.code;
}

ExitCode format_file(const Options *o, Arena *a, const char *name, const char *text,
                     size_t length) {
    bool standard = strcmp(name, "-") == 0;
    const char *shown = standard ? "<stdin>" : name, *wanted = text;
    Diag *d = diag_new(a, shown, text, length);
    size_t cut = length, n = 0;
    if (notebook_named(name)) {
        tell("error: fmt takes no notebooks: '%s'", name);
        return EXIT_USAGE;
    }
    if (o->in_place && standard) {
        tell("error: fmt -i writes a file in its place, and '-' is none");
        return EXIT_USAGE;
    }
    if (o->without_foreign)
        wanted = cut_foreign(o, a, d, text, &cut);
    else
        syntax_parse(a, d, text, length);
    if (diag_errors(d) || !wanted) {
        diag_flush(d, stderr, &o->diagnostics);
        return EXIT_REFUSED;
    }
    const char *made = layout_text(a, wanted, cut, &n);
    bool same = n == length && memcmp(made, text, n) == 0;
    if (o->would_change) {
        if (!same) tell("'%s' would change", shown);
        return same ? EXIT_OK : EXIT_REFUSED;
    }
    if (o->in_place) return same ? EXIT_OK : write_file(name, made, n);
    fwrite(made, 1, n, stdout);
    return EXIT_OK;
}

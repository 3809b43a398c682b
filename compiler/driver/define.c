// SPDX-License-Identifier: MIT
// A name can be given another value where the file binds it once, by a statement of its own, to a literal:
// LR = 0.001. The literal in the text is replaced, so that places in messages, the text's hash and all that
// is made of it are those of a file with that value in it.
#include "driver/define.h"
#include "support/tell.h"
#include "support/text.h"
#include "syntax/ast.h"
#include <string.h>

typedef struct Bound { // a name of the file
    const char *name;
    const Ast *value;
    const AstStatement *by;
    int again; // the line where it is bound once more; or 0
} Bound;

typedef struct Names {
    int n;
    Bound *at;
} Names;

static bool is_literal(const Ast *v) {
    bool sequence = v->kind == AST_TUPLE || v->kind == AST_LIST;
    if (v->kind == AST_UNARY && v->op == OP_SUB)
        return v->left->kind == AST_INT || v->left->kind == AST_FLOAT;
    for (int i = 0; sequence && i < v->n; i++)
        if (!is_literal(v->item[i].value)) return false;
    return sequence || v->kind == AST_INT || v->kind == AST_FLOAT || v->kind == AST_STRING ||
           v->kind == AST_CONSTANT;
}

static void bind_again(Names *names, const char *name, const AstStatement *by) {
    for (int i = 0; name && i < names->n; i++)
        if (strcmp(names->at[i].name, name) == 0 && names->at[i].by != by)
            names->at[i].again = by->loc.line;
}

static void bind_target(Names *names, const Ast *target, const AstStatement *by) {
    if (target->kind == AST_NAME) bind_again(names, target->text, by);
    if (target->kind == AST_STAR) bind_target(names, target->left, by);
    if (target->kind != AST_TUPLE && target->kind != AST_LIST) return;
    for (int i = 0; i < target->n; i++) bind_target(names, target->item[i].value, by);
}

static void bind_block(Names *names, const AstBlock *b);

// Whatever binds a name but `N += 1`, which goes on from the value, and what a function or a class binds within.
static void bind_statement(Names *names, const AstStatement *s) {
    for (int i = 0; i < s->ntarget; i++) bind_target(names, s->targets[i], s);
    if (s->kind == AST_FOR) bind_target(names, s->target, s);
    for (int i = 0; s->kind == AST_WITH && i < s->def->n; i++)
        if (s->def->item[i].key) bind_target(names, s->def->item[i].key, s);
    for (int i = 0; i < s->nalias; i++)
        bind_again(names, s->alias[i].name ? s->alias[i].name : s->alias[i].path, s);
    bind_again(names, s->name, s);
    if (s->kind == AST_DEF || s->kind == AST_CLASS) return;
    for (int i = 0; i < s->narm; i++) bind_block(names, &s->arm[i].body);
    bind_block(names, &s->body);
    bind_block(names, &s->other);
    bind_block(names, &s->last);
}

static void bind_block(Names *names, const AstBlock *b) {
    for (int i = 0; i < b->n; i++) bind_statement(names, b->statement[i]);
}

static Names names_of(Arena *a, const AstFile *file) {
    Names names = {0};
    for (int i = 0; i < file->block.n; i++) {
        const AstStatement *s = file->block.statement[i];
        bool simple = s->kind == AST_ASSIGN && s->ntarget == 1 && s->targets[0]->kind == AST_NAME;
        if (!simple || !is_literal(s->value)) continue;
        Bound made = {s->targets[0]->text, s->value, s, 0};
        int known = 0;
        while (known < names.n && strcmp(names.at[known].name, made.name) != 0) known++;
        if (known == names.n) ARENA_PUSH(a, names.at, names.n, made);
    }
    bind_block(&names, &file->block);
    return names;
}

static ExitCode unknown_name(Arena *a, const char *file, const Names *names, const char *define) {
    const char *known = "", **word = ARENA_ARRAY(a, const char *, (size_t)names->n + 1);
    const char *name = arena_strndup(a, define, strcspn(define, "="));
    int n = 0;
    for (int i = 0; i < names->n; i++) {
        if (names->at[i].again) continue;
        known = arena_printf(a, "%s%s%s", known, n ? ", " : "", names->at[i].name);
        word[n++] = names->at[i].name;
    }
    tell("error: -D %s: '%s' binds no '%s' to a literal by a line of its own, as in LR = 0.001",
         text_line(a, define), file, text_line(a, name));
    const char *nearest = text_nearest(name, word, n);
    if (nearest) tell("help: did you mean '%s'?", nearest);
    tell(n ? "help: it binds so: %s" : "help: it binds no name so%s", known);
    return EXIT_USAGE;
}

// What VALUE is, if it is a literal and nothing else.
static const Ast *literal(Arena *a, const char *value) {
    Diag *d = diag_new(a, "", value, strlen(value));
    const AstFile *file = syntax_parse(a, d, value, strlen(value));
    if (diag_errors(d) || file->block.n != 1 || strpbrk(value, "\n\r")) return NULL;
    const AstStatement *s = file->block.statement[0];
    if (s->kind != AST_EXPRESSION || !is_literal(s->value)) return NULL;
    size_t end = diag_offset(d, s->value->loc.end_line, s->value->loc.end_col);
    return strchr(value + end, '#') ? NULL : s->value; // a comment would hide what follows
}

static bool is_utf8(const char *text) {
    size_t length = strlen(text);
    for (int n = 1; length && n; text += n, length -= (size_t)n) n = utf8_sequence(text, length);
    return length == 0;
}

static const char *quoted(Arena *a, const char *text) {
    return text_json(a, text, strlen(text)); // as Python writes it, too
}

// VALUE as the script has it: in place of a string, words without quotes are one.
static const char *spelled(Arena *a, const Bound *b, const char *value) {
    const Ast *given = literal(a, value);
    if (!is_utf8(value)) return NULL;
    bool words = b->value->kind == AST_STRING && (!given || given->kind != AST_STRING);
    if (words) return quoted(a, value);
    if (!given) return NULL;
    return given->kind == AST_TUPLE ? arena_printf(a, "(%s)", value) : value;
}

static ExitCode define(Arena *a, const char *name, const char *definition, const char **text,
                       size_t *length) {
    Diag *d = diag_new(a, name, *text, *length);
    const AstFile *file = syntax_parse(a, d, *text, *length);
    if (diag_errors(d)) return EXIT_OK; // to be reported when the text is read
    Names names = names_of(a, file);
    size_t n = strcspn(definition, "=");
    const Bound *b = NULL;
    for (int i = 0; i < names.n && !b; i++)
        if (strlen(names.at[i].name) == n && !strncmp(names.at[i].name, definition, n))
            b = &names.at[i];
    if (!b) return unknown_name(a, name, &names, definition);
    if (b->again) {
        tell("error: -D %s: '%s' binds %s in line %d and again in line %d; which is meant is not "
             "known",
             text_line(a, definition), name, b->name, b->by->loc.line, b->again);
        return EXIT_USAGE;
    }
    const char *value = spelled(a, b, definition + n + 1);
    if (!value) {
        tell("error: -D %s: expected a literal of Python after %s=, as in %s=0.01",
             text_line(a, definition), b->name, b->name);
        return EXIT_USAGE;
    }
    *text = diag_mended(d, &(Edit){b->value->loc, value}, 1, length);
    return EXIT_OK;
}

ExitCode define_names(const Options *o, Arena *a, const char *name, const char **text,
                      size_t *length) {
    ExitCode code = EXIT_OK;
    for (int i = 0; i < o->ndefine && code == EXIT_OK; i++)
        code = define(a, name, o->define[i], text, length);
    return code;
}

// SPDX-License-Identifier: MIT
// .ipynb is JSON: a list of cells, whose text is a string or a list of lines.
#include "syntax/notebook.h"
#include "support/text.h"
#include <ctype.h>
#include <jansson.h>
#include <string.h>

bool notebook_named(const char *file) {
    return text_ends(file, ".ipynb") && file[strlen(".ipynb")]; // and has a name before it
}

typedef struct Script {
    Arena *arena;
    char *text;
    int n;
} Script;

static void put(Script *s, const char *text) {
    for (; *text; text++) ARENA_PUSH(s->arena, s->text, s->n, *text);
}

// Where a line starts: within a string of three quotes, brackets, or what the line before goes on with.
typedef struct Place {
    char quote; // 0: in none
    int depth;
    bool goes_on, command;
} Place;

static bool is_triple(const char *s) {
    return (*s == '"' || *s == '\'') && s[1] == *s && s[2] == *s;
}

// The end of a string of one line, whose quote is at s.
static const char *behind_string(const char *s) {
    const char quote = *s++;
    while (*s && *s != quote) s += *s == '\\' && s[1] ? 2 : 1;
    return *s ? s + 1 : s;
}

// The place behind a line of code.
static void walk(Place *p, const char *s) {
    size_t length = strlen(s);
    p->goes_on = length && s[length - 1] == '\\';
    while (*s) {
        if (p->quote) {
            bool ends = is_triple(s) && *s == p->quote;
            if (ends) p->quote = 0;
            s += ends ? 3 : *s == '\\' && s[1] ? 2 : 1;
        } else if (is_triple(s)) {
            p->quote = *s;
            s += 3;
        } else if (*s == '"' || *s == '\'') {
            s = behind_string(s);
        } else if (*s == '#') {
            p->goes_on = false;
            return;
        } else {
            p->depth += strchr("([{", *s) != NULL;
            p->depth -= strchr(")]}", *s) && p->depth;
            s++;
        }
    }
}

// name? or name.part?? asks for help.
static bool asks(const char *line) {
    size_t n = strcspn(line, "?"), marks = strspn(line + n, "?"), end = n + marks;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)line[i]) && !strchr("_.*", line[i])) return false;
    return n && marks && marks <= 2 && !line[end + strspn(line + end, " \t;")];
}

static bool is_command(const Place *p, const char *line) {
    if (p->quote || p->depth || p->goes_on) return p->command;
    return (*line && strchr("%!?", *line)) || asks(line);
}

// A command (%matplotlib, !pip) becomes a comment, and where it may be alone in its block no block is without a
// statement.
static void put_line(Script *s, Place *p, const char *line) {
    size_t blank = strspn(line, " \t");
    bool starts = !p->command, command = is_command(p, line + blank);
    if (command && starts && blank) {
        put(s, arena_strndup(s->arena, line, blank));
        put(s, "pass  ");
    }
    put(s, command ? "# " : "");
    put(s, command && starts ? line + blank : line);
    put(s, "\n");
    size_t n = strlen(line);
    if (command)
        p->goes_on = n && line[n - 1] == '\\';
    else
        walk(p, line);
    p->command = command && p->goes_on;
}

// A cell of one line, and of comments, may be a command without its mark: pip install keras.
static bool is_bare_command(const char *text) {
    static const char names[] = " pip conda cat cd clear cp env ls mkdir mv pwd rm rmdir who whos ";
    size_t n = strcspn(text, "\n"), word = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    enum { LONGEST = 8 };
    char name[LONGEST + 3];
    if (*text == '#') return text[n] && is_bare_command(text + n + 1);
    if (!word || word > LONGEST || text[n + strspn(text + n, "\n")]) return false;
    snprintf(name, sizeof name, " %.*s ", (int)word, text);
    const char *rest = text + word + strspn(text + word, " ");
    bool ends = !*rest || *rest == '\n';
    return strstr(names, name) && (ends || (rest > text + word && !strchr("=(,", *rest)));
}

// What makes all of the cell a comment: a command of the whole cell (%%bash), or one that is all of it.
static bool is_whole(const char *text) {
    if (is_bare_command(text)) return true;
    return strncmp(text, "%%", 2) == 0 && strncmp(text, "%%time", 6) != 0 &&
           strncmp(text, "%%capture", 9) != 0;
}

// As in IPython, a cell begins with its first line that is not empty, and what that one is indented by goes from all.
static void put_source(Script *s, const char *text) {
    size_t indent;
    while (indent = strspn(text, " \t"), text[indent] == '\n') {
        put(s, "\n");
        text += indent + 1;
    }
    const char *first = text;
    bool whole = is_whole(text + indent);
    Place p = {0};
    for (size_t n; *text; text += n + (text[n] != 0)) {
        n = strcspn(text, "\n");
        size_t end = n && text[n - 1] == '\r' ? n - 1 : n;
        size_t from = end >= indent && memcmp(text, first, indent) == 0 ? indent : 0;
        const char *line = arena_strndup(s->arena, text + from, end - from);
        if (whole)
            put(s, arena_printf(s->arena, "# %s\n", line));
        else
            put_line(s, &p, line);
    }
}

static const char *source_of(Arena *a, const json_t *cell) {
    const json_t *source = json_object_get(cell, "source");
    Script s = {.arena = a};
    if (json_is_string(source)) return json_string_value(source);
    for (size_t i = 0; i < json_array_size(source); i++) {
        const char *line = json_string_value(json_array_get(source, i));
        if (line) put(&s, line);
    }
    ARENA_PUSH(a, s.text, s.n, 0);
    return s.text;
}

const char *notebook_script(Arena *a, const char *text, size_t length, const char **wrong) {
    json_error_t error;
    json_t *root = json_loadb(text, length, 0, &error);
    const json_t *cells = json_object_get(root, "cells");
    Script s = {.arena = a};
    if (!json_is_array(cells)) {
        *wrong = root ? "it has no list of cells" : arena_printf(a, "%s", error.text);
        json_decref(root);
        return NULL;
    }
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        const char *type = json_string_value(json_object_get(cell, "cell_type"));
        if (!type || strcmp(type, "code") != 0) continue;
        put(&s, arena_printf(a, "# In[%zu]\n", i + 1));
        put_source(&s, source_of(a, cell));
    }
    ARENA_PUSH(a, s.text, s.n, 0);
    json_decref(root);
    return s.text;
}

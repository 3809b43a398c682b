// SPDX-License-Identifier: MIT
// .ipynb is JSON: a list of cells, whose text is a string or a list of lines.
#include "syntax/notebook.h"
#include <jansson.h>
#include <string.h>

bool notebook_named(const char *file) {
    size_t n = strlen(file);
    return n > 6 && strcmp(file + n - 6, ".ipynb") == 0;
}

typedef struct Script {
    Arena *arena;
    char *text;
    int n;
} Script;

static void put(Script *s, const char *text) {
    for (; *text; text++) ARENA_PUSH(s->arena, s->text, s->n, *text);
}

static void put_line(Script *s, const char *line, size_t n) {
    size_t blank = strspn(line, " \t");
    bool command = blank < n && (line[blank] == '%' || line[blank] == '!');
    put(s, command ? "# " : "");
    put(s, arena_strndup(s->arena, line, n));
    put(s, "\n");
}

// A command of the whole cell (%%bash) makes all of it a comment.
static void put_source(Script *s, const char *text) {
    bool whole = strncmp(text, "%%", 2) == 0 && strncmp(text, "%%time", 6) != 0 &&
                 strncmp(text, "%%capture", 9) != 0;
    for (size_t n; *text; text += n + (text[n] != 0)) {
        n = strcspn(text, "\n");
        if (whole) put(s, "# ");
        put_line(s, text, n);
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

// SPDX-License-Identifier: MIT
// import: parts of Keras, TensorFlow, numpy and math by their paths; other modules are foreign.
#include "script/eval.h"
#include <string.h>

static const char *const roots[] = {"keras",      "tensorflow", "numpy",   "math",  "random",
                                    "__future__", "typing",     "sklearn", "pandas"};

static bool is_known(const char *path) {
    size_t length = strcspn(path, ".");
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (strlen(roots[i]) == length && strncmp(roots[i], path, length) == 0) return true;
    return false;
}

// The value of a path; of a foreign one its name. *around: what is around its last part is an error.
static Value find_path(Eval *e, const AstAlias *alias, bool *around) {
    size_t length = strcspn(alias->path, ".");
    *around = false;
    if (!is_known(alias->path)) return foreign_made(e, alias->path, alias->loc);
    if (strncmp(alias->path, "__future__", length) == 0 ||
        strncmp(alias->path, "typing", length) == 0)
        return (Value){.kind = VALUE_MODULE, .loc = alias->loc, .text = "typing"};
    Value v = catalog_name(e, arena_strndup(e->a, alias->path, length), alias->loc);
    const char *rest = alias->path + length;
    for (; *rest && (v.kind == VALUE_MODULE || v.kind == VALUE_FOREIGN); rest += length) {
        length = strcspn(++rest, ".");
        const char *name = arena_strndup(e->a, rest, length);
        v = v.kind == VALUE_MODULE ? catalog_member(e, v.text, name, alias->loc)
                                   : foreign_part(e, &v, name, alias->loc);
    }
    *around = v.kind == VALUE_ERROR && *rest;
    return v;
}

// *refused: the module that names are imported from is an error, which was reported.
static void bind_alias(Eval *e, const AstStatement *s, const AstAlias *alias, bool *refused) {
    const char *dot = strrchr(alias->path, '.'), *name = alias->name;
    size_t length = strlen(alias->path);
    bool star = length > 2 && strcmp(alias->path + length - 2, ".*") == 0;
    if (star) { // all names of Keras are there without; of a foreign module none is known
        if (!is_known(alias->path))
            e->foreign_star =
                foreign_made(e, arena_strndup(e->a, alias->path, length - 2), alias->loc).foreign;
        return;
    }
    if (!name)
        name =
            s->from && dot ? dot + 1 : arena_strndup(e->a, alias->path, strcspn(alias->path, "."));
    AstAlias whole = *alias;
    if (!s->from && !alias->name) whole.path = name; // import a.b binds a
    bool around = false;
    if (!s->from && !alias->name && is_known(alias->path))
        find_path(e, alias, &around); // that it is there
    scope_bind(e, name, *refused ? eval_error() : find_path(e, &whole, &around));
    *refused |= s->from && around;
}

void import_run(Eval *e, const AstStatement *s) {
    bool refused = false;
    e->import = s;
    for (int i = 0; i < s->nalias; i++) {
        e->alias = &s->alias[i];
        bind_alias(e, s, e->alias, &refused);
    }
    e->import = NULL;
}

// SPDX-License-Identifier: MIT
// See answers.h.
#include "lsp/answers.h"
#include "script/eval.h"
#include "support/text.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// --------------------------------------------------------------------------------- diagnostics

static Loc loc_of(const json_t *j) {
    return (Loc){(int)json_integer_value(json_object_get(j, "line")),
                 (int)json_integer_value(json_object_get(j, "column")),
                 (int)json_integer_value(json_object_get(j, "end_line")),
                 (int)json_integer_value(json_object_get(j, "end_column"))};
}

static json_t *diagnostic(const char *text, Units units, const json_t *j) {
    bool error = strcmp(json_string_value(json_object_get(j, "severity")), "error") == 0;
    const json_t *code = json_object_get(j, json_object_get(j, "flag") ? "flag" : "code");
    json_t *one =
        json_pack("{s:o, s:i, s:s, s:O}", "range", place_range(text, units, loc_of(j)), "severity",
                  error ? 1 : 2, "source", "cnnc", "message", json_object_get(j, "message"));
    if (code) json_object_set(one, "code", (json_t *)code);
    return one;
}

// A note or help is a line more of what it belongs to.
static void add_line(json_t *one, const json_t *j) {
    const char *before = json_string_value(json_object_get(one, "message"));
    json_object_set_new(one, "message",
                        json_sprintf("%s\n%s: %s", before,
                                     json_string_value(json_object_get(j, "severity")),
                                     json_string_value(json_object_get(j, "message"))));
}

static void add_edits(json_t *one, const char *text, Units units, const json_t *j) {
    json_t *data = json_object_get(one, "data"), *edit;
    size_t i;
    json_array_foreach(json_object_get(j, "edits"), i, edit) {
        if (!data) json_object_set_new(one, "data", data = json_array());
        json_array_append_new(data, json_pack("{s:o, s:O}", "range",
                                              place_range(text, units, loc_of(edit)), "newText",
                                              json_object_get(edit, "text")));
    }
}

// The lines of --diagnostics=json as the protocol's objects.
static json_t *diagnostics_of(const char *lines, const char *text, Units units) {
    json_t *all = json_array(), *one = NULL;
    for (size_t n; *lines; lines += n + (lines[n] != 0)) {
        n = strcspn(lines, "\n");
        json_t *j = json_loadb(lines, n, 0, NULL);
        const char *severity = json_string_value(json_object_get(j, "severity"));
        bool more = severity && (strcmp(severity, "note") == 0 || strcmp(severity, "help") == 0);
        if (more && one) add_line(one, j);
        if (severity && !more) json_array_append_new(all, one = diagnostic(text, units, j));
        if (one) add_edits(one, text, units, j);
        json_decref(j);
    }
    return all;
}

json_t *answer_diagnostics(const char *name, const char *text, Units units, const Wanted *wanted) {
    Arena *a = arena_new();
    Diag *d = diag_new(a, name, text, strlen(text));
    char *lines = NULL;
    size_t size;
    model_load(a, d, text, strlen(text), &wanted->model);
    FILE *out = open_memstream(&lines, &size);
    if (out) {
        DiagOptions as_json = wanted->diagnostics;
        as_json.json = true;
        diag_flush(d, out, &as_json);
        fclose(out);
    }
    json_t *all = diagnostics_of(lines ? lines : "", text, units);
    free(lines);
    arena_free(a);
    return all;
}

json_t *answer_actions(const char *uri, const json_t *diagnostics) {
    json_t *all = json_array(), *one;
    size_t i;
    json_array_foreach(diagnostics, i, one) {
        json_t *edits = json_object_get(one, "data");
        if (!json_array_size(edits)) continue;
        json_t *changes = json_pack("{s:{s:O}}", "changes", uri, edits);
        json_array_append_new(all, json_pack("{s:s, s:s, s:[O], s:o}", "title",
                                             "write what Keras 3 takes", "kind", "quickfix",
                                             "diagnostics", one, "edit", changes));
    }
    return all;
}

// ----------------------------------------------------------------------------------- the names

static void names_build(Eval *e, Arena *a) {
    *e = (Eval){.a = a, .by_name = map_new(a), .by_path = map_new(a)};
    catalog_build(e);
}

static const Arg *args_of(const Thing *t) {
    switch (t->kind) {
    case THING_LAYER: return ((const LayerClass *)t->row)->args;
    case THING_LOSS:
    case THING_OPTIMIZER:
    case THING_METRIC:
    case THING_INITIALIZER:
    case THING_REGULARIZER:
    case THING_CONSTRAINT:
    case THING_SCHEDULE:
    case THING_CALLBACK: return ((const ObjectClass *)t->row)->args;
    default: return NULL;
    }
}

// Dense(units, activation=None, ...), without what may only be as it is.
static const char *call_text(Arena *a, const Thing *t) {
    const char *text = arena_printf(a, "%s(", t->name);
    const Arg *arg = args_of(t);
    for (int n = 0; arg && arg->name; arg++) {
        if (arg->type == ARG_ONLY_DEFAULT) continue;
        text = arena_printf(a, "%s%s%s%s%s", text, n++ ? ", " : "", arg->name,
                            arg->standard ? "=" : "", arg->standard ? arg->standard : "");
    }
    return arena_printf(a, "%s)", text);
}

static bool in_name(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

// The name that ends before `end`, and what stands before its dot, "" where none does.
static const char *name_before(Arena *a, const char *text, const char *end, const char **module) {
    const char *start = end;
    while (start > text && in_name(start[-1])) start--;
    const char *dot = start > text && start[-1] == '.' ? start - 1 : NULL, *from = dot;
    while (from && from > text && in_name(from[-1])) from--;
    *module = dot ? arena_strndup(a, from, (size_t)(dot - from)) : "";
    return arena_strndup(a, start, (size_t)(end - start));
}

// What stands behind a module of Keras's, or by itself.
static bool offered(const Thing *t, const char *module) {
    if (t->kind == THING_UNSUPPORTED || t->kind == THING_FUNCTION) return false;
    bool keras = strcmp(module, "keras") == 0;
    return *module && !(keras && t->top) ? strcmp(t->module, module) == 0
                                         : keras || strcmp(t->module, "activations") != 0;
}

// --------------------------------------------------------------------------------------- hover

static const char *layer_text(Arena *a, const Layer *l) {
    int64_t parameters = 0;
    for (int i = 0; i < l->nweight; i++) parameters += shape_count(&l->weight[i].shape);
    const char *text = arena_printf(a, "**%s** (%s)\n\n`%s` → `%s`, %s parameters", l->name,
                                    l->cls->name, shape_text(a, &l->in[0]), shape_text(a, &l->out),
                                    text_thousands(a, parameters));
    for (int i = 0; i < l->nweight; i++) {
        const char *sizes = "";
        for (int d = 0; d < l->weight[i].shape.rank; d++)
            sizes = arena_printf(a, "%s%s%lld", sizes, d ? " × " : "",
                                 (long long)l->weight[i].shape.dim[d]);
        text = arena_printf(a, "%s\n- %s: %s", text, l->weight[i].name, *sizes ? sizes : "1");
    }
    return text;
}

static bool holds(Loc l, Loc at) {
    bool begins = l.line < at.line || (l.line == at.line && l.col <= at.col);
    return begins && (at.line < l.end_line || (at.line == l.end_line && at.col <= l.end_col));
}

static const char *layer_at(Arena *a, const char *text, Loc at, const ModelOptions *options) {
    Diag *d = diag_new(a, "", text, strlen(text));
    const Model *m = model_load(a, d, text, strlen(text), options);
    for (int i = 0; m && i < m->nlayer; i++)
        if (holds(m->layer[i].loc, at)) return layer_text(a, &m->layer[i]);
    return "";
}

json_t *answer_hover(const char *text, Units units, const json_t *position,
                     const ModelOptions *options) {
    Arena *a = arena_new();
    Eval names;
    const char *module;
    Loc at = place_of(text, units, position);
    const char *end = place_line(text, at.line) + (at.col - 1);
    while (in_name(*end)) end++;
    names_build(&names, a);
    const char *name = name_before(a, text, end, &module);
    const Thing *t = map_get(names.by_name, name);
    const char *layer = layer_at(a, text, at, options);
    bool known = t && args_of(t);
    json_t *answer = json_null();
    if (*layer || known) {
        const char *call = known ? arena_printf(a, "```python\n%s\n```\n", call_text(a, t)) : "";
        answer = json_pack("{s:{s:s, s:s}}", "contents", "kind", "markdown", "value",
                           arena_printf(a, "%s%s", call, layer));
    }
    arena_free(a);
    return answer;
}

// ---------------------------------------------------------------------------------- completion

// The bracket of the call that the place is in, or NULL: the last one before it that is not closed.
static const char *open_bracket(const char *text, const char *at) {
    enum { FURTHEST = 10000 };
    int depth = 0;
    for (int n = 0; at > text && n < FURTHEST; n++) {
        at--;
        depth += *at == ')' || *at == ']' || *at == '}';
        bool opens = *at == '(' || *at == '[' || *at == '{';
        if (opens && depth == 0) return *at == '(' ? at : NULL;
        depth -= opens;
    }
    return NULL;
}

static void offer(json_t *items, const char *label, int kind, const char *detail) {
    json_array_append_new(
        items, json_pack("{s:s, s:i, s:s}", "label", label, "kind", kind, "detail", detail));
}

static void offer_arguments(Arena *a, json_t *items, const Arg *arg) {
    enum { PROPERTY = 10 };
    for (; arg && arg->name; arg++)
        if (arg->type != ARG_ONLY_DEFAULT)
            offer(items, arena_printf(a, "%s=", arg->name), PROPERTY,
                  arg->standard ? arena_printf(a, "%s=%s", arg->name, arg->standard)
                                : "must be given");
}

static void offer_names(Arena *a, json_t *items, const Eval *names, const char *module) {
    enum { CLASS = 7, FUNCTION = 3 };
    for (int i = 0; i < names->nthing; i++) {
        const Thing *t = &names->things[i];
        if (!offered(t, module)) continue;
        bool function = t->kind == THING_ACTIVATION || t->function;
        offer(items, t->name, function ? FUNCTION : CLASS,
              args_of(t) && !t->function ? call_text(a, t) : t->module);
    }
}

json_t *answer_completion(const char *text, Units units, const json_t *position) {
    Arena *a = arena_new();
    Eval names;
    json_t *items = json_array();
    const char *module, *none;
    Loc at = place_of(text, units, position);
    const char *end = place_line(text, at.line) + (at.col - 1);
    names_build(&names, a);
    name_before(a, text, end, &module);
    const char *bracket = *module ? NULL : open_bracket(text, end);
    const Thing *t = bracket ? map_get(names.by_name, name_before(a, text, bracket, &none)) : NULL;
    if (t) offer_arguments(a, items, args_of(t));
    if (t && t->kind == THING_LAYER) offer_arguments(a, items, layer_common_args);
    offer_names(a, items, &names, module);
    arena_free(a);
    return json_pack("{s:b, s:o}", "isIncomplete", 0, "items", items);
}

// SPDX-License-Identifier: MIT
// See config_object.h. An object {"class_name": C, "config": {ARGUMENT: VALUE, ...}} becomes a call C(ARGUMENT=VALUE,
// ...). Which classes and arguments there are, and which values are defaults that need not be written, the tables say
// by which scripts are read. Whether the values are right those say who read the script that comes of it.
#include "exchange/config_object.h"
#include "exchange/older.h"
#include "support/text.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

extern const Arg layer_common_args[];

const char *config_fault(Config *c, const char *text) {
    if (!c->wrong) c->wrong = text;
    return NULL;
}

const char *config_string(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

const char *config_shown(Config *c, const char *text) {
    return text_printable(c->a, text, strlen(text), 60);
}

// ------------------------------------------------------------------------------- plain values

bool config_is_numbers(const json_t *j) { // of any depth, also None for a dimension
    size_t i;
    json_t *item;
    if (!json_is_array(j)) return json_is_number(j) || json_is_null(j);
    json_array_foreach(j, i, item) if (!config_is_numbers(item)) return false;
    return true;
}

// As short as it may be. Figures that Keras held as floats have no more digits than these.
static const char *number(Config *c, double x) {
    Value v = {.kind = VALUE_FLOAT, .real = x};
    for (int digits = 1; (double)(float)x == x && digits <= 9; digits++) {
        double shorter = strtod(arena_printf(c->a, "%.*g", digits, x), NULL);
        if ((float)shorter != (float)x) continue;
        v.real = shorter;
        break;
    }
    return value_repr(c->a, &v);
}

static const char *sequence(Config *c, const Arg *arg, const json_t *j) {
    bool tuple = config_is_numbers(j);
    size_t i, n = json_array_size(j), bytes = 0;
    const char **one = ARENA_ARRAY(c->a, const char *, n + 1);
    json_t *item;
    json_array_foreach(j, i, item) {
        one[i] = config_value(c, arg, item);
        if (!one[i]) return NULL;
        bytes += strlen(", ") + strlen(one[i]);
    }
    char *text = arena_alloc(c->a, bytes + sizeof "(,)"), *to = text;
    to += sprintf(to, tuple ? "(" : "[");
    for (i = 0; i < n; i++) to += sprintf(to, i ? ", %s" : "%s", one[i]);
    sprintf(to, !tuple ? "]" : n == 1 ? ",)" : ")");
    return text;
}

// ------------------------------------------------------------------------------------- objects

// In which module an argument's objects are.
static const char *module_of(const Arg *arg, const json_t *j) {
    static const struct {
        ArgType type;
        const char *module;
    } by_type[] = {{ARG_INIT, "initializers"},
                   {ARG_PENALTY, "regularizers"},
                   {ARG_CONSTRAINT, "constraints"},
                   {ARG_ACTIVATION, "layers"},
                   {ARG_RATE, "schedules"}};
    for (size_t i = 0; i < sizeof by_type / sizeof *by_type; i++)
        if (arg->type == by_type[i].type) return by_type[i].module;
    const char *module = config_string(j, "module"), *last = module ? strrchr(module, '.') : NULL;
    if (arg->type == ARG_VALUE && arg->choices) return arg->choices[0]; // of compile's: see there
    return last ? last + 1 : module ? module : "layers";
}

const Thing *config_class(Config *c, const char *module, const json_t *j) {
    const char *name = config_string(j, "class_name"),
               *registered = config_string(j, "registered_name");
    const char *from = config_string(j, "module");
    if (!name) return (void)config_fault(c, "an object without class_name"), NULL;
    name = older_class(module, name);
    bool foreign = (from && strncmp(from, "keras", 5) != 0 && strcmp(from, "builtins") != 0) ||
                   (registered && strchr(registered, '>')) || strchr(name, '>');
    if (foreign)
        return (void)config_fault(c, arena_printf(c->a,
                                                  "'%s' is a class of its author's own%s%s, whose "
                                                  "code is not in the file",
                                                  config_shown(c, name),
                                                  registered ? ", registered as " : "",
                                                  registered ? config_shown(c, registered) : "")),
               NULL;
    const Thing *t = map_get(c->names->by_path, arena_printf(c->a, "%s.%s", module, name));
    if (t && t->kind != THING_UNSUPPORTED && t->kind != THING_FUNCTION) return t;
    config_fault(c, arena_printf(c->a, t ? "cnnc has no %s" : "Keras's %s has no %s",
                                 t ? config_shown(c, name) : module, config_shown(c, name)));
    return NULL;
}

static bool all_equal(const json_t *j, double x) {
    size_t i;
    json_t *item;
    if (!json_is_array(j)) return json_is_number(j) && json_number_value(j) == x;
    json_array_foreach(j, i, item) if (!all_equal(item, x)) return false;
    return true;
}

// Is this what the argument is anyway?
static bool is_default(Config *c, const Arg *arg, const json_t *j, const char *text) {
    if (!arg->standard) return false;
    if (strcmp(text, arg->standard) == 0) return true;
    bool none = strcmp(arg->standard, "None") == 0;
    if (arg->type == ARG_ACTIVATION && none) return strcmp(text, "\"linear\"") == 0;
    if (arg->type == ARG_ONLY_DEFAULT && none && json_is_array(j) && !json_array_size(j))
        return true;
    if (arg->type == ARG_ONLY_DEFAULT)
        for (int i = 0; arg->choices && arg->choices[i]; i++)
            if (strcmp(text, text_json(c->a, arg->choices[i], strlen(arg->choices[i]))) == 0)
                return true;
    Value standard = value_literal(c->a, arg->standard, (Loc){0});
    bool repeats = arg->type == ARG_SINGLE || arg->type == ARG_PAIR || arg->type == ARG_SIDES ||
                   !json_is_array(j);
    return repeats && value_is_number(&standard) && standard.kind != VALUE_BOOL &&
           all_equal(j, value_real(&standard));
}

// A list of one integer, as older files have it of axes, where there is one.
static const json_t *unwrapped(const Arg *arg, const json_t *j) {
    bool one = arg->type == ARG_INT && json_array_size(j) == 1;
    return one ? json_array_get(j, 0) : j;
}

// The arguments of a table that are in the configuration, each with ", " before it but the first of all. Of
// those that are taken the keys go into `known`.
static const char *arguments(Config *c, const char *text, const Arg *args, const json_t *config,
                             const char *class, json_t *known) {
    for (int i = 0; args[i].name; i++) {
        const Arg *arg = &args[i];
        const json_t *j = json_object_get(config, older_name(class, arg->name, config));
        json_object_set_new(known, arg->name, json_null());
        if (!j || strcmp(arg->name, "name") == 0) continue;
        j = unwrapped(arg, j);
        const char *one = config_value(c, arg, j);
        if (!one) return NULL;
        if (is_default(c, arg, j, one)) continue;
        bool first = i == 0 && !arg->standard && !*text; // it needs no keyword
        text = arena_printf(c->a, "%s%s%s%s%s", text, *text ? ", " : "", first ? "" : arg->name,
                            first ? "" : "=", one);
    }
    return text;
}

// What is in the configuration and in no table is of no meaning, or refused.
static bool none_is_left(Config *c, const char *class, const json_t *config, const json_t *known) {
    const char *key;
    json_t *j;
    json_object_foreach((json_t *)config, key, j) {
        if (json_object_get(known, key) || older_passes(class, key, j)) continue;
        config_fault(c, arena_printf(c->a, "cnnc knows no argument '%s' of %s",
                                     config_shown(c, key), class));
        return false;
    }
    return true;
}

static const char *all_arguments(Config *c, const Thing *t, const json_t *config) {
    static const Arg none[] = {{0}};
    bool layer = t->kind == THING_LAYER;
    const Arg *own =
        layer ? ((const LayerClass *)t->row)->args : ((const ObjectClass *)t->row)->args;
    json_t *known = json_object();
    const char *text = arguments(c, "", own ? own : none, config, t->name, known);
    if (text && layer) text = arguments(c, text, layer_common_args, config, t->name, known);
    if (text && !none_is_left(c, t->name, config, known)) text = NULL;
    json_decref(known);
    return text;
}

const char *config_with(Config *c, const char *arguments, const char *key, const char *text) {
    const char *comma = *arguments ? ", " : "";
    return arena_printf(c->a, "%s%s%s=%s", arguments, comma, key, text);
}

// Given where it is not the one that comes by itself.
const char *config_with_name(Config *c, const char *arguments, const char *stem, const char *name) {
    void **slot = map_slot(c->counters, stem);
    int *counter = *slot ? *slot : (*slot = ARENA_NEW(c->a, int));
    const char *own = *counter ? arena_printf(c->a, "%s_%d", stem, *counter) : stem;
    if (!name || (!c->named && strcmp(name, own) == 0)) return ++*counter, arguments;
    return config_with(c, arguments, "name", text_json(c->a, name, strlen(name)));
}

const char *config_layer(Config *c, const Thing *t, const json_t *config) {
    const char *text = all_arguments(c, t, config);
    if (!text) return NULL;
    text = config_with_name(c, text, ((const LayerClass *)t->row)->stem,
                            config_string(config, "name"));
    return arena_printf(c->a, "layers.%s(%s)", t->name, text);
}

static const char *in_small_letters(Config *c, const char *name) { // so any optimiser may be called
    char *small = arena_strndup(c->a, name, strlen(name));
    for (char *at = small; *at; at++) *at = (char)tolower((unsigned char)*at);
    return small;
}

// A loss, an initialiser and so on; its name alone where all its arguments are defaults.
static const char *thing(Config *c, const Thing *t, const json_t *config) {
    const ObjectClass *row = t->row;
    const char *text = all_arguments(c, t, config), *name = config_string(config, "name");
    if (!text) return NULL;
    bool named =
        t->kind == THING_METRIC && name && row->function && strcmp(name, row->function) != 0;
    if (named) text = config_with(c, text, "name", text_json(c->a, name, strlen(name)));
    const char *word = t->kind == THING_OPTIMIZER ? in_small_letters(c, t->name) : row->function;
    if (!*text && word) return text_json(c->a, word, strlen(word));
    const char *in = t->kind == THING_SCHEDULE ? "optimizers.schedules" : t->module;
    return arena_printf(c->a, "keras.%s.%s(%s)", in, t->name, text);
}

static const char *object(Config *c, const Arg *arg, const json_t *j) {
    const char *class = config_string(j, "class_name");
    const json_t *config = json_object_get(j, "config");
    if (class && strcmp(class, "function") == 0 && json_is_string(config)) j = config;
    if (class && strcmp(class, "DTypePolicy") == 0) j = json_object_get(config, "name");
    if (class && strcmp(class, "__tuple__") == 0) j = json_object_get(config, "value");
    if (class) j = older_object(class, j);
    if (!json_is_object(j))
        return j ? config_value(c, arg, j) : config_fault(c, "an object without its config");
    const Thing *t = config_class(c, module_of(arg, j), j);
    if (!t) return NULL;
    return t->kind == THING_LAYER ? config_layer(c, t, config) : thing(c, t, config);
}

const char *config_value(Config *c, const Arg *arg, const json_t *j) {
    const char *text = NULL;
    if (++c->depth > DEEPEST) return config_fault(c, "objects are nested too deeply");
    switch (json_typeof(j)) {
    case JSON_NULL: text = "None"; break;
    case JSON_TRUE: text = "True"; break;
    case JSON_FALSE: text = "False"; break;
    case JSON_INTEGER: text = arena_printf(c->a, "%lld", (long long)json_integer_value(j)); break;
    case JSON_REAL: text = number(c, json_real_value(j)); break;
    case JSON_STRING: text = text_json(c->a, json_string_value(j), json_string_length(j)); break;
    case JSON_ARRAY: text = sequence(c, arg, j); break;
    case JSON_OBJECT: text = object(c, arg, j); break;
    }
    c->depth--;
    return text;
}

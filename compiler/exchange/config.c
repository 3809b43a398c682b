// SPDX-License-Identifier: MIT
// See config.h. A Sequential model becomes a list with a line for each layer; a model within it a list within the
// list. What its layers and figures of training are: config_object.c.
#include "exchange/config.h"
#include "exchange/config_object.h"
#include <stdlib.h>
#include <string.h>

// --------------------------------------------------------------------------------------- models

static const json_t *first_of(const json_t *object, const char *const *keys) {
    for (; *keys; keys++) {
        const json_t *j = json_object_get(object, *keys);
        if (j && !json_is_null(j)) return j;
    }
    return NULL;
}

static const char *const batch_shapes[] = {"batch_shape", "batch_input_shape", NULL};

// The shape of a sample, of one of a batch.
static const char *input(Config *c, const json_t *shape, const json_t *config) {
    static const Arg any = {"shape", ARG_SHAPE, .standard = NULL};
    if (!json_is_array(shape) || !config_is_numbers(shape) || json_array_size(shape) < 1)
        return config_fault(c, "the shape of its input is not in the file");
    if (!json_is_null(json_array_get(shape, 0)))
        return config_fault(c,
                            "its input has a batch size of its own, which cnnc does not support");
    json_t *sample = json_deep_copy(shape);
    json_array_remove(sample, 0);
    const char *text = config_value(c, &any, sample), *key;
    json_decref(sample);
    text = text ? arena_printf(c->a, "shape=%s", text) : NULL;
    json_t *j;
    json_object_foreach((json_t *)config, key, j) {
        const char *given = json_is_string(j) ? json_string_value(j) : "";
        bool passes = !text || json_is_null(j) || json_is_false(j) || strcmp(key, "name") == 0 ||
                      strcmp(key, batch_shapes[0]) == 0 || strcmp(key, batch_shapes[1]) == 0 ||
                      strcmp(given, "float32") == 0;
        if (passes) continue;
        return config_fault(
            c, arena_printf(c->a, "cnnc does not support '%s' of its input", config_shown(c, key)));
    }
    return text ? arena_printf(c->a, "keras.Input(%s)", text) : NULL;
}

static const char *sequential(Config *c, const json_t *model, const char *indent, bool inner);

// The layer's name and class before what is wrong about it.
static void name_layer(Config *c, const json_t *j, int64_t place) {
    const char *class = config_string(j, "class_name");
    const char *name = config_string(json_object_get(j, "config"), "name");
    c->wrong =
        arena_printf(c->a, "layer %lld%s%s%s%s%s: %s", (long long)place, name ? ", '" : "",
                     name ? config_shown(c, name) : "", name ? "'" : "", class ? " of class " : "",
                     class ? config_shown(c, class) : "", c->wrong);
}

static const char *item(Config *c, const json_t *j, const char *indent) {
    const char *class = config_string(j, "class_name");
    const json_t *config = json_object_get(j, "config");
    if (!class || !config) return config_fault(c, "it has no class_name and config");
    if (strcmp(class, "Sequential") == 0) return sequential(c, j, indent, true);
    const Thing *t = config_class(c, "layers", j);
    if (!t) return NULL;
    if (t->kind == THING_LAYER) return config_layer(c, t, config);
    return config_fault(c, "it stands behind the first layer");
}

static bool is_input(const json_t *j) {
    const char *class = config_string(j, "class_name");
    return class && strcmp(class, "InputLayer") == 0;
}

// What the model reads: its InputLayer, or its first layer says so, or what it was built for.
static const char *input_of(Config *c, const json_t *model, const json_t *layers) {
    static const char *const built[] = {"build_input_shape", NULL}, *const build[] = {"input_shape",
                                                                                      NULL};
    const json_t *first = json_array_get(layers, 0), *config = json_object_get(first, "config");
    const json_t *shape = first_of(config, batch_shapes);
    if (!shape) shape = first_of(json_object_get(model, "config"), built);
    if (!shape) shape = first_of(json_object_get(model, "build_config"), build);
    return input(c, shape, is_input(first) ? config : NULL);
}

static bool put_layers(Config *c, const json_t *layers, const char *indent, FILE *out) {
    size_t i;
    json_t *j;
    json_array_foreach(layers, i, j) {
        if (i == 0 && is_input(j)) continue;
        const char *line = item(c, j, indent);
        if (!line) return name_layer(c, j, (int64_t)i + 1), false;
        fprintf(out, "%s%s,\n", indent, line);
    }
    return true;
}

static const char *sequential(Config *c, const json_t *model, const char *indent, bool inner) {
    const json_t *config = json_object_get(model, "config");
    const json_t *layers = json_is_array(config) ? config : json_object_get(config, "layers");
    const char *within = arena_printf(c->a, "%s        ", indent);
    char *text = NULL;
    size_t n = 0;
    if (!json_is_array(layers) || json_array_size(layers) < 1)
        return config_fault(c, "it has no layers");
    if (++c->depth > DEEPEST) return config_fault(c, "models are nested too deeply");
    const char *input_text = inner ? "" : input_of(c, model, layers);
    if (!input_text) return NULL;
    FILE *out = open_memstream(&text, &n);
    if (!out) return config_fault(c, "there is no memory for its layers");
    if (!inner) fprintf(out, "%s%s,\n", within, input_text);
    bool good = put_layers(c, layers, within, out);
    fclose(out);
    const char *list = arena_printf(c->a, "\n%s    [\n%s%s    ]", indent, text, indent), *more = "";
    free(text);
    c->depth--;
    if (!good) return NULL;
    if (json_is_false(json_object_get(config, "trainable")))
        more = config_with(c, more, "trainable", "False");
    more = config_with_name(c, more, "sequential", config_string(config, "name"));
    return arena_printf(c->a, "keras.Sequential(%s%s%s\n%s)", list, *more ? ",\n    " : "",
                        *more ? arena_printf(c->a, "%s%s", indent, more) : "", indent);
}

// --------------------------------------------------------------------------------------- compile

// What is compiled, by the module of its objects.
static const char *const of_optimizers[] = {"optimizers", NULL},
                         *const of_losses[] = {"losses", NULL},
                         *const of_metrics[] = {"metrics", NULL};
static const Arg compile_args[] = {
    {"optimizer", ARG_VALUE, .standard = "\"rmsprop\"", .choices = of_optimizers},
    {"loss", ARG_VALUE, .standard = "None", .choices = of_losses},
    {"loss_weights", ARG_VALUE, .standard = "None", .choices = of_losses},
    {"metrics", ARG_VALUE, .standard = "None", .choices = of_metrics},
    {"weighted_metrics", ARG_VALUE, .standard = "None", .choices = of_metrics},
    {0},
};

static const char *compile(Config *c, const json_t *training) {
    const char *text = "";
    for (const Arg *arg = compile_args; arg->name; arg++) {
        const json_t *j = json_object_get(training, arg->name);
        if (!j && arg == compile_args) j = json_object_get(training, "optimizer_config");
        if (json_array_size(j) == 1 && json_is_array(json_array_get(j, 0)))
            j = json_array_get(j, 0);
        const char *one = j ? config_value(c, arg, j) : "None";
        if (!one) {
            c->wrong = arena_printf(c->a, "%s: %s", arg->name, c->wrong);
            return NULL;
        }
        if (strcmp(one, "None") != 0) text = config_with(c, text, arg->name, one);
    }
    return *text ? arena_printf(c->a, "model.compile(%s)", text) : NULL;
}

ConfigScript config_script(Arena *a, const json_t *model, const json_t *training) {
    Eval *e = ARENA_NEW(a, Eval);
    *e = (Eval){.a = a, .by_name = map_new(a), .by_path = map_new(a)};
    catalog_build(e);
    Config c = {.a = a, .names = e, .counters = map_new(a)};
    const char *class = config_string(model, "class_name");
    ConfigScript script = {0};
    if (!class || strcmp(class, "Sequential") != 0) {
        script.wrong =
            !class ? "it holds no model"
                   : arena_printf(a, "the model is %s, and cnnc compiles Sequential ones",
                                  config_shown(&c, class));
        return script;
    }
    const char *text = sequential(&c, model, "", false);
    script.wrong = c.wrong;
    if (!text) return script;
    script.model = arena_printf(a, "import keras\nfrom keras import layers\n\nmodel = %s\n", text);
    c.depth = 0;
    script.compile = json_is_object(training) ? compile(&c, training) : NULL;
    script.lacks = script.compile ? NULL : c.wrong;
    return script;
}

// SPDX-License-Identifier: MIT
// See config.h. A Sequential model becomes a list with a line for each layer; a model within it a list within the
// list. A model of functional notation becomes statements, one for each layer, if it is a chain: each layer reads
// what the one before it makes, and that alone. What layers and figures of training are: config_object.c.
#include "exchange/config.h"
#include "exchange/config_object.h"
#include "support/text.h"
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
    const char *name = config_string(config, "name");
    if (text && c->named && name)
        text = config_with(c, text, "name", text_json(c->a, name, strlen(name)));
    return text ? arena_printf(c->a, "keras.Input(%s)", text) : NULL;
}

// Keras 2 had the list of a Sequential's layers in place of its configuration.
static const json_t *layers_of(const json_t *model) {
    const json_t *config = json_object_get(model, "config");
    return json_is_array(config) ? config : json_object_get(config, "layers");
}

// What is given to a model beside its layers; its name, where that is not the one that comes by itself.
static const char *model_arguments(Config *c, const json_t *model, const char *stem) {
    const json_t *config = json_object_get(model, "config");
    const char *text = "";
    if (json_is_false(json_object_get(config, "trainable")))
        text = config_with(c, text, "trainable", "False");
    return config_with_name(c, text, stem, config_string(config, "name"));
}

static const char *sequential(Config *c, const json_t *model, const char *indent, bool inner);
static const char *functional(Config *c, const json_t *model, bool inner);

static bool is_functional(const char *class) { // Keras's names for it, older ones too
    return strcmp(class, "Functional") == 0 || strcmp(class, "Model") == 0;
}

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
    if (is_functional(class)) return functional(c, j, true);
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
    const json_t *layers = layers_of(model);
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
    const char *list = arena_printf(c->a, "\n%s    [\n%s%s    ]", indent, text, indent);
    free(text);
    c->depth--;
    if (!good) return NULL;
    const char *more = model_arguments(c, model, "sequential");
    return arena_printf(c->a, "keras.Sequential(%s%s%s\n%s)", list, *more ? ",\n    " : "",
                        *more ? arena_printf(c->a, "%s%s", indent, more) : "", indent);
}

// ---------------------------------------------------------------------------- functional notation

// The only item of an array; else NULL.
static const json_t *sole(const json_t *j) {
    return json_array_size(j) == 1 ? json_array_get(j, 0) : NULL;
}

// mask=None, and training=..., in the place of which Keras takes what the whole model is called with.
static bool says_nothing(const json_t *keywords) {
    const char *key;
    json_t *j;
    json_object_foreach((json_t *)keywords, key, j) {
        if (!json_is_null(j) && strcmp(key, "training") != 0) return false;
    }
    return true;
}

// The name of the layer whose output a call reads, where it reads that alone; else NULL. Keras 3 stores the call's
// arguments, Keras 2 a list of [layer, call, output, {keywords}].
static const char *reads(const json_t *layer) {
    const json_t *call = sole(json_object_get(layer, "inbound_nodes")), *history, *keywords;
    if (json_is_object(call)) {
        history = json_object_get(sole(json_object_get(call, "args")), "config");
        history = json_object_get(history, "keras_history");
        keywords = json_object_get(call, "kwargs");
    } else {
        history = sole(call);
        keywords = json_array_get(history, 3);
    }
    bool first =
        json_integer_value(json_array_get(history, 2)) == 0; // a model's calls count its own
    return first && says_nothing(keywords) ? json_string_value(json_array_get(history, 0)) : NULL;
}

// Its layer in the list of a model's inputs or outputs, which Keras stores as [layer, call, output], if there is one
// alone.
static const char *end(const json_t *config, const char *which) {
    const json_t *list = json_object_get(config, which), *one = sole(list);
    return json_string_value(json_array_get(one ? one : list, 0));
}

static const char *layer_name(const json_t *j) {
    const char *name = config_string(j, "name");
    return name ? name : config_string(json_object_get(j, "config"), "name");
}

// The layer reads what comes before it in the file, which is `before`.
static bool follows(Config *c, const json_t *j, const char *before) {
    const char *from = reads(j);
    if (from && before && strcmp(from, before) == 0) return true;
    config_fault(c, !from ? "it reads several layers, is called several times, or with arguments: "
                            "cnnc compiles chains of layers"
                          : arena_printf(c->a,
                                         "it reads '%s', which is not the layer before it: cnnc "
                                         "compiles chains of layers",
                                         config_shown(c, from)));
    return false;
}

static bool put_chain(Config *c, const json_t *layers, FILE *out) {
    size_t i;
    json_t *j;
    const char *before = layer_name(json_array_get(layers, 0));
    json_array_foreach(layers, i, j) {
        if (i == 0) continue;
        const char *line = follows(c, j, before) ? item(c, j, "") : NULL;
        if (!line) return name_layer(c, j, (int64_t)i + 1), false;
        fprintf(out, "x = %s(%s)\n", line, i == 1 ? "inputs" : "x");
        before = layer_name(j);
    }
    return true;
}

static bool ends_agree(Config *c, const json_t *config, const json_t *layers) {
    const char *first = layer_name(json_array_get(layers, 0)), *in = end(config, "input_layers");
    const char *last = layer_name(json_array_get(layers, json_array_size(layers) - 1)),
               *out = end(config, "output_layers");
    if (in && out && first && last && strcmp(in, first) == 0 && strcmp(out, last) == 0) return true;
    config_fault(c, "it has several inputs or outputs, or does not end in its last layer: cnnc "
                    "compiles chains of layers");
    return false;
}

// Is a model of functional notation in it? Then statements are in another order than layers, so that all are named.
static bool holds_functional(const json_t *model, int deepest) {
    const char *class = config_string(model, "class_name");
    size_t i;
    json_t *j;
    if (class && is_functional(class)) return true;
    json_array_foreach(layers_of(model), i,
                       j) if (deepest > 0 && holds_functional(j, deepest - 1)) return true;
    return false;
}

// Writes the statements of the model; those of models in it come before. Gives the name that it is bound to.
static const char *functional(Config *c, const json_t *model, bool inner) {
    const json_t *config = json_object_get(model, "config");
    const json_t *layers = json_object_get(config, "layers");
    char *text = NULL;
    size_t n = 0;
    if (json_array_size(layers) < 2 || !is_input(json_array_get(layers, 0)))
        return config_fault(c, "it is no Input with layers behind it");
    if (++c->depth > DEEPEST) return config_fault(c, "models are nested too deeply");
    const char *input_text = input_of(c, model, layers);
    if (!input_text || !ends_agree(c, config, layers)) return NULL;
    FILE *out = open_memstream(&text, &n);
    if (!out) return config_fault(c, "there is no memory for its layers");
    bool good = put_chain(c, layers, out);
    fclose(out);
    const char *lines = arena_strndup(c->a, text, n), *bound = "model";
    free(text);
    c->depth--;
    if (!good) return NULL;
    const char *more = model_arguments(c, model, "functional");
    if (inner) bound = arena_printf(c->a, "inner_%d", ++c->inner);
    c->before = arena_printf(c->a, "%sinputs = %s\n%s%s = keras.Model(inputs, x%s%s)\n", c->before,
                             input_text, lines, bound, *more ? ", " : "", more);
    return bound;
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
    Config c = {.a = a, .names = e, .counters = map_new(a), .before = ""};
    c.named = holds_functional(model, DEEPEST);
    const char *class = config_string(model, "class_name"), *text = NULL;
    ConfigScript script = {0};
    if (!class)
        config_fault(&c, "it holds no model");
    else if (is_functional(class))
        text = functional(&c, model, false);
    else if (strcmp(class, "Sequential") == 0)
        text = sequential(&c, model, "", false);
    else
        config_fault(&c, arena_printf(a, "the model is %s, and cnnc compiles chains of layers",
                                      config_shown(&c, class)));
    script.wrong = c.wrong;
    if (!text) return script;
    const char *made = is_functional(class) ? "" : arena_printf(a, "model = %s\n", text);
    script.model =
        arena_printf(a, "import keras\nfrom keras import layers\n\n%s%s", c.before, made);
    c.depth = 0;
    script.compile = json_is_object(training) ? compile(&c, training) : NULL;
    script.lacks = script.compile ? NULL : c.wrong;
    return script;
}

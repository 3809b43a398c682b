// SPDX-License-Identifier: MIT
// A .keras file: an archive of what made it, of the model's configuration, and of its weights.
#include "exchange/archive_write.h"
#include "exchange/arguments.h"
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"
#include "keras/optimizers/optimizer.h"
#include "support/tell.h"
#include <stdlib.h>
#include <string.h>

static const char *name_of(const json_t *layer) {
    return json_string_value(json_object_get(json_object_get(layer, "config"), "name"));
}

// In functional notation a layer says of which one's output it is made.
static void link_layers(json_t *config, json_t *layers, const Shape **shape) {
    const json_t *before = NULL;
    size_t i;
    json_t *layer;
    json_array_foreach(layers, i, layer) {
        json_t *calls = json_array();
        if (before) {
            json_t *tensor =
                json_pack("{s:o, s:s, s:[s, i, i]}", "shape", arguments_shape(shape[i]), "dtype",
                          "float32", "keras_history", name_of(before), 0, 0);
            tensor = json_pack("{s:s, s:o}", "class_name", "__keras_tensor__", "config", tensor);
            json_array_append_new(calls, json_pack("{s:[o], s:{}}", "args", tensor, "kwargs"));
        }
        json_object_set_new(layer, "name", json_string(name_of(layer)));
        json_object_set_new(layer, "inbound_nodes", calls);
        before = layer;
    }
    const json_t *first = json_array_get(layers, 0);
    json_object_set_new(config, "input_layers", json_pack("[s, i, i]", name_of(first), 0, 0));
    json_object_set_new(config, "output_layers", json_pack("[s, i, i]", name_of(before), 0, 0));
}

// Layers from *at on for as long as they are in the model `nest`; those of a model in it are one of its own.
static json_t *model_object(Arena *a, const Model *m, int *at, const Submodel *nest) {
    const char *input_name = nest ? nest->input_name : m->input_name;
    const Shape **reads = NULL; // by layer, Input too
    int n = 0;
    json_t *layers = json_array();
    json_array_append_new(layers, arguments_input(m->layer[*at].in, input_name));
    ARENA_PUSH(a, reads, n, m->layer[*at].in);
    while (*at < m->nlayer) {
        const Layer *l = &m->layer[*at];
        const Submodel *inner = submodel_of(l, nest);
        if (l->nest != nest && !inner) break;
        ARENA_PUSH(a, reads, n, l->in);
        json_array_append_new(layers, inner ? model_object(a, m, at, inner)
                                            : arguments_layer(&m->layer[(*at)++]));
    }
    json_t *config = json_pack("{s:s, s:O}", "name", nest ? nest->name : m->name, "layers", layers);
    if (input_name) link_layers(config, layers, reads);
    json_decref(layers);
    if (!input_name) return arguments_object("keras", "Sequential", config);
    json_t *model = arguments_object("keras.src.models.functional", "Functional", config);
    json_object_set_new(model, "registered_name", json_string("Functional"));
    return model;
}

static json_t *metrics(const Model *m, bool weighted) {
    json_t *list = json_array();
    for (int i = 0; i < m->nmetric; i++) {
        const Metric *metric = &m->metric[i];
        if (metric->weighted != weighted) continue;
        json_t *one = arguments_class("keras.metrics", &metric->cls->object, metric->args);
        json_object_set_new(json_object_get(one, "config"), "name", json_string(metric->name));
        json_array_append_new(list, one);
    }
    return json_array_size(list) ? list : (json_decref(list), json_null());
}

static json_t *training(const Model *m) {
    const Optimizer *o = &m->optimizer;
    return json_pack("{s:o, s:o, s:o, s:o}", "optimizer",
                     arguments_class("keras.optimizers", &o->cls->object, o->args), "loss",
                     arguments_class("keras.losses", &m->loss.cls->object, m->loss.args), "metrics",
                     metrics(m, false), "weighted_metrics", metrics(m, true));
}

static Bytes config_text(Arena *a, const Model *m) {
    int at = 0;
    json_t *model = model_object(a, m, &at, NULL);
    if (m->has_compile) json_object_set_new(model, "compile_config", training(m));
    char *text = json_dumps(model, JSON_ENSURE_ASCII);
    json_decref(model);
    return (Bytes){text, text ? strlen(text) : 0};
}

ExitCode write_keras(const Export *x, Bytes *out) {
    static char metadata[] =
        "{\"keras_version\": \"3.0.0\", \"date_saved\": \"1980-01-01@00:00:00\"}";
    Bytes config = config_text(x->a, x->model), weights = {0};
    ExitCode code = config.data ? write_keras_weights(x, &weights) : EXIT_SYSTEM;
    const Member member[] = {{"metadata.json", {metadata, strlen(metadata)}},
                             {"config.json", config},
                             {"model.weights.h5", weights}};
    if (!config.data) tell("error: out of memory for the configuration");
    if (code == EXIT_OK) code = archive_write(member, sizeof member / sizeof *member, out);
    free(weights.data);
    free(config.data);
    return code;
}

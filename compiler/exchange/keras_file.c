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

static json_t *batch_shape(const Shape *s) {
    json_t *shape = json_pack("[n]");
    for (int d = 0; d < s->rank; d++) json_array_append_new(shape, json_integer(s->dim[d]));
    return shape;
}

static json_t *input_layer(const Shape *shape) {
    json_t *config = json_pack("{s:o, s:s}", "batch_shape", batch_shape(shape), "dtype", "float32");
    return arguments_object("keras.layers", "InputLayer", config);
}

// Layers from *at on for as long as they are in the model `nest`; those of a model in it are one of its own.
static json_t *sequential(const Model *m, int *at, const Submodel *nest) {
    json_t *layers = json_array();
    json_array_append_new(layers, input_layer(m->layer[*at].in));
    while (*at < m->nlayer) {
        const Layer *l = &m->layer[*at];
        const Submodel *inner = submodel_of(l, nest);
        if (l->nest != nest && !inner) break;
        json_array_append_new(layers, inner ? sequential(m, at, inner)
                                            : arguments_layer(&m->layer[(*at)++]));
    }
    json_t *config = json_pack("{s:s, s:o}", "name", nest ? nest->name : m->name, "layers", layers);
    return arguments_object("keras", "Sequential", config);
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

static Bytes config_text(const Model *m) {
    int at = 0;
    json_t *model = sequential(m, &at, NULL);
    if (m->has_compile) json_object_set_new(model, "compile_config", training(m));
    char *text = json_dumps(model, JSON_ENSURE_ASCII);
    json_decref(model);
    return (Bytes){text, text ? strlen(text) : 0};
}

ExitCode write_keras(const Export *x, Bytes *out) {
    static char metadata[] =
        "{\"keras_version\": \"3.0.0\", \"date_saved\": \"1980-01-01@00:00:00\"}";
    Bytes config = config_text(x->model), weights = {0};
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

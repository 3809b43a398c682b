// SPDX-License-Identifier: MIT
// A model as ONNX: opset 17 in IR version 8, which everything reads that has come since 2022. The input is Keras's,
// [N, height, width, channels], and so is the output. See onnx.h.
#include "exchange/arguments.h"
#include "exchange/onnx.h"
#include "exchange/onnx_proto.h"
#include "support/tell.h"
#include <stdlib.h>
#include <string.h>

enum { OPSET = 17, IR_VERSION = 8 };
static const int64_t MOST_BYTES = INT32_MAX; // that a message may have

static void put_dim(Message *shape, const char *param, int64_t value) {
    Message dim;
    message_start(&dim);
    if (param)
        message_text(&dim, DIM_PARAM, param);
    else
        message_int(&dim, DIM_VALUE, value);
    message_put(shape, SHAPE_DIM, &dim);
}

// A value of the graph's ends: its name, floats, [N, dimensions].
static void put_end(Message *graph, int field, const char *name, const Shape *s) {
    Message info, type, tensor, shape;
    message_start(&info), message_start(&type), message_start(&tensor), message_start(&shape);
    put_dim(&shape, "N", 0);
    for (int d = 0; d < s->rank; d++) put_dim(&shape, NULL, s->dim[d]);
    message_int(&tensor, TYPE_ELEMENT, ONNX_FLOAT);
    message_put(&tensor, TYPE_SHAPE, &shape);
    message_put(&type, TYPE_TENSOR, &tensor);
    message_text(&info, END_NAME, name);
    message_put(&info, END_TYPE, &type);
    message_put(graph, field, &info);
}

// The layers, and the two ends.
static void put_graph(Graph *g) {
    const Model *m = g->x->model;
    Flow f = {"input", m->input, false};
    for (int i = 0; i < m->nlayer && !g->wrong; i++) {
        json_t *object = arguments_layer(&m->layer[i]);
        g->layer = &m->layer[i];
        g->config = json_object_get(object, "config");
        g->serial = 0;
        onnx_layer(g, &f);
        json_decref(object);
    }
    if (g->wrong) return;
    onnx_channels_last(g, &f);
    message_text(&g->message, GRAPH_NAME, m->name);
    put_end(&g->message, GRAPH_INPUT, "input", &m->input);
    put_end(&g->message, GRAPH_OUTPUT, f.name, &m->output);
}

static bool put_model(Message *model, Message *graph) {
    Message opset;
    message_start(model), message_start(&opset);
    message_int(model, MODEL_IR, IR_VERSION);
    message_text(model, MODEL_PRODUCER, "cnnc");
    message_text(model, MODEL_PRODUCER_VERSION, CNNC_VERSION);
    message_int(&opset, OPSET_VERSION, OPSET);
    message_put(model, MODEL_OPSET, &opset);
    message_put(model, MODEL_GRAPH, graph);
    return message_finish(model);
}

ExitCode write_onnx(const Export *x, Bytes *out) {
    Graph g = {.x = x, .a = x->a};
    Message model = {0};
    if (model_parameters(x->model, false) > MOST_BYTES / (int64_t)sizeof(float) - (1 << 20)) {
        tell("error: '%s' cannot be ONNX, whose files have up to 2 GiB", x->file);
        return EXIT_REFUSED;
    }
    message_start(&g.message);
    put_graph(&g);
    bool ok = !g.wrong && put_model(&model, &g.message);
    message_drop(&g.message);
    if (g.wrong)
        tell("error: '%s' cannot be ONNX: %s '%s': %s", x->file, g.layer->cls->name, g.layer->name,
             g.wrong);
    else if (!ok)
        tell("error: out of memory for the graph");
    if (ok) {
        *out = (Bytes){model.bytes->data, model.bytes->size};
        model.bytes->data = NULL; // out has it
    }
    message_drop(&model);
    return ok ? EXIT_OK : g.wrong ? EXIT_REFUSED : EXIT_SYSTEM;
}

// SPDX-License-Identifier: MIT
// See server.h. The editor sends whole texts; each change is answered with the diagnostics of the text as it is then.
#include "lsp/server.h"
#include "lsp/answers.h"
#include "lsp/message.h"
#include <string.h>

typedef struct Server {
    Wanted wanted;
    FILE *out;
    Units units;
    json_t *texts; // URI -> text
    bool started, shut, ended;
} Server;

typedef enum { NOT_JSON = -32700, INVALID = -32600, UNKNOWN = -32601, NOT_STARTED = -32002 } Fault;

static void answer(Server *s, const json_t *id, json_t *result) {
    message_write(s->out,
                  json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result));
}

static void refuse(Server *s, const json_t *id, Fault fault, const char *text) {
    json_t *none = json_null();
    message_write(s->out, json_pack("{s:s, s:O, s:{s:i, s:s}}", "jsonrpc", "2.0", "id",
                                    id ? id : none, "error", "code", fault, "message", text));
}

static const char *uri_of(const json_t *params) {
    const json_t *document = json_object_get(params, "textDocument");
    const char *uri = json_string_value(json_object_get(document, "uri"));
    return uri ? uri : "";
}

static const char *text_of(const Server *s, const json_t *params) { // NULL: it is not open
    return json_string_value(json_object_get(s->texts, uri_of(params)));
}

static void publish(Server *s, const char *uri, json_t *diagnostics) {
    message_write(s->out, json_pack("{s:s, s:s, s:{s:s, s:o}}", "jsonrpc", "2.0", "method",
                                    "textDocument/publishDiagnostics", "params", "uri", uri,
                                    "diagnostics", diagnostics));
}

static void keep(Server *s, const char *uri, const json_t *text) {
    if (!json_is_string(text)) return;
    json_object_set(s->texts, uri, (json_t *)text);
    publish(s, uri, answer_diagnostics(uri, json_string_value(text), s->units, &s->wanted));
}

// ------------------------------------------------------------------------------------- methods

static json_t *initialize(Server *s, const json_t *params) {
    const json_t *general = json_object_get(json_object_get(params, "capabilities"), "general");
    const json_t *encodings = json_object_get(general, "positionEncodings"), *one;
    size_t i;
    json_array_foreach(encodings, i,
                       one) if (json_is_string(one) && strcmp(json_string_value(one), "utf-8") == 0)
        s->units = UNITS_UTF8;
    s->started = true;
    return json_pack("{s:{s:s, s:i, s:b, s:{s:[s,s,s]}, s:{s:[s]}}, s:{s:s, s:s}}", "capabilities",
                     "positionEncoding", s->units == UNITS_UTF8 ? "utf-8" : "utf-16",
                     "textDocumentSync", 1, "hoverProvider", 1, "completionProvider",
                     "triggerCharacters", ".", "(", ",", "codeActionProvider", "codeActionKinds",
                     "quickfix", "serverInfo", "name", "cnnc", "version", CNNC_VERSION);
}

static json_t *shut_down(Server *s, const json_t *params) {
    (void)params;
    s->shut = true;
    return json_null();
}

static json_t *hover(Server *s, const json_t *params) {
    const char *text = text_of(s, params);
    return text
               ? answer_hover(text, s->units, json_object_get(params, "position"), &s->wanted.model)
               : json_null();
}

static json_t *completion(Server *s, const json_t *params) {
    const char *text = text_of(s, params);
    return text ? answer_completion(text, s->units, json_object_get(params, "position"))
                : json_null();
}

static json_t *actions(Server *s, const json_t *params) {
    const json_t *context = json_object_get(params, "context");
    return text_of(s, params)
               ? answer_actions(uri_of(params), json_object_get(context, "diagnostics"))
               : json_null();
}

static json_t *opened(Server *s, const json_t *params) {
    const json_t *document = json_object_get(params, "textDocument");
    keep(s, uri_of(params), json_object_get(document, "text"));
    return NULL;
}

static json_t *changed(Server *s, const json_t *params) {
    const json_t *all = json_object_get(params, "contentChanges");
    size_t n = json_array_size(all);
    if (n) keep(s, uri_of(params), json_object_get(json_array_get(all, n - 1), "text"));
    return NULL;
}

static json_t *closed(Server *s, const json_t *params) {
    json_object_del(s->texts, uri_of(params));
    publish(s, uri_of(params), json_array());
    return NULL;
}

static json_t *leave(Server *s, const json_t *params) {
    (void)params;
    s->ended = true;
    return NULL;
}

static const struct {
    const char *name;
    json_t *(*run)(Server *,
                   const json_t *params); // the result of a request; a notification has none
    bool request;
} methods[] = {
    {"initialize", initialize, true},
    {"shutdown", shut_down, true},
    {"exit", leave, false},
    {"textDocument/didOpen", opened, false},
    {"textDocument/didChange", changed, false},
    {"textDocument/didClose", closed, false},
    {"textDocument/hover", hover, true},
    {"textDocument/completion", completion, true},
    {"textDocument/codeAction", actions, true},
};
enum { NMETHOD = sizeof methods / sizeof *methods };

static int find(const char *name) {
    int i = 0;
    while (i < NMETHOD && strcmp(methods[i].name, name) != 0) i++;
    return i;
}

static void handle(Server *s, const json_t *message) {
    const json_t *id = json_object_get(message, "id");
    const char *name = json_string_value(json_object_get(message, "method"));
    if (!name) {
        if (!json_object_get(message, "result") && !json_object_get(message, "error"))
            refuse(s, id, INVALID, "a message without a method");
        return;
    }
    int i = find(name);
    bool leaves = strcmp(name, "exit") == 0, starts = strcmp(name, "initialize") == 0;
    if (!s->started && !starts && !leaves) {
        if (id) refuse(s, id, NOT_STARTED, "initialize comes first");
    } else if ((s->shut && !leaves) || (s->started && starts)) {
        if (id) refuse(s, id, INVALID, s->shut ? "it is shut down" : "it is initialized");
    } else if (i == NMETHOD) { // a notification that is not known may be passed over
        if (id) refuse(s, id, UNKNOWN, "no such method");
    } else if (methods[i].request && !id) {
        refuse(s, NULL, INVALID, "a request without an id");
    } else {
        json_t *result = methods[i].run(s, json_object_get(message, "params"));
        if (result) answer(s, id, result);
    }
}

ExitCode lsp_serve(const Options *o, FILE *in, FILE *out) {
    Server s = {
        .wanted = {{o->data, o->model}, o->diagnostics}, .out = out, .texts = json_object()};
    bool broken = false;
    while (!s.ended) {
        json_t *message = message_read(in, &broken);
        if (!message && !broken) break;
        if (broken)
            refuse(&s, NULL, NOT_JSON, "no JSON");
        else
            handle(&s, message);
        json_decref(message);
    }
    json_decref(s.texts);
    return s.ended && s.shut ? EXIT_OK : EXIT_REFUSED;
}

// SPDX-License-Identifier: MIT
// See onnx_file.h.
#include "exchange/onnx_file.h"
#include "exchange/onnx_proto.h"
#include "support/text.h"
#include <string.h>

enum { MOST_NODES = 1 << 16, MOST_TENSORS = 1 << 16, MOST_LIST = 1 << 12, MOST_ENDS = 1 << 17 };
static const int64_t MOST_NUMBERS = INT64_C(1) << 29; // of a tensor: such a file has 2 GiB

static bool damaged(CnnError *error) {
    return cnn_fail(error, CNN_REFUSED, "is damaged, or no ONNX file");
}

static bool too_many(CnnError *error, const char *what, int most) {
    return cnn_fail(error, CNN_REFUSED, "has more than %d %s", most, what);
}

static const char *text(Arena *a, const Field *f) {
    return f->type == WIRE_SPAN ? arena_strndup(a, (const char *)f->span.at, f->span.size) : "";
}

static int64_t integer(const Field *f) {
    return f->type == WIRE_VARINT ? (int64_t)f->integer : 0;
}

// --------------------------------------------------------------------------------------- tensors

static bool put_dims(OnnxTensor *t, Field *f, CnnError *error) {
    int64_t n;
    bool bad = false;
    while (wire_integer(f, &n, &bad)) {
        if (t->rank == MOST_DIMS) return too_many(error, "dimensions of a tensor", MOST_DIMS);
        t->dim[t->rank++] = n;
    }
    return !bad || damaged(error);
}

static bool read_tensor(Arena *a, Span message, OnnxTensor *t, CnnError *error) {
    Wire w = wire_of(message);
    Field f;
    bool elsewhere = false;
    *t = (OnnxTensor){.name = "", .count = 1, .message = message};
    while (wire_next(&w, &f)) {
        if (f.number == TENSOR_DIMS && !put_dims(t, &f, error)) return false;
        if (f.number == TENSOR_TYPE) t->type = (int)integer(&f);
        if (f.number == TENSOR_NAME) t->name = text(a, &f);
        elsewhere |=
            f.number == TENSOR_EXTERNAL || (f.number == TENSOR_LOCATION && integer(&f) != 0);
    }
    if (w.damaged) return damaged(error);
    if (elsewhere)
        return cnn_fail(error, CNN_REFUSED,
                        "the numbers of '%s' lie in another file, which is not followed: save the "
                        "model with its weights in one file",
                        t->name);
    for (int d = 0; d < t->rank; d++) {
        bool fits = t->dim[d] >= 0 && mul64(t->count, t->dim[d], &t->count);
        if (!fits || t->count > MOST_NUMBERS)
            return cnn_fail(error, CNN_REFUSED, "'%s' has a size that no file can hold", t->name);
    }
    return true;
}

// Numbers of `size` bytes each, one behind the other.
static bool put_raw(const OnnxTensor *t, Span raw, size_t size, void *to) {
    if (raw.size != (size_t)t->count * size) return false;
    if (raw.size) memcpy(to, raw.at, raw.size);
    return true;
}

bool onnx_tensor_floats(const OnnxTensor *t, float *to) {
    Wire w = wire_of(t->message);
    Field f;
    int64_t n = 0;
    while (wire_next(&w, &f)) {
        if (f.number == TENSOR_RAW) return put_raw(t, f.span, sizeof *to, to);
        if (f.number != TENSOR_FLOATS || f.type == WIRE_VARINT || f.span.size % sizeof *to)
            continue;
        for (size_t i = 0; i < f.span.size; i += sizeof *to, n++)
            if (n < t->count) to[n] = wire_float(f.span.at + i);
    }
    return n == t->count;
}

static bool raw_integers(const OnnxTensor *t, Span raw, int64_t *to) {
    int32_t one;
    if (t->type == ONNX_INT64) return put_raw(t, raw, sizeof *to, to);
    size_t size = t->type == ONNX_BOOL ? 1 : sizeof one;
    if (raw.size != (size_t)t->count * size) return false;
    for (int64_t i = 0; i < t->count; i++) {
        memcpy(&one, raw.at + (size_t)i * size, size);
        to[i] = t->type == ONNX_BOOL ? raw.at[i] : one;
    }
    return true;
}

bool onnx_tensor_integers(const OnnxTensor *t, int64_t *to) {
    Wire w = wire_of(t->message);
    Field f;
    int64_t n = 0, one;
    bool bad = false;
    while (wire_next(&w, &f)) {
        if (f.number == TENSOR_RAW) return raw_integers(t, f.span, to);
        if (f.number != TENSOR_INT32S && f.number != TENSOR_INT64S) continue;
        for (; wire_integer(&f, &one, &bad); n++)
            if (n < t->count) to[n] = one;
    }
    return n == t->count && !bad;
}

// ------------------------------------------------------------------------------------ attributes

static bool read_attribute(Arena *a, Span message, OnnxAttribute *at, CnnError *error) {
    Wire w = wire_of(message);
    Field f;
    *at = (OnnxAttribute){.name = "", .message = message};
    while (wire_next(&w, &f)) {
        if (f.number == ATTRIBUTE_NAME) at->name = text(a, &f);
        if (f.number == ATTRIBUTE_FLOAT && f.type == WIRE_FOUR) at->real = wire_float(f.span.at);
        if (f.number == ATTRIBUTE_INT) at->integer = integer(&f);
        if (f.number == ATTRIBUTE_TEXT) at->text = f.span;
    }
    return !w.damaged || damaged(error);
}

int onnx_integers(Arena *a, const OnnxAttribute *at, int64_t **to) {
    Wire w = wire_of(at->message);
    Field f;
    int n = 0;
    int64_t one;
    bool bad = false;
    *to = NULL;
    while (wire_next(&w, &f))
        while (f.number == ATTRIBUTE_INTS && n < MOST_LIST && wire_integer(&f, &one, &bad))
            ARENA_PUSH(a, *to, n, one);
    return bad || n == MOST_LIST ? -1 : n;
}

int onnx_floats(Arena *a, const OnnxAttribute *at, float **to) {
    Wire w = wire_of(at->message);
    Field f;
    int n = 0;
    *to = NULL;
    while (wire_next(&w, &f))
        for (size_t i = 0; f.number == ATTRIBUTE_FLOATS && i + 4 <= f.span.size && n < MOST_LIST;
             i += 4)
            ARENA_PUSH(a, *to, n, wire_float(f.span.at + i));
    return n == MOST_LIST ? -1 : n;
}

bool onnx_tensor_of(Arena *a, const OnnxAttribute *at, OnnxTensor *to, CnnError *error) {
    Wire w = wire_of(at->message);
    Field f;
    while (wire_next(&w, &f))
        if (f.number == ATTRIBUTE_TENSOR && f.type == WIRE_SPAN)
            return read_tensor(a, f.span, to, error);
    return damaged(error);
}

const char *onnx_type_name(int type) {
    static const char *const names[] = {
        "no type", "float32", "uint8",  "int8",   "uint16", "int16",   "int32",   "int64",   "text",
        "bool",    "float16", "double", "uint32", "uint64", "complex", "complex", "bfloat16"};
    size_t n = sizeof names / sizeof *names;
    return type >= 0 && (size_t)type < n ? names[type] : "a type that cnnc does not know";
}

// ----------------------------------------------------------------------------------------- nodes

static bool put_name(Arena *a, const Field *f, const char ***list, int *n, CnnError *error) {
    if (*n == MOST_LIST) return too_many(error, "values at a node", MOST_LIST);
    ARENA_PUSH(a, *list, *n, text(a, f));
    return true;
}

static bool put_attribute(Arena *a, const Field *f, OnnxNode *n, CnnError *error) {
    OnnxAttribute at;
    if (n->nattribute == MOST_LIST) return too_many(error, "attributes of a node", MOST_LIST);
    if (!read_attribute(a, f->span, &at, error)) return false;
    ARENA_PUSH(a, n->attribute, n->nattribute, at);
    return true;
}

static bool read_node(Arena *a, Span message, OnnxNode *n, CnnError *error) {
    Wire w = wire_of(message);
    Field f;
    *n = (OnnxNode){.type = "", .name = "", .domain = ""};
    while (wire_next(&w, &f)) {
        if (f.number == NODE_INPUT && !put_name(a, &f, &n->in, &n->nin, error)) return false;
        if (f.number == NODE_OUTPUT && !put_name(a, &f, &n->out, &n->nout, error)) return false;
        if (f.number == NODE_NAME) n->name = text(a, &f);
        if (f.number == NODE_TYPE) n->type = text(a, &f);
        if (f.number == NODE_DOMAIN) n->domain = text(a, &f);
        if (f.number == NODE_ATTRIBUTE && !put_attribute(a, &f, n, error)) return false;
    }
    if (strcmp(n->domain, "ai.onnx") == 0) n->domain = "";
    if (!*n->name && n->nout) n->name = n->out[0];
    return !w.damaged || damaged(error);
}

// ------------------------------------------------------------------------------------------ ends

// The last field of that number; an empty span where there is none.
static Span within(Span message, int number) {
    Wire w = wire_of(message);
    Field f;
    Span found = {message.at, 0};
    while (wire_next(&w, &f))
        if (f.number == number && f.type == WIRE_SPAN) found = f.span;
    return found;
}

static int64_t dim_of(Span message) {
    Wire w = wire_of(message);
    Field f;
    int64_t n = ANY_SIZE;
    while (wire_next(&w, &f))
        if (f.number == DIM_VALUE) n = integer(&f);
    return n < 0 ? ANY_SIZE : n;
}

static bool read_end(Arena *a, Span message, OnnxEnd *end, CnnError *error) {
    Wire w = wire_of(message), dims;
    Field f;
    *end = (OnnxEnd){.name = "", .rank = -1};
    while (wire_next(&w, &f))
        if (f.number == END_NAME) end->name = text(a, &f);
    if (w.damaged) return damaged(error);
    Wire tensor = wire_of(within(within(message, END_TYPE), TYPE_TENSOR));
    while (wire_next(&tensor, &f)) {
        if (f.number == TYPE_ELEMENT) end->type = (int)integer(&f);
        if (f.number != TYPE_SHAPE || f.type != WIRE_SPAN) continue;
        end->rank = 0;
        for (dims = wire_of(f.span); wire_next(&dims, &f);) {
            if (f.number != SHAPE_DIM || f.type != WIRE_SPAN) continue;
            if (end->rank == MOST_DIMS) return too_many(error, "dimensions of a value", MOST_DIMS);
            end->dim[end->rank++] = dim_of(f.span);
        }
        if (dims.damaged) return damaged(error);
    }
    return !tensor.damaged || damaged(error);
}

// ----------------------------------------------------------------------------------------- graph

static bool put_end(OnnxFile *to, const Field *f, OnnxEnd **list, int *n, CnnError *error) {
    OnnxEnd end;
    if (*n == MOST_ENDS) return too_many(error, "inputs and outputs", MOST_ENDS);
    if (!read_end(to->a, f->span, &end, error)) return false;
    ARENA_PUSH(to->a, *list, *n, end);
    return true;
}

static bool put_part(OnnxFile *to, const Field *f, CnnError *error) {
    if (f->type != WIRE_SPAN) return true; // nothing that is read here
    switch (f->number) {
    case GRAPH_NODE: {
        OnnxNode node;
        if (to->nnode == MOST_NODES) return too_many(error, "nodes", MOST_NODES);
        if (!read_node(to->a, f->span, &node, error)) return false;
        ARENA_PUSH(to->a, to->node, to->nnode, node);
        return true;
    }
    case GRAPH_TENSOR: {
        OnnxTensor tensor;
        if (to->ntensor == MOST_TENSORS) return too_many(error, "constants", MOST_TENSORS);
        if (!read_tensor(to->a, f->span, &tensor, error)) return false;
        ARENA_PUSH(to->a, to->tensor, to->ntensor, tensor);
        return true;
    }
    case GRAPH_INPUT: return put_end(to, f, &to->in, &to->nin, error);
    case GRAPH_OUTPUT: return put_end(to, f, &to->out, &to->nout, error);
    case GRAPH_SPARSE: return cnn_fail(error, CNN_REFUSED, "has sparse weights: save them dense");
    default: return true;
    }
}

static bool read_graph(OnnxFile *to, Span message, CnnError *error) {
    Wire w = wire_of(message);
    Field f;
    while (wire_next(&w, &f))
        if (!put_part(to, &f, error)) return false;
    return !w.damaged || damaged(error);
}

static bool read_opset(OnnxFile *to, Span message, CnnError *error) {
    Wire w = wire_of(message);
    Field f;
    const char *domain = "";
    int64_t version = 0;
    while (wire_next(&w, &f)) {
        if (f.number == OPSET_DOMAIN) domain = text(to->a, &f);
        if (f.number == OPSET_VERSION) version = integer(&f);
    }
    if (!*domain || strcmp(domain, "ai.onnx") == 0) to->opset = version;
    return !w.damaged || damaged(error);
}

bool onnx_read(OnnxFile *to, Arena *a, Span bytes, CnnError *error) {
    Wire w = wire_of(bytes);
    Field f;
    bool any = false;
    *to = (OnnxFile){.a = a, .producer = ""};
    while (wire_next(&w, &f)) {
        bool good = true;
        if (f.number == MODEL_PRODUCER) to->producer = text(a, &f);
        if (f.number == MODEL_FUNCTION)
            good = cnn_fail(error, CNN_REFUSED,
                            "has functions of its own: have them put in place of their calls, as "
                            "onnx.inliner.inline_local_functions(model) does");
        if (f.number == MODEL_OPSET && f.type == WIRE_SPAN) good = read_opset(to, f.span, error);
        if (f.number == MODEL_GRAPH && f.type == WIRE_SPAN && !any) {
            any = true;
            good = read_graph(to, f.span, error);
        }
        if (!good) return false;
    }
    return (any && !w.damaged) || damaged(error);
}

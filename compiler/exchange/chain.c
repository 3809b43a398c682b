// SPDX-License-Identifier: MIT
// See chain.h.
#include "exchange/arguments.h"
#include "exchange/chain.h"
#include "exchange/onnx_proto.h"
#include "keras/layers/layer.h"
#include "support/text.h"
#include <stdarg.h>
#include <string.h>

enum { LEAST_OPSET = 7, MOST_OPSET = 26 };

bool chain_fault(Chain *c, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(c->a, fmt, ap);
    va_end(ap);
    if (c->wrong) return false;
    const OnnxNode *n = c->node;
    c->wrong = !n ? text : arena_printf(c->a, "node '%s' (%s): %s", n->name, n->type, text);
    return false;
}

// ---------------------------------------------------------------------------------------- layers

ChainLayer *chain_layer(Chain *c, const char *cls, const Shape *out) {
    ChainLayer *l = ARENA_NEW(c->a, ChainLayer);
    for (int d = 0; d < out->rank; d++)
        if (out->dim[d] < 1 || out->dim[d] > INT32_MAX)
            chain_fault(c, "its output has a dimension of %lld", (long long)out->dim[d]);
    json_t *config = json_object();
    *l = (ChainLayer){.cls = cls, .node = c->node, .config = config, .out = *out};
    json_array_append_new(c->layers, json_pack("{s:s, s:o}", "class_name", cls, "config", config));
    ARENA_PUSH(c->a, c->layer, c->nlayer, l);
    c->at.shape = *out;
    return l;
}

ChainLayer *chain_same(Chain *c, const char *cls) {
    c->at.positive = false;
    return chain_layer(c, cls, &c->at.shape);
}

ChainLayer *chain_last(const Chain *c) {
    return c->nlayer ? c->layer[c->nlayer - 1] : NULL;
}

void chain_pop(Chain *c) {
    c->nlayer--;
    json_array_remove(c->layers, json_array_size(c->layers) - 1);
}

void chain_set(ChainLayer *l, const char *name, json_t *value) {
    json_object_set_new(l->config, name, value);
}

void chain_set_ints(ChainLayer *l, const char *name, const int64_t *n, int count) {
    json_t *list = json_array();
    for (int i = 0; i < count; i++) json_array_append_new(list, json_integer(n[i]));
    chain_set(l, name, list);
}

void chain_weight(ChainLayer *l, const char *name, const float *value, int64_t count) {
    int i = 0;
    while (i < l->nweight && strcmp(l->weight[i].name, name) != 0) i++;
    if (i == l->nweight) l->nweight++;
    l->weight[i] = (ChainWeight){name, count, value};
}

const float *chain_weight_of(const ChainLayer *l, const char *name) {
    for (int i = 0; i < l->nweight; i++)
        if (strcmp(l->weight[i].name, name) == 0) return l->weight[i].value;
    return NULL;
}

const char *chain_spaced(Chain *c, const char *stem) {
    int space = chain_rank(c) - 1;
    if (space >= 1 && space <= 2) return arena_printf(c->a, "%s%dD", stem, space);
    chain_fault(c, "its input has %d dimensions of places: cnnc has this with one or two", space);
    return NULL;
}

// ----------------------------------------------------------------------------------------- graph

static bool index_graph(Chain *c) {
    OnnxFile *f = c->f;
    for (int i = 0; i < f->ntensor; i++) *map_slot(c->tensor, f->tensor[i].name) = &f->tensor[i];
    for (int i = 0; i < f->nnode; i++) {
        OnnxNode *n = &f->node[i];
        for (int k = 0; k < n->nout; k++) {
            if (!*n->out[k]) continue;
            void **slot = map_slot(c->maker, n->out[k]);
            if (*slot || map_get(c->tensor, n->out[k]))
                return chain_fault(c, "'%s' is made twice", n->out[k]);
            *slot = n;
        }
        for (int k = 0; k < n->nin && strcmp(n->type, "Shape") != 0; k++) {
            if (!*n->in[k]) continue;
            void **slot = map_slot(c->readers, n->in[k]);
            Readers *r = *slot ? *slot : (*slot = ARENA_NEW(c->a, Readers));
            if (!r->n || r->node[r->n - 1] != n) ARENA_PUSH(c->a, r->node, r->n, n);
        }
    }
    return true;
}

// Do the input's channels stand before its places? That the first node says which cares.
static bool is_channels_first(const Chain *c, int rank) {
    if (rank < 2) return false;
    for (int i = 0; i < c->f->nnode; i++) {
        const OnnxNode *n = &c->f->node[i];
        const ChainOperator *op = chain_operator(n->type);
        if (!op || op->kind & KEEPS) continue;
        if (op->kind & CHANNELS_FIRST) return true;
        bool moves = op->take == take_flatten || op->take == take_reshape;
        return moves && rank == 3 && strcmp(c->f->producer, "pytorch") == 0; // whose images are so
    }
    return false;
}

static bool begin(Chain *c) {
    const OnnxEnd *in = NULL;
    for (int i = 0; i < c->f->nin; i++) {
        if (map_get(c->tensor, c->f->in[i].name)) continue; // it has a value in the file
        if (in)
            return chain_fault(c,
                               "it has several inputs, '%s' and '%s': cnnc compiles models of one",
                               in->name, c->f->in[i].name);
        in = &c->f->in[i];
    }
    if (!in || c->f->nout != 1)
        return chain_fault(c, "it has %s: cnnc compiles models of one input and one output",
                           !in ? "no input" : "another number of outputs than one");
    if (in->type != ONNX_FLOAT)
        return chain_fault(c, "its input '%s' is of %s: cnnc takes float32", in->name,
                           onnx_type_name(in->type));
    if (in->rank < 0)
        return chain_fault(c,
                           "the file does not say how large its input '%s' is: export it with the "
                           "shape of an example",
                           in->name);
    int rank = in->rank - 1;
    if (rank < 1 || rank > MAX_RANK)
        return chain_fault(c, "its input '%s' has %d dimensions: cnnc takes samples of one to %d",
                           in->name, in->rank, MAX_RANK);
    if (in->dim[0] != ANY_SIZE && in->dim[0] != 1)
        return chain_fault(
            c,
            "its input '%s' is for %lld samples at a time: export it for one, or for "
            "any number",
            in->name, (long long)in->dim[0]);
    c->at = (Link){.name = in->name, .shape = {.rank = rank}};
    c->turned = is_channels_first(c, rank);
    Shape *seen = ARENA_NEW(c->a, Shape);
    seen->rank = rank;
    for (int d = 0; d < rank; d++) {
        if (in->dim[d + 1] < 1 || in->dim[d + 1] > INT32_MAX)
            return chain_fault(
                c, "its input '%s' has a dimension whose size is not known, or no size, number %d",
                in->name, d + 2);
        c->at.place[d] = !c->turned ? d : d ? d - 1 : rank - 1;
        c->at.shape.dim[c->at.place[d]] = seen->dim[d] = in->dim[d + 1];
    }
    c->input = c->at.shape;
    *map_slot(c->seen, in->name) = seen;
    return true;
}

// -------------------------------------------------------------------------------------- the walk

static bool several(Chain *c, const Readers *r) {
    c->node = NULL;
    const OnnxNode *x = r->node[0], *y = r->node[1];
    return chain_fault(c,
                       "the graph branches: '%s' goes to node '%s' (%s) and to node '%s' (%s), and "
                       "cnnc compiles chains of layers (Sequential)",
                       c->at.name, x->name, x->type, y->name, y->type);
}

static bool known_node(Chain *c, const ChainOperator *op) {
    const OnnxNode *n = c->node;
    if (*n->domain)
        return chain_fault(c, "it is an operator of '%s', and cnnc takes ONNX's own", n->domain);
    if (!op) return chain_fault(c, "cnnc has nothing for this operator");
    if (n->taken) return chain_fault(c, "the graph goes in a circle");
    if (n->nin > op->most)
        return chain_fault(c, "it has %d inputs, and cnnc knows up to %d", n->nin, op->most);
    for (int i = 1; i < n->nout; i++)
        if (*n->out[i] && (chain_readers(c, n->out[i])->n || !strcmp(n->out[i], c->f->out->name)))
            return chain_fault(c, "its output '%s' is used, and cnnc has the first alone",
                               n->out[i]);
    return n->nout > 0 || chain_fault(c, "it has no output");
}

static bool all_read(Chain *c) {
    for (int i = 0; i < c->node->nattribute; i++)
        if (!c->node->attribute[i].read)
            return chain_fault(c, "cnnc does not know its attribute '%s'",
                               c->node->attribute[i].name);
    return true;
}

static bool step(Chain *c) {
    const Readers *r = chain_readers(c, c->at.name);
    if (!r->n) return chain_fault(c, "the chain ends in '%s', which is not the output", c->at.name);
    c->node = r->node[0];
    if (chain_form(c)) return true;
    if (c->wrong) return false;
    if (r->n > 1) return several(c, r);
    const ChainOperator *op = chain_operator(c->node->type);
    if (!known_node(c, op)) return false;
    c->node->taken = true;
    if (!op->take(c) || c->wrong || !all_read(c)) return false;
    c->at.name = c->node->out[0];
    return true;
}

// What the shape of the value is, for who asks later.
static void remember(Chain *c) {
    Shape *seen = ARENA_NEW(c->a, Shape);
    seen->rank = chain_rank(c);
    for (int d = 0; d < seen->rank; d++) seen->dim[d] = chain_dim(c, d);
    *map_slot(c->seen, c->at.name) = seen;
}

// Any other order than the layers have is brought about, but where the model as a whole was turned.
static bool end(Chain *c) {
    bool first = c->turned && chain_rank(c) > 1;
    for (int d = 0; d < chain_rank(c); d++)
        first &= c->at.place[d] == (d ? d - 1 : chain_rank(c) - 1);
    if (!first) chain_natural(c);
    c->node = NULL;
    if (c->wrong) return false;
    if (chain_readers(c, c->at.name)->n)
        return chain_fault(c, "its output '%s' is read by further nodes", c->at.name);
    for (int i = 0; i < c->f->nnode; i++) {
        OnnxNode *n = c->node = &c->f->node[i];
        if (!n->taken && (n->nout != 1 || !chain_known(c, n->out[0])))
            return chain_fault(c, "it is not on the way from the input to the output");
    }
    return true;
}

static bool walk(Chain *c) {
    const int64_t opset = c->f->opset;
    if (opset < LEAST_OPSET || opset > MOST_OPSET)
        return chain_fault(c, "it is of ONNX's opset %lld: cnnc knows %d to %d", (long long)opset,
                           LEAST_OPSET, MOST_OPSET);
    if (!index_graph(c) || !begin(c)) return false;
    while (strcmp(c->at.name, c->f->out->name) != 0) {
        if (!step(c)) return false;
        remember(c);
    }
    return end(c) && (c->nlayer || chain_fault(c, "it has no node that is a layer"));
}

// ------------------------------------------------------------------------------------ the results

// "fc1" of weights called fc1.weight or fc1/kernel; NULL: it is no name for a layer.
static const char *own_name(const Chain *c, const ChainLayer *l) {
    static const char *const ends[] = {".weight", "/kernel"};
    const char *weight = l->node && l->nweight && l->node->nin > 1 ? l->node->in[1] : "";
    size_t size = 0;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (text_ends(weight, ends[i])) size = strlen(weight) - strlen(ends[i]);
    const char *name = arena_strndup(c->a, weight, size);
    bool fit = map_get(c->tensor, weight) && size && size < 60 && !strchr(name, '/');
    return fit && !text_has_control(name) ? name : NULL;
}

static bool comes_by_itself(const char *name) { // "conv2d", "conv2d_1"
    for (const LayerClass *const *cls = layer_classes; *cls; cls++) {
        const size_t n = strlen((*cls)->stem);
        if (strncmp(name, (*cls)->stem, n) != 0) continue;
        const char *rest = name + n + (name[n] == '_');
        if (!rest[strspn(rest, "0123456789")]) return true;
    }
    return false;
}

// No two have one name, also of those that come by themselves.
static void name_layers(Chain *c) {
    Map *names = map_new(c->a);
    for (int i = 0; i < c->nlayer; i++) {
        const char *name = own_name(c, c->layer[i]);
        if (!name || comes_by_itself(name) || map_get(names, name)) continue;
        *map_slot(names, name) = c;
        chain_set(c->layer[i], "name", json_string(name));
    }
}

bool chain_read(Chain *c, Arena *a, OnnxFile *f, json_t **model) {
    *c = (Chain){.a = a, .f = f, .layers = json_array()};
    Map **maps[] = {&c->tensor, &c->known, &c->maker, &c->readers, &c->seen};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) *maps[i] = map_new(a);
    bool good = walk(c);
    if (!good) return *model = NULL, false;
    name_layers(c);
    json_array_insert_new(c->layers, 0, arguments_input(&c->input, NULL));
    *model = json_pack("{s:s, s:{s:O}}", "class_name", "Sequential", "config", "layers", c->layers);
    return true;
}

void chain_drop(Chain *c) {
    json_decref(c->layers);
}

static const char *fill(const Chain *c, const ChainLayer *from, const Layer *l, float **to) {
    for (int i = 0; i < l->nweight; i++) {
        const Weight *w = &l->weight[i];
        const int64_t count = shape_count(&w->shape);
        const ChainWeight *given = NULL;
        for (int k = 0; k < from->nweight; k++)
            if (strcmp(from->weight[k].name, w->name) == 0) given = &from->weight[k];
        if (!given || given->count != count)
            return arena_printf(
                c->a, "layer '%s' needs %lld numbers of '%s', and the file has %lld", l->name,
                (long long)count, w->name, given ? (long long)given->count : 0);
        memcpy(*to, given->value, (size_t)count * sizeof **to);
        *to += count;
    }
    return NULL;
}

const char *chain_weights(const Chain *c, const Model *m, float *to) {
    if (m->nlayer != c->nlayer) return "its layers are not those of the graph";
    for (int i = 0; i < m->nlayer; i++) {
        const Layer *l = &m->layer[i];
        const Shape *made = &c->layer[i]->out;
        if (l->out.rank != made->rank ||
            memcmp(l->out.dim, made->dim, (size_t)made->rank * sizeof *made->dim) != 0)
            return arena_printf(c->a, "layer '%s' makes %s, and its node %s", l->name,
                                shape_text(c->a, &l->out), shape_text(c->a, made));
        const char *wrong = fill(c, c->layer[i], l, &to);
        if (wrong) return wrong;
    }
    return NULL;
}

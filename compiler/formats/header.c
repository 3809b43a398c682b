// SPDX-License-Identifier: MIT
// See header.h. The header is clean C99 and C++11, and works for an object made with the same flags
// only: it refers to a symbol that is named after the object's sizes, so a mismatch fails at link.
#include "formats/header.h"
#include "formats/apart.h"
#include "support/text.h"
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

const char *header_upper(Arena *a, const char *s) {
    char *u = arena_printf(a, "%s", s);
    for (char *c = u; *c; c++) *c = (char)toupper((unsigned char)*c);
    return u;
}

// A file name inside a comment must not end it.
const char *header_harmless(Arena *a, const char *name) {
    char *s = arena_printf(a, "%s", text_line(a, name));
    for (char *c = s; *c; c++)
        if (*c == '*' || *c == '\\') *c = '?';
    return s;
}

const char *header_dims(Arena *a, const Tensor *t) {
    const char *text = "";
    for (int d = 0; d < t->rank; d++)
        text = arena_printf(a, "%s%s%lld", text, d ? ", " : "", (long long)t->dim[d]);
    return text;
}

// Of the object as a whole: one for several levels runs everywhere.
static const char *needs_of(const Plan *p, const HeaderFacts *f) {
    return f->nlevel > 1 ? "" : p->target.needs;
}

const char *header_cpu(Arena *a, const Plan *p, const HeaderFacts *f, const char *P) {
    const char *needs = needs_of(p, f);
    if (!*needs)
        return arena_printf(a, "#define %s_CPU_NEEDS \"\" /* made for %s */\n", P, p->target.cpu);
    return arena_printf(
        a,
        "/* Made for %s. The CPU must have all of these, as nothing checks it: on a\n"
        "   lesser one a call ends in SIGILL.%s */\n"
        "#define %s_CPU_NEEDS \"%s\"\n",
        p->target.cpu,
        strncmp(p->target.triple, "x86_64", strlen("x86_64"))
            ? ""
            : " (-mcpu=x86-64 or --cpu-dispatch make an\n   object for any x86-64.)",
        P, needs);
}

const char *header_check(Arena *a, const HeaderFacts *f) {
    return arena_printf(
        a,
        "/* Refers to the object this header was made with: another one fails at link. */\n"
        "extern const char %s;\n"
        "#ifdef __GNUC__ /* the reference stays even where nothing uses it */\n"
        "__attribute__((used))\n"
        "#endif\n"
        "static const char *const %s_object_check = &%s;\n",
        f->size_symbol, f->prefix, f->size_symbol);
}

// What is said of weights that are apart.
static const char *apart_sizes(Arena *a, const HeaderFacts *f, const char *P) {
    if (!f->weights) return "";
    return arena_printf(a,
                        "#define %s_WEIGHTS_BYTES %lld /* of a file of cnnc emit --as=weights */\n"
                        "#define %s_WEIGHTS_ALIGN %d /* of the pointer to its bytes */\n"
                        "#define %s_PARAMS_BYTES %lld /* what pack makes it of: where %s_info() "
                        "says */\n"
                        "#define %s_PACK_BYTES %lld /* of pack's own; pointer aligned to 64 */\n",
                        P, (long long)f->weights, P, APART_HEAD, P, (long long)f->params, f->prefix,
                        P, (long long)f->pack_room);
}

static const char *apart_check(Arena *a, const HeaderFacts *f, const char *P) {
    if (!f->weights) return "";
    return arena_printf(
        a,
        "/* 1: these %s_WEIGHTS_BYTES were made for this object; 0: for another. "
        "predict does not ask. */\n"
        "int %s_check(const void *weights);\n"
        "/* Makes %s_WEIGHTS_BYTES of %s_PARAMS_BYTES. 1; 0: a number is not finite "
        "in 16 bits. */\n"
        "int %s_pack(const float *params, void *weights, void *room);\n",
        P, f->prefix, P, P, f->prefix);
}

const char *header_text(Arena *a, const Plan *p, const HeaderFacts *f) {
    const Tensor *in = &p->step->tensor[p->step->input], *out = &p->step->tensor[p->step->output];
    const char *P = header_upper(a, f->prefix), *q = f->prefix;
    const char *weights = f->weights ? "const void *weights, " : "";
    const char *sizes = arena_printf(
        a,
        "#define %s_INPUT_SHAPE  {%s}\n"
        "#define %s_INPUT_SIZE   %lld /* floats */\n"
        "#define %s_OUTPUT_SHAPE {%s}\n"
        "#define %s_OUTPUT_SIZE  %lld /* floats */\n"
        "#define %s_WORKSPACE_BYTES %lld /* whatever n; pointer aligned to 64; contents don't "
        "matter */\n"
        "#define %s_STACK_BYTES  %lld /* no more than this on the stack */\n%s",
        P, header_dims(a, in), P, (long long)in->sample_stride, P, header_dims(a, out), P,
        (long long)out->sample_stride, P, (long long)f->workspace, P, (long long)f->stack,
        apart_sizes(a, f, P));
    const char *calls = arena_printf(
        a,
        "/* input: n samples of %s_INPUT_SIZE floats; output: n of %s_OUTPUT_SIZE. No overlap. */\n"
        "void %s_predict(const float *input, float *output, %svoid *workspace);\n"
        "void %s_predict_batch(const float *input, float *output, size_t n, %svoid *workspace);\n%s"
        "const char *%s_info(void); /* JSON: versions, source, target, shapes, parameters, classes "
        "*/\n",
        P, P, q, weights, q, weights, apart_check(a, f, P), q);
    return arena_printf(a,
                        "/* Made by cnnc %s from %s. SPDX-License-Identifier: 0BSD */\n"
                        "#ifndef %s_H\n#define %s_H\n#include <stddef.h>\n\n"
                        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n%s\n%s\n%s\n%s\n"
                        "#ifdef __cplusplus\n}\n#endif\n#endif\n",
                        f->version, header_harmless(a, f->source), P, P, sizes,
                        header_cpu(a, p, f, P), calls, header_check(a, f));
}

static json_t *words(Arena *a, const char *text) {
    json_t *j = json_array();
    char *rest, *copy = arena_printf(a, "%s", text);
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
        json_array_append_new(j, json_string(w));
    return j;
}

json_t *header_shape(const Tensor *t) {
    json_t *j = json_array();
    for (int d = 0; d < t->rank; d++) json_array_append_new(j, json_integer(t->dim[d]));
    return j;
}

json_t *header_weights(const Step *s) {
    json_t *all = json_array();
    for (int i = 0; i < s->nweight; i++) {
        const Tensor *t = &s->tensor[s->weight_tensor[i]];
        json_array_append_new(all, json_pack("{s:s, s:o, s:I, s:b}", "name", t->name, "shape",
                                             header_shape(t), "at", (json_int_t)(t->offset / 4),
                                             "trained", (int)s->weight[i]->trainable));
    }
    return all;
}

json_t *header_object(Arena *a, const Plan *p, const HeaderFacts *f) {
    const Model *m = p->step->model;
    json_t *levels = json_array();
    for (int i = 0; i < f->nlevel; i++) json_array_append_new(levels, json_string(f->level[i]));
    json_t *classes = json_array();
    for (int i = 0; i < m->nclass; i++)
        json_array_append_new(classes, json_string(m->class_name[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:o}", "cnnc",
                     f->version, "name", f->prefix, "source", text_utf8(a, f->source),
                     "source_hash", f->source_hash, "target", p->target.triple, "cpu",
                     p->target.cpu, "needs", words(a, needs_of(p, f)), "levels", levels,
                     "input_shape", header_shape(&p->step->tensor[p->step->input]), "output_shape",
                     header_shape(&p->step->tensor[p->step->output]), "parameters",
                     (json_int_t)model_parameters(m, false), "workspace_bytes",
                     (json_int_t)f->workspace, "class_names", classes);
}

const char *header_dump(Arena *a, json_t *object) {
    char *text = json_dumps(object, JSON_COMPACT);
    const char *copy = arena_printf(a, "%s", text);
    free(text);
    json_decref(object);
    return copy;
}

const char *header_info(Arena *a, const Plan *p, const HeaderFacts *f) {
    json_t *object = header_object(a, p, f);
    if (f->narrow) json_object_set_new(object, "weights_in", json_string(narrow_name[f->narrow]));
    if (f->weights) {
        const char *id = apart_identity_text(a, f->weights_identity);
        json_object_set_new(object, "weights_bytes", json_integer(f->weights));
        json_object_set_new(object, "weights_id", json_string(id));
        json_object_set_new(object, "params_bytes", json_integer(f->params));
        json_object_set_new(object, "pack_bytes", json_integer(f->pack_room));
        json_object_set_new(object, "weights", header_weights(p->step));
    }
    return header_dump(a, object);
}

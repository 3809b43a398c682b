// SPDX-License-Identifier: MIT
// See train_header.h. As for the other objects, the header is clean C99 and C++11 and goes with one object only.
#include "formats/train_header.h"
#include "keras/losses/loss.h"
#include "keras/optimizers/optimizer.h"
#include "support/text.h"
#include <jansson.h>
#include <string.h>

static const char *number(Arena *a, int64_t n) {
    return text_thousands(a, n);
}

static int64_t label_words(const Step *s) {
    return tensor_count(&s->tensor[s->label]) + (s->counts >= 0);
}

// What a sample's label is, in words.
static const char *label_text(Arena *a, const Step *s) {
    long long n = (long long)tensor_count(&s->tensor[s->label]);
    const char *text = loss_class_numbers(&s->model->loss)
                           ? arena_printf(a, "%lld int32_t, class number%s", n, n > 1 ? "s" : "")
                           : arena_printf(a, "%lld float%s", n, n > 1 ? "s" : "");
    return s->counts >= 0 ? arena_printf(a, "%s, then a float: what the sample counts", text)
                          : text;
}

static const char *sizes(Arena *a, const Plan *p, const TrainFacts *f, const char *P) {
    const Step *s = p->step;
    const TrainingSizes *m = &f->size.memory;
    const Tensor *in = &s->tensor[s->input], *out = &s->tensor[s->output];
    const char *text = arena_printf(
        a,
        "#define %s_INPUT_SHAPE  {%s}\n"
        "#define %s_INPUT_SIZE   %lld /* floats */\n"
        "#define %s_LABEL_SIZE   %lld /* words of 4 bytes: %s */\n"
        "#define %s_OUTPUT_SHAPE {%s}\n"
        "#define %s_OUTPUT_SIZE  %lld /* floats */\n"
        "#define %s_FIGURES      %d /* loss and metrics */\n"
        "#define %s_BATCH_SIZE   %lld /* samples of a step at most */\n",
        P, header_dims(a, in), P, (long long)in->sample_stride, P, (long long)label_words(s),
        label_text(a, s), P, header_dims(a, out), P, (long long)out->sample_stride, P,
        (int)model_figures(s->model), P, (long long)m->batch);
    return arena_printf(
        a,
        "%s"
        "/* The caller's memory; each block begins at a multiple of 64 bytes. */\n"
        "#define %s_PARAMS_BYTES    %lld /* the weights, where %s_info() says */\n"
        "#define %s_STATE_BYTES     %lld /* the optimiser's, and where the training is */\n"
        "#define %s_WORKSPACE_BYTES %lld /* zeros before the first step; the next one's after it "
        "*/\n"
        "#define %s_PREDICT_BYTES   %lld /* of predict; contents don't matter */\n"
        "#define %s_STACK_BYTES     %lld /* no more than this on the stack */\n"
        "#define %s_CODE_BYTES      %lld /* of the object: machine code and constants */\n",
        text, P, (long long)m->params, f->of.prefix, P, (long long)m->state, P,
        (long long)m->workspace, P, (long long)m->predict_workspace, P, (long long)f->of.stack, P,
        (long long)f->size.code);
}

static const char *thawed(Arena *a, const Plan *p, const TrainFacts *f) {
    const Model *m = p->step->model;
    const TrainSize *all = f->thawed, *own = &f->size;
    if (!all) return "";
    return arena_printf(a,
                        "/* %s of %s parameters are trained. If all layers were, it would be:\n"
                        "     code       %s bytes, not %s\n"
                        "     state      %s bytes, not %s\n"
                        "     workspace  %s bytes, not %s */\n\n",
                        number(a, model_parameters(m, true)), number(a, model_parameters(m, false)),
                        number(a, all->code), number(a, own->code), number(a, all->memory.state),
                        number(a, own->memory.state), number(a, all->memory.workspace),
                        number(a, own->memory.workspace));
}

static const char *left_out(Arena *a, const TrainFacts *f) {
    const char *text = "";
    for (int i = 0; i < f->nleft_out; i++)
        text = arena_printf(a, "%s%s%s", text, i ? ", " : "", header_harmless(a, f->left_out[i]));
    return f->nleft_out ? arena_printf(a, "/* Left to the caller: %s. */\n\n", text) : "";
}

static const char *calls(Arena *a, const Plan *p, const char *q) {
    const char *text = arena_printf(
        a,
        "/* The first weights; a program draws the same of this seed. */\n"
        "void %s_init(float *params, uint32_t seed);\n"
        "/* A training begins: epoch 0, nothing in the optimiser's state. The seed is that of "
        "dropout\n"
        "   and the like. */\n"
        "void %s_start(void *state, uint32_t seed);\n"
        "/* A step on samples 0 to n - 1: the loss, a mean over them. Without a step of so many "
        "samples\n"
        "   nothing happens, and it is nan. Denormals are flushed to zero until it returns. */\n"
        "double %s_train_step(const float *x, const void *y, size_t n, float *params, void "
        "*state,\n"
        "                     void *workspace);\n"
        "/* The next step is the first one of this epoch, counted from 0. */\n"
        "void %s_set_epoch(void *state, uint32_t epoch);\n"
        "/* In place of the model's learning rate, for all steps to come. */\n"
        "void %s_set_rate(void *state, double rate);\n"
        "/* Loss and metrics over the epoch so far. */\n"
        "void %s_figures(const void *state, double *figures);\n",
        q, q, q, q, q, q);
    if (optimizer_average(&p->step->model->optimizer) >= 0)
        text = arena_printf(a,
                            "%s/* At the end: the weights become their moving average. */\n"
                            "#define %s_HAS_AVERAGE 1\n"
                            "void %s_finish(float *params, const void *state);\n",
                            text, header_upper(a, q), q);
    return arena_printf(
        a,
        "%s"
        "/* A program's order of n samples: in epoch e step s takes the samples order[s * batch "
        "size],\n"
        "   and so on. */\n"
        "void %s_shuffle(uint32_t *order, uint32_t n, uint32_t seed, uint32_t epoch);\n"
        "/* What the network makes of n samples. No overlap. */\n"
        "void %s_predict(const float *input, float *output, size_t n, const float *params,\n"
        "                void *workspace);\n"
        "const char *%s_info(void); /* JSON: what stands here, and where each weight is */\n",
        text, q, q, q);
}

const char *train_header_text(Arena *a, const Plan *p, const TrainFacts *f) {
    const char *P = header_upper(a, f->of.prefix);
    return arena_printf(a,
                        "/* Made by cnnc %s from %s. SPDX-License-Identifier: 0BSD */\n"
                        "#ifndef %s_H\n#define %s_H\n#include <stddef.h>\n#include <stdint.h>\n\n"
                        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n%s%s\n%s%s%s\n%s\n"
                        "#ifdef __cplusplus\n}\n#endif\n#endif\n",
                        f->of.version, header_harmless(a, f->of.source), P, P, sizes(a, p, f, P),
                        header_cpu(a, p, &f->of, P), thawed(a, p, f), left_out(a, f),
                        calls(a, p, f->of.prefix), header_check(a, &f->of));
}

static json_t *figures(const Model *m) {
    json_t *all = json_array();
    json_array_append_new(all, json_string("loss"));
    for (int i = 0; i < m->nmetric; i++)
        for (int64_t k = 0; k < m->metric[i].figures; k++) {
            bool one = m->metric[i].figures == 1;
            json_t *name = one ? json_string(m->metric[i].name)
                               : json_sprintf("%s[%lld]", m->metric[i].name, (long long)k);
            json_array_append_new(all, name);
        }
    return all;
}

const char *train_header_info(Arena *a, const Plan *p, const TrainFacts *f) {
    const Step *s = p->step;
    const TrainingSizes *m = &f->size.memory;
    json_t *left = json_array();
    for (int i = 0; i < f->nleft_out; i++)
        json_array_append_new(left, json_string(text_utf8(a, f->left_out[i])));
    json_t *root = header_object(a, p, &f->of);
    json_t *more =
        json_pack("{s:o, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s, s:s}",
                  "label_shape", header_shape(&s->tensor[s->label]), "label_classes",
                  (int)loss_class_numbers(&s->model->loss), "label_counts", (int)(s->counts >= 0),
                  "batch_size", (json_int_t)m->batch, "params_bytes", (json_int_t)m->params,
                  "state_bytes", (json_int_t)m->state, "workspace_bytes", (json_int_t)m->workspace,
                  "predict_bytes", (json_int_t)m->predict_workspace, "trained_parameters",
                  (json_int_t)model_parameters(s->model, true), "figures", figures(s->model),
                  "weights", header_weights(s), "loss", s->model->loss.cls->object.function,
                  "optimizer", s->model->optimizer.cls->object.name);
    json_object_set_new(more, "left_out", left);
    json_object_update(root, more);
    json_decref(more);
    return header_dump(a, root);
}

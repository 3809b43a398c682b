// SPDX-License-Identifier: MIT
// Keras's own functions: seeds, and what its backend is.
#include "data/data.h"
#include <string.h>

static const Value none = {.kind = VALUE_NONE};

static Value set_seed(Eval *e, const Call *call, const char *name) {
    struct {
        int64_t seed;
    } args;
    const Arg table[] = {{name, ARG_INT, .offset = 0, .min = 0, .max = UINT32_MAX}, {0}};
    if (!bind(e, call, &(ArgTable){table, &args, bind_locs(e->a, table)}, 1)) return eval_error();
    e->seed = (uint32_t)args.seed;
    return none;
}

static Value run_seed(Eval *e, const Call *call) {
    return set_seed(e, call, "seed");
}
// numpy's generator starts from it, too.
static Value run_numpy_seed(Eval *e, const Call *call) {
    Value v = set_seed(e, call, "seed");
    if (v.kind != VALUE_ERROR) random_seeded(e, e->seed);
    return v;
}
static Value run_random_seed(Eval *e, const Call *call) {
    return set_seed(e, call, "a");
}

static Value run_clear(Eval *e, const Call *call) {
    const Value *v;
    static const char *const names[] = {"free_memory"};
    if (!take(e, call, names, 0, 1, &v)) return eval_error();
    e->counters = map_new(e->a); // names start anew
    return none;
}

static Value backend_text(Eval *e, const Call *call, const char *text) {
    const Value *v;
    if (!take(e, call, NULL, 0, 0, &v)) return eval_error();
    return (Value){.kind = VALUE_STRING, .text = text};
}
static Value run_data_format(Eval *e, const Call *call) {
    return backend_text(e, call, "channels_last");
}
// What is set already may be set again.
static Value set_text(Eval *e, const Call *call, const char *name, const char *text) {
    const Value *v;
    if (!take(e, call, &name, 1, 1, &v)) return eval_error();
    if (v->kind == VALUE_STRING && strcmp(v->text, text) == 0) return none;
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, call->loc, 208, "'%s' can only be \"%s\", not %s", name, text,
                   value_describe(e->a, v));
    return eval_error();
}
static Value run_set_data_format(Eval *e, const Call *call) {
    return set_text(e, call, "data_format", "channels_last");
}
static Value run_set_floatx(Eval *e, const Call *call) {
    return set_text(e, call, "value", "float32");
}
static Value run_floatx(Eval *e, const Call *call) {
    return backend_text(e, call, "float32");
}
static Value run_backend(Eval *e, const Call *call) {
    return backend_text(e, call, "tensorflow");
}
static Value run_epsilon(Eval *e, const Call *call) {
    const Value *v;
    if (!take(e, call, NULL, 0, 0, &v)) return eval_error();
    return (Value){.kind = VALUE_FLOAT, .real = 1e-7};
}

// Of Keras 1: "tf" was what is "channels_last" now.
static Value run_set_ordering(Eval *e, const Call *call) {
    const Argument *arg = call->n == 1 ? call->arg : NULL;
    catalog_no_member(e, "backend", call->what, call->loc);
    diag_help(e->d, call->loc, "Keras 3 has set_image_data_format(\"channels_last\")");
    if (!arg || arg->value.kind != VALUE_STRING || strcmp(arg->value.text, "tf") != 0)
        return eval_error();
    edit_word(e, call->loc, call->what, "set_image_data_format");
    edit_replace(e, arg->loc, "\"channels_last\"");
    return eval_error();
}

const Function model_functions[] = {
    {"print", "", print_run, true},
    {"set_random_seed", "utils", run_numpy_seed},
    {"set_seed", "tf.random", run_seed},
    {"seed", "numpy.random", run_numpy_seed},
    {"seed", "random", run_random_seed},
    {"clear_session", "utils", run_clear},
    {"clear_session", "backend", run_clear},
    {"image_data_format", "backend", run_data_format},
    {"image_data_format", "config", run_data_format},
    {"set_image_data_format", "backend", run_set_data_format},
    {"set_image_data_format", "config", run_set_data_format},
    {"set_floatx", "backend", run_set_floatx},
    {"set_floatx", "config", run_set_floatx},
    {"set_image_dim_ordering", "backend", run_set_ordering},
    {"floatx", "backend", run_floatx},
    {"floatx", "config", run_floatx},
    {"backend", "backend", run_backend},
    {"backend", "config", run_backend},
    {"epsilon", "backend", run_epsilon},
    {"epsilon", "config", run_epsilon},
    {0},
};

// SPDX-License-Identifier: MIT
// The methods of models; which model is compiled; what the file as a whole must hold.
#include "formats/summary.h"
#include "script/eval.h"
#include "support/text.h"
#include <math.h>
#include <string.h>

static const Value none = {.kind = VALUE_NONE};

void statement_add(Eval *e, const Sequential *of, Loc loc, Statement s) {
    Acting made = {of, s, loc};
    ARENA_PUSH(e->a, e->acting, e->nstatement, made);
}

void model_lacks(Eval *e, Loc loc, const char *flag, const char *text) {
    Model *m = e->model;
    if (m->lacks) return;
    m->lacks = text;
    m->lacks_loc = loc;
    diag_warning(e->d, loc, flag, "no program can be built: %s", text);
}

// ------------------------------------------------------------------------------------ methods

// Models of functional notation have all their layers from the beginning.
static bool grows(Eval *e, const Call *call) {
    if (!e->model->input_name) return true;
    diag_error(e->d, call->loc, 102, "a model made by Model(inputs, outputs) has no '%s'",
               call->what);
    return false;
}

static Value method_add(Eval *e, const Call *call) {
    struct {
        const Value *layer;
    } args;
    static const Arg table[] = {
        {"layer", ARG_VALUE, .offset = 0}, ARG_UNSUPPORTED("rebatch", "True"), {0}};
    if (!bind(e, call, &(ArgTable){table, &args, bind_locs(e->a, table)}, 1)) {
        e->at->broken = true;
        return eval_error();
    }
    if (!grows(e, call)) return eval_error();
    if (e->model->has_compile) {
        diag_error(e->d, call->loc, 406, "add stands before compile, fit and evaluate");
        return eval_error();
    }
    e->at->finished = false;
    sequential_add(e, args.layer);
    sequential_grown(e);
    return none;
}

static Value method_pop(Eval *e, const Call *call) {
    const Value *v;
    if (!take(e, call, NULL, 0, 0, &v) || !grows(e, call)) return eval_error();
    if (e->model->has_compile || e->at->nlayer == 0) {
        diag_error(e->d, call->loc, 406,
                   e->at->nlayer ? "pop stands before compile, fit and evaluate"
                                 : "the model has no layer to pop");
        return eval_error();
    }
    e->at->finished = false;
    e->at->nlayer--;
    sequential_grown(e);
    return none;
}

// build((None, 28, 28, 1)): the size of the input, of which the first is the batch's.
static Value method_build(Eval *e, const Call *call) {
    static const char *const names[] = {"input_shape"};
    const Value *v;
    if (!take(e, call, names, 0, 1, &v)) return eval_error();
    if (!v || v->kind == VALUE_NONE) return none;
    bool batch = value_is_sequence(v) && value_count(v) > 1 && value_at(v, 0)->kind == VALUE_NONE;
    if (!batch) {
        diag_error(e->d, v->loc, 206,
                   "build takes a shape with the batch in front, as in (None, 28, 28, 1), not %s",
                   value_describe(e->a, v));
        return eval_error();
    }
    Value rest = value_sequence(e->a, VALUE_TUPLE, 0);
    for (int i = 1; i < value_count(v); i++) value_append(e->a, &rest, *value_at(v, i));
    rest.loc = v->loc;
    e->at->built = arena_copy(e->a, &rest, sizeof rest);
    return none;
}

// With arguments the program prints a text of its own.
static Value method_summary(Eval *e, const Call *call) {
    SummaryForm form;
    static const Arg table[] = {
        {"line_length", ARG_INT_OPT, offsetof(SummaryForm, line_length), .standard = "None",
         .min = 1, .max = 1000},
        ARG_UNSUPPORTED("positions", "None"),
        ARG_UNSUPPORTED("print_fn", "None"),
        {"expand_nested", ARG_BOOL, offsetof(SummaryForm, nested), .standard = "False"},
        {"show_trainable", ARG_BOOL, offsetof(SummaryForm, trainable), .standard = "False"},
        ARG_UNSUPPORTED("layer_range", "None"),
        {0},
    };
    if (!bind(e, call, &(ArgTable){table, &form, bind_locs(e->a, table)}, 1)) return eval_error();
    Statement s = {.kind = STATEMENT_SUMMARY, .end = ""};
    if ((form.nested || form.trainable || form.line_length) && !e->at->broken) {
        PrintItem *item = ARENA_NEW(e->a, PrintItem);
        item->text = summary_classic(e->a, e->model, form);
        s.kind = STATEMENT_PRINT, s.item = item, s.nitem = 1;
    }
    statement_add(e, e->at, call->loc, s);
    e->at->summarised = true;
    return none;
}

static Value method_count_params(Eval *e, const Call *call) {
    const Value *v;
    if (!take(e, call, NULL, 0, 0, &v) || e->at->broken) return eval_error();
    return (Value){
        .kind = VALUE_INT, .loc = call->loc, .integer = model_parameters(e->model, false)};
}

// By its name, or by its number among model.layers.
static Value method_get_layer(Eval *e, const Call *call) {
    static const char *const names[] = {"name", "index"};
    const Value *v[2];
    Value layers, self = {.kind = VALUE_MODEL, .loc = call->loc, .model = e->at};
    if (!take(e, call, names, 0, 2, v)) return eval_error();
    for (int i = 0; i < 2; i++)
        if (v[i] && v[i]->kind == VALUE_NONE) v[i] = NULL;
    if (!v[0] == !v[1]) {
        diag_error(e->d, call->loc, 205, "get_layer takes a name or an index");
        return eval_error();
    }
    attribute_get(e, &self, "layers", &layers);
    int n = layers.kind == VALUE_LIST ? value_count(&layers) : 0;
    for (int i = 0; i < n; i++) {
        Value name;
        attribute_get(e, value_at(&layers, i), "name", &name);
        bool named = v[0] && v[0]->kind == VALUE_STRING && strcmp(name.text, v[0]->text) == 0;
        bool there =
            v[1] && v[1]->kind == VALUE_INT && (v[1]->integer == i || v[1]->integer == i - n);
        if (named || there) return *value_at(&layers, i);
    }
    diag_error(e->d, call->loc, 102, "the model has no layer %s",
               value_repr(e->a, v[0] ? v[0] : v[1]));
    return eval_error();
}

static const struct {
    const char *name;
    Value (*run)(Eval *, const Call *);
    bool whole; // looks at the model as a whole
} methods[] = {
    {"add", method_add, false},
    {"pop", method_pop, false},
    {"build", method_build, false},
    {"summary", method_summary, true},
    {"count_params", method_count_params, true},
    {"get_layer", method_get_layer, false},
    {"compile", method_compile, true},
    {"fit", method_fit, true},
    {"evaluate", method_evaluate, true},
    {"predict", method_predict, true},
    {"save", method_save, true},
    {"save_weights", method_save_weights, true},
    {"load_weights", method_load_weights, true},
};

static Value unknown_method(Eval *e, const char *name, Loc loc, Loc call_loc) {
    enum { N = sizeof methods / sizeof *methods };
    const char *names[N];
    for (int i = 0; i < N; i++) names[i] = methods[i].name;
    static const char others[] = " call set_weights from_config train_on_batch test_on_batch "
                                 "predict_on_batch quantize reset_states ";
    static const char told[] = " get_weights to_json to_yaml get_config export "; // of it
    if (strstr(told, arena_printf(e->a, " %s ", name)))
        return foreign_made(e, arena_printf(e->a, "model.%s", name), loc);
    if (strstr(others, arena_printf(e->a, " %s ", name))) {
        diag_error(e->d, loc, 407, "model.%s is not supported yet", name);
        return eval_error();
    }
    const char *nearest = text_nearest(name, names, N);
    diag_error(e->d, loc, 102, "the model has no method '%s'", name);
    if (!spelling_method(e, name, loc, call_loc) && nearest)
        diag_help(e->d, loc, "did you mean '%s'?", nearest);
    return eval_error();
}

// compile looks at the output: where the size of the input comes with the data, it waits for them.
static Value hold_back(Eval *e, const Call *call) {
    e->at->compiling = arena_copy(e->a, call, sizeof *call);
    e->model->has_compile = true;
    return none;
}

static void run_held_back(Eval *e) {
    const Call *call = e->at->compiling;
    e->at->compiling = NULL;
    if (!call) return;
    for (int i = 0; i < call->n; i++)
        if (call->arg[i].value.kind == VALUE_ERROR) {
            e->at->broken = true;
            return;
        }
    method_compile(e, call);
}

static const Value *data_given(const Call *call) {
    for (int i = 0; i < call->n; i++)
        if (!call->arg[i].keyword || strcmp(call->arg[i].keyword, "x") == 0)
            return &call->arg[i].value;
    return NULL;
}

// The data may tell the size of the input, or why it is not known.
static void look_at_data(Sequential *s, const Call *call) {
    const Value *x = data_given(call);
    s->data = x && x->kind == VALUE_ARRAY ? x->array : NULL;
    s->unknown = x && x->kind == VALUE_FOREIGN ? x->foreign : NULL;
}

Value method_run(Eval *e, const Bound *bound, const Call *call, Loc name_loc) {
    enum { N = sizeof methods / sizeof *methods };
    int i = 0;
    sequential_use(e, bound->self.model);
    while (i < N && strcmp(methods[i].name, bound->name) != 0) i++;
    if (i == N) return unknown_method(e, bound->name, name_loc, call->loc);
    bool compile = methods[i].run == method_compile;
    if (compile && !sequential_sized(e)) return hold_back(e, call);
    if (methods[i].whole) look_at_data(e->at, call);
    if (methods[i].whole) sequential_finish(e);
    run_held_back(e);
    bool uses = methods[i].run == method_fit || methods[i].run == method_evaluate;
    if (uses && e->at->loaded)
        model_lacks(
            e, call->loc, "weights",
            arena_printf(e->a, "%s after load_weights of a file that is not known", bound->name));
    for (int k = 0; k < call->n; k++)
        if (call->arg[k].value.kind == VALUE_ERROR) {
            e->at->broken |= !methods[i].whole || compile; // of what compile lacks nothing is said
            e->model->has_compile |= compile;
            return eval_error();
        }
    int errors = diag_errors(e->d);
    Value result = methods[i].run(e, call);
    if (compile && diag_errors(e->d) > errors) e->at->broken = true; // its metrics are not known
    return result;
}

// ------------------------------------------------------------------------- the file's last word

static void check_class_names(Eval *e) {
    Model *m = e->model;
    const Value *v = map_get(e->file->names, "class_names");
    if (!v || v->kind == VALUE_ERROR || v->kind == VALUE_FOREIGN || e->at->broken) return;
    bool strings = value_is_sequence(v);
    for (int i = 0; strings && i < value_count(v); i++)
        strings = value_at(v, i)->kind == VALUE_STRING;
    int64_t outputs = m->output.dim[m->output.rank - 1];
    if (!strings) {
        diag_error(e->d, v->loc, 206, "'class_names' must be a list of strings");
    } else if (value_count(v) != outputs) {
        diag_error(e->d, v->loc, 307, "%d class names for %s outputs", value_count(v),
                   text_thousands(e->a, outputs));
    } else {
        m->nclass = value_count(v);
        m->class_name = ARENA_ARRAY(e->a, const char *, m->nclass);
        for (int i = 0; i < m->nclass; i++) m->class_name[i] = value_at(v, i)->text;
    }
}

// Without data lines x is in [0, 1]; with them only where they say so of a data set's bytes.
static bool is_scaled(const Model *m) {
    const DataRows *rows = &m->fit.train;
    return !m->lacks && !rows->x && (!rows->table || fabs((double)rows->table[255]) <= 1);
}

// A Rescaling by 1/64 or less makes sense on 0 to 255.
static void check_rescaling(Eval *e) {
    if (e->at->broken || !is_scaled(e->model)) return;
    const Layer *first = &e->model->layer[0];
    if (strcmp(first->cls->stem, "rescaling") != 0) return;
    double scale = *(const double *)((const char *)first->args + first->cls->args[0].offset);
    if (scale > 1. / 64 || scale < -1. / 64) return;
    diag_warning(e->d, first->loc, "rescaling",
                 "'%s' multiplies by %g data which is scaled to [0, 1] already", first->name,
                 scale);
}

// The first that is fitted, else compiled, else summarised, else made; one that is not part of another.
static Sequential *choose_model(const Eval *e) {
    Sequential *best = NULL;
    int most = -1;
    for (int i = 0; i < e->nmodel; i++) {
        Sequential *s = e->models[i];
        int rank = s->model->has_fit ? 3 : s->model->has_compile ? 2 : s->summarised;
        rank = 2 * rank + !s->nested;
        if (rank > most) best = s, most = rank;
    }
    return best;
}

// A name of the script's for a model, or NULL.
static const char *bound_name(const Eval *e, const Sequential *s) {
    int n;
    const char *const *names = map_keys(e->file->names, &n);
    for (int i = 0; i < n; i++) {
        const Value *v = map_get(e->file->names, names[i]);
        if (v && v->kind == VALUE_MODEL && v->model == s) return names[i];
    }
    return NULL;
}

// By what the script binds it to, else by its own name; NULL: reported.
static Sequential *named_model(Eval *e) {
    const Value *v = map_get(e->file->names, e->wanted);
    if (v && v->kind == VALUE_MODEL) return v->model;
    const char *list = "";
    for (int i = 0; i < e->nmodel; i++) {
        const char *name = e->models[i]->model->name, *bound = bound_name(e, e->models[i]);
        if (strcmp(name, e->wanted) == 0) return e->models[i];
        list = arena_printf(e->a, "%s%s'%.60s'", list, *list ? ", " : "", bound ? bound : name);
    }
    diag_error(e->d, diag_last_line(e->d), 424, "--model: the file has no model '%.60s'; it has %s",
               e->wanted, list);
    return NULL;
}

// Two that are fitted: which of them is meant?
static void check_fitted(Eval *e, const Sequential *chosen) {
    for (int i = 0; i < e->nmodel && !e->wanted; i++) {
        const Sequential *other = e->models[i];
        if (other == chosen || !other->model->has_fit || !chosen->model->has_fit) continue;
        const char *name = bound_name(e, chosen), *second = bound_name(e, other);
        e->model->open =
            arena_printf(e->a,
                         "'%.60s' and '%.60s' are fitted: choose one of them by "
                         "--model NAME",
                         name ? name : chosen->model->name, second ? second : other->model->name);
        diag_warning(e->d, other->model->loc, "models", "%s", e->model->open);
        return;
    }
}

// The program's statements: those of the chosen model, and those of none.
static void keep_statements(Eval *e) {
    for (int i = 0; i < e->nstatement; i++) {
        const Acting *acting = &e->acting[i];
        if (!acting->of || acting->of == e->at)
            ARENA_PUSH(e->a, e->model->statement, e->model->nstatement, acting->statement);
        else
            diag_warning(e->d, acting->loc, "models",
                         "left out: this is of another model than '%s'", e->model->name);
    }
}

// The model is what its first fit had; later ones know what else they have.
static void forget_compiles(Model *m, const Model *first) {
    m->loss = first->loss;
    m->optimizer = first->optimizer;
    m->nmetric = first->nmetric;
    memcpy(m->metric, first->metric, sizeof m->metric);
}

void statements_finish(Eval *e) {
    Sequential *chosen = e->wanted && e->nmodel ? named_model(e) : choose_model(e);
    if (!chosen) {
        if (diag_errors(e->d) == 0)
            diag_error(e->d, diag_last_line(e->d), 400,
                       "the file has no model: model = Sequential([...]) is missing");
        return;
    }
    sequential_use(e, chosen);
    sequential_finish(e);
    run_held_back(e);
    check_fitted(e, chosen);
    while (e->models[e->model->place] != chosen) e->model->place++;
    e->model->seed = e->seed;
    if (chosen->compiled_first) forget_compiles(e->model, chosen->compiled_first);
    keep_statements(e);
    adapt_finish(e);
    check_class_names(e);
    check_rescaling(e);
    foreign_summary(e);
}

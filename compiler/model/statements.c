// SPDX-License-Identifier: MIT
// The statements of a file: assignments, imports, print, len, the seed and the model's methods.
#include "model/eval.h"
#include "support/text.h"
#include <string.h>

static const Value none = {.kind = VALUE_NONE};

static Statement *add_statement(Eval *e, Statement s) {
    ARENA_PUSH(e->a, e->model->statement, e->model->nstatement, s);
    return &e->model->statement[e->model->nstatement - 1];
}

// ---------------------------------------------------------------------------------- functions

static bool is_statement(Eval *e, const Call *call) {
    if (!e->acting) diag_error(e->d, call->loc, 108, "%s() stands on its own line", call->what);
    return e->acting;
}

static bool print_item(Eval *e, const Value *v, Loc loc, PrintItem *item) {
    bool score = v->kind == VALUE_SCORE && e->model->nmetric == 0;
    if (score || v->kind == VALUE_SCORE_ITEM) {
        int64_t which = score ? v->integer : v->n;
        *item = (PrintItem){.kind = PRINT_SCORE, .index = score ? 0 : (int)v->integer};
        if (which == e->evaluations) return true;
        diag_error(e->d, loc, 404, "only the results of the latest evaluate() can be printed");
        return false;
    }
    *item = (PrintItem){.kind = PRINT_TEXT, .text = value_str(e->a, v)};
    if (item->text) return true;
    diag_error(e->d, loc, 404, "%s cannot be printed%s", value_describe(e->a, v),
               value_is_sequence(v) ? ": it is too long or holds more than plain values" : "");
    if (v->kind == VALUE_SCORE) diag_help(e->d, loc, "print its values: score[0], score[1]");
    return false;
}

static bool print_keyword(Eval *e, const Argument *arg) {
    static const Arg keywords[] = {
        ARG_UNSUPPORTED("sep", "\" \""),
        ARG_UNSUPPORTED("end", "\"\n\""),
        ARG_UNSUPPORTED("file", "None"),
        ARG_UNSUPPORTED("flush", "False"),
        {0},
    };
    Call call = {"print", arg->loc, 1, arg};
    return bind(e, &call, &(ArgTable){keywords, NULL, bind_locs(e->a, keywords)}, 1);
}

static Value run_print(Eval *e, const Call *call) {
    PrintItem *items = ARENA_ARRAY(e->a, PrintItem, call->n + 1);
    int n = 0;
    if (!is_statement(e, call)) return eval_error();
    for (int i = 0; i < call->n; i++) {
        const Argument *arg = &call->arg[i];
        if (arg->keyword ? !print_keyword(e, arg)
                         : !print_item(e, &arg->value, arg->loc, &items[n]))
            return eval_error();
        n += !arg->keyword;
    }
    add_statement(e, (Statement){.kind = STATEMENT_PRINT, .nitem = n, .item = items});
    return none;
}

static Value run_len(Eval *e, const Call *call) {
    struct {
        const Value *object;
    } args;
    static const Arg table[] = {{"object", ARG_VALUE, .offset = 0}, {0}};
    if (!bind(e, call, &(ArgTable){table, &args, bind_locs(e->a, table)}, 1)) return eval_error();
    const Value *v = args.object;
    int64_t n = v->n;
    if (v->kind == VALUE_STRING)
        for (const char *s = v->text; *s; s++) n += ((unsigned char)*s & 0xC0) != 0x80;
    else if (!value_is_sequence(v)) {
        diag_error(e->d, call->loc, 102, "%s has no length", value_describe(e->a, v));
        return eval_error();
    }
    return (Value){.kind = VALUE_INT, .integer = n};
}

static Value run_seed(Eval *e, const Call *call) {
    struct {
        int64_t seed;
    } args;
    static const Arg table[] = {{"seed", ARG_INT, .offset = 0, .min = 0, .max = UINT32_MAX}, {0}};
    bool good = is_statement(e, call) &&
                bind(e, call, &(ArgTable){table, &args, bind_locs(e->a, table)}, 1);
    if (!good) return eval_error();
    if (e->seeded) {
        diag_error(e->d, call->loc, 403, "set_random_seed stands at most once in a file");
        return eval_error();
    }
    e->seeded = true;
    e->model->seed = (uint32_t)args.seed;
    return none;
}

const Function functions[] = {
    {"print", "", run_print},
    {"len", "", run_len},
    {"set_random_seed", "utils", run_seed},
    {0},
};

// ------------------------------------------------------------------------------------ methods

static Value method_add(Eval *e, const Call *call) {
    struct {
        const Value *layer;
    } args;
    static const Arg table[] = {
        {"layer", ARG_VALUE, .offset = 0}, ARG_UNSUPPORTED("rebatch", "True"), {0}};
    if (!bind(e, call, &(ArgTable){table, &args, bind_locs(e->a, table)}, 1)) {
        e->broken = true;
        return eval_error();
    }
    if (e->finished) {
        diag_error(e->d, call->loc, 406, "add stands before summary, compile, fit and evaluate");
        return eval_error();
    }
    sequential_add(e, args.layer);
    return none;
}

static Value method_summary(Eval *e, const Call *call) {
    static const Arg table[] = {
        ARG_UNSUPPORTED("line_length", "None"),
        ARG_UNSUPPORTED("positions", "None"),
        ARG_UNSUPPORTED("print_fn", "None"),
        ARG_UNSUPPORTED("expand_nested", "False"),
        ARG_UNSUPPORTED("show_trainable", "False"),
        ARG_UNSUPPORTED("layer_range", "None"),
        {0},
    };
    if (!bind(e, call, &(ArgTable){table, NULL, bind_locs(e->a, table)}, 1)) return eval_error();
    add_statement(e, (Statement){.kind = STATEMENT_SUMMARY});
    return none;
}

static const struct {
    const char *name;
    Value (*run)(Eval *, const Call *);
    bool whole; // looks at the model as a whole
    const char *instead; // refused: the command that does it
} methods[] = {
    {"add", method_add, false, NULL},
    {"summary", method_summary, true, NULL},
    {"compile", method_compile, true, NULL},
    {"fit", method_fit, true, NULL},
    {"evaluate", method_evaluate, true, NULL},
    {"predict", NULL, false,
     "emit the trained model as an object and call its predict function: cnnc emit FILE.cnn -w "
     "WEIGHTS --as=obj"},
    {"save", NULL, false, "run the built program: PROGRAM train --out FILE"},
    {"save_weights", NULL, false, "run the built program: PROGRAM train --out FILE"},
    {"load_weights", NULL, false,
     "give them to the built program: PROGRAM evaluate --weights FILE"},
};

Value method_run(Eval *e, const char *name, const Call *call, Loc name_loc) {
    enum { N = sizeof methods / sizeof *methods };
    const char *names[N];
    for (int i = 0; i < N; i++) {
        names[i] = methods[i].name;
        if (strcmp(names[i], name) != 0) continue;
        if (methods[i].whole) sequential_finish(e);
        for (int k = 0; k < call->n; k++)
            if (call->arg[k].value.kind == VALUE_ERROR) {
                e->broken |= !methods[i].whole;
                e->model->has_compile |= methods[i].run == method_compile;
                return eval_error();
            }
        if (methods[i].run) return methods[i].run(e, call);
        diag_error(e->d, call->loc, 407, "model.%s is not part of the language", name);
        diag_help(e->d, call->loc, "%s", methods[i].instead);
        return eval_error();
    }
    const char *nearest = text_nearest(name, names, N);
    diag_error(e->d, name_loc, 102, "the model has no method '%s'", name);
    if (nearest) diag_help(e->d, name_loc, "did you mean '%s'?", nearest);
    return eval_error();
}

// --------------------------------------------------------------------------------- statements

static void bind_name(Eval *e, const char *name, Value v) {
    *map_slot(e->names, name) = arena_copy(e->a, &v, sizeof v);
}

// `import tensorflow as tf` binds tf; without `as` an import has no effect.
static void run_import(Eval *e, const AstAlias *alias) {
    static const char *const roots[] = {"keras", "tensorflow", "numpy"};
    size_t length = strcspn(alias->path, ".");
    bool known = false;
    for (int i = 0; i < 3; i++)
        known |= strlen(roots[i]) == length && strncmp(roots[i], alias->path, length) == 0;
    if (!known) {
        diag_error(e->d, alias->loc, 409, "'%s' cannot be imported", alias->path);
        diag_help(e->d, alias->loc, "only keras, tensorflow and numpy can, without effect");
        return;
    }
    if (!alias->name) return;
    Value v = catalog_name(e, arena_strndup(e->a, alias->path, length), alias->loc);
    for (const char *rest = alias->path + length; *rest && v.kind == VALUE_MODULE; rest += length) {
        length = strcspn(++rest, ".");
        v = catalog_member(e, v.text, arena_strndup(e->a, rest, length), alias->loc);
    }
    bind_name(e, alias->name, v);
}

static void run_assignment(Eval *e, const AstStatement *s) {
    Value v = eval(e, s->value);
    if (s->target->kind == AST_NAME) {
        bind_name(e, s->target->text, v);
        return;
    }
    if (v.kind == VALUE_ERROR) return; // a data line: load_data was refused
    diag_error(e->d, s->target->loc, 410, "only a name can stand before '='%s",
               s->target->kind == AST_TUPLE ? ": unpacking is not supported yet" : "");
}

void statement_run(Eval *e, const AstStatement *s) {
    if (s->kind == AST_IMPORT) {
        for (int i = 0; i < s->nalias; i++) run_import(e, &s->alias[i]);
        return;
    }
    e->statement = s->value->kind == AST_CALL ? s->value : NULL;
    if (s->kind == AST_ASSIGN) {
        run_assignment(e, s);
        return;
    }
    Value v = eval(e, s->value);
    bool acts = v.kind == VALUE_HISTORY || v.kind == VALUE_SCORE || v.kind == VALUE_ERROR ||
                (v.kind == VALUE_NONE && s->value->kind == AST_CALL);
    if (!acts)
        diag_error(e->d, s->loc, 405, "the value of this line is not used: %s",
                   value_describe(e->a, &v));
}

// ------------------------------------------------------------------------- the file's last word

static void check_class_names(Eval *e) {
    Model *m = e->model;
    const Value *v = map_get(e->names, "class_names");
    if (!v || v->kind == VALUE_ERROR || e->broken) return;
    bool strings = value_is_sequence(v);
    for (int i = 0; strings && i < v->n; i++) strings = v->item[i].kind == VALUE_STRING;
    int64_t outputs = m->output.dim[m->output.rank - 1];
    if (!strings) {
        diag_error(e->d, v->loc, 206, "'class_names' must be a list of strings");
    } else if (v->n != outputs) {
        diag_error(e->d, v->loc, 307, "%d class names for %s outputs", v->n,
                   text_thousands(e->a, outputs));
    } else {
        m->nclass = v->n;
        m->class_name = ARENA_ARRAY(e->a, const char *, v->n);
        for (int i = 0; i < v->n; i++) m->class_name[i] = v->item[i].text;
    }
}

// A Rescaling by 1/64 or less makes sense on 0 to 255, but without data lines x is in [0, 1].
static void check_rescaling(Eval *e) {
    if (e->broken) return;
    const Layer *first = &e->model->layer[0];
    if (strcmp(first->cls->stem, "rescaling") != 0) return;
    double scale = *(const double *)((const char *)first->args + first->cls->args[0].offset);
    if (scale > 1. / 64 || scale < -1. / 64) return;
    diag_warning(e->d, first->loc, "rescaling",
                 "'%s' multiplies by %g data which is scaled to [0, 1] already", first->name,
                 scale);
}

void statements_finish(Eval *e) {
    if (!e->model->loc.line) {
        if (diag_errors(e->d) == 0)
            diag_error(e->d, diag_last_line(e->d), 400,
                       "the file has no model: model = Sequential([...]) is missing");
        return;
    }
    sequential_finish(e);
    check_class_names(e);
    check_rescaling(e);
}

// SPDX-License-Identifier: MIT
// model.fit and model.evaluate: how long, on what, and how much is said about it.
#include "keras/callbacks/callback.h"
#include "keras/image_change.h"
#include "keras/losses/loss.h"
#include "data/data.h"
#include "../runtime/abi.h"
#include "script/later.h"
#include <math.h>
#include <string.h>

typedef struct FitArgs {
    const Value *x, *y, *verbose, *callbacks, *validation_data, *class_weight, *sample_weight,
        *freq;
    int64_t batch_size; // as it is given; 0: it is not
    const Value *train_steps, *test_steps; // of an epoch; of the validation or the evaluation
    int64_t steps; // the latter; 0: all
    int64_t rows; // of their batches
    bool as_dict;
    Fit fit;
} FitArgs;

#define AT(field) offsetof(FitArgs, field)
static const Arg fit_args[] = {
    {"x", ARG_VALUE, AT(x), .standard = NULL},
    {"y", ARG_VALUE, AT(y), .standard = "None"},
    {"batch_size", ARG_INT_OPT, AT(fit.batch_size), .standard = "None", .min = 1, .max = INFINITY},
    {"epochs", ARG_INT, AT(fit.epochs), .standard = "1", .min = 1, .max = INFINITY},
    {"verbose", ARG_VALUE, AT(verbose), .standard = "\"auto\""},
    {"callbacks", ARG_VALUE, AT(callbacks), .standard = "None"},
    {"validation_split", ARG_FLOAT, AT(fit.validation_split), .standard = "0.0", .min = 0, .max = 1,
     .below = true},
    {"validation_data", ARG_VALUE, AT(validation_data), .standard = "None"},
    {"shuffle", ARG_BOOL, AT(fit.shuffle), .standard = "True"},
    {"class_weight", ARG_VALUE, AT(class_weight), .standard = "None"},
    {"sample_weight", ARG_VALUE, AT(sample_weight), .standard = "None"},
    {"initial_epoch", ARG_INT, AT(fit.initial_epoch), .standard = "0", .min = 0, .max = INFINITY},
    {"steps_per_epoch", ARG_VALUE, AT(train_steps), .standard = "None"},
    {"validation_steps", ARG_VALUE, AT(test_steps), .standard = "None"},
    {"validation_batch_size", ARG_INT_OPT, AT(rows), .standard = "None", .min = 1, .max = INFINITY},
    {"validation_freq", ARG_VALUE, AT(freq), .standard = "1"},
    {0},
};
static const Arg evaluate_args[] = {
    {"x", ARG_VALUE, AT(x), .standard = NULL},
    {"y", ARG_VALUE, AT(y), .standard = "None"},
    {"batch_size", ARG_INT_OPT, AT(rows), .standard = "None", .min = 1, .max = INFINITY},
    {"verbose", ARG_VALUE, AT(verbose), .standard = "\"auto\""},
    {"sample_weight", ARG_VALUE, AT(sample_weight), .standard = "None"},
    {"steps", ARG_VALUE, AT(test_steps), .standard = "None"},
    ARG_UNSUPPORTED("callbacks", "None"),
    {"return_dict", ARG_BOOL, AT(as_dict), .standard = "False"},
    {0},
};
#undef AT

bool verbose_read(Eval *e, const Value *v, int *verbose) {
    *verbose = 1;
    if (v->kind == VALUE_STRING && strcmp(v->text, "auto") == 0) return true;
    enum { NOTHING_ELSE = 3 }; // but the number of the epoch, as Keras has all other integers
    if (value_is_int(v)) {
        bool known = v->integer >= 0 && v->integer <= 2;
        *verbose = known ? (int)v->integer : NOTHING_ELSE;
        return true;
    }
    diag_error(e->d, v->loc, 207, "'verbose' must be \"auto\", 0, 1 or 2, not %s",
               value_describe(e->a, v));
    return false;
}

static bool read_validation(Eval *e, const Value *v, Fit *fit) {
    if (v->kind == VALUE_NONE) return true;
    fit->validation_data = true;
    if (fit->validation_split > 0) {
        diag_error(e->d, v->loc, 411, "validation_split and validation_data exclude each other");
        return false;
    }
    if (flow_of(v) || v->kind == VALUE_FOREIGN)
        return rows_read(e, v, NULL, "validation", &fit->validation);
    int n = value_is_sequence(v) ? value_count(v) : 0;
    if (n == 2 || n == 3)
        return rows_read(e, value_at(v, 0), value_at(v, 1), "validation", &fit->validation) &&
               counts_read(e, n == 3 ? value_at(v, 2) : NULL, value_at(v, 0), value_at(v, 1),
                           &fit->validation);
    if (v->kind != VALUE_ERROR)
        diag_error(
            e->d, v->loc, 411,
            "'validation_data' must be (x_test, y_test), or that and a sample_weight, not %s",
            value_describe(e->a, v));
    return false;
}

// ---- steps

// Samples that are trained on; 0: not known yet.
static int64_t trained_on(const Value *x, const Fit *fit) {
    if (x->kind != VALUE_ARRAY || x->array->one) return 0;
    return (int64_t)floor((double)x->array->dim[0] * (1.0 - fit->validation_split));
}

static bool unknown_steps(Eval *e, Loc loc, const char *what) {
    diag_error(e->d, loc, 208,
               "%s of data that the program is given, whose size is not known here, is not "
               "supported yet",
               what);
    return false;
}

static Loc arg_loc(const Loc *locs, const Arg *args, const char *name, Loc call) {
    int i = 0;
    while (strcmp(args[i].name, name) != 0) i++;
    return locs[i].line ? locs[i] : call;
}

// A number of them; None: 0. Of data that are not known it may be what they have.
static bool read_steps(Eval *e, const char *name, const Value *v, const Value *of, int64_t *steps) {
    *steps = value_is_int(v) ? v->integer : 0;
    if (v->kind == VALUE_NONE || *steps > 0) return true;
    if (v->kind == VALUE_FOREIGN && of->kind == VALUE_FOREIGN) return true;
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, v->loc, 206,
                   "'%s' must be a number of batches, an integer of at least 1, not %s", name,
                   value_describe(e->a, v));
    return false;
}

// As Keras has it: that of a flow, whatever is given; else a batch size of its own; else what makes so many steps;
// else 32.
static bool read_batch_size(Eval *e, const FitArgs *args, Loc loc, Loc steps_loc, Fit *fit) {
    const Value *x = args->x;
    const Batches *flow = flow_of(x);
    int64_t n = trained_on(x, fit), steps = fit->steps_per_epoch;
    if (fit->batch_size == 0 && x->kind == VALUE_FOREIGN) fit->batch_size = x->foreign->batch;
    if (flow && args->batch_size && args->batch_size != flow->batch)
        diag_warning(e->d, loc, "generator",
                     "batches of %lld samples come from the first argument: batch_size changes "
                     "nothing",
                     (long long)flow->batch);
    if (flow) fit->batch_size = flow->batch;
    if (flow) fit->shuffle = flow->shuffles;
    if (fit->batch_size == 0 && steps && x->kind == VALUE_DATA)
        return unknown_steps(e, steps_loc, "'steps_per_epoch' without batch_size");
    if (fit->batch_size == 0 && steps && n) fit->batch_size = (n - 1) / steps + 1;
    if (fit->batch_size == 0) fit->batch_size = 32; // None, as Keras
    return true;
}

// Keras says so when it is out of data; the program has the epochs that Keras has then.
static void warn_steps(Eval *e, const FitArgs *args, const Fit *fit, Loc loc) {
    int64_t n = trained_on(args->x, fit), steps = fit->steps_per_epoch;
    int64_t all = n ? (n - 1) / fit->batch_size + 1 : 0;
    if (!steps || !all || all % steps == 0) return;
    if (steps > all)
        diag_warning(e->d, loc, "steps",
                     "steps_per_epoch is %lld, but the data have %lld batches: so has an epoch",
                     (long long)steps, (long long)all);
    else
        diag_warning(e->d, loc, "steps",
                     "%lld batches are no multiple of %lld: each epoch that comes to their end has "
                     "%lld",
                     (long long)all, (long long)steps, (long long)(all % steps));
}

// A flow has its own weights of samples, and is not split.
static bool flow_alone(Eval *e, const FitArgs *args, Loc split) {
    const Value *weight = args->sample_weight;
    if (!flow_of(args->x)) return true;
    if (weight->kind != VALUE_NONE && weight->kind != VALUE_ERROR) {
        diag_error(e->d, weight->loc, 411,
                   "sample_weight goes with arrays, not with data that comes in batches");
        return false;
    }
    if (args->fit.validation_split == 0) return true;
    diag_error(e->d, split, 411,
               "validation_split goes with arrays, not with data that comes in batches");
    return false;
}

// Of how many samples batches of the validation are, where nothing says it: of a flow its own; where the training
// has none either, what makes so many steps, or 32; 0: those of the training.
static int64_t validation_batch(const FitArgs *args) {
    const Value *v = args->validation_data;
    bool arrays = value_is_sequence(v) && value_count(v) > 0 && value_at(v, 0)->kind == VALUE_ARRAY;
    if (flow_of(v)) return flow_of(v)->batch;
    if (args->rows) return args->rows;
    if (args->batch_size || !flow_of(args->x) || !arrays) return 0;
    return args->steps ? (value_at(v, 0)->array->dim[0] - 1) / args->steps + 1 : 32;
}

// At most so many batches of the validation.
static Value first_steps(Eval *e, const FitArgs *args, Fit *fit) {
    const Value *v = args->validation_data;
    if (!args->steps) return *v;
    if (flow_of(v)) return flow_first(e, v, args->steps, v->loc);
    int64_t rows = args->rows ? args->rows : args->batch_size;
    if (rows && v->kind != VALUE_FOREIGN)
        fit->validation_samples = args->steps < INT64_MAX / rows ? args->steps * rows : 0;
    return *v;
}

// The same of an evaluation's x, y and weights: without a batch size as many steps make all samples.
static bool evaluate_steps(Eval *e, const FitArgs *args, Value part[3], Loc loc) {
    const Value *x = &part[0];
    if (!args->steps || x->kind == VALUE_FOREIGN) return true;
    if (flow_of(x)) {
        part[0] = flow_first(e, x, args->steps, x->loc);
        return true;
    }
    if (!args->rows) return true;
    if (x->kind == VALUE_DATA) return unknown_steps(e, loc, "'steps' with batch_size");
    for (int i = 0; i < 3; i++) {
        const Array *a = part[i].kind == VALUE_ARRAY ? part[i].array : NULL;
        if (a && !a->one && args->steps < a->dim[0] / args->rows)
            part[i] = array_slice_rows(e, &part[i], 0, args->steps * args->rows, 1, part[i].loc);
    }
    return true;
}

static bool compiled(Eval *e, const Call *call) {
    if (e->model->has_compile) return true;
    diag_error(e->d, call->loc, 412, "%s needs model.compile(...) before it", call->what);
    return false;
}

static bool class_weight_pair(Eval *e, const Value *key, const Value *weight, Loc loc, Fit *fit) {
    double w = value_is_number(weight) ? value_real(weight) : NAN;
    if (!value_is_int(key) || key->integer < 0 || !(isfinite(w) && w >= 0)) {
        diag_error(e->d, loc, 207,
                   "class_weight maps class numbers to weights of at least 0, not %s to %s",
                   value_describe(e->a, key), value_describe(e->a, weight));
        return false;
    }
    ARENA_PUSH(e->a, fit->class_weight, fit->nclass_weight, ((ClassWeight){key->integer, w}));
    return true;
}

// None, or a dict: the number of a class, and what its samples count.
static bool read_class_weight(Eval *e, const Value *v, Fit *fit) {
    const Value *key, *weight;
    if (v->kind == VALUE_NONE || v->kind == VALUE_ERROR) return v->kind == VALUE_NONE;
    if (v->kind != VALUE_DICT) {
        diag_error(e->d, v->loc, 206, "'class_weight' must be a dict or None, not %s",
                   value_describe(e->a, v));
        return false;
    }
    if (!counts_allowed(e, v, "class_weight")) return false;
    for (int at = 0; dict_next(v->dict, &at, &key, &weight);)
        if (!class_weight_pair(e, key, weight, v->loc, fit)) return false;
    return true;
}

// A loss that is no mean over samples depends on which are evaluated together. That these have weights the model
// does not know yet.
static bool batch_fits(Eval *e, Loc loc, int64_t batch, const DataRows *of) {
    enum { MOST = 512 };
    const LossArgs *loss = e->model->loss.args;
    bool by_counts =
        (of->counts || of->w) && loss && loss->reduction == LOSS_MEAN_WITH_SAMPLE_WEIGHT;
    if (batch <= MOST || (!by_counts && !loss_of_batches(e->model))) return true;
    diag_error(e->d, loc, 208,
               "a loss that is no mean over samples is not evaluated in batches of more than %d "
               "yet, as of "
               "%lld",
               MOST, (long long)batch);
    return false;
}

// Without a size of its own the validation has that of the training.
static bool read_validation_batch(Eval *e, Loc loc, int64_t batch, Fit *fit) {
    DataRows *of =
        fit->validation_split > 0 ? &fit->train : &fit->validation; // where its samples are
    of->batch = batch;
    if (!batch && monitor_validates(fit)) batch = fit->batch_size;
    return batch_fits(e, loc, batch, of);
}

// Keras takes weights by class or by sample, not both.
static bool read_counts(Eval *e, const FitArgs *args, Fit *fit) {
    const Value *weight = args->sample_weight;
    if (fit->nclass_weight && weight->kind != VALUE_NONE) {
        diag_error(e->d, weight->loc, 411, "sample_weight and class_weight exclude each other");
        return false;
    }
    const LossArgs *loss = e->model->loss.args;
    if (fit->nclass_weight && loss && loss->reduction == LOSS_MEAN_WITH_SAMPLE_WEIGHT) {
        diag_error(e->d, args->class_weight->loc, 208,
                   "class_weight with reduction=\"mean_with_sample_weight\" is not supported yet");
        diag_help(e->d, args->class_weight->loc, "write sample_weight=np.where(y == 3, 5.0, 1.0)");
        return false;
    }
    return counts_read(e, weight, args->x, args->y, &fit->train);
}

// A number of epochs, or a list of those that are validated.
static bool read_frequency(Eval *e, const Value *v, Fit *fit) {
    bool good = v->kind == VALUE_INT ? v->integer > 0 : v->kind == VALUE_LIST;
    fit->validation_every = v->kind == VALUE_INT ? v->integer : 0;
    for (int i = 0; good && v->kind == VALUE_LIST && i < value_count(v); i++) {
        const Value *at = value_at(v, i);
        good = value_is_int(at);
        ARENA_PUSH(e->a, fit->validation_at, fit->nvalidation_at, at->integer);
    }
    if (!good && v->kind != VALUE_ERROR)
        diag_error(e->d, v->loc, 206,
                   "'validation_freq' must be a number of epochs or a list of them, not %s",
                   value_describe(e->a, v));
    return good;
}

// The weights of classes, and how images are changed, are part of the code.
static void same_code(Eval *e, const Call *call, const Fit *fit) {
    const Fit *first = &e->model->fit;
    bool same = fit->nclass_weight == first->nclass_weight;
    for (int i = 0; same && i < fit->nclass_weight; i++)
        same = fit->class_weight[i].of == first->class_weight[i].of &&
               fit->class_weight[i].weight == first->class_weight[i].weight;
    if (!same)
        model_lacks(e, call->loc, "fits",
                    "another class_weight than that of the first fit is not supported yet");
    if (!image_change_equal(fit->train.change, first->train.change))
        model_lacks(e, call->loc, "fits",
                    "images that are changed in another way than in the first fit are not "
                    "supported yet");
}

static int fits(const Model *m) {
    return m->has_fit ? 1 + m->nmore : 0;
}

// The first, or one that goes on from there.
static void add_fit(Eval *e, const Call *call, Fit *fit) {
    Model *m = e->model;
    fit->loc = call->loc;
    fit->optimizer = m->optimizer;
    fit->anew = e->at->compiled_anew;
    if (e->at->reloaded && !fit->anew)
        model_lacks(e, call->loc, "weights",
                    "load_weights between two fits, which brings the optimizer's state back in "
                    "Keras, is not supported yet");
    e->at->compiled_anew = e->at->reloaded = false;
    if (m->has_fit)
        ARENA_PUSH(e->a, m->more, m->nmore, *fit);
    else
        m->fit = *fit;
    m->has_fit = true;
}

Value method_fit(Eval *e, const Call *call) {
    Model *m = e->model;
    FitArgs args = {0};
    Loc *locs = bind_locs(e->a, fit_args);
    if (!compiled(e, call) || !bind(e, call, &(ArgTable){fit_args, &args, locs}, 1)) {
        m->has_fit = true;
        return eval_error();
    }
    Fit *fit = &args.fit;
    args.batch_size = fit->batch_size;
    bool steps = read_steps(e, "steps_per_epoch", args.train_steps, args.x, &fit->steps_per_epoch);
    steps &= read_steps(e, "validation_steps", args.test_steps, args.validation_data, &args.steps);
    Loc steps_loc = arg_loc(locs, fit_args, "steps_per_epoch", call->loc);
    bool good = steps && read_batch_size(e, &args, arg_loc(locs, fit_args, "batch_size", call->loc),
                                         steps_loc, fit);
    good &= flow_alone(e, &args, arg_loc(locs, fit_args, "validation_split", call->loc));
    good &= rows_read(e, args.x, args.y, "fit", &fit->train);
    if (good) warn_steps(e, &args, fit, steps_loc);
    const Value validation = first_steps(e, &args, fit);
    good &= verbose_read(e, args.verbose, &fit->verbose);
    good &= read_validation(e, &validation, fit);
    good &= read_class_weight(e, args.class_weight, fit);
    good &= read_counts(e, &args, fit);
    good &= read_validation_batch(e, call->loc, validation_batch(&args), fit);
    good &= read_frequency(e, args.freq, fit);
    if (good && m->has_fit) same_code(e, call, fit);
    bool compiles = m->optimizer.cls && m->loss.cls; // else that was reported
    if (compiles)
        good &= callbacks_read(e, args.callbacks, args.callbacks->loc, fit) &&
                callbacks_agree(e, fit, args.callbacks->loc);
    if (fit->initial_epoch >= fit->epochs) {
        diag_error(e->d, call->loc, 207, "no epoch to train: initial_epoch is %lld of %lld epochs",
                   (long long)fit->initial_epoch, (long long)fit->epochs);
        good = false;
    }
    if (!good) {
        m->has_fit = true;
        return eval_error();
    }
    add_fit(e, call, fit);
    statement_add(e, e->at, call->loc,
                  (Statement){.kind = STATEMENT_FIT, .verbose = fit->verbose, .fit = fits(m)});
    return (Value){.kind = VALUE_HISTORY, .n = fits(m), .model = e->at};
}

// {"accuracy": ..., "loss": ...}: in the order of their names, as Keras has it.
static Value results_dict(Eval *e, const Value *score) {
    const Model *m = e->model;
    Value made = {.kind = VALUE_DICT, .dict = dict_new(e->a)};
    Figure *list = NULL;
    int n = 0;
    for (int i = 0; i <= m->nmetric; i++)
        figure_insert(e, &list, &n, (Figure){figure_name(m, i), i, 0});
    for (int i = 0; i < n; i++) {
        Value key = {.kind = VALUE_STRING, .loc = score->loc, .text = list[i].name};
        dict_put(made.dict, key, later_score(e, score, list[i].place));
    }
    return made;
}

Value method_evaluate(Eval *e, const Call *call) {
    FitArgs args = {0};
    Loc *locs = bind_locs(e->a, evaluate_args);
    Statement s = {.kind = STATEMENT_EVALUATE};
    if (!compiled(e, call)) return eval_error();
    if (!bind(e, call, &(ArgTable){evaluate_args, &args, locs}, 1)) return eval_error();
    Value part[] = {*args.x, *args.y, *args.sample_weight};
    bool good = read_steps(e, "steps", args.test_steps, args.x, &args.steps) &&
                flow_alone(e, &args, call->loc) &&
                evaluate_steps(e, &args, part, arg_loc(locs, evaluate_args, "steps", call->loc));
    good &= rows_read(e, &part[0], &part[1], "evaluate", &s.rows);
    good &= counts_read(e, &part[2], &part[0], &part[1], &s.rows);
    good &= verbose_read(e, args.verbose, &s.verbose);
    s.rows.batch = flow_of(args.x) ? flow_of(args.x)->batch : args.rows ? args.rows : 32;
    good &= batch_fits(e, call->loc, s.rows.batch, &s.rows);
    if (!good) return eval_error();
    statement_add(e, e->at, call->loc, s);
    Value score = {
        .kind = VALUE_SCORE, .loc = call->loc, .n = ++e->at->evaluations, .model = e->at};
    return args.as_dict ? results_dict(e, &score) : score;
}

// SPDX-License-Identifier: MIT
// model.compile: the loss, the optimiser and the metrics, held against the model's output.
#include "keras/activation.h"
#include "keras/losses/loss.h"
#include "keras/metrics/of_loss.h"
#include "keras/optimizers/optimizer.h"
#include "script/eval.h"
#include <math.h>
#include <string.h>
#include <strings.h>

typedef struct CompileArgs {
    const Value *optimizer, *loss, *loss_weights, *metrics, *weighted_metrics, *any;
    int64_t steps;
    bool scale;
} CompileArgs;

#define AT(field) offsetof(CompileArgs, field)
static const Arg compile_args[] = {
    {"optimizer", ARG_VALUE, AT(optimizer), .standard = "\"rmsprop\""},
    {"loss", ARG_VALUE, AT(loss), .standard = "None"},
    {"loss_weights", ARG_VALUE, AT(loss_weights), .standard = "None"},
    {"metrics", ARG_VALUE, AT(metrics), .standard = "None"},
    {"weighted_metrics", ARG_VALUE, AT(weighted_metrics), .standard = "None"},
    ARG_UNSUPPORTED("run_eagerly", "False"),
    // How TensorFlow is to run; of the results they change nothing.
    {"steps_per_execution", ARG_INT, AT(steps), .standard = "1", .min = 1, .max = INFINITY},
    {"jit_compile", ARG_VALUE, AT(any), .standard = "\"auto\""},
    {"auto_scale_loss", ARG_BOOL, AT(scale), .standard = "True"},
    {0},
};
#undef AT

static Loc value_loc(const Loc *locs, int index, Loc call) {
    return locs[index].line ? locs[index] : call;
}

// ------------------------------------------------------------------------------------- the loss

// The activation the model ends in; linear where the last layer has none.
static const Activation *last_activation(const Model *m) {
    const Layer *l = m->last;
    if (strcmp(l->cls->stem, "softmax") == 0) return activation_find("softmax");
    for (const Arg *arg = l->cls->args; arg->name; arg++)
        if (arg->type == ARG_ACTIVATION)
            return *(const Activation *const *)(const void *)((const char *)l->args + arg->offset);
    return &activations[0];
}

// Does the model end in a softmax along one axis, which is not the last?
static bool softmax_elsewhere(const Model *m) {
    const Layer *l = m->last;
    if (strcmp(l->cls->stem, "softmax") != 0) return false;
    for (const Arg *arg = l->cls->args; arg->name; arg++) {
        if (arg->type != ARG_AXES) continue;
        const Axes *axes = (const void *)((const char *)l->args + arg->offset);
        return axes->n == 1 && axes->axis[0] != -1 && axes->axis[0] != l->in[0].rank;
    }
    return false;
}

static void loss_warnings(Eval *e, const Loss *loss) {
    const Model *m = e->model;
    bool one = m->output.dim[m->output.rank - 1] == 1;
    const char *fits = loss->cls->logits_of;
    if (one && fits && loss->cls->labels == LABELS_ONE_HOT) {
        diag_warning(e->d, loss->loc, "one-class", "%s on one output is always 0",
                     loss->cls->object.function);
        diag_help(e->d, loss->loc,
                  "for two classes use Dense(1, activation=\"sigmoid\") and "
                  "\"binary_crossentropy\"");
    }
    const char *ends = last_activation(m)->name;
    bool kept = strcmp(ends, "softmax") == 0 || strcmp(ends, "sigmoid") == 0;
    if (!kept || !loss_reads_through(loss)) return; // Keras keeps their inputs
    if (loss->from_logits)
        diag_warning(e->d, loss->loc, "logits",
                     "from_logits=True, but the model ends in %s: its inputs are taken as the "
                     "logits",
                     ends);
    else if (strcmp(ends, fits) != 0)
        diag_warning(e->d, loss->loc, "logits",
                     "the model ends in %s, but the loss takes its inputs as the logits of a %s",
                     ends, fits);
}

// The axis of a row must be the last one; or the loss says for itself what it does along which.
static bool axis_fits(Eval *e, Loss *loss) {
    const LossArgs *args = loss->args;
    int rank = e->model->output.rank;
    bool has = false;
    for (const Arg *arg = loss->cls->object.args; arg->name; arg++)
        has |= arg->type == ARG_INT && strcmp(arg->name, "axis") == 0;
    if (has && args->axis != -1 && args->axis != rank) {
        diag_error(e->d, loss->loc, 307, "%s works along the last axis, -1 or %d, not along %lld",
                   loss->cls->object.function, rank, (long long)args->axis);
        return false;
    }
    if (!loss->cls->rows) return true;
    LossRows rows = loss->cls->rows(loss->args, rank);
    loss->of_samples = rows == ROWS_OF_SAMPLES;
    if (rows == ROWS_OF_BATCH) loss->nsum = row_sums(loss_sums(e->a, loss, 1, 1));
    if (rows != ROWS_OF_OTHERS) return true;
    diag_error(e->d, loss->loc, 307,
               "%s over these axes of outputs %s is not supported yet: over the last one, -1, or "
               "all of a sample's, with the batch's or without",
               loss->cls->object.function, shape_text(e->a, &e->model->output));
    return false;
}

// A list has a loss for each output, and there is one. Names of outputs have no models but functional ones.
static const Value *loss_of_output(Eval *e, const Value *v, Loc loc) {
    if (value_is_sequence(v) && value_count(v) == 1) return value_at(v, 0);
    if (!value_is_sequence(v) && v->kind != VALUE_DICT) return v;
    diag_error(e->d, loc, 206, "the model has one output, so it has one loss, not %s",
               value_describe(e->a, v));
    return NULL;
}

static bool set_loss(Eval *e, const Value *v, Loc loc) {
    Loss *loss = &e->model->loss;
    if (!(v = loss_of_output(e, v, loc))) return false;
    if (v->kind == VALUE_NONE) {
        diag_error(e->d, loc, 205, "compile needs the argument 'loss'");
        return false;
    }
    const Object *object = object_resolve(e, THING_LOSS, "loss", v, loc);
    if (!object) return false;
    const LossArgs *args = object->args;
    *loss = (Loss){
        .cls = object->thing->row, .args = args, .from_logits = args->from_logits, .loc = loc};
    if (!e->at->broken && !axis_fits(e, loss)) return false;
    if (!e->at->broken && loss_reads_through(loss) && softmax_elsewhere(e->model)) {
        diag_error(e->d, loc, 307,
                   "%s on a model that ends in a softmax along another axis than the last is not "
                   "supported: Keras takes what it reads as logits along the last one",
                   loss->cls->object.function);
        return false;
    }
    if (!e->at->broken) loss_warnings(e, loss);
    return true;
}

// Keras takes one way to clip gradients at most.
static bool clips_once(Eval *e, const Object *object) {
    const OptimizerClass *cls = object->thing->row;
    const Arg *first = NULL;
    for (const Arg *arg = cls->object.args; arg->name; arg++) {
        bool clips = strcmp(arg->name, "clipnorm") == 0 || strcmp(arg->name, "clipvalue") == 0 ||
                     strcmp(arg->name, "global_clipnorm") == 0;
        if (!clips ||
            isnan(*(const double *)(const void *)((const char *)object->args + arg->offset)))
            continue;
        if (first) {
            diag_error(e->d, object->arg_loc[arg - cls->object.args], 207,
                       "only one of 'clipnorm', 'clipvalue' and 'global_clipnorm' can be set");
            diag_note(e->d, object->arg_loc[first - cls->object.args], "'%s' is set here",
                      first->name);
            return false;
        }
        first = arg;
    }
    return true;
}

static void set_optimizer(Eval *e, const Value *v, Loc loc) {
    const Object *object = object_resolve(e, THING_OPTIMIZER, "optimizer", v, loc);
    if (!object || !clips_once(e, object)) return;
    const OptimizerClass *cls = object->thing->row;
    e->model->optimizer = (Optimizer){cls, object->args, loc};
}

// --------------------------------------------------------------------------------- the metrics

static bool metric_fits(Eval *e, const Metric *metric, Loc loc) {
    bool class_numbers = loss_class_numbers(&e->model->loss);
    int goes = metric->cls->labels;
    if (e->at->broken || goes == METRIC_OF_EITHER ||
        class_numbers == (goes == METRIC_OF_CLASS_NUMBERS))
        return true;
    diag_error(e->d, loc, 307, "the metric '%s' does not go with labels that are %s", metric->name,
               class_numbers ? "class numbers" : "one value an output");
    diag_help(e->d, loc, "\"accuracy\" goes with any loss");
    return false;
}

static int64_t outputs_of(const Eval *e) {
    return e->at->broken ? 2 : e->model->output.dim[e->model->output.rank - 1];
}

// What the metric's own file says about the model's output.
static bool metric_takes(Eval *e, const Metric *metric, Loc loc) {
    const MetricClass *cls = metric->cls;
    if (e->at->broken) return true;
    const char *wrong = NULL;
    if (cls->refuse)
        wrong =
            cls->refuse(e->a, metric->args, &e->model->output, loss_class_numbers(&e->model->loss));
    if (cls->one_row && e->model->output.rank > 1)
        wrong = arena_printf(e->a, "%s takes a vector for each sample, not %s", metric->name,
                             shape_text(e->a, &e->model->output));
    if (e->model->loss.of_samples && e->model->output.rank > 1)
        wrong = "metrics beside a loss over several axes are not supported yet";
    const char *end = last_activation(e->model)->name;
    bool ends = strcmp(end, "softmax") == 0 || strcmp(end, "sigmoid") == 0;
    if (cls->of_logits && ends && !e->model->loss.cls->logits_of)
        wrong =
            arena_printf(e->a,
                         "the metric '%s' of a model that ends in %s is not supported yet beside "
                         "a loss that is no crossentropy",
                         metric->name, end);
    if (metric->weighted && cls->counts_samples && cls->counts_samples(metric->args))
        wrong = arena_printf(e->a,
                             "'%s' counts samples as they are: as a weighted metric it is not "
                             "supported yet",
                             metric->name);
    if (metric->weighted && cls->one_weight && !cls->one_weight(metric->args, &e->model->output))
        wrong = arena_printf(e->a,
                             "'%s' wants a weight for each class that it counts, and a sample has "
                             "several",
                             metric->name);
    if (wrong) diag_error(e->d, loc, 307, "%s", wrong);
    return !wrong;
}

static bool is_taken(const Model *m, const char *name) {
    for (int i = 0; i < m->nmetric; i++)
        if (strcmp(m->metric[i].name, name) == 0) return true;
    return false;
}

// Of several metrics with a name Keras numbers the later ones; a weighted one is called so first.
static const char *free_name(Eval *e, const char *name, bool weighted) {
    const Model *m = e->model;
    if (weighted && is_taken(m, name)) name = arena_printf(e->a, "weighted_%s", name);
    const char *found = name;
    for (int again = 1; is_taken(m, found); again++)
        found = arena_printf(e->a, "%s_%d", name, again);
    return found;
}

// keras.losses.mean_squared_error is keras.metrics.mean_squared_error. Where more of a metric is better it is another
// function than the loss of its name.
static Value loss_as_metric(Eval *e, const Value *v) {
    bool function = v->kind == VALUE_THING && v->thing->kind == THING_LOSS && v->thing->function;
    for (int i = 0; function && i < e->nthing; i++)
        if (e->things[i].kind == THING_METRIC && strcmp(e->things[i].name, v->thing->name) == 0 &&
            ((const MetricClass *)e->things[i].row)->better != BETTER_UP)
            return (Value){.kind = VALUE_THING, .loc = v->loc, .thing = &e->things[i]};
    return *v;
}

static bool is_loss(const Value *v) {
    return (v->kind == VALUE_THING && v->thing->kind == THING_LOSS) ||
           (v->kind == VALUE_OBJECT && v->object->thing->kind == THING_LOSS);
}

static bool set_loss_metric(Eval *e, const Value *v, bool weighted, Metric *metric) {
    bool function = v->kind == VALUE_THING && v->thing->function;
    const Object *object = object_resolve(e, THING_LOSS, "loss", v, v->loc);
    if (!object) return false;
    OfLossArgs *args = ARENA_NEW(e->a, OfLossArgs);
    *args = (OfLossArgs){{NULL}, object->thing->row, object->args, false};
    const char *name = ((const LossArgs *)object->args)->name;
    if (!e->at->broken && args->cls->rows)
        args->one = args->cls->rows(args->args, e->model->output.rank) == ROWS_OF_BATCH;
    *metric = (Metric){function && !args->one ? &metric_of_loss : &metric_of_batches,
                       args,
                       function || !name ? object->thing->name : name,
                       weighted,
                       0,
                       1};
    if (e->at->broken) return true;
    const char *wrong = of_loss_refuse(e->a, args, &e->model->output,
                                       loss_class_numbers(&e->model->loss), function, weighted);
    if (wrong) diag_error(e->d, v->loc, 307, "%s", wrong);
    return !wrong && metric_takes(e, metric, v->loc);
}

static bool add_metric(Eval *e, const Value *given, bool weighted) {
    const Value found = loss_as_metric(e, given), *v = &found;
    Model *m = e->model;
    Metric metric = {0};
    bool plain = v->kind == VALUE_STRING &&
                 (strcasecmp(v->text, "accuracy") == 0 || strcasecmp(v->text, "acc") == 0);
    if (plain) {
        metric = (Metric){metric_accuracy(&m->loss, outputs_of(e)), NULL, v->text, weighted, 0, 1};
    } else if (is_loss(v)) {
        if (!set_loss_metric(e, v, weighted, &metric)) return false;
    } else {
        const Object *object = object_resolve(e, THING_METRIC, "metric", v, v->loc);
        if (!object) return false;
        const MetricArgs *args = object->args;
        const MetricClass *cls = object->thing->row;
        const char *name = args->name ? args->name : cls->object.function;
        if (v->kind == VALUE_STRING) name = v->text; // a string is its own name
        metric = (Metric){cls, args, name, weighted, 0, 1};
        if (!metric_fits(e, &metric, v->loc) || !metric_takes(e, &metric, v->loc)) return false;
    }
    if (m->nmetric == MAX_METRICS) {
        diag_error(e->d, v->loc, 408, "a model has at most %d metrics", MAX_METRICS);
        return false;
    }
    metric.name = free_name(e, metric.name, weighted);
    if (!e->at->broken) // else nothing has held its arguments to the outputs
        metric.nsum = row_sums(metric_math(e->a, &metric, &m->loss, outputs_of(e), 1, false));
    metric.figures = metric_figures(&metric, outputs_of(e));
    m->metric[m->nmetric++] = metric;
    return true;
}

// Keras takes all that is in lists and dicts within each other, as there is one output.
static bool add_metrics(Eval *e, const Value *v, bool weighted, int depth) {
    enum { DEEPEST = 8 };
    const Value *key, *item;
    bool good = true;
    if (v->kind == VALUE_DICT && dict_count(v->dict) != 1) {
        diag_error(e->d, v->loc, 206, "the model has one output, so its metrics are not %s",
                   value_describe(e->a, v));
        return false;
    }
    if (depth < DEEPEST && v->kind == VALUE_DICT)
        for (int at = 0; dict_next(v->dict, &at, &key, &item);)
            good &= add_metrics(e, item, weighted, depth + 1);
    else if (depth < DEEPEST && value_is_sequence(v))
        for (int i = 0; i < value_count(v); i++)
            good &= add_metrics(e, value_at(v, i), weighted, depth + 1);
    else
        good = add_metric(e, v, weighted);
    return good;
}

static bool set_metrics(Eval *e, const Value *v, Loc loc, bool weighted) {
    const char *what = weighted ? "weighted_metrics" : "metrics";
    if (v->kind == VALUE_NONE) return true;
    if (!value_is_sequence(v) && v->kind != VALUE_DICT) {
        if (v->kind != VALUE_ERROR)
            diag_error(e->d, loc, 206, "'%s' must be a list, not %s", what,
                       value_describe(e->a, v));
        if (v->kind != VALUE_STRING) return false;
        diag_help(e->d, loc, "write %s=[\"%.60s\"]", what, v->text);
        edit_insert(e, v->loc, false, "[");
        edit_insert(e, v->loc, true, "]");
        return false;
    }
    return add_metrics(e, v, weighted, 0);
}

// There is one loss: only a weight of 1 leaves it as it is.
static bool weight_is_one(Eval *e, const Value *v, Loc loc) {
    bool one = value_is_sequence(v) && value_count(v) == 1;
    const Value *weight = one ? value_at(v, 0) : v;
    if (v->kind == VALUE_NONE || (value_is_number(weight) && value_real(weight) == 1)) return true;
    if (v->kind != VALUE_ERROR)
        diag_error(e->d, loc, 208, "'loss_weights' can only be 1 here, not %s",
                   value_describe(e->a, v));
    if (one && weight->kind == VALUE_STRING)
        diag_help(e->d, loc,
                  "the third place of compile is loss_weights; write metrics=[\"%.60s\"]",
                  weight->text);
    return false;
}

static bool same_arguments(const Metric *a, const Metric *b) {
    if (!a->args || !b->args) return a->args == b->args;
    if (is_of_loss(a)) return of_loss_same(a, b);
    return args_equal(a->cls->object.args, a->args, b->args, NULL);
}

// Code is made once: what it is made of may not change after the first fit. The optimiser starts anew, with
// another learning rate if that is said.
static void compile_again(Eval *e, const Model *before, Loc loc) {
    const Model *now = e->model;
    const char *wrong = NULL;
    if (!before->optimizer.cls || !now->optimizer.cls || !before->loss.cls || !now->loss.cls)
        return;
    if (before->loss.cls != now->loss.cls ||
        !args_equal(now->loss.cls->object.args, before->loss.args, now->loss.args, NULL))
        wrong = "loss";
    if (before->optimizer.cls != now->optimizer.cls ||
        !args_equal(now->optimizer.cls->object.args, before->optimizer.args, now->optimizer.args,
                    "learning_rate"))
        wrong = "optimizer";
    bool metrics = before->nmetric == now->nmetric;
    for (int i = 0; metrics && i < now->nmetric; i++)
        metrics = before->metric[i].cls == now->metric[i].cls &&
                  before->metric[i].weighted == now->metric[i].weighted &&
                  same_arguments(&before->metric[i], &now->metric[i]) &&
                  strcmp(before->metric[i].name, now->metric[i].name) == 0;
    if (!metrics) wrong = "list of metrics";
    if (wrong)
        model_lacks(e, loc, "fits",
                    arena_printf(e->a,
                                 "compile with another %s than before fit is not supported yet: "
                                 "of what it says only the learning rate may change",
                                 wrong));
    if (!e->at->compiled_first) e->at->compiled_first = arena_copy(e->a, before, sizeof *before);
    e->at->compiled_anew = true;
}

Value method_compile(Eval *e, const Call *call) {
    CompileArgs args = {0};
    Loc *locs = bind_locs(e->a, compile_args);
    const Model before = *e->model;
    e->model->has_compile = true;
    e->model->nmetric = 0;
    if (!bind(e, call, &(ArgTable){compile_args, &args, locs}, 1)) return eval_error();
    weight_is_one(e, args.loss_weights, value_loc(locs, 2, call->loc));
    set_optimizer(e, args.optimizer, value_loc(locs, 0, call->loc));
    if (set_loss(e, args.loss, value_loc(locs, 1, call->loc)) &&
        set_metrics(e, args.metrics, value_loc(locs, 3, call->loc), false))
        set_metrics(e, args.weighted_metrics, value_loc(locs, 4, call->loc), true);
    if (before.has_fit) compile_again(e, &before, call->loc);
    return (Value){.kind = VALUE_NONE};
}

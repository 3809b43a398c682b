// SPDX-License-Identifier: MIT
// What a file can name and with which arguments, as Markdown: the tables by which arguments are bound, printed.
// docs/arguments.md is this text.
#include "formats/language.h"
#include "keras/activation.h"
#include "keras/callbacks/callback.h"
#include "keras/constraints/constraint.h"
#include "keras/initializers/initializer.h"
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"
#include "keras/optimizers/optimizer.h"
#include "keras/regularizers/regularizer.h"
#include "script/eval.h"
#include <math.h>
#include <string.h>

// What may be given, in a word or two, where the default does not show it.
static const char *const kind[] = {
    [ARG_INT] = "an integer",
    [ARG_INT_OPT] = "an integer or None",
    [ARG_FLOAT] = "a number",
    [ARG_BOOL] = "True or False",
    [ARG_SINGLE] = "an integer, also as (n,)",
    [ARG_SINGLE_OPT] = "an integer, also as (n,), or None",
    [ARG_PAIR] = "an integer or two",
    [ARG_PAIR_OPT] = "an integer or two, or None",
    [ARG_SIDES] = "an integer, one for each dimension, or a pair for each",
    [ARG_SHAPE] = "a tuple of integers",
    [ARG_CHOICE] = "", // the choices say it
    [ARG_ACTIVATION] = "an activation",
    [ARG_INIT] = "an initialiser",
    [ARG_SEED] = "an integer or None",
    [ARG_PENALTY] = "a regulariser or None",
    [ARG_CONSTRAINT] = "a constraint or None",
    [ARG_AXES] = "an integer or several",
    [ARG_AXES_OPT] = "an integer or several, or None",
    [ARG_FLOAT_OPT] = "a number or None",
    [ARG_NUMBERS] = "a list of numbers",
    [ARG_NUMBERS_OPT] = "a list of numbers or None",
    [ARG_FLOATS_OPT] = "a number, a list of numbers or None",
    [ARG_FACTOR] = "a number or two",
    [ARG_FACTOR_OPT] = "a number or two, or None",
    [ARG_RANGE] = "two numbers",
    [ARG_TEXT] = "a string",
    [ARG_RATE] = "a number or a schedule",
    [ARG_VALUE] = "as language.md says",
};

static void put_range(const Arg *arg, FILE *out) {
    if (arg->min == 0 && arg->max == 0) return;
    if (isfinite(arg->min)) fprintf(out, ", from %g", arg->min);
    if (isfinite(arg->max) && arg->max < 0x1p31)
        fprintf(out, " %s %g", arg->below ? "to below" : "to", arg->max);
}

static void put_choices(const char *const *choice, FILE *out) {
    for (int i = 0; choice[i]; i++) fprintf(out, "%s`\"%s\"`", i ? " or " : "", choice[i]);
}

static void put_argument(const Arg *arg, FILE *out) {
    fprintf(out, "| `%s` | %s%s%s | ", arg->name, arg->standard ? "`" : "must be given",
            arg->standard ? arg->standard : "", arg->standard ? "`" : "");
    if (arg->type == ARG_ONLY_DEFAULT)
        fprintf(out, "only its default%s", arg->choices ? ", or " : "");
    else
        fputs(kind[arg->type], out);
    if (arg->choices) put_choices(arg->choices, out);
    if (arg->type != ARG_ONLY_DEFAULT) put_range(arg, out);
    fprintf(out, " |\n");
}

static void put_arguments(const Arg *args, FILE *out) {
    if (!args || !args->name) {
        fprintf(out, "\nNo arguments.\n");
        return;
    }
    fprintf(out, "\n| argument | default | may be |\n|---|---|---|\n");
    for (; args->name; args++) put_argument(args, out);
}

static void put_names(const char *name, const char *function, const char *const *alias, int most,
                      FILE *out) {
    fprintf(out, "\n### %s\n", name);
    if (!function && !alias[0]) return;
    fprintf(out, "\nAlso called");
    const char *separator = " ";
    if (function) fprintf(out, "%s`%s`", separator, function), separator = ", ";
    for (int i = 0; i < most && alias[i]; i++, separator = ", ")
        fprintf(out, "%s`%s`", separator, alias[i]);
    fprintf(out, ".\n");
}

static void put_object(const ObjectClass *c, FILE *out) {
    enum { MOST = sizeof c->aliases / sizeof *c->aliases };
    put_names(c->name, c->function, c->aliases, MOST, out);
    put_arguments(c->args, out);
}

static void put_layer(const LayerClass *c, FILE *out) {
    enum { MOST = sizeof c->aliases / sizeof *c->aliases };
    put_names(c->name, NULL, c->aliases, MOST, out);
    put_arguments(c->args, out);
}

void language_print(FILE *out) {
    fprintf(out, "# Names and their arguments\n\n"
                 "Printed by `cnnc --print-language` from the tables by which a file is read, in "
                 "the order of "
                 "positional\narguments. An argument of which only its default is supported "
                 "refuses any other "
                 "value by name.\n[language.md](language.md) says what they mean.\n\n"
                 "## Layers\n\nEach takes those of all layers, too:\n");
    put_arguments(layer_common_args, out);
    for (const LayerClass *const *c = layer_classes; *c; c++) put_layer(*c, out);
    fprintf(out, "\n## Losses\n");
    for (const LossClass *const *c = loss_classes; *c; c++) put_object(&(*c)->object, out);
    fprintf(out, "\n## Optimisers\n");
    for (const OptimizerClass *const *c = optimizer_classes; *c; c++)
        put_object(&(*c)->object, out);
    fprintf(out, "\n## Schedules\n");
    for (const ScheduleClass *const *c = schedule_classes; *c; c++) put_object(&(*c)->object, out);
    fprintf(out, "\n## Metrics\n");
    for (const MetricClass *const *c = metric_classes; *c; c++) put_object(&(*c)->object, out);
    fprintf(out, "\n## Callbacks\n");
    for (const CallbackClass *const *c = callback_classes; *c; c++) put_object(&(*c)->object, out);
    fprintf(out, "\n## Initialisers\n");
    for (const InitializerClass *const *c = initializer_classes; *c; c++)
        put_object(&(*c)->object, out);
    fprintf(out, "\n## Regularisers\n");
    for (const RegularizerClass *const *c = regularizer_classes; *c; c++)
        put_object(&(*c)->object, out);
    fprintf(out, "\n## Constraints\n");
    for (const ConstraintClass *const *c = constraint_classes; *c; c++)
        put_object(&(*c)->object, out);
    fprintf(out, "\n## Activations\n\n");
    for (const Activation *act = activations; act->name; act++)
        fprintf(out, "%s`%s`", act == activations ? "" : ", ", act->name);
    fprintf(out, ".\n");
}

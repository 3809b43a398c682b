// SPDX-License-Identifier: 0BSD
// With confusion[t][p] the samples of class t taken for p: precision of c is confusion[c][c] over column c, recall
// over row c.
#include "cli/evaluation.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CLASSES = 2048, MOST_OUTPUTS = 1024 };

static double sample_target(const Evaluation *e, int64_t sample, int64_t output) {
    const CnnModel *model = e->model;
    const Samples *s = e->samples;
    const void *y = samples_y(model, s, sample);
    if (!s->label && model->label == CNN_LABEL_CLASS) return ((const int32_t *)y)[output];
    if (!s->label) return (double)((const float *)y)[output];
    return model->label_floats == 1 ? s->label[sample] : s->label[sample] == output;
}

static void keep_worst(Evaluation *e, const Miss *miss) {
    int64_t at = e->nworst < WORST ? e->nworst++ : WORST;
    while (at > 0 && e->worst[at - 1].size < miss->size) {
        if (at < WORST) e->worst[at] = e->worst[at - 1];
        at--;
    }
    if (at < WORST) e->worst[at] = *miss;
}

// ---- a classifier

static int64_t said_class(const CnnModel *model, const float *output) {
    int64_t best = 0;
    if (model->output_floats == 1) return output[0] > (model->from_logits ? 0 : 0.5f);
    for (int64_t i = 1; i < model->output_floats; i++)
        if (output[i] > output[best]) best = i;
    return best;
}

double evaluation_share(const CnnModel *model, const float *output, int64_t class) {
    double x = (double)output[model->output_floats == 1 ? 0 : class], sum = 0;
    if (model->output_floats == 1) {
        double p = model->from_logits ? 1 / (1 + exp(-x)) : x;
        return class ? p : 1 - p;
    }
    if (!model->from_logits) return x;
    for (int64_t i = 0; i < model->output_floats; i++) sum += exp((double)output[i] - x);
    return 1 / sum;
}

static void see_class(void *context, int64_t sample, const float *output) {
    Evaluation *e = context;
    int64_t said = said_class(e->model, output);
    int64_t right = samples_class(e->samples, e->model, sample);
    if (samples_ignored(e->model, right)) return;
    if (e->confusion) e->confusion[right * e->classes + said]++;
    if (said == right) return;
    const Miss miss = {.sample = sample,
                       .said = said,
                       .right = right,
                       .size = evaluation_share(e->model, output, said)};
    keep_worst(e, &miss);
}

ClassFigures evaluation_class(const Evaluation *e, int64_t c) {
    int64_t right = e->confusion[c * e->classes + c], row = 0, column = 0;
    for (int64_t k = 0; k < e->classes; k++) {
        row += e->confusion[c * e->classes + k];
        column += e->confusion[k * e->classes + c];
    }
    return (ClassFigures){.samples = row,
                          .precision = column ? (double)right / (double)column : NAN,
                          .recall = row ? (double)right / (double)row : NAN};
}

// ---- numbers

static void see_numbers(void *context, int64_t sample, const float *output) {
    Evaluation *e = context;
    Miss miss = {.sample = sample, .size = -1};
    for (int64_t i = 0; i < e->outputs; i++) {
        Deviation *d = &e->deviation[i];
        double z = (double)output[i], y = sample_target(e, sample, i), error = z - y;
        d->target += y;
        d->output += z;
        d->target2 += y * y;
        d->error2 += error * error;
        d->error1 += fabs(error);
        if (fabs(error) > miss.size)
            miss =
                (Miss){.sample = sample, .said = i, .size = fabs(error), .output = z, .target = y};
    }
    keep_worst(e, &miss);
}

// ---- both

bool evaluation_make(Evaluation *e, Engine *engine, const Samples *samples, CnnError *error) {
    const CnnModel *model = engine->model;
    int64_t told = evaluate_told(model), floats = model->output_floats;
    bool known = model->output_rank == 1 &&
                 (model->label_floats == floats || (model->label_floats == 1 && floats == 1));
    *e = (Evaluation){.model = model, .samples = samples};
    e->classes = told;
    e->outputs = !told && known && floats <= MOST_OUTPUTS ? floats : 0;
    e->means = memory_new(1 + model->nmetric, sizeof *e->means, "the metrics", error);
    bool tables = told && told <= MOST_CLASSES;
    e->confusion = !tables ? NULL
                           : memory_new(e->classes * e->classes, sizeof *e->confusion,
                                        "the confusion matrix", error);
    e->deviation = memory_new(e->outputs, sizeof *e->deviation, "the outputs", error);
    bool ok = e->means && (e->confusion || !tables) && e->deviation;
    EvaluateSee *see = e->classes ? see_class : e->outputs ? see_numbers : NULL;
    ok = ranks_agree(engine->ranks, ok, error) &&
         evaluate_samples(engine, samples, e->means, see, e, error);
    if (!ok) evaluation_free(e);
    return ok;
}

void evaluation_free(Evaluation *e) {
    free(e->means);
    free(e->confusion);
    free(e->deviation);
    *e = (Evaluation){0};
}

// SPDX-License-Identifier: 0BSD
// Loss and metrics over many samples, and which classes an output tells apart.
#include "engine/formula.h"
#include "fit/results.h"
#include "runtime.h"
#include "io/text.h"
#include <string.h>

static bool is_categorical(const CnnModel *model) {
    bool names_one = model->label == CNN_LABEL_CLASS || model->label_floats == model->output_floats;
    return names_one && strstr(model->loss, "categorical");
}

int64_t evaluate_told(const CnnModel *model) {
    if (model->output_rank != 1) return 0;
    if (model->output_floats == 1) return strncmp(model->loss, "binary_", 7) ? 0 : 2;
    return !model->has_compile || is_categorical(model) ? model->output_floats : 0;
}

const char *evaluate_class(const CnnModel *model, int64_t index, char buffer[]) {
    if (index < model->nclass) return text_foreign(buffer, TEXT_NAME, model->class_name[index]);
    snprintf(buffer, TEXT_NAME, "%lld", (long long)index);
    return buffer;
}

const char *results_name(const CnnModel *model, int64_t i) {
    return i ? model->result[i - 1].name : "loss";
}

int64_t results_figures(const CnnModel *model, int64_t i) {
    return i ? model->result[i - 1].figures : 1;
}

void results_add(const CnnModel *model, double *total, const double *sums) {
    int64_t at = 1;
    total[0] += sums[0];
    for (int64_t i = 0; i < model->nmetric; i++) {
        const CnnMetric *m = &model->result[i];
        if (m->figure + 1 < m->figures) continue; // the last one's sums are those of all
        if (m->of_batch) {
            total[at] += formula_of(m->of_batch, sums);
            total[at + m->nsum - 1] += 1;
        }
        for (int64_t k = 0; k < m->nsum && !m->of_batch; k++) total[at + k] += sums[at + k];
        at += m->nsum;
    }
}

static bool depends_on_batches(const CnnModel *model) {
    bool any = model->loss_reduction != CNN_LOSS_MEAN || model->loss_of_batch;
    for (int64_t i = 0; i < model->nmetric; i++) any |= model->result[i].of_batch != NULL;
    return any;
}

void results_of(const CnnModel *model, const double *sums, int64_t samples, double *means) {
    double n = (double)samples;
    means[0] = *sums++ / n;
    for (int64_t i = 0; i < model->nmetric; i++) {
        const CnnMetric *m = &model->result[i];
        CnnResult *result = m->result ? m->result : cnn_result_mean;
        int64_t own = m->nsum - m->weighted;
        means[1 + i] = result(sums, own, m->weighted ? sums[own] : n, m->setting, m->figure);
        if (m->figure + 1 == m->figures) sums += m->nsum;
    }
}

enum { KERAS_BATCH = 32 }; // where nobody says how many samples are evaluated together

int64_t evaluate_rows(const CnnModel *model) {
    enum { FLOATS = 1 << 24, LEAST = 128 };
    int64_t rows = INFER_ROWS;
    while (rows > LEAST && rows * model->input_floats > FLOATS) rows /= 2;
    return rows;
}

bool evaluate_samples(Engine *engine, const Samples *samples, double *means, EvaluateSee *see,
                      void *context, CnnError *error) {
    const CnnModel *model = engine->model;
    double *total = engine->total;
    for (int64_t i = 0; i < model->nsum; i++) total[i] = 0;
    int64_t most = evaluate_rows(model);
    if (depends_on_batches(model)) most = samples->batch ? samples->batch : KERAS_BATCH;
    bool ok = samples_begin(samples, 0, samples->n, most, error);
    if (!ranks_agree(engine->ranks, ok, error)) return false;
    for (int64_t first = 0; first < samples->n; first += most) {
        int64_t n = samples->n - first < most ? samples->n - first : most;
        ok = samples_need(samples, first, n, error);
        if (!ranks_agree(engine->ranks, ok, error)) return false;
        const double *sums = engine_infer(engine, samples, first, n);
        results_add(model, total, sums);
        if (see) engine_collect(engine, n);
        for (int64_t i = 0; see && i < n; i++)
            see(context, first + i, engine->run.out + i * model->output_floats);
    }
    results_of(model, total, samples->n, means);
    return true;
}

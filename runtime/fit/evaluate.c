// SPDX-License-Identifier: 0BSD
// Loss and metrics over many samples, and for a classifier how the classes are told apart. With
// confusion[t][p] the samples of class t taken for p: precision of c is confusion[c][c] over column
// c, recall over row c.
#include "runtime.h"
#include "io/text.h"
#include <string.h>

enum { TABLE_CLASSES = 32 }; // beyond, a table of classes is no help on a screen

static int64_t count_classes(const CnnModel *model) {
    bool names_one = model->label == CNN_LABEL_CLASS || model->label_floats == model->output_floats;
    return model->output_rank == 1 && model->output_floats > 1 && names_one &&
                   strstr(model->loss, "categorical")
               ? model->output_floats
               : 0;
}

int64_t evaluate_classes(const CnnModel *model) {
    int64_t classes = count_classes(model);
    return classes <= TABLE_CLASSES ? classes : 0;
}

static int64_t largest(const float *value, int64_t n) {
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (value[i] > value[best]) best = i;
    return best;
}

void results_of(const CnnModel *model, const double *sums, int64_t samples, double *means) {
    double n = (double)samples;
    means[0] = *sums++ / n;
    for (int64_t i = 0; i < model->nmetric; sums += model->result[i++].nsum) {
        const CnnMetric *m = &model->result[i];
        means[1 + i] = m->result ? m->result(sums, m->nsum, n, m->setting) : *sums / n;
    }
}

void evaluate_samples(Engine *engine, const Samples *samples, double *means, int64_t *confusion) {
    const CnnModel *model = engine->model;
    int64_t classes = model->output_floats;
    double *total = engine->total;
    for (int64_t i = 0; i < model->nsum; i++) total[i] = 0;
    for (int64_t first = 0; first < samples->n; first += INFER_ROWS) {
        int64_t n = samples->n - first < INFER_ROWS ? samples->n - first : INFER_ROWS;
        const double *sums = engine_infer(engine, samples, first, n);
        for (int64_t i = 0; i < model->nsum; i++) total[i] += sums[i];
        for (int64_t i = 0; confusion && i < n; i++) {
            int64_t predicted = largest(engine->run.out + i * classes, classes);
            confusion[samples->label[first + i] * classes + predicted]++;
        }
    }
    results_of(model, total, samples->n, means);
}

static const char *class_label(const CnnModel *model, int64_t index, char buffer[TEXT_NAME]) {
    if (index < model->nclass) return text_foreign(buffer, TEXT_NAME, model->class_name[index]);
    snprintf(buffer, TEXT_NAME, "%lld", (long long)index);
    return buffer;
}

static int name_width(const CnnModel *model, int64_t classes) {
    size_t width = strlen("class");
    for (int64_t i = 0; i < classes; i++) {
        char buffer[TEXT_NAME];
        size_t length = strlen(class_label(model, i, buffer));
        if (length > width) width = length;
    }
    return (int)width;
}

static void print_classes(const CnnModel *model, FILE *file, int64_t classes,
                          const int64_t *confusion) {
    int width = name_width(model, classes);
    fprintf(file, "\n%-*s  precision  recall  samples\n", width, "class");
    for (int64_t c = 0; c < classes; c++) {
        int64_t right = confusion[c * classes + c], row = 0, column = 0;
        for (int64_t k = 0; k < classes; k++) {
            row += confusion[c * classes + k];
            column += confusion[k * classes + c];
        }
        char buffer[TEXT_NAME], precision[32] = "-", recall[32] = "-"; // nothing to divide by
        if (column) snprintf(precision, sizeof precision, "%.4f", (double)right / (double)column);
        if (row) snprintf(recall, sizeof recall, "%.4f", (double)right / (double)row);
        fprintf(file, "%-*s  %9s  %6s  %7lld\n", width, class_label(model, c, buffer), precision,
                recall, (long long)row);
    }
}

static void print_confusion(const CnnModel *model, FILE *file, int64_t classes,
                            const int64_t *confusion) {
    int width = name_width(model, classes), digits = 4;
    for (int64_t i = 0; i < classes * classes; i++) {
        int length = snprintf(NULL, 0, "%lld", (long long)confusion[i]);
        if (length > digits) digits = length;
    }
    fprintf(file, "\nconfusion matrix: rows are the true class, columns the predicted\n%*s", width,
            "");
    for (int64_t c = 0; c < classes; c++) fprintf(file, " %*lld", digits, (long long)c);
    fputc('\n', file);
    for (int64_t t = 0; t < classes; t++) {
        char buffer[TEXT_NAME];
        fprintf(file, "%-*s", width, class_label(model, t, buffer));
        for (int64_t p = 0; p < classes; p++)
            fprintf(file, " %*lld", digits, (long long)confusion[t * classes + p]);
        fputc('\n', file);
    }
}

void evaluate_print(const CnnModel *model, FILE *file, const double *means,
                    const int64_t *confusion) {
    char text[TEXT_NUMBER];
    int64_t classes = count_classes(model);
    fprintf(file, "loss: %s\n", text_python(text, means[0]));
    for (int64_t i = 0; i < model->nmetric; i++)
        fprintf(file, "%s: %s\n", model->metric[i], text_python(text, means[1 + i]));
    if (classes > TABLE_CLASSES)
        fprintf(file, "(no tables by class: there are %lld classes, more than %d)\n",
                (long long)classes, TABLE_CLASSES);
    if (!evaluate_classes(model)) return;
    print_classes(model, file, classes, confusion);
    print_confusion(model, file, classes, confusion);
}

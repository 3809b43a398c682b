// SPDX-License-Identifier: 0BSD
// An evaluation as tables, none of which is wider than 80 columns as long as its numbers are not, and as JSON.
#include "cli/evaluation.h"
#include "io/text.h"
#include <math.h>
#include <string.h>

enum {
    COLUMNS = 80,
    TABLE_CLASSES = 32, // beyond, a table of classes is no help on a screen
    NAME = 32
};

static const char *short_name(const CnnModel *model, int64_t class, char buffer[NAME]) {
    char all[TEXT_NAME];
    return text_foreign(buffer, NAME, evaluate_class(model, class, all));
}

static int name_width(const CnnModel *model, int64_t classes) {
    size_t width = strlen("class");
    for (int64_t i = 0; i < classes; i++) {
        char buffer[NAME];
        size_t length = strlen(short_name(model, i, buffer));
        if (length > width) width = length;
    }
    return (int)width;
}

static const char *share_text(char buffer[NAME], double share) {
    snprintf(buffer, NAME, isnan(share) ? "-" : "%.4f", share);
    return buffer;
}

// ---- tables

static void print_classes(const Evaluation *e, FILE *file) {
    int width = name_width(e->model, e->classes);
    fprintf(file, "\n%-*s  precision  recall  samples\n", width, "class");
    for (int64_t c = 0; c < e->classes; c++) {
        char name[NAME], precision[NAME], recall[NAME];
        ClassFigures f = evaluation_class(e, c);
        fprintf(file, "%-*s  %9s  %6s  %7lld\n", width, short_name(e->model, c, name),
                share_text(precision, f.precision), share_text(recall, f.recall),
                (long long)f.samples);
    }
}

static int widest(const Evaluation *e) {
    int digits = 4;
    for (int64_t i = 0; i < e->classes * e->classes; i++) {
        int length = snprintf(NULL, 0, "%lld", (long long)e->confusion[i]);
        if (length > digits) digits = length;
    }
    return digits;
}

// Columns [first, end) of the matrix.
static void print_block(const Evaluation *e, FILE *file, int64_t first, int64_t end, int digits) {
    int width = name_width(e->model, e->classes);
    fprintf(file, "%*s", width, "");
    for (int64_t c = first; c < end; c++) fprintf(file, " %*lld", digits, (long long)c);
    fputc('\n', file);
    for (int64_t t = 0; t < e->classes; t++) {
        char buffer[NAME];
        fprintf(file, "%-*s", width, short_name(e->model, t, buffer));
        for (int64_t p = first; p < end; p++)
            fprintf(file, " %*lld", digits, (long long)e->confusion[t * e->classes + p]);
        fputc('\n', file);
    }
}

static void print_confusion(const Evaluation *e, FILE *file) {
    int digits = widest(e), width = name_width(e->model, e->classes);
    int64_t fit = (COLUMNS - width) / (digits + 1);
    fprintf(file, "\nconfusion matrix: rows are the true class, columns the predicted\n");
    for (int64_t first = 0; first < e->classes; first += fit)
        print_block(e, file, first, first + fit < e->classes ? first + fit : e->classes, digits);
}

static void print_mistakes(const Evaluation *e, FILE *file) {
    int width = name_width(e->model, e->classes);
    char said[NAME], right[NAME];
    width = width < 24 ? width : 24;
    if (e->classes && e->nworst)
        fprintf(file, "\nthe most confident mistakes\n%8s  %-*s  %-*s  probability\n", "sample",
                width, "said", width, "true");
    for (int64_t i = 0; e->classes && i < e->nworst; i++) {
        const Miss *m = &e->worst[i];
        fprintf(file, "%8lld  %-*.24s  %-*.24s  %11.4f\n", (long long)m->sample, width,
                short_name(e->model, m->said, said), width, short_name(e->model, m->right, right),
                m->size);
    }
}

// ---- outputs that are numbers

typedef struct OutputFigures {
    double target, output, mae, rmse, r2; // means; of targets that are all one r2 is NAN
} OutputFigures;

static OutputFigures output_figures(const Evaluation *e, int64_t output) {
    const Deviation *d = &e->deviation[output];
    double n = (double)e->samples->n, all = d->target2 - d->target * d->target / n;
    return (OutputFigures){.target = d->target / n,
                           .output = d->output / n,
                           .mae = d->error1 / n,
                           .rmse = sqrt(d->error2 / n),
                           .r2 = all > 0 ? 1 - d->error2 / all : NAN};
}

static void print_outputs(const Evaluation *e, FILE *file) {
    int64_t shown = e->outputs < TABLE_CLASSES ? e->outputs : TABLE_CLASSES;
    fprintf(file, "\n%6s  %11s  %11s  %11s  %11s  %8s\n", "output", "mean target", "mean output",
            "MAE", "RMSE", "R2");
    for (int64_t i = 0; i < shown; i++) {
        OutputFigures f = output_figures(e, i);
        char r2[NAME];
        fprintf(file, "%6lld  %11.5g  %11.5g  %11.5g  %11.5g  %8s\n", (long long)i, f.target,
                f.output, f.mae, f.rmse, share_text(r2, f.r2));
    }
    if (shown < e->outputs)
        fprintf(file, "(and %lld outputs more: --json)\n", (long long)(e->outputs - shown));
    fprintf(file, "\nthe largest errors\n%8s  %6s  %11s  %11s\n", "sample", "output", "is",
            "target");
    for (int64_t i = 0; i < e->nworst; i++) {
        const Miss *m = &e->worst[i];
        fprintf(file, "%8lld  %6lld  %11.5g  %11.5g\n", (long long)m->sample, (long long)m->said,
                m->output, m->target);
    }
}

void evaluation_print(const Evaluation *e, FILE *file) {
    char text[TEXT_NUMBER];
    const CnnModel *model = e->model;
    fprintf(file, "loss: %s\n", text_python(text, e->means[0]));
    for (int64_t i = 1, n; i <= model->nmetric; i += n) {
        n = results_figures(model, i);
        fprintf(file, "%s: %s", results_name(model, i), n > 1 ? "[" : "");
        for (int64_t k = 0; k < n; k++)
            fprintf(file, "%s%s", k ? ", " : "", text_python(text, e->means[i + k]));
        fputs(n > 1 ? "]\n" : "\n", file);
    }
    if (e->outputs) print_outputs(e, file);
    if (e->classes > TABLE_CLASSES)
        fprintf(file, "(no tables by class: there are %lld classes, more than %d)\n",
                (long long)e->classes, TABLE_CLASSES);
    if (e->confusion && e->classes <= TABLE_CLASSES) {
        print_classes(e, file);
        print_confusion(e, file);
    }
    print_mistakes(e, file);
}

// ---- JSON

static void put_number(FILE *file, const char *name, double value) {
    fprintf(file, "\"%s\": ", name);
    text_put_number(file, value);
}

static void put_class(const Evaluation *e, FILE *file, int64_t c) {
    char name[TEXT_NAME];
    ClassFigures f = evaluation_class(e, c);
    fprintf(file, "%s\n  {\"class\": %lld, \"name\": ", c ? "," : "", (long long)c);
    text_put_json(file, evaluate_class(e->model, c, name));
    fputs(", ", file);
    put_number(file, "precision", f.precision);
    fputs(", ", file);
    put_number(file, "recall", f.recall);
    fprintf(file, ", \"samples\": %lld}", (long long)f.samples);
}

static void put_classes(const Evaluation *e, FILE *file) {
    fputs(",\n \"classes\": [", file);
    for (int64_t c = 0; c < e->classes; c++) put_class(e, file, c);
    fputs("],\n \"confusion\": [", file);
    for (int64_t i = 0; i < e->classes * e->classes; i++) {
        bool first = i % e->classes == 0;
        fprintf(file, "%s%s%lld",
                !first ? ", "
                : i    ? "],\n  "
                       : "\n  ",
                first ? "[" : "", (long long)e->confusion[i]);
    }
    fputs("]]", file);
}

static void put_mistakes(const Evaluation *e, FILE *file) {
    fputs(",\n \"mistakes\": [", file);
    for (int64_t i = 0; i < e->nworst; i++) {
        const Miss *m = &e->worst[i];
        fprintf(file, "%s\n  {\"sample\": %lld, \"said\": %lld, \"true\": %lld, ", i ? "," : "",
                (long long)m->sample, (long long)m->said, (long long)m->right);
        put_number(file, "probability", m->size);
        putc('}', file);
    }
    putc(']', file);
}

static void put_output(const Evaluation *e, FILE *file, int64_t output) {
    OutputFigures f = output_figures(e, output);
    const struct {
        const char *name;
        double value;
    } figure[] = {{"mean_target", f.target},
                  {"mean_output", f.output},
                  {"mae", f.mae},
                  {"rmse", f.rmse},
                  {"r2", f.r2}};
    fputs(output ? ",\n  {" : "\n  {", file);
    for (int i = 0; i < 5; i++) {
        if (i) fputs(", ", file);
        put_number(file, figure[i].name, figure[i].value);
    }
    putc('}', file);
}

static void put_outputs(const Evaluation *e, FILE *file) {
    fputs(",\n \"outputs\": [", file);
    for (int64_t i = 0; i < e->outputs; i++) put_output(e, file, i);
    fputs("],\n \"errors\": [", file);
    for (int64_t i = 0; i < e->nworst; i++) {
        const Miss *m = &e->worst[i];
        fprintf(file, "%s\n  {\"sample\": %lld, \"output\": %lld, ", i ? "," : "",
                (long long)m->sample, (long long)m->said);
        put_number(file, "is", m->output);
        fputs(", ", file);
        put_number(file, "target", m->target);
        putc('}', file);
    }
    putc(']', file);
}

void evaluation_json(const Evaluation *e, FILE *file) {
    fprintf(file, "{\"samples\": %lld, ", (long long)e->samples->n);
    put_number(file, "loss", e->means[0]);
    fputs(", \"metrics\": {", file);
    for (int64_t i = 1, n; i <= e->model->nmetric; i += n) {
        n = results_figures(e->model, i);
        fprintf(file, "%s\"%s\": %s", i > 1 ? ", " : "", results_name(e->model, i),
                n > 1 ? "[" : "");
        for (int64_t k = 0; k < n; k++) {
            fputs(k ? ", " : "", file);
            text_put_number(file, e->means[i + k]);
        }
        if (n > 1) putc(']', file);
    }
    putc('}', file);
    if (e->confusion) put_classes(e, file);
    if (e->classes) put_mistakes(e, file);
    if (e->outputs) put_outputs(e, file);
    fputs("}\n", file);
}

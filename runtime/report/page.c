// SPDX-License-Identifier: 0BSD
// The page: what it came to, the curves, and then the tables.
#include "report/report.h"
#include "io/text.h"
#include <math.h>
#include <string.h>

// ---- what it came to

static void print_tile(FILE *page, const char *value, const char *name) {
    fputs("<div class=\"tile\"><b>", page);
    html_text(page, value);
    fputs("</b><span>", page);
    html_text(page, name);
    fputs("</span></div>\n", page);
}

static void last_value(const Report *r, FILE *page, const char *name, const char *what) {
    char text[TEXT_NUMBER];
    const double *value = runlog_find(r->log, name);
    if (!value || !isfinite(value[r->log->rows - 1])) return;
    snprintf(text, sizeof text, "%.4g", value[r->log->rows - 1]);
    print_tile(page, text, what);
}

static void print_time(const Report *r, FILE *page) {
    const double *seconds = runlog_find(r->log, "train_seconds");
    double all = 0;
    char text[TEXT_NUMBER];
    for (int64_t i = 0; seconds && i < r->log->rows; i++)
        if (isfinite(seconds[i])) all += seconds[i];
    snprintf(text, sizeof text, all < 100 ? "%.2f s" : "%.0f s", all);
    if (seconds) print_tile(page, text, "in training steps");
}

static void print_tiles(const Report *r, FILE *page) {
    char text[TEXT_NUMBER];
    fputs("<div class=\"tiles\">\n", page);
    snprintf(text, sizeof text, "%lld", (long long)r->log->rows);
    print_tile(page, text, r->log->rows == 1 ? "epoch" : "epochs");
    last_value(r, page, "loss", "loss of training");
    last_value(r, page, "accuracy", "accuracy of training");
    last_value(r, page, "val_loss", "loss of validation");
    last_value(r, page, "val_accuracy", "accuracy of validation");
    for (int64_t i = 0; r->evaluation && i < 1 + r->model->nmetric; i++) {
        char name[TEXT_NAME];
        snprintf(name, sizeof name, "%.100s of the test data",
                 i ? r->model->metric[i - 1] : "loss");
        snprintf(text, sizeof text, "%.4g", r->evaluation->means[i]);
        print_tile(page, text, name);
    }
    print_time(r, page);
    fputs("</div>\n", page);
}

// ---- curves: a figure of training, and in the same chart that of validation

static bool is_drawn_with_another(const RunLog *log, const char *name) {
    return !strcmp(name, "epoch") || !strcmp(name, "samples") || !strcmp(name, "val_seconds") ||
           (!strncmp(name, "val_", 4) && runlog_find(log, name + 4));
}

static void print_curves(const Report *r, FILE *page) {
    const RunLog *log = r->log;
    const double *epoch = runlog_find(log, "epoch");
    fputs("<h2>Epoch by epoch</h2>\n<div class=\"charts\">\n", page);
    for (int64_t i = 0; i < log->columns; i++) {
        const char *name = log->name[i];
        char other[TEXT_NAME];
        if (is_drawn_with_another(log, name)) continue;
        const char *title = strcmp(name, "train_seconds") ? name : "seconds";
        snprintf(other, sizeof other, "val_%.150s", title);
        const double *val = runlog_find(log, other);
        const Curve curve[] = {{"training", log->value + i * log->rows}, {"validation", val}};
        chart_print(page, title, epoch, log->rows, curve, val ? 2 : 1);
    }
    fputs("</div>\n", page);
}

void report_page(const Report *r, FILE *page) {
    const CnnModel *model = r->model;
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
          page);
    html_text(page, model->name);
    fprintf(page, "</title>\n<style>\n%s</style></head>\n<body><main>\n<h1>", report_style);
    html_text(page, model->name);
    fputs("</h1>\n<p class=\"sub\">a run of ", page);
    html_text(page, model->source);
    fputs(", from ", page);
    html_text(page, r->log_path);
    fputs("</p>\n", page);
    print_tiles(r, page);
    print_curves(r, page);
    report_mistakes(r, page);
    report_filters(r, page);
    fputs("<h2>The model</h2>\n<div class=\"card\"><pre>", page);
    for (const char *line = model->summary; *line;) { // a line at a time, as html_text has a limit
        char text[TEXT_PATH];
        size_t length = strcspn(line, "\n");
        snprintf(text, sizeof text, "%.*s", (int)(length < sizeof text ? length : sizeof text - 1),
                 line);
        html_text(page, text);
        putc('\n', page);
        line += length + (line[length] == '\n');
    }
    fputs("</pre></div>\n", page);
    report_plan(r, page);
    report_origin(r, page);
    fputs("</main></body></html>\n", page);
}

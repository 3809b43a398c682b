// SPDX-License-Identifier: 0BSD
// A run as one page of HTML that needs nothing beside it: no script, no other file, light and dark as the reader
// has it. What cannot be shown is left out, and a line says why.
#ifndef CNN_REPORT_H
#define CNN_REPORT_H
#include "cli/evaluation.h"
#include "runtime.h"

// ---- runlog.c: what train --log RUN.jsonl has written
typedef struct RunLog {
    int64_t rows, columns;
    char **name; // "epoch", "loss", ...
    double *value; // [columns, rows]; NAN where there is none
} RunLog;
bool runlog_read(const char *path, RunLog *log, CnnError *error);
void runlog_free(RunLog *log);
const double *runlog_find(const RunLog *log, const char *name); // [rows], or NULL

// ---- html.c: text and pictures in a page
void html_text(FILE *page, const char *text); // foreign text
// Bytes [height, width, channels], grey or RGB, as an image so many times as large.
void html_image(FILE *page, const uint8_t *value, const int64_t size[3], int64_t times,
                const char *title);
// A row of a table of two columns.
void html_fact(FILE *page, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void html_left_out(FILE *page, const char *what, const char *why);

// ---- chart.c: curves over the epochs
typedef struct Curve {
    const char *name;
    const double *y; // [n]; what is not finite is a gap
} Curve;
void chart_print(FILE *page, const char *title, const double *x, int64_t n, const Curve *curve,
                 int64_t curves);

// ---- page.c
typedef struct Report {
    const CnnModel *model;
    const RunLog *log;
    const char *log_path, *weights_path; // the second may be NULL
    const float *params; // of these weights, or NULL
    const Evaluation *evaluation; // on the test data, or NULL,
    const char *no_evaluation; // and why
} Report;
void report_page(const Report *r, FILE *page);

// ---- tables.c: its sections that are tables
void report_mistakes(const Report *r, FILE *page);
void report_filters(const Report *r, FILE *page);
void report_plan(const Report *r, FILE *page);
void report_origin(const Report *r, FILE *page);
extern const char report_style[]; // style.c
#endif

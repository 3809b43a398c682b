// SPDX-License-Identifier: 0BSD
// What the model takes for what, its first filters, its kernels, and where the page comes from.
#include "report/report.h"
#include "cli/cpu.h"
#include "io/digest.h"
#include "io/image.h"
#include "io/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { MOST_CLASSES = 64, FILTERS = 64, FILTER_PIXELS = 56, WORST_PIXELS = 112 };

static void class_name(FILE *page, const CnnModel *model, int64_t class) {
    char buffer[TEXT_NAME];
    html_text(page, evaluate_class(model, class, buffer));
}

// ---- what it gets wrong

static double most_of_row(const Evaluation *e, int64_t t) {
    double sum = 0;
    for (int64_t p = 0; p < e->classes; p++) sum += (double)e->confusion[t * e->classes + p];
    return sum > 0 ? sum : 1;
}

static void print_matrix(const Evaluation *e, FILE *page) {
    fputs("<h3>Confusion matrix: rows are the true class, columns the predicted</h3>\n"
          "<div class=\"card\"><table class=\"matrix\"><thead><tr><th></th>",
          page);
    for (int64_t c = 0; c < e->classes; c++) {
        fputs("<th scope=\"col\">", page);
        class_name(page, e->model, c);
        fputs("</th>", page);
    }
    fputs("</tr></thead><tbody>\n", page);
    for (int64_t t = 0; t < e->classes; t++) {
        double all = most_of_row(e, t);
        fputs("<tr><th scope=\"row\">", page);
        class_name(page, e->model, t);
        fputs("</th>", page);
        for (int64_t p = 0; p < e->classes; p++) {
            int64_t n = e->confusion[t * e->classes + p];
            double share = (double)n / all; // mistakes are few: they show from 1 in 100 on
            fprintf(page, "<td class=\"%s\" style=\"--s:%.3f\">%lld</td>",
                    !n       ? "none"
                    : t == p ? "right"
                             : "wrong",
                    t == p ? 0.75 * share
                    : n    ? fmin(0.9, 0.12 + 6 * share)
                           : 0,
                    (long long)n);
        }
        fputs("</tr>\n", page);
    }
    fputs("</tbody></table></div>\n", page);
}

static void print_share(FILE *page, double share) {
    fprintf(page, isnan(share) ? "<td>-</td>" : "<td>%.4f</td>", share);
}

static void print_classes(const Evaluation *e, FILE *page) {
    fputs(
        "<h3>By class</h3>\n<div class=\"card\"><table><thead><tr><th>class</th><th>precision</th>"
        "<th>recall</th><th>samples</th></tr></thead><tbody>\n",
        page);
    for (int64_t c = 0; c < e->classes; c++) {
        ClassFigures f = evaluation_class(e, c);
        fputs("<tr><th scope=\"row\">", page);
        class_name(page, e->model, c);
        fputs("</th>", page);
        print_share(page, f.precision);
        print_share(page, f.recall);
        fprintf(page, "<td>%lld</td></tr>\n", (long long)f.samples);
    }
    fputs("</tbody></table></div>\n", page);
}

// The sample as the image that it was, if it is one.
static void print_sample(const Evaluation *e, FILE *page, int64_t sample) {
    int64_t size[IMAGE_DIMS];
    const Samples *s = e->samples;
    char title[TEXT_NAME];
    Ahead *ahead = s->table ? s->x_ahead : NULL;
    bool is = (s->pixel || ahead) &&
              picture_size(e->model->input_dim, e->model->input_rank, size) && size[2] != 4;
    if (!is) return;
    CnnError lost; // it was there before: the page then goes without
    uint8_t *own = ahead ? malloc((size_t)ahead->bytes) : NULL;
    bool there = !ahead || (own && ahead->row(ahead, s->base + sample, own, &lost));
    int64_t times = WORST_PIXELS / size[1];
    snprintf(title, sizeof title, "sample %lld of the test data", (long long)sample);
    if (there)
        html_image(page, own ? own : samples_pixel(e->model, s, sample), size,
                   times < 1 ? 1 : times, title);
    free(own);
}

static void print_worst(const Evaluation *e, FILE *page) {
    if (!e->nworst) return;
    fputs(e->classes ? "<h3>The mistakes that it is surest of</h3>\n<div class=\"images\">\n"
                     : "<h3>The largest errors</h3>\n<div class=\"images\">\n",
          page);
    for (int64_t i = 0; i < e->nworst; i++) {
        const Miss *m = &e->worst[i];
        fputs("<figure>", page);
        print_sample(e, page, m->sample);
        fputs("<figcaption>", page);
        if (e->classes) {
            fputs("<b>", page);
            class_name(page, e->model, m->said);
            fprintf(page, "</b> %.1f %%, is ", 100 * m->size);
            class_name(page, e->model, m->right);
        } else {
            fprintf(page, "<b>%.5g</b>, is %.5g", m->output, m->target);
        }
        fprintf(page, "<br><span class=\"sub\">sample %lld</span></figcaption></figure>\n",
                (long long)m->sample);
    }
    fputs("</div>\n", page);
}

void report_mistakes(const Report *r, FILE *page) {
    const Evaluation *e = r->evaluation;
    fputs("<h2>What it gets wrong</h2>\n", page);
    if (!e) {
        html_left_out(page, "the confusion matrix and the mistakes", r->no_evaluation);
        return;
    }
    if (e->classes > MOST_CLASSES)
        html_left_out(page, "the confusion matrix", "there are too many classes for it");
    if (e->confusion && e->classes <= MOST_CLASSES) {
        print_matrix(e, page);
        print_classes(e, page);
    }
    print_worst(e, page);
}

// ---- the first filters

typedef struct Filters { // of a weight whose last axis counts them
    const CnnWeight *weight;
    int64_t n, size[IMAGE_DIMS];
} Filters;

// Of a convolution of images, or of a layer that sees all of an image at once.
static bool find_filters(const CnnModel *model, Filters *f) {
    for (int64_t i = 0; i < model->nweight; i++) {
        const CnnWeight *w = &model->weight[i];
        if (w->rank != 4 && w->rank != 2) continue;
        *f = (Filters){.weight = w, .n = w->dim[w->rank - 1]};
        if (w->rank == 4)
            memcpy(f->size, w->dim, sizeof f->size);
        else if (w->dim[0] != model->input_floats ||
                 !picture_size(model->input_dim, model->input_rank, f->size))
            return false;
        return f->size[2] == 1 || f->size[2] == 3;
    }
    return false;
}

static double largest_of(const float *value, int64_t n) {
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(value[i])) most = fmax(most, fabs((double)value[i]));
    return most > 0 ? most : 1;
}

// One channel: blue below zero, white at it, red above. Three: each its own, grey at zero.
static void paint(const Filters *f, const float *value, int64_t filter, double most, uint8_t *to) {
    int64_t inputs = f->size[0] * f->size[1] * f->size[2];
    for (int64_t i = 0; i < inputs; i++) {
        double v = (double)value[i * f->n + filter] / most;
        v = isfinite(v) ? fmin(fmax(v, -1), 1) : 0;
        if (f->size[2] == 3) {
            *to++ = (uint8_t)(127.5 + 127.5 * v);
            continue;
        }
        double blue = v < 0 ? -v : 0, red = v > 0 ? v : 0;
        *to++ = (uint8_t)(250 - 215 * blue - 40 * red);
        *to++ = (uint8_t)(250 - 140 * blue - 200 * red);
        *to++ = (uint8_t)(250 - 30 * blue - 210 * red);
    }
}

static void print_filters(const Report *r, FILE *page, const Filters *f) {
    const float *value = r->params + f->weight->param;
    double most = largest_of(value, f->weight->count);
    int64_t size[IMAGE_DIMS] = {f->size[0], f->size[1], 3}, times = FILTER_PIXELS / size[1];
    int64_t shown = f->n < FILTERS ? f->n : FILTERS;
    uint8_t *pixel = malloc((size_t)(size[0] * size[1] * 3));
    if (!pixel) html_left_out(page, "the first filters", "memory is out");
    fputs("<div class=\"card\"><p class=\"sub\">", page);
    html_text(page, f->weight->name);
    fprintf(page, ", %lld of %lld; %s %.3g</p><div class=\"filters\">\n", (long long)shown,
            (long long)f->n,
            f->size[2] == 1 ? "white is 0, red positive, blue negative, up to"
                            : "grey is 0, black and full colour are",
            most);
    for (int64_t i = 0; pixel && i < shown; i++) {
        char title[TEXT_NAME];
        snprintf(title, sizeof title, "filter %lld", (long long)i);
        paint(f, value, i, most, pixel);
        html_image(page, pixel, size, times < 1 ? 1 : times, title);
    }
    fputs("</div></div>\n", page);
    free(pixel);
}

void report_filters(const Report *r, FILE *page) {
    Filters f;
    fputs("<h2>First filters</h2>\n", page);
    if (!r->params)
        html_left_out(page, "the first filters", "no --weights was given");
    else if (!find_filters(r->model, &f))
        html_left_out(page, "the first filters", "the first layer's are no images");
    else
        print_filters(r, page, &f);
}

// ---- the plan

static double kernel_flops(const CnnKernel *k, double n) {
    return n * k->flops_sample + k->flops_step;
}

static void print_kernels(FILE *page, const char *title, const CnnKernel *kernel, int64_t n,
                          double samples) {
    double all = 0;
    for (int64_t i = 0; i < n; i++) all += kernel_flops(&kernel[i], samples);
    fprintf(page,
            "<h3>%s</h3>\n<div class=\"card\"><table><thead><tr><th>kernel</th><th>variant</th>"
            "<th>runs</th><th>FLOP a sample</th><th>share</th></tr></thead><tbody>\n",
            title);
    for (int64_t i = 0; i < n; i++) {
        double flops = kernel_flops(&kernel[i], samples), share = all > 0 ? flops / all : 0;
        fputs("<tr><th scope=\"row\">", page);
        html_text(page, kernel[i].name);
        fputs("</th><td>", page);
        html_text(page, kernel[i].variant);
        fprintf(
            page,
            "</td><td>%s</td><td>%.0f</td><td><span class=\"bar\" style=\"width:%.0fpx\"></span> "
            "%.1f %%</td></tr>\n",
            kernel[i].by_unit ? "once a batch" : "once a leaf", flops / samples, 90 * share,
            100 * share);
    }
    fputs("</tbody></table></div>\n", page);
}

void report_plan(const Report *r, FILE *page) {
    const CnnTimed *t = r->model->timed;
    double batch = r->model->batch_size > 0 ? (double)r->model->batch_size : 32;
    fputs("<h2>The plan</h2>\n<p class=\"sub\">Kernels in the order in which they run, and the "
          "arithmetic "
          "that they execute.</p>\n",
          page);
    if (t->ntrain) print_kernels(page, "Training", t->train, t->ntrain, batch);
    print_kernels(page, "Inference", t->infer, t->ninfer, 1);
}

// ---- where it comes from

// A line "KEY : value" of a file of /proc, or "".
static void find_line(const char *path, const char *key, char value[TEXT_NAME]) {
    char line[512];
    FILE *file = fopen(path, "r");
    *value = 0;
    while (file && !*value && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, key, strlen(key)) != 0 || !colon) continue;
        colon += 1 + strspn(colon + 1, " \t");
        snprintf(value, TEXT_NAME, "%.*s", (int)strcspn(colon, "\n"), colon);
    }
    if (file) fclose(file);
}

static void print_digest(FILE *page, const char *name, const char *path) {
    char digest[DIGEST_TEXT];
    if (path && digest_file(path, digest)) html_fact(page, name, "%s  %s", digest, path);
}

static void print_machine(FILE *page) {
    char cpu[TEXT_NAME], memory[TEXT_NAME];
    struct utsname system = {0};
    find_line("/proc/cpuinfo", "model name", cpu);
    find_line("/proc/meminfo", "MemTotal", memory);
    if (*cpu) html_fact(page, "CPU", "%s", cpu);
    html_fact(page, "CPUs that it may use", "%d", cpus_default());
    if (*memory) html_fact(page, "memory", "%.1f GB", strtod(memory, NULL) / 1e6);
    if (uname(&system) == 0)
        html_fact(page, "system", "%s %s, %s", system.sysname, system.release, system.machine);
}

void report_origin(const Report *r, FILE *page) {
    const CnnModel *m = r->model;
    fputs("<h2>Where it comes from</h2>\n<div class=\"card\"><table class=\"facts\"><tbody>\n",
          page);
    html_fact(page, "source", "%s, hash %s", m->source, m->source_hash);
    html_fact(page, "compiled by", "cnnc %s for %s", m->version, m->target);
    print_digest(page, "log, SHA-256", r->log_path);
    print_digest(page, "weights, SHA-256", r->weights_path);
    print_digest(page, "program, SHA-256", "/proc/self/exe");
    fputs("</tbody></table></div>\n<h3>The machine that made this page</h3>\n"
          "<div class=\"card\"><table class=\"facts\"><tbody>\n",
          page);
    print_machine(page);
    fputs("</tbody></table></div>\n", page);
}

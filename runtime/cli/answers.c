// SPDX-License-Identifier: 0BSD
// What `predict` says: of a classifier the classes that it finds most likely, of other models the outputs. As text
//     digit.png: 7 99.81 %, 1 0.15 %, 3 0.02 %
//       made grey, resized from 640 x 480 to 28 x 28
// with the image in front of it on a terminal; as JSON an array; as CSV a row a sample, with all outputs.
#include "cli/evaluation.h"
#include "cli/predict.h"
#include "io/text.h"
#include <math.h>
#include <string.h>

enum { SHOWN_OUTPUTS = 8, PREVIEW_COLUMNS = 64 };

// ---- what outputs mean

typedef struct Verdict { // on a sample
    int64_t classes; // 0: the outputs are numbers
    const CnnModel *model;
    const float *output;
    bool likely; // what classes are given are probabilities: of all together 1
} Verdict;

static double share_of(const Verdict *v, int64_t class) {
    return evaluation_share(v->model, v->output, class);
}

static bool are_probabilities(const Verdict *v) {
    double sum = 0;
    if (v->model->from_logits) return true;
    for (int64_t c = 0; c < v->classes; c++) {
        double share = share_of(v, c);
        if (!(share >= 0)) return false;
        sum += share;
    }
    return fabs(sum - 1) < 1e-3;
}

static bool is_before(const Verdict *v, int64_t a, int64_t b) {
    bool one = v->model->output_floats == 1;
    double p = one ? share_of(v, a) : (double)v->output[a];
    double q = one ? share_of(v, b) : (double)v->output[b];
    return p > q || (p == q && a < b);
}

// By what they are given: the class after `last`, the first of all after -1; -1 after the last one.
static int64_t next_class(const Verdict *v, int64_t last) {
    int64_t best = -1;
    for (int64_t c = 0; c < v->classes; c++)
        if ((last < 0 || is_before(v, last, c)) && (best < 0 || is_before(v, c, best))) best = c;
    return best;
}

// ---- text

// Two rows of the image in a row of characters, which are twice as high as wide; a wide image is made smaller.
static void draw(const Image *image, FILE *file) {
    static const char ink[] = " .:-=+*#%@";
    CnnError none = {0};
    int64_t w = image->width < PREVIEW_COLUMNS ? image->width : PREVIEW_COLUMNS;
    int64_t h = (image->height * w + image->width) / (2 * image->width);
    Image small;
    bool ok = image_copy(&small, image, &none);
    if (ok) image_on_white(&small);
    if (ok && image_to(&small, 1, &none) && image_resize(&small, h > 1 ? h : 1, w, &none))
        for (int64_t y = 0; y < small.height; y++) {
            int64_t end = w;
            const uint8_t *row = small.value + y * w;
            while (end && row[end - 1] < 26) end--;
            fputs("  ", file);
            for (int64_t x = 0; x < end; x++) putc(ink[row[x] * 10 / 256], file);
            putc('\n', file);
        }
    image_free(&small);
}

static void say_classes(const Answers *a, const Verdict *v) {
    char buffer[TEXT_NAME];
    int64_t c = -1;
    for (int64_t i = 0; i < a->top && (c = next_class(v, c)) >= 0; i++) {
        double share = share_of(v, c);
        const char *name = evaluate_class(a->model, c, buffer);
        fprintf(a->file, v->likely ? "%s%s %.2f %%" : "%s%s %.4g", i ? ", " : " ", name,
                v->likely ? 100 * share : share);
    }
}

static void say_outputs(const Answers *a, const float *output) {
    char number[TEXT_NUMBER];
    int64_t n = a->model->output_floats, shown = n < SHOWN_OUTPUTS ? n : SHOWN_OUTPUTS;
    for (int64_t i = 0; i < shown; i++) {
        snprintf(number, sizeof number, "%.6g", (double)output[i]);
        fprintf(a->file, "%s%s", i ? ", " : " ", number);
    }
    if (shown < n) fprintf(a->file, ", … of %lld (all with --json or --csv)", (long long)n);
}

static void add_text(const Answers *a, const Input *input, const Verdict *v) {
    char name[TEXT_PATH];
    if (input->image) draw(input->image, a->file);
    fprintf(a->file, "%s:", text_foreign(name, sizeof name, input->name));
    if (v->classes)
        say_classes(a, v);
    else
        say_outputs(a, v->output);
    putc('\n', a->file);
    if (*input->note) fprintf(a->file, "  %s\n", input->note);
}

// ---- JSON

static void add_json(const Answers *a, const Input *input, const Verdict *v) {
    FILE *file = a->file;
    char buffer[TEXT_NAME];
    fputs(a->count ? ",\n {\"input\": " : "\n {\"input\": ", file);
    text_put_json(file, input->name);
    fputs(", \"done\": ", file);
    text_put_json(file, input->note);
    if (v->classes) fputs(", \"top\": [", file);
    int64_t c = -1;
    for (int64_t i = 0; i < a->top && (c = next_class(v, c)) >= 0; i++) {
        fprintf(file, "%s{\"class\": %lld, \"name\": ", i ? ", " : "", (long long)c);
        text_put_json(file, evaluate_class(a->model, c, buffer));
        fputs(v->likely ? ", \"probability\": " : ", \"value\": ", file);
        text_put_number(file, share_of(v, c));
        putc('}', file);
    }
    fputs(v->classes ? "], \"output\": [" : ", \"output\": [", file);
    for (int64_t i = 0; i < a->model->output_floats; i++) {
        if (i) fputs(", ", file);
        text_put_number(file, (double)v->output[i]);
    }
    fputs("]}", file);
}

// ---- CSV

static void put_field(FILE *file, const char *text) {
    char shown[TEXT_PATH];
    bool quoted = strpbrk(text_foreign(shown, sizeof shown, text), ",\"") != NULL;
    if (quoted) putc('"', file);
    for (const char *c = shown; *c; c++) {
        if (*c == '"') putc('"', file);
        putc(*c, file);
    }
    if (quoted) putc('"', file);
}

static void add_csv(const Answers *a, const Input *input, const Verdict *v) {
    char buffer[TEXT_NAME];
    put_field(a->file, input->name);
    if (v->classes) {
        int64_t c = next_class(v, -1);
        fprintf(a->file, ",%lld,", (long long)c);
        put_field(a->file, evaluate_class(a->model, c, buffer));
        fprintf(a->file, v->likely ? ",%.9g" : ",", share_of(v, c));
    }
    for (int64_t i = 0; i < a->model->output_floats; i++)
        fprintf(a->file, ",%.9g", (double)v->output[i]);
    putc('\n', a->file);
}

// ---- all forms

void answers_begin(const Answers *a) {
    if (a->form == ANSWER_JSON) putc('[', a->file);
    if (a->form != ANSWER_CSV) return;
    fputs(evaluate_told(a->model) ? "input,class,name,probability" : "input", a->file);
    for (int64_t i = 0; i < a->model->output_floats; i++)
        fprintf(a->file, ",output_%lld", (long long)i);
    putc('\n', a->file);
}

void answers_add(Answers *a, const Input *input, const float *output) {
    Verdict v = {evaluate_told(a->model), a->model, output, false};
    v.likely = are_probabilities(&v);
    static void (*const add[])(const Answers *, const Input *, const Verdict *) = {
        [ANSWER_TEXT] = add_text, [ANSWER_JSON] = add_json, [ANSWER_CSV] = add_csv};
    add[a->form](a, input, &v);
    a->count++;
}

void answers_end(const Answers *a) {
    if (a->form == ANSWER_JSON) fputs(a->count ? "\n]\n" : "]\n", a->file);
}

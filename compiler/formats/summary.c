// SPDX-License-Identifier: MIT
// The summary of a model: Keras's table, a line a layer, with columns as wide as they need to be;
// the arithmetic that makes it; and the same as JSON.
#include "formats/summary.h"
#include "formats/summary_rows.h"
#include "keras/layers/layer.h"
#include "support/text.h"
#include <string.h>

// ------------------------------------------------------------------------- a text that grows

typedef struct Text {
    Arena *arena;
    int n, size;
    char *text;
} Text;

__attribute__((format(printf, 2, 3))) static void put(Text *t, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const char *piece = arena_vprintf(t->arena, fmt, ap);
    va_end(ap);
    int length = (int)strlen(piece);
    if (t->n + length + 1 > t->size) {
        int size = 2 * (t->n + length + 1) + 1024;
        char *wider = arena_alloc(t->arena, (size_t)size);
        if (t->n) memcpy(wider, t->text, (size_t)t->n);
        t->text = wider, t->size = size;
    }
    memcpy(t->text + t->n, piece, (size_t)length + 1);
    t->n += length;
}

typedef struct Line { // of the table: a layer, or a nested model
    const char *name, *type;
    const Shape *out;
    int64_t parameters;
    bool trainable;
    const Submodel *nest; // the model it is, or NULL
    int level; // how deep within models
} Line;

// The line of layer *i, which is within `in`, or of the model there that it is in. Moves *i behind it.
static Line next_line(const Model *m, int *i, const Submodel *in) {
    const Layer *first = &m->layer[*i];
    const Submodel *nest = submodel_of(first, in);
    Line line = {.name = text_last_part(first->name), .type = first->cls->name, .nest = nest};
    line.trainable = first->trainable && !first->frozen;
    if (nest) line.name = nest->name, line.trainable = !nest->frozen;
    if (nest) line.type = nest->input_name ? "Functional" : "Sequential";
    do {
        const Layer *l = &m->layer[(*i)++];
        for (int k = 0; k < l->nweight; k++) line.parameters += shape_count(&l->weight[k].shape);
        line.out = &l->out;
    } while (nest && *i < m->nlayer && submodel_of(&m->layer[*i], in) == nest);
    return line;
}

// -------------------------------------------------------------------------------- the table's rows

int summary_width(const char *s, size_t bytes) {
    int n = 0;
    for (size_t i = 0; i < bytes; i++) n += ((unsigned char)s[i] & 0xC0) != 0x80;
    return n;
}

static SummaryRow row_of(Arena *a, const Line *line) {
    const char *indent = line->level ? arena_printf(a, "%*s\u2514 ", 3 * line->level, "") : "";
    return (SummaryRow){{arena_printf(a, "%s%s (%s)", indent, line->name, line->type),
                         shape_text(a, line->out), text_thousands(a, line->parameters),
                         !line->parameters ? "-"
                         : line->trainable ? "Y"
                                           : "N"}};
}

typedef struct Rows {
    Arena *arena;
    const Model *model;
    bool nested;
    SummaryRows made;
} Rows;

// Of the Input that begins a model in functional notation.
static bool input_line(const Model *m, int first, const Submodel *in, Line *line) {
    const char *name = in ? in->input_name : m->input_name;
    *line = (Line){.name = name, .type = "InputLayer", .out = &m->layer[first].in[0]};
    return name;
}

static void put_line_of(Rows *r, Line line, int level) {
    line.level = level;
    SummaryRow row = row_of(r->arena, &line);
    ARENA_PUSH(r->arena, r->made.row, r->made.n, row);
}

// The lines of layers first to end, which are within `in`.
static void put_lines(Rows *r, int first, int end, const Submodel *in, int level) {
    Line input;
    if (input_line(r->model, first, in, &input)) put_line_of(r, input, level);
    for (int i = first; i < end;) {
        int begin = i;
        Line line = next_line(r->model, &i, in);
        put_line_of(r, line, level);
        if (line.nest && r->nested) put_lines(r, begin, i, line.nest, level + 1);
    }
}

SummaryRows summary_rows(Arena *a, const Model *m, bool nested) {
    Rows r = {.arena = a, .model = m, .nested = nested};
    put_lines(&r, 0, m->nlayer, NULL, 0);
    return r.made;
}

// ---------------------------------------------------------------------------- the classic table

static void put_line(Text *t, const int *width, char with) {
    int total = 0;
    for (int c = 0; c < SUMMARY_COLUMNS && width[c]; c++) total += width[c] + (c ? 2 : 0);
    char *line = arena_alloc(t->arena, (size_t)total + 1);
    memset(line, with, (size_t)total);
    put(t, "%s\n", line);
}

static int width_of(const SummaryRow *row, int c) {
    return summary_width(row->cell[c], strlen(row->cell[c]));
}

static void put_row(Text *t, const int *width, const SummaryRow *row) {
    for (int c = 0; c < SUMMARY_COLUMNS && width[c]; c++) {
        bool last = c == SUMMARY_COLUMNS - 1 || !width[c + 1];
        put(t, "%s%*s", row->cell[c], last ? 0 : width[c] - width_of(row, c) + 2, "");
    }
    put(t, "\n");
}

static void put_totals(Text *t, const Model *m) {
    int64_t all = model_parameters(m, false), trainable = model_parameters(m, true);
    put(t, "Total params: %s\n", text_thousands(t->arena, all));
    put(t, "Trainable params: %s\n", text_thousands(t->arena, trainable));
    put(t, "Non-trainable params: %s\n", text_thousands(t->arena, all - trainable));
}

// At least; 0: there is no such column. Of a length that is given as Keras shares it.
static void least_widths(SummaryForm form, int width[SUMMARY_COLUMNS]) {
    static const int usual[] = {28, 24, 16, 9}, plain[] = {45, 85, 100}, more[] = {45, 80, 90, 100};
    const int *hundredth = form.trainable ? more : plain;
    for (int c = 0, from = 0; c < SUMMARY_COLUMNS; c++) {
        width[c] = c < 3 || form.trainable ? usual[c] : 0;
        if (!form.line_length || !width[c]) continue;
        int to = (int)(form.line_length * hundredth[c] / 100);
        width[c] = to - from - (hundredth[c] < 100 ? 2 : 0);
        from = to;
    }
}

const char *summary_classic(Arena *a, const Model *m, SummaryForm form) {
    Text t = {.arena = a};
    static const SummaryRow head = {{"Layer (type)", "Output Shape", "Param #", "Trainable"}};
    int width[SUMMARY_COLUMNS];
    least_widths(form, width);
    SummaryRows rows = summary_rows(a, m, form.nested);
    for (int i = 0; i < rows.n; i++)
        for (int c = 0; c < SUMMARY_COLUMNS; c++)
            if (width[c] && width_of(&rows.row[i], c) > width[c])
                width[c] = width_of(&rows.row[i], c);
    put(&t, "Model: \"%s\"\n", m->name);
    put_line(&t, width, '_');
    put_row(&t, width, &head);
    put_line(&t, width, '=');
    for (int i = 0; i < rows.n; i++) put_row(&t, width, &rows.row[i]);
    put_line(&t, width, '=');
    put_totals(&t, m);
    put_line(&t, width, '_');
    return t.text;
}

// ------------------------------------------------------------------------------------- machines

static void put_object(Text *t, const char *what, const char * not, const ObjectNeeds *n) {
    if (!n->there) {
        put(t, "%s: %s\n", what, not);
        return;
    }
    put(t, "%s: %s MACs a sample; ", what, text_thousands(t->arena, (int64_t)n->macs));
    put(t, "%s bytes of flash, ", text_thousands(t->arena, n->flash));
    put(t, "%s of RAM", text_thousands(t->arena, n->ram));
    if (n->batch) put(t, " in steps of %s", text_thousands(t->arena, n->batch));
    put(t, ", %s of stack\n", text_thousands(t->arena, n->stack));
}

const char *summary_needs(Arena *a, const SummaryNeeds *needs) {
    Text t = {.arena = a};
    put(&t, "On %s, %s\n", needs->triple, needs->cpu);
    put_object(&t, "Predicts", "not", &needs->predict);
    put_object(&t, "Trains", "not, and emit --train says why", &needs->train);
    return t.text;
}

// ---------------------------------------------------------------------------------- arithmetic

static void put_samples(Text *t, const Fit *f) {
    enum { MNIST = 60000 };
    // As Keras splits: the first floor(n (1 - split)) samples train.
    int64_t n = (int64_t)(MNIST * (1 - f->validation_split));
    int64_t steps = n / f->batch_size + (n % f->batch_size != 0),
            last = n - (steps - 1) * f->batch_size;
    put(t, "fit: ");
    if (f->validation_split > 0) put(t, "60,000 x %g = ", 1 - f->validation_split);
    put(t, "%s samples, %s step%s of %s", text_thousands(t->arena, n),
        text_thousands(t->arena, steps), steps == 1 ? "" : "s",
        text_thousands(t->arena, f->batch_size));
    if (last != f->batch_size) put(t, ", the last of %s", text_thousands(t->arena, last));
    put(t, " (with the 60,000 samples of MNIST)\n");
}

const char *summary_explain(Arena *a, const Model *m) {
    Text t = {.arena = a};
    put(&t, "input: %s\n", shape_text(a, &m->input));
    for (int i = 0; i < m->nlayer; i++) {
        const Layer *l = &m->layer[i];
        const char *lines = l->cls->explain ? l->cls->explain(a, l) : NULL;
        if (!lines) lines = "no weights";
        for (size_t n; *lines; lines += n + (lines[n] == '\n')) {
            n = strcspn(lines, "\n");
            put(&t, "%s: %.*s\n", l->name, (int)n, lines);
        }
        put(&t, "%s: -> %s\n", l->name, shape_text(a, &l->out));
    }
    if (m->has_fit) put_samples(&t, &m->fit);
    return t.text;
}

// ---------------------------------------------------------------------------------------- JSON

static void put_string(Text *t, const char *s) {
    put(t, "%s", text_json(t->arena, s, strlen(s)));
}

static void put_shape(Text *t, const Shape *s) {
    put(t, "[null");
    for (int i = 0; i < s->rank; i++) put(t, ", %lld", (long long)s->dim[i]);
    put(t, "]");
}

static void put_layer(Text *t, const Line *line, bool first) {
    put(t, "%s\n    {\"name\": ", first ? "" : ",");
    put_string(t, line->name);
    put(t, ", \"type\": \"%s\", \"output_shape\": ", line->type);
    put_shape(t, line->out);
    put(t, ", \"params\": %lld}", (long long)line->parameters);
}

static void put_needs(Text *t, const char *what, const ObjectNeeds *n) {
    put(t, ",\n    \"%s\": ", what);
    if (!n->there) {
        put(t, "null");
        return;
    }
    put(t, "{\"macs\": %.0f, ", n->macs);
    if (n->batch) put(t, "\"batch_size\": %lld, ", (long long)n->batch);
    put(t, "\"flash\": %lld, \"ram\": %lld, \"stack\": %lld}", (long long)n->flash,
        (long long)n->ram, (long long)n->stack);
}

static void put_machine(Text *t, const SummaryNeeds *needs) {
    put(t, ",\n  \"machine\": {\n    \"target\": \"%s\",\n    \"cpu\": ", needs->triple);
    put_string(t, needs->cpu);
    put_needs(t, "predict", &needs->predict);
    put_needs(t, "train", &needs->train);
    put(t, "\n  }");
}

const char *summary_json(Arena *a, const Model *m, const SummaryNeeds *needs) {
    Text t = {.arena = a};
    int64_t all = model_parameters(m, false), trainable = model_parameters(m, true);
    put(&t, "{\n  \"name\": ");
    put_string(&t, m->name);
    put(&t, ",\n  \"input_shape\": ");
    put_shape(&t, &m->input);
    put(&t, ",\n  \"layers\": [");
    Line line;
    if (input_line(m, 0, NULL, &line)) put_layer(&t, &line, true);
    for (int i = 0; i < m->nlayer;) {
        bool first = !i && !m->input_name;
        line = next_line(m, &i, NULL);
        put_layer(&t, &line, first);
    }
    put(&t, "\n  ],\n  \"total_params\": %lld,\n  \"trainable_params\": %lld,\n", (long long)all,
        (long long)trainable);
    put(&t, "  \"non_trainable_params\": %lld", (long long)(all - trainable));
    if (needs) put_machine(&t, needs);
    put(&t, "\n}\n");
    return t.text;
}

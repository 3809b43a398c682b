// SPDX-License-Identifier: MIT
// From text to Model, and the Model's printed form.
#include "keras/callbacks/callback.h"
#include "keras/image_change.h"
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"
#include "keras/optimizers/optimizer.h"
#include "data/data.h"
#include "script/later.h"
#include "support/text.h"
#include "../runtime/io/image.h"
#include <string.h>

Model *model_load(Arena *a, Diag *d, const char *text, size_t length, const ModelOptions *options) {
    AstFile *file = syntax_parse(a, d, text, length);
    if (file->incomplete) return NULL; // what the rest means is not known
    Eval *e = ARENA_NEW(a, Eval);
    *e = (Eval){.a = a,
                .d = d,
                .by_name = map_new(a),
                .by_path = map_new(a),
                .counters = map_new(a),
                .left_out = map_new(a),
                .data = options ? options->data : NULL,
                .wanted = options ? options->model : NULL,
                .budget = OPERATIONS};
    e->scope = e->file = ARENA_NEW(a, Scope);
    e->file->names = map_new(a);
    catalog_build(e);
    block_run(e, &file->block);
    statements_finish(e);
    if (diag_errors(d)) return NULL;
    e->model->nleft_out = e->nleft_out;
    e->model->left_out = e->left_out_at;
    return e->model;
}

bool weight_penalised(const Weight *w) {
    const Penalty *p = &w->args.penalty;
    return w->trainable && (p->l1 != 0 || p->l2 != 0 || p->pairs != 0);
}

static void print_init(const Init *init, FILE *out) {
    static const char *const kinds[] = {"constant",         "uniform",    "normal",
                                        "truncated_normal", "orthogonal", "identity"};
    bool two = init->kind >= INIT_UNIFORM && init->kind <= INIT_TRUNCATED_NORMAL;
    fprintf(out, " %s(%.9g", kinds[init->kind], init->a);
    if (two) fprintf(out, ", %.9g", init->b);
    if (init->seed >= 0) fprintf(out, ", seed %lld", (long long)init->seed);
    fprintf(out, ")");
}

static void print_object(const char *what, const ObjectClass *row, const void *args, FILE *out) {
    fprintf(out, "%s %s", what, row->function);
    for (const Arg *arg = row->args; arg->name; arg++) {
        const void *at = (const char *)args + arg->offset;
        if (arg->type == ARG_BOOL) fprintf(out, " %s=%d", arg->name, *(const bool *)at);
        if (arg->type == ARG_FLOAT) fprintf(out, " %s=%g", arg->name, *(const double *)at);
        if (arg->type == ARG_CHOICE && *(const int *)at)
            fprintf(out, " %s=%s", arg->name, arg->choices[*(const int *)at]);
    }
    fputc('\n', out);
}

static void print_fit(Arena *a, const Fit *f, FILE *out) {
    fprintf(out, "fit batch_size=%lld epochs=%lld..%lld validation_split=%g validation_data=%d",
            (long long)f->batch_size, (long long)f->initial_epoch, (long long)f->epochs,
            f->validation_split, f->validation_data);
    fprintf(out, " shuffle=%d verbose=%d", f->shuffle, f->verbose);
    for (int i = 0; i < f->nclass_weight; i++)
        fprintf(out, "%s%lld:%g", i ? "," : " class_weight=", (long long)f->class_weight[i].of,
                f->class_weight[i].weight);
    if (f->validation_every > 1)
        fprintf(out, " validation_freq=%lld", (long long)f->validation_every);
    for (int i = 0; i < f->nvalidation_at; i++)
        fprintf(out, "%s%lld", i ? "," : " validation_freq=", (long long)f->validation_at[i]);
    if (f->validation_samples)
        fprintf(out, " validation_samples=%lld", (long long)f->validation_samples);
    if (f->steps_per_epoch) fprintf(out, " steps_per_epoch=%lld", (long long)f->steps_per_epoch);
    fputc('\n', out);
    for (int i = 0; i < f->ncallback; i++) callback_print(a, out, &f->callback[i]);
}

static void print_training(Arena *a, const Model *m, FILE *out) {
    if (!m->has_compile) return;
    print_object("loss", &m->loss.cls->object, m->loss.args, out);
    optimizer_print(out, &m->optimizer);
    for (int i = 0; i < m->nmetric; i++)
        fprintf(out, "metric %s: %s%s\n", m->metric[i].name, m->metric[i].cls->object.function,
                m->metric[i].weighted ? " weighted" : "");
    print_fit(a, &m->fit, out);
    for (int i = 0; i < m->nmore; i++) {
        if (m->more[i].anew) optimizer_print(out, &m->more[i].optimizer);
        print_fit(a, &m->more[i], out);
    }
}

// A number that the program computes: score[1], or its terms in the order in which they are computed.
static void print_number(const PrintItem *item, FILE *out) {
    static const char *const names[] = {
#define LATER(name, operands, value) #name,
#include "../runtime/later.def"
    };
    fputc(item->joined ? '+' : ' ', out);
    for (int i = 0; i < item->nterm; i++) {
        const PrintTerm *t = &item->term[i];
        if (i) fputc(' ', out);
        if (t->op == LATER_SCORE)
            fprintf(out, "score[%g]", t->number);
        else if (t->op == LATER_VALUE)
            fprintf(out, "%s", array_type(t->array));
        else if (t->op >= LATER_AT)
            fprintf(out, "history[%g].%s", t->number, names[t->op]);
        else if (t->op == LATER_NUMBER)
            fprintf(out, "%.17g", t->number);
        else
            fputs(names[t->op], out);
    }
    if (*item->text) fprintf(out, ":%s", item->text);
}

static void print_statement(Arena *a, const Statement *s, FILE *out) {
    static const char *const names[] = {"summary", "fit",  "evaluate", "print",
                                        "save",    "load", "predict"};
    fprintf(out, "%s", names[s->kind]);
    if (s->path) fprintf(out, " %s", text_json(a, s->path, strlen(s->path)));
    for (int i = 0; i < s->nitem; i++)
        if (s->item[i].kind == PRINT_NUMBER)
            print_number(&s->item[i], out);
        else if (s->item[i].kind == PRINT_ARRAY)
            fprintf(out, "%s%s%s", s->item[i].joined ? "+" : " ", array_type(s->item[i].array),
                    array_shape(a, s->item[i].array));
        else
            fprintf(out, "%s%s", s->item[i].joined ? "+" : " ",
                    text_json(a, s->item[i].text, strlen(s->item[i].text)));
    fprintf(out, "\n");
}

static void print_rows(const char *what, const DataRows *r, FILE *out) {
    fprintf(out, "%s: ", what);
    if (r->described)
        fprintf(out, "%s", r->described);
    else
        fprintf(out, "the %s data that the program is given", r->half ? "test" : "training");
    if (!r->x) fprintf(out, r->table ? "; each byte has its number" : "; a byte is its 255th part");
    if (r->counts) fprintf(out, "; samples count by their labels");
    if (r->change) {
        fputs("; images in training", out);
        image_change_print(out, r->change);
    }
    fputc('\n', out);
}

static void print_fit_rows(const Fit *f, FILE *out) {
    print_rows("fit", &f->train, out);
    if (f->validation_data) print_rows("validation", &f->validation, out);
}

void model_print_data(const Model *m, FILE *out) {
    if (m->lacks) fprintf(out, "no program can be built: %s\n", m->lacks);
    for (int i = 0; i < m->nadapt; i++) {
        fprintf(out, "%s ", m->adapt[i].layer->name);
        print_rows("measures", &m->adapt[i].rows, out);
    }
    if (m->has_fit) print_fit_rows(&m->fit, out);
    for (int i = 0; i < m->nmore; i++) print_fit_rows(&m->more[i], out);
    for (int i = 0; i < m->nstatement; i++)
        if (m->statement[i].kind == STATEMENT_EVALUATE)
            print_rows("evaluate", &m->statement[i].rows, out);
        else if (m->statement[i].kind == STATEMENT_PREDICT)
            print_rows("predict", &m->statement[i].rows, out);
}

void model_print(Arena *a, const Model *m, FILE *out) {
    fprintf(out, "model %s seed=%u\ninput %s\n", m->name, m->seed, shape_text(a, &m->input));
    for (int i = 0; i < m->nlayer; i++) {
        const Layer *l = &m->layer[i];
        fprintf(out, "%s %s %s -> %s  @%d:%d\n", l->name, l->cls->name, shape_text(a, &l->in[0]),
                shape_text(a, &l->out), l->loc.line, l->loc.col);
        for (int k = 0; k < l->nweight; k++) {
            fprintf(out, "    %s", l->weight[k].name);
            for (int j = 0; j < l->weight[k].shape.rank; j++)
                fprintf(out, "%s%lld", j ? " x " : " ", (long long)l->weight[k].shape.dim[j]);
            print_init(&l->weight[k].init, out);
            fprintf(out, "\n");
        }
    }
    for (int i = 0; i < m->nclass; i++)
        fprintf(out, "class %s\n", text_json(a, m->class_name[i], strlen(m->class_name[i])));
    print_training(a, m, out);
    for (int i = 0; i < m->nstatement; i++) print_statement(a, &m->statement[i], out);
}

bool model_reads_images(const Model *m) {
    int64_t size[IMAGE_DIMS];
    return picture_size(m->input.dim, m->input.rank, size);
}

static bool rows_count(const DataRows *r) {
    return r->counts || r->w;
}

bool model_counts(const Model *m) {
    bool any = rows_count(&m->fit.train) || rows_count(&m->fit.validation);
    for (int i = 0; i < m->nmore; i++)
        any |= rows_count(&m->more[i].train) || rows_count(&m->more[i].validation);
    for (int i = 0; i < m->nstatement; i++) any |= rows_count(&m->statement[i].rows);
    return any;
}

int64_t model_figure(const Model *m, int i) {
    int64_t n = i > 0;
    for (int k = 0; k < i - 1; k++) n += m->metric[k].figures;
    return n;
}

int64_t model_figures(const Model *m) {
    return model_figure(m, m->nmetric + 1);
}

int64_t model_sums(const Model *m) {
    int64_t n = 1;
    for (int i = 0; i < m->nmetric; i++) n += m->metric[i].nsum;
    return n + m->loss.nsum;
}

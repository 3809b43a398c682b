// SPDX-License-Identifier: MIT
// The descriptor cnn_model of runtime/abi.h as a constant. Its fields are set by name; runtime/model.def
// has their order and kinds, and LLVM's offset of each is compared with the header's. The smaller
// structures are written in the header's order, and their sizes compared.
#include "codegen/internal.h"
#include "codegen/names.h"
#include "codegen/phase.h"
#include "codegen/structure.h"
#include "report/describe.h"
#include "keras/callbacks/callback.h"
#include "keras/datasets/dataset.h"
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"
#include "keras/optimizers/optimizer.h"
#include "plan/shared.h"
#include "../runtime/abi.h"
#include "data/data.h"
#include "support/limit.h"
#include <stddef.h>
#include <string.h>

static int64_t place_of_gradient(const Plan *train, int gradient) {
    if (gradient < 0) return CNN_GRAD_NONE;
    const Step *s = train->step;
    if (s->tensor[gradient].owner == O_LEAF) return CNN_GRAD_LEAF;
    return s->tensor[tensor_base(s, gradient)].first < 0 ? CNN_GRAD_UPDATED : CNN_GRAD_STEP;
}

Val emit_weights(Builder *ir, const Plan *train, const Plan *predict, bool named) {
    static const int64_t init[] = {[INIT_CONSTANT] = CNN_INIT_CONSTANT,
                                   [INIT_UNIFORM] = CNN_INIT_UNIFORM,
                                   [INIT_NORMAL] = CNN_INIT_NORMAL,
                                   [INIT_TRUNCATED_NORMAL] = CNN_INIT_TRUNCATED_NORMAL,
                                   [INIT_ORTHOGONAL] = CNN_INIT_ORTHOGONAL,
                                   [INIT_IDENTITY] = CNN_INIT_IDENTITY};
    const Step *s = predict->step;
    Val *v = ARENA_ARRAY(ir->arena, Val, s->nweight + 1);
    for (int i = 0; i < s->nweight; i++) {
        const Tensor *t = &s->tensor[s->weight_tensor[i]];
        const Weight *w = s->weight[i];
        const Penalty none = {0}, *penalty = w->trainable ? &w->args.penalty : &none;
        int g = train ? train->step->tensor[train->step->weight_tensor[i]].grad : -1;
        Fields f = {.ir = ir};
        fields_text(&f, named ? t->name : NULL);
        fields_int(&f, w->shape.rank);
        fields_dims(&f, w->shape.rank, w->shape.dim);
        fields_int(&f, shape_count(&w->shape));
        fields_int(&f, t->offset / 4);
        fields_int(&f, w->trainable);
        fields_int(&f, init[w->init.kind]);
        fields_real(&f, w->init.a);
        fields_real(&f, w->init.b);
        fields_real(&f, penalty->l1);
        fields_real(&f, penalty->l2);
        fields_int(&f, w->init.seed);
        const Tensor *grad = g >= 0 ? &train->step->tensor[g] : NULL;
        fields_int(&f, place_of_gradient(train, g));
        fields_int(&f, grad ? grad->offset : 0);
        fields_dims(&f, grad ? grad->rank : 0, grad ? grad->stride : NULL);
        fields_real(&f, penalty->pairs);
        fields_int(&f, penalty->columns);
        v[i] = fields_end(&f, sizeof(CnnWeight));
    }
    return constant_array(ir, v, s->nweight, "weights");
}

// Something of the runtime, which is linked for it.
static Val symbol_of(Builder *ir, const char *symbol) {
    Val known = symbol ? LLVMGetNamedGlobal(ir->module, symbol) : NULL;
    return known || !symbol ? known : LLVMAddGlobal(ir->module, ir->ptr, symbol);
}

static Val doubles(Builder *ir, const double *number, int n, const char *name) {
    Val *v = ARENA_ARRAY(ir->arena, Val, (size_t)n + 1);
    for (int i = 0; i < n; i++) v[i] = LLVMConstReal(ir->f64, number[i]);
    return constant_array(ir, v, n, name);
}

static Val data_dims(Builder *ir, const Array *x, int *rank) {
    Val v[CNN_ARRAY_RANK];
    int one = x->one; // then it has one row
    *rank = x->rank + one;
    for (int d = 0; d < CNN_ARRAY_RANK; d++)
        v[d] = ir_whole(ir->i64, d < one ? 1 : d < *rank ? x->dim[d - one] : 0);
    return LLVMConstArray2(ir->i64, v, CNN_ARRAY_RANK);
}

// An array with what it is made of; each is there once.
static Val data_array(Builder *ir, const Array *x) {
    const char *name = arena_printf(ir->arena, "array.%d", x->id);
    Val known = LLVMGetNamedGlobal(ir->module, name_internal(ir->arena, name)), input[2];
    int rank;
    if (known) return known;
    for (int i = 0; i < x->ninput; i++) input[i] = data_array(ir, x->input[i]);
    Fields f = {.ir = ir};
    fields_pointer(&f, symbol_of(ir, x->of->symbol));
    fields_int(&f, x->type);
    Val dims = data_dims(ir, x, &rank);
    fields_int(&f, rank);
    fields_add(&f, dims);
    fields_int(&f, x->ninput);
    fields_pointer(&f, constant_array(ir, input, x->ninput, "inputs"));
    fields_pointer(&f, doubles(ir, x->number, x->nnumber, "numbers"));
    fields_pointer(&f, constant_texts(ir, x->text, x->ntext, "texts"));
    bool set = x->of->runtime == &array_dataset;
    fields_pointer(&f, set ? symbol_of(ir, x->set->symbol) : NULL);
    fields_int(&f, x->one);
    return constant_new(ir, fields_end(&f, sizeof(CnnArray)), name);
}

// A number for each byte; NULL where there are none.
static Val by_byte(Builder *ir, const float *table) {
    Val number[256];
    for (int i = 0; table && i < 256; i++) number[i] = LLVMConstReal(ir->f32, (double)table[i]);
    return constant_array(ir, number, table ? 256 : 0, "bytes");
}

static Val rows(Builder *ir, const DataRows *r) {
    Fields f = {.ir = ir};
    fields_int(&f, r->half);
    fields_int(&f, r->first);
    fields_int(&f, r->count);
    fields_pointer(&f, by_byte(ir, r->table));
    fields_pointer(&f, r->source ? symbol_of(ir, r->source->symbol) : NULL);
    fields_pointer(&f, r->x ? symbol_of(ir, "data_reader") : NULL);
    fields_pointer(&f, r->x ? data_array(ir, r->x) : NULL);
    fields_pointer(&f, r->y ? data_array(ir, r->y) : NULL);
    fields_pointer(&f, r->w ? data_array(ir, r->w) : NULL);
    fields_pointer(&f, by_byte(ir, r->counts));
    fields_int(&f, r->batch);
    Val one = fields_end(&f, sizeof(CnnRows));
    return constant_array(ir, &one, 1, "rows");
}

// Where the number of a term is: scores stand in rows, one an evaluation, and series likewise.
static double term_place(const Model *m, const PrintTerm *t) {
    int64_t scores = model_figures(m), row = t->of ? t->of - 1 : 0;
    return t->number + (double)(row * (t->op >= CNN_LATER_AT ? 2 * scores + 1 : scores));
}

typedef struct Printed { // arrays of a statement
    int n;
    const Array **array;
} Printed;

static int place_of(Builder *ir, Printed *all, const Array *x) {
    for (int i = 0; i < all->n; i++)
        if (all->array[i] == x) return i;
    ARENA_PUSH(ir->arena, all->array, all->n, x);
    return all->n - 1;
}

static Val print_item(Builder *ir, const Model *m, const PrintItem *item, Printed *arrays) {
    Val *term = ARENA_ARRAY(ir->arena, Val, item->nterm + 1);
    for (int i = 0; i < item->nterm; i++) {
        const PrintTerm *t = &item->term[i];
        Fields f = {.ir = ir};
        fields_int(&f, t->op);
        fields_real(&f, t->array ? place_of(ir, arrays, t->array) : term_place(m, t));
        term[i] = fields_end(&f, sizeof(CnnTerm));
    }
    Fields f = {.ir = ir};
    fields_int(&f, item->joined);
    fields_int(&f, item->integer);
    fields_int(&f, item->nterm);
    fields_pointer(&f, constant_array(ir, term, item->nterm, "print_terms"));
    fields_int(&f, item->array ? 1 + place_of(ir, arrays, item->array) : 0);
    fields_text(&f, item->text);
    return fields_end(&f, sizeof(CnnPrintItem));
}

static void printed_fields(Fields *f, const Printed *arrays) {
    Val *v = ARENA_ARRAY(f->ir->arena, Val, arrays->n + 1);
    for (int i = 0; i < arrays->n; i++) v[i] = data_array(f->ir, arrays->array[i]);
    fields_int(f, arrays->n);
    fields_pointer(f, constant_array(f->ir, v, arrays->n, "printed"));
    fields_pointer(f, arrays->n ? symbol_of(f->ir, "cnn_values") : NULL);
}

static Val statements(Builder *ir, const Model *m) {
    static const int64_t kind[] = {
        [STATEMENT_SUMMARY] = CNN_DO_SUMMARY,   [STATEMENT_FIT] = CNN_DO_FIT,
        [STATEMENT_EVALUATE] = CNN_DO_EVALUATE, [STATEMENT_PRINT] = CNN_DO_PRINT,
        [STATEMENT_SAVE] = CNN_DO_SAVE,         [STATEMENT_LOAD] = CNN_DO_LOAD,
        [STATEMENT_PREDICT] = CNN_DO_PREDICT};
    Val *v = ARENA_ARRAY(ir->arena, Val, m->nstatement + 1);
    for (int i = 0; i < m->nstatement; i++) {
        const Statement *st = &m->statement[i];
        Val *item = ARENA_ARRAY(ir->arena, Val, st->nitem + 1);
        Printed arrays = {0};
        for (int k = 0; k < st->nitem; k++) item[k] = print_item(ir, m, &st->item[k], &arrays);
        Fields f = {.ir = ir};
        fields_int(&f, kind[st->kind]);
        fields_int(&f, st->verbose);
        fields_int(&f, st->nitem);
        fields_pointer(&f, constant_array(ir, item, st->nitem, "items"));
        fields_text(&f, st->end);
        fields_pointer(&f, rows(ir, &st->rows));
        fields_int(&f, st->fit ? st->fit - 1 : 0);
        fields_text(&f, st->path);
        fields_int(&f, st->nrow);
        printed_fields(&f, &arrays);
        v[i] = fields_end(&f, sizeof(CnnStatement));
    }
    return constant_array(ir, v, m->nstatement, "statements");
}

static void shared_fields(Fields *f, const Plan *train, const PhasePlan *ph) {
    int n;
    const SharedSum *sum = plan_shared(train, ph, &n);
    Val *v = ARENA_ARRAY(f->ir->arena, Val, (size_t)n + 1);
    for (int i = 0; i < n; i++) {
        Fields one = {.ir = f->ir};
        fields_int(&one, sum[i].in_step);
        fields_int(&one, sum[i].at);
        fields_int(&one, sum[i].doubles);
        fields_int(&one, sum[i].floats);
        v[i] = fields_end(&one, sizeof(CnnSum));
    }
    fields_int(f, n);
    fields_pointer(f, constant_array(f->ir, v, n, "shared"));
}

static Val phases(Builder *ir, const Plan *train, const Val *function, const Val *sum) {
    if (!train) return NULL;
    Val *v = ARENA_ARRAY(ir->arena, Val, train->nphase);
    for (int i = 0; i < train->nphase; i++) {
        Fields f = {.ir = ir};
        const PhasePlan *ph = &train->phase[i];
        bool leaf = ph->by_leaf;
        fields_int(&f, leaf ? CNN_BY_LEAF : CNN_BY_UNIT);
        fields_int(&f, leaf ? 0 : ph->units);
        fields_pointer(&f, leaf ? function[i] : NULL);
        fields_pointer(&f, leaf ? NULL : function[i]);
        fields_int(&f, sum_units(ph));
        fields_int(&f, ph->leaf_doubles > 0);
        fields_int(&f, ph->leaf_at);
        fields_int(&f, !phase_reads_samples(train, ph));
        fields_int(&f, ph->team);
        fields_pointer(&f, sum[i]);
        shared_fields(&f, train, ph);
        v[i] = fields_end(&f, sizeof(CnnPhase));
    }
    return constant_array(ir, v, train->nphase, "phases");
}

static Val kernels(Builder *ir, const Plan *p) {
    if (!p) return NULL;
    Val *v = ARENA_ARRAY(ir->arena, Val, p->nkernel);
    for (int i = 0; i < p->nkernel; i++) {
        const Kernel *k = &p->kernel[i];
        bool sample = p->step->node[k->node[0]]->samples; // also where it sums over all of them
        Fields f = {.ir = ir};
        fields_text(&f, k->name);
        fields_text(&f, k->variant->name);
        fields_int(&f, !kernel_by_leaf(p, k));
        fields_real(&f, sample ? k->flops : 0);
        fields_real(&f, sample ? 0 : k->flops);
        v[i] = fields_end(&f, sizeof(CnnKernel));
    }
    return constant_array(ir, v, p->nkernel, "kernels");
}

static Val timed(Builder *ir, const Plan *train, const Plan *predict, const ProgramCode *code) {
    Fields f = {.ir = ir};
    int64_t floats = (int64_t)code->peak_chains * ir->vector;
    fields_int(&f, train ? train->nkernel : 0);
    fields_int(&f, predict->nkernel);
    fields_pointer(&f, kernels(ir, train));
    fields_pointer(&f, kernels(ir, predict));
    fields_pointer(&f, phases(ir, train, code->timed_phase, code->sum));
    fields_pointer(&f, code->timed_predict);
    fields_pointer(&f, code->timed_prepare);
    fields_pointer(&f, code->peak);
    fields_int(&f, 2 * floats);
    fields_int(&f, floats);
    fields_int(&f, 2LL * predict->target.fmas * predict->target.vector);
    for (int i = 0; i < CNN_STREAMS; i++) fields_pointer(&f, code->stream[i]);
    return constant_new(ir, fields_end(&f, sizeof(CnnTimed)), "timed");
}

// ---- the descriptor itself, field by field

typedef enum { INT, REAL, POINTER, DIMS } FieldKind;

static const struct {
    const char *name;
    FieldKind kind;
    size_t offset;
} list[] = {
#define FIELD(kind, type, name) {#name, kind, offsetof(CnnModel, name)},
#include "../runtime/model.def"
};
enum { // the fields' indices: AT_abi, ...
#define FIELD(kind, type, name) AT_##name,
#include "../runtime/model.def"
    NFIELD
};

typedef struct Descriptor {
    Builder *ir;
    Val v[NFIELD]; // NULL: not set yet
} Descriptor;

static void set(Descriptor *d, int at, FieldKind kind, Val v) {
    if (list[at].kind != kind || d->v[at])
        internal_error("the descriptor's field %s is set twice or by another kind", list[at].name);
    d->v[at] = v;
}
static void set_int(Descriptor *d, int at, int64_t x) {
    set(d, at, INT, ir_whole(d->ir->i64, x));
}
static void set_real(Descriptor *d, int at, double x) {
    set(d, at, REAL, LLVMConstReal(d->ir->f64, x));
}
static void set_pointer(Descriptor *d, int at, Val p) {
    set(d, at, POINTER, p ? p : LLVMConstNull(d->ir->ptr));
}
static void set_text(Descriptor *d, int at, const char *s) {
    set_pointer(d, at, constant_text(d->ir, s));
}

// All fields in one constant, each where abi.h has it.
static Val descriptor_value(Descriptor *d) {
    for (int i = 0; i < NFIELD; i++)
        if (!d->v[i]) internal_error("the descriptor's field %s is not set", list[i].name);
    Val all = LLVMConstStructInContext(d->ir->context, d->v, NFIELD, 0);
    LLVMTargetDataRef layout = LLVMGetModuleDataLayout(d->ir->module);
    for (int i = 0; i < NFIELD; i++) {
        uint64_t at = LLVMOffsetOfElement(layout, LLVMTypeOf(all), (unsigned)i);
        if (at != list[i].offset)
            internal_error("the descriptor's field %s is at %llu, not at %zu", list[i].name,
                           (unsigned long long)at, list[i].offset);
    }
    constant_check(d->ir, all, sizeof(CnnModel));
    return all;
}

static void set_identity(Descriptor *d, const Plan *predict, const ProgramText *t) {
    const Target *target = &predict->target;
    set_int(d, AT_abi, CNN_ABI);
    set_text(d, AT_name, t->stem);
    set_text(d, AT_source, t->source);
    set_text(d, AT_source_hash, t->source_hash);
    set_text(d, AT_version, t->version);
    set_text(d, AT_target, arena_printf(d->ir->arena, "%s %s", target->triple, target->cpu));
    set_text(d, AT_needs, target->needs);
    set_text(d, AT_summary, t->summary);
    set_text(d, AT_libraries, t->libraries);
    set_pointer(d, AT_ranks, t->mpi ? symbol_of(d->ir, "cnn_mpi") : NULL);
}

static void set_shapes(Descriptor *d, const Step *s) {
    const Tensor *in = &s->tensor[s->input], *out = &s->tensor[s->output];
    set_int(d, AT_input_rank, in->rank);
    set(d, AT_input_dim, DIMS, constant_dims(d->ir, in->rank, in->dim));
    set_int(d, AT_input_floats, in->sample_stride);
    set_int(d, AT_output_rank, out->rank);
    set(d, AT_output_dim, DIMS, constant_dims(d->ir, out->rank, out->dim));
    set_int(d, AT_output_floats, out->sample_stride);
    bool images = model_reads_images(s->model);
    set_pointer(d, AT_images, images ? symbol_of(d->ir, "cnn_images") : NULL);
    set_int(d, AT_nclass, s->model->nclass);
    set_pointer(d, AT_class_name,
                constant_texts(d->ir, s->model->class_name, s->model->nclass, "classes"));
}

static void set_weights(Descriptor *d, const Plan *train, const Plan *predict) {
    const Model *m = predict->step->model;
    set_int(d, AT_nweight, predict->step->nweight);
    set_pointer(d, AT_weight, emit_weights(d->ir, train, predict, true));
    set_int(d, AT_param_floats, predict->param_floats);
    set_int(d, AT_opt_slots, m->has_compile ? optimizer_slots(&m->optimizer) : 0);
    set_int(d, AT_average_slot, optimizer_average(&m->optimizer));
}

static Val formula_of(Builder *ir, const CnnFormula *from) {
    Val *term = ARENA_ARRAY(ir->arena, Val, (size_t)from->n);
    for (int i = 0; i < from->n; i++) {
        Fields f = {.ir = ir};
        fields_int(&f, from->term[i].op);
        fields_real(&f, from->term[i].number);
        term[i] = fields_end(&f, sizeof(CnnTerm));
    }
    Fields f = {.ir = ir};
    fields_int(&f, from->n);
    fields_pointer(&f, constant_array(ir, term, (int)from->n, "terms"));
    return fields_end(&f, sizeof(CnnFormula));
}

static void set_loss_of_batch(Descriptor *d, const Model *m) {
    Val one = NULL;
    if (m->loss.nsum) {
        CnnFormula formula = loss_formula(d->ir->arena, m);
        one = formula_of(d->ir, &formula);
    }
    set_pointer(d, AT_loss_of_batch, constant_array(d->ir, &one, one != NULL, "loss"));
}

static void set_figures(Descriptor *d, const Optimizer *optimizer) {
    CnnFormula formula[CNN_SCALARS];
    Val v[CNN_SCALARS];
    int n = optimizer_figures(d->ir->arena, optimizer, formula);
    for (int i = 0; i < n; i++) v[i] = formula_of(d->ir, &formula[i]);
    set_int(d, AT_nfigure, n);
    set_pointer(d, AT_figure, constant_array(d->ir, v, n, "figures"));
}

Val emit_metric_settings(Builder *ir, const Metric *metric, int64_t outputs) {
    double number[MAX_RESULT_SETTINGS];
    Val setting[MAX_RESULT_SETTINGS];
    int n = metric_settings(metric, outputs, number);
    for (int k = 0; k < n; k++) setting[k] = LLVMConstReal(ir->f64, number[k]);
    return constant_array(ir, setting, n, "settings");
}

// named: with its name, its function, its setting and, where it is a mean over batches, what a batch's sums make.
static Val metric_of(Builder *ir, const Metric *metric, int64_t figure, bool named, Val setting,
                     Val of_batch) {
    Fields f = {.ir = ir};
    fields_pointer(&f, named ? constant_text(ir, metric->name) : NULL);
    fields_int(&f, figure);
    fields_int(&f, metric->figures);
    fields_int(&f, metric->nsum);
    fields_int(&f, metric->weighted || of_batch);
    fields_pointer(&f, of_batch);
    fields_pointer(&f, named ? symbol_of(ir, metric->cls->symbol) : NULL);
    fields_pointer(&f, named ? setting : NULL);
    return fields_end(&f, sizeof(CnnMetric));
}

Val emit_metric(Builder *ir, const Metric *metric, int64_t figure) {
    return metric_of(ir, metric, figure, false, NULL, NULL);
}

// Of a metric whose sums begin at number `at` of a leaf block.
static Val batch_formula(Builder *ir, const Model *m, const Metric *metric, int64_t outputs,
                         int64_t at) {
    const Expr *e = metric_of_batch(ir->arena, metric, &m->loss, outputs);
    if (!e) return NULL;
    CnnFormula formula = formula_of_sums(ir->arena, e, ROW_SUMS, at);
    Val one = formula_of(ir, &formula);
    return constant_array(ir, &one, 1, "metric");
}

static void set_results(Descriptor *d, const Model *m) {
    Builder *ir = d->ir;
    int64_t outputs = m->output.rank ? m->output.dim[m->output.rank - 1] : 0;
    int figures = (int)model_figures(m) - 1, n = 0;
    Val *v = ARENA_ARRAY(ir->arena, Val, (size_t)figures + 1);
    const char **name = ARENA_ARRAY(ir->arena, const char *, (size_t)figures + 1);
    int64_t at = 1;
    for (int i = 0; i < m->nmetric; at += m->metric[i++].nsum) {
        const Metric *metric = &m->metric[i];
        Val of_batch = batch_formula(ir, m, metric, outputs, at);
        Val setting = emit_metric_settings(ir, metric, outputs);
        for (int64_t k = 0; k < metric->figures; k++) {
            bool one = metric->figures == 1;
            name[n] = one ? metric->name
                          : arena_printf(ir->arena, "%s[%lld]", metric->name, (long long)k);
            v[n++] = metric_of(ir, metric, k, true, setting, of_batch);
        }
    }
    set_int(d, AT_nsum, m->has_compile ? model_sums(m) : 0);
    set_int(d, AT_nmetric, figures);
    set_pointer(d, AT_metric, constant_texts(ir, name, figures, "metrics"));
    set_pointer(d, AT_result, constant_array(ir, v, figures, "results"));
}

static void set_training(Descriptor *d, const Model *m, const Plan *evaluate) {
    bool classes = loss_class_numbers(&m->loss);
    set_int(d, AT_has_compile, m->has_compile);
    set_int(d, AT_has_fit, m->has_fit);
    set_text(d, AT_loss, m->has_compile ? m->loss.cls->object.function : "");
    set_int(d, AT_from_logits, m->has_compile && m->loss.from_logits);
    set_int(d, AT_label, classes ? CNN_LABEL_CLASS : CNN_LABEL_VECTOR);
    const Step *s = evaluate ? evaluate->step : NULL;
    set_int(d, AT_label_floats, s ? tensor_count(&s->tensor[s->label]) : 0);
    set_int(d, AT_has_counts, s && s->counts >= 0);
    const double *ignored = loss_ignored(&m->loss);
    set_int(d, AT_loss_reduction, loss_reduction(m));
    set_int(d, AT_loss_ignores, ignored != NULL);
    set_int(d, AT_loss_ignored, ignored ? (int64_t)*ignored : 0);
    set_loss_of_batch(d, m);
    set_results(d, m);
}

static void set_callbacks(Descriptor *d, const Fit *fit) {
    Builder *ir = d->ir;
    Val *v = ARENA_ARRAY(ir->arena, Val, (size_t)fit->ncallback + 1);
    for (int i = 0; i < fit->ncallback; i++) {
        const Callback *c = &fit->callback[i];
        Val *number = ARENA_ARRAY(ir->arena, Val, (size_t)c->nsetting + 1);
        for (int k = 0; k < c->nsetting; k++) number[k] = LLVMConstReal(ir->f64, c->setting[k]);
        Fields f = {.ir = ir};
        fields_pointer(&f, symbol_of(ir, c->cls->symbol));
        fields_pointer(&f, constant_array(ir, number, c->nsetting, "settings"));
        fields_pointer(&f, constant_texts(ir, c->text, c->ntext, "texts"));
        v[i] = fields_end(&f, sizeof(CnnCallback));
    }
    set_int(d, AT_ncallback, fit->ncallback);
    set_pointer(d, AT_callback, constant_array(ir, v, fit->ncallback, "callbacks"));
}

static Val adapt(Builder *ir, const Model *m, const Adapt *a) {
    const Shape *in = &a->layer->in[0];
    int64_t stride[MAX_RANK] = {0}, step = 1, weight = 0;
    for (int k = in->rank - 1; k >= 0; k--) {
        if (a->over[k]) continue;
        stride[k] = step;
        step *= in->dim[k];
    }
    for (const Layer *l = m->layer; l != a->layer; l++) weight += l->nweight;
    Fields f = {.ir = ir};
    fields_int(&f, weight);
    fields_int(&f, in->rank);
    fields_dims(&f, in->rank, in->dim);
    fields_dims(&f, in->rank, stride);
    fields_pointer(&f, rows(ir, &a->rows));
    return fields_end(&f, sizeof(CnnAdapt));
}

static void set_adapt(Descriptor *d, const Model *m) {
    Val *v = ARENA_ARRAY(d->ir->arena, Val, (size_t)m->nadapt + 1);
    for (int i = 0; i < m->nadapt; i++) v[i] = adapt(d->ir, m, &m->adapt[i]);
    set_int(d, AT_nadapt, m->nadapt);
    set_pointer(d, AT_adapt, constant_array(d->ir, v, m->nadapt, "adapt"));
}

static void set_validation_epochs(Descriptor *d, const Fit *fit) {
    Val *v = ARENA_ARRAY(d->ir->arena, Val, (size_t)fit->nvalidation_at + 1);
    for (int i = 0; i < fit->nvalidation_at; i++)
        v[i] = ir_whole(d->ir->i64, fit->validation_at[i]);
    set_int(d, AT_validation_every, fit->validation_every);
    set_int(d, AT_nvalidation_at, fit->nvalidation_at);
    set_pointer(d, AT_validation_at, constant_array(d->ir, v, fit->nvalidation_at, "epochs"));
    set_int(d, AT_validation_samples, fit->validation_samples);
}

static void set_fitting(Descriptor *d, const Fit *fit, const Optimizer *optimizer) {
    set_int(d, AT_batch_size, fit->batch_size);
    set_int(d, AT_steps_per_epoch, fit->steps_per_epoch);
    set_int(d, AT_epochs, fit->epochs);
    set_int(d, AT_initial_epoch, fit->initial_epoch);
    set_int(d, AT_validation_data, fit->validation_data);
    set_pointer(d, AT_train, rows(d->ir, &fit->train));
    set_pointer(d, AT_validation, rows(d->ir, &fit->validation));
    set_int(d, AT_shuffle, fit->shuffle);
    set_int(d, AT_verbose, fit->verbose);
    set_real(d, AT_validation_split, fit->validation_split);
    set_validation_epochs(d, fit);
    set_int(d, AT_all_epochs, fit->all_epochs);
    set_callbacks(d, fit);
    set_figures(d, optimizer);
    set_int(d, AT_anew, fit->anew);
}

// What stands in `d` is the same for all fits; the first is set last.
static void set_fits(Descriptor *d, const Model *m) {
    Val *v = ARENA_ARRAY(d->ir->arena, Val, (size_t)m->nmore + 1);
    for (int i = 0; i < m->nmore; i++) {
        Descriptor more = *d;
        set_fitting(&more, &m->more[i], &m->more[i].optimizer);
        set_int(&more, AT_nmore, 0);
        set_pointer(&more, AT_more, NULL);
        set_int(&more, AT_nstatement, 0);
        set_pointer(&more, AT_statement, NULL);
        v[i] = descriptor_value(&more);
    }
    set_fitting(d, &m->fit, &m->optimizer);
    set_int(d, AT_nmore, m->nmore);
    set_pointer(d, AT_more, constant_array(d->ir, v, m->nmore, "fits"));
    set_int(d, AT_nstatement, m->nstatement);
    set_pointer(d, AT_statement, statements(d->ir, m));
}

static void set_train_code(Descriptor *d, const Plan *train, const ProgramCode *code) {
    set_int(d, AT_nphase, train ? train->nphase : 0);
    set_pointer(d, AT_phase, phases(d->ir, train, code->phase, code->sum));
    set_int(d, AT_step_bytes, train ? train->step_bytes : 0);
    set_int(d, AT_batch_stride, train ? train->batch_stride : 0);
    set_int(d, AT_leaf_bytes, train ? train->leaf_bytes : 0);
    static const int64_t none[CNN_LEAVES] = {0};
    const int64_t *from = train ? train->leaf_from : none;
    set(d, AT_leaf_from, DIMS, constant_dims(d->ir, CNN_LEAVES, from));
    set_int(d, AT_scratch_bytes, train ? train->scratch_bytes : 0);
}

static void set_inference_code(Descriptor *d, const Plan *evaluate, const Plan *predict,
                               const ProgramCode *code) {
    int64_t scratch = predict->scratch_bytes, step = predict->step_bytes;
    if (evaluate && evaluate->scratch_bytes > scratch) scratch = evaluate->scratch_bytes;
    if (evaluate && evaluate->step_bytes > step) step = evaluate->step_bytes;
    set_pointer(d, AT_predict, code->predict);
    set_pointer(d, AT_evaluate, code->evaluate);
    set_int(d, AT_predict_together, predict->block);
    set_int(d, AT_infer_scratch_bytes, scratch);
    set_pointer(d, AT_prepare, code->prepare);
    set_int(d, AT_prepare_units, code->prepare ? predict->phase[0].units : 0);
    set_pointer(d, AT_prepare_evaluate, code->prepare_evaluate);
    set_int(d, AT_prepare_evaluate_units, code->prepare_evaluate ? evaluate->phase[0].units : 0);
    set_int(d, AT_infer_step_bytes, step);
    set_pointer(d, AT_widen, code->widen);
}

void emit_descriptor(Module *m, const Plan *train, const Plan *evaluate, const Plan *predict,
                     const ProgramCode *code, const ProgramText *t) {
    Builder *ir = &m->ir;
    const Model *model = predict->step->model;
    Descriptor d = {.ir = ir};
    set_identity(&d, predict, t);
    set_shapes(&d, predict->step);
    set_weights(&d, train, predict);
    set_training(&d, model, evaluate);
    set_adapt(&d, model);
    set_int(&d, AT_seed, model->seed);
    set_train_code(&d, train, code);
    set_inference_code(&d, evaluate, predict, code);
    bool blas =
        predict->uses_blas || (train && train->uses_blas) || (evaluate && evaluate->uses_blas);
    set_int(&d, AT_uses_blas, blas);
    set_pointer(&d, AT_timed, timed(ir, train, predict, code));
    set_fits(&d, model);
    Val value = descriptor_value(&d);
    Val g = LLVMAddGlobal(ir->module, LLVMTypeOf(value), "cnn_model");
    LLVMSetInitializer(g, value);
    LLVMSetGlobalConstant(g, 1);
}

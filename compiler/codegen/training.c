// SPDX-License-Identifier: MIT
// The object that trains: the kernels of a program, its phases one after the other, and around them the runtime's own
// code for one thread (runtime/engine/alone.h), linked in. Entry points are written here; they hand that code the
// model's constants. None of these holds an address, so that nothing is relocated and nothing writable.
#include "codegen/training.h"
#include "codegen/core.h"
#include "codegen/names.h"
#include "codegen/structure.h"
#include "keras/losses/loss.h"
#include "keras/metrics/metric.h"
#include "keras/optimizers/optimizer.h"
#include "plan/place.h"
#include "../runtime/engine/alone.h"
#include <math.h>
#include <string.h>

// ---- the memory of the caller

typedef struct Layout {
    CnnAlone facts; // but for the terms
    TrainingSizes sizes;
    int64_t predict_step, predict_scratch; // in the workspace of predict
} Layout;

static int64_t put(int64_t *end, int64_t bytes) { // the next block's place
    int64_t at = *end;
    *end += place_bytes(bytes);
    return at;
}

static void lay_out_state(Layout *l, const Plan *train) {
    const Model *m = train->step->model;
    CnnAlone *f = &l->facts;
    int64_t end = 0;
    put(&end, (int64_t)sizeof(CnnState));
    f->nsum = model_sums(m);
    f->sums_at = put(&end, f->nsum * 8);
    f->opt_at = put(&end, optimizer_slots(&m->optimizer) * train->opt_floats * 4);
    l->sizes.state = f->state_bytes = end;
}

static void lay_out_workspace(Layout *l, const Plan *train) {
    const Step *s = train->step;
    CnnAlone *f = &l->facts;
    int64_t end = 0, n = f->capacity, out = s->tensor[s->output].sample_stride * 4;
    f->leaf_samples = reduce_leaf(train->leaf_from, n);
    f->leaf_stride = place_bytes(train->leaf_bytes);
    f->step_at = put(&end, train->step_bytes);
    f->batch_at = put(&end, n * train->batch_stride);
    f->out_at = put(&end, n * out);
    f->root_at = put(&end, f->leaf_stride);
    f->stack_at = put(&end, reduce_depth(ceil_div(n, f->leaf_samples)) * f->leaf_stride);
    f->scratch_at = put(&end, train->scratch_bytes);
    l->sizes.workspace = end;
}

static Layout lay_out(const Plan *train, const Plan *predict, int64_t batch) {
    const Step *s = train->step;
    const Model *m = s->model;
    const double *ignored = loss_ignored(&m->loss);
    Layout l = {.facts = {.capacity = batch,
                          .param_bytes = train->param_floats * 4,
                          .input_floats = s->tensor[s->input].sample_stride,
                          .label_floats = tensor_count(&s->tensor[s->label]),
                          .label_is_class = loss_class_numbers(&m->loss),
                          .has_counts = s->counts >= 0,
                          .loss_reduction = loss_reduction(m),
                          .loss_ignores = ignored != NULL,
                          .loss_ignored = ignored ? (int64_t)*ignored : 0,
                          .nweight = s->nweight}};
    lay_out_state(&l, train);
    lay_out_workspace(&l, train);
    for (int i = 0; i < train->nphase; i++)
        if (train->phase[i].leaf_doubles) l.facts.loss_at = train->phase[i].leaf_at;
    int64_t end = 0;
    l.predict_step = put(&end, predict->step_bytes);
    l.predict_scratch = put(&end, predict->scratch_bytes);
    l.sizes.predict_workspace = end > 0 ? end : CNN_ALIGN;
    l.sizes.params = l.facts.param_bytes;
    l.sizes.batch = batch;
    return l;
}

TrainingSizes training_sizes(const Plan *train, const Plan *predict, int64_t batch) {
    return lay_out(train, predict, batch).sizes;
}

bool training_built(void) {
    return core_code->arch;
}

// ---- constants

typedef struct Trainer { // under construction
    Module *m;
    const Plan *train, *predict;
    Layout at;
    Val facts, terms, weights; // constants
} Trainer;

static void add_terms(Trainer *t, const CnnFormula *f, Val **term, int *n) {
    for (int64_t i = 0; i < f->n; i++) {
        Fields one = {.ir = &t->m->ir};
        fields_int(&one, f->term[i].op);
        fields_real(&one, f->term[i].number);
        Val v = fields_end(&one, sizeof(CnnTerm));
        ARENA_PUSH(t->m->arena, *term, *n, v);
    }
}

// The figures of a step, then the loss of a batch as one.
static void make_terms(Trainer *t) {
    const Model *m = t->train->step->model;
    CnnAlone *f = &t->at.facts;
    CnnFormula figure[CNN_SCALARS];
    Val *term = NULL;
    int n = 0;
    f->nfigure = optimizer_figures(t->m->arena, &m->optimizer, figure);
    for (int64_t i = 0; i < f->nfigure; i++) {
        f->terms[i] = figure[i].n;
        add_terms(t, &figure[i], &term, &n);
    }
    if (m->loss.nsum) {
        CnnFormula loss = loss_formula(t->m->arena, m);
        f->batch_terms = loss.n;
        add_terms(t, &loss, &term, &n);
    }
    t->terms = constant_array(&t->m->ir, term, n, "terms");
}

static void make_facts(Trainer *t) {
    enum { N = sizeof(CnnAlone) / sizeof(int64_t) };
    _Static_assert(sizeof(CnnAlone) % sizeof(int64_t) == 0, "int64_t and nothing else");
    int64_t value[N];
    Val v[N];
    memcpy(value, &t->at.facts, sizeof value);
    for (int i = 0; i < N; i++) v[i] = ir_whole(t->m->ir.i64, value[i]);
    t->facts = constant_array(&t->m->ir, v, N, "facts");
}

static Val no_pointer(Builder *ir) {
    return LLVMConstNull(ir->ptr);
}

static Val or_null(Builder *ir, Val constant) {
    return constant ? constant : no_pointer(ir);
}

static Val place(Builder *ir, Val base, int64_t bytes) {
    return ir_at(ir, base, ir->i8, ir_int(ir, bytes));
}

// ---- entry points

enum { MOST_PARAMS = 8, MOST_ARGUMENTS = 10 };

static Val entry(Trainer *t, const char *name, Type result, Type *param, int n) {
    const char *symbol = name_exported(t->m->arena, t->m->options.prefix, name);
    return ir_function(&t->m->ir, symbol, result, param, n, false, (Loc){1, 1, 1, 1});
}

// Integers become as wide as that function has them.
static Val call(Trainer *t, const char *name, Val *arg, int n) {
    Builder *ir = &t->m->ir;
    Val fn = core_function(t->m, name), given[MOST_ARGUMENTS];
    for (int i = 0; i < n; i++) {
        Type type = LLVMTypeOf(LLVMGetParam(fn, (unsigned)i));
        bool integer = LLVMTypeOf(arg[i]) == ir->index && type != ir->ptr;
        given[i] = integer ? LLVMBuildIntCast2(ir->b, arg[i], type, 1, "") : arg[i];
    }
    return ir_call(ir, fn, given, n);
}

static bool any_penalised(const Step *s) {
    for (int i = 0; i < s->nweight; i++)
        if (weight_penalised(s->weight[i])) return true;
    return false;
}

// double P_train_step(x, y, n, params, state, workspace)
static void emit_step(Trainer *t, const Val *phase, const Val *sum) {
    Builder *ir = &t->m->ir;
    const CnnAlone *f = &t->at.facts;
    Type type[] = {ir->ptr, ir->ptr, ir->index, ir->ptr, ir->ptr, ir->ptr};
    Val fn = entry(t, "train_step", ir->f64, type, 6);
    Val step = ir_room(ir, ir->i64, (int64_t)(sizeof(CnnStep) / sizeof(int64_t)));
    Val loss = ir_var(ir, ir->f64, LLVMConstReal(ir->f64, (double)NAN));
    Val arg[3 + 6] = {step, t->facts, or_null(ir, t->terms)}, both[] = {step, t->weights};
    for (unsigned i = 0; i < 6; i++) arg[3 + i] = LLVMGetParam(fn, i);
    If some = ir_if(ir, call(t, "cnn_alone_begin", arg, 9));
    if (any_penalised(t->train->step)) call(t, "cnn_alone_penalise", both, 2);
    for (int i = 0; i < t->train->nphase; i++) {
        const PhasePlan *ph = &t->train->phase[i];
        Val units = ir_int(ir, ph->by_leaf ? sum_units(ph) : ph->units);
        Val scratch = place(ir, LLVMGetParam(fn, 5), f->scratch_at);
        Val leaves[] = {step, phase[i], or_null(ir, sum[i]), units};
        Val range[] = {step, ir_int(ir, 0), units, scratch};
        if (ph->by_leaf)
            call(t, "cnn_alone_leaves", leaves, 4);
        else
            ir_call(ir, phase[i], range, 4);
    }
    ir_set(ir, loss, call(t, "cnn_alone_end", &step, 1));
    ir_endif(ir, &some);
    ir_return_value(ir, ir_get(ir, ir->f64, loss));
}

// void P_predict(input, output, n, params, workspace)
static void emit_predict(Trainer *t, Val run_leaf, Val prepare) {
    Builder *ir = &t->m->ir;
    Type type[] = {ir->ptr, ir->ptr, ir->index, ir->ptr, ir->ptr};
    Val fn = entry(t, "predict", ir->none, type, 5), workspace = LLVMGetParam(fn, 4);
    Val run = ir_room(ir, ir->i64, (int64_t)(sizeof(CnnRun) / sizeof(int64_t)));
    Val scratch = place(ir, workspace, t->at.predict_scratch), zero = ir_int(ir, 0);
    Val n = LLVMGetParam(fn, 2), mode = call(t, "cnn_alone_flush", NULL, 0);
    ir_put(ir, place(ir, run, offsetof(CnnRun, params)), LLVMGetParam(fn, 3));
    ir_put(ir, place(ir, run, offsetof(CnnRun, step)), place(ir, workspace, t->at.predict_step));
    ir_put(ir, place(ir, run, offsetof(CnnRun, out)), LLVMGetParam(fn, 1));
    ir_put(ir, place(ir, run, offsetof(CnnRun, n)), ir_widen(ir, n, ir->i64));
    emit_clear_rings(ir, t->predict, scratch);
    Val range[] = {run, zero, ir_int(ir, t->predict->phase[0].units), scratch};
    Val leaf[] = {
        run,     zero,          zero, n, LLVMGetParam(fn, 0), no_pointer(ir), no_pointer(ir),
        scratch, no_pointer(ir)};
    if (prepare) ir_call(ir, prepare, range, 4);
    ir_call(ir, run_leaf, leaf, 9);
    call(t, "cnn_alone_restore", &mode, 1);
    ir_return(ir);
}

static const char *const fills[] = {
    [INIT_CONSTANT] = "random_constant",     [INIT_UNIFORM] = "random_uniform",
    [INIT_NORMAL] = "random_normal",         [INIT_TRUNCATED_NORMAL] = "random_truncated_normal",
    [INIT_ORTHOGONAL] = "random_orthogonal", [INIT_IDENTITY] = "random_identity"};

// void P_init(params, seed)
static void emit_init(Trainer *t) {
    Builder *ir = &t->m->ir;
    const Step *s = t->train->step;
    Type type[] = {ir->ptr, ir->i32};
    Val fn = entry(t, "init", ir->none, type, 2), params = LLVMGetParam(fn, 0);
    Val all[] = {params, ir_int(ir, t->at.facts.param_bytes)};
    call(t, "cnn_alone_clear", all, 2);
    for (int i = 0; i < s->nweight; i++) {
        Val arg[] = {place(ir, t->weights, (int64_t)sizeof(CnnWeight) * i), ir_int(ir, i),
                     LLVMGetParam(fn, 1), core_function(t->m, fills[s->weight[i]->init.kind]),
                     place(ir, params, s->tensor[s->weight_tensor[i]].offset)};
        call(t, "random_weight", arg, 5);
    }
    ir_return(ir);
}

// An entry point that is a function of the core, after the facts where it wants them.
static void forward(Trainer *t, const char *name, const char *core, bool facts, Type *type, int n) {
    Val fn = entry(t, name, t->m->ir.none, type, n), arg[MOST_PARAMS] = {t->facts};
    for (int i = 0; i < n; i++) arg[facts + i] = LLVMGetParam(fn, (unsigned)i);
    call(t, core, arg, facts + n);
    ir_return(&t->m->ir);
}

static void emit_forwards(Trainer *t) {
    Builder *ir = &t->m->ir;
    Type seeded[] = {ir->ptr, ir->i32}, rate[] = {ir->ptr, ir->f64},
         order[] = {ir->ptr, ir->i32, ir->i32, ir->i32};
    forward(t, "start", "cnn_alone_start", true, seeded, 2);
    forward(t, "set_epoch", "cnn_alone_epoch", true, seeded, 2);
    forward(t, "set_rate", "cnn_alone_set_rate", false, rate, 2);
    forward(t, "shuffle", "random_shuffle", false, order, 4);
}

// One figure of a metric, the sums of which begin with that number.
static Val emit_figure(Trainer *t, Val state, const Metric *m, int64_t figure, int64_t sum,
                       Val setting) {
    Builder *ir = &t->m->ir;
    Val metric = constant_new(ir, emit_metric(ir, m, figure), "metric");
    Val arg[] = {t->facts,
                 state,
                 ir_int(ir, sum),
                 metric,
                 core_function(t->m, m->cls->symbol ? m->cls->symbol : "cnn_result_mean"),
                 or_null(ir, setting)};
    return call(t, "cnn_alone_figure", arg, 6);
}

// void P_figures(state, double *figure)
static void emit_figures(Trainer *t) {
    Builder *ir = &t->m->ir;
    const Model *m = t->train->step->model;
    int64_t outputs = m->output.rank ? m->output.dim[m->output.rank - 1] : 0, sum = 1, n = 0;
    Type type[] = {ir->ptr, ir->ptr};
    Val fn = entry(t, "figures", ir->none, type, 2), none = no_pointer(ir);
    Val state = LLVMGetParam(fn, 0), to = LLVMGetParam(fn, 1);
    Val arg[] = {t->facts, state, ir_int(ir, 0), none, none, none};
    ir_put(ir, place(ir, to, 8 * n++), call(t, "cnn_alone_figure", arg, 6));
    for (int i = 0; i < m->nmetric; sum += m->metric[i++].nsum) {
        const Metric *metric = &m->metric[i];
        Val setting = emit_metric_settings(ir, metric, outputs);
        for (int64_t k = 0; k < metric->figures; k++)
            ir_put(ir, place(ir, to, 8 * n++), emit_figure(t, state, metric, k, sum, setting));
    }
    ir_return(ir);
}

// void P_finish(params, state): weights that a moving average is made of become that.
static void emit_finish(Trainer *t) {
    Builder *ir = &t->m->ir;
    const Step *s = t->train->step;
    int slot = optimizer_average(&s->model->optimizer);
    Type type[] = {ir->ptr, ir->ptr};
    Val fn = entry(t, "finish", ir->none, type, 2);
    for (int i = 0; i < s->ntensor; i++) {
        const Tensor *from = &s->tensor[i];
        if (from->owner != O_OPT || from->slot != slot) continue;
        const Tensor *to = &s->tensor[s->weight_tensor[from->weight]];
        Val arg[] = {place(ir, LLVMGetParam(fn, 0), to->offset),
                     place(ir, LLVMGetParam(fn, 1), t->at.facts.opt_at + from->offset),
                     ir_int(ir, tensor_count(to))};
        call(t, "cnn_alone_copy", arg, 3);
    }
    ir_return(ir);
}

static void emit_texts(Trainer *t, const char *info, const char *size_symbol) {
    Builder *ir = &t->m->ir;
    Val text = constant_bytes(ir, "info", info, strlen(info) + 1, 1);
    entry(t, "info", ir->ptr, NULL, 0);
    ir_return_value(ir, text);
    Val sizes = LLVMAddGlobal(ir->module, ir->i8, size_symbol);
    LLVMSetInitializer(sizes, LLVMConstInt(ir->i8, 1, 0));
    LLVMSetGlobalConstant(sizes, 1);
}

Module *module_training(Arena *a, const ModuleOptions *o, const Plan *train, const Plan *predict,
                        int64_t batch, const char *info, const char *size_symbol) {
    Module *m = module_new(a, o, &train->target);
    m->member = arena_printf(a, "%s.o", o->prefix);
    core_link(m);
    if (m->trouble) return m;
    Trainer t = {m, train, predict, lay_out(train, predict, batch), NULL, NULL, NULL};
    Kernels to = {.home = m, .made = map_new(a)};
    Val *kernel = emit_kernels(&to, train, TRAIN_KERNELS);
    Val *phase = emit_training(&to, (PhaseCode){.p = train, .kernel = kernel}), prepare = NULL;
    PhaseCode infer = {.p = predict, .kernel = emit_kernels(&to, predict, PREDICT_KERNELS)};
    Val predicts = emit_inference(&to, infer, "predict", &prepare);
    make_terms(&t);
    make_facts(&t);
    t.weights = emit_weights(&m->ir, train, predict, false);
    emit_step(&t, phase, emit_sums(&m->ir, train));
    emit_predict(&t, predicts, prepare);
    emit_init(&t);
    emit_forwards(&t);
    emit_figures(&t);
    if (optimizer_average(&train->step->model->optimizer) >= 0) emit_finish(&t);
    emit_texts(&t, info, size_symbol);
    return m;
}

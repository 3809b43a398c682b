// SPDX-License-Identifier: MIT
// The descriptor cnn_model of runtime/abi.h as a constant: its fields in the header's order. Sizes of
// the structures are compared with the header's own, so a change in one place alone is caught here.
#include "codegen/internal.h"
#include "codegen/names.h"
#include "codegen/phase.h"
#include "../runtime/abi.h"
#include <assert.h>
#include <string.h>

enum { MAX_FIELDS = 96 };

typedef struct Fields { // a structure under construction
    Ir *ir;
    int n;
    Val v[MAX_FIELDS];
} Fields;

static void field(Fields *f, Val v) {
    assert(f->n < MAX_FIELDS);
    f->v[f->n++] = v;
}

static void integer(Fields *f, int64_t x) {
    field(f, ir_int(f->ir, x));
}
static void real(Fields *f, double x) {
    field(f, LLVMConstReal(f->ir->f64, x));
}
static void pointer(Fields *f, Val p) {
    field(f, p ? p : LLVMConstNull(f->ir->ptr));
}

static Val constant(Ir *ir, Val init, const char *name) {
    Val g = name_global(ir, LLVMTypeOf(init), name);
    LLVMSetInitializer(g, init);
    LLVMSetGlobalConstant(g, 1);
    return g;
}

static Val text_of(Ir *ir, const char *s) {
    if (!s) return NULL;
    Val g = constant(ir, LLVMConstStringInContext2(ir->context, s, strlen(s), 0), "text");
    LLVMSetUnnamedAddress(g, LLVMGlobalUnnamedAddr);
    LLVMSetAlignment(g, 1);
    return g;
}

static void text(Fields *f, const char *s) {
    pointer(f, text_of(f->ir, s));
}

static Val structure(Fields *f, size_t expected) {
    Val v = LLVMConstStructInContext(f->ir->context, f->v, (unsigned)f->n, 0);
    LLVMTargetDataRef layout = LLVMGetModuleDataLayout(f->ir->module);
    assert(LLVMABISizeOfType(layout, LLVMTypeOf(v)) == expected);
    (void)layout, (void)expected;
    return v;
}

// An array of equal structures (or pointers) as a constant; NULL if there are none.
static Val array(Ir *ir, Val *v, int n, const char *name) {
    if (n == 0) return NULL;
    return constant(ir, LLVMConstArray2(LLVMTypeOf(v[0]), v, (uint64_t)n), name);
}

static Val texts(Ir *ir, const char *const *s, int n, const char *name) {
    Val *v = ARENA_ARRAY(ir->arena, Val, n > 0 ? n : 1);
    for (int i = 0; i < n; i++) v[i] = text_of(ir, s[i]);
    return array(ir, v, n, name);
}

static void dims(Fields *f, int rank, const int64_t *dim) {
    Val v[5];
    for (int d = 0; d < 5; d++) v[d] = ir_int(f->ir, d < rank ? dim[d] : 0);
    field(f, LLVMConstArray2(f->ir->i64, v, 5));
}

static Val weights(Ir *ir, const Plan *train, const Plan *predict) {
    static const int64_t init[] = {[INIT_CONSTANT] = CNN_INIT_CONSTANT,
                                   [INIT_UNIFORM] = CNN_INIT_UNIFORM,
                                   [INIT_NORMAL] = CNN_INIT_NORMAL,
                                   [INIT_TRUNCATED_NORMAL] = CNN_INIT_TRUNCATED_NORMAL};
    const Step *s = predict->step;
    Val *v = ARENA_ARRAY(ir->arena, Val, s->nweight + 1);
    for (int i = 0; i < s->nweight; i++) {
        const Tensor *t = &s->tensor[s->weight_tensor[i]];
        const Weight *w = s->weight[i];
        int g = train ? train->step->tensor[train->step->weight_tensor[i]].grad : -1;
        Fields f = {.ir = ir};
        text(&f, t->name);
        integer(&f, t->rank);
        dims(&f, t->rank, t->dim);
        integer(&f, shape_count(&w->shape));
        integer(&f, t->offset / 4);
        integer(&f, w->trainable);
        integer(&f, init[w->init.kind]);
        real(&f, w->init.a);
        real(&f, w->init.b);
        const Tensor *grad = g >= 0 ? &train->step->tensor[g] : NULL;
        integer(&f, !grad ? CNN_GRAD_NONE : grad->owner == O_LEAF ? CNN_GRAD_LEAF : CNN_GRAD_STEP);
        integer(&f, grad ? grad->offset : 0);
        dims(&f, grad ? grad->rank : 0, grad ? grad->stride : NULL);
        v[i] = structure(&f, sizeof(CnnWeight));
    }
    return array(ir, v, s->nweight, "weights");
}

static Val statements(Ir *ir, const Model *m) {
    static const int64_t kind[] = {[STATEMENT_SUMMARY] = CNN_DO_SUMMARY,
                                   [STATEMENT_FIT] = CNN_DO_FIT,
                                   [STATEMENT_EVALUATE] = CNN_DO_EVALUATE,
                                   [STATEMENT_PRINT] = CNN_DO_PRINT};
    Val *v = ARENA_ARRAY(ir->arena, Val, m->nstatement + 1);
    for (int i = 0; i < m->nstatement; i++) {
        const Statement *st = &m->statement[i];
        Val *item = ARENA_ARRAY(ir->arena, Val, st->nitem + 1);
        for (int k = 0; k < st->nitem; k++) {
            Fields f = {.ir = ir};
            bool score = st->item[k].kind == PRINT_SCORE;
            integer(&f, score ? CNN_PRINT_SCORE : CNN_PRINT_TEXT);
            integer(&f, st->item[k].index);
            text(&f, score ? NULL : st->item[k].text);
            item[k] = structure(&f, sizeof(CnnPrintItem));
        }
        Fields f = {.ir = ir};
        integer(&f, kind[st->kind]);
        integer(&f, st->verbose);
        integer(&f, st->nitem);
        pointer(&f, array(ir, item, st->nitem, "items"));
        v[i] = structure(&f, sizeof(CnnStatement));
    }
    return array(ir, v, m->nstatement, "statements");
}

static Val phases(Ir *ir, const Plan *train, const Val *function) {
    if (!train) return NULL;
    Val *v = ARENA_ARRAY(ir->arena, Val, train->nphase);
    for (int i = 0; i < train->nphase; i++) {
        Fields f = {.ir = ir};
        bool leaf = train->phase[i].by_leaf;
        integer(&f, leaf ? CNN_BY_LEAF : CNN_BY_UNIT);
        integer(&f, leaf ? 0 : train->phase[i].units);
        pointer(&f, leaf ? function[i] : NULL);
        pointer(&f, leaf ? NULL : function[i]);
        v[i] = structure(&f, sizeof(CnnPhase));
    }
    return array(ir, v, train->nphase, "phases");
}

static Val kernels(Ir *ir, const Plan *p) {
    if (!p) return NULL;
    Val *v = ARENA_ARRAY(ir->arena, Val, p->nkernel);
    for (int i = 0; i < p->nkernel; i++) {
        const Kernel *k = &p->kernel[i];
        bool sample = p->step->node[k->node[0]].samples; // also where it sums over all of them
        Fields f = {.ir = ir};
        text(&f, k->name);
        text(&f, k->variant->name);
        integer(&f, k->phase % 2 == 0);
        real(&f, sample ? k->flops : 0);
        real(&f, sample ? 0 : k->flops);
        v[i] = structure(&f, sizeof(CnnKernel));
    }
    return array(ir, v, p->nkernel, "kernels");
}

static Val timed(Ir *ir, const Plan *train, const Plan *predict, const ProgramCode *code) {
    Fields f = {.ir = ir};
    int64_t floats = (int64_t)code->peak_chains * ir->vector;
    integer(&f, train ? train->nkernel : 0);
    integer(&f, predict->nkernel);
    pointer(&f, kernels(ir, train));
    pointer(&f, kernels(ir, predict));
    pointer(&f, phases(ir, train, code->timed_phase));
    pointer(&f, code->timed_predict);
    pointer(&f, code->timed_prepare);
    pointer(&f, code->peak);
    integer(&f, 2 * floats);
    integer(&f, floats);
    return constant(ir, structure(&f, sizeof(CnnTimed)), "timed");
}

static void identity(Fields *f, const Plan *predict, const ProgramText *t) {
    const char *target =
        arena_printf(f->ir->arena, "%s %s", predict->target.triple, predict->target.cpu);
    integer(f, CNN_ABI);
    text(f, t->stem);
    text(f, t->source);
    text(f, t->source_hash);
    text(f, t->version);
    text(f, target);
    text(f, predict->target.needs);
    text(f, t->summary);
    text(f, t->libraries);
}

static void shapes(Fields *f, const Step *s) {
    const int ends[2] = {s->input, s->output};
    for (int i = 0; i < 2; i++) {
        const Tensor *t = &s->tensor[ends[i]];
        integer(f, t->rank);
        dims(f, t->rank, t->dim);
        integer(f, t->sample_stride);
    }
}

static void training(Fields *f, const Model *m, const Plan *evaluate) {
    static const char *const loss[] = {[LOSS_CATEGORICAL_CROSSENTROPY] = "categorical_crossentropy",
                                       [LOSS_SPARSE_CATEGORICAL_CROSSENTROPY] =
                                           "sparse_categorical_crossentropy",
                                       [LOSS_BINARY_CROSSENTROPY] = "binary_crossentropy",
                                       [LOSS_MEAN_SQUARED_ERROR] = "mean_squared_error",
                                       [LOSS_MEAN_ABSOLUTE_ERROR] = "mean_absolute_error"};
    bool classes = m->has_compile && m->loss.kind == LOSS_SPARSE_CATEGORICAL_CROSSENTROPY;
    integer(f, m->has_compile);
    integer(f, m->has_fit);
    text(f, m->has_compile ? loss[m->loss.kind] : "");
    integer(f, classes ? CNN_LABEL_CLASS : CNN_LABEL_VECTOR);
    integer(f, evaluate ? evaluate->step->tensor[evaluate->step->label].sample_stride : 0);
    const char *name[MAX_METRICS];
    for (int i = 0; i < m->nmetric; i++) name[i] = m->metric[i].name;
    integer(f, m->nmetric);
    pointer(f, texts(f->ir, name, m->nmetric, "metrics"));
    integer(f, m->optimizer.kind == OPT_ADAM ? CNN_OPTIMIZER_ADAM : CNN_OPTIMIZER_SGD);
    real(f, m->optimizer.learning_rate);
    real(f, m->optimizer.beta_1);
    real(f, m->optimizer.beta_2);
}

static void fitting(Fields *f, const Model *m) {
    const Fit *fit = &m->fit;
    integer(f, fit->batch_size);
    integer(f, fit->epochs);
    integer(f, fit->initial_epoch);
    integer(f, fit->validation_data);
    integer(f, fit->shuffle);
    integer(f, fit->verbose);
    real(f, fit->validation_split);
    integer(f, m->seed);
    integer(f, m->nstatement);
    pointer(f, statements(f->ir, m));
}

static void code_of(Fields *f, const Plan *train, const Plan *evaluate, const Plan *predict,
                    const ProgramCode *code) {
    integer(f, train ? train->nphase : 0);
    pointer(f, phases(f->ir, train, code->phase));
    integer(f, train ? train->step_bytes : 0);
    integer(f, train ? train->batch_stride : 0);
    integer(f, train ? train->leaf_bytes : 0);
    integer(f, train ? train->scratch_bytes : 0);
    integer(f, train ? leaf_units(train) : 0);
    pointer(f, train ? code->leaf_add : NULL);
    pointer(f, code->predict);
    pointer(f, code->evaluate);
    int64_t scratch = predict->scratch_bytes;
    if (evaluate && evaluate->scratch_bytes > scratch) scratch = evaluate->scratch_bytes;
    integer(f, scratch);
    const Plan *infer = evaluate ? evaluate : predict;
    pointer(f, code->prepare);
    integer(f, code->prepare ? infer->phase[0].units : 0);
    integer(f, infer->step_bytes);
    pointer(f, code->widen);
    bool blas =
        predict->uses_blas || (train && train->uses_blas) || (evaluate && evaluate->uses_blas);
    integer(f, blas);
    pointer(f, timed(f->ir, train, predict, code));
}

void emit_descriptor(Module *m, const Plan *train, const Plan *evaluate, const Plan *predict,
                     const ProgramCode *code, const ProgramText *t) {
    Ir *ir = &m->ir;
    const Model *model = predict->step->model;
    Fields f = {.ir = ir};
    identity(&f, predict, t);
    shapes(&f, predict->step);
    integer(&f, model->nclass);
    pointer(&f, texts(ir, model->class_name, model->nclass, "classes"));
    integer(&f, predict->step->nweight);
    pointer(&f, weights(ir, train, predict));
    integer(&f, predict->param_floats);
    integer(&f, model->has_compile ? optimizer_slots(&model->optimizer) : 0);
    training(&f, model, evaluate);
    fitting(&f, model);
    code_of(&f, train, evaluate, predict, code);
    Val g = LLVMAddGlobal(ir->module, LLVMTypeOf(structure(&f, sizeof(CnnModel))), "cnn_model");
    LLVMSetInitializer(g, structure(&f, sizeof(CnnModel)));
    LLVMSetGlobalConstant(g, 1);
}

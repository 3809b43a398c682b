// SPDX-License-Identifier: MIT
// emit --train: the object that trains, or its header. What a script's training does beyond the steps themselves
// is the caller's and named in the header; what a step cannot do without it is refused.
#include "driver/budget.h"
#include "codegen/training.h"
#include "formats/train_header.h"
#include "report/heavy.h"
#include "keras/callbacks/callback.h"
#include "keras/metrics/metric.h"
#include "support/tell.h"
#include "support/text.h"
#include <stdlib.h>
#include <string.h>

// Of the metrics, one that is the mean of what each batch makes; or NULL.
static const char *of_batches(const Model *m) {
    for (int i = 0; i < m->nmetric; i++)
        if (m->metric[i].cls->of_batch) return m->metric[i].name;
    return NULL;
}

// Why there is no object that trains, with what helps, if anything does; NULL: there is one.
static const char *refusal(const Job *j, ExitCode *code, const char **help) {
    const Model *m = j->m;
    *code = EXIT_REFUSED;
    *help = NULL;
    if (!m->has_compile) return "the model has no compile(), so nothing says how it is trained";
    if (m->nadapt > 0) {
        *help = "give the layer its mean and variance, as PROGRAM train has saved them";
        return arena_printf(j->a,
                            "'%s' measures data before the first step, by adapt(), and an object "
                            "has none",
                            m->adapt[0].layer->name);
    }
    if (of_batches(m)) {
        *help = "leave it out; of a loss of samples give the function, as keras.losses.huber for "
                "Huber()";
        return arena_printf(j->a,
                            "the metric '%s' is the mean of what a loss makes of each batch; an "
                            "object adds up over samples alone",
                            of_batches(m));
    }
    *code = EXIT_SYSTEM;
    if (training_built()) return NULL;
    *help = "install it and build cnnc again (Debian: apt install clang-19)";
    return "this cnnc was built without clang, which makes the code of the runtime that such an "
           "object has";
}

static int refuse(const Job *j) {
    ExitCode code;
    const char *help, *why = refusal(j, &code, &help);
    if (!why) return EXIT_OK;
    tell("error: --train: %s", why);
    if (help) tell("help: %s", help);
    return code;
}

static int64_t batch_size(const Job *j) {
    return j->o->batch_size ? atoll(j->o->batch_size) : j->m->fit.batch_size;
}

// 64 TB, far below what sizes are counted in.
static bool fits(const Plan *train, int64_t batch) {
    const int64_t most = (int64_t)1 << 46;
    const Step *s = train->step;
    int64_t each = train->batch_stride + s->tensor[s->output].sample_stride * 4 + 1;
    if (batch <= most / each) return true;
    tell("error: --train: a batch of %lld samples is too large: each takes %lld bytes",
         (long long)batch, (long long)each);
    tell("help: give a smaller one by --batch-size=N");
    return false;
}

// ---- what is left to the caller

static void add(Job *j, TrainFacts *f, const char *what) {
    ARENA_PUSH(j->a, f->left_out, f->nleft_out, what);
}

static void list_left_out(Job *j, TrainFacts *f) {
    const Model *m = j->m;
    const Fit *fit = &m->fit;
    add(j, f, "reading, scaling and shuffling the data");
    if (m->has_fit && (fit->validation_data || fit->validation_split > 0))
        add(j, f, "the validation");
    if (fit->nclass_weight) add(j, f, "class_weight (each label has its sample's)");
    for (int i = 0; i < fit->ncallback; i++) add(j, f, fit->callback[i].cls->object.name);
    if (m->nmore) add(j, f, "the fits after the first");
}

// ---- what the object takes

// The memory that the caller gives it.
static int64_t memory_of(const TrainingSizes *m) {
    return m->params + m->state + m->workspace + m->predict_workspace;
}

// An object's size, and of the stack, once code was made for it.
static Needs measure(Job *j, const Plan *train, const Plan *predict, const TrainFacts *f,
                     TrainSize *size, const char **trouble) {
    ModuleOptions o = job_module_options(j, f->of.prefix);
    Needs n = {0};
    size->memory = training_sizes(train, predict, batch_size(j));
    job_enter(j, "emit");
    Module *m = module_training(j->a, &o, train, predict, batch_size(j),
                                train_header_info(j->a, train, f), f->of.size_symbol);
    Output out[MODULE_PARTS];
    job_enter(j, "code");
    if (module_write(m, OUT_OBJECT, out, &(Progress){line_show, &j->line}, trouble)) {
        n.stack = module_stack_bytes(m);
        n.deepest = module_deepest(m);
        n.flash = size->code = output_code_bytes(out);
        n.largest = output_largest(j->a, out, &n.largest_bytes);
    }
    n.ram = memory_of(&size->memory);
    job_leave(j);
    module_free(m);
    return n;
}

typedef struct Plans {
    Plan *train, *predict;
} Plans;

static Plans make_plans(const Job *j) {
    return (Plans){job_plan(j, STEP_TRAIN, j->level[0]), job_plan(j, STEP_PREDICT, j->level[0])};
}

static bool is_frozen(const Model *m) {
    for (int i = 0; i < m->nlayer; i++)
        for (int k = 0; k < m->layer[i].nweight; k++)
            if (m->layer[i].weight[k].variable != m->layer[i].weight[k].trainable) return true;
    return false;
}

// Plans and measures the model with all layers trained; then it is again as it was.
static bool measure_thawed(Job *j, const TrainFacts *f, TrainSize *size, const char **trouble) {
    Model *m = j->m;
    Layer *before = ARENA_ARRAY(j->a, Layer, m->nlayer);
    memcpy(before, m->layer, (size_t)m->nlayer * sizeof *before);
    for (int i = 0; i < m->nlayer; i++) {
        Layer *l = &m->layer[i];
        l->trainable = true;
        l->frozen = false;
        for (int k = 0; k < l->nweight; k++) l->weight[k].trainable = l->weight[k].variable;
    }
    Plans all = make_plans(j);
    TrainFacts thawed = *f;
    thawed.size.memory = training_sizes(all.train, all.predict, batch_size(j));
    measure(j, all.train, all.predict, &thawed, size, trouble);
    for (int i = 0; i < m->nlayer; i++) {
        Layer *l = &m->layer[i];
        l->trainable = before[i].trainable;
        l->frozen = before[i].frozen;
        for (int k = 0; k < l->nweight; k++) l->weight[k].trainable &= l->trainable && !l->frozen;
    }
    return !*trouble;
}

// ---- the command

static const char *size_symbol(const Job *j, const Plan *train, const TrainingSizes *m,
                               const char *prefix) {
    const Step *s = train->step;
    return arena_printf(
        j->a, "%s_object_in%lld_out%lld_params%lld_state%lld_ws%lld_ps%lld_batch%lld", prefix,
        (long long)s->tensor[s->input].sample_stride, (long long)s->tensor[s->output].sample_stride,
        (long long)m->params, (long long)m->state, (long long)m->workspace,
        (long long)m->predict_workspace, (long long)m->batch);
}

static TrainFacts describe(Job *j, const Plans *p, const char *prefix) {
    const char **cpu = ARENA_ARRAY(j->a, const char *, 1);
    cpu[0] = j->level[0]->cpu;
    TrainFacts f = {.of = {.nlevel = 1,
                           .level = cpu,
                           .prefix = prefix,
                           .source = diag_file(j->d),
                           .source_hash = j->hash,
                           .version = CNNC_VERSION}};
    f.size.memory = training_sizes(p->train, p->predict, batch_size(j));
    f.of.size_symbol = size_symbol(j, p->train, &f.size.memory, prefix);
    list_left_out(j, &f);
    return f;
}

static int write_header(Job *j, const Plans *p, TrainFacts *f) {
    const char *trouble = NULL;
    TrainSize *all = ARENA_NEW(j->a, TrainSize);
    f->of.stack = measure(j, p->train, p->predict, f, &f->size, &trouble).stack;
    if (!trouble && is_frozen(j->m) && measure_thawed(j, f, all, &trouble)) f->thawed = all;
    if (trouble) return tell("error: %s", trouble), EXIT_SYSTEM;
    const char *text = train_header_text(j->a, p->train, f);
    return output_write(&j->out, text, strlen(text));
}

// Too much RAM: the largest batch that would do, or where it goes.
static const char *less_memory(const Job *j, const Plans *p, int64_t most) {
    for (int64_t n = batch_size(j) / 2; n > 0; n /= 2) {
        TrainingSizes m = training_sizes(p->train, p->predict, n);
        if (memory_of(&m) <= most)
            return arena_printf(j->a, "with --batch-size=%lld it takes %s", (long long)n,
                                text_thousands(j->a, memory_of(&m)));
    }
    TrainingSizes m = training_sizes(p->train, p->predict, 1);
    return arena_printf(j->a,
                        "with --batch-size=1 it takes %s still, %s of them the optimiser's; %s: "
                        "fewer units or channels there, trainable=False, or an optimizer that "
                        "keeps less",
                        text_thousands(j->a, memory_of(&m)), text_thousands(j->a, m.state),
                        heavy_weights(p->train));
}

// The same within the budget, by other kernels if need be.
static int plan_within(Job *j, const char *prefix, Plans *p, TrainFacts *f) {
    const char *trouble = NULL;
    for (;;) {
        job_enter(j, "plan");
        *p = make_plans(j);
        job_leave(j);
        if (!fits(p->train, batch_size(j))) return EXIT_REFUSED;
        *f = describe(j, p, prefix);
        int64_t ram = memory_of(&f->size.memory), reach = target_reach(j->level[0]);
        const char *help = less_memory(j, p, j->budget.ram < reach ? j->budget.ram : reach);
        if (budget_reach(j, p->train, ram, 0, help) != EXIT_OK) return EXIT_REFUSED;
        if (!budget_given(j)) return EXIT_OK;
        Needs n = measure(j, p->train, p->predict, f, &f->size, &trouble);
        if (trouble) return tell("error: %s", trouble), EXIT_SYSTEM;
        if (budget_allows(j, &n)) return EXIT_OK;
        if (!budget_try_small(j)) return budget_refuse(j, p->train, &n, help);
    }
}

bool training_possible(const Job *j) {
    ExitCode code;
    const char *help;
    return !refusal(j, &code, &help);
}

int training_needs(Job *j, ObjectNeeds *needs) {
    const char *trouble = NULL;
    Plans p = make_plans(j);
    if (!fits(p.train, batch_size(j))) return EXIT_REFUSED;
    TrainFacts f = describe(j, &p, job_prefix(j));
    Needs n = measure(j, p.train, p.predict, &f, &f.size, &trouble);
    if (trouble) return tell("error: %s", trouble), EXIT_SYSTEM;
    *needs = (ObjectNeeds){.there = true,
                           .batch = batch_size(j),
                           .macs = step_products(job_step(j, STEP_TRAIN)),
                           .flash = n.flash,
                           .ram = n.ram,
                           .stack = n.stack};
    return EXIT_OK;
}

int emit_training_object(Job *j, const char *prefix) {
    int code = refuse(j);
    if (code != EXIT_OK) return code;
    Plans p;
    TrainFacts f;
    code = plan_within(j, prefix, &p, &f);
    if (code != EXIT_OK) return code;
    if (j->o->as == AS_HEADER) return write_header(j, &p, &f);
    ModuleOptions o = job_module_options(j, prefix);
    job_enter(j, "emit");
    Module *m = module_training(j->a, &o, p.train, p.predict, batch_size(j),
                                train_header_info(j->a, p.train, &f), f.of.size_symbol);
    return job_finish(j, m, job_form(j));
}

// SPDX-License-Identifier: MIT
// emit: the trained model as an object, in one of its forms, or the object's header.
#include "driver/budget.h"
#include "driver/rounding.h"
#include "report/heavy.h"
#include "formats/header.h"
#include "formats/weights.h"
#include "support/tell.h"
#include <ctype.h>
#include <string.h>

static int error(const char *text) {
    tell("error: %s", text);
    return EXIT_REFUSED;
}

static const char *identifier(Arena *a, const char *s) {
    char *id = arena_printf(a, "%s%s", isdigit((unsigned char)*s) ? "_" : "", s);
    for (char *c = id; *c; c++)
        if (!isalnum((unsigned char)*c)) *c = '_';
    return id;
}

const char *job_prefix(const Job *j) {
    return j->o->prefix ? j->o->prefix : identifier(j->a, j->stem);
}

static bool is_identifier(const char *s) {
    if (!*s || isdigit((unsigned char)*s)) return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_') return false;
    return true;
}

static ModuleOptions object_options(const Job *j, const char *prefix) {
    ModuleOptions o = job_module_options(j, prefix);
    o.apart = option_apart(j->o);
    return o;
}

// Sizes of code and frames are known once code was generated; no weights are needed for it.
static Needs measured(Job *j, const Level *level, const char *prefix, const char **trouble) {
    ModuleOptions o = object_options(j, prefix);
    Needs n = {.ram = object_workspace(level, j->nlevel)};
    job_enter(j, "emit");
    Module *m = module_object(j->a, &o, level, j->nlevel, NULL);
    Output out[MODULE_PARTS];
    job_enter(j, "code");
    if (module_write(m, OUT_OBJECT, out, &(Progress){line_show, &j->line}, trouble)) {
        n.flash = output_code_bytes(out) + module_constant_bytes(m);
        n.stack = module_stack_bytes(m);
        n.deepest = module_deepest(m);
    }
    job_leave(j);
    module_free(m);
    return n;
}

static int emit_header(Job *j, const Level *level, HeaderFacts *f) {
    const char *trouble = NULL;
    f->stack = measured(j, level, f->prefix, &trouble).stack;
    if (trouble) return error(trouble), EXIT_SYSTEM;
    const char *text = header_text(j->a, level->plan, f);
    return output_write(&j->out, text, strlen(text));
}

// What the header and P_info() say; the levels' plans and texts.
static HeaderFacts describe(Job *j, Level *level, const char *prefix) {
    const char **cpu = ARENA_ARRAY(j->a, const char *, j->nlevel);
    int n = 0;
    do { // one at least
        level[n] = (Level){job_plan(j, STEP_PREDICT, j->level[n]), ""};
        cpu[n] = j->level[n]->cpu;
    } while (++n < j->nlevel);
    ModuleOptions o = object_options(j, prefix);
    HeaderFacts f = {.nlevel = n,
                     .level = cpu,
                     .prefix = prefix,
                     .source = diag_file(j->d),
                     .source_hash = j->hash,
                     .version = CNNC_VERSION,
                     .size_symbol = object_size_symbol(j->a, &o, level, n),
                     .workspace = object_workspace(level, n),
                     .narrow = option_narrow(j->o)};
    if (o.apart) {
        f.weights = object_weights_bytes(j->a, level, n, &f.weights_identity);
        f.params = level->plan->param_floats * 4;
        f.pack_room = pack_room(level, n);
    }
    for (int i = 0; i < n; i++) level[i].info = header_info(j->a, level[i].plan, &f);
    return f;
}

int emit_needs(Job *j, ObjectNeeds *needs) {
    const char *prefix = job_prefix(j), *trouble = NULL;
    Level level[DISPATCH_LEVELS];
    describe(j, level, prefix);
    Needs n = measured(j, level, prefix, &trouble);
    if (trouble) return error(trouble), EXIT_SYSTEM;
    *needs = (ObjectNeeds){.there = true,
                           .macs = step_products(job_step(j, STEP_PREDICT)),
                           .flash = n.flash,
                           .ram = n.ram,
                           .stack = n.stack};
    return EXIT_OK;
}

// Chooses kernels that stay within the budget, if there is one.
static int keep_budget(Job *j, const char *prefix) {
    const char *trouble = NULL;
    Level level[DISPATCH_LEVELS]; // of this attempt: constants find their places once
    while (budget_given(j)) {
        describe(j, level, prefix);
        Needs n = measured(j, level, prefix, &trouble);
        if (trouble) return error(trouble), EXIT_SYSTEM;
        if (budget_allows(j, &n)) break;
        if (budget_try_small(j)) continue;
        const char *help = arena_printf(j->a, "%s: fewer channels, or a pool or strides before it",
                                        heavy_activations(level->plan));
        return budget_refuse(j, level->plan, &n, help);
    }
    return EXIT_OK;
}

// Into params, Plan.param_floats floats.
static int read_weights(Job *j, const Plan *p, float *params) {
    const Step *s = p->step;
    WeightSlot *slot = ARENA_ARRAY(j->a, WeightSlot, s->nweight + 1);
    for (int i = 0; i < s->nweight; i++) {
        const Tensor *t = &s->tensor[s->weight_tensor[i]];
        float *to = (float *)(void *)((char *)params + t->offset);
        slot[i] = (WeightSlot){t->name, t->scalar ? 0 : t->rank, t->dim, to};
    }
    return weights_read(j->a, j->o->weights, slot, s->nweight);
}

int emit_object(Job *j) {
    const Options *o = j->o;
    const char *prefix = job_prefix(j);
    if (!is_identifier(prefix)) return error("--prefix must be a C identifier"), EXIT_USAGE;
    if (budget_read(j) != EXIT_OK) return EXIT_USAGE;
    if (o->train) return emit_training_object(j, prefix);
    int code = keep_budget(j, prefix);
    if (code != EXIT_OK) return code;
    Level level[DISPATCH_LEVELS];
    job_enter(j, "plan");
    HeaderFacts f = describe(j, level, prefix);
    job_leave(j);
    const Plan *p = level->plan;
    code = budget_reach(j, p, f.workspace, p->param_floats * 4, heavy_activations(p));
    if (code != EXIT_OK) return code;
    if (o->as == AS_HEADER) return emit_header(j, level, &f);
    float *weights =
        o->weights ? ARENA_ARRAY(j->a, float, level->plan->param_floats + 1) : NULL; // else apart
    code = weights ? read_weights(j, level->plan, weights) : EXIT_OK;
    if (code == EXIT_OK && weights && option_narrow(o)) code = check_rounding(j, level, weights);
    if (code) return code;
    if (o->as == AS_WEIGHTS && o->dump == DUMP_NONE) {
        Output block = object_weights(j->a, level, j->nlevel, weights);
        return output_write(&j->out, block.bytes, block.length);
    }
    ModuleOptions mo = object_options(j, prefix);
    job_enter(j, "emit");
    Module *module = module_object(j->a, &mo, level, j->nlevel, weights);
    return job_finish(j, module, job_form(j));
}

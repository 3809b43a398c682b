// SPDX-License-Identifier: MIT
// The pipeline after the model, a call a line: Step, plan, module, object, program.
#include "driver/compile.h"
#include "driver/job.h"
#include "driver/link.h"
#include "driver/own.h"
#include "driver/run.h"
#include "codegen/module.h"
#include "formats/summary.h"
#include "plan/plan.h"
#include "report/ranks.h"
#include "report/room.h"
#include "step/passes.h"
#include "support/hash.h"
#include "support/tell.h"
#include "support/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int error(const char *text) {
    tell("error: %s", text);
    return EXIT_REFUSED;
}

static void show_time(const Job *j, const char *stage, const struct timespec *start) {
    if (j->o->time_passes)
        fprintf(stderr, "cnnc: %-12s %8.2f ms, %8.1f MB so far without LLVM's\n", stage,
                seconds_since(start) * 1e3, (double)arena_bytes(j->a) / 1e6);
}

// Ends the stage that the job is in. Before anything is told.
void job_leave(Job *j) {
    if (!j->stage) return;
    line_end(&j->line);
    show_time(j, j->stage, &j->line.start);
    j->stage = NULL;
}

void job_enter(Job *j, const char *stage) {
    job_leave(j);
    j->stage = stage;
    line_begin(&j->line, stage);
}

// ---- texts ----

static const char *stem_of(Arena *a, const char *file) {
    const char *base = text_last_part(file);
    if (!strcmp(file, "<stdin>")) return "model";
    const char *dot = strrchr(base, '.');
    size_t n = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    return arena_strndup(a, base, n);
}

// Of the text and, where that has several, of which model is compiled. FNV-1a, 64 bits.
static const char *hash_of(Arena *a, const Diag *d, const Model *m) {
    enum { END = 0x100 }; // no byte
    size_t n;
    const char *text = diag_text(d, &n);
    uint64_t h = hash_bytes(HASH_START, text, n);
    for (int i = 0; i < m->place; i++) h = hash_step(h, END);
    return arena_printf(a, "%016llx", (unsigned long long)h);
}

// ---- stages ----

Step *job_step(const Job *j, StepMode mode) {
    StepOptions o = {.exact_ties = j->o->kernels && !strcmp(j->o->kernels, "exact-ties"),
                     .object = mode == STEP_PREDICT && !j->o->train &&
                               (j->o->command == COMMAND_EMIT || j->o->command == COMMAND_VERIFY),
                     .watch = j->watch};
    return step_make(j->a, j->m, mode, &o);
}

Plan *job_plan(const Job *j, StepMode mode, const Target *target) {
    const Tuning *t = j->tuning;
    PlanOptions o = {.kernels = t || !j->o->kernels ? NULL : variant_find(j->o->kernels),
                     .choices =
                         t ? &t->plan[mode == STEP_TRAIN ? TUNED_TRAINING : TUNED_INFERENCE] : NULL,
                     .blas = (BlasChoice)j->o->blas,
                     .small = j->small,
                     .leaf = j->o->leaf ? 1 << (j->o->leaf - 1) : 0,
                     .team = j->o->team ? 1 << (j->o->team - 1) : 0,
                     .object = j->o->command == COMMAND_EMIT,
                     .ranks = mode == STEP_TRAIN && (j->o->mpi || j->o->ranks),
                     .narrow = option_narrow(j->o),
                     .frozen = j->o->command == COMMAND_EMIT && !j->o->train};
    return plan_make(j->a, job_step(j, mode), target, &o);
}

ModuleOptions job_module_options(const Job *j, const char *prefix) {
    return (ModuleOptions){.source = diag_file(j->d),
                           .prefix = prefix,
                           .version = CNNC_VERSION,
                           .opt_level = j->o->optimise,
                           .debug = !j->o->no_debug,
                           .parts = 1};
}

static int write_text(const Job *j, const char *text) {
    return output_write(&j->out, text, strlen(text));
}

typedef enum { ALONE, AS_PROGRAM, AS_LIBRARY, AS_MODULE } Linked;

// Writes one form of the module, or what it is linked to.
static int finish(Job *j, Module *m, OutputKind kind, Linked as, LinkNeeds needs) {
    const char *trouble = NULL;
    Output out[MODULE_PARTS];
    job_enter(j, "code");
    int n = module_write(m, kind, out, &(Progress){line_show, &j->line}, &trouble);
    job_leave(j);
    int code;
    if (n == 0) {
        tell("internal error: LLVM refused the code: %s", trouble);
        code = EXIT_SYSTEM;
    } else if (as == AS_PROGRAM && j->o->command == COMMAND_RUN) {
        job_enter(j, "load");
        j->loaded = module_load(j->a, out, n, "cnn_model", &trouble);
        job_leave(j);
        code = j->loaded.at ? EXIT_OK : (error(trouble), EXIT_SYSTEM);
    } else if (as != ALONE) {
        struct timespec start; // it has a line of its own, as it tells what went wrong
        clock_gettime(CLOCK_MONOTONIC, &start);
        bool tells = j->o->verbose;
        code = as == AS_PROGRAM   ? link_program(j->a, out, n, &j->out, needs, tells)
               : as == AS_LIBRARY ? link_library(j->a, out, &j->out, tells)
                                  : link_wasm(j->a, out, module_stack_bytes(m), &j->out, tells);
        show_time(j, "link", &start);
    } else {
        code = output_write(&j->out, out->bytes, out->length);
    }
    module_free(m);
    return code;
}

int job_finish(Job *j, Module *m, OutputKind kind) {
    Linked as = j->o->as == AS_SHARED ? AS_LIBRARY : j->o->as == AS_WASM ? AS_MODULE : ALONE;
    return finish(j, m, kind, kind == OUT_OBJECT ? as : ALONE, 0);
}

// ---- commands ----

static const struct {
    OutputKind kind;
    const char *suffix;
} forms[] = {[AS_OBJ] = {OUT_OBJECT, ".o"},       [AS_LIB] = {OUT_ARCHIVE, ".a"},
             [AS_SHARED] = {OUT_OBJECT, ".so"},   [AS_WASM] = {OUT_OBJECT, ".wasm"},
             [AS_ASM] = {OUT_ASSEMBLY, ".s"},     [AS_LLVM] = {OUT_LLVM, ".ll"},
             [AS_BITCODE] = {OUT_BITCODE, ".bc"}, [AS_HEADER] = {OUT_OBJECT, ".h"},
             [AS_WEIGHTS] = {OUT_OBJECT, ".bin"}};

static bool dumped(const Job *j, OutputKind *kind) {
    if (j->o->dump != DUMP_LLVM && j->o->dump != DUMP_ASM) return false;
    *kind = j->o->dump == DUMP_LLVM ? OUT_LLVM : OUT_ASSEMBLY;
    return true;
}

OutputKind job_form(const Job *j) {
    OutputKind kind = forms[j->o->as].kind;
    dumped(j, &kind);
    return kind;
}

static int build(Job *j) {
    const Model *m = j->m;
    bool training = m->has_compile;
    job_enter(j, "plan");
    Plan *train = training ? job_plan(j, STEP_TRAIN, j->level[0]) : NULL;
    Plan *evaluate = training ? job_plan(j, STEP_EVALUATE, j->level[0]) : NULL;
    Plan *predict = job_plan(j, STEP_PREDICT, j->level[0]);
    job_leave(j);
    bool blas = predict->uses_blas || (training && (train->uses_blas || evaluate->uses_blas));
    LinkNeeds needs = (blas ? LINK_BLAS : 0) | (model_reads_images(m) ? LINK_IMAGES : 0) |
                      (j->o->mpi ? LINK_MPI : 0);
    if (j->o->mpi && !link_has_mpi()) {
        tell("error: --mpi: this cnnc was built without MPI");
        tell("help: install it and build cnnc again (Debian: apt install openmpi-bin "
             "libopenmpi-dev)");
        return EXIT_SYSTEM;
    }
    ProgramText text = {.stem = j->stem,
                        .source = diag_file(j->d),
                        .source_hash = j->hash,
                        .version = CNNC_VERSION,
                        .summary = summary_classic(j->a, m, (SummaryForm){0}),
                        .libraries = link_names(j->a, needs),
                        .mpi = j->o->mpi};
    ModuleOptions o = job_module_options(j, "cnn");
    OutputKind kind;
    bool dump = dumped(j, &kind);
    if (!dump) o.parts = MODULE_PARTS;
    job_enter(j, "emit");
    Module *module = module_program(j->a, &o, train, evaluate, predict, &text);
    if (dump) return finish(j, module, kind, ALONE, 0);
    return finish(j, module, OUT_OBJECT, AS_PROGRAM, needs);
}

// With the figures that reports tell.
static Plan *told_plan(const Job *j, StepMode mode, const Target *target) {
    Plan *p = job_plan(j, mode, target);
    plan_figures(p);
    return p;
}

static int plan_for_ranks(Job *j) {
    const Options *o = j->o;
    Network net;
    double step = 0;
    int ranks = strspn(o->ranks, "0123456789") == strlen(o->ranks) && strlen(o->ranks) < 6
                    ? atoi(o->ranks)
                    : 0;
    if (ranks < 1 || ranks > MOST_RANKS)
        return tell("error: --ranks: expected a number from 1 to %d, not '%s'", MOST_RANKS,
                    text_line(j->a, o->ranks)),
               EXIT_USAGE;
    if (!network_parse(o->net ? o->net : "1G", &net))
        return tell("error: --net: expected bits a second, as 1G, 100M or 10G/20us, not '%s'",
                    text_line(j->a, o->net)),
               EXIT_USAGE;
    if (o->step_time && !seconds_parse(o->step_time, &step))
        return tell("error: --step: expected a time, as 80us, 1.5ms or 2s, not '%s'",
                    text_line(j->a, o->step_time)),
               EXIT_USAGE;
    if (!j->m->has_compile)
        return tell("error: --ranks: the model has no compile(), so there is no training to share"),
               EXIT_REFUSED;
    return write_text(j,
                      plan_ranks(j->a, told_plan(j, STEP_TRAIN, j->level[0]), ranks, &net, step));
}

static int plan(Job *j) {
    bool training = j->m->has_compile;
    if (j->o->ranks) return plan_for_ranks(j);
    job_enter(j, "plan");
    Plan *p = told_plan(j, training ? STEP_TRAIN : STEP_PREDICT, j->level[0]);
    Room room;
    if (training)
        room = plan_room(j->a, job_step(j, STEP_TRAIN), p, job_plan(j, STEP_EVALUATE, j->level[0]),
                         job_plan(j, STEP_PREDICT, j->level[0]));
    const Room *known = training ? &room : NULL;
    const char *text = j->o->json  ? plan_json(j->a, p, known)
                       : j->o->svg ? plan_picture(j->a, p, text_utf8(j->a, j->stem))
                                   : plan_text(j->a, p, known);
    job_leave(j);
    return write_text(j, text);
}

static bool is_pass(const char *name) {
    bool found = !strcmp(name, STEP_BUILD);
    for (const StepPass *p = step_passes; p->name; p++) found |= !strcmp(name, p->name);
    PlanPass pass[MAX_PASSES];
    for (int i = 0, n = plan_passes(pass); i < n; i++)
        found |= pass[i].rewrites && !strcmp(name, pass[i].name);
    return found;
}

static int no_pass(Arena *a, const char *name) {
    const char *names = STEP_BUILD;
    for (const StepPass *p = step_passes; p->name; p++)
        names = arena_printf(a, "%s, %s", names, p->name);
    PlanPass pass[MAX_PASSES];
    for (int i = 0, n = plan_passes(pass); i < n; i++)
        if (pass[i].rewrites) names = arena_printf(a, "%s, %s", names, pass[i].name);
    tell("error: no pass is called '%s': use %s", name, names);
    return EXIT_USAGE;
}

static void print_after(const StepWatch *w, const Step *s, const char *pass) {
    if (!strcmp(pass, w->of)) step_print(stdout, s);
}

static int dump_stage(Job *j) {
    bool trains = j->o->command != COMMAND_EMIT || j->o->train;
    StepMode mode = j->m->has_compile && trains ? STEP_TRAIN : STEP_PREDICT;
    if (j->o->dump_pass) {
        if (!is_pass(j->o->dump_pass)) return no_pass(j->a, j->o->dump_pass);
        StepWatch printer = {print_after, arena_printf(j->a, "%s", j->o->dump_pass)};
        j->watch = arena_copy(j->a, &printer, sizeof printer);
        job_plan(j, mode, j->level[0]);
    } else if (j->o->dump == DUMP_STEP)
        step_print(stdout, job_step(j, mode));
    else
        for (int i = 0; i < j->nlevel; i++)
            fputs(plan_text(j->a, told_plan(j, mode, j->level[i]), NULL), stdout);
    return EXIT_OK;
}

// For which targets nothing makes a shared library.
static void find_no_linker(const Job *j, const Target *t, const char **trouble) {
    const char *cc = getenv("CC");
    if (target_is_bare(t))
        *trouble = arena_printf(j->a, "there are no shared libraries for %s: use --as=obj or lib",
                                t->triple);
    else if (!target_is_host(t) && !(cc && *cc))
        *trouble = arena_printf(j->a,
                                "--as=shared links with this machine's C compiler, which is not "
                                "for %s: set CC to one that is, or use --as=obj",
                                t->triple);
}

#define WASM "wasm32-unknown-unknown"
static bool find_targets(Job *j, const char **trouble) {
    const Options *o = j->o;
    const char *cpu = o->cpu ? o->cpu : o->command == COMMAND_EMIT || o->target ? NULL : "native";
    const char *triple = o->target || o->as != AS_WASM ? o->target : WASM;
    const Target *t = target_find(j->a, triple, cpu, trouble);
    if (!t) return false;
    if (o->as == AS_WASM && strcmp(t->triple, WASM) != 0)
        *trouble = arena_printf(j->a, "--as=wasm is for " WASM ", not for %s", t->triple);
    if (o->command == COMMAND_BUILD && !o->dump && !target_is_host(t))
        *trouble =
            arena_printf(j->a, "build links for this machine, not for %s: use emit", o->target);
    if (o->as == AS_SHARED && !o->dump) find_no_linker(j, t, trouble);
    bool code = o->dump == DUMP_LLVM || o->dump == DUMP_ASM;
    if (o->command == COMMAND_BUILD && code && target_is_bare(t))
        *trouble = arena_printf(j->a, "there are no programs for %s: use emit", o->target);
    j->level[j->nlevel++] = t;
    if (!o->cpu_dispatch || *trouble) return !*trouble;
    if (strcmp(t->cpu, dispatch_cpu(0)) != 0)
        *trouble = arena_printf(j->a, "--cpu-dispatch: code for %s has one level only", t->triple);
    while (!*trouble && j->nlevel < DISPATCH_LEVELS) {
        j->level[j->nlevel] = target_find(j->a, o->target, dispatch_cpu(j->nlevel), trouble);
        j->nlevel++;
    }
    return !*trouble;
}

static int expect_memory(Job *j) {
    Target *t = ARENA_NEW(j->a, Target);
    *t = *j->level[0];
    j->level[0] = t;
    if (memory_parse(j->o->memory, &t->memory)) return EXIT_OK;
    tell("error: --memory: expected three caches, as 48K:50:16:16,2M:9.6:8.6:8.8,32M:6:3.6:5.6, "
         "not '%s'",
         text_line(j->a, j->o->memory));
    return EXIT_USAGE;
}

static const char *output_path(const Job *j) {
    if (j->o->output) return j->o->output;
    if (j->o->write_case) return j->o->write_case;
    if (j->o->write_batch) return j->o->write_batch;
    if (j->o->command == COMMAND_PLAN || j->o->command == COMMAND_VERIFY ||
        j->o->command == COMMAND_RUN || j->o->dump)
        return "-";
    if (j->o->command == COMMAND_BUILD) return j->stem;
    return arena_printf(j->a, "%s%s", j->stem, forms[j->o->as].suffix);
}

// Outputs that cannot be written, or are what this run reads, are refused before any work is done.
static int open_outputs(Job *j) {
    const Options *o = j->o;
    Kept kept = {0};
    const char *path = output_path(j);
    if (o->command == COMMAND_BUILD && !o->dump && !strcmp(path, "-"))
        return error("a program cannot be written to stdout: give -o FILE"), EXIT_USAGE;
    if (o->tune && outfile_same(o->tune, path))
        return error("-o and --tune name one file"), EXIT_USAGE;
    kept_add(&kept, diag_file(j->d), "the model");
    if (o->weights) kept_add(&kept, o->weights, "the weights");
    if (o->test_case) kept_add(&kept, o->test_case, "the case");
    if (o->kernels && *o->kernels == '@') kept_add(&kept, o->kernels + 1, "the choice of kernels");
    kept_add(&kept, own_path(j->a), "the compiler");
    kept_add_standard(&kept);
    int code = output_open(&j->out, path, &kept);
    return code == EXIT_OK && o->tune ? output_open(&j->tuned, o->tune, &kept) : code;
}

static int run_job(Job *j) {
    const Options *o = j->o;
    Tuning *tuning = ARENA_NEW(j->a, Tuning);
    bool file = o->kernels && o->kernels[0] == '@' && o->kernels[1];
    int code = open_outputs(j);
    if (code == EXIT_OK && file) code = tune_read(j, tuning);
    if (code == EXIT_OK && o->tune) code = tune_write(j, tuning);
    if (code != EXIT_OK) return code;
    if (file || o->tune) j->tuning = tuning;
    target_options(j->level[0], o->optimise < 3);
    if (o->dump == DUMP_STEP || o->dump == DUMP_PLAN) return dump_stage(j);
    if (o->command == COMMAND_PLAN) return plan(j);
    if (o->command == COMMAND_VERIFY) return verify_passes(j);
    return o->command == COMMAND_EMIT ? emit_object(j) : build(j);
}

// As the program would, under the model's name. It finds the data where the compiler did, too.
static int run_loaded(const Job *j) {
    if (j->o->data) setenv("CNNC_DATA", j->o->data, 1);
    char **argv = ARENA_ARRAY(j->a, char *, j->o->nargument + 2);
    argv[0] = arena_printf(j->a, "%s", j->stem);
    for (int i = 0; i < j->o->nargument; i++) argv[i + 1] = j->o->argument[i];
    return run_model(j->loaded.at, j->o->nargument + 1, argv);
}

int compile_command(const Options *o, Arena *a, Diag *d, Model *m) {
    Job j = {
        .o = o, .a = a, .d = d, .m = m, .stem = stem_of(a, diag_file(d)), .hash = hash_of(a, d, m)};
    bool file = o->kernels && o->kernels[0] == '@' && o->kernels[1];
    if (o->kernels && !file && strcmp(o->kernels, "exact-ties") != 0 && !variant_find(o->kernels)) {
        const char *names = "exact-ties";
        const Variant *v;
        for (int i = 0; (v = variant_at(i)); i++) names = arena_printf(a, "%s, %s", names, v->name);
        tell("error: no kernels are called '%s': use %s", o->kernels, names);
        return EXIT_USAGE;
    }
    const char *trouble = NULL;
    module_handle_fatal_errors();
    if (!find_targets(&j, &trouble)) return error(trouble), EXIT_USAGE;
    if (o->memory && expect_memory(&j) != EXIT_OK) return EXIT_USAGE;
    int code = run_job(&j);
    outfile_close(&j.out);
    outfile_close(&j.tuned);
    if (j.loaded.at) code = run_loaded(&j);
    module_unload(&j.loaded);
    return code;
}

int compile_summary(const Options *o, Arena *a, Diag *d, Model *m, SummaryNeeds *needs) {
    Options emit = *o;
    emit.command = COMMAND_EMIT;
    emit.as = AS_OBJ;
    Job j = {.o = &emit,
             .a = a,
             .d = d,
             .m = m,
             .stem = stem_of(a, diag_file(d)),
             .hash = hash_of(a, d, m)};
    const char *trouble = NULL;
    module_handle_fatal_errors();
    if (!find_targets(&j, &trouble)) return error(trouble), EXIT_USAGE;
    target_options(j.level[0], emit.optimise < 3);
    *needs = (SummaryNeeds){.triple = j.level[0]->triple, .cpu = j.level[0]->cpu};
    int code = emit_needs(&j, &needs->predict);
    emit.train = true;
    if (code == EXIT_OK && training_possible(&j)) code = training_needs(&j, &needs->train);
    return code;
}

int compile_print_machines(const Options *o, Arena *a) {
    (void)a;
    if (o->print_targets) target_print_targets(stdout);
    if (o->print_cpus) target_print_cpus(stdout);
    return EXIT_OK;
}

int compile_launch(const Options *o, Arena *a, char **argv) { // everything is here
    return (void)o, (void)a, (void)argv, -1;
}

// SPDX-License-Identifier: MIT
// --tune=FILE: which rows carry the contractions of a model, and how many samples go through together,
// by measurement. What could be chosen is found by planning; then one choice after the other is
// changed, the program built by this same compiler and its kernels timed by its own `bench`; what makes
// the whole faster stays. Training and inference are two plans and are searched side by side.
#include "driver/child.h"
#include "driver/job.h"
#include "driver/own.h"
#include "report/describe.h"
#include "support/tell.h"
#include "support/terminal.h"
#include "support/text.h"
#include "../runtime/abi.h"
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

typedef struct Trial { // a change of one choice: of[slot], or the block where slot is -1
    int slot, block;
    Choice choice;
} Trial;

typedef struct Search { // of one plan
    StepMode mode;
    Choices best;
    int leaf; // samples of a leaf
    double us, before; // a sample
    int n;
    Trial *trial;
} Search;

typedef struct Tuner {
    const Job *j;
    Workshop shop;
    Search search[TUNED];
    struct timespec start;
    int done, all; // programs measured
} Tuner;

// ---- what can be chosen

static Plan *plan_with(const Job *j, Arena *a, StepMode mode, const Choices *c) {
    Tuning t = {0};
    Job job = *j;
    t.plan[mode != STEP_TRAIN] = *c;
    job.a = a;
    job.tuning = &t;
    return job_plan(&job, mode, j->level[0]);
}

static Choices changed(Arena *a, const Choices *c, const Trial *t) {
    Choices with = {.block = t->slot < 0 ? t->block : c->block, .n = c->n};
    with.of = ARENA_ARRAY(a, Choice, c->n + 1);
    for (int i = 0; i < c->n; i++) with.of[i] = i == t->slot ? t->choice : c->of[i];
    return with;
}

static bool same(const Choice *a, const Choice *b) {
    return a->row == b->row && a->tiles[0] == b->tiles[0] && a->tiles[1] == b->tiles[1];
}

// What the plan makes of a wanted choice: does it follow?
static bool obeys(const Job *j, const Search *s, int slot, Choice wanted, Choice *made) {
    Arena *a = arena_new();
    Trial t = {.slot = slot, .choice = wanted};
    Choices with = changed(a, &s->best, &t);
    *made = (Choice){0};
    choice_made(plan_with(j, a, s->mode, &with), wanted.layer, wanted.pass, made);
    arena_free(a);
    return made->row == wanted.row;
}

static void add_trial(const Job *j, Search *s, int slot, Choice choice) {
    Trial t = {.slot = slot, .choice = choice};
    if (!same(&choice, &s->best.of[slot])) ARENA_PUSH(j->a, s->trial, s->n, t);
}

// Tiles that were priced far above the row's best are not tried: there are many.
static void find_tiles(const Job *j, Search *s, int slot, Choice wanted, double least) {
    enum { FROM = 2, TO = 8 };
    static const double near = 1.1;
    for (int y = FROM; y <= TO; y++)
        for (int x = FROM; x <= TO; x++) {
            Choice made;
            wanted.tiles[0] = y;
            wanted.tiles[1] = x;
            if (obeys(j, s, slot, wanted, &made) && same(&wanted, &made) &&
                made.cycles <= near * least)
                add_trial(j, s, slot, wanted);
        }
}

static void find_trials(const Job *j, Search *s, int slot) {
    const Variant *v;
    for (int i = 0; (v = variant_at(i)); i++) {
        Choice wanted = s->best.of[slot], made;
        wanted.row = v;
        wanted.tiles[0] = wanted.tiles[1] = 0;
        if (!obeys(j, s, slot, wanted, &made)) continue;
        if (made.tiles[0])
            find_tiles(j, s, slot, wanted, made.cycles);
        else
            add_trial(j, s, slot, wanted);
    }
}

// The plan's own choices, from which the search starts.
static void find_slots(const Job *j, Search *s) {
    Arena *a = arena_new();
    Job job = *j;
    job.a = a;
    const Plan *own = job_plan(&job, s->mode, j->level[0]);
    const Step *step = job_step(&job, s->mode);
    for (int i = 0; i < step->nnode; i++) {
        const Node *n = step->node[i];
        Choice made;
        if (n->kind != P_CONTRACT || n->op == C_EXPR || n->nin < 2 || !n->layer) continue;
        if (!choice_made(own, n->layer, n->pass, &made)) continue;
        made.layer = arena_printf(j->a, "%s", n->layer);
        ARENA_PUSH(j->a, s->best.of, s->best.n, made);
    }
    s->best.block = own->block;
    s->leaf = own->leaf;
    arena_free(a);
}

static void prepare(const Job *j, Search *s, StepMode mode) {
    s->mode = mode;
    find_slots(j, s);
    for (int slot = 0; slot < s->best.n; slot++) find_trials(j, s, slot);
    for (int block = 1; block <= s->leaf; block *= 2) {
        Trial t = {.slot = -1, .block = block};
        if (block != s->best.block) ARENA_PUSH(j->a, s->trial, s->n, t);
    }
}

// ---- measuring

static const char *path_of(const Tuner *t, const char *name) {
    return workshop_path(&t->shop, name);
}

static bool run_quietly(Tuner *t, const char *const *argv, const char *out, bool loud) {
    Child child = {argv, path_of(t, out), loud ? NULL : path_of(t, "complaints")};
    return workshop_run(&t->shop, &child) == 0;
}

static bool write_file(const Tuner *t, const char *name, const char *text, size_t length) {
    const char *path = path_of(t, name);
    if (output_scratch(path, text, length)) return true;
    tell("error: cannot write '%s': %s", path, strerror(errno));
    return false;
}

static bool build_program(Tuner *t, bool loud) {
    static const char *const blas[] = {"auto", "always", "never"};
    const Options *o = t->j->o;
    Arena *a = t->j->a;
    const char *cpu = arena_printf(a, "-mcpu=%s", o->cpu ? o->cpu : "native");
    const char *leaf = o->leaf ? arena_printf(a, "--leaf=%d", 1 << (o->leaf - 1)) : "--leaf=auto";
    const char *const argv[] = {own_path(a),
                                "build",
                                path_of(t, "model.cnn"),
                                arena_printf(a, "--kernels=@%s", path_of(t, "choices.json")),
                                "-g0",
                                cpu,
                                arena_printf(a, "-O%d", o->optimise),
                                arena_printf(a, "--blas=%s", blas[o->blas]),
                                leaf,
                                "-o",
                                path_of(t, "program"),
                                NULL};
    return run_quietly(t, argv, "built", loud);
}

// us[TUNED] a sample, from what `bench --json` says of each kernel.
static bool read_times(const Tuner *t, double us[TUNED]) {
    json_t *root = json_load_file(path_of(t, "bench.json"), 0, NULL);
    const json_t *rows = json_object_get(root, "kernels");
    double batch = json_number_value(json_object_get(root, "batch"));
    us[TUNED_TRAINING] = us[TUNED_INFERENCE] = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *run = json_string_value(json_object_get(row, "run"));
        const char *per = json_string_value(json_object_get(row, "per"));
        double time = json_number_value(json_object_get(row, "us"));
        if (!run || !per) continue;
        if (!strcmp(per, "step") && strcmp(run, "infer1") != 0) time /= batch;
        if (!strcmp(run, "train"))
            us[TUNED_TRAINING] += time;
        else
            us[TUNED_INFERENCE] += time / 2; // the mean of one and of batches
    }
    json_decref(root);
    return us[TUNED_INFERENCE] > 0;
}

// Builds with these choices and measures. False: it could not be built or run, or was stopped.
static bool measure(Tuner *t, const Choices plan[TUNED], bool loud, double us[TUNED]) {
    Tuning file = {.model = t->j->stem,
                   .hash = t->j->hash,
                   .cpu = t->j->level[0]->cpu,
                   .version = CNNC_VERSION};
    memcpy(file.plan, plan, sizeof file.plan);
    const char *text = tuning_text(t->j->a, &file);
    const char *limit = t->j->o->tune_seconds ? t->j->o->tune_seconds : "1";
    const char *const argv[] = {path_of(t, "program"),
                                "bench",
                                "--kernels",
                                "--json",
                                "--threads=1",
                                arena_printf(t->j->a, "--seconds=%s", limit),
                                NULL};
    bool ok = write_file(t, "choices.json", text, strlen(text)) && build_program(t, loud);
    ok = ok && run_quietly(t, argv, "bench.json", loud) && read_times(t, us);
    t->done++;
    return ok;
}

// ---- the search

static const char *choice_text(Arena *a, const Choice *c) {
    if (!c->tiles[0]) return c->row->name;
    return arena_printf(a, "%s %dx%d", c->row->name, c->tiles[0], c->tiles[1]);
}

static const char *trial_text(Arena *a, const Trial *t) {
    if (t->slot < 0) return arena_printf(a, "%d together", t->block);
    return arena_printf(a, "%s %s %s", t->choice.layer, pass_names[t->choice.pass],
                        choice_text(a, &t->choice));
}

static void tell_progress(const Tuner *t, const char *text) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double passed = (double)(now.tv_sec - t->start.tv_sec);
    double left = t->done ? passed / t->done * (t->all - t->done) : 2.5 * t->all;
    const char *line =
        arena_printf(t->j->a, "%d of %d, %.0f s left: %s", t->done + 1, t->all, left, text);
    if (terminal_knows_codes())
        terminal_draw(arena_printf(t->j->a, "cnnc: %s", text_line(t->j->a, line)));
    else
        tell("%s", line);
}

// Is the trial worth its place? Less than a hundredth is what a machine does by itself, and a library
// to link has to bring more.
static bool wins(const Search *s, const Trial *trial, double us) {
    if (!trial) return false;
    bool library = trial->slot >= 0 && trial->choice.row->library;
    return us < (library ? 0.95 : 0.99) * s->us;
}

// Measures the best so far again: it must not lose because the machine was busy when it was measured first.
static void measure_again(Tuner *t) {
    Choices plan[TUNED];
    double us[TUNED];
    for (int m = 0; m < TUNED; m++) plan[m] = t->search[m].best;
    t->all++;
    tell_progress(t, "without it, again");
    if (!measure(t, plan, false, us)) return;
    for (int m = 0; m < TUNED; m++)
        if (us[m] < t->search[m].us) t->search[m].us = us[m];
}

// How many samples go together with the best choices so far: with other kernels leaves may be smaller.
static int block_made(const Job *j, const Search *s) {
    Arena *a = arena_new();
    int block = plan_with(j, a, s->mode, &s->best)->block;
    arena_free(a);
    return block;
}

static void keep(const Tuner *t, Search *s, const Trial *trial, const Choices *with, double us) {
    if (terminal_knows_codes()) terminal_clear();
    tell("%s, %s: %.2f us a sample, not %.2f", tuned_names[s->mode != STEP_TRAIN],
         trial_text(t->j->a, trial), us, s->us);
    s->best = *with;
    s->best.block = block_made(t->j, s);
    s->us = us;
}

// Round i: the trial number i of each plan, in one program.
static void search_round(Tuner *t, int i) {
    Choices plan[TUNED];
    const Trial *trial[TUNED];
    const char *text = "";
    double us[TUNED];
    for (int m = 0; m < TUNED; m++) {
        const Search *s = &t->search[m];
        trial[m] = i < s->n ? &s->trial[i] : NULL;
        plan[m] = trial[m] ? changed(t->j->a, &s->best, trial[m]) : s->best;
        if (trial[m])
            text = arena_printf(t->j->a, "%s%s%s: %s", text, *text ? "; " : "", tuned_names[m],
                                trial_text(t->j->a, trial[m]));
    }
    tell_progress(t, text);
    if (!measure(t, plan, false, us)) return; // a library that is not there, say
    if (wins(&t->search[0], trial[0], us[0]) || wins(&t->search[1], trial[1], us[1]))
        measure_again(t);
    for (int m = 0; m < TUNED; m++)
        if (wins(&t->search[m], trial[m], us[m])) keep(t, &t->search[m], trial[m], &plan[m], us[m]);
}

static void search(Tuner *t) {
    for (int i = 0; t->done < t->all && !t->shop.stopped_by; i++) search_round(t, i);
    if (terminal_knows_codes()) terminal_clear();
}

static int first_measure(Tuner *t) {
    Choices plan[TUNED];
    double us[TUNED];
    for (int m = 0; m < TUNED; m++) plan[m] = t->search[m].best;
    tell_progress(t, "as the estimates choose");
    // Again where it fails, to see why; the model's warnings were printed before.
    if (!measure(t, plan, false, us) && !measure(t, plan, true, us)) {
        if (!t->shop.stopped_by) tell("error: --tune: the program could not be built and run");
        return EXIT_SYSTEM;
    }
    for (int m = 0; m < TUNED; m++) t->search[m].us = t->search[m].before = us[m];
    return EXIT_OK;
}

int tune_write(const Job *j, Tuning *best) {
    Tuner t = {.j = j};
    size_t length;
    const char *source = diag_text(j->d, &length);
    if (j->m->has_compile) prepare(j, &t.search[TUNED_TRAINING], STEP_TRAIN);
    prepare(j, &t.search[TUNED_INFERENCE], STEP_PREDICT);
    t.all = 1 + (t.search[0].n > t.search[1].n ? t.search[0].n : t.search[1].n);
    clock_gettime(CLOCK_MONOTONIC, &t.start);
    if (!workshop_open(&t.shop, j->a)) {
        tell("error: --tune: no temporary folder: %s", strerror(errno));
        return EXIT_SYSTEM;
    }
    int code = write_file(&t, "model.cnn", source, length) ? first_measure(&t) : EXIT_SYSTEM;
    if (code == EXIT_OK) search(&t);
    workshop_close(&t.shop);
    if (code != EXIT_OK) return code;
    *best = (Tuning){
        .model = j->stem, .hash = j->hash, .cpu = j->level[0]->cpu, .version = CNNC_VERSION};
    for (int m = 0; m < TUNED; m++) {
        const Search *s = &t.search[m];
        best->plan[m] = s->best;
        best->us[m][0] = s->before;
        best->us[m][1] = s->us;
        if (s->before > 0)
            tell("%s: %.2f us a sample, before %.2f", tuned_names[m], s->us, s->before);
    }
    const char *text = tuning_text(j->a, best);
    return output_write(&j->tuned, text, strlen(text));
}

// ---- a file of choices for this model?

static int refuse(const char *path, const char *text) {
    tell("error: %s: %s", path, text);
    return EXIT_REFUSED;
}

int tune_read(const Job *j, Tuning *t) {
    const char *path = j->o->kernels + 1;
    if (!tuning_read(j->a, path, t)) return EXIT_REFUSED;
    if (strcmp(t->hash, j->hash) != 0)
        return refuse(path,
                      arena_printf(j->a, "chosen for %s.cnn with the hash %s; this file's is %s",
                                   t->model, t->hash, j->hash));
    for (int m = 0; m < TUNED; m++)
        for (int i = 0; i < t->plan[m].n; i++) {
            const char *layer = t->plan[m].of[i].layer;
            int k = 0;
            while (k < j->m->nlayer && strcmp(j->m->layer[k].name, layer) != 0) k++;
            if (k == j->m->nlayer)
                return refuse(path, arena_printf(j->a, "no layer is called '%s'", layer));
        }
    if (!strcmp(t->cpu, j->level[0]->cpu)) return EXIT_OK;
    bool strict = j->o->diagnostics.werror;
    tell("%s: %s: measured on %s, and this is for %s", strict ? "error" : "warning", path, t->cpu,
         j->level[0]->cpu);
    return strict ? EXIT_REFUSED : EXIT_OK;
}

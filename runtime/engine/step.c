// SPDX-License-Identifier: 0BSD
// The engine: the memory of abi.h, laid out once, and one step or one inference call on it. All
// threads walk through the phases together, a barrier after each part. In a BY_LEAF phase a thread
// takes a subtree of leaves and reduces it (reduce.c), so that a handful of leaf blocks is enough; then the
// roots of the subtrees are gathered, each thread its own units of them. Where there are more threads than leaves, they
// form a team for each. In a BY_UNIT phase a thread takes range after range of its share of the units, then of others'.
// Where ranks share a batch, all this is done on the leaves of one of them, and what a phase has summed up over samples
// is then added over the ranks.
#include "runtime.h"
#include "engine/formula.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Job {
    Engine *engine;
    const Samples *samples;
    int64_t first, leaves,
        subtree; // this rank's first sample and its leaves; subtree: leaves in one
    int64_t before, place; // samples of the batch before its own; where these stand in blocks
    int64_t together; // inference: samples of a call
    bool labelled;
    bool clears; // the scratch, which other code has used
    bool teams; // several threads run a leaf
} Job;

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t label_bytes(const CnnModel *model) {
    return 4 * (model->label_floats + model->has_counts);
}

static float counts(const Samples *s, int64_t at) {
    return s->counts ? s->counts[at] : s->counts_of ? s->counts_of[s->label[at]] : 1;
}

// The share of rows that count, of the sample at place i.
static double rows_that_count(const CnnModel *model, const Samples *s, int64_t i) {
    int64_t rows = model->label_floats, ignored = 0;
    if (!model->loss_ignores) return 1;
    const int32_t *y = samples_y(model, s, i);
    if (!y) return !samples_ignored(model, s->label[s->order ? s->order[i] : i]);
    for (int64_t k = 0; k < rows; k++) ignored += samples_ignored(model, y[k]);
    return (double)(rows - ignored) / (double)rows;
}

// See CNN_SHARE.
static double share(const CnnModel *model, const Samples *s, int64_t first, int64_t n) {
    double sum = 0;
    if (model->loss_reduction == CNN_LOSS_SUM) return (double)n;
    if (model->loss_reduction == CNN_LOSS_MEAN) return 1;
    for (int64_t i = first; i < first + n; i++) {
        int64_t at = s->order ? s->order[i] : i;
        double by = model->loss_reduction == CNN_LOSS_BY_COUNTS ? (double)counts(s, at) : 1;
        sum += by * rows_that_count(model, s, i);
    }
    return sum == 0 ? 0 : (double)n / sum;
}

static void fetch_y(const CnnModel *model, const Samples *s, int64_t i, char *y) {
    int64_t width = 4 * model->label_floats, at = s->order ? s->order[i] : i;
    const void *from = samples_y(model, s, i);
    if (model->has_counts) memcpy(y + width, &(float){counts(s, at)}, sizeof(float));
    if (from)
        memcpy(y, from, (size_t)width);
    else if (s->label && model->label == CNN_LABEL_CLASS)
        memcpy(y, &(int32_t){s->label[at]}, sizeof(int32_t));
    else if (s->label)
        for (int64_t k = 0; k < model->label_floats; k++)
            ((float *)(void *)y)[k] =
                model->label_floats == 1 ? s->label[at] : (float)(s->label[at] == k);
}

// Samples [first, first + n). Shuffled ones are fetched some samples ahead: no hardware foresees where they
// begin (how they go on, it does).
static void fetch(const Job *job, int64_t first, int64_t n, float *x, char *y) {
    enum { AHEAD = 8, LINE = 64, LINES = 16 };
    const Samples *s = job->samples;
    const CnnModel *model = job->engine->model;
    int64_t inputs = model->input_floats;
    int64_t bytes = smaller(inputs * (s->x ? (int64_t)sizeof *s->x : 1), LINE * LINES);
    bool foreseen = s->order && (s->x || s->pixel);
    for (int64_t i = 0; i < n; i++, x += inputs, y += label_bytes(model)) {
        if (foreseen && first + i + AHEAD < s->n) {
            int64_t next = s->order[first + i + AHEAD] * inputs;
            const char *from = s->x ? (const char *)(s->x + next) : (const char *)(s->pixel + next);
            for (int64_t k = 0; k < bytes; k += LINE) __builtin_prefetch(from + k, 0, 2);
        }
        samples_x(model, s, first + i, x);
        fetch_y(model, s, first + i, y);
    }
}

static char *scratch_at(const Engine *e, int64_t thread) {
    return e->scratch + thread * e->scratch_stride;
}

// Calls run on part number i of the job, so many samples, which are fetched for it if it reads them; each of a team, in
// the memory of its first thread, which it finds ready when all are there.
static void run_part(const Job *job, int64_t i, int64_t samples, CnnLeafFn *run, bool reads,
                     void *block, int64_t thread, const CnnTeam *team) {
    Engine *e = job->engine;
    int64_t at = i * samples, n = smaller(samples, e->run.n - at);
    int64_t from = n * team->part / team->parts, to = n * (team->part + 1) / team->parts;
    float *x = e->x + thread * (e->x_stride / (int64_t)sizeof *e->x);
    char *y = e->y + thread * e->y_stride;
    if (reads)
        fetch(job, job->first + at + from, to - from, x + from * e->model->input_floats,
              y + from * label_bytes(e->model));
    pool_meet(team);
    run(&e->run, job->place + at, job->before + at, n, x, job->labelled ? y : NULL, block,
        scratch_at(e, thread), team);
}

// A thread on its own.
static CnnTeam team_of_one(const Engine *e, int64_t thread) {
    return (CnnTeam){.parts = 1, .own = scratch_at(e, thread)};
}

// Takes this rank's leaves, of so many samples, of the n samples from `first`. Returns how many samples they have.
static int64_t take_part(Engine *e, Job *job, int64_t leaf, int64_t first, int64_t n) {
    ranks_cut(e->ranks, ceil_div(n, leaf), &e->cut);
    const int64_t *part = e->cut.first + smaller(e->ranks->own, e->cut.n - 1);
    job->before = part[0] * leaf;
    job->first = first + job->before;
    job->leaves = part[1] - part[0];
    return smaller(job->leaves * leaf, n - job->before);
}

// Training, evaluation and prediction have other rings of zeros in the same scratch. Is it to be cleared for this use?
static bool claim_scratch(Engine *e, ScratchUse use) {
    bool other = e->scratch_use != SCRATCH_NEW && e->scratch_use != use;
    e->scratch_use = use;
    return other;
}

static int64_t scratch_bytes(const Engine *e) { // of a thread
    const CnnModel *model = e->model;
    return larger(e->capacity > 0 ? model->scratch_bytes : 0, model->infer_scratch_bytes);
}

// The scratch of a thread, which clears it itself.
static char *scratch_of(const Job *job, int thread) {
    const Engine *e = job->engine;
    char *scratch = scratch_at(e, thread);
    if (job->clears) memset(scratch, 0, (size_t)scratch_bytes(e));
    return scratch;
}

typedef struct PhaseRun { // of a phase over leaves, on a thread
    const Job *job;
    const CnnPhase *phase;
    int64_t thread; // whose memory it uses
    CnnTeam team;
} PhaseRun;

static void compute_leaf(void *of, int64_t leaf, char *block) {
    const PhaseRun *run = of;
    Engine *e = run->job->engine;
    run_part(run->job, leaf, e->run.leaf_samples, run->phase->by_leaf, !run->phase->reads_none,
             block, run->thread, &run->team);
}

// Teams of threads that follow each other, one for each leaf, as large as the phase has work for.
static void run_team(const Job *job, const CnnPhase *phase, int64_t thread) {
    Engine *e = job->engine;
    int64_t threads = pool_threads(e->pool), leaf = thread * job->leaves / threads;
    int64_t first = ceil_div(leaf * threads, job->leaves);
    int64_t after = ceil_div((leaf + 1) * threads, job->leaves);
    CnnTeam team = {.part = thread - first,
                    .parts = smaller(after - first, phase->team),
                    .own = scratch_at(e, thread),
                    .meet = pool_meet,
                    .of = pool_team(e->pool, leaf)};
    PhaseRun run = {job, phase, first, team};
    if (team.part < team.parts) compute_leaf(&run, leaf, e->roots + leaf * e->leaf_stride);
}

// Subtree after subtree, and when all of them are there, this thread's units of their roots.
static void run_leaves(const Job *job, const CnnPhase *phase, int64_t thread, atomic_llong *next) {
    Engine *e = job->engine;
    int64_t subtrees = ceil_div(job->leaves, job->subtree), threads = pool_threads(e->pool);
    PhaseRun run = {job, phase, thread, team_of_one(e, thread)};
    Reduction r = {compute_leaf, &run, phase->sum, phase->sum_units, e->leaf_stride};
    if (job->teams && phase->team > 1)
        run_team(job, phase, thread);
    else
        for (int64_t i; (i = atomic_fetch_add(next, 1)) < subtrees;)
            reduce(&r, i * job->subtree, smaller((i + 1) * job->subtree, job->leaves),
                   e->roots + i * e->leaf_stride,
                   e->stack + thread * e->stack_blocks * e->leaf_stride);
    pool_barrier(e->pool);
    gather(&r, e->roots, subtrees, r.units * thread / threads, r.units * (thread + 1) / threads);
}

// Guided scheduling: who takes from a share takes a third of what is left of it, so that ranges get shorter towards the
// end. taken: in this run, behind the number of the run. Returns false when none is left.
static bool take(atomic_ullong *taken, uint32_t run, int64_t share, int64_t threads, int64_t *first,
                 int64_t *end) {
    enum { RUN = 32 };
    unsigned long long now = atomic_load(taken);
    do {
        int64_t before = now >> RUN == run ? (int64_t)(now & UINT32_MAX) : 0, left = share - before;
        if (left <= 0) return false;
        *first = before;
        *end = before + (threads == 1 ? left : larger(left / 3, 1));
    } while (!atomic_compare_exchange_weak(taken, &now, (uint64_t)run << RUN | (uint64_t)*end));
    return true;
}

// A thread's own share of the units first, which is the same in every step: then what others have left of theirs, as
// some units take many times as long as others.
static void run_units(Engine *e, CnnUnitFn *run, int64_t units, Taken *of, int64_t thread,
                      char *scratch) {
    int64_t threads = pool_threads(e->pool), first, end;
    for (int64_t i = 0; i < threads; i++) {
        int64_t whose = (thread + i) % threads, at = units * whose / threads;
        int64_t share = units * (whose + 1) / threads - at;
        while (take(&of[whose].units, e->runs, share, threads, &first, &end))
            run(&e->run, at + first, at + end, scratch);
    }
}

// Before any weight changes: the barrier of the first phase is behind it.
static void run_penalties(Engine *e) {
    atomic_llong *next = &e->next[e->model->nphase + 1];
    for (int64_t i; (i = atomic_fetch_add(next, 1)) < e->penalties;)
        e->penalty[i] = penalty_unit(e->model, e->run.params, i);
}

// A sample's share of the loss, when all units are there.
static double penalty(const Engine *e) {
    double sum = 0;
    for (int64_t i = 0; i < e->penalties; i++) sum += e->penalty[i];
    return sum;
}

// What ranks have summed up in a phase, when all threads are through with it.
static void add_ranks(const Engine *e, const CnnPhase *phase, int thread) {
    if (e->ranks->n == 1 || !phase->nshared) return;
    pool_barrier(e->pool);
    for (int64_t i = 0; thread == 0 && i < phase->nshared; i++) {
        const CnnSum *s = &phase->shared[i];
        char *block = s->in_step ? e->run.step : e->roots;
        ranks_add(e->ranks, &e->cut, &(RankSums){block + s->at, s->doubles, s->floats}, e->room);
    }
}

static void run_phases(void *context, int thread) {
    const Job *job = context;
    Engine *e = job->engine;
    const CnnModel *model = e->model;
    int64_t threads = pool_threads(e->pool);
    char *scratch = scratch_of(job, thread);
    run_penalties(e);
    for (int64_t p = 0; p < model->nphase; p++) {
        const CnnPhase *phase = &model->phase[p];
        if (phase->kind == CNN_BY_UNIT)
            run_units(e, phase->by_unit, phase->units, e->taken + p * threads, thread, scratch);
        else
            run_leaves(job, phase, thread, &e->next[p]);
        add_ranks(e, phase, thread);
        if (p + 1 < model->nphase) pool_barrier(e->pool);
    }
}

// Adds to the sum over n samples what is none: the loss of a batch as one, and what regularisers say.
static double *settle(const Engine *e, double *sums, int64_t n) {
    const CnnFormula *of_batch = e->model->loss_of_batch;
    if (of_batch) sums[0] += formula_of(of_batch, sums) * (double)e->run.scalar[CNN_SHARE];
    sums[0] += (double)n * penalty(e);
    return sums;
}

// Where loss and metrics are when all phases have run.
static double *losses(const Engine *e) {
    const CnnPhase *phase = e->model->phase;
    while (!phase->has_loss) phase++;
    return (double *)(void *)(e->roots + phase->loss_at);
}

// Are threads to form teams, where they can? It is tried, again and again: a thread that others keep from its CPU holds
// up its team behind every kernel. It changes no bit.
enum { TRIED = 4, STEPS = 64 };

static bool team_up(Trial *t) {
    int64_t at = t->steps++ % STEPS;
    if (at == 0) t->seconds[0] = t->seconds[1] = INFINITY;
    t->trying = at < TRIED;
    return t->trying ? at % 2 == 0 : t->seconds[1] < t->seconds[0];
}

static void note_trial(Trial *t, bool teams, double seconds) {
    if (t->trying && seconds < t->seconds[teams]) t->seconds[teams] = seconds;
}

const double *engine_step(Engine *e, const Samples *samples, int64_t first, int64_t n,
                          uint32_t epoch, uint32_t step_no) {
    Job job = {.engine = e, .samples = samples, .labelled = true};
    job.clears = claim_scratch(e, SCRATCH_TRAINS);
    e->run.n = take_part(e, &job, e->run.leaf_samples, first, n);
    job.subtree = reduce_size(job.leaves, pool_threads(e->pool), &e->subtrees);
    for (int64_t p = 0; p < e->model->nphase + 2; p++) atomic_store(&e->next[p], 0);
    e->runs++;
    e->run.epoch = epoch;
    e->run.step_no = step_no;
    optim_scalars(e->model, ++e->iterations, e->rate, n, e->run.scalar);
    e->run.scalar[CNN_SHARE] = (float)share(e->model, samples, first, n);
    bool few = job.leaves < pool_threads(e->pool) && job.subtree == 1;
    job.teams = few && team_up(&e->teams);
    double start = clock_seconds();
    pool_run(e->pool, run_phases, &job);
    if (few) note_trial(&e->teams, job.teams, (clock_seconds() - start) / (double)n);
    return settle(e, losses(e), n);
}

static void run_inference(void *context, int thread) {
    const Job *job = context;
    Engine *e = job->engine;
    CnnLeafFn *run = job->labelled ? e->model->evaluate : e->model->predict;
    char *scratch = scratch_of(job, thread);
    CnnUnitFn *prepare = job->labelled ? e->model->prepare_evaluate : e->model->prepare;
    int64_t units = job->labelled ? e->model->prepare_evaluate_units : e->model->prepare_units;
    if (prepare) {
        Taken *taken = e->taken + e->model->nphase * pool_threads(e->pool);
        run_units(e, prepare, units, taken, thread, scratch);
        pool_barrier(e->pool);
    }
    if (job->labelled) run_penalties(e);
    int64_t parts = ceil_div(e->run.n, job->together); // with labels, leaves
    CnnTeam alone = team_of_one(e, thread);
    for (int64_t i; (i = atomic_fetch_add(&e->next[e->model->nphase], 1)) < parts;)
        run_part(job, i, job->together, run, true, e->sums + i * e->model->nsum, thread, &alone);
}

// Many samples at a time where that is faster, but some for each thread.
static int64_t prediction_part(const Engine *e, int64_t leaves) {
    int64_t share = ceil_div(leaves, pool_threads(e->pool)) * CNN_LEAF;
    return larger(CNN_LEAF, smaller(share, e->model->predict_together));
}

const double *engine_infer(Engine *e, const Samples *samples, int64_t first, int64_t n) {
    int64_t sums = e->model->nsum;
    Job job = {.engine = e, .samples = samples};
    job.labelled = e->model->evaluate && (samples->label || samples->y || samples->y_ahead);
    e->run.n = take_part(e, &job, CNN_LEAF, first, n);
    job.place = job.before;
    job.together = job.labelled ? CNN_LEAF : prediction_part(e, job.leaves);
    job.clears = claim_scratch(e, job.labelled ? SCRATCH_EVALUATES : SCRATCH_PREDICTS);
    for (int i = 0; i < 2; i++) atomic_store(&e->next[e->model->nphase + i], 0);
    e->runs++;
    e->run.scalar[CNN_INV_N] = (float)(1.0 / (double)n);
    if (job.labelled) e->run.scalar[CNN_SHARE] = (float)share(e->model, samples, first, n);
    pool_run(e->pool, run_inference, &job);
    Reduction r = {.add = reduce_doubles, .stride = sums * (int64_t)sizeof(double)};
    gather(&r, (char *)e->sums, job.leaves, 0, sums);
    if (!job.labelled) return NULL;
    ranks_add(e->ranks, &e->cut, &(RankSums){e->sums, sums, 0}, e->room);
    return settle(e, e->sums, n);
}

void engine_collect(Engine *e, int64_t n) {
    ranks_rows(e->ranks, &e->cut, e->run.out, 4 * e->model->output_floats, n);
}

// Leaf blocks that a step of so many leaves needs: roots of subtrees, and within a subtree of 2^k leaves k
// blocks beside the root. Steps of fewer samples, such as the last of an epoch, have subtrees for which these do.
static int64_t count_blocks(Engine *e, int64_t leaves, int threads) {
    if (leaves) e->subtrees = reduce_subtrees(leaves, threads);
    e->stack_blocks = reduce_depth(e->subtrees.size);
    return e->subtrees.roots;
}

// Leaves, with a team for each, or units of the phase that has most of them: more threads than that would only wait.
static int64_t most_work(const CnnModel *model, int64_t capacity, int64_t rows) {
    int64_t most = larger(1, ceil_div(rows, CNN_LEAF));
    int64_t leaves = ceil_div(capacity, reduce_leaf(model->leaf_from, capacity));
    for (int64_t p = 0; capacity > 0 && p < model->nphase; p++) {
        const CnnPhase *phase = &model->phase[p];
        bool units = phase->kind == CNN_BY_UNIT;
        most = larger(most, units ? phase->units : leaves * larger(1, phase->team));
    }
    return larger(most, larger(model->prepare_units, model->prepare_evaluate_units));
}

// What the largest sum takes that ranks exchange.
static int64_t exchange_bytes(const Ranks *ranks, const CnnModel *model, bool trains) {
    int64_t most = ranks_room(ranks, model->nsum, 0);
    for (int64_t p = 0; trains && p < model->nphase; p++)
        for (int64_t i = 0; i < model->phase[p].nshared; i++) {
            const CnnSum *s = &model->phase[p].shared[i];
            most = larger(most, ranks_room(ranks, s->doubles, s->floats));
        }
    return most;
}

// Samples of a step that one rank has.
static int64_t held_samples(const Ranks *ranks, const CnnModel *model, int64_t capacity) {
    int64_t leaf = reduce_leaf(model->leaf_from, capacity);
    return smaller(capacity, ranks_most(ranks, ceil_div(capacity, leaf)) * leaf);
}

enum { BLOCKS = 24 };

// What an engine of so many threads is made of, and where its addresses are to be. Returns how many blocks.
static size_t list_blocks(Engine *e, int threads, Block to[BLOCKS]) {
    const CnnModel *model = e->model;
    const Ranks *ranks = e->ranks;
    int64_t rows = e->rows, trains = e->capacity > 0;
    int64_t held = held_samples(ranks, model, e->capacity);
    e->run.leaf_samples = reduce_leaf(model->leaf_from, e->capacity);
    e->penalties = penalty_units(model);
    int64_t roots = count_blocks(e, ceil_div(held, e->run.leaf_samples), threads);
    int64_t part = larger(CNN_LEAF, model->predict_together);
    int64_t step_bytes = larger(trains * model->step_bytes, model->infer_step_bytes);
    const Block block[] = {
        {&e->run.params, NULL, 1, model->param_floats, 4, "the weights"},
        {&e->run.opt, NULL, 1, trains * model->opt_slots * model->param_floats, 4,
         "the optimiser's state"},
        {&e->run.step, NULL, 1, step_bytes, 1, "a step"},
        {&e->run.batch, NULL, 1, held, model->batch_stride, "the batch"},
        {&e->run.out, NULL, 1, larger(held, rows), 4 * model->output_floats, "the output"},
        {&e->roots, &e->leaf_stride, roots, model->leaf_bytes, 1, "the gradients"},
        {&e->stack, &e->leaf_stride, threads * e->stack_blocks, model->leaf_bytes, 1,
         "the gradients", e->stack_blocks},
        {&e->sums, NULL, 1, ceil_div(rows, CNN_LEAF), model->nsum * (int64_t)sizeof(double),
         "the metrics"},
        {&e->total, NULL, 1, model->nsum, sizeof *e->total, "the metrics"},
        {&e->penalty, NULL, 1, e->penalties, sizeof *e->penalty, "the regularisers"},
        {&e->scratch, &e->scratch_stride, threads, scratch_bytes(e), 1, "activations", 1},
        {&e->x, &e->x_stride, threads, part, 4 * model->input_floats, "the samples", 1},
        {&e->y, &e->y_stride, threads, part, label_bytes(model), "the labels", 1},
        {&e->cut.first, NULL, 1, ranks->n + 1, sizeof *e->cut.first, "the ranks"},
        {&e->room, NULL, 1, exchange_bytes(ranks, model, trains), 1, "what ranks exchange"},
        {&e->next, NULL, 1, model->nphase + 2, sizeof *e->next, "the phases"},
        {&e->taken, NULL, 1, threads * (model->nphase + 1), sizeof *e->taken, "the phases"},
    };
    _Static_assert(sizeof block <= BLOCKS * sizeof *to, "room for all blocks");
    memcpy(to, block, sizeof block);
    return sizeof block / sizeof *block;
}

int64_t engine_bytes(const CnnModel *model, const Ranks *ranks, int threads, int64_t capacity,
                     int64_t rows) {
    Engine e = {.model = model, .ranks = ranks, .capacity = capacity, .rows = rows};
    Block block[BLOCKS];
    threads = (int)smaller(threads, most_work(model, held_samples(ranks, model, capacity), rows));
    return blocks_bytes(block, list_blocks(&e, threads, block));
}

typedef struct Blocks {
    size_t n;
    Block block[BLOCKS];
} Blocks;

static void clear_own(void *of, int thread) {
    const Blocks *all = of;
    blocks_clear(all->block, all->n, thread);
}

bool engine_new(Engine *e, const CnnModel *model, const Ranks *ranks, Threads threads,
                int64_t capacity, int64_t rows, CnnError *error) {
    Blocks all;
    *e = (Engine){.model = model, .ranks = ranks, .capacity = capacity, .rows = rows, .rate = NAN};
    int64_t most = most_work(model, held_samples(ranks, model, capacity), rows);
    threads.n = (int)smaller(threads.n, most);
    all.n = list_blocks(e, threads.n, all.block);
    e->memory = blocks_new(all.block, all.n, error);
    if (e->memory) {
        e->run.leaf = e->roots;
        e->pool = pool_start(threads, error);
        if (e->pool) pool_run(e->pool, clear_own, &all);
        if (e->pool) return true;
    }
    engine_free(e);
    return false;
}

void engine_free(Engine *e) {
    pool_stop(e->pool);
    blocks_free(e->memory);
    *e = (Engine){0};
}

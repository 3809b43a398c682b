// SPDX-License-Identifier: 0BSD
// How fast a program is on this machine: training steps and inference on random samples, with
// weights of its own that are thrown away. Steps do all that steps do, with a learning rate of 0: a
// network that learns random labels dies, and its sparse gradients would cost nothing. Single runs
// are timed, since what a busy machine adds comes in bursts: the best run says what the code can do,
// the median what one gets.
#include "runtime.h"
#include "io/text.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCHES = 40, // that steps go through, again and again
    WARM = 3, // runs before the first that counts, at least,
    LEAST = 5, // and runs that count, at least
    MOST = 1 << 16 // runs that the median knows: the last ones
};
static const double warm_share = 0.25; // of the seconds, for caches, page faults and clock rate

typedef struct Timing {
    double best, median; // us; 0 where it was not measured
} Timing;

enum { TRAIN_STEP, TRAIN_SAMPLE, INFER_ONE, INFER_SAMPLE, FIGURES };
static const struct {
    const char *label, *best, *median; // the last two are keys of the JSON object
    bool of_sample;
} figures[FIGURES] = {
    {"training, a step", "train_us_step_best", "train_us_step_median", false},
    {"training, a sample", "train_us_sample_best", "train_us_sample_median", true},
    {"inference of one, 1 thread", "infer1_us_best", "infer1_us_median", true},
    {"inference in batches, a sample", "infer_batch_us_sample_best", "infer_batch_us_sample_median",
     true},
};

// Kernel by kernel: of runs on one thread, with timed code.
enum { TRAIN_KERNELS, ONE_KERNELS, BATCH_KERNELS, TABLES };
static const struct {
    const char *title, *key;
} tables[TABLES] = {
    {"training", "train"},
    {"inference of one", "infer1"},
    {"inference in batches", "infer_batch"},
};

typedef struct Bench {
    const CnnModel *model;
    const BenchSettings *set;
    Engine engine; // of what is measured at the time
    uint8_t *pixel, *label; // BATCHES batches, as a data set has them
    float *x; // the first batch, as who calls predict has it
    double *time; // [MOST] us
    Timing figure[FIGURES];
    int threads; // of the figures that take several
    CnnModel still; // the model with a learning rate of 0
    CnnModel timed; // the same with the code that tells its kernels' times
    Kernels kernels[TABLES];
    double peak; // GFLOP/s of this machine, one thread
    double memory; // megabytes, for the figures alone; 0: not known
} Bench;

// ---- samples

static int64_t label_values(const CnnModel *model) {
    int64_t values = model->label_floats;
    if (model->label == CNN_LABEL_CLASS)
        values = model->output_rank ? model->output_dim[model->output_rank - 1] : 1;
    else if (values == 1)
        values = 2; // one target: no or yes
    return values < 1 ? 1 : values > 256 ? 256 : values;
}

static bool draw_samples(Bench *b, CnnError *error) {
    int64_t inputs = b->model->input_floats, batch = b->set->batch, n = BATCHES * batch;
    b->pixel = memory_new(n, inputs, "the samples", error);
    b->label = memory_new(n, 1, "the labels", error);
    b->x = memory_new(batch, inputs * (int64_t)sizeof *b->x, "the samples", error);
    b->time = memory_new(MOST, sizeof *b->time, "the times", error);
    if (!b->pixel || !b->label || !b->x || !b->time) return false;
    Stream stream = stream_start(b->set->seed, 0, 0, STREAM_BENCH);
    uint32_t word = 0;
    for (int64_t i = 0; i < n * inputs; i++, word >>= 8) {
        if (i % 4 == 0) word = stream_next(&stream);
        b->pixel[i] = (uint8_t)word;
    }
    uint32_t values = (uint32_t)label_values(b->model);
    for (int64_t i = 0; i < n; i++) b->label[i] = (uint8_t)(stream_next(&stream) % values);
    for (int64_t i = 0; i < batch * inputs; i++) b->x[i] = (float)b->pixel[i] / 255.0f;
    return true;
}

// ---- what is measured: run number i

typedef void Run(Bench *bench, int64_t i);

static void train_step(Bench *b, int64_t i) {
    int64_t batch = b->set->batch, step = i % BATCHES;
    Samples samples = {.n = BATCHES * batch, .pixel = b->pixel, .label = b->label};
    engine_step(&b->engine, &samples, step * batch, batch, (uint32_t)(i / BATCHES), (uint32_t)step);
}

static void infer_batch(Bench *b, int64_t i) {
    Samples samples = {.n = b->set->batch, .x = b->x};
    (void)i;
    engine_infer(&b->engine, &samples, 0, samples.n);
}

// What an emitted object does: it has prepared its weights before.
static void infer_one(Bench *b, int64_t i) {
    const float *x = b->x + i % b->set->batch * b->model->input_floats;
    CnnTeam alone = {.parts = 1, .own = b->engine.scratch};
    b->engine.model->predict(&b->engine.run, 0, 0, 1, x, NULL, b->engine.sums, b->engine.scratch,
                             &alone);
}

// ---- measuring

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Runs for `seconds`. `kernels`, where it is not NULL, is told when each run starts and ends.
static Timing measure(Bench *b, Run *run, double seconds, Kernels *kernels) {
    double start = clock_seconds(), now;
    int64_t i = 0, n = 0;
    do run(b, i++);
    while (i < WARM || clock_seconds() - start < warm_share * seconds);
    Timing t = {0};
    start = clock_seconds();
    do {
        if (kernels) kernels_start(kernels);
        double before = clock_seconds();
        run(b, i++);
        now = clock_seconds();
        double us = (now - before) * 1e6;
        if (kernels) kernels_end(kernels, us);
        if (!n || us < t.best) t.best = us;
        b->time[n++ % MOST] = us;
    } while (n < LEAST || now - start < seconds);
    int64_t kept = n < MOST ? n : MOST;
    qsort(b->time, (size_t)kept, sizeof *b->time, by_size);
    t.median = b->time[kept / 2];
    return t;
}

static Timing divided(Timing t, int64_t by) {
    return (Timing){t.best / (double)by, t.median / (double)by};
}

static bool start_engine(Bench *b, const CnnModel *model, Threads threads, int64_t capacity,
                         int64_t rows, CnnError *error) {
    if (!engine_new(&b->engine, model, &ranks_alone, threads, capacity, rows, error)) return false;
    b->engine.run.seed = b->set->seed;
    random_weights(model, b->set->seed, b->engine.run.params);
    return true;
}

static Threads one_thread(const Bench *b) {
    return (Threads){.n = 1, .pin = b->set->threads.pin};
}

// An engine for one sample at a time.
static bool start_one(Bench *b, const CnnModel *model, CnnError *error) {
    Engine *e = &b->engine;
    if (!start_engine(b, model, one_thread(b), 0, 1, error)) return false;
    if (b->model->prepare) b->model->prepare(&e->run, 0, model->prepare_units, e->scratch);
    e->run.n = 1;
    return true;
}

static bool measure_figures(Bench *b, CnnError *error) {
    const CnnModel *model = &b->still;
    int64_t batch = b->set->batch;
    double seconds = (double)b->set->seconds;
    if (!start_engine(b, model, b->set->threads, model->nphase ? batch : 0, batch, error))
        return false;
    b->threads = pool_threads(b->engine.pool);
    b->figure[INFER_SAMPLE] = divided(measure(b, infer_batch, seconds, NULL), batch);
    if (model->nphase) {
        b->figure[TRAIN_STEP] = measure(b, train_step, seconds, NULL);
        b->figure[TRAIN_SAMPLE] = divided(b->figure[TRAIN_STEP], batch);
    }
    engine_free(&b->engine);
    if (!start_one(b, model, error)) return false;
    b->figure[INFER_ONE] = measure(b, infer_one, seconds, NULL);
    engine_free(&b->engine);
    return true;
}

static bool measure_table(Bench *b, int table, Run *run, int64_t samples, CnnError *error) {
    const CnnTimed *timed = b->model->timed;
    bool train = table == TRAIN_KERNELS;
    Kernels *k = &b->kernels[table];
    if (!kernels_new(k, train ? timed->train : timed->infer, train ? timed->ntrain : timed->ninfer,
                     error))
        return false;
    k->title = tables[table].title;
    k->key = tables[table].key;
    k->samples = samples;
    b->engine.run.tick = kernels_tick;
    b->engine.run.clock = k;
    measure(b, run, (double)b->set->seconds / 2, k);
    return true;
}

// On one thread: kernels of several would wait for each other's memory, and the peak is a core's.
static bool measure_kernels(Bench *b, CnnError *error) {
    const CnnModel *model = &b->timed;
    int64_t batch = b->set->batch;
    b->timed = b->still;
    b->timed.phase = model->timed->phase;
    b->timed.predict = model->timed->predict;
    b->timed.prepare = model->timed->prepare;
    b->peak = kernels_peak(model->timed, b->set->seconds ? 0.1 : 0, error);
    if (b->peak <= 0 ||
        !start_engine(b, model, one_thread(b), model->nphase ? batch : 0, batch, error))
        return false;
    bool ok = !model->nphase || measure_table(b, TRAIN_KERNELS, train_step, batch, error);
    ok = ok && measure_table(b, BATCH_KERNELS, infer_batch, batch, error);
    engine_free(&b->engine);
    ok = ok && start_one(b, model, error) && measure_table(b, ONE_KERNELS, infer_one, 1, error);
    engine_free(&b->engine);
    return ok;
}

// ---- what is printed

// The most memory this program has held; not getrusage's, which counts its parent's too when that
// one started it by fork and exec. 0: not known.
static double most_megabytes(void) {
    char line[128];
    long long kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %lld", &kilobytes) == 1) break;
    if (file) fclose(file);
    return (double)kilobytes / 1024;
}

static int64_t parameters(const CnnModel *model) {
    int64_t sum = 0;
    for (int64_t i = 0; i < model->nweight; i++) sum += model->weight[i].count;
    return sum;
}

static void print_figures(const Bench *b) {
    printf("%-30s %12s %12s %12s\n", "us", "best", "median", "samples/s");
    for (int i = 0; i < FIGURES; i++) {
        const Timing *t = &b->figure[i];
        if (t->best <= 0) continue;
        printf("%-30s %12.2f %12.2f", figures[i].label, t->best, t->median);
        if (figures[i].of_sample) printf(" %12.0f", 1e6 / t->median);
        putchar('\n');
    }
    if (b->memory > 0) printf("\nmost memory: %.1f MB\n", b->memory);
    putchar('\n');
}

static void print_tables(const Bench *b) {
    char name[TEXT_NAME];
    printf("%s: %lld parameters; batches of %lld, %d thread%s\n\n",
           text_foreign(name, sizeof name, b->model->name), (long long)parameters(b->model),
           (long long)b->set->batch, b->threads, b->threads == 1 ? "" : "s");
    if (!b->set->kernels) print_figures(b);
    printf("kernels, on 1 thread; this machine's peak with their instructions: %.1f GFLOP/s\n",
           b->peak);
    for (int i = 0; i < TABLES; i++)
        if (b->kernels[i].n) kernels_print(&b->kernels[i], b->peak, stdout);
}

static json_t *number(double value) {
    return value > 0 ? json_real(value) : json_null();
}

// Takes what it writes; ok: is that whole?
static bool write_json(json_t *root, bool ok, size_t digits, CnnError *error) {
    ok = ok && !json_dumpf(root, stdout, JSON_REAL_PRECISION(digits));
    json_decref(root);
    if (ok) putchar('\n');
    return ok || cnn_fail(error, CNN_SYSTEM, "cannot write the figures as JSON");
}

static bool print_json(const Bench *b, CnnError *error) {
    const CnnModel *m = b->model;
    char name[TEXT_NAME]; // JSON is UTF-8, which a file's name need not be
    text_foreign(name, sizeof name, m->name);
    json_t *root = json_pack("{s:s, s:s, s:s, s:i, s:I, s:I}", "model", name, "version", m->version,
                             "target", m->target, "threads", b->threads, "batch",
                             (json_int_t)b->set->batch, "parameters", (json_int_t)parameters(m));
    bool ok = root;
    for (int i = 0; i < FIGURES; i++) {
        ok = !json_object_set_new(root, figures[i].best, number(b->figure[i].best)) && ok;
        ok = !json_object_set_new(root, figures[i].median, number(b->figure[i].median)) && ok;
    }
    ok = !json_object_set_new(root, "max_rss_mb", number(b->memory)) && ok;
    ok = !json_object_set_new(root, "peak_gflops", number(b->peak)) && ok;
    json_t *kernels = json_array();
    for (int i = 0; i < TABLES; i++)
        if (b->kernels[i].n) ok = kernels_json(&b->kernels[i], b->peak, kernels) && ok;
    ok = !json_object_set_new(root, "kernels", kernels) && ok;
    return write_json(root, ok, 6, error);
}

static bool print_memory(const CnnModel *model, bool json, CnnError *error) {
    Caches c;
    double peak = kernels_peak(model->timed, 0.1, error);
    if (peak <= 0 || !caches_measure(&c, model->timed, peak * 1e9, error)) return false;
    if (!json) return caches_print(&c, stdout), true;
    json_t *all = json_array();
    return write_json(all, caches_json(&c, all), 3, error);
}

bool bench_run(const CnnModel *model, const BenchSettings *set, CnnError *error) {
    if (set->memory) return print_memory(model, set->json, error);
    static const CnnTerm zero = {CNN_NUMBER, 0};
    CnnFormula still[CNN_SCALARS];
    if (model->nfigure) memcpy(still, model->figure, (size_t)model->nfigure * sizeof *still);
    still[0] = (CnnFormula){1, &zero};
    Bench b = {.model = model, .set = set, .threads = set->threads.n, .still = *model};
    b.still.figure = still;
    bool ok = draw_samples(&b, error) && (set->kernels || measure_figures(&b, error));
    b.memory = most_megabytes();
    ok = ok && measure_kernels(&b, error);
    if (ok && set->json) ok = print_json(&b, error);
    if (ok && !set->json) print_tables(&b);
    engine_free(&b.engine);
    for (int i = 0; i < TABLES; i++) kernels_free(&b.kernels[i]);
    free(b.pixel);
    free(b.label);
    free(b.x);
    free(b.time);
    return ok;
}

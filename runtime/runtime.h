// SPDX-License-Identifier: 0BSD
// What the runtime's files share, a section a file, in the order of what builds on what. A program
// is: options, then data into memory, weights, an engine laid out for them, and a loop of steps.
#ifndef CNN_RUNTIME_H
#define CNN_RUNTIME_H
#include "abi.h"
#include "error.h"
#include "engine/bytes.h"
#include "engine/core.h"
#include "engine/ranks.h"
#include "io/outfile.h"
#include <jansson.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

// ---- memory.c: blocks of checked size
void *memory_raw(int64_t bytes); // aligned to CNN_ALIGN, not zeroed; or NULL. Freed with free().
// count x size bytes, aligned to CNN_ALIGN and zeroed; NULL with an error naming `what` if the
// product overflows or memory is out. Freed with free().
void *memory_new(int64_t count, int64_t size, const char *what, CnnError *error);
void memory_none(int64_t count, int64_t size, const char *what, CnnError *error); // says so
double clock_seconds(void); // monotonic

// ---- text.c: numbers and shapes as text
enum { TEXT_NUMBER = 352, TEXT_SHAPE = 192, TEXT_WHY = 512 }; // buffers these functions fill
// The fewest digits that are read back as this number, or as this float32, with at most so many behind the point:
// "-d.ddde+xx".
void text_shortest(char word[TEXT_NUMBER], double value, bool single, int most);
// As Python prints a float: 0.1, 1e-05, 3.0, nan.
const char *text_repr(char buffer[TEXT_NUMBER], double value);
// The double nearest to value's float32, as Python prints it: 0.9922000169754028.
const char *text_python(char buffer[TEXT_NUMBER], double value);
const char *text_single(char buffer[TEXT_NUMBER], double value); // as numpy prints a float32
// The shortest decimals that read back as value, without exponent; value is finite.
const char *text_decimal(char buffer[TEXT_NUMBER], double value);
// (3, 3, 1, 32), (10,) or (), as Python prints a shape.
const char *text_shape(char buffer[TEXT_SHAPE], const int64_t *dim, int64_t rank);

// ---- idx.c: one IDX file, plain or gzipped
enum { IDX_RANK = 5 };
typedef struct Idx {
    int64_t rank, dim[IDX_RANK], count;
    uint8_t *value; // count bytes, from malloc
} Idx;
// Whether to read the values, when all else of the Idx is known; NULL: yes.
typedef bool IdxCheck(const void *context, CnnError *error);
bool idx_read(const char *path, Idx *idx, IdxCheck *check, const void *context, CnnError *error);
bool idx_read_fd(int fd, const char *path, Idx *idx, IdxCheck *check, const void *context,
                 CnnError *error); // closes fd

// ---- data.c: samples and labels
typedef struct Data { // one of the two halves of a data set
    const CnnDataset *of;
    int half;
    char *folder;
    Idx image, label;
} Data;
enum { DATA_TRAIN, DATA_TEST };
// Reads one half (of MNIST where `of` is NULL) from `folder`, else $CNNC_DATA, else where the compiler's fetch
// puts it, and holds it to the model's input and output, unless model is NULL.
bool data_load(Data *data, const CnnDataset *of, int half, const char *folder,
               const CnnModel *model, CnnError *error);
void data_keep(Kept *kept, const CnnDataset *of,
               const char *folder); // adds the files of both halves
bool data_is(const Data *data, const CnnDataset *of); // it is of this one
void data_free(Data *data);
// Whether values in the reading order of one shape are in that of another with as many values too:
// the shapes are equal, or but for dimensions of one at the end, or one of them is flat.
bool data_same_order(const int64_t *a, int64_t rank_a, const int64_t *b, int64_t rank_b);
// Samples of the n that are for training: the first floor(n (1 - split)), as Keras.
int64_t data_split(int64_t n, double split);

// Rows that are made ahead of use, into a ring, by threads of their own (data/ahead.h).
typedef struct Ahead Ahead;
struct Ahead {
    char *ring;
    int64_t slots, bytes; // place i of a pass is in slot i % slots, of so many bytes
    // A pass: the rows that are needed at places [first, end), in turn, `most` of them at a time. At place i that is
    // row base + order[i], or base + i without an order, which is copied.
    bool (*begin)(Ahead *, int64_t base, const uint32_t *order, int64_t first, int64_t end,
                  int64_t most, CnnError *error);
    // Waits until places [first, first + n) are made; those before are given up.
    bool (*need)(Ahead *, int64_t first, int64_t n, CnnError *error);
    // One row, made here and now.
    bool (*row)(Ahead *, int64_t row, void *to, CnnError *error);
};
// Where the row of that place is in the ring.
static inline char *ahead_at(const Ahead *ahead, int64_t place) {
    return ahead->ring + place % ahead->slots * ahead->bytes;
}

// Samples as the engine takes them: bytes, or numbers; and labels, which become what the loss wants, a class
// number or a one-hot row, or that itself.
typedef struct Samples {
    int64_t n;
    const uint8_t *pixel; // [n, input_floats], with
    const float *table; // what each byte stands for; NULL: byte / 255
    const float *x; // or these
    const uint8_t *label; // [n]
    const void *y; // or these, as CnnLabel says; both NULL: there are none
    const float *counts; // [n]: what each counts, or
    const float *counts_of; // by its label's byte; both NULL: 1
    int64_t batch; // evaluated together, where the loss depends on that
    const uint32_t *order; // sample i is stored at order[i]; NULL: at i
    Ahead *x_ahead,
        *y_ahead; // in place of pixel or x, and of y, where they are larger than memory,
    int64_t base; // whose rows begin here
} Samples;
// Samples [first, first + n) of some that have no order of their own.
Samples samples_part(const Samples *all, const CnnModel *model, int64_t first, int64_t n);
// Samples [first, end) will be needed in turn, `most` of them at a time; then: the next n are, and those before no
// more. Both may find that a row cannot be read. Whoever reads samples is between these two.
bool samples_begin(const Samples *samples, int64_t first, int64_t end, int64_t most,
                   CnnError *error);
bool samples_need(const Samples *samples, int64_t first, int64_t n, CnnError *error);
// The bytes of sample number i, and what its loss wants; NULL: it has no such.
const uint8_t *samples_pixel(const CnnModel *model, const Samples *samples, int64_t i);
const void *samples_y(const CnnModel *model, const Samples *samples, int64_t i);
// The input of sample number i as the generated code wants it.
void samples_x(const CnnModel *model, const Samples *samples, int64_t i, float *x);
// The class that the label of sample i names, of a model that tells classes apart.
int64_t samples_class(const Samples *samples, const CnnModel *model, int64_t i);
// Is it a label whose rows the model's loss leaves out?
bool samples_ignored(const CnnModel *model, int64_t label);
Samples data_samples(const Data *data, const CnnModel *model, int64_t first, int64_t n);
// The samples that a script names; false: there are not as many.
bool data_rows(const Data *data, const CnnModel *model, const CnnRows *rows, Samples *samples,
               CnnError *error);

// What is behind the pictures of a data set (data/background.h).
typedef enum Background {
    BACKGROUND_MIXED, // of all kinds, or not known
    BACKGROUND_DARK,
    BACKGROUND_LIGHT,
    BACKGROUNDS
} Background;

// ---- cpus.c: how many threads can run; each is 1 to POOL_LIMIT
enum { POOL_LIMIT = 1024 };
int cpus_usable(void); // those of this process's affinity
// What the control groups in `list`, whose files are below `mount`, leave of them, rounded up.
int cpus_quota(const char *list, const char *mount);

// ---- threads.c: a pool
typedef struct Threads {
    int n;
    bool pin; // each to a CPU of its own: number first, first + 1, ... of cpus_order()
    int first;
} Threads;
typedef struct Pool Pool;
typedef void PoolFn(void *context, int thread);
Pool *pool_start(Threads threads, CnnError *error);
void pool_run(Pool *pool, PoolFn *run, void *context); // on every thread; returns when all are done
void pool_barrier(Pool *pool); // inside run: waits for all threads
// CnnTeam.of and .meet of the team that has that number, from 0 to the number of threads.
void *pool_team(Pool *pool, int64_t team);
void pool_meet(const CnnTeam *team);
int pool_threads(const Pool *pool);
void denormals_keep(void); // this thread computes with them, as data are
void pool_stop(Pool *pool); // NULL is nothing

// ---- room.c: bytes that can still be had, INT64_MAX where that is not known
int64_t memory_room(void);
int64_t room_of_machine(const char *meminfo); // as /proc/meminfo
int64_t room_of_groups(const char *list, const char *mount); // as cpus_quota()

// ---- blocks.c: the engine's memory
typedef struct Block {
    void *at; // the pointer to set, to the first of
    int64_t *stride; // pieces that are so many bytes apart; NULL where there is one
    int64_t pieces, count, size; // a piece has count x size bytes
    const char *what; // needs them, for the error
    int64_t each; // pieces that a thread has for itself and clears; 0: they are shared, and zeros
} Block;
// Memory for all blocks; NULL where it cannot be had, and *error says who needed most.
void *blocks_new(const Block *block, size_t n, CnnError *error);
// Makes zeros of what a thread has for itself: it is the first to touch it, so that it lies in the memory nearest to it.
void blocks_clear(const Block *block, size_t n, int thread);
void blocks_free(void *memory);
int64_t blocks_bytes(const Block *block, size_t n); // that they take; INT64_MAX: more than that

// ---- step.c: the engine, which runs a model's phases on all threads
typedef enum ScratchUse {
    SCRATCH_NEW, // all zeros
    SCRATCH_TRAINS,
    SCRATCH_EVALUATES,
    SCRATCH_PREDICTS
} ScratchUse;
typedef struct Trial { // of steps with teams and without: how long a sample took at best
    int64_t steps;
    bool trying; // this step is one of those that are compared
    double seconds[2];
} Trial;
typedef struct Taken { // of a thread's units of a phase: see step.c. Alone in its line of the cache
    _Alignas(CNN_ALIGN) atomic_ullong units;
} Taken;
typedef struct Engine {
    const CnnModel *model;
    const Ranks *ranks; // which compute a batch together
    Cut cut; // of the batch under way
    void *room; // for what they exchange
    Pool *pool;
    void *memory; // of all below
    CnnRun run;
    int64_t capacity, rows; // samples in a training step, in an inference call, of all ranks
    int64_t iterations; // optimiser steps made so far
    Background background; // of what it is trained on
    int64_t epochs; // made by fits before this one
    double rate; // that a callback has set for all steps to come; NaN: the model's
    Subtrees subtrees; // that there are blocks for
    Trial teams;
    int64_t leaf_stride, stack_blocks;
    char *roots, *stack; // sums of subtrees; blocks inside one, for each thread
    double *sums, *total; // inference: [leaves, nsum]; of several calls, for who adds them: [nsum]
    double *penalty; // of each unit of weights that have one
    int64_t penalties; // these units
    char *scratch; // of each thread, whatever it runs
    int64_t scratch_stride;
    ScratchUse scratch_use; // the last one; each wants zeros around its tensors
    float *x; // [threads, samples of a call, input_floats]
    char *y; // [threads, samples of a call, label]
    int64_t x_stride, y_stride; // from a thread's to the next one's, in bytes
    atomic_llong
        *next; // of each phase over leaves, of inference, of penalties: next subtree, leaf or unit
    Taken *taken; // of each phase and of inference's prepare: [phase, thread]
    uint32_t runs; // of the pool, counted
} Engine;
// Lays out all memory for steps of up to `capacity` samples (0: no training) and inference calls of
// up to `rows`, on as many threads as are given, but no more than there are units of work in any
// phase. Weights are zero. Freed with engine_free.
bool engine_new(Engine *engine, const CnnModel *model, const Ranks *ranks, Threads threads,
                int64_t capacity, int64_t rows, CnnError *error);
void engine_free(Engine *engine);
// One optimiser step on samples [first, first + n), of which each rank takes its part. Returns the sums over them:
// loss, metrics.
const double *engine_step(Engine *engine, const Samples *samples, int64_t first, int64_t n,
                          uint32_t epoch, uint32_t step_no);
// Inference on samples [first, first + n): fills run.out and, where the samples have labels, returns the sums of loss
// and metrics, else NULL. Each rank has the outputs of its part.
const double *engine_infer(Engine *engine, const Samples *samples, int64_t first, int64_t n);
void engine_collect(Engine *engine, int64_t n); // then each has the outputs of all n samples

// ---- adapt.c: what a layer measures of these samples, into its weights
bool adapt(Engine *engine, const CnnAdapt *of, const Samples *samples, CnnError *error);

// ---- optim.c: the scalars of one optimiser step
double optim_rate(const CnnModel *model, int64_t step); // the model's learning rate
// step: 1 for the first one made on these weights. rate: the one that was set for it, or NaN. n: samples
// in the batch.
void optim_scalars(const CnnModel *model, int64_t step, double rate, int64_t n,
                   float scalar[CNN_SCALARS]);
// The learning rate of the next step, as the optimiser has it: a float32.
double engine_rate(const Engine *engine);
void engine_set_rate(Engine *engine, double rate);

// ---- weights.c: weights and files
// From a weights file or checkpoint, or the weights/… of a case, into params.
// *background: of what they were trained on; or NULL.
bool weights_load(const CnnModel *model, const char *path, float *params, Background *background,
                  CnnError *error);
// An engine's. optimizer: what that keeps of them is saved too.
bool weights_save(const Engine *engine, const OutFile *out, bool optimizer, CnnError *error);
int64_t weights_bytes(const CnnModel *model); // of such a file, some more than it has
// Saves them under a name of their own, for when their place fails: in the current folder, else in
// $TMPDIR or /tmp. Returns the path, from malloc, or NULL with an error.
char *weights_rescue(const Engine *engine, CnnError *error);

// ---- progress.c: Keras's lines
typedef struct Progress {
    FILE *file;
    const CnnModel *model;
    int verbose; // 0 nothing, 1 a bar, 2 a line an epoch
    bool moving; // the bar is drawn again as it grows
    int64_t steps;
    double start, drawn;
} Progress;
bool progress_can_move(FILE *file); // it is a terminal that can draw over a line
Progress progress_start(const CnnModel *model, FILE *file, int verbose, int64_t steps);
// After `step` steps; means: loss and metrics so far.
void progress_step(Progress *progress, int64_t step, const double *means);
// After the last one; val may be NULL.
void progress_end(Progress *progress, double seconds, const double *means, const double *val);

// ---- log.c: a row an epoch
typedef struct Epoch {
    int64_t epoch, samples; // epoch counts from 1
    const double *train, *val; // loss and metrics; val NULL without validation
    double train_seconds, val_seconds;
    double rate; // the learning rate at its end
} Epoch;
typedef struct Log Log;
// F.csv or F.jsonl; written in place, so that it can be watched. bytes: of what is there stays, if it is as
// long; else the log is new.
Log *log_open(const char *path, const CnnModel *model, int64_t bytes, CnnError *error);
bool log_is_named(const char *path, CnnError *error); // as a file of one of the two forms
int64_t log_bytes(const Log *log); // it has now; NULL has none
// A row that cannot be written ends the log, not the training: a warning on stderr says so.
void log_row(Log *log, const Epoch *row);
void log_close(Log *log); // NULL is nothing

// ---- evaluate.c: loss and metrics
// Figure i of means, of which 0 is the loss: the name of all figures of its metric, and how many these are, if it is
// their first.
const char *results_name(const CnnModel *model, int64_t i);
int64_t results_figures(const CnnModel *model, int64_t i);
// Adds the sums of a batch.
void results_add(const CnnModel *model, double *total, const double *sums);
// From sums over so many samples, as the engine has them, to loss and metrics: means [1 + nmetric].
void results_of(const CnnModel *model, const double *sums, int64_t samples, double *means);
typedef void EvaluateSee(void *context, int64_t sample, const float *output);
// How many samples are inferred at a time: fewer of large ones. It is the model's alone, so that sums depend on
// nothing else.
int64_t evaluate_rows(const CnnModel *model);
// means [1 + nmetric]; see is shown each sample's output, in their order, or NULL.
bool evaluate_samples(Engine *engine, const Samples *samples, double *means, EvaluateSee *see,
                      void *context, CnnError *error);
// Classes that the output tells apart: those of a softmax, or the two of one output. 0: it does not name one
// class of several.
int64_t evaluate_told(const CnnModel *model);
const char *evaluate_class(const CnnModel *model, int64_t index, char buffer[]); // [TEXT_NAME]

// ---- stop.c: signals that end a run
enum { STOP_SIGNALS = 3 }; // INT, TERM, HUP
typedef struct Stop {
    struct sigaction old[STOP_SIGNALS];
} Stop;
void stop_catch(
    Stop *stop); // from here on they are noted; and PIPE is an error of the write, for good
int stop_seen(void); // the signal that was noted since then, or 0
void stop_hold(const Stop *stop); // from here on a second one does not end the program either
void stop_release(const Stop *stop); // from here on they do what they did before stop_catch()

// ---- train.c: the fit loop
typedef struct Series { // a figure of the epochs that had it
    int64_t n;
    double *value;
} Series;
// Of a fit: of loss and metrics, the same of the validation, and the learning rate.
int64_t history_series(const CnnModel *model); // how many
typedef struct Fit {
    int64_t epochs, batch_size, initial_epoch;
    int64_t steps_per_epoch; // 0: all batches
    Series *history; // each with room for its epochs; NULL: nobody reads it
    int verbose;
    bool shuffle, rate_is_set; // rate: the learning rate is the user's, not the model's
    Samples train, val; // val.n 0: none
    int64_t index; // of the model's fits
    int64_t run; // the seed that names of callbacks' files end in, of one of several runs; or -1
    const char *log_path; // or NULL
    Log *log; // open while it trains
    const Kept *kept; // files that callbacks may not write, or NULL
    struct Checkpoints *checkpoints; // where its state is saved, or NULL
    const char *resume; // a file with the state to go on from, or NULL
    int stopped; // set to the signal that ended it, or 0: the same in all ranks
    bool breaks_off,
        is_good; // set where its loss or its data end the training; the engine has the last good state
} Fit;
// Trains engine's weights, until stop_seen() at most. Fails if the loss is not finite.
bool train_fit(Engine *engine, Fit *fit, CnnError *error);

// ---- verify.c: recompute a stored case
// threads as the options say; out: for what was computed, or NULL. False where the case is
// refused or a tolerance exceeded.
bool verify_case(const CnnModel *model, const char *path, const OutFile *out, Threads threads,
                 uint32_t seed, CnnError *error);

// ---- kernels.c: a run's time, kernel by kernel
typedef struct KernelTime {
    double us;
    int64_t calls;
} KernelTime;
typedef struct Kernels {
    const char *title, *key; // what runs, for people and in JSON
    const CnnKernel *kernel;
    int64_t n, samples; // kernels; samples in a run
    KernelTime *run, *best; // of the run under way, and the least of all
    double rest_us; // between kernels, the least
    double last, tick_us; // when the last kernel ended; what it costs to know that
} Kernels;
bool kernels_new(Kernels *kernels, const CnnKernel *kernel, int64_t n, CnnError *error);
void kernels_free(Kernels *kernels);
void kernels_tick(void *kernels, int64_t kernel); // CnnRun.tick, on one thread
void kernels_start(Kernels *kernels); // of a run,
void kernels_end(Kernels *kernels, double us); // which took so long
double kernels_peak(const CnnTimed *timed, double seconds, CnnError *error); // GFLOP/s; 0: error
void kernels_print(const Kernels *kernels, double peak, FILE *file);
bool kernels_json(const Kernels *kernels, double peak, json_t *array); // appends a row a kernel

// ---- caches.c: what a thread finds of memory
enum { CACHES = 3 };
typedef struct Caches {
    int64_t bytes[CACHES]; // of each, the nearest first
    double rate[CACHES]
               [CNN_STREAMS]; // bytes that go from what is behind it, to there, or both, in a cycle
} Caches;
// Measures, some seconds long. flops: a second's, of the peak; from it, the length of a cycle.
bool caches_measure(Caches *c, const CnnTimed *timed, double flops, CnnError *error);
void caches_print(const Caches *c, FILE *file);
bool caches_json(const Caches *c, json_t *array); // appends a row a cache

// ---- bench.c: how fast the program is on this machine
typedef struct BenchSettings {
    Threads threads;
    uint32_t seed;
    int64_t batch, seconds; // seconds: for each thing measured, after a warm-up; 0: a few runs
    bool json, kernels, memory; // kernels: their tables alone; memory: that alone
} BenchSettings;
// Measures and prints, to stdout: training (with compile()) and inference, on random samples.
bool bench_run(const CnnModel *model, const BenchSettings *set, CnnError *error);

// ---- options.c: the command line
enum { OPTION_SETS = 16 };
typedef struct Options {
    const char *command; // "" without one
    const char *data, *out, *log, *weights, *checkpoint, *every, *resume, *invert;
    const char *const *file; // of verify one, of predict several
    int nfile, nset;
    const char *set[OPTION_SETS]; // NAME=VALUE of each --set
    int64_t epochs, batch_size, seed, threads, seconds, top, runs,
        data_memory; // -1 where not given
    bool json, csv, kernels, memory, exact, pin;
} Options;
bool options_parse(Options *options, int argc, char **argv, CnnError *error);
void options_help(const CnnModel *model, FILE *file);

// ---- licenses.c
void licenses_print(const CnnModel *model, FILE *file);

// ---- program.c: the commands; returns the exit code
int program_main(const CnnModel *model, int argc, char **argv);
#endif

// SPDX-License-Identifier: MIT
// A model as an LLVM module: a training program's code and descriptor, or an inference object.
#ifndef CNNC_MODULE_H
#define CNNC_MODULE_H
#include "plan/plan.h"

typedef struct Module Module;

typedef struct ModuleOptions {
    const char *source; // file name as given, for debug information
    const char *prefix; // of an object's symbols
    const char *version;
    int opt_level; // 0 .. 3
    bool debug;
    bool apart; // an object's weights are the caller's, see apart.h
    int parts; // a program's: how many modules its code may be spread over, see module_write
} ModuleOptions;

// What LLVM cannot go on after ends this process with one line and 3, no signal: to be called once.
void module_handle_fatal_errors(void);

// Facts about the target; NULL and *error where triple or CPU is unknown. cpu: "native", a name, or
// NULL for the target's baseline.
const Target *target_find(Arena *a, const char *triple, const char *cpu, const char **error);
// LLVM's options, for the whole process: to be called once. quick: shorter code generation.
void target_options(const Target *t, bool quick);
bool target_is_bare(const Target *t); // are there objects for it only, no programs?
int64_t target_reach(const Target *t); // bytes of memory that an object for it can count
bool target_is_host(const Target *t); // does its code run on this machine, its CPU apart?
void target_print_cpus(FILE *f);
void target_print_targets(FILE *f);

// The training program: train, evaluate and predict plans (train and evaluate NULL without compile()).
typedef struct ProgramText { // texts the descriptor carries
    const char *stem, *source, *source_hash, *version, *summary, *libraries;
    bool mpi; // it can run as several processes, by MPI
} ProgramText;
Module *module_program(Arena *a, const ModuleOptions *o, const Plan *train, const Plan *evaluate,
                       const Plan *predict, const ProgramText *text);
// The inference object for one CPU, or for the DISPATCH_LEVELS between which it chooses by itself.
// weights: the parameter block's floats in target layout; NULL: the same code without them, to measure.
typedef struct Level {
    Plan *plan;
    const char *info; // JSON, what P_info() returns there
} Level;
enum { DISPATCH_LEVELS = 3 };
const char *dispatch_cpu(int level); // their names, the baseline first
Module *module_object(Arena *a, const ModuleOptions *o, const Level *level, int n,
                      const float *weights);

// Verifies, optimises and writes each part, several at a time where there are CPUs for it; how a
// program is spread over parts depends on neither. Returns how many outputs there are, as many as
// parts and at most MODULE_PARTS; 0 and *error (arena) on failure. The bytes live as long as m.
enum { MODULE_PARTS = 64 };
typedef enum { OUT_OBJECT, OUT_ARCHIVE, OUT_ASSEMBLY, OUT_LLVM, OUT_BITCODE } OutputKind;
typedef struct Output {
    const char *bytes;
    size_t length;
} Output;
typedef struct Progress { // or NULL; called by one thread at a time
    void (*report)(void *data, double done); // 0 to 1
    void *data;
} Progress;
int module_write(Module *m, OutputKind kind, Output out[MODULE_PARTS], const Progress *progress,
                 const char **error);
// Loads objects into this process and gives the address of one of their symbols, which holds until
// module_unload. at: NULL, and *trouble (arena), where they cannot be loaded.
typedef struct Loaded {
    void *jit;
    const void *at;
} Loaded;
Loaded module_load(Arena *a, const Output *object, int n, const char *symbol, const char **trouble);
void module_unload(Loaded *loaded);
int64_t module_stack_bytes(const Module *m); // after writing code: the most that a call can use
const char *module_deepest(const Module *m); // the function that most of it is for
int64_t module_constant_bytes(const Module *m); // of an object that predicts
int64_t
output_code_bytes(const Output *object); // of machine code and constants, without debug information
// The kernel with most code of an object that trains, and its bytes.
const char *output_largest(Arena *a, const Output *object, int64_t *bytes);
int64_t object_workspace(const Level *level, int n);
const char *object_size_symbol(Arena *a, const ModuleOptions *o, const Level *level,
                               int n); // see header.h
// What an object whose weights are apart reads, with those weights; its size and its number, of which two are alike
// only where the same stands at the same places.
Output object_weights(Arena *a, const Level *level, int n, const float *weights);
// What became of weights that are kept in 16 bits.
typedef struct Rounded {
    const char *refused; // why some cannot be; or NULL
    int64_t bytes; // that they take
    double worst; // the largest change of one, of the largest of its tensor
    const char *name; // that tensor's; or NULL
} Rounded;
Rounded object_rounded(Arena *a, const Level *level, int n, const float *weights);
int64_t pack_room(const Level *level, int n); // bytes of P_pack()'s own
int64_t object_weights_bytes(Arena *a, const Level *level, int n, uint64_t *identity);
void module_free(Module *m);
#endif

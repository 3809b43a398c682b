// SPDX-License-Identifier: MIT
// The command line: one table of options, one of commands.
#ifndef CNNC_OPTIONS_H
#define CNNC_OPTIONS_H
#include "support/arena.h"
#include "support/diag.h"
#include "support/half.h"

#define CNNC_VERSION "0.1.0"

typedef enum { EXIT_OK = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_SYSTEM = 3 } ExitCode;

typedef enum {
    COMMAND_NONE,
    COMMAND_SUMMARY,
    COMMAND_CHECK,
    COMMAND_FORMAT,
    COMMAND_BUILD,
    COMMAND_EMIT,
    COMMAND_PLAN,
    COMMAND_VERIFY,
    COMMAND_RUN,
    COMMAND_FETCH,
    COMMAND_IMPORT,
    COMMAND_EXPLAIN,
    COMMAND_EXPORT,
    COMMAND_INSPECT,
    COMMAND_LSP,
} Command;
typedef enum {
    AS_NONE,
    AS_OBJ,
    AS_LIB,
    AS_SHARED,
    AS_WASM,
    AS_ASM,
    AS_LLVM,
    AS_BITCODE,
    AS_HEADER,
    AS_WEIGHTS
} EmitAs;
typedef enum {
    WEIGHTS_INSIDE,
    WEIGHTS_EXTERN,
    WEIGHTS_F16,
    WEIGHTS_BF16,
    WEIGHTS_EXTERN_F16,
    WEIGHTS_EXTERN_BF16
} WeightsAre; // see option_apart, option_narrow
typedef enum { BLAS_AUTO, BLAS_ALWAYS, BLAS_NEVER } Blas;
typedef enum {
    DUMP_NONE,
    DUMP_AST,
    DUMP_GRAPH,
    DUMP_DATA,
    DUMP_STEP,
    DUMP_PLAN,
    DUMP_LLVM,
    DUMP_ASM
} Dump;

typedef enum { STYLE_CLASSIC, STYLE_RICH } Style;
typedef enum { SHELL_NONE, SHELL_BASH, SHELL_ZSH, SHELL_FISH } Shell;

typedef struct Options {
    Command command;
    int nfile;
    const char **file; // check and fmt take several, the others one; "-" is stdin
    int nargument; // of run: what stands after the file, for the program
    char **argument;
    const char *output; // -o, or NULL: the file's stem
    int optimise; // 0 to 3
    const char *cpu; // -mcpu: NULL for the command's default
    bool cpu_dispatch; // --cpu-dispatch: several CPUs in one object
    const char *target; // --target: an LLVM triple, or NULL for this machine
    bool no_debug; // -g0
    bool train; // --train: an object that trains
    const char *batch_size; // --batch-size: digits, or NULL: fit's
    const char *max_flash, *max_ram, *max_stack; // --max-flash and so on: sizes, or NULL
    bool mpi; // --mpi: a program that can run as several processes
    const char *kernels; // --kernels: "plain", "exact-ties", a name or @FILE; NULL: free choice
    const char *tune; // --tune: where to write measured choices, or NULL
    const char *tune_seconds; // --tune-seconds: digits, or NULL
    int blas; // Blas
    int leaf; // --leaf: 0 auto, else 1 + the logarithm of its samples
    int team; // --team: 0 auto, else 1 + the logarithm of its threads
    int dump; // Dump
    const char *dump_pass; // --dump=step:PASS, or NULL
    int as; // EmitAs
    const char *weights; // -w
    int weights_are; // WeightsAre
    const char *ranks, *net, *step_time; // of plan: --ranks, --net, --step, or NULL
    const char *memory; // of plan: --memory, or NULL
    const char *seed, *samples; // --seed, --samples: digits, or NULL
    const char *test_case, *write_case, *write_batch; // --case and the like: files, or NULL
    int ndefine;
    const char **define; // -D: NAME=VALUE each
    const char *data; // --data: the folder of the files that the script names, or NULL
    const char *from; // --from: mirrors, separated by blanks, or NULL
    const char *prefix; // --prefix, or NULL: the file's stem
    const char *model; // --model: the name of the model that is compiled, or NULL
    bool without_foreign, would_change, in_place; // of fmt: --model, --check, -i
    bool json, svg, explain, time_passes, verbose, fix;
    int print_completion; // Shell
    bool print_targets, print_cpus, print_language, version, help;
    int style; // Style
    int json_diagnostics; // --diagnostics: 1 json
    DiagOptions diagnostics;
} Options;

// Reports what is wrong on stderr and returns EXIT_USAGE; else EXIT_OK.
ExitCode command_line_parse(Options *o, Arena *a, int argc, char **argv);
bool option_machine(const Options *o); // is a machine named?
bool option_apart(const Options *o); // are the weights of an object no part of it?
Narrow option_narrow(const Options *o); // what they are kept in
void command_line_help(Command command, FILE *out); // COMMAND_NONE: of all
#endif

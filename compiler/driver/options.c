// SPDX-License-Identifier: MIT
// Reads the command line. An option stands as a row with its field in Options, so help, parsing and
// "did you mean" follow from one table.
#include "driver/option_rows.h"
#include "support/tell.h"
#include "support/text.h"
#include <string.h>

// ------------------------------------------------------------------------------------- tables

enum { MANY = 1 << 30 };
static const Takes script = {"FILE.cnn", 1, "one file, not"}, scripts = {"FILE.cnn", MANY, ""},
                   files = {"file", MANY, ""}, data_set = {"data set", 2, "one folder, not"},
                   from_keras = {"file of Keras's", 2, "weights and one FILE.cnn, not"},
                   codes = {NULL, MANY, ""}, nothing = {NULL, 0, "no file: an editor sends"};

const CommandRow command_rows[] = {
    {"summary", COMMAND_SUMMARY, &script, "FILE.cnn [--explain] [--json]",
     "shapes and parameter counts",
     "  cnnc summary mnist.cnn\n  cnnc summary mnist.cnn --explain\n"
     "  cnnc summary mnist.cnn --target=thumbv7em-none-eabihf\n"},
    {"check", COMMAND_CHECK, &scripts, "FILE.cnn... [--fix]", "errors and warnings only",
     "  cnnc check models/*.cnn\n  cnnc check - < mnist.cnn\n  cnnc check --fix old_script.py\n"},
    {"fmt", COMMAND_FORMAT, &scripts, "FILE.cnn... [-i|--check] [--model]",
     "the file in its canonical layout",
     "  cnnc fmt mnist.cnn\n  cnnc fmt -i --model notebook.py\n  cnnc fmt --check models/*.cnn\n"},
    {"build", COMMAND_BUILD, &script, "FILE.cnn [-o EXE]", "a program that trains and evaluates",
     "  cnnc build mnist.cnn && ./mnist\n  cnnc build mnist.cnn -o /tmp/mnist -O3\n"
     "  cnnc build mnist.cnn --tune=mnist.json && cnnc build mnist.cnn --kernels=@mnist.json\n"},
    {"emit", COMMAND_EMIT, &script, "FILE.cnn [-w WEIGHTS] --as=FORM [-o OUT]",
     "the trained model as an object, library, assembly or header",
     "  cnnc emit mnist.cnn -w mnist.safetensors --as=obj\n"
     "  cnnc emit mnist.cnn --train --as=obj --prefix=net -o net.o\n"
     "  cnnc emit mnist.cnn --as=header -o mnist.h\n"},
    {"plan", COMMAND_PLAN, &script, "FILE.cnn [--json|--svg] [-o OUT]", "what will run, and why",
     "  cnnc plan mnist.cnn\n  cnnc plan mnist.cnn --svg -o mnist.svg\n"
     "  cnnc plan mnist.cnn --ranks 4 --net 1G --step 1.5ms\n"},
    {"verify-passes", COMMAND_VERIFY, &script, "FILE.cnn [--case CASE] [--kernels NAME]",
     "that no pass of the compiler changes what a model computes",
     "  cnnc verify-passes mnist.cnn -mcpu=x86-64-v3 --samples 3\n"},
    {"run", COMMAND_RUN, &script, "FILE.cnn [ARGUMENT...]",
     "the program of build, in memory: nothing is written",
     "  cnnc run mnist.cnn\n  cnnc run mnist.cnn train --epochs 3 --out mnist.safetensors\n"},
    {"fetch", COMMAND_FETCH, &data_set, "NAME [DIR]",
     "mnist, fashion-mnist, cifar10 or cifar100, checked by SHA-256",
     "  cnnc fetch mnist\n  cnnc fetch mnist data --from=http://mirror.example.org/mnist\n"},
    {"import", COMMAND_IMPORT, &from_keras, "MODEL.keras [-o FILE.cnn]",
     "a model of Keras's files, or ONNX's, as a script and weights",
     "  cnnc import mnist.keras\n  cnnc import old.h5 -o models/old.cnn\n"
     "  cnnc import mnist.onnx\n"
     "  cnnc import mnist.weights.h5 mnist.cnn -o mnist.safetensors\n"},
    {"inspect", COMMAND_INSPECT, &files, "FILE... [--json]",
     "what is in weights, checkpoints and objects",
     "  cnnc inspect mnist.safetensors\n  cnnc inspect mnist.o --json\n"},
    {"lsp", COMMAND_LSP, &nothing, "[--data DIR]",
     "a language server for editors, on stdin and stdout", "  cnnc lsp\n"},
    {"explain", COMMAND_EXPLAIN, &codes, "[CODE...]", "what an error's code means, with a script",
     "  cnnc explain E0301\n  cnnc explain\n"},
    {"export", COMMAND_EXPORT, &script, "FILE.cnn -w WEIGHTS -o OUT",
     "a trained model for others, by OUT's ending",
     "  cnnc export mnist.cnn -w mnist.safetensors -o mnist.keras\n"
     "  cnnc export mnist.cnn -w mnist.safetensors -o mnist.onnx\n"},
};
enum { NCOMMAND = sizeof command_rows / sizeof *command_rows };
const int ncommand_row = NCOMMAND;

#define FOR(c) (1u << COMMAND_##c)
enum {
    COMPILING = FOR(BUILD) | FOR(EMIT) | FOR(PLAN) | FOR(RUN),
    PLANNING = COMPILING | FOR(VERIFY),
    WRITING = FOR(BUILD) | FOR(EMIT) | FOR(PLAN),
    OTHERS = FOR(FETCH) | FOR(IMPORT) | FOR(EXPLAIN) | FOR(INSPECT) |
             FOR(NONE), // that read no script of the user's, or not to compile it
};
static const char *const styles[] = {"classic", "rich", NULL};
static const char *const forms[] = {"",     "obj",     "lib",    "shared",  "wasm", "asm",
                                    "llvm", "bitcode", "header", "weights", NULL};
static const char *const weights_are[] = {"inside",     "extern",      "f16", "bf16",
                                          "extern,f16", "extern,bf16", NULL}; // as WeightsAre
static const char *const blas_modes[] = {"auto", "always", "never", NULL};
static const char *const leaves[] = {"auto", "1", "2", "4", "8", "16", NULL};
static const char *const teams[] = {"auto", "1", "2", "4", "8", "16", "32", "64", NULL};
static const char *const dumps[] = {"",     "ast",  "graph", "data", "step",
                                    "plan", "llvm", "asm",   NULL};
static const char *const shells[] = {"", "bash", "zsh", "fish", NULL};
static const char *const texts[] = {"text", "json", NULL};

#define AT(field) offsetof(Options, field)
const OptionRow option_rows[] = {
    {"-o", TEXT, AT(output), WRITING | FOR(IMPORT) | FOR(EXPORT), 0,
     "FILE: where to write; for emit and plan, - is stdout"},
    {"-w", TEXT, AT(weights), FOR(EMIT) | FOR(EXPORT), 0,
     "FILE: the trained weights (safetensors)"},
    {"--as", CHOICE, AT(as), FOR(EMIT), forms,
     "obj, lib, shared, wasm, asm, llvm, bitcode, header or weights"},
    {"--weights", CHOICE, AT(weights_are), FOR(EMIT), weights_are,
     "inside or extern: in the object or apart, in a file of --as=weights; f16 or bf16: in 16 "
     "bits; extern,f16"},
    {"--train", FLAG, AT(train), FOR(EMIT), 0,
     "an object that trains: a step, predictions and first weights, in the caller's memory"},
    {"--batch-size", TEXT, AT(batch_size), FOR(EMIT), 0,
     "N: samples of a step of --train at most, in place of fit's"},
    {"--max-flash", TEXT, AT(max_flash), FOR(EMIT), 0,
     "SIZE: of code and constants, as 256K or 1M; more is an error"},
    {"--max-ram", TEXT, AT(max_ram), FOR(EMIT), 0, "SIZE: of the caller's memory, likewise"},
    {"--max-stack", TEXT, AT(max_stack), FOR(EMIT), 0, "SIZE: of a call, likewise"},
    {"--prefix", TEXT, AT(prefix), FOR(EMIT), 0, "P: of the C names"},
    {"--target", TEXT, AT(target), (PLANNING & ~FOR(RUN)) | FOR(SUMMARY), 0,
     "TRIPLE: the machine to compile for; for summary, also what the model takes there"},
    {"-mcpu", TEXT, AT(cpu), PLANNING | FOR(SUMMARY), 0, "native or NAME: the CPU to tune for"},
    {"--cpu-dispatch", FLAG, AT(cpu_dispatch), FOR(EMIT), 0,
     "code for SSE, AVX2 and AVX-512 in one object, which chooses"},
    {"--mpi", FLAG, AT(mpi), FOR(BUILD), 0,
     "the program may be started by mpirun or srun, and its processes train one model"},
    {"-g0", FLAG, AT(no_debug), COMPILING, 0, "no debug information"},
    {"--kernels", TEXT, AT(kernels), PLANNING, 0,
     "plain, exact-ties or NAME: force kernels; @FILE: as --tune found"},
    {"--tune", TEXT, AT(tune), FOR(BUILD) | FOR(PLAN), 0,
     "FILE: measure kernels on this machine, write the choices"},
    {"--tune-seconds", TEXT, AT(tune_seconds), FOR(BUILD) | FOR(PLAN), 0,
     "N: for each program that --tune measures (1; 0: a few runs)"},
    {"--ranks", TEXT, AT(ranks), FOR(PLAN), 0,
     "N: does it pay to train on up to N machines (build --mpi)?"},
    {"--net", TEXT, AT(net), FOR(PLAN), 0,
     "RATE[/LATENCY]: the network between them, as 1G (the default), 100M or 10G/20us"},
    {"--step", TEXT, AT(step_time), FOR(PLAN), 0,
     "TIME: what a step takes in one process, as train prints it: 1.5ms"},
    {"--memory", TEXT, AT(memory), FOR(PLAN), 0,
     "SIZE:R:W:C,...: estimate for these caches, as PROGRAM bench --memory finds them: each one's "
     "size, and bytes a cycle read, written and changed behind it"},
    {"--blas", CHOICE, AT(blas), PLANNING & ~FOR(RUN), blas_modes, "auto, always or never"},
    {"--leaf", CHOICE, AT(leaf), COMPILING, leaves,
     "auto, 1, 2, 4, 8 or 16: samples of a batch that a thread takes into sums of its own"},
    {"--team", CHOICE, AT(team), COMPILING & ~FOR(EMIT), teams,
     "auto or 1 to 64: threads that share a leaf at most, where a batch has fewer leaves than "
     "threads"},
    {"--dump", CHOICE, AT(dump), ~OTHERS & ~FOR(FORMAT) & ~FOR(LSP), dumps,
     "ast, graph, step, step:PASS, plan, llvm or asm: print a stage"},
    {"--seed", TEXT, AT(seed), FOR(VERIFY), 0, "N: of the random batch and weights (0)"},
    {"--samples", TEXT, AT(samples), FOR(VERIFY), 0, "N: in the random batch (2)"},
    {"--case", TEXT, AT(test_case), FOR(VERIFY) | FOR(EMIT), 0,
     "CASE.safetensors: batch, weights and what must come of them; for emit, how far 16 bits are "
     "off"},
    {"--write-case", TEXT, AT(write_case), FOR(VERIFY), 0,
     "CASE.safetensors: only write what PROGRAM verify is to compute"},
    {"--write-batch", TEXT, AT(write_batch), FOR(VERIFY), 0,
     "CASE.safetensors: only write a random batch and weights"},
    {"-D", TEXTS, AT(define), ~OTHERS & ~FOR(FORMAT) & ~FOR(LSP), 0,
     "NAME=VALUE: in place of what the file binds NAME to, as in LR = 0.001"},
    {"--data", TEXT, AT(data), ~OTHERS, 0,
     "DIR: the folder of the data files that the script names"},
    {"--model", TEXT, AT(model), ~OTHERS & ~FOR(FORMAT), 0,
     "NAME: which one of several, by its variable or its name"},
    {"--model", FLAG, AT(without_foreign), FOR(FORMAT), 0,
     "without the statements that are left out as foreign"},
    {"--check", FLAG, AT(would_change), FOR(FORMAT), 0,
     "write nothing; exit code 1 where the file is laid out otherwise"},
    {"-i", FLAG, AT(in_place), FOR(FORMAT), 0, "write FILE anew, not to stdout"},
    {"--from", TEXT, AT(from), FOR(FETCH), 0,
     "URL: where to fetch from, in place of known mirrors; several between blanks"},
    {"--time-passes", FLAG, AT(time_passes), COMPILING, 0,
     "how long each stage takes, and its memory"},
    {"--fix", FLAG, AT(fix), FOR(CHECK), 0,
     "write FILE anew (of a notebook, NAME.py), with old spellings of Keras mended"},
    {"--explain", FLAG, AT(explain), FOR(SUMMARY), 0, "how each figure comes about"},
    {"--json", FLAG, AT(json), FOR(SUMMARY) | FOR(PLAN) | FOR(INSPECT), 0, "the result as JSON"},
    {"--svg", FLAG, AT(svg), FOR(PLAN), 0, "the result as a picture"},
    {"--style", CHOICE, AT(style), FOR(SUMMARY), styles, "classic or rich"},
    {"-v", FLAG, AT(verbose), WRITING, 0, "say what is done"},
    {"-Werror", FLAG, AT(diagnostics.werror), 0, 0, "warnings are errors"},
    {"--diagnostics", CHOICE, AT(json_diagnostics), 0, texts, "text or json, a line each"},
    {"--print-targets", FLAG, AT(print_targets), 0, 0, "the targets there are"},
    {"--print-cpus", FLAG, AT(print_cpus), 0, 0, "the CPUs of the target"},
    {"--print-language", FLAG, AT(print_language), 0, 0,
     "all names of layers, losses and so on, with their arguments"},
    {"--print-completion", CHOICE, AT(print_completion), 0, shells,
     "bash, zsh or fish: a script that makes this shell complete commands and options"},
    {"--version", FLAG, AT(version), 0, 0, "print the version"},
    {"--help", FLAG, AT(help), 0, 0, "print this, or a command's own help"},
};
enum { NOPTION = sizeof option_rows / sizeof *option_rows };
const int noption_row = NOPTION;
_Static_assert(NOPTION < 64, "a bit each");
static const uint64_t LEVEL = (uint64_t)1 << NOPTION; // -O was given, beside the bits of the rows
const char *const warning_names[] = {
    "one-class", "logits",  "generator",   "rescaling", "file-format", "tensorboard-graph",
    "strings",   "unused",  "input-shape", "models",    "foreign",     "data",
    "decay",     "strides", "callback",    "fits",      "weights",     "steps",
    "training",  "escape",  "deprecated"};
const int nwarning_name = sizeof warning_names / sizeof *warning_names;
#undef AT

bool option_goes_with(const OptionRow *row, Command command) {
    return !row->commands || row->commands & 1u << command;
}

static const struct {
    bool apart;
    Narrow narrow;
} weight_forms[] = {
    [WEIGHTS_INSIDE] = {false, NARROW_NONE},   [WEIGHTS_EXTERN] = {true, NARROW_NONE},
    [WEIGHTS_F16] = {false, NARROW_F16},       [WEIGHTS_BF16] = {false, NARROW_BF16},
    [WEIGHTS_EXTERN_F16] = {true, NARROW_F16}, [WEIGHTS_EXTERN_BF16] = {true, NARROW_BF16}};

bool option_machine(const Options *o) {
    return o->target || o->cpu;
}

bool option_apart(const Options *o) {
    return weight_forms[o->weights_are].apart || o->as == AS_WEIGHTS;
}

Narrow option_narrow(const Options *o) {
    return weight_forms[o->weights_are].narrow;
}

bool command_compiles(Command command) {
    return COMPILING & 1u << command;
}

// ---------------------------------------------------------------------------------- complaints

__attribute__((format(printf, 1, 2))) static ExitCode usage(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    Arena *a = arena_new();
    tell("error: %s", arena_vprintf(a, fmt, ap));
    arena_free(a);
    va_end(ap);
    return EXIT_USAGE;
}

static ExitCode did_you_mean(const char *nearest) {
    if (nearest)
        tell("help: did you mean '%s'?", nearest);
    else
        tell("help: see cnnc --help");
    return EXIT_USAGE;
}

static int index_of(const char *const *list, const char *word) {
    for (int i = 0; list && list[i]; i++)
        if (*word && strcmp(list[i], word) == 0) return i;
    return -1;
}

static const CommandRow *row_of(Command command) { // not NONE
    const CommandRow *row = command_rows;
    while (row->command != command) row++;
    return row;
}

// ------------------------------------------------------------------------------------- parsing

typedef struct Words {
    int n, at;
    char **word;
} Words;

// The row of an option, its value after '=' or NULL; NULL if there is none of that name.
// Two commands may have one name for different things.
static const OptionRow *find_option(const char *word, Command command, const char **value) {
    size_t length = strcspn(word, "=");
    const OptionRow *found = NULL;
    *value = word[length] ? word + length + 1 : NULL;
    for (int i = 0; i < NOPTION; i++) {
        bool named = strlen(option_rows[i].name) == length &&
                     strncmp(option_rows[i].name, word, length) == 0;
        if (named && (!found || option_rows[i].commands & 1u << command)) found = &option_rows[i];
    }
    return found;
}

static ExitCode unknown_option(const char *word) {
    const char *names[NOPTION];
    size_t length = strcspn(word, "=");
    for (int i = 0; i < NOPTION; i++) names[i] = option_rows[i].name;
    usage("unknown option '%s'", word);
    return did_you_mean(length <= 60 ? text_nearest(word, names, NOPTION) : NULL);
}

static ExitCode set_choice(const OptionRow *row, int *field, const char *value) {
    int at = index_of(row->choices, value);
    if (at < 0) return usage("%s=%s: expected %s", row->name, value, row->what);
    *field = at;
    return EXIT_OK;
}

static ExitCode add_definition(Options *o, Arena *a, const char *text) {
    if (*text == '=' || !strchr(text, '='))
        return usage("-D %s: expected NAME=VALUE, as in -D LR=0.01", text_line(a, text));
    ARENA_PUSH(a, o->define, o->ndefine, text);
    return EXIT_OK;
}

static ExitCode set_option(Options *o, Arena *a, const OptionRow *row, const char *value,
                           Words *words) {
    void *field = (char *)o + row->offset;
    if (row->kind == FLAG) {
        if (value) return usage("option '%s' takes no value", row->name);
        *(bool *)field = true;
        return EXIT_OK;
    }
    if (!value && words->at < words->n) value = words->word[words->at++];
    if (!value || !*value) return usage("option '%s' needs a value: %s", row->name, row->what);
    if (field == &o->dump && !strncmp(value, "step:", 5)) {
        o->dump_pass = value + 5;
        value = "step";
    }
    if (row->kind == CHOICE) return set_choice(row, field, value);
    if (row->kind == TEXTS) return add_definition(o, a, value);
    *(const char **)field = value;
    return EXIT_OK;
}

// -Werror=NAME, -Wno-NAME and -WNAME; -W... names are those the diagnostics print.
static ExitCode set_warning(Options *o, Arena *a, const char *name, int *noff) {
    bool off = strncmp(name, "no-", 3) == 0, strict = strncmp(name, "error=", 6) == 0;
    const char *flag = off ? name + 3 : strict ? name + 6 : name;
    enum { N = sizeof warning_names / sizeof *warning_names };
    for (int i = 0; i < N; i++)
        if (strcmp(warning_names[i], flag) == 0) {
            int kept = 0;
            for (int k = 0; k < *noff; k++)
                if (strcmp(o->diagnostics.disabled[k], flag) != 0)
                    o->diagnostics.disabled[kept++] = o->diagnostics.disabled[k];
            *noff = kept;
            if (off) ARENA_PUSH(a, o->diagnostics.disabled, *noff, flag);
            if (strict) ARENA_PUSH(a, o->diagnostics.strict, o->diagnostics.nstrict, flag);
            return EXIT_OK;
        }
    usage("unknown warning '-W%s'", name);
    return did_you_mean(text_nearest(flag, warning_names, N));
}

static ExitCode set_command(Options *o, const char *word) {
    const char *names[NCOMMAND];
    for (int i = 0; i < NCOMMAND; i++) {
        names[i] = command_rows[i].name;
        if (strcmp(names[i], word) != 0) continue;
        o->command = command_rows[i].command;
        return EXIT_OK;
    }
    usage("unknown command '%s'", word);
    return did_you_mean(text_nearest(word, names, NCOMMAND));
}

static ExitCode take(Options *o, Arena *a, Words *words, const char *word, int *noff,
                     uint64_t *used) {
    if (word[0] != '-' || !word[1]) {
        if (o->command == COMMAND_NONE) return set_command(o, word);
        ARENA_PUSH(a, o->file, o->nfile, word);
        return EXIT_OK;
    }
    if (strcmp(word, "-h") == 0) word = "--help";
    if (word[1] == 'O') {
        if (word[2] < '0' || word[2] > '3' || word[3])
            return usage("-O0, -O1, -O2 or -O3, not '%s'", word);
        o->optimise = word[2] - '0';
        *used |= LEVEL;
        return EXIT_OK;
    }
    if (word[1] == 'W' && strcmp(word, "-Werror") != 0) return set_warning(o, a, word + 2, noff);
    const char *value;
    const OptionRow *row = find_option(word, o->command, &value);
    if (!row && word[1] == 'D') { // -DNAME=VALUE
        row = find_option("-D", o->command, &value);
        value = word + 2;
    }
    if (!row) return unknown_option(word);
    *used |= (uint64_t)1 << (row - option_rows);
    return set_option(o, a, row, value, words);
}

static bool is_number(const char *digits, size_t most) { // or not given
    return !digits || (strspn(digits, "0123456789") == strlen(digits) && strlen(digits) <= most);
}

// Every option that was given goes with the command.
static ExitCode agree_with_command(const Options *o, uint64_t used) {
    const char *name = row_of(o->command)->name;
    for (int i = 0; i < NOPTION; i++)
        if (used >> i & 1 && !option_goes_with(&option_rows[i], o->command))
            return usage("option '%s' does not go with the command '%s'", option_rows[i].name,
                         name);
    if (used & LEVEL && !command_compiles(o->command))
        return usage("option '-O' does not go with the command '%s'", name);
    if (o->dump > DUMP_DATA && !(WRITING & 1u << o->command))
        return usage("--dump=%s does not go with the command '%s'", dumps[o->dump], name);
    return EXIT_OK;
}

// Those that were given go together, and have values that they may have.
static ExitCode agree_together(const Options *o) {
    if (o->cpu_dispatch && o->cpu) return usage("-mcpu and --cpu-dispatch exclude each other");
    if (o->train && o->cpu_dispatch) return usage("--train and --cpu-dispatch exclude each other");
    if (o->train && o->weights)
        return usage("--train and -w exclude each other: weights are the caller's, see P_info()");
    if (o->train && (o->weights_are || o->as == AS_WEIGHTS))
        return usage("--train and --%s exclude each other: weights are the caller's, see P_info()",
                     o->weights_are ? "weights" : "as=weights");
    if (o->train && o->blas == BLAS_ALWAYS)
        return usage("--train and --blas=always exclude each other: an object calls no library");
    if (o->batch_size && !o->train) return usage("--batch-size goes with --train");
    if (o->batch_size &&
        (!is_number(o->batch_size, 7) || strspn(o->batch_size, "0") == strlen(o->batch_size)))
        return usage("--batch-size: expected a number from 1 to 9999999, not '%s'", o->batch_size);
    if (o->would_change && o->in_place) return usage("--check and -i exclude each other");
    if (o->fix && o->ndefine)
        return usage("--fix and -D exclude each other: the file would keep the values");
    if (o->json && o->explain) return usage("--json and --explain exclude each other");
    if (o->json && o->svg) return usage("--json and --svg exclude each other");
    if (o->ranks && (o->json || o->svg))
        return usage("--ranks gives a text: neither --json nor --svg");
    if ((o->net || o->step_time) && !o->ranks) return usage("--net and --step go with --ranks N");
    if (o->tune && o->kernels) return usage("--tune and --kernels exclude each other");
    if (o->tune_seconds && !o->tune) return usage("--tune-seconds goes with --tune");
    if (o->write_batch && (o->write_case || o->test_case))
        return usage("--write-batch goes without --case and --write-case");
    if (!is_number(o->seed, 9) || !is_number(o->samples, 4) ||
        (o->samples && strspn(o->samples, "0") == strlen(o->samples)))
        return usage("--seed and --samples: expected a number of up to 9 and 4 digits");
    if (!is_number(o->tune_seconds, 3))
        return usage("--tune-seconds: expected a number from 0 to 999, not '%s'", o->tune_seconds);
    if (o->tune && o->target) return usage("--tune measures on this machine: it takes no --target");
    return EXIT_OK;
}

// A file of weights is given where what is made holds them.
static ExitCode agree_with_weights(const Options *o) {
    bool apart = option_apart(o) && o->as != AS_WEIGHTS;
    if (apart && o->weights)
        return usage("emit --as=%s --weights=extern takes no -w: --as=weights writes them",
                     forms[o->as]);
    if (o->test_case && !option_narrow(o))
        return usage("emit --case goes with --weights=f16 or bf16: else there is no rounding to "
                     "measure");
    if (o->test_case && (!o->weights || o->as == AS_HEADER))
        return usage("emit --case needs -w WEIGHTS, and no header: without them nothing is "
                     "rounded");
    if (o->as != AS_HEADER && !apart && !o->weights && !o->train)
        return usage("emit --as=%s needs -w WEIGHTS", forms[o->as]);
    return EXIT_OK;
}

// The files are as many as the command takes, and it has what it cannot do without.
static ExitCode agree_with_files(const Options *o) {
    const CommandRow *command = row_of(o->command);
    const Takes *takes = command->takes;
    if (takes->asked && o->nfile == 0) return usage("%s: which %s?", command->name, takes->asked);
    if (o->nfile > takes->most)
        return usage("%s takes %s '%s'%s", command->name, takes->not_more, o->file[takes->most],
                     takes->most ? " too" : "");
    if (o->command == COMMAND_EMIT && o->as == AS_NONE)
        return usage("emit needs --as=obj|lib|shared|wasm|asm|llvm|bitcode|header|weights");
    if (o->command == COMMAND_EXPORT && !o->weights) return usage("export needs -w WEIGHTS");
    if (o->command == COMMAND_EXPORT && !o->output) return usage("export needs -o FILE");
    return o->command == COMMAND_EMIT ? agree_with_weights(o) : EXIT_OK;
}

ExitCode command_line_parse(Options *o, Arena *a, int argc, char **argv) {
    Words words = {argc, 1, argv};
    uint64_t used = 0;
    int noff = 0;
    bool only_files = false;
    *o = (Options){.optimise = 2};
    while (words.at < words.n && !(o->command == COMMAND_RUN && o->nfile)) {
        const char *word = words.word[words.at++];
        ExitCode code = EXIT_OK;
        if (only_files)
            ARENA_PUSH(a, o->file, o->nfile, word);
        else if (strcmp(word, "--") == 0)
            only_files = true;
        else
            code = take(o, a, &words, word, &noff, &used);
        if (code) return code;
    }
    bool apart = words.at < words.n && strcmp(words.word[words.at], "--") == 0; // run FILE -- ARGS
    words.at += apart;
    o->nargument = words.n - words.at;
    o->argument = words.word + words.at;
    const char *end = NULL;
    ARENA_PUSH(a, o->diagnostics.disabled, noff, end);
    o->diagnostics.json = o->json_diagnostics;
    if (o->help || o->version || o->print_targets || o->print_cpus || o->print_language ||
        o->print_completion)
        return EXIT_OK;
    if (o->command == COMMAND_NONE) {
        usage("which command?");
        return did_you_mean(NULL);
    }
    ExitCode code = agree_with_command(o, used);
    if (code == EXIT_OK) code = agree_together(o);
    return code == EXIT_OK ? agree_with_files(o) : code;
}

// ---------------------------------------------------------------------------------------- help

void command_line_help(Command command, FILE *out) {
    if (command == COMMAND_NONE)
        fprintf(out,
                "cnnc compiles a neural network, written as a Keras Sequential model, to native "
                "code.\n\n");
    fprintf(out, "Usage:\n");
    for (int i = 0; i < NCOMMAND; i++) {
        const CommandRow *c = &command_rows[i];
        if (command && c->command != command) continue;
        fprintf(out, "  cnnc %-8s %-41s %s\n", c->name, c->usage, c->what);
    }
    fprintf(out, "\nOptions:\n");
    for (int i = 0; i < NOPTION; i++) {
        if (command && !option_goes_with(&option_rows[i], command)) continue;
        fprintf(out, "  %-19s%s\n", option_rows[i].name, option_rows[i].what);
    }
    if (!command || command_compiles(command))
        fprintf(out, "  %-19s%s\n", "-O0 ... -O3", "how much LLVM optimises (2)");
    fprintf(out, "  %-19son or off", "-W[no-]NAME");
    for (size_t i = 0; i < sizeof warning_names / sizeof *warning_names; i++)
        fprintf(out, "%s%s", i ? ", " : ": ", warning_names[i]);
    fputc('\n', out);
    fprintf(out, "\nExamples:\n");
    for (int i = 0; i < NCOMMAND; i++)
        if (!command || command_rows[i].command == command)
            fprintf(out, "%s", command_rows[i].examples);
    fprintf(out, "\nExit codes: 0 done, 1 the input is refused, 2 usage, 3 the system.\n");
}

// SPDX-License-Identifier: 0BSD
// The command line: commands and options are rows of tables, from which the help is printed too.
#include "runtime.h"
#include "fit/checkpoint.h"
#include "io/text.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

// commands an option goes with
enum {
    RUN = 1,
    TRAIN = 2,
    EVALUATE = 4,
    VERIFY = 8,
    BENCH = 16,
    PLAIN = 32,
    PREDICT = 64,
    REPORT = 128
};

static const struct Command {
    const char *name;
    unsigned bit;
    const char *argument, *help;
} commands[] = {
    {"", RUN, "", "the statements of the .cnn file, in order; writes no weights"},
    {"train", TRAIN, "", "train and save the weights"},
    {"evaluate", EVALUATE, " --weights W", "loss, metrics, tables by class, the worst mistakes"},
    {"predict", PREDICT, " --weights W FILE...",
     "what it makes of images, folders of them, rows of IDX, NPY and CSV files"},
    {"report", REPORT, " RUN.jsonl",
     "a page on the run of a log, with --weights on what it gets wrong, too"},
    {"verify", VERIFY, " CASE.safetensors", "recompute a stored case and compare"},
    {"bench", BENCH, "", "how fast it is here, as a whole and kernel by kernel, on random samples"},
    {"summary", PLAIN, "", "the layers, their output shapes and parameters"},
    {"--version", PLAIN, "", "what this program was compiled from, by what, for what"},
    {"--licenses", PLAIN, "", "notices of the libraries in this program"},
    {"--help", PLAIN, "", "this text"},
};

typedef struct Option {
    const char *name, *value; // value NULL: a flag, whose field is a bool
    unsigned with;
    size_t offset; // of its field in Options
    int64_t least, most; // of a number; most 0: text
    const char *help;
} Option;

#define FIELD(name) offsetof(Options, name)
static const Option table[] = {
    {"--data", "DIR", RUN | TRAIN | EVALUATE | PREDICT | REPORT, FIELD(data), 0, 0,
     "folder of the data's files (of a data set else $CNNC_DATA)"},
    {"--data-memory", "MB", RUN | TRAIN | EVALUATE | REPORT, FIELD(data_memory), 0, 1000000000,
     "what decoded data may take; larger ones are decoded ahead of use, anew in each epoch, to the "
     "same result (a quarter of what is free)"},
    {"--epochs", "N", RUN | TRAIN, FIELD(epochs), 1, 1000000000, "epochs, in place of fit's"},
    {"--batch-size", "N", RUN | TRAIN | BENCH, FIELD(batch_size), 1, INT32_MAX,
     "samples in a step, in place of fit's"},
    {"--seed", "N", RUN | TRAIN | VERIFY | BENCH, FIELD(seed), 0, UINT32_MAX,
     "of all random numbers, in place of the file's"},
    {"--threads", "N", RUN | TRAIN | EVALUATE | PREDICT | REPORT | VERIFY | BENCH, FIELD(threads),
     1, POOL_LIMIT, "threads, at most one a CPU; the result is the same for any number"},
    {"--pin", NULL, RUN | TRAIN | EVALUATE | PREDICT | REPORT | VERIFY | BENCH, FIELD(pin), 0, 0,
     "keep each thread on a CPU of its own, one of each core before the others, and what it alone "
     "uses in the memory nearest to it"},
    {"--runs", "N", TRAIN, FIELD(runs), 1, 100000,
     "so many trainings, with seeds that count up from the first; mean, deviation, least and most "
     "of each figure; weights and logs only where --out W and --log F name them, as W-SEED; files "
     "that the script writes have the seed in their names likewise"},
    {"--set", "NAME=VALUE", RUN | TRAIN, FIELD(set), 0, 0,
     "in place of the file's: learning_rate, epochs, batch_size, seed, validation_split or "
     "steps_per_epoch; several times"},
    {"--out", "W", TRAIN, FIELD(out), 0, 0, "file for the weights (else NAME.safetensors)"},
    {"--log", "F", RUN | TRAIN, FIELD(log), 0, 0, "F.csv or F.jsonl: a row an epoch"},
    {"--checkpoint", "F", TRAIN, FIELD(checkpoint), 0, 0,
     "save the state of the training in F, from which --resume goes on"},
    {"--every", "N", TRAIN, FIELD(every), 0, 0,
     "how often: 60s, 100steps or 2epochs (else each epoch); and at the end, also by a signal"},
    {"--resume", "F", TRAIN, FIELD(resume), 0, 0,
     "go on from F, to the same bits as without a break, and save there unless --checkpoint says "
     "where; --epochs is the total"},
    {"--weights", "W", EVALUATE | PREDICT | REPORT, FIELD(weights), 0, 0,
     "a weights file, a checkpoint or a case"},
    {"--top", "K", PREDICT, FIELD(top), 1, 1000000, "so many classes, the most likely first (3)"},
    {"--exact", NULL, PREDICT, FIELD(exact), 0, 0,
     "refuse an image of another size, which is resized else"},
    {"--invert", "HOW", PREDICT, FIELD(invert), 0, 0,
     "yes, no or auto: if images are dark on light and those of the training were light on dark, "
     "or the other way round"},
    {"--csv", NULL, PREDICT, FIELD(csv), 0, 0, "a row a sample, with all outputs"},
    {"-o", "OUT", VERIFY | REPORT, FIELD(out), 0, 0,
     "file for what was computed; for the page (RUN.html)"},
    {"--seconds", "N", BENCH, FIELD(seconds), 0, 3600,
     "time to measure each figure (2; 0: a few runs), half as long each table of kernels"},
    {"--kernels", NULL, BENCH, FIELD(kernels), 0, 0, "the tables of kernels alone"},
    {"--memory", NULL, BENCH, FIELD(memory), 0, 0,
     "the caches alone, and how fast memory is behind each: for cnnc plan --memory"},
    {"--json", NULL, TRAIN | EVALUATE | PREDICT | BENCH, FIELD(json), 0, 0,
     "JSON in place of the text"},
};
enum { COMMANDS = sizeof commands / sizeof *commands, OPTIONS = sizeof table / sizeof *table };

static const struct Command *find_command(const char *name) {
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, name)) return &commands[i];
    return NULL;
}

// The option that argument names, and in *value what follows its '=', or NULL.
static const Option *find_option(const char *argument, const char **value) {
    size_t length = strcspn(argument, "=");
    *value = argument[length] ? argument + length + 1 : NULL;
    for (int i = 0; i < OPTIONS; i++)
        if (strlen(table[i].name) == length && !strncmp(table[i].name, argument, length))
            return &table[i];
    return NULL;
}

// Of an option that may come several times.
static bool add_set(Options *options, const char *value, CnnError *error) {
    if (options->nset == OPTION_SETS)
        return cnn_fail(error, CNN_USAGE, "--set is given more than %d times", OPTION_SETS);
    options->set[options->nset++] = value;
    return true;
}

static bool set_option(Options *options, const Option *option, const char *value, CnnError *error) {
    char *field = (char *)options + option->offset, *end, shown[TEXT_NAME];
    if (!option->most) {
        if (!*value)
            return cnn_fail(error, CNN_USAGE, "%s: its %s is empty", option->name, option->value);
        if (option->offset == FIELD(set)) return add_set(options, value, error);
        memcpy(field, &value, sizeof value);
        return true;
    }
    errno = 0;
    int64_t number = strtoll(value, &end, 10);
    bool digits = *value >= '0' && *value <= '9' && !*end && !errno;
    if (!digits || number < option->least || number > option->most)
        return cnn_fail(error, CNN_USAGE,
                        "%s: expected a whole number from %lld to %lld, seen '%s'", option->name,
                        (long long)option->least, (long long)option->most,
                        text_foreign(shown, sizeof shown, value));
    memcpy(field, &number, sizeof number);
    return true;
}

static bool refuse(const char *argument, CnnError *error) {
    char shown[TEXT_NAME];
    return cnn_fail(error, CNN_USAGE, "unknown %s '%s'; see --help",
                    *argument == '-' ? "option" : "command or argument",
                    text_foreign(shown, sizeof shown, argument));
}

// Files then stand behind the command, one after the other.
static bool take_file(Options *options, const struct Command *command, char **argv, int i) {
    bool one = command->bit & (VERIFY | REPORT);
    bool takes = command->bit == PREDICT || (one && !options->nfile);
    if (!takes) return false;
    options->file = (const char *const *)(argv + 1);
    argv[1 + options->nfile++] = argv[i];
    return true;
}

bool options_parse(Options *options, int argc, char **argv, CnnError *error) {
    const struct Command *command = argc > 1 ? find_command(argv[1]) : NULL;
    int i = command ? 2 : 1;
    *options = (Options){.epochs = -1,
                         .batch_size = -1,
                         .seed = -1,
                         .threads = -1,
                         .seconds = -1,
                         .top = -1,
                         .runs = -1,
                         .data_memory = -1};
    if (!command) command = &commands[0];
    for (; i < argc; i++) {
        const char *value;
        const Option *option = find_option(argv[i], &value);
        if (!strcmp(argv[i], "--help")) {
            command = find_command("--help");
            break;
        }
        if (!option && *argv[i] != '-' && take_file(options, command, argv, i)) continue;
        if (!option) return refuse(argv[i], error);
        if (!(option->with & command->bit))
            return cnn_fail(error, CNN_USAGE, "%s does not go with %s; see --help", option->name,
                            *command->name ? command->name : "a run without command");
        if (!option->value) {
            if (value) return cnn_fail(error, CNN_USAGE, "%s takes no value", option->name);
            memcpy((char *)options + option->offset, &(bool){true}, sizeof(bool));
            continue;
        }
        if (!value && ++i == argc)
            return cnn_fail(error, CNN_USAGE, "%s: its %s is missing", option->name, option->value);
        if (!set_option(options, option, value ? value : argv[i], error)) return false;
    }
    options->command = command->name;
    if (options->every && !options->checkpoint && !options->resume)
        return cnn_fail(error, CNN_USAGE, "--every goes with --checkpoint F or --resume F");
    if (options->every && !every_parse(options->every, &(Every){0}, error)) return false;
    if (options->log && !log_is_named(options->log, error)) return false;
    if (options->runs > 0 && (options->checkpoint || options->resume))
        return cnn_fail(error, CNN_USAGE, "--runs and %s exclude each other: a state is of one run",
                        options->checkpoint ? "--checkpoint" : "--resume");
    if (options->kernels && options->memory)
        return cnn_fail(error, CNN_USAGE,
                        "--kernels and --memory each measure that alone; give one of them");
    if ((command->bit & (EVALUATE | PREDICT)) && !options->weights)
        return cnn_fail(error, CNN_USAGE, "%s needs --weights W; train writes such a file",
                        command->name);
    if (command->bit == PREDICT && !options->nfile)
        return cnn_fail(error, CNN_USAGE,
                        "predict needs a file: an image, a folder, an IDX, NPY or CSV file");
    if (command->bit == REPORT && !options->nfile)
        return cnn_fail(error, CNN_USAGE, "report needs a log: RUN.jsonl of train --log RUN.jsonl");
    if (options->json && options->csv)
        return cnn_fail(error, CNN_USAGE, "--json and --csv are two forms; give one of them");
    if (command->bit == VERIFY && !options->nfile)
        return cnn_fail(error, CNN_USAGE, "verify needs a CASE.safetensors");
    return true;
}

void options_help(const CnnModel *model, FILE *file) {
    char name[TEXT_NAME], source[TEXT_NAME];
    text_foreign(name, sizeof name, model->name);
    text_foreign(source, sizeof source, model->source);
    fprintf(file, "%s, a neural network compiled from %s\n\nUsage:\n", name, source);
    for (int i = 0; i < COMMANDS; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s%s", commands[i].name, commands[i].argument);
        fprintf(file, "  ./%s %-24s %s\n", name, left, commands[i].help);
    }
    fprintf(file, "\nOptions:\n");
    for (int i = 0; i < OPTIONS; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", table[i].name, table[i].value ? table[i].value : "");
        fprintf(file, "  %-16s %s", left, table[i].help);
        const char *separator = "  [";
        for (int k = 0; k < COMMANDS; k++)
            if (commands[k].bit & table[i].with) {
                fprintf(file, "%s%s", separator,
                        *commands[k].name ? commands[k].name : "no command");
                separator = ", ";
            }
        fprintf(file, "]\n");
    }
    fputs(
        "\nOutputs replace a file whole or not at all, go through links, devices and FIFOs, and "
        "are\n"
        "refused where they name data, a case or this program. INT, TERM and HUP end train after\n"
        "the step under way, and it saves; a second one ends it at once.\n",
        file);
    fprintf(file,
            "\nExamples:\n"
            "  ./%s --data mnist\n"
            "  ./%s train --data mnist --epochs 3 --seed 1 --out w.safetensors --log run.csv\n"
            "  ./%s evaluate --weights w.safetensors --data mnist\n"
            "  ./%s predict --weights w.safetensors photo.jpg mnist/t10k-images-idx3-ubyte.gz:7\n",
            name, name, name, name);
}

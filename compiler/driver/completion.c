// SPDX-License-Identifier: MIT
// See completion.h. What a script knows are the tables of the command line; targets and CPUs it asks cnnc for when
// they are wanted.
#include "driver/completion.h"
#include "driver/explain.h"
#include "driver/option_rows.h"
#include "fetch/data_sets.h"
#include <string.h>

// Ends of files that are compiled, of those that are imported, and of those that are looked at.
static const char *const texts[] = {"cnn", "py", "ipynb", NULL};
static const char *const others[] = {"keras", "h5", "hdf5", "onnx", "cnn", NULL};
static const char *const written[] = {"safetensors", "o", "a", "so", "wasm", NULL};

static const char *const *ends_for(Command command) {
    return command == COMMAND_IMPORT ? others : command == COMMAND_INSPECT ? written : texts;
}

static void print_ends(const char *const *ends, const char *between, FILE *out) {
    for (int i = 0; ends[i]; i++) fprintf(out, "%s%s", i ? between : "", ends[i]);
}

// What stands after an option.
typedef enum { VALUE_NONE, VALUE_WORDS, VALUE_FILE, VALUE_FOLDER, VALUE_ASKED, VALUE_ANY } Values;

static const struct {
    const char *option, *command; // which prints the values, one a line
} asked[] = {{"--target", "cnnc --print-targets"},
             {"-mcpu", "cnnc --print-cpus 2>/dev/null | cut -d\" \" -f1"}};
enum { NASKED = sizeof asked / sizeof *asked };

static const char *ask(const OptionRow *row) {
    for (int i = 0; i < NASKED; i++)
        if (strcmp(row->name, asked[i].option) == 0) return asked[i].command;
    return NULL;
}

static Values values_of(const OptionRow *row) {
    if (row->kind == FLAG) return VALUE_NONE;
    if (row->kind == CHOICE) return VALUE_WORDS;
    if (ask(row)) return VALUE_ASKED;
    if (strncmp(row->what, "DIR", 3) == 0) return VALUE_FOLDER;
    bool file = strncmp(row->what, "FILE", 4) == 0 || strncmp(row->what, "CASE", 4) == 0;
    return file ? VALUE_FILE : VALUE_ANY;
}

static void print_choices(const OptionRow *row, FILE *out) {
    for (int i = 0, n = 0; row->choices[i]; i++)
        if (*row->choices[i]) fprintf(out, "%s%s", n++ ? " " : "", row->choices[i]);
}

static void print_data_sets(FILE *out) {
    for (int i = 0; data_sets[i].name; i++) fprintf(out, "%s%s", i ? " " : "", data_sets[i].name);
}

static void print_codes(FILE *out) {
    for (int i = 0; explanations[i].code; i++)
        fprintf(out, "%sE%04d", i ? " " : "", explanations[i].code);
}

static void print_commands(const char *between, FILE *out) {
    for (int i = 0; i < ncommand_row; i++)
        fprintf(out, "%s%s", i ? between : "", command_rows[i].name);
}

// ---------------------------------------------------------------------------------------- bash

static void bash_options(Command command, FILE *out) {
    for (int i = 0; i < noption_row; i++) {
        const OptionRow *row = &option_rows[i];
        bool joined = row->kind != FLAG && row->name[1] == '-';
        if (option_goes_with(row, command)) fprintf(out, "%s%s ", row->name, joined ? "=" : "");
    }
    if (command_compiles(command)) fprintf(out, "-O0 -O1 -O2 -O3 ");
    for (int i = 0; i < nwarning_name; i++) fprintf(out, "-Wno-%s ", warning_names[i]);
}

static void bash_values(const OptionRow *row, FILE *out) {
    static const char *const words[] = {[VALUE_FILE] = "-f", [VALUE_FOLDER] = "-d"};
    Values values = values_of(row);
    if (values == VALUE_NONE) return;
    fprintf(out, "    %s) ", row->name);
    if (values == VALUE_WORDS) {
        fprintf(out, "reply -W '");
        print_choices(row, out);
        fprintf(out, "'");
    } else if (values == VALUE_ASKED) {
        fprintf(out, "reply -W \"$(%s)\"", ask(row));
    } else if (values == VALUE_ANY) {
        fprintf(out, "COMPREPLY=()");
    } else {
        fprintf(out, "reply %s", words[values]);
    }
    fprintf(out, "; return ;;\n");
}

static void bash(FILE *out) {
    fprintf(out, "# bash completion for cnnc\n"
                 "_cnnc() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "    local command= i end\n"
                 "    reply() { mapfile -t COMPREPLY < <(compgen \"$@\" -- \"$word\"); }\n"
                 "    files() {\n"
                 "        reply -d\n"
                 "        for end; do\n"
                 "            mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -X "
                 "\"!*.$end\" -- \"$word\")\n"
                 "        done\n"
                 "    }\n"
                 "    case $word in =) word= ;; *)\n"
                 "        [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD-2]} ;;\n"
                 "    esac\n"
                 "    for ((i = COMP_CWORD - 1; i > 0; i--)); do\n"
                 "        case ${COMP_WORDS[i]} in ");
    print_commands("|", out);
    fprintf(out, ") command=${COMP_WORDS[i]} ;; esac\n"
                 "    done\n"
                 "    case $before in\n");
    for (int i = 0; i < noption_row; i++) // of two of one name the first that takes a value
        bash_values(&option_rows[i], out);
    fprintf(out, "    esac\n"
                 "    case $command:$word in\n");
    for (int i = 0; i < ncommand_row; i++) {
        fprintf(out, "    %s:-*) reply -W '", command_rows[i].name);
        bash_options(command_rows[i].command, out);
        fprintf(out, "' ;;\n");
    }
    fprintf(out, "    :-*) reply -W '");
    bash_options(COMMAND_NONE, out);
    fprintf(out, "' ;;\n    :*) reply -W '");
    print_commands(" ", out);
    fprintf(out, "' ;;\n    fetch:*) reply -W '");
    print_data_sets(out);
    fprintf(out, "' ;;\n    explain:*) reply -W '");
    print_codes(out);
    fprintf(out, "' ;;\n    import:*) files ");
    print_ends(others, " ", out);
    fprintf(out, " ;;\n    inspect:*) files ");
    print_ends(written, " ", out);
    fprintf(out, " ;;\n    *) files ");
    print_ends(texts, " ", out);
    fprintf(out, " ;;\n    esac\n"
                 "    [[ ${COMPREPLY[0]} != --*= ]] || compopt -o nospace\n"
                 "}\n"
                 "complete -o filenames -F _cnnc cnnc\n");
}

// ----------------------------------------------------------------------------------------- zsh

// In single quotes, where `special` has a backslash before it.
static void quoted(const char *text, const char *special, FILE *out) {
    for (; *text; text++) {
        if (strchr(special, *text)) fputc('\\', out);
        if (*text == '\'') {
            fputs("'\\''", out);
            continue;
        }
        fputc(*text, out);
    }
}

static void zsh_option(const OptionRow *row, FILE *out) {
    Values values = values_of(row);
    bool joined = values != VALUE_NONE && row->name[1] == '-';
    fprintf(out, " \\\n        '%s%s%s[", row->kind == TEXTS ? "*" : "", row->name,
            joined ? "=" : "");
    quoted(row->what, "[]:\\", out);
    fputc(']', out);
    if (values != VALUE_NONE) fprintf(out, ":value:");
    if (values == VALUE_FILE) fprintf(out, "_files");
    if (values == VALUE_FOLDER) fprintf(out, "_files -/");
    if (values == VALUE_ASKED) {
        fprintf(out, "{compadd - ${(f)\"$(");
        quoted(ask(row), "", out);
        fprintf(out, ")\"}}");
    }
    if (values == VALUE_WORDS) {
        fputc('(', out);
        print_choices(row, out);
        fputc(')', out);
    }
    fputc('\'', out);
}

static void zsh_options(Command command, FILE *out) {
    fprintf(out, "_arguments");
    for (int i = 0; i < noption_row; i++)
        if (option_goes_with(&option_rows[i], command)) zsh_option(&option_rows[i], out);
    for (int i = 0; i < nwarning_name; i++)
        fprintf(out, " \\\n        '-Wno-%s[no such warnings]'", warning_names[i]);
    for (int i = 0; i < 4 && command_compiles(command); i++)
        fprintf(out, " \\\n        '-O%d[how much LLVM optimises]'", i);
}

static void zsh(FILE *out) {
    fprintf(out, "#compdef cnnc\n"
                 "_cnnc() {\n"
                 "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
                 "        local -a commands=(");
    for (int i = 0; i < ncommand_row; i++) {
        fprintf(out, "\n            '%s:", command_rows[i].name);
        quoted(command_rows[i].what, ":\\", out);
        fputc('\'', out);
    }
    fprintf(out, ")\n        _describe command commands\n        return\n    fi\n"
                 "    shift words\n"
                 "    (( CURRENT-- ))\n"
                 "    case $words[1] in\n");
    for (int i = 0; i < ncommand_row; i++) {
        const CommandRow *row = &command_rows[i];
        fprintf(out, "    %s) ", row->name);
        zsh_options(row->command, out);
        if (row->command == COMMAND_FETCH) {
            fprintf(out, " \\\n        '1:name:(");
            print_data_sets(out);
            fprintf(out, ")' '2:folder:_files -/' ;;\n");
        } else if (row->command == COMMAND_EXPLAIN) {
            fprintf(out, " \\\n        '*:code:(");
            print_codes(out);
            fprintf(out, ")' ;;\n");
        } else {
            fprintf(out, " \\\n        '*:file:_files -g \"*.(");
            print_ends(ends_for(row->command), "|", out);
            fprintf(out, ")\"' ;;\n");
        }
    }
    fprintf(out, "    *) ");
    zsh_options(COMMAND_NONE, out);
    fprintf(out, " ;;\n    esac\n}\n_cnnc \"$@\"\n");
}

// ---------------------------------------------------------------------------------------- fish

static bool with_option(const void *row, Command command) {
    return option_goes_with(row, command);
}

static bool with_level(const void *row, Command command) {
    (void)row;
    return command_compiles(command);
}

static void fish_condition(bool (*goes)(const void *row, Command command), const void *row,
                           FILE *out) {
    fprintf(out, " -n '__fish_seen_subcommand_from");
    for (int i = 0; i < ncommand_row; i++)
        if (goes(row, command_rows[i].command)) fprintf(out, " %s", command_rows[i].name);
    fprintf(out, "'");
}

static void fish_option(const OptionRow *row, FILE *out) {
    Values values = values_of(row);
    bool is_long = row->name[1] == '-', is_short = !row->name[2];
    fprintf(out, "complete -c cnnc");
    if (row->commands) fish_condition(with_option, row, out);
    fprintf(out, " -%s %s", is_long ? "l" : is_short ? "s" : "o", row->name + (is_long ? 2 : 1));
    if (values == VALUE_FILE) fprintf(out, " -rF");
    if (values == VALUE_ANY) fprintf(out, " -x");
    if (values == VALUE_FOLDER) fprintf(out, " -xa '(__fish_complete_directories)'");
    if (values == VALUE_ASKED) {
        fprintf(out, " -xa '(");
        quoted(ask(row), "'", out);
        fprintf(out, ")'");
    }
    if (values == VALUE_WORDS) {
        fprintf(out, " -xa '");
        print_choices(row, out);
        fprintf(out, "'");
    }
    fprintf(out, " -d '");
    quoted(row->what, "\\", out);
    fprintf(out, "'\n");
}

static void fish_files(const char *when, const char *const *ends, FILE *out) {
    fprintf(out,
            "complete -c cnnc -n '%s' -a '(__fish_complete_path (commandline -ct) | "
            "string match -r \"^[^\\t]*(?:/|\\.",
            when);
    print_ends(ends, "|\\.", out);
    fprintf(out, ")(?:\\t.*)?\\$\")'\n");
}

static void fish(FILE *out) {
    fprintf(out, "# fish completion for cnnc\ncomplete -c cnnc -f\n");
    for (int i = 0; i < ncommand_row; i++) {
        const CommandRow *row = &command_rows[i];
        fprintf(out, "complete -c cnnc -n __fish_use_subcommand -a %s -d '", row->name);
        quoted(row->what, "\\", out);
        fprintf(out, "'\n");
    }
    fish_files("not __fish_use_subcommand; and not __fish_seen_subcommand_from fetch import "
               "inspect explain",
               texts, out);
    fish_files("__fish_seen_subcommand_from inspect", written, out);
    fish_files("__fish_seen_subcommand_from import", others, out);
    fprintf(out, "complete -c cnnc -n '__fish_seen_subcommand_from fetch' -a '");
    print_data_sets(out);
    fprintf(out, "'\ncomplete -c cnnc -n '__fish_seen_subcommand_from explain' -a '");
    print_codes(out);
    fprintf(out, "'\n");
    for (int i = 0; i < noption_row; i++) fish_option(&option_rows[i], out);
    for (int i = 0; i < 4; i++) {
        fprintf(out, "complete -c cnnc");
        fish_condition(with_level, NULL, out);
        fprintf(out, " -o O%d -d 'how much LLVM optimises'\n", i);
    }
    for (int i = 0; i < nwarning_name; i++)
        fprintf(out, "complete -c cnnc -o Wno-%s -d 'no such warnings'\n", warning_names[i]);
}

void completion_print(Shell shell, FILE *out) {
    static void (*const print[])(FILE *) = {
        [SHELL_BASH] = bash, [SHELL_ZSH] = zsh, [SHELL_FISH] = fish};
    print[shell](out);
}

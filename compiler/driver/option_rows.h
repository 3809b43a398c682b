// SPDX-License-Identifier: MIT
// The tables of the command line, for all who read them: parsing, help and completion in shells.
#ifndef CNNC_OPTION_ROWS_H
#define CNNC_OPTION_ROWS_H
#include "driver/options.h"
#include <stddef.h>

// The files of a command.
typedef struct Takes {
    const char *asked; // what it is asked for that is missing; NULL: there need be none
    int most;
    const char *not_more; // why not the one behind them
} Takes;

typedef struct CommandRow {
    const char *name;
    Command command;
    const Takes *takes;
    const char *usage, *what, *examples;
} CommandRow;

// true; the text after '='; a text more at each use; its index in choices
typedef enum { FLAG, TEXT, TEXTS, CHOICE } OptionKind;

typedef struct OptionRow {
    const char *name; // with its dashes; TEXT and CHOICE end in '=' or take the next word
    OptionKind kind;
    size_t offset;
    unsigned commands; // bits by Command; 0: all
    const char *const *choices; // NULL-terminated
    const char *what;
} OptionRow;

extern const CommandRow command_rows[];
extern const OptionRow option_rows[];
extern const char *const warning_names[]; // of -W
extern const int ncommand_row, noption_row, nwarning_name;

bool option_goes_with(const OptionRow *row, Command command); // NONE: does it go without a command?
bool command_compiles(Command command); // so that -O0 to -O3 go with it
#endif

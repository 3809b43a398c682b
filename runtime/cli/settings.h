// SPDX-License-Identifier: 0BSD
// --set NAME=VALUE: figures of the script that a program can change without being compiled again.
#ifndef CNN_SETTINGS_H
#define CNN_SETTINGS_H
#include "cli/session.h"

// All that the options set, in s->model, a copy of the model then, or where an option for the same figure is kept.
bool settings_apply(Session *s);
#endif

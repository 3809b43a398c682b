// SPDX-License-Identifier: MIT
// What a schedule's file says, and all it says: its arguments, and the learning rate as a formula of the
// steps made so far.
#ifndef CNNC_SCHEDULE_H
#define CNNC_SCHEDULE_H
#include "script/value.h"
#include "step/formula.h"
#include <math.h>

typedef struct ScheduleClass {
    ObjectClass object; // name and arguments
    CnnFormula (*rate)(Arena *a, const void *self); // self: the class's own struct of arguments
} ScheduleClass;

typedef struct ScheduleArgs { // what a class's own struct begins with
    const char *name; // no result has it
} ScheduleArgs;
#define SCHEDULE_ARG_NAME(name_)                                                                   \
    {"name", ARG_TEXT, offsetof(ScheduleArgs, name), .standard = "\"" name_ "\""}

extern const ScheduleClass *const schedule_classes[]; // NULL-terminated, from schedules.def
#endif

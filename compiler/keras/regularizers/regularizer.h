// SPDX-License-Identifier: MIT
// What a regulariser's file says, and all it says: its names, its arguments, and the penalty that they make.
#ifndef CNNC_REGULARIZER_H
#define CNNC_REGULARIZER_H
#include "script/value.h"
#include <math.h>

typedef struct RegularizerClass {
    ObjectClass object; // name and arguments
    Penalty (*penalty)(const void *self); // self: the class's own struct of arguments
} RegularizerClass;

extern const RegularizerClass
    *const regularizer_classes[]; // NULL-terminated, from regularizers.def

#define REGULARIZER_FACTOR(name_, at_, standard_)                                                  \
    {name_, ARG_FLOAT, at_, .standard = standard_, .min = 0, .max = INFINITY}
#endif

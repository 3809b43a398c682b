// SPDX-License-Identifier: MIT
// The methods of Python's values: a table a kind.
#ifndef CNNC_METHODS_H
#define CNNC_METHODS_H
#include "script/eval.h"

typedef struct Method {
    const char *name;
    Value (*run)(Eval *e, const Value *self, const Call *call);
} Method;
// Each ends with a NULL name.
extern const Method string_methods[], list_methods[], tuple_methods[], dict_methods[],
    set_methods[], known_methods[];
bool sort_list(Eval *e, const Call *call, List *list); // sequences.c; false: reported
#endif

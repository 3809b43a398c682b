// SPDX-License-Identifier: MIT
// An argument's value to its field. All return false where the value is refused, which is then reported.
#ifndef CNNC_CONVERT_H
#define CNNC_CONVERT_H
#include "script/eval.h"

bool convert(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out); // by the argument's type
bool convert_refuse(Eval *e, const Arg *arg, const Value *v, Loc loc, const char *wanted);

bool to_float(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out);
// convert_keras.c
bool to_activation(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out);
bool to_init(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out);
bool to_penalty(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out);
bool to_constraint(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out);
bool to_rate(Eval *e, const Arg *arg, const Value *v, Loc loc, void *out);

#endif

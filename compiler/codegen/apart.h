// SPDX-License-Identifier: MIT
// Weights apart from the object that reads them: what the object has in their place.
#ifndef CNNC_APART_H
#define CNNC_APART_H
#include "codegen/constants.h"
#include "codegen/internal.h"

Val apart_constants(Builder *ir, Val weights); // the first constant in such a block
void apart_put_head(Builder *ir, Val weights, const Constants *c);
void emit_apart_check(Module *m, const Constants *c); // int P_check(const void *weights)
// int P_pack(const float *params, void *weights, void *room), before constants_settle(): params as Plan.param_floats.
void emit_pack(Module *m, const Level *level, int n, const Constants *c);
#endif

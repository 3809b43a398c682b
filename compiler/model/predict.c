// SPDX-License-Identifier: MIT
// model.predict: an array like those of the data, but that the program computes at this place among its statements.
// What is made of it by steps can be printed and saved.
#include "data/data.h"
#include "script/later.h"
#include "../runtime/data/types.h"
#include <math.h>

typedef struct PredictArgs {
    const Value *x, *verbose, *rest;
    int64_t batch;
} PredictArgs;

#define AT(field) offsetof(PredictArgs, field)
static const Arg predict_args[] = {
    {"x", ARG_VALUE, AT(x), .standard = NULL},
    {"batch_size", ARG_INT_OPT, AT(batch), .standard = "None", .min = 1, .max = INFINITY},
    {"verbose", ARG_VALUE, AT(verbose), .standard = "\"auto\""},
    ARG_UNSUPPORTED("steps", "None"),
    ARG_UNSUPPORTED("callbacks", "None"),
    {0},
};

static Value outputs(Eval *e, const Call *call, int64_t rows) {
    const Shape *out = &e->model->output;
    Array p = {.of = array_class(&array_predicted), .type = CNN_F4, .rank = 1 + out->rank};
    p.source = "the predictions";
    p.steps = "";
    p.dim[0] = rows;
    for (int i = 0; i < out->rank; i++) p.dim[1 + i] = out->dim[i];
    p.numbers = ARENA_NEW(e->a, char);
    p.predicted = e->at;
    array_number(e, &p, e->at->predictions++);
    return array_value(e, call->loc, p);
}

Value method_predict(Eval *e, const Call *call) {
    PredictArgs args = {0};
    Statement s = {.kind = STATEMENT_PREDICT};
    if (!bind(e, call, &(ArgTable){predict_args, &args, bind_locs(e->a, predict_args)}, 1) ||
        !verbose_read(e, args.verbose, &s.verbose))
        return eval_error();
    Predictable x = rows_predicted(e, args.x, &s.rows, &s.nrow);
    if (x == PREDICTABLE_NOT) return foreign_made(e, "model.predict", call->loc);
    if (x == PREDICTABLE_WRONG || e->at->broken) return eval_error();
    statement_add(e, e->at, call->loc, s);
    return outputs(e, call, s.nrow);
}

Value array_number_later(Eval *e, const Value *v) {
    if (v->kind != VALUE_ARRAY || !v->array->predicted || v->array->rank > 0) return *v;
    Later made = {.op = LATER_VALUE, .array = v->array, .of = v->array->predicted};
    made.integer = !type_rows[v->array->type].real;
    return (Value){
        .kind = VALUE_LATER, .loc = v->loc, .later = arena_copy(e->a, &made, sizeof made)};
}

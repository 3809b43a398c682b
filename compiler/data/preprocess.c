// SPDX-License-Identifier: MIT
// preprocessing_function of an ImageDataGenerator, and what becomes of its random changes behind it.
#include "../runtime/data/types.h"
#include "data/generator.h"
#include "data/sample.h"

static bool follow(void *context, const Array *x) {
    Preprocessed *p = context;
    if (x->of->runtime == &array_same || x->of->runtime == &array_one_hot) return false;
    if (x->of->runtime != &array_each) {
        EachOp op = (EachOp)x->number[0];
        p->each = false;
        p->affine &= op == EACH_ADD || op == EACH_SUB || op == EACH_SUB_FROM || op == EACH_MUL ||
                     op == EACH_DIV;
        return true;
    }
    double n = x->number[1];
    p->affine &= type_rows[x->type].real;
    switch ((EachOp)x->number[0]) {
    case EACH_CAST: break;
    case EACH_ADD: p->offset += n; break;
    case EACH_SUB: p->offset -= n; break;
    case EACH_SUB_FROM: p->factor = -p->factor, p->offset = n - p->offset; break;
    case EACH_MUL: p->factor *= n, p->offset *= n; break;
    case EACH_DIV: p->factor /= n, p->offset /= n; break;
    default: p->affine = false; break;
    }
    return true;
}

Preprocessed preprocess(Eval *e, const Value *function, const Value *x, Loc loc) {
    static const Value real = {.kind = VALUE_STRING, .text = "float32"};
    Preprocessed p = {.x = *x, .affine = true, .each = true, .factor = 1};
    if (function->kind == VALUE_NONE) return p;
    const Argument arg = {.value = sample_like(e, x, CNN_F4, loc), .loc = loc};
    const Call call = {.what = "preprocessing_function", .loc = loc, .n = 1, .arg = &arg};
    if (arg.value.kind != VALUE_ARRAY) return p.x = eval_error(), p;
    const Value made = eval_call(e, function, &call, loc);
    if (made.kind == VALUE_ERROR) return p.x = made, p;
    bool known = made.kind == VALUE_ARRAY && made.array->rank == x->array->rank - 1 &&
                 sample_again(e, arg.value.array, made.array, follow, &p, &p.x, loc);
    if (!known)
        p.lacks = "preprocessing_function does more to an image than arithmetic with numbers";
    if (known && p.x.array->type != CNN_F4) p.x = array_astype(e, &p.x, &real, loc);
    if (!known) p.x = *x;
    return p;
}

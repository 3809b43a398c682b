// SPDX-License-Identifier: MIT
// preprocessing_function of an ImageDataGenerator. It is run once, when the script is compiled, with an array that
// stands for one image: it sees that shape. The steps that it does are then done to all images. Steps that need more of
// an image than a value and its channel, as a mean does, are not taken over.
#include "../runtime/data/types.h"
#include "data/generator.h"

// It has the shape of a row of x, and no values.
static Value one_image(Eval *e, const Value *x, Loc loc) {
    Array image = {.of = array_class(&array_constant), .source = "an image", .steps = ""};
    image.type = CNN_F4;
    image.rank = x->array->rank - 1;
    for (int d = 0; d < image.rank; d++) image.dim[d] = x->array->dim[d + 1];
    image.numbers = ARENA_NEW(e->a, char);
    return array_value(e, loc, image);
}

// Of each value for itself, or by numbers that are the same in all rows of an image.
static bool is_simple(const Array *x) {
    if (x->of->runtime == &array_each) return true;
    return x->of->runtime == &array_with && x->number[1] == 0 && x->input[1]->one &&
           !x->input[1]->ninput;
}

static void follow(Preprocessed *p, const Array *x) {
    if (x->of->runtime != &array_each) {
        EachOp op = (EachOp)x->number[0];
        p->each = false;
        p->affine &= op == EACH_ADD || op == EACH_SUB || op == EACH_SUB_FROM || op == EACH_MUL ||
                     op == EACH_DIV;
        return;
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
}

// The steps from the image to x, done to p->x.
static bool repeat(Eval *e, const Array *image, const Array *x, Preprocessed *p, Loc loc) {
    if (x == image) return true;
    if (!is_simple(x) || !repeat(e, image, x->input[0], p, loc)) return false;
    follow(p, x);
    p->x = array_again(e, x, &p->x, loc);
    return p->x.kind == VALUE_ARRAY;
}

Preprocessed preprocess(Eval *e, const Value *function, const Value *x, Loc loc) {
    static const Value real = {.kind = VALUE_STRING, .text = "float32"};
    Preprocessed p = {.x = *x, .affine = true, .each = true, .factor = 1};
    if (function->kind == VALUE_NONE) return p;
    const Argument arg = {.value = one_image(e, x, loc), .loc = loc};
    const Call call = {.what = "preprocessing_function", .loc = loc, .n = 1, .arg = &arg};
    if (arg.value.kind != VALUE_ARRAY) return p.x = eval_error(), p;
    const Value made = eval_call(e, function, &call, loc);
    if (made.kind == VALUE_ERROR) return p.x = made, p;
    bool known = made.kind == VALUE_ARRAY && made.array->rank == x->array->rank - 1 &&
                 repeat(e, arg.value.array, made.array, &p, loc);
    if (!known)
        p.lacks = "preprocessing_function does more to an image than arithmetic with numbers";
    if (known && p.x.array->type != CNN_F4) p.x = array_astype(e, &p.x, &real, loc);
    if (!known) p.x = *x;
    return p;
}

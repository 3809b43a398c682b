// SPDX-License-Identifier: MIT
// A function of one sample: preprocessing_function of an ImageDataGenerator, map of a data set whose samples are in no
// batches yet. It is run once, when the script is compiled, with arrays that stand for one sample: it sees that shape. The
// steps that it does are then done to all samples. Steps that need more of a sample than a value and its place in the last
// dimensions, as a mean does, are not taken over.
#include "data/sample.h"
#include "../runtime/data/types.h"

Value sample_like(Eval *e, const Value *x, int type, Loc loc) {
    Array one = {.of = array_class(&array_constant), .source = "a sample", .steps = ""};
    one.type = type;
    one.rank = x->array->rank - 1;
    one.one = one.rank == 0;
    for (int d = 0; d < one.rank; d++) one.dim[d] = x->array->dim[d + 1];
    one.numbers = ARENA_NEW(e->a, char);
    return array_value(e, loc, one);
}

bool sample_label(const Array *x) {
    return x->one && x->rank == 0 && !x->counts && !x->predicted &&
           x->of->runtime == &array_constant && !type_rows[x->type].real && x->type != CNN_B1;
}

// Of each value for itself, by numbers that are the same in all rows of a sample, or into another shape.
static bool is_simple(const Array *x) {
    if (x->of->runtime == &array_each) return true;
    if (x->of->runtime == &array_same) return x->rank < ARRAY_RANK;
    if (x->of->runtime == &array_one_hot) return x->rank == 1;
    return x->of->runtime == &array_with && x->number[1] == 0 && x->input[1]->one &&
           !x->input[1]->ninput;
}

bool sample_again(Eval *e, const Array *one, const Array *made, SampleStep *follow, void *context,
                  Value *all, Loc loc) {
    if (made == one) return true;
    if (!is_simple(made) || !sample_again(e, one, made->input[0], follow, context, all, loc))
        return false;
    if (follow && !follow(context, made)) return false;
    *all = array_again(e, made, all, loc);
    return all->kind == VALUE_ARRAY;
}

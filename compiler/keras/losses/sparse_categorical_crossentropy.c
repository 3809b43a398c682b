// SPDX-License-Identifier: MIT
//   logits z   L = log S - (z[y] - m),              dz = p - onehot y      p = softmax z
//   p given    c = clip p;  L = log sum c - log c[y],  dp = (c / sum c - onehot y) / c
// Rows of the class ignore_class do not count: their loss is 0, and a mean is that of the others. With it Keras
// takes the outputs as they are, also those of a softmax.
#include "keras/losses/loss.h"
#include "keras/rows.h"
#include <math.h>

static const Arg args[] = {
    LOSS_ARG_FROM_LOGITS,
    {"ignore_class", ARG_FLOAT_OPT, offsetof(SparseEntropyArgs, ignore_class), .standard = "None"},
    LOSS_ARG_REDUCTION,
    LOSS_ARG_AXIS,
    LOSS_ARG_NAME("sparse_categorical_crossentropy"),
    LOSS_ARG_DTYPE,
    {0},
};
static const SparseEntropyArgs all = {.ignore_class = NAN};

static const double *ignored(const void *self) {
    const double *class = &((const SparseEntropyArgs *)self)->ignore_class;
    return isnan(*class) ? NULL : class;
}

static const char *refuse(Arena *a, const void *self) {
    const double *class = ignored(self);
    (void)a;
    bool known = !class || (*class == floor(*class) && fabs(*class) < 0x1p24);
    return known ? NULL : "ignore_class must be a whole number of at most 24 bits";
}

static bool ignores(const void *self) {
    return ignored(self) != NULL;
}

static void of_row(RowMath *m) {
    if (m->logits) {
        m->value = SUM(loss_entropy_of_logits(m, Y));
        m->slope = SUB(IN(ROW_P), Y);
        return;
    }
    Expr *c = loss_clipped(m, Z), *sum = SUM(c), *log_sum = ONCE(LOG(sum));
    m->value = SUM(MUL(Y, SUB(log_sum, LOG(c))));
    m->slope = loss_inside(m, Z, DIV(SUB(DIV(c, sum), Y), c));
}

static void math(RowMath *m) {
    const double *class = ignored(m->args);
    of_row(m);
    if (!class) return;
    Expr *off = ABS(SUB(IN(ROW_LABEL), C(*class)));
    m->value = LESS(off, C(0.5), C(0), m->value);
    m->slope = LESS(off, C(0.5), C(0), m->slope);
}

const LossClass loss_sparse_categorical_crossentropy = {
    .object = {"SparseCategoricalCrossentropy",
               "sparse_categorical_crossentropy",
               {0},
               args,
               sizeof(SparseEntropyArgs),
               &all,
               refuse},
    .labels = LABELS_CLASS_NUMBER,
    .logits_of = "softmax",
    .math = math,
    .as_they_are = ignores,
    .ignored = ignored,
};

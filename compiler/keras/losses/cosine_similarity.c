// SPDX-License-Identifier: MIT
//   L = -c,  c = sum y' z',  with y' = y / |y| and z' = z / |z|, or y / eps and z / eps where shorter than eps
//   dz = (c z' - y') / |z|; the first term is 0 where z is that short
#include "keras/losses/loss.h"
#include "keras/rows.h"

static const Arg args[] = {LOSS_ARG_AXIS, LOSS_ARGS_END("cosine_similarity")};

#define SHORT (KERAS_EPSILON * KERAS_EPSILON)

static Expr *over_length(RowMath *m, Expr *square) {
    Expr *by = DIV(C(1), SQRT(square));
    return ONCE(LESS(square, C(SHORT), C(1 / KERAS_EPSILON), by));
}

static void math(RowMath *m) {
    Expr *square = SUM(MUL(Z, Z)), *by_z = over_length(m, square);
    Expr *by_y = over_length(m, SUM(MUL(Y, Y)));
    Expr *z = MUL(Z, by_z), *y = MUL(Y, by_y), *cosine = SUM(MUL(y, z));
    Expr *turn = LESS(square, C(SHORT), C(0), MUL(cosine, z));
    m->value = NEG(cosine);
    m->slope = MUL(by_z, SUB(turn, y));
}

const LossClass loss_cosine_similarity = {
    {"CosineSimilarity", "cosine_similarity", {0}, args, sizeof(LossArgs), NULL},
    LABELS_REAL,
    NULL,
    math,
};

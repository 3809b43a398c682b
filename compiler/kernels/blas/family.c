// SPDX-License-Identifier: MIT
// The family of OpenBLAS: matrix products, where it is asked for.
#include "kernels/blas/blas.h"
#include "step/problem.h"

// A matrix product with the output [n, N].
static bool match_blas(const Plan *p, int root, Kernel *k) {
    const Step *s = p->step;
    const Node *n = s->node[root];
    if (p->options.object || p->options.blas == PLAN_BLAS_NEVER) return false;
    if (n->kind != P_CONTRACT || n->op != C_SUM || n->nin != 2 || !n->samples || n->scatter)
        return false;
    if (n->problem && n->problem->group) return false;
    const Tensor *out = &s->tensor[n->out[0].tensor], *w = &s->tensor[n->in[1].tensor];
    bool product = out->rank == 1 && n->naxis == 3 && owner_per_sample(out->owner) &&
                   (w->owner == O_MODEL || w->owner == O_STEP) && w->rank == 2 &&
                   n->in[1].coef[1][n->out[0].coef[0][1] ? 1 : 2]; // not transposed
    (void)k;
    int64_t limit = INT32_MAX; // sgemm counts in 32 bits
    for (int a = 1; a < n->naxis; a++)
        if (n->axis[a].span.hi > limit) return false;
    return product;
}

// It was measured slower than plain for all that it takes: it is taken where it is asked for.
static double cost_blas(const Plan *p, const Kernel *k) {
    return p->options.blas == PLAN_BLAS_ALWAYS ? 0 : 1.1 * k->tile.cycles;
}

static const Variant sgemm = {.name = "blas",
                              .why = "OpenBLAS sgemm",
                              .library = "openblas",
                              .unpacked = true,
                              .family = &family_blas,
                              .match = match_blas,
                              .cost = cost_blas,
                              .emit = emit_blas};

static const Variant *const rows[] = {&sgemm, NULL};
const Family family_blas = {.row = rows};

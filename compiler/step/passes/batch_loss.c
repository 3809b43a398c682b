// SPDX-License-Identifier: MIT
// A loss that is one for the whole batch, of sums over all of its outputs. LOSS adds these up over the leaves,
// as it does for the loss's value. When they are there its slope by an output is a MAP of the output, its target
// and the sums:
//   leaves  LOSS  loss.sums          O_LEAF
//   units   MAP   loss.of_batch      O_STEP
//   leaves  MAP   d(z)               a sample's
#include "step/passes/batch_loss.h"
#include "keras/losses/loss.h"

static Node *appended(Step *s, bool samples, const Node *loss) {
    Node *n = step_node(s, P_MAP, samples);
    n->loc = loss->loc;
    n->layer = loss->layer;
    return n;
}

// The sums of all leaves. Returns their tensor.
static int sum(Step *s, int loss) {
    const int64_t *count = &s->model->loss.nsum;
    int sums = step_tensor(s, "loss.sums", T_F32, O_LEAF, 1, count);
    int whole = step_tensor(s, "loss.of_batch", T_F32, O_STEP, 1, count);
    Node *adds = step_edit(s, loss);
    node_writes(adds, access_none(sums));
    for (int a = 0; a < adds->naxis; a++) adds->axis[a].role = A_SUM;
    Node *n = appended(s, false, adds);
    step_axis(n, *count, A_OUT);
    node_reads(n, access_whole(s, sums, 1));
    node_writes(n, access_whole(s, whole, 1));
    n->expr[0] = expr_in(s->arena, 0);
    return whole;
}

// What the loss counts: as the samples, whose sum is the input `counts`, do in the mean; or once, if at all.
static Expr *share(const Step *s, int counts) {
    Arena *a = s->arena;
    Expr *sum = expr_in(a, counts), *one = expr_const(a, 1), *none = expr_const(a, 0);
    if (s->counts < 0 && !s->model->fit.nclass_weight) return one;
    if (loss_reduction(s->model) == CNN_LOSS_BY_COUNTS) return expr_less(a, none, sum, one, none);
    return expr_op2(a, E_MUL, sum, expr_scalar(a, CNN_INV_N));
}

void batch_loss_grad(Step *s, int loss, int g) {
    const Loss *of = &s->model->loss;
    const Tensor z = s->tensor[s->logits];
    int nsum = (int)of->nsum, sums = sum(s, loss);
    Node *n = appended(s, true, s->node[loss]);
    for (int d = 0; d < z.rank; d++) step_axis(n, z.dim[d], A_OUT);
    node_reads(n, access_whole(s, s->logits, 1));
    node_reads(n, access_whole(s, s->label, 1));
    for (int k = 0; k < nsum; k++) {
        node_reads(n, access_none(sums));
        n->in[ROW_SUMS + k].off[0] = k;
    }
    node_writes(n, access_whole(s, g, 1));
    const RowMath *m = loss_math(s->arena, of, z.dim[z.rank - 1], Z_OUTPUTS);
    Expr *slope = row_of_sums(m, m->slope);
    n->expr[0] = expr_op2(s->arena, E_MUL, slope, share(s, ROW_SUMS + nsum - 1));
}

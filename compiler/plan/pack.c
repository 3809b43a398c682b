// SPDX-License-Identifier: MIT
// A CONTRACT keeps one axis in the vector lanes. An operand that varies along it must be contiguous
// there. A weight that is not (the gradient by a layer's input walks its kernel across) is read through
// a transposed copy, made once a step; one copy serves all who ask for the same.
// The axis is that of the output's last dimension, unless that leaves most lanes empty, as the ten
// classes after a wide layer do: for y[o] = sum over k of x[k] w[k, o] it is then k, and y the dot
// products of x with the rows of the copy.
//   requires: a whole Step        sets: VIEW nodes in front, O_STEP tensors
#include "plan/choices.h"
#include <string.h>

static int last_axis(const Node *n) {
    const Access *out = &n->out[0];
    for (int d = MAX_RANK - 1; d >= 0; d--)
        for (int a = 1; a < n->naxis; a++)
            if (out->coef[d][a]) return out->coef[d][a] == 1 ? a : 0;
    return 0;
}

// The dimension that elements lie along: dimensions of 1 at the end are passed over.
static int contiguous(const Tensor *t) {
    int d = t->rank - 1;
    while (d > 0 && t->dim[d] == 1) d--;
    return d;
}

// Dimension of the operand that the lane axis runs along, if that is not its contiguous one; else -1.
static int crosswise(const Step *s, const Access *x, int lane) {
    int last = contiguous(&s->tensor[x->tensor]);
    for (int d = 0; d < last; d++)
        if (x->coef[d][lane]) return d;
    return -1;
}

// Is x contiguous along axis a?
static bool runs_along(const Step *s, const Access *x, int a) {
    return x->coef[s->tensor[x->tensor].rank - 1][a] == 1;
}

// The axis of a sum that is better in the lanes than axis `lane` of the output, or 0. Each dot product
// ends in a sum over its lanes, and what follows is computed for one float: some 16 operations.
static int dot_axis(const Plan *p, const Node *n, int lane) {
    const Step *s = p->step;
    if (n->nin != 2 || !owner_per_sample(s->tensor[n->out[0].tensor].owner) || n->scatter) return 0;
    if (s->tensor[n->in[1].tensor].owner != O_MODEL) return 0;
    double sums = 1, outputs = (double)axis_extent(n, lane);
    for (int a = 1; a < n->naxis; a++)
        if (n->axis[a].role == A_SUM) sums *= (double)axis_extent(n, a);
    for (int a = n->naxis - 1; a >= 1; a--) {
        if (n->axis[a].role != A_SUM || !runs_along(s, &n->in[0], a)) continue;
        int64_t extent = axis_extent(n, a);
        if (extent % p->target.vector && !p->target.masks) continue;
        double dots = outputs * ((double)plan_vectors(p, extent) * sums / (double)extent + 16);
        return dots < (double)plan_vectors(p, axis_extent(n, lane)) * sums ? a : 0;
    }
    return 0;
}

// Is a row asked for that wants w as it is?
static bool unpacked(const Plan *p, const Node *n) {
    const Variant *v;
    for (int i = 0; (v = variant_at(i)); i++) {
        bool library = v->library && p->options.blas == PLAN_BLAS_ALWAYS;
        if (v->unpacked && (library || plan_forces(p, n, v))) return true;
    }
    return false;
}

// The axis for the lanes of node n, or 0.
static int lane_axis(const Plan *p, const Node *n) {
    int lane = last_axis(n), dot = lane && !unpacked(p, n) ? dot_axis(p, n, lane) : 0;
    return dot ? dot : lane;
}

// The copy of weight w with dimension d last that is already there, or -1.
static int copy_made(const Step *s, int count, int w, int d) {
    for (int i = count; i < s->nnode; i++)
        if (s->node[i]->in[0].tensor == w && s->node[i]->in[0].coef[d][s->node[i]->naxis - 1])
            return s->node[i]->out[0].tensor;
    return -1;
}

// A copy of weight w with dimension d moved to the end.
static int packed(Step *s, int w, int d) {
    Tensor t = s->tensor[w];
    int64_t dim[MAX_RANK];
    int order[MAX_RANK], rank = 0;
    for (int e = 0; e < t.rank; e++)
        if (e != d) order[rank++] = e;
    order[rank++] = d;
    for (int e = 0; e < rank; e++) dim[e] = t.dim[order[e]];
    int copy = step_tensor(s, arena_printf(s->arena, "%s.t", t.name), T_F32, O_STEP, rank, dim);
    s->tensor[copy].loc = t.loc;
    Node *n = step_node(s, P_VIEW, false);
    n->op = V_AFFINE;
    n->loc = t.loc;
    n->layer = t.layer;
    for (int e = 0; e < rank; e++) step_axis(n, dim[e], A_OUT);
    node_writes(n, access_whole(s, copy, 1));
    Access in = access_none(w);
    for (int e = 0; e < rank; e++) in.coef[order[e]][1 + e] = 1;
    node_reads(n, in);
    return copy;
}

static Access through(const Access *x, int copy, int rank, int d) {
    Access y = access_none(copy);
    for (int e = 0, to = 0; e < rank; e++) {
        int slot = e == d ? rank - 1 : to++;
        memcpy(y.coef[slot], x->coef[e], sizeof y.coef[slot]);
        y.off[slot] = x->off[e];
    }
    return y;
}

// The copies, appended after the first `count` nodes, come first.
static void bring_forward(Plan *p, int count) {
    Step *s = p->step;
    size_t copies = (size_t)(s->nnode - count);
    if (!copies) return;
    Node **view = arena_copy(p->arena, &s->node[count], sizeof *view * copies);
    memmove(&s->node[copies], s->node, sizeof *view * (size_t)count);
    memcpy(s->node, view, sizeof *view * copies);
    step_touch(s);
}

void plan_pack(Plan *p) {
    Step *s = p->step;
    int count = s->nnode;
    for (int i = 0; i < count; i++) {
        if (s->node[i]->kind != P_CONTRACT || s->node[i]->row) continue;
        int lane = lane_axis(p, s->node[i]);
        for (int k = 0; k < s->node[i]->nin; k++) {
            Access in = s->node[i]->in[k];
            const Tensor *t = &s->tensor[in.tensor];
            int rank = t->rank, d = lane ? crosswise(s, &in, lane) : -1;
            if (d < 0 || t->owner != O_MODEL) continue;
            int copy = copy_made(s, count, in.tensor, d);
            if (copy < 0) copy = packed(s, in.tensor, d);
            s->node[i]->in[k] = through(&in, copy, rank, d);
        }
    }
    bring_forward(p, count);
}

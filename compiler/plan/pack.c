// SPDX-License-Identifier: MIT
// A CONTRACT keeps one axis in the vector lanes: that of its output's last dimension. An operand
// that varies along it must be contiguous there. A weight that is not (the gradient by a layer's
// input walks its kernel across) is read through a transposed copy, made once a step.
//   requires: a whole Step        sets: VIEW nodes in front, O_STEP tensors
#include "plan/plan.h"
#include <string.h>

int lane_axis(const Node *n) {
    const Access *out = &n->out[0];
    for (int d = MAX_RANK - 1; d >= 0; d--)
        for (int a = 1; a < n->naxis; a++)
            if (out->coef[d][a]) return out->coef[d][a] == 1 ? a : 0;
    return 0;
}

// Dimension of the operand that the lane axis runs along, if that is not its last one; else -1.
static int crosswise(const Step *s, const Access *x, int lane) {
    int last = s->tensor[x->tensor].rank - 1;
    for (int d = 0; d < last; d++)
        if (x->coef[d][lane]) return d;
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
    n->out[n->nout++] = access_whole(s, copy, 1);
    Access in = access_none(w);
    for (int e = 0; e < rank; e++) in.coef[order[e]][1 + e] = 1;
    n->in[n->nin++] = in;
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

// The copies, appended behind the first `count` nodes, come first.
static void bring_forward(Plan *p, int count) {
    Step *s = p->step;
    size_t copies = (size_t)(s->nnode - count);
    if (!copies) return;
    Node *view = arena_copy(p->arena, &s->node[count], sizeof(Node) * copies);
    memmove(&s->node[copies], s->node, sizeof(Node) * (size_t)count);
    memcpy(s->node, view, sizeof(Node) * copies);
    step_touch(s);
}

void plan_pack(Plan *p) {
    Step *s = p->step;
    int count = s->nnode;
    for (int i = 0; i < count; i++) {
        if (s->node[i].kind != P_CONTRACT || s->node[i].row) continue;
        int lane = lane_axis(&s->node[i]);
        for (int k = 0; k < s->node[i].nin; k++) {
            Access in = s->node[i].in[k];
            const Tensor *t = &s->tensor[in.tensor];
            int rank = t->rank, d = lane ? crosswise(s, &in, lane) : -1;
            if (d < 0 || t->owner != O_MODEL) continue;
            int copy = packed(s, in.tensor, d);
            s->node[i].in[k] = through(&in, copy, rank, d);
        }
    }
    bring_forward(p, count);
}

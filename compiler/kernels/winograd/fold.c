// SPDX-License-Identifier: MIT
// Folding at inference: a kernel at Winograd's points, computed in double and stored in the object.
#include "kernels/winograd/family.h"

// U[p] = sum over taps of G[py][kh] G[px][kw] k[kh, kw], or of G[p][kh] k[kh] where only the rows are
// transformed: the taps are the axes that are summed.
void winograd_fold(const Plan *p, const Kernel *k, const float *from, float *to) {
    const Node *node = &p->step->node[k->node[0]];
    const Nest *n = &k->nest;
    int first = n->naxis; // of the taps
    while (n->role[first - 1] == A_SUM) first--;
    bool both = n->naxis - first == 2;
    int64_t taps = n->extent[first];
    Winograd wy = winograd((int)node->window[0], (int)taps);
    Winograd wx = both ? winograd((int)node->window[1], (int)taps) : (Winograd){.t = 1, .r = 1};
    if (!both) wx.G[0][0] = 1;
    int64_t point = p->step->tensor[n->op[1].tensor].stride[0], at[MAX_AXIS] = {0};
    do {
        for (int q = 0; q < wy.t * wx.t; q++) {
            double sum = 0;
            for (int tap = 0; tap < wy.r * wx.r; tap++) {
                at[first] = tap / wx.r;
                if (both) at[first + 1] = tap % wx.r;
                sum += wy.G[q / wx.t][tap / wx.r] * wx.G[q % wx.t][tap % wx.r] *
                       (double)from[nest_offset(&n->op[0], at, n->naxis)];
            }
            at[first] = at[first + 1] = 0;
            to[nest_offset(&n->op[1], at, first) + q * point] = (float)sum;
        }
    } while (nest_next(at, n, first));
}

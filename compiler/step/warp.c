// SPDX-License-Identifier: MIT
// Images seen through an affine map.
#include "step/step.h"
#include <string.h>

bool warp_linear(const Node *n) {
    return n->op == I_LINEAR || n->op == I_LINEAR_GRAD;
}

bool warp_fills(WarpFill fill) {
    return fill == FILL_CONSTANT || fill == FILL_CUT;
}

int step_warp(Step *s, int x, const int *number, int count, const Warp *w) {
    int64_t dim[3] = {w->rows, w->columns, s->tensor[x].dim[2]};
    const char *name = arena_printf(s->arena, "%s.image", s->building->name);
    int y = step_tensor(s, name, T_F32, O_SAMPLE, 3, dim);
    Node *n = step_node(s, P_WARP, true);
    for (int d = 0; d < 3; d++) step_axis(n, dim[d], A_OUT);
    node_reads(n, access_none(x)); // where follows from the numbers
    for (int i = 0; i < count; i++)
        for (int64_t k = 0; k < s->tensor[number[i]].dim[0]; k++) {
            Access one = access_none(number[i]);
            one.off[0] = k;
            node_reads(n, one);
        }
    node_writes(n, access_whole(s, y, 1));
    memcpy(n->expr, w->map, sizeof w->map);
    n->op = w->op;
    n->fill = w->fill;
    n->outside = w->outside;
    return y;
}
